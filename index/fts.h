/* FTS5's interfaces for tokenizers and ranking, behind one door. */
#ifndef INDEX_FTS_H
#define INDEX_FTS_H

#include "stet/db.h"

/* Make the tokenizer `stet` known to FTS5 on this connection, and two
 * functions. stet_bm25(fts, weights): bm25() with the statistics of a corpus of
 * several tables. `weights` is a blob of doubles: the average length of a row
 * in tokens, then for each phrase of the MATCH its inverse document frequency.
 * stet_places(fts): how often the phrases of the MATCH stand in the row, all
 * together. They live as long as the connection. ERR_UNAVAILABLE: SQLite was
 * built without FTS5. */
enum err_code fts_register(struct db *db, struct error *err);

/* One phrase's share of FTS5's bm25() (SQLite 3.40, ext/fts5/fts5_aux.c),
 * operation by operation so that the doubles are equal: the shares are added
 * up in the order of phrases, then negated. */
double fts_bm25_part(double idf, double often, double tokens, double average);

#endif
