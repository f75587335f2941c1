/* Where a query's words lie in a text, found with the index's own tokenizer.
 * Phrases are followed token by token as the text streams by, so a text of
 * any length costs one pass and only the matches are kept. */
#include "config.h"

#include <stdlib.h>

#include "highlight_regex.h"
#include "query_list.h"
#include "query_match.h"
#include "stet/search.h"
#include "stet/tokenizer.h"
#include "stet/utf8.h"

struct phrase {
    struct str text;    /* as written; in the arena */
    struct str *tokens; /* folded; in the arena */
    size_t count;
    bool prefix;  /* the last token is the start of one */
    size_t chain; /* next phrase with the same bucket, plus 1 */
};

/* A phrase of which `matched` tokens have been seen. */
struct partial {
    size_t phrase, matched, start;
};

#define BUCKETS 256u /* by the first byte of a phrase's first token */

struct highlight {
    struct tokenizer *tokenizer;
    struct arena *arena;
    struct phrase *phrases;
    size_t phrase_count, phrase_cap;
    size_t buckets[BUCKETS]; /* phrase number plus 1 */

    struct partial *partials;
    size_t partial_count, partial_cap;
    struct search_match *matches;
    size_t match_count, match_cap;
    struct str pattern; /* of the regex being looked for */
    bool failed;        /* out of memory */

    size_t regex_count;
    struct regex_text text; /* for regexes */
};

/* Room for one more in a malloc'd array. */
static bool
grow(void **array, size_t count, size_t *cap, size_t size)
{
    size_t want = *cap ? *cap * 2 : 16;
    void *ptr;

    if (count < *cap)
        return true;
    if (want > SIZE_MAX / 2 / size)
        return false;
    ptr = realloc(*array, want * size);
    if (!ptr)
        return false;
    *array = ptr;
    *cap = want;
    return true;
}

struct token_list {
    struct arena *arena;
    struct str *tokens;
    size_t count, cap;
    bool failed;
};

static bool
collect_token(void *ctx, const struct token *token)
{
    struct token_list *list = ctx;
    void *tokens = list->tokens;
    struct str copy = arena_copy(list->arena, token->folded);

    list->failed =
        !copy.ptr || !grow(&tokens, list->count, &list->cap, sizeof(copy));
    list->tokens = tokens;
    if (list->failed)
        return false;
    list->tokens[list->count++] = copy;
    return true;
}

static enum err_code
add_phrase(void *ctx, const struct query_phrase *phrase, struct error *err)
{
    struct highlight *h = ctx;
    struct token_list list = {.arena = h->arena};
    void *phrases = h->phrases;
    struct phrase *item;
    size_t bucket;

    tokenizer_run(h->tokenizer, phrase->text, collect_token, &list);
    if (list.failed ||
        !grow(&phrases, h->phrase_count, &h->phrase_cap, sizeof(*item))) {
        free(list.tokens);
        return error_nomem(err);
    }
    h->phrases = phrases;
    if (list.count == 0 || list.tokens[0].len == 0) {
        free(list.tokens);
        return ERR_OK;
    }
    bucket = (unsigned char)list.tokens[0].ptr[0];
    item = &h->phrases[h->phrase_count++];
    *item = (struct phrase){arena_copy(h->arena, phrase->text), list.tokens,
                            list.count, phrase->prefix, h->buckets[bucket]};
    h->buckets[bucket] = h->phrase_count;
    return ERR_OK;
}

/* A list that cannot be read any more has no highlights; the search has said
 * what is wrong with it. */
static enum err_code
add_leaf(void *ctx, const struct query_node *leaf, struct error *err)
{
    struct highlight *h = ctx;
    struct error ignored = ERROR_INIT;
    enum err_code code = ERR_OK;

    h->regex_count += leaf->op == QUERY_REGEX;
    if (leaf->op == QUERY_FIELD && str_equal(leaf->field.name, STR_LIT("list")))
        code =
            list_foreach(&leaf->field, h->tokenizer, add_phrase, h, &ignored);
    if (code == ERR_NOMEM)
        return error_nomem(err);
    code = ERR_OK;
    for (size_t i = 0; code == ERR_OK && i < leaf->text.count; i++)
        code = add_phrase(h, &leaf->text.phrases[i], err);
    return code;
}

static void
add_match(struct highlight *h, struct search_match match)
{
    void *matches = h->matches;

    if (!grow(&matches, h->match_count, &h->match_cap, sizeof(*h->matches))) {
        h->failed = true;
        return;
    }
    h->matches = matches;
    h->matches[h->match_count++] = match;
}

static bool
add_regex_match(void *ctx, size_t start, size_t end)
{
    struct highlight *h = ctx;

    add_match(h, (struct search_match){h->pattern, {start, end}, true});
    return !h->failed;
}

static enum err_code
match_leaf(void *ctx, const struct query_node *leaf, struct error *err)
{
    struct highlight *h = ctx;

    if (leaf->op != QUERY_REGEX)
        return ERR_OK;
    h->pattern = leaf->regex.pattern;
    return regex_highlight(&leaf->regex, &h->text, add_regex_match, h, err);
}

static enum err_code
match_regexes(struct highlight *h, const struct query *query, struct str text,
              struct error *err)
{
    enum err_code code = regex_text_init(&h->text, text, err);

    if (code == ERR_OK)
        code = match_foreach(query->root, match_leaf, h, err);
    regex_text_release(&h->text);
    return code;
}

