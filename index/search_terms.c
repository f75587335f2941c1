/* Numbers of documents from the partitions' term dictionaries, which decide
 * what is searched for first and what a prefix stands for. */
#include "config.h"

#include "search_terms.h"

#include <stdlib.h>

#include "dictionary.h"
#include "stet/pool.h"
#include "stet/tokenizer.h"
#include "stet/xalloc.h"

static enum err_code
count_term(const struct search *search, struct str term, uint64_t *documents,
           struct error *err)
{
    unsigned count = index_partition_count(search->index);
    enum err_code code = ERR_OK;

    *documents = 0;
    for (unsigned i = 0; code == ERR_OK && i < count; i++) {
        uint32_t found = 0;

        code = dictionary_find(index_partition_db(search->index, i), term,
                               &found, err);
        *documents += found;
    }
    return code;
}

/* The folded tokens of a phrase, the first 64. */
struct tokens {
    struct buf text;
    size_t ends[64];
    size_t count;
    bool more;
};

static bool
take_token(void *ctx, const struct token *token)
{
    struct tokens *tokens = ctx;

    tokens->more = tokens->count == 64;
    if (tokens->more)
        return false;
    xbuf_append_str(&tokens->text, token->folded);
    tokens->ends[tokens->count++] = tokens->text.len;
    return true;
}

static struct str
token_at(const struct tokens *tokens, size_t at)
{
    return str_slice(buf_str(&tokens->text), at ? tokens->ends[at - 1] : 0,
                     tokens->ends[at]);
}

static enum err_code
cut(const struct query_phrase *phrase, struct tokens *tokens, struct error *err)
{
    struct tokenizer *tokenizer = tokenizer_new();

    if (!tokenizer)
        return error_nomem(err);
    tokenizer_run(tokenizer, phrase->text, take_token, tokens);
    tokenizer_free(tokenizer);
    return ERR_OK;
}

static enum err_code
bound_phrase(const struct search *search, const struct query_phrase *phrase,
             uint64_t *bound, struct error *err)
{
    struct tokens tokens = {.count = 0};
    enum err_code code = cut(phrase, &tokens, err);
    size_t whole = tokens.count;

    if (phrase->prefix && whole > 0 && !tokens.more)
        whole--; /* the start of a word is none */
    for (size_t i = 0; code == ERR_OK && i < whole; i++) {
        uint64_t documents;

        code = count_term(search, token_at(&tokens, i), &documents, err);
        if (code == ERR_OK && documents < *bound)
            *bound = documents;
    }
    buf_release(&tokens.text);
    return code;
}

enum err_code
terms_bound(const struct search *search, const struct query_node *words,
            uint64_t *documents, struct error *err)
{
    bool any = words->op == QUERY_OR;
    uint64_t bound = any ? 0 : UINT64_MAX;
    enum err_code code = ERR_OK;

    for (size_t i = 0;
         code == ERR_OK && words->op == QUERY_TEXT && i < words->text.count;
         i++)
        code = bound_phrase(search, &words->text.phrases[i], &bound, err);
    for (const struct query_node *child = words->first; code == ERR_OK && child;
         child = child->next) {
        uint64_t part;

        if (child->op == QUERY_NOT)
            continue;
        code = terms_bound(search, child, &part, err);
        if (code != ERR_OK)
            break;
        if (any)
            bound = part > UINT64_MAX - bound ? UINT64_MAX : bound + part;
        else if (part < bound)
            bound = part;
    }
    *documents = bound;
    return code;
}

/* Put a child where its number belongs; what is under NOT comes last. */
static void
insert(struct query_node **link, uint64_t *bounds, size_t count,
       struct query_node *child, uint64_t bound)
{
    size_t at = 0;

    while (at < count && bounds[at] <= bound) {
        link = &(*link)->next;
        at++;
    }
    memmove(bounds + at + 1, bounds + at, (count - at) * sizeof(*bounds));
    bounds[at] = bound;
    child->next = *link;
    *link = child;
}

static enum err_code
sort_children(const struct search *search, const struct query_node *words,
              struct arena *arena, struct query_node *out, struct error *err)
{
    uint64_t *bounds;
    size_t count = 0;
    enum err_code code = ERR_OK;

