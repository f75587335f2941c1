/* The tokenizer `stet` given to FTS5, and its ranking over several tables: with
 * fts_api.h, all of the index that sees SQLite's interface. */
#include "config.h"

#include "fts.h"

#include <sqlite3.h>
#include <string.h>

#include "fts_api.h"

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

double
fts_bm25_part(double idf, double often, double tokens, double average)
{
    const double k1 = 1.2;
    const double b = 0.75;

    return idf * ((often * (k1 + 1.0)) /
                  (often + k1 * (1 - b + b * tokens / average)));
}

static double
bm25(const char *weights, const double *often, int count, double tokens)
{
    double score = 0.0;
    double average;

    memcpy(&average, weights, sizeof(average));
    for (int i = 0; i < count; i++) {
        double idf;

        memcpy(&idf, weights + (size_t)(i + 1) * sizeof(idf), sizeof(idf));
        score += fts_bm25_part(idf, often[i], tokens, average);
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

static void
fts_places(const Fts5ExtensionApi *api, Fts5Context *row, sqlite3_context *ctx,
           int arg_count, sqlite3_value **args)
{
    int instances = 0;
    int rc = api->xInstCount(row, &instances);

    (void)arg_count;
    (void)args;
    if (rc == SQLITE_OK)
        sqlite3_result_int(ctx, instances);
    else
        sqlite3_result_error_code(ctx, rc);
}

enum err_code
fts_register(struct db *db, struct error *err)
{
    fts5_tokenizer tokenizer = fts_tokenizer; /* FTS5 copies it */
    fts5_api *api = fts_api(db_handle(db));

    if (!api)
        return error_set(err, ERR_UNAVAILABLE, "SQLite without FTS5: %s",
                         sqlite3_errmsg(db_handle(db)));
    if (api->xCreateTokenizer(api, "stet", NULL, &tokenizer, NULL) !=
            SQLITE_OK ||
        api->xCreateFunction(api, "stet_bm25", NULL, fts_bm25, NULL) !=
            SQLITE_OK ||
        api->xCreateFunction(api, "stet_places", NULL, fts_places, NULL) !=
            SQLITE_OK)
        return db_error(db, err);
    return ERR_OK;
}
