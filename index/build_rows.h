/* Rows beside documents: Dolma keeps attributes in files of the same name,
 * PREFIX/attributes/NAME/REST for PREFIX/documents/REST, line by line. */
#ifndef INDEX_BUILD_ROWS_H
#define INDEX_BUILD_ROWS_H

#include "build_work.h"
#include "stet/arena.h"

/* Paths of the attribute files of a shard, sorted; empty when it has none.
 * Caller frees with names_free(). */
void rows_list(const char *full, struct names *out);
/* Sizes and times of these files as one number; 0 when there are none. */
uint64_t rows_fingerprint(const char *full);

struct rows;
/* Files that cannot be opened are said and left out. */
struct rows *rows_open(struct build *build, const struct work_shard *shard);
void rows_close(struct rows *rows); /* NULL allowed */
/* Add what the files say about line `document->record`; lines ascend. A file
 * that does not fit is said, once, and left out from there on. The document
 * holds until the next call. */
enum err_code rows_apply(struct rows *rows, const struct mapping *mapping,
                         struct arena *arena, struct document *document,
                         struct error *err);

#endif