    for (const struct query_node *child = words->first; child;
         child = child->next)
        count++;
    bounds = xcalloc(count + 1, sizeof(*bounds));
    count = 0;
    out->first = NULL;
    for (const struct query_node *child = words->first; code == ERR_OK && child;
         child = child->next) {
        struct query_node *copy = NULL;
        uint64_t bound = UINT64_MAX;

        code = terms_sort(search, child, arena, &copy, err);
        if (code == ERR_OK && words->op == QUERY_AND && child->op != QUERY_NOT)
            code = terms_bound(search, child, &bound, err);
        if (code == ERR_OK)
            insert(&out->first, bounds, count++, copy, bound);
    }
    free(bounds);
    return code;
}

enum err_code
terms_sort(const struct search *search, const struct query_node *words,
           struct arena *arena, struct query_node **out, struct error *err)
{
    struct query_node *copy = arena_alloc(arena, sizeof(*copy));

    if (!copy)
        return error_nomem(err);
    *copy = *words;
    copy->next = NULL;
    *out = copy;
    return sort_children(search, words, arena, copy, err);
}

enum err_code
terms_word(const struct query_text *text, struct arena *arena, struct str *word,
           struct error *err)
{
    struct tokens tokens = {.count = 0};
    enum err_code code = ERR_OK;

    *word = (struct str){NULL, 0};
    if (text->count == 1)
        code = cut(&text->phrases[0], &tokens, err);
    if (code == ERR_OK && tokens.count == 1 && !tokens.more) {
        *word = arena_copy(arena, buf_str(&tokens.text));
        if (!word->ptr)
            code = error_nomem(err);
    }
    buf_release(&tokens.text);
    return code;
}

/* Terms of one partition after the other, then joined. */
struct listed {
    size_t start, len; /* in `bytes` */
    uint64_t documents;
};

struct list {
    const struct search *search;
    struct str prefix;
    struct buf bytes;
    struct listed *terms;
    size_t count, cap;
};

static bool
take_term(void *ctx, struct str term, uint32_t documents)
{
    struct list *list = ctx;

    if (!str_starts_with(term, list->prefix) ||
        cancel_is_set(list->search->env->cancel))
        return false;
    if (list->count == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 64;
        list->terms =
            xreallocarray(list->terms, list->cap, sizeof(*list->terms));
    }
    list->terms[list->count++] =
        (struct listed){list->bytes.len, term.len, documents};
    xbuf_append_str(&list->bytes, term);
    return true;
}

static struct str
term_at(const struct list *list, size_t at)
{
    return (struct str){list->bytes.ptr + list->terms[at].start,
                        list->terms[at].len};
}

/* Two ascending runs of terms, [0, middle) and the rest, into one. */
static void
join(struct list *list, size_t middle)
{
    struct listed *out = xcalloc(list->count + 1, sizeof(*out));
    size_t a = 0;
    size_t b = middle;
    size_t used = 0;

    while (a < middle || b < list->count) {
        int order = a == middle ? 1
                    : b == list->count
                        ? -1
                        : str_compare(term_at(list, a), term_at(list, b));

        out[used] = list->terms[order <= 0 ? a : b];
        if (order == 0)
            out[used].documents += list->terms[b].documents;
        a += order <= 0;
        b += order >= 0;
        used++;
    }
    free(list->terms);
    list->terms = out;
    list->cap = list->count + 1;
    list->count = used;
}

enum err_code
terms_foreach(const struct search *search, struct str prefix,
              terms_visit *visit, void *ctx, struct error *err)
{
    struct list list = {.search = search, .prefix = prefix};
    unsigned partitions = index_partition_count(search->index);
    enum err_code code = ERR_OK;

    for (unsigned i = 0; code == ERR_OK && i < partitions; i++) {
        size_t middle = list.count;

        code = search_cancelled(search, err);
        if (code == ERR_OK)
            code = dictionary_foreach(index_partition_db(search->index, i),
                                      prefix, take_term, &list, err);
        if (i > 0)
            join(&list, middle);
    }
    for (size_t i = 0; code == ERR_OK && i < list.count; i++) {
        code = search_cancelled(search, err);
        if (code == ERR_OK)
            code = visit(ctx, term_at(&list, i), list.terms[i].documents, err);
    }
    if (code == ERR_OK)
        code = search_cancelled(search, err);
    buf_release(&list.bytes);
    free(list.terms);
    return code;
}
