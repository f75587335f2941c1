/* FTS5's interface as both the program and the loadable extension use it.
 * Included after sqlite3ext.h in the extension, where SQLite's functions are
 * those of the program that loads it. */
#ifndef INDEX_FTS_API_H
#define INDEX_FTS_API_H

#include <sqlite3.h>
#include <stddef.h>

/* NULL: SQLite was built without FTS5. Lives as long as the connection. */
static inline fts5_api *
fts_api(sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    fts5_api *api = NULL;

    if (sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &stmt, NULL) != SQLITE_OK)
        return NULL;
    (void)sqlite3_bind_pointer(stmt, 1, (void *)&api, "fts5_api_ptr", NULL);
    (void)sqlite3_step(stmt);
    (void)sqlite3_finalize(stmt);
    return api;
}

/* The tokenizer `stet`, for fts5_api's xCreateTokenizer. */
extern const fts5_tokenizer fts_tokenizer;

#endif
