/* stet_tokenizer.so: the tokenizer for whatever loads extensions of SQLite, so
 * that a partition can be queried without stet (docs/index-format.md). */
#include "config.h"

#include <sqlite3ext.h>
extern const sqlite3_api_routines *sqlite3_api;
SQLITE_EXTENSION_INIT1

#include "fts_api.h"

__attribute__((visibility("default"))) int
sqlite3_extension_init(sqlite3 *db, char **message,
                       const sqlite3_api_routines *routines);

int
sqlite3_extension_init(sqlite3 *db, char **message,
                       const sqlite3_api_routines *routines)
{
    fts5_tokenizer tokenizer = fts_tokenizer;
    fts5_api *api;

    SQLITE_EXTENSION_INIT2(routines);
    api = fts_api(db);
    if (!api) {
        *message = sqlite3_mprintf("this SQLite has no FTS5");
        return SQLITE_ERROR;
    }
    return api->xCreateTokenizer(api, "stet", NULL, &tokenizer, NULL);
}
