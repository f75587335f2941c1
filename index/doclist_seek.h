/* Where a frequent word stands in a few rows: reads of its doclist only the
 * pages that these rows are on. */
#ifndef INDEX_DOCLIST_SEEK_H
#define INDEX_DOCLIST_SEEK_H

#include <stddef.h>
#include <stdint.h>

#include "stet/db.h"
#include "stet/error.h"

/* Cost: a look-up of the term. */
struct doclist_seek;
enum err_code doclist_seek_new(struct doclist_seek **out, struct db *db,
                               struct str term, uint32_t rows,
                               struct error *err);
void doclist_seek_free(struct doclist_seek *seek); /* NULL allowed */
/* The places of the word in `row`, ascending, as numbers of tokens; none
 * (*count 0) when it is not there. Rows must not descend. *places lives until
 * the next call.
 *
 * Cost:  rows on one page, 5 ns each; to another page 2 us, and as many more as
 *        a gallop over the pages between takes; 1 ns a place.
 * Fails: ERR_FORMAT: damaged; what the database gives. */
enum err_code doclist_seek_row(struct doclist_seek *seek, uint32_t row,
                               const uint32_t **places, size_t *count,
                               struct error *err);
/* The same of the first row from `from` on that has the word; *row 0: none. */
enum err_code doclist_seek_next(struct doclist_seek *seek, uint32_t from,
                                uint32_t *row, const uint32_t **places,
                                size_t *count, struct error *err);

#endif
