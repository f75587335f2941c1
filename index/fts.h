/* FTS5's interfaces for tokenizers and ranking, behind one door. */
#ifndef INDEX_FTS_H
#define INDEX_FTS_H

#include "stet/db.h"

/* Make the tokenizer `stet` known to FTS5 on this connection, and the function
 * stet_bm25(fts, weights): bm25() with the statistics of a corpus of several
 * tables. `weights` is a blob of doubles: the average length of a row in
 * tokens, then for each phrase of the MATCH its inverse document frequency.
 * They live as long as the connection. ERR_UNAVAILABLE: SQLite was built
 * without FTS5. */
enum err_code fts_register(struct db *db, struct error *err);

#endif
