/* A partition: one database with the full-text table, packed documents and its
 * shards; written once, then read by many. */
#ifndef INDEX_PARTITION_H
#define INDEX_PARTITION_H

#include <stdbool.h>
#include <stdint.h>

#include "column.h"
#include "generation.h"
#include "pack.h"
#include "stet/build.h"
#include "stet/db.h"
#include "stet/document.h"
#include "stet/shard.h"

#define PARTITION_APPLICATION 0x73747078u /* "stpx" */
#define PARTITION_VERSION 5u

/* A shard as a partition knows it. Strings are owned (partition_shard_release)
 * unless said otherwise. */
struct partition_shard {
    char *path;                      /* below the root, or absolute */
    char *copy;                      /* below the index folder, or NULL */
    char *text, *id, *source, *lang; /* paths of the mapping; NULL: none */
    enum container container;
    uint64_t bytes, decompressed;
    int64_t mtime_ns;
    uint64_t records, rejected;
    uint64_t text_bytes;
    uint32_t first, end; /* documents, in the partition */
    bool damaged;
    uint64_t rows; /* fingerprint of the attribute files; 0: none */
    struct hash file_hash;
    struct buf frames; /* packed frame map; empty: cannot be read at random */
};
void partition_shard_release(struct partition_shard *shard);
/* Whether it is the name of a seekable copy, below the index folder. */
bool partition_is_copy(const char *name);

/* Look-up tables. */
enum lookup_kind { LOOKUP_HASH, LOOKUP_ID };

/* --- writing: one thread a partition --- */
struct partition_writer;
struct partition_options {
    const char *folder;            /* of the index */
    const char *name;              /* temporary names begin with it */
    const struct mapping *mapping; /* the definitions of scores; borrowed */
    uint64_t memory;               /* for this partition */
    enum index_builder builder;
    unsigned threads; /* that invert texts, beside the caller's */
    const int *cancel;
};
enum err_code partition_writer_open(struct partition_writer **out,
                                    const struct partition_options *options,
                                    struct error *err);
/* Removes the temporary files, too. NULL allowed. */
void partition_writer_free(struct partition_writer *writer);
enum err_code partition_add(struct partition_writer *writer,
                            const struct document *document, struct error *err);
uint32_t partition_writer_count(const struct partition_writer *writer);
/* The memory it was given is not enough for much more. */
bool partition_writer_is_full(const struct partition_writer *writer);
uint64_t partition_writer_text_bytes(const struct partition_writer *writer);
/* The documents added since the last shard are of this one: sets first and
 * end. The shard's number is their order from 0. */
enum err_code partition_add_shard(struct partition_writer *writer,
                                  struct partition_shard *shard,
                                  struct error *err);
/* Merge and close; the file is complete and synced, still under its temporary
 * name. `merging` (NULL allowed) is called now and then. Cancelling ends the
 * merging early, which costs only speed later. */
enum err_code partition_writer_finish(struct partition_writer *writer,
                                      void (*merging)(void *ctx), void *ctx,
                                      struct error *err);
uint64_t partition_writer_duplicates(const struct partition_writer *writer);
/* Give the finished files their names for partition `number`, add them to the
 * manifest. */
enum err_code partition_writer_publish(struct partition_writer *writer,
                                       uint32_t number,
                                       struct generation *manifest,
                                       struct error *err);

/* --- reading --- */
/* Open a partition's database, with the tokenizer registered. ERR_FORMAT: no
 * partition, of a newer stet, or of another tokenizer. */
enum err_code partition_open(struct db **out, const char *folder,
                             uint32_t number, struct error *err);
/* ERR_CONFLICT when the tokenizer differs. */
enum err_code partition_check_identity(struct db *db, struct error *err);
struct partition_shards {
    struct partition_shard *list;
    size_t count;
};
/* In order; their document ranges follow each other from 0 to `documents`. */
enum err_code partition_load_shards(struct db *db, uint32_t documents,
                                    struct partition_shards *out,
                                    struct error *err);
void partition_shards_release(struct partition_shards *shards);
/* `count` places of block `block`. */
enum err_code partition_load_block(struct db *db, uint32_t block,
                                   struct pack_place *places, size_t count,
                                   struct error *err);
enum err_code partition_load_hash(struct db *db, uint32_t doc, struct hash *out,
                                  struct error *err);
/* All hashes of a block; its ids as packed (pack.h), for reading in order. */
enum err_code partition_load_hashes(struct db *db, uint32_t block,
                                    struct hash *hashes, size_t count,
                                    struct error *err);
enum err_code partition_load_ids(struct db *db, uint32_t block,
                                 struct buf *packed, struct error *err);
/* The id in *id; *known: it has one. */
enum err_code partition_load_id(struct db *db, uint32_t doc, struct buf *id,
                                bool *known, struct error *err);
/* Call `found` with each document whose key begins with `prefix`. */
enum err_code partition_lookup(struct db *db, enum lookup_kind kind,
                               uint64_t prefix, uint32_t documents,
                               void (*found)(void *ctx, uint32_t doc),
                               void *ctx, struct error *err);

#endif
