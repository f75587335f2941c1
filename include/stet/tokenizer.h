/* The `stet` tokenizer, specified in docs/tokenizer.md (normative). Used by
 * the FTS5 table, by queries, highlights and snippets alike. */
#ifndef STET_TOKENIZER_H
#define STET_TOKENIZER_H

#include <stdbool.h>

#include "stet/buf.h"

#define TOKENIZER_VERSION 1
#define TOKENIZER_TOKEN_MAX_CP 64 /* longer runs are cut */

struct tokenizer;
struct tokenizer *tokenizer_new(void);
void tokenizer_free(struct tokenizer *tokenizer);
/* e.g. "stet 1 unicode 14.0.0": what a partition stores and must match. */
const char *tokenizer_identity(void);

#define TOKEN_READABLE 16 /* bytes there are to read, however short it is */

struct token {
    struct str folded; /* borrowed until the next token */
    size_t start, end; /* bytes of the text it stands for */
};
/* Return false to stop. */
typedef bool token_sink(void *ctx, const struct token *token);
/* The text's tokens in order. Ill-formed bytes and surrogates count as U+FFFD,
 * a separator. Threads: one tokenizer per thread. */
void tokenizer_run(struct tokenizer *tokenizer, struct str text,
                   token_sink *sink, void *ctx);

#endif
