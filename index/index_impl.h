/* An open generation; private to index*.c. */
#ifndef INDEX_INDEX_IMPL_H
#define INDEX_INDEX_IMPL_H

#include "derive.h"
#include "generation.h"
#include "partition.h"
#include "score_name.h"
#include "stet/index.h"

#define BLOCK_CACHE 4u  /* unpacked blocks of places, of each partition */
#define READER_CACHE 8u /* shards kept open */

struct cached_block {
    bool used;
    uint32_t block;
    uint64_t age; /* the partition's clock when used last */
    struct pack_place places[PACK_BLOCK];
    struct hash hashes[PACK_BLOCK];
};

/* Ids follow from one another within a block: who reads them in order must
 * not start anew for each. */
struct id_cursor {
    bool used;
    uint32_t block;
    struct buf packed;
    size_t at;     /* in `packed` */
    uint32_t next; /* document of the block that is read next */
    struct buf id; /* of the one before */
    bool known;
};

struct row_reader;

struct index_reader {
    bool used;
    uint32_t shard;
    uint64_t age;
    bool changed; /* the file is not what was indexed, by size or time */
    struct shard_reader *random; /* NULL: no random access */
    struct shard *stream;        /* then: read in order, up to `at` */
    uint64_t at;
    struct mapping mapping;  /* compiled */
    struct row_reader *rows; /* index_document()'s: files beside it */
};

struct column_slot {
    char *file; /* NULL: the partition has no such column */
    struct column *column;
    bool broken;
};

/* What reading leaves behind belongs to its partition: so threads that look
 * at different partitions do not meet. */
struct open_partition {
    uint32_t number;
    uint32_t first, end; /* documents */
    struct hash hash;
    struct db *db;
    uint32_t shard_first; /* of the index's shards */
    struct partition_shards shards;
    struct column_slot source, lang;
    struct column_slot *scores; /* by number */
    uint64_t clock;
    struct cached_block *blocks; /* BLOCK_CACHE; NULL until one is read */
    struct id_cursor ids;
};

struct index {
    char *folder;
    char *root;
    struct generation manifest;
    struct hash manifest_hash;
    int lock; /* shared, on the generation */
    struct open_partition *partitions;
    unsigned partition_count;
    struct index_shard *shards;
    uint32_t shard_count;
    uint32_t count;
    struct bits live;
    uint32_t live_count;
    struct score_def *defs; /* by number */
    size_t def_count;
    size_t stored_count;       /* those with columns; the others are derived */
    struct derived **derived;  /* of score stored_count + i */
    struct score_names *names; /* borrows defs */
    uint64_t clock;
    struct index_reader readers[READER_CACHE];
};

unsigned index_partition_of(const struct index *index, uint32_t doc);
uint32_t index_shard_of(const struct index *index, uint32_t doc);
enum err_code index_reader_open(struct index_reader *reader,
                                const struct index *index, uint32_t shard,
                                struct error *err);
/* Append the record's bytes. */
enum err_code index_reader_read(struct index_reader *reader,
                                const struct index *index,
                                const struct document_place *place,
                                struct buf *out, struct error *err);
void index_reader_release(struct index_reader *reader);
/* index_rows.c: the files of rows of a shard, a list; NULL when it has none. */
enum err_code index_rows_open(struct index *index, uint32_t shard,
                              struct row_reader **out, struct error *err);
void index_rows_release(struct row_reader *rows);
/* Add what they say about a document. Only ERR_NOMEM. */
enum err_code index_rows_apply(struct row_reader *rows,
                               const struct mapping *mapping,
                               struct arena *arena, struct document *document,
                               struct error *err);
/* The shard as its partition knows it. */
const struct partition_shard *index_shard_row(const struct index *index,
                                              uint32_t shard);
/* Append the derived scores of the configuration to index->defs and make
 * index->names. ERR_CONFIG. */
enum err_code index_derive(struct index *index, const struct settings *settings,
                           struct error *err);
void index_derive_release(struct index *index);
void index_columns_release(struct index *index, struct open_partition *part);

#endif
