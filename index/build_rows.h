/* Files of rows (row_files.h), read in step with their documents while a shard
 * is indexed. */
#ifndef INDEX_BUILD_ROWS_H
#define INDEX_BUILD_ROWS_H

#include "build_work.h"
#include "stet/arena.h"

/* Sizes and times of these files as one number; 0 when there are none. */
uint64_t rows_fingerprint(const char *full);

struct rows;
/* Files that cannot be opened are said and left out. */
struct rows *rows_open(struct build *build, const struct work_shard *shard,
                       uint64_t generation);
void rows_close(struct rows *rows); /* NULL allowed; copies are given up */
/* Add what the files say about line `document->record`; lines ascend. Where a
 * file is out of step its rows are left out from there on, which rows_finish
 * says. The document holds until the next call. */
enum err_code rows_apply(struct rows *rows, const struct mapping *mapping,
                         struct arena *arena, struct document *document,
                         struct error *err);
/* After the last record: read the files to their ends, compare counts with the
 * `lines` of the documents (UINT64_MAX: not known), say what is out of step
 * (counted in the report), publish copies, add the files to the partition
 * (before the shard). */
enum err_code rows_finish(struct rows *rows, uint64_t lines,
                          struct partition_writer *writer, struct error *err);

#endif
