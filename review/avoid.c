/* Categories that a reviewer keeps out of his queues: found as queries are,
 * each word by itself, so that a mistake names the word. */
#include "config.h"

#include "stet/avoid.h"

#include "review/annotation_check.h"
#include "review/queue_private.h"
#include "review/resolve_private.h"
#include "review/store_scan.h"

bool
avoid_next(struct str words, size_t *at, struct str *word)
{
    do {
        if (!next_word(words, at, word))
            return false;
    } while (word->len == 0);
    return true;
}

/* The query that a word stands for. */
static void
put_query(struct str word, struct buf *out)
{
    if (str_find(word, STR_LIT(":"), 0) == SIZE_MAX)
        xbuf_append_str(out, STR_LIT("tag:"));
    xbuf_append_str(out, word);
}

static enum err_code
wrap_mistake(struct str word, struct error *err)
{
    error_wrap(err, "avoid %.*s", STR_FMT(word));
    err->offset = ERR_NO_OFFSET; /* it was one in the word */
    return err->code;
}

static bool
is_tag_or_glob(struct str word)
{
    struct buf plain = {0};
    bool valid;

    for (size_t i = 0; i < word.len; i++)
        if (word.ptr[i] != '*' && word.ptr[i] != '?')
            xbuf_append(&plain, &word.ptr[i], 1);
    valid = plain.len == 0 || tag_name_is_valid(buf_str(&plain));
    buf_release(&plain);
    return valid;
}

enum err_code
avoid_check(struct str word, struct error *err)
{
    struct arena arena;
    struct buf text = {0};
    const struct query *query = NULL;
    enum err_code code;

    if (str_find(word, STR_LIT(":"), 0) == SIZE_MAX)
        return is_tag_or_glob(word)
                   ? ERR_OK
                   : error_set(err, ERR_USAGE, "\"%.*s\" is no tag",
                               STR_FMT(word));
    arena_init(&arena, 0);
    put_query(word, &text);
    code = query_parse(&query, buf_str(&text), &arena, err);
    if (code)
        code = wrap_mistake(word, err);
    buf_release(&text);
    arena_release(&arena);
    return code;
}

static enum err_code
find_word(struct resolver *resolver, struct str word, bool told,
          struct bits *out, struct error *err)
{
    struct search_env env = {.named = resolve_named,
                             .disagree = resolve_disagree,
                             .ctx = resolver,
                             .cancel = resolver->cancel,
                             .hide_scores =
                                 told && !(resolver->sight & SIGHT_SCORES)};
    struct arena arena;
    struct buf text = {0};
    const struct query *query = NULL;
    struct hits hits = {0};
    enum err_code code;

    arena_init(&arena, 0);
    put_query(word, &text);
    code = query_parse(&query, buf_str(&text), &arena, err);
    if (code == ERR_OK)
        code = search_run(resolver->index, query, &env, &hits, err);
    for (uint32_t i = 0; code == ERR_OK && i < hits.count; i++)
        bits_set(out, hits.docs[i]);
    if (code != ERR_OK && code != ERR_CANCELLED)
        code = wrap_mistake(word, err);
    hits_release(&hits);
    buf_release(&text);
    arena_release(&arena);
    return code;
}

enum err_code
avoid_find(struct resolver *resolver, struct str words, bool told,
           struct bits *out, struct error *err)
{
    unsigned sight = resolver->sight;
    struct str word;
    enum err_code code = ERR_OK;

    if (!told)
        resolver->sight = SIGHT_ALL;
    for (size_t at = 0; code == ERR_OK && avoid_next(words, &at, &word);)
        code = find_word(resolver, word, told, out, err);
    resolver->sight = sight;
    return code;
}

enum err_code
avoid_count(struct resolver *resolver, const struct bits *avoided,
            struct queue_info *queue, struct error *err)
{
    struct item_list items = {NULL, 0, 0};
    struct bits places = {0};
    int64_t id = 0;
    double overlap = 0;
    enum err_code code = ERR_OK;

    queue->avoided = 0;
    if (queue->left == 0)
        return ERR_OK;
    code = queue_find(resolver->store, queue->name, &id, &overlap, err);
    if (code == ERR_OK)
        code = queue_left_items(resolver->store, id, overlap, &items, err);
    if (code == ERR_OK)
        code = bits_init(&places, index_count(resolver->index), err);
    if (code == ERR_OK)
        code = resolve_items(resolver, &items, &places, err);
    for (size_t i = 0; code == ERR_OK && i < items.count; i++) {
        uint32_t count = 0;
        const uint32_t *docs = resolve_places(resolver, items.items[i], &count);

        queue->avoided += count > 0 && bits_get(avoided, docs[0]);
    }
    if (code == ERR_OK)
        queue->left = items.count - queue->avoided;
    bits_release(&places);
    item_list_release(&items);
    return code;
}
