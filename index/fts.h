/* FTS5's tokenizer interface, behind one door. */
#ifndef INDEX_FTS_H
#define INDEX_FTS_H

#include "stet/db.h"

/* Make the tokenizer `stet` known to FTS5 on this connection. It lives as
 * long as the connection. ERR_UNAVAILABLE: SQLite was built without FTS5. */
enum err_code fts_register(struct db *db, struct error *err);

#endif
