/* Single words and AND, OR, NOT of them by sets over a partition: each word's
 * doclist is read from its start to its end, ten times as fast as FTS5 gives
 * its rows, so it is worth it unless a rare word would have spared most. */
#include "config.h"

#include "search_words.h"

#include "doclist_read.h"
#include "search_terms.h"

#define WORTH 8u /* rows read for each that FTS5 would have looked at */

struct words {
    enum query_op op;
    struct str term; /* of QUERY_TEXT */
    bool prefix;
    struct words *first, *next;
};

/* Whether rows are fewer than would be spared by the rarest of an AND. */
static enum err_code
is_worth(const struct search *search, const struct query_node *query,
         bool *worth, struct error *err)
{
    uint64_t sum = 0;
    uint64_t bound = UINT64_MAX;
    enum err_code code = ERR_OK;

    *worth = true;
    if (query->op != QUERY_AND)
        return ERR_OK;
    for (const struct query_node *child = query->first; code == ERR_OK && child;
         child = child->next) {
        bool without = child->op == QUERY_NOT;
        uint64_t documents;

        code = terms_bound(search, without ? child->first : child, &documents,
                           err);
        if (code != ERR_OK)
            return code;
        sum += documents < UINT32_MAX ? documents : UINT32_MAX;
        if (!without && documents < bound)
            bound = documents;
    }
    *worth = sum / WORTH <= bound;
    return code;
}

static enum err_code
make(const struct search *search, const struct query_node *query,
     struct arena *arena, struct words **out, struct error *err)
{
    struct words *words = arena_alloc(arena, sizeof(*words));
    struct words **link;
    bool worth;
    enum err_code code;

    *out = NULL;
    if (!words)
        return error_nomem(err);
    *words = (struct words){.op = query->op};
    link = &words->first;
    if (query->op == QUERY_TEXT) {
        if (query->text.phrases[0].prefix)
            return ERR_OK;
        code = terms_word(&query->text, arena, &words->term, err);
        if (code == ERR_OK && words->term.ptr)
            *out = words;
        return code;
    }
    if (query->op != QUERY_AND && query->op != QUERY_OR &&
        query->op != QUERY_NOT)
        return ERR_OK;
    code = is_worth(search, query, &worth, err);
    if (code != ERR_OK || !worth)
        return code;
    for (const struct query_node *child = query->first; child;
         child = child->next) {
        code = make(search, child, arena, link, err);
        if (code != ERR_OK || !*link)
            return code;
        link = &(*link)->next;
    }
    *out = words;
    return ERR_OK;
}

enum err_code
words_make(const struct search *search, const struct query_node *query,
           struct arena *arena, const struct words **out, struct error *err)
{
    struct words *words = NULL;
    enum err_code code = make(search, query, arena, &words, err);

    *out = code == ERR_OK ? words : NULL;
    return code;
}

enum err_code
words_make_prefix(struct str beginning, struct arena *arena,
                  const struct words **out, struct error *err)
{
    struct words *words = arena_alloc(arena, sizeof(*words));

    if (!words)
        return error_nomem(err);
    *words =
        (struct words){.op = QUERY_TEXT, .term = beginning, .prefix = true};
    *out = words;
    return ERR_OK;
}

static void
take_row(void *ctx, uint32_t row, uint32_t places)
{
    (void)places;
    bits_set(ctx, row - 1);
}

static enum err_code
find_children(const struct words *words, const struct search *search,
              unsigned partition, struct bits *out, struct error *err)
{
    struct bits found = {NULL, 0};
    bool first = true;
    enum err_code code = bits_init(&found, out->count, err);

    for (const struct words *child = words->first; code == ERR_OK && child;
         child = child->next) {
        bits_clear(&found);
        code = words_find(child, search, partition, &found, err);
        if (first || words->op == QUERY_OR)
            bits_or(out, &found);
        else
            bits_and(out, &found);
        first = false;
    }
    bits_release(&found);
    if (words->op == QUERY_NOT)
        bits_not(out);
    return code;
}

enum err_code
words_find(const struct words *words, const struct search *search,
           unsigned partition, struct bits *out, struct error *err)
{
    const struct doclist_wanted wanted = {
        .term = words->term,
        .prefix = words->prefix,
        .rows = out->count,
        .cancel = search->env->cancel,
        .row = take_row,
        .ctx = out,
    };

    if (words->op != QUERY_TEXT)
        return find_children(words, search, partition, out, err);
    return doclist_read(index_partition_db(search->index, partition), &wanted,
                        err);
}

enum err_code
words_find_first(const struct words *words, const struct search *search,
                 unsigned partition, struct bits *out, struct error *err)
{
    uint32_t first;
    uint32_t end;
    struct doclist_wanted wanted = {
        .term = words->term,
        .prefix = words->prefix,
        .until = out->count,
        .cancel = search->env->cancel,
        .row = take_row,
        .ctx = out,
    };

    index_partition_range(search->index, partition, &first, &end);
    wanted.rows = end - first;
    return doclist_read(index_partition_db(search->index, partition), &wanted,
                        err);
}
