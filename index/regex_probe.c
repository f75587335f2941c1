/* Tokens of a literal. The tokenizer's units do not depend on what is around
 * them, so the tokens of the literal alone are those it gives in any text, but
 * for the two at its ends, which may go on. */
#include "config.h"

#include "regex_probe.h"

#include "fold.h"
#include "stet/utf8.h"

#define TOKENS_MAX 256u

struct tokens {
    struct arena *arena;
    struct token list[TOKENS_MAX];
    size_t count;
    bool failed;
};

static bool
take_token(void *ctx, const struct token *token)
{
    struct tokens *tokens = ctx;
    struct token *copy = &tokens->list[tokens->count];

    *copy = *token;
    copy->folded = arena_copy(tokens->arena, token->folded);
    tokens->failed = !copy->folded.ptr;
    return !tokens->failed && ++tokens->count < TOKENS_MAX;
}

/* Tokens with words between spaces, which the tokenizer must read back as the
 * same. */
struct expected {
    const struct token *next;
    size_t left;
    bool differs;
};

static bool
compare_token(void *ctx, const struct token *token)
{
    struct expected *expected = ctx;

    if (expected->left == 0 ||
        !str_equal(expected->next->folded, token->folded)) {
        expected->differs = true;
        return false;
    }
    expected->next++;
    expected->left--;
    return true;
}

bool
probe_reads_back(struct str term, struct tokenizer *tokenizer)
{
    const struct token token = {.folded = term};
    struct expected expected = {&token, 1, false};

    tokenizer_run(tokenizer, term, compare_token, &expected);
    return !expected.differs && expected.left == 0;
}

/* Tokens [first, end) as a phrase; empty when the words would not be read back
 * as these tokens. */
static enum err_code
make_phrase(const struct tokens *tokens, size_t first, size_t end,
            struct tokenizer *tokenizer, struct str *out, struct error *err)
{
    struct expected expected = {&tokens->list[first], end - first, false};
    struct buf text = {0};
    enum err_code code = ERR_OK;

    *out = (struct str){NULL, 0};
    for (size_t i = first; code == ERR_OK && i < end; i++) {
        code = buf_append_str(&text, tokens->list[i].folded, err);
        if (code == ERR_OK)
            code = buf_append_byte(&text, ' ', err);
    }
    if (code == ERR_OK)
        tokenizer_run(tokenizer, buf_str(&text), compare_token, &expected);
    if (code == ERR_OK && !expected.differs && expected.left == 0) {
        *out = arena_copy(tokens->arena, buf_str(&text));
        if (!out->ptr)
            code = error_nomem(err);
    }
    buf_release(&text);
    return code;
}

/* Whether the token is a character by itself. */
static bool
is_unspaced(const struct token *token)
{
    unsigned len;

    return fold_glyph(utf8_decode(token->folded, 0, &len)) == GLYPH_UNSPACED;
}

enum err_code
probe_make(struct probe *out, struct str literal, struct tokenizer *tokenizer,
           struct arena *arena, struct error *err)
{
    struct tokens tokens = {.arena = arena};
    size_t first = 0;
    size_t end;
    bool open_left;
    bool open_right;

    *out = (struct probe){.phrase.prefix = false};
    tokenizer_run(tokenizer, literal, take_token, &tokens);
    if (tokens.failed)
        return error_nomem(err);
    end = tokens.count;
    if (end == 0)
        return ERR_OK;
    open_left = tokens.list[0].start == 0 && !is_unspaced(&tokens.list[0]);
    open_right = end == TOKENS_MAX || tokens.list[end - 1].end == literal.len;
    /* so long a run is cut at places that only its start in the text says */
    if (open_left &&
        utf8_count(tokens.list[0].folded) >= TOKENIZER_TOKEN_MAX_CP)
        return ERR_OK;
    if (open_left && end == 1 && open_right) {
        out->inside = tokens.list[0].folded;
        return ERR_OK;
    }
    if (open_left)
        out->suffix = tokens.list[first++].folded;
    if (open_right && is_unspaced(&tokens.list[end - 1]))
        out->phrase.prefix = true; /* marks may follow */
    else if (open_right)
        out->prefix = tokens.list[--end].folded;
    if (first == end)
        return ERR_OK;
    return make_phrase(&tokens, first, end, tokenizer, &out->phrase.text, err);
}
