/* How many tokens documents have, as FTS5 keeps it: private to the index. */
#ifndef INDEX_DOCSIZE_H
#define INDEX_DOCSIZE_H

#include <stdint.h>

#include "stet/bits.h"
#include "stet/buf.h"
#include "stet/db.h"

/* Rows and tokens of a partition. */
enum err_code docsize_totals(struct db *db, int64_t *rows, int64_t *tokens,
                             struct error *err);
/* The tokens of one row, from its `sz`. */
enum err_code docsize_take(struct str size, int64_t *tokens, struct error *err);
/* The tokens of the rows whose bits are set, bit 0 for row 1; NULL: of all. */
enum err_code docsize_sum(struct db *db, const struct bits *rows,
                          uint64_t *tokens, struct error *err);

#endif
