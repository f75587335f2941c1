/* The bulk builder: texts in the order of rows become the FTS5 table of a
 * partition, inverted in memory by threads of its own, in runs that are merged
 * into one segment at the end. */
#ifndef INDEX_BULK_H
#define INDEX_BULK_H

#include <stdbool.h>
#include <stdint.h>

#include "signatures.h"
#include "stet/buf.h"
#include "stet/db.h"

struct bulk_options {
    struct db *db;     /* with the empty table `fts`, in a transaction */
    const char *aside; /* path of a file for what memory does not hold;
                        * removed as soon as it is open */
    uint64_t memory;   /* bytes, about: all of it */
    unsigned threads;  /* that invert; at least 1 */
    size_t page_size;  /* the table's `pgsz` (segment.h) */
    struct signature_writer *signatures; /* borrowed; NULL: none kept */
};

struct bulk;
struct bulk *bulk_new(const struct bulk_options *options);
void bulk_free(struct bulk *bulk); /* waits for the threads; NULL allowed */
/* Add the text of the next row; rows count from 1. The text is copied, unless
 * it is very long: then this inverts it.
 * Fails: ERR_NOMEM, ERR_IO (what is put aside), ERR_LIMIT; then the table
 * cannot be finished. */
enum err_code bulk_add(struct bulk *bulk, struct str text, struct error *err);
/* Not worth more: merging would take more memory than allowed. */
bool bulk_is_full(const struct bulk *bulk);
/* Merge; the table and the dictionary are complete. */
enum err_code bulk_finish(struct bulk *bulk, struct error *err);

#endif
