/* A file of phrases by category, read. */
#include "config.h"

#include <stdlib.h>

#include "stet/phrases.h"
#include "stet/query.h"
#include "stet/tokenizer.h"
#include "stet/xalloc.h"

struct reading {
    struct tokenizer *tokenizer;
    struct phrase_list *list;
    size_t *category_of; /* of each phrase */
    size_t phrase_cap, category_cap;
    size_t category; /* now; SIZE_MAX: none yet */
    size_t line;
};

static bool
count_token(void *ctx, const struct token *token)
{
    size_t *count = ctx;

    (void)token;
    return ++*count <= QUERY_PHRASE_TOKENS_MAX;
}

static void
set_category(struct reading *r, struct str name)
{
    struct phrase_list *list = r->list;

    for (size_t i = 0; i < list->category_count; i++)
        if (str_equal(list->categories[i].name, name)) {
            r->category = i;
            return;
        }
    if (list->category_count == r->category_cap) {
        r->category_cap = r->category_cap ? 2 * r->category_cap : 16;
        list->categories = xreallocarray(list->categories, r->category_cap,
                                         sizeof(*list->categories));
    }
    r->category = list->category_count++;
    list->categories[r->category] =
        (struct phrase_category){.name = arena_copy(&list->arena, name)};
}

static void
add_phrase(struct reading *r, struct str text)
{
    struct phrase_list *list = r->list;

    if (r->category == SIZE_MAX)
        set_category(r, STR_LIT("phrases"));
    if (list->phrase_count == r->phrase_cap) {
        r->phrase_cap = r->phrase_cap ? 2 * r->phrase_cap : 64;
        list->phrases =
            xreallocarray(list->phrases, r->phrase_cap, sizeof(*list->phrases));
        r->category_of = xreallocarray(r->category_of, r->phrase_cap,
                                       sizeof(*r->category_of));
    }
    r->category_of[list->phrase_count] = r->category;
    list->phrases[list->phrase_count++] =
        (struct phrase){.text = arena_copy(&list->arena, text)};
}

static enum err_code
take_line(struct reading *r, struct str line, struct error *err)
{
    size_t tokens = 0;

    if (line.len == 0 || line.ptr[0] == '#')
        return ERR_OK;
    if (line.ptr[0] == '[') {
        if (line.ptr[line.len - 1] != ']')
            return error_set(err, ERR_USAGE, "line %zu: a heading ends with ]",
                             r->line);
        set_category(r, str_trim(str_slice(line, 1, line.len - 1)));
        return ERR_OK;
    }
    tokenizer_run(r->tokenizer, line, count_token, &tokens);
    if (tokens > QUERY_PHRASE_TOKENS_MAX)
        return error_set(err, ERR_USAGE,
                         "line %zu: a phrase of more than %d words", r->line,
                         QUERY_PHRASE_TOKENS_MAX);
    if (tokens == 0)
        r->list->wordless++;
    else
        add_phrase(r, line);
    return ERR_OK;
}

/* Phrases of a category side by side, categories without any away. */
static void
sort_phrases(struct reading *r)
{
    struct phrase_list *list = r->list;
    struct phrase *sorted = xcalloc(list->phrase_count + 1, sizeof(*sorted));
    size_t count = 0;
    size_t kept = 0;

    for (size_t c = 0; c < list->category_count; c++) {
        struct phrase_category category = list->categories[c];

        category.start = count;
        for (size_t i = 0; i < list->phrase_count; i++)
            if (r->category_of[i] == c)
                sorted[count++] = list->phrases[i];
        category.end = count;
        if (category.end > category.start)
            list->categories[kept++] = category;
    }
    list->category_count = kept;
    free(list->phrases);
    list->phrases = sorted;
}

enum err_code
phrase_list_parse(struct phrase_list *out, struct str text, struct error *err)
{
    struct phrase_list list = {0};
    struct reading r = {
        .list = &list, .tokenizer = tokenizer_new(), .category = SIZE_MAX};
    enum err_code code = ERR_OK;

    arena_init(&list.arena, 0);
    if (str_starts_with(text, STR_LIT("\xEF\xBB\xBF")))
        text = str_slice(text, 3, text.len);
    for (size_t at = 0, end; !code && at < text.len; at = end + 1) {
        end = str_find(text, STR_LIT("\n"), at);
        if (end == SIZE_MAX)
            end = text.len;
        r.line++;
        code = take_line(&r, str_trim(str_slice(text, at, end)), err);
    }
    if (!code)
        sort_phrases(&r);
    tokenizer_free(r.tokenizer);
    free(r.category_of);
    if (code)
        phrase_list_release(&list);
    else
        *out = list;
    return code;
}

void
phrase_list_release(struct phrase_list *list)
{
    free(list->categories);
    free(list->phrases);
    arena_release(&list->arena);
    *list = (struct phrase_list){0};
}

double
phrases_per_million(const struct phrase_list *list, uint64_t hits)
{
    return list->tokens ? 1e6 * (double)hits / (double)list->tokens : 0;
}
