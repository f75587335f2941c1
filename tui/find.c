/* Finding in a text. A phrase is followed word by word as the tokenizer
 * streams by, so that a text of any length costs one pass. */
#include "config.h"

#include "tui/find.h"

#include <stdlib.h>

#include "stet/pool.h"
#include "stet/regex.h"
#include "stet/tokenizer.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"

struct phrase {
    struct buf tokens; /* folded, one behind the other */
    size_t ends[FIND_TOKENS_MAX];
    size_t count;
    bool too_many;
    bool prefix;
    /* starts[n]: where the run began of which n tokens have been seen */
    size_t starts[FIND_TOKENS_MAX + 1];
    bool alive[FIND_TOKENS_MAX + 1];
    struct found *out;
    const int *cancel;
};

void
found_release(struct found *found)
{
    free(found->spans);
    *found = (struct found){0};
}

/* False: no more room. A match that overlaps the one before is left out. */
static bool
add(struct found *out, size_t start, size_t end)
{
    if (out->count > 0 && start < out->spans[out->count - 1].end)
        return true;
    if (out->count == FIND_MATCHES_MAX) {
        out->more = true;
        return false;
    }
    if (out->count == out->cap) {
        out->cap = out->cap ? out->cap * 2 : 64;
        out->spans = xreallocarray(out->spans, out->cap, sizeof(*out->spans));
    }
    out->spans[out->count++] = (struct span){start, end};
    return true;
}

static bool
collect(void *ctx, const struct token *token)
{
    struct phrase *phrase = ctx;

    if (phrase->count == FIND_TOKENS_MAX) {
        phrase->too_many = true;
        return false;
    }
    xbuf_append_str(&phrase->tokens, token->folded);
    phrase->ends[phrase->count++] = phrase->tokens.len;
    return true;
}

static bool
fits(const struct phrase *phrase, size_t i, struct str folded)
{
    struct str want =
        str_slice(buf_str(&phrase->tokens), i > 0 ? phrase->ends[i - 1] : 0,
                  phrase->ends[i]);

    if (phrase->prefix && i + 1 == phrase->count)
        return str_starts_with(folded, want);
    return str_equal(folded, want);
}

static bool
see(void *ctx, const struct token *token)
{
    struct phrase *phrase = ctx;

    if (cancel_is_set(phrase->cancel))
        return false;
    phrase->alive[0] = true;
    phrase->starts[0] = token->start;
    for (size_t i = phrase->count; i-- > 0;) {
        phrase->alive[i + 1] =
            phrase->alive[i] && fits(phrase, i, token->folded);
        phrase->starts[i + 1] = phrase->starts[i];
    }
    if (!phrase->alive[phrase->count])
        return true;
    phrase->alive[phrase->count] = false;
    return add(phrase->out, phrase->starts[phrase->count], token->end);
}

static enum err_code
find_words(struct phrase *phrase, struct tokenizer *tokenizer, struct str text,
           struct error *err)
{
    if (phrase->too_many)
        return error_set(err, ERR_LIMIT, "more than %d words", FIND_TOKENS_MAX);
    tokenizer_run(tokenizer, text, see, phrase);
    if (cancel_is_set(phrase->cancel))
        return error_set(err, ERR_CANCELLED, "stopped");
    return ERR_OK;
}

static enum err_code
find_regex(struct str pattern, unsigned flags, struct str text,
           const int *cancel, struct found *out, struct error *err)
{
    struct regex *regex = NULL;
    size_t at = 0;
    bool go_on = true;
    enum err_code code =
        regex_compile(&regex, pattern, flags | REGEX_VALID, err);

    if (code == ERR_OK)
        regex_set_cancel(regex, cancel);
    while (code == ERR_OK && go_on && at <= text.len) {
        bool found = false;
        size_t start = 0;
        size_t end = 0;

        code = regex_find(regex, text, at, &found, &start, &end, err);
        if (code == ERR_OK && cancel_is_set(cancel))
            code = error_set(err, ERR_CANCELLED, "stopped");
        if (code != ERR_OK || !found)
            break;
        /* \K can name a start before the last match's end */
        start = start < at ? at : start;
        if (end > start) {
            go_on = add(out, start, end);
            at = end;
        } else {
            at = end > at ? end : at;
            if (at >= text.len)
                break;
            at = utf8_next(text, at);
        }
    }
    regex_free(regex);
    return code;
}

static unsigned
flag_of(char letter)
{
    switch (letter) {
    case 'm':
        return REGEX_MULTILINE;
    case 's':
        return REGEX_DOTALL;
    case 'x':
        return REGEX_EXTENDED;
    default:
        return 0;
    }
}

/* Where the slash is that closes the regex; the end when it is missing. */
static size_t
closing_slash(struct str pattern)
{
    for (size_t i = 1; i < pattern.len; i++)
        if (pattern.ptr[i] == '\\')
            i++;
        else if (pattern.ptr[i] == '/')
            return i;
    return pattern.len;
}

static enum err_code
run_regex(struct str pattern, struct str text, const int *cancel,
          struct found *out, struct error *err)
{
    size_t close = closing_slash(pattern);
    unsigned flags = REGEX_CASE;
    enum err_code code;

    for (size_t i = close + 1; i < pattern.len; i++) {
        if (pattern.ptr[i] == 'i')
            flags &= ~(unsigned)REGEX_CASE;
        else if (flag_of(pattern.ptr[i]))
            flags |= flag_of(pattern.ptr[i]);
        else
            return error_set_at(err, ERR_FORMAT, i,
                                "the flags of a regex are i, m, s and x");
    }
    if (close == 1)
        return ERR_OK;
    code =
        find_regex(str_slice(pattern, 1, close), flags, text, cancel, out, err);
    if (code == ERR_FORMAT && err->offset != ERR_NO_OFFSET)
        err->offset++;
    return code;
}

enum err_code
find_all(struct str pattern, struct str text, const int *cancel,
         struct found *out, struct error *err)
{
    struct phrase phrase = {.out = out, .cancel = cancel};
    struct tokenizer *tokenizer;
    enum err_code code = ERR_OK;

    if (pattern.len == 0)
        return ERR_OK;
    if (pattern.ptr[0] == '/')
        return run_regex(pattern, text, cancel, out, err);
    tokenizer = tokenizer_new();
    if (!tokenizer)
        return error_nomem(err);
    phrase.prefix = pattern.ptr[pattern.len - 1] != ' ';
    tokenizer_run(tokenizer, pattern, collect, &phrase);
    if (phrase.count > 0)
        code = find_words(&phrase, tokenizer, text, err);
    else
        code = find_regex(pattern, REGEX_LITERAL, text, cancel, out, err);
    buf_release(&phrase.tokens);
    tokenizer_free(tokenizer);
    return code;
}

size_t
found_at(const struct span *spans, size_t count, size_t at)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (spans[middle].start < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
