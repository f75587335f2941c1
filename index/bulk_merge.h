/* Merges runs into one FTS5 segment and the dictionary. */
#ifndef INDEX_BULK_MERGE_H
#define INDEX_BULK_MERGE_H

#include "posting_run.h"
#include "stet/db.h"

struct bulk_merge {
    struct db *db;
    const struct run *runs; /* in the order of their rows */
    size_t count;
    int fd; /* of those in a file */
    uint64_t rows, tokens;
    size_t page_size; /* of the segment */
};
enum err_code bulk_merge_runs(const struct bulk_merge *merge,
                              struct error *err);
/* How many runs can be merged within so many bytes. */
size_t bulk_merge_fan_in(uint64_t memory);

#endif
