/* The terms of a partition in order, each with the number of its documents
 * that have it: table `dictionary`, written beside the postings. */
#ifndef INDEX_DICTIONARY_H
#define INDEX_DICTIONARY_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"
#include "stet/db.h"

/* --- writing --- */
struct dictionary_writer;
struct dictionary_writer *dictionary_writer_new(struct db *db);
void dictionary_writer_free(struct dictionary_writer *writer);
/* Terms in the order of bytes, of at most 256 bytes. */
enum err_code dictionary_add(struct dictionary_writer *writer, struct str term,
                             uint32_t documents, struct error *err);
enum err_code dictionary_finish(struct dictionary_writer *writer,
                                struct error *err);
/* From the full-text table itself: reads all postings. */
enum err_code dictionary_fill(struct db *db, struct error *err);

/* --- reading --- */
/* Return false to stop; `term` is borrowed. */
typedef bool dictionary_term(void *ctx, struct str term, uint32_t documents);
/* Terms from `from` on (empty: all).
 * Cost: about 20 ns a term. Fails: ERR_FORMAT when damaged. */
enum err_code dictionary_foreach(struct db *db, struct str from,
                                 dictionary_term *found, void *ctx,
                                 struct error *err);
/* *documents is 0 for a term that no document has. */
enum err_code dictionary_find(struct db *db, struct str term,
                              uint32_t *documents, struct error *err);

#endif
