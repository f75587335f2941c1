/* The tokenizer `stet` given to FTS5: the only file of the index that sees
 * SQLite's interface. */
#include "config.h"

#include "fts.h"

#include <sqlite3.h>

#include "stet/tokenizer.h"

struct fts_sink {
    void *ctx;
    int (*token)(void *ctx, int flags, const char *folded, int len, int start,
                 int end);
    int rc;
};

static int
fts_create(void *ctx, const char **args, int count, Fts5Tokenizer **out)
{
    (void)ctx;
    (void)args;
    if (count > 0)
        return SQLITE_ERROR;
    *out = (Fts5Tokenizer *)tokenizer_new();
    return SQLITE_OK;
}

static void
fts_delete(Fts5Tokenizer *tokenizer)
{
    tokenizer_free((struct tokenizer *)tokenizer);
}

static bool
give_token(void *ctx, const struct token *token)
{
    struct fts_sink *sink = ctx;

    sink->rc =
        sink->token(sink->ctx, 0, token->folded.ptr, (int)token->folded.len,
                    (int)token->start, (int)token->end);
    return sink->rc == SQLITE_OK;
}

static int
fts_tokenize(Fts5Tokenizer *tokenizer, void *ctx, int flags, const char *text,
             int len, int (*token)(void *, int, const char *, int, int, int))
{
    struct fts_sink sink = {ctx, token, SQLITE_OK};

    (void)flags;
    if (text && len > 0)
        tokenizer_run((struct tokenizer *)tokenizer,
                      (struct str){text, (size_t)len}, give_token, &sink);
    return sink.rc;
}

enum err_code
fts_register(struct db *db, struct error *err)
{
    static fts5_tokenizer tokenizer = {fts_create, fts_delete, fts_tokenize};
    sqlite3 *handle = db_handle(db);
    sqlite3_stmt *stmt = NULL;
    fts5_api *api = NULL;
    enum err_code code = ERR_OK;

    if (sqlite3_prepare_v2(handle, "SELECT fts5(?1)", -1, &stmt, NULL) !=
        SQLITE_OK)
        return error_set(err, ERR_UNAVAILABLE, "SQLite without FTS5: %s",
                         sqlite3_errmsg(handle));
    sqlite3_bind_pointer(stmt, 1, &api, "fts5_api_ptr", NULL);
    (void)sqlite3_step(stmt);
    (void)sqlite3_finalize(stmt);
    if (!api)
        return error_set(err, ERR_UNAVAILABLE,
                         "SQLite gives no access to FTS5");
    if (api->xCreateTokenizer(api, "stet", NULL, &tokenizer, NULL) != SQLITE_OK)
        code = db_error(db, err);
    return code;
}
