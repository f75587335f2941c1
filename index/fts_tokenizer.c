/* The tokenizer `stet` as FTS5 calls it. Calls nothing of SQLite, so that it
 * can be in the program and in the loadable extension. */
#include "config.h"

#include <stdbool.h>

#include "fts_api.h"
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

const fts5_tokenizer fts_tokenizer = {fts_create, fts_delete, fts_tokenize};