static bool
token_matches(const struct phrase *phrase, size_t at, struct str folded)
{
    struct str want = phrase->tokens[at];

    if (phrase->prefix && at + 1 == phrase->count)
        return str_starts_with(folded, want);
    return str_equal(folded, want);
}

/* A phrase goes on, or ends, with this token. */
static void
advance(struct highlight *h, struct partial partial, const struct token *token)
{
    const struct phrase *phrase = &h->phrases[partial.phrase];
    void *partials = h->partials;

    if (!token_matches(phrase, partial.matched, token->folded))
        return;
    if (++partial.matched == phrase->count) {
        add_match(h, (struct search_match){
                         phrase->text, {partial.start, token->end}, false});
        return;
    }
    if (!grow(&partials, h->partial_count, &h->partial_cap,
              sizeof(*h->partials))) {
        h->failed = true;
        return;
    }
    h->partials = partials;
    h->partials[h->partial_count++] = partial;
}

static bool
see_token(void *ctx, const struct token *token)
{
    struct highlight *h = ctx;
    size_t before = h->partial_count;
    size_t first = h->buckets[(unsigned char)token->folded.ptr[0]];

    /* Survivors are written over the ones already looked at. */
    h->partial_count = 0;
    for (size_t i = 0; i < before; i++)
        advance(h, h->partials[i], token);
    for (; first; first = h->phrases[first - 1].chain)
        advance(h, (struct partial){first - 1, 0, token->start}, token);
    return !h->failed;
}

static int
compare_matches(const void *left, const void *right)
{
    const struct span *a = &((const struct search_match *)left)->span;
    const struct span *b = &((const struct search_match *)right)->span;

    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return (a->end > b->end) - (a->end < b->end);
}

/* All matches, sorted, into the arena. */
static enum err_code
take_matches(struct highlight *h, struct search_match **matches, size_t *count,
             struct error *err)
{
    struct search_match *out;

    if (h->failed)
        return error_nomem(err);
    out = arena_alloc(h->arena, (h->match_count + 1) * sizeof(*out));
    if (!out)
        return error_nomem(err);
    if (h->match_count > 0) {
        memcpy(out, h->matches, h->match_count * sizeof(*out));
        qsort(out, h->match_count, sizeof(*out), compare_matches);
    }
    *matches = out;
    *count = h->match_count;
    return ERR_OK;
}

enum err_code
search_why(const struct query *query, struct str text, struct arena *arena,
           struct search_match **matches, size_t *count, struct error *err)
{
    struct highlight h = {.tokenizer = tokenizer_new(), .arena = arena};
    enum err_code code = h.tokenizer ? ERR_OK : error_nomem(err);

    if (code == ERR_OK)
        code = match_foreach(query->root, add_leaf, &h, err);
    if (code == ERR_OK && h.phrase_count > 0)
        tokenizer_run(h.tokenizer, text, see_token, &h);
    if (code == ERR_OK && h.regex_count > 0)
        code = match_regexes(&h, query, text, err);
    if (code == ERR_OK)
        code = take_matches(&h, matches, count, err);
    for (size_t i = 0; i < h.phrase_count; i++)
        free(h.phrases[i].tokens);
    free(h.phrases);
    free(h.partials);
    free(h.matches);
    tokenizer_free(h.tokenizer);
    return code;
}

/* Sorted matches as spans, overlapping ones joined. */
static size_t
merge(const struct search_match *matches, size_t count, struct span *spans)
{
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        struct span span = matches[i].span;

        if (used == 0 || span.start >= spans[used - 1].end)
            spans[used++] = span;
        else if (span.end > spans[used - 1].end)
            spans[used - 1].end = span.end;
    }
    return used;
}

enum err_code
search_highlight(const struct query *query, struct str text,
                 struct arena *arena, struct span **spans, size_t *count,
                 struct error *err)
{
    struct search_match *matches = NULL;
    size_t match_count = 0;
    struct span *out;
    enum err_code code =
        search_why(query, text, arena, &matches, &match_count, err);

    if (code != ERR_OK)
        return code;
    out = arena_alloc(arena, (match_count + 1) * sizeof(*out));
    if (!out)
        return error_nomem(err);
    *count = merge(matches, match_count, out);
    *spans = out;
    return ERR_OK;
}

/* The first character boundary at or after `at`. */
static size_t
boundary_after(struct str text, size_t at)
{
    while (at < text.len && !utf8_is_boundary(text, at))
        at++;
    return at;
}

static size_t
boundary_before(struct str text, size_t at)
{
    while (at > 0 && at < text.len && !utf8_is_boundary(text, at))
        at--;
    return at;
}

/* Where the word that `at` may cut goes on; no further than `limit`. */
static size_t
word_after(struct str text, size_t at, size_t limit)
{
    size_t next = at;

    while (next < limit && text.ptr[next] != ' ' && text.ptr[next] != '\n')
        next++;
    return next < limit ? next + 1 : at;
}

struct span
search_snippet(struct str text, const struct span *spans, size_t count,
               size_t max_bytes)
{
    size_t start = 0;
    size_t end;

    if (text.len <= max_bytes)
        return (struct span){0, text.len};
    if (count > 0 && spans[0].end > max_bytes) {
        size_t first = spans[0].start;
        size_t before = max_bytes / 4;

        start = first > before ? boundary_after(text, first - before) : 0;
        if (start > first)
            start = first;
        if (start > 0)
            start = word_after(text, start, first);
    }
    end = text.len - start > max_bytes ? start + max_bytes : text.len;
    return (struct span){start, boundary_before(text, end)};
}
