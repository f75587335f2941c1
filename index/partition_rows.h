/* Files of rows (row_files.h) as a partition knows them: where they are, and
 * how a row is found by its record's number. */
#ifndef INDEX_PARTITION_ROWS_H
#define INDEX_PARTITION_ROWS_H

#include "partition.h"

struct partition_rows {
    char *path; /* below the root, or absolute */
    char *copy; /* below the index folder, or NULL */
    uint64_t bytes;
    int64_t mtime_ns;
    uint64_t taken;    /* rows of records from this one on are not */
    struct buf frames; /* packed frame map; empty: no random access */
    struct buf marks;  /* varints: steps of record number and offset */
};
void partition_rows_release(struct partition_rows *rows);

/* Where lines begin, now and then, in ascending order. */
struct row_mark {
    uint64_t number, offset;
};
void row_mark_append(struct partition_rows *rows, struct row_mark *last,
                     struct row_mark mark);
/* The mark at or before a record's row, and the next one (or, at the end, one
 * with UINT64_MAX for its number and the end of the file for its offset);
 * false: no such row, or damaged. */
bool row_mark_find(const struct partition_rows *rows, uint64_t record,
                   struct row_mark *from, struct row_mark *to);

/* A file of the shard that will be added next; before partition_add_shard. */
enum err_code partition_add_rows(struct partition_writer *writer,
                                 unsigned number,
                                 const struct partition_rows *rows,
                                 struct error *err);
/* Call `found` with each file, in order, of one shard (UINT32_MAX: of all);
 * what it is given lasts for the call, and may be taken over (zeroed). */
enum err_code partition_load_rows(struct db *db, uint32_t shard,
                                  void (*found)(void *ctx, uint32_t shard,
                                                struct partition_rows *rows),
                                  void *ctx, struct error *err);

#endif
