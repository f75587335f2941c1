/* The tokenizer `stet` given to FTS5, and its ranking over several tables: the
 * only file of the index that sees SQLite's interface. */
#include "config.h"

#include "fts.h"

#include <sqlite3.h>
#include <string.h>

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

/* How often each phrase is in the row, for `count` phrases. */
static int
count_phrases(const Fts5ExtensionApi *api, Fts5Context *row, double *often,
              int count)
{
    int instances = 0;
    int rc = api->xInstCount(row, &instances);

    for (int i = 0; rc == SQLITE_OK && i < instances; i++) {
        int phrase;
        int column;
        int at;

        rc = api->xInst(row, i, &phrase, &column, &at);
        if (rc == SQLITE_OK && phrase < count)
            often[phrase] += 1.0;
    }
    return rc;
}

/* FTS5's bm25() (SQLite 3.40, ext/fts5/fts5_aux.c), operation by operation so
 * that the doubles are equal, with statistics from outside. */
static double
bm25(const char *weights, const double *often, int count, double tokens)
{
    const double k1 = 1.2;
    const double b = 0.75;
    double score = 0.0;
    double average;

    memcpy(&average, weights, sizeof(average));
    for (int i = 0; i < count; i++) {
        double idf;

        memcpy(&idf, weights + (size_t)(i + 1) * sizeof(idf), sizeof(idf));
        score += idf * ((often[i] * (k1 + 1.0)) /
                        (often[i] + k1 * (1 - b + b * tokens / average)));
    }
    return -1.0 * score;
}

static void
fts_bm25(const Fts5ExtensionApi *api, Fts5Context *row, sqlite3_context *ctx,
         int arg_count, sqlite3_value **args)
{
    int count = api->xPhraseCount(row);
    size_t bytes = ((size_t)count + 1) * sizeof(double);
    const char *weights = arg_count == 1 ? sqlite3_value_blob(args[0]) : NULL;
    double *often;
    int tokens = 0;
    int rc;

    if (!weights || (size_t)sqlite3_value_bytes(args[0]) != bytes) {
        sqlite3_result_error(ctx, "stet_bm25: weights of other phrases", -1);
        return;
    }
    often = sqlite3_malloc64(bytes);
    if (!often) {
        sqlite3_result_error_nomem(ctx);
        return;
    }
    memset(often, 0, bytes);
    rc = count_phrases(api, row, often, count);
    if (rc == SQLITE_OK)
        rc = api->xColumnSize(row, -1, &tokens);
    if (rc == SQLITE_OK)
        sqlite3_result_double(ctx, bm25(weights, often, count, tokens));
    else
        sqlite3_result_error_code(ctx, rc);
    sqlite3_free(often);
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
    if (api->xCreateTokenizer(api, "stet", NULL, &tokenizer, NULL) !=
            SQLITE_OK ||
        api->xCreateFunction(api, "stet_bm25", NULL, fts_bm25, NULL) !=
            SQLITE_OK)
        code = db_error(db, err);
    return code;
}
