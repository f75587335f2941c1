/* A partition being written; shared by partition_write.c, which fills it, and
 * partition_publish.c, which finishes it. */
#ifndef INDEX_PARTITION_WRITER_H
#define INDEX_PARTITION_WRITER_H

#include "partition.h"
#include "signatures.h"

struct entries {
    struct pack_entry *list;
    size_t count, cap;
};

struct partition_writer {
    struct partition_options options;
    char *name; /* of the temporary files; options.name */
    char *path; /* of the temporary database */
    struct db *db;
    struct bulk *bulk;    /* NULL: FTS5's own insert path */
    char *aside;          /* where `bulk` puts what memory does not hold */
    uint32_t count;       /* documents */
    uint32_t shard_first; /* of the shard being added */
    uint32_t shard_count;
    uint64_t text_bytes, duplicates;
    uint64_t file_bytes; /* when finished */

    struct pack_place places[PACK_BLOCK];
    struct buf hashes, ids; /* of the block */
    struct buf previous_id;
    struct buf packed;  /* scratch */
    struct buf display; /* text for the full-text table */
    struct signature_writer signatures;
    struct tokenizer *tokenizer; /* for them, without `bulk`; or NULL */
    struct token_hashes tokens;
    struct entries hash_entries, id_entries;

    struct column_writer *source, *lang;
    struct column_writer **scores; /* by number; NULL: nothing known yet */
    size_t score_count;
};

/* Write the documents gathered since the last block. */
enum err_code partition_write_block(struct partition_writer *writer,
                                    struct error *err);

#endif
