/* What callers ask of a query: its hits in order, their number, a page. */
#include "config.h"

#include "stet/search.h"

#include <stdio.h>
#include <stdlib.h>

#include "search_run.h"
#include "stet/xalloc.h"

/* Fewer hits than this are sorted before a first screen could be seen. */
#define SORT_AT_ONCE 20000u

/* All hits, ascending, with their keys. */
static enum err_code
gather(struct run *run, struct keyed **out, uint32_t count, struct error *err)
{
    struct keyed *items = malloc(((size_t)count + 1) * sizeof(*items));
    uint32_t used = 0;

    if (!items)
        return error_nomem(err);
    for (unsigned i = 0; i < run->part_count; i++) {
        struct part *part = &run->parts[i];

        if (part->count > 0)
            memcpy(items + used, part->items, part->count * sizeof(*items));
        used += part->count;
        free(part->items);
        part->items = NULL;
    }
    *out = items;
    if (order_asks_caller(run->order))
        return order_keys(run->order, 0, items, count, err);
    return ERR_OK;
}

/* The first screen of a long list, while it is being sorted. */
static void
tell_first(struct run *run, const struct keyed *items, uint32_t count)
{
    struct keyed *first = xcalloc(run->rows, sizeof(*first));
    struct search_screen screen = {.ordered = true, .found = count};

    screen.count = order_select(items, count, NULL, first, run->rows);
    for (uint32_t i = 0; i < screen.count; i++)
        run->screen[i] = first[i].doc;
    free(first);
    search_tell(run, &screen);
}

static enum err_code
take_docs(const struct keyed *items, uint32_t count, struct hits *hits,
          struct error *err)
{
    hits->docs = malloc(((size_t)count + 1) * sizeof(*hits->docs));
    if (!hits->docs)
        return error_nomem(err);
    for (uint32_t i = 0; i < count; i++)
        hits->docs[i] = items[i].doc;
    hits->count = count;
    return ERR_OK;
}

static enum err_code
make_list(struct run *run, struct hits *hits, struct error *err)
{
    struct keyed *items = NULL;
    uint32_t count = hits->total;
    enum err_code code = gather(run, &items, count, err);

    if (code == ERR_OK && !order_is_documents(run->order)) {
        if (run->rows > 0 && count > SORT_AT_ONCE)
            tell_first(run, items, count);
        code = order_sort(&run->search, items, count, err);
    }
    if (code == ERR_OK)
        code = take_docs(items, count, hits, err);
    free(items);
    return code;
}

/* What the run has found, or nothing. */
static enum err_code
hand_over(struct run *run, enum err_code code, struct hits *out)
{
    if (code == ERR_OK) {
        run->hits.direction_unknown =
            run->order && order_direction_unknown(run->order);
        *out = run->hits;
    } else {
        hits_release(&run->hits);
    }
    search_end(run);
    return code;
}

enum err_code
search_run_watched(struct index *index, const struct query *query,
                   const struct search_env *env,
                   const struct search_watch *watch, struct hits *out,
                   struct error *err)
{
    struct run run = {.watch = watch};
    enum err_code code = search_begin(&run, index, query, env, err);

    if (code == ERR_OK)
        code = order_make(&run.order, &run.search, query, err);
    if (code == ERR_OK)
        code = search_find(&run, err);
    if (code == ERR_OK)
        code = make_list(&run, &run.hits, err);
    return hand_over(&run, code, out);
}

enum err_code
search_run(struct index *index, const struct query *query,
           const struct search_env *env, struct hits *out, struct error *err)
{
    return search_run_watched(index, query, env, NULL, out, err);
}

enum err_code
search_count(struct index *index, const struct query *query,
             const struct search_env *env, struct hits *out, struct error *err)
{
    struct run run = {0};
    enum err_code code = search_begin(&run, index, query, env, err);

    if (code == ERR_OK)
        code = search_find(&run, err);
    return hand_over(&run, code, out);
}

void
hits_release(struct hits *hits)
{
    free(hits->docs);
    free(hits->keys);
    hits->docs = NULL;
    hits->keys = NULL;
    hits->count = 0;
}

/* A cursor: generation, query, key and document of a hit. */

static uint32_t
mark_of(const struct query *query)
{
    struct hash hash = hash_of(query->text);

    return (uint32_t)hash_prefix(&hash);
}

void
search_cursor(const struct index *index, const struct query *query,
              const struct hits *hits, uint32_t at,
              char out[SEARCH_CURSOR_SIZE])
{
    (void)snprintf(out, SEARCH_CURSOR_SIZE, "%llx-%08x-%llx-%x",
                   (unsigned long long)index_generation(index), mark_of(query),
                   hits->keys ? (unsigned long long)hits->keys[at] : 0,
                   hits->docs[at]);
}

static enum err_code
read_cursor(const struct index *index, const struct query *query,
            struct str text, struct keyed *out, struct error *err)
{
    char copy[SEARCH_CURSOR_SIZE] = "";
    unsigned long long generation;
    unsigned long long key;
    unsigned mark;
    unsigned doc;
    int used = 0;

    if (text.len > 0 && text.len < sizeof(copy))
        memcpy(copy, text.ptr, text.len);
    /* the widths keep each within its type */
    /* NOLINTNEXTLINE(cert-err34-c) */
    if (sscanf(copy, "%16llx-%8x-%16llx-%8x%n", &generation, &mark, &key, &doc,
               &used) != 4 ||
        (size_t)used != text.len)
        return error_set(err, ERR_USAGE, "not a cursor: '%.*s'", STR_FMT(text));
    if (mark != mark_of(query))
        return error_set(err, ERR_USAGE,
                         "this cursor is of another query or order");
    if (generation != index_generation(index))
        return error_set(err, ERR_CONFLICT,
                         "the index is newer than this cursor: begin again "
                         "without it");
    *out = (struct keyed){key, doc};
    return ERR_OK;
}

/* Put the page's hits first; how many. A page of most hits is cut from all in
 * order. */
static enum err_code
cut_page(struct run *run, struct keyed *items, const struct keyed *after,
         uint32_t *limit, struct error *err)
{
    uint32_t total = run->hits.total;
    uint32_t from = 0;
    struct keyed *page;
    enum err_code code;

    if (*limit > total / 8) {
        code = order_sort(&run->search, items, total, err);
        while (after && from < total && !keyed_is_before(after, &items[from]))
            from++;
        if (*limit > total - from)
            *limit = total - from;
        memmove(items, items + from, *limit * sizeof(*items));
        return code;
    }
    page = malloc(((size_t)*limit + 1) * sizeof(*page));
    if (!page)
        return error_nomem(err);
    *limit = order_select(items, total, after, page, *limit);
    memcpy(items, page, *limit * sizeof(*items));
    free(page);
    return ERR_OK;
}

static enum err_code
make_page(struct run *run, const struct keyed *after, uint32_t limit,
          struct error *err)
{
    struct hits *hits = &run->hits;
    struct keyed *items = NULL;
    enum err_code code = gather(run, &items, hits->total, err);

    if (code == ERR_OK)
        code = cut_page(run, items, after, &limit, err);
    if (code == ERR_OK)
        code = take_docs(items, limit, hits, err);
    if (code == ERR_OK)
        hits->keys = malloc(((size_t)limit + 1) * sizeof(*hits->keys));
    if (code == ERR_OK && !hits->keys)
        code = error_nomem(err);
    for (uint32_t i = 0; code == ERR_OK && i < limit; i++)
        hits->keys[i] = items[i].key;
    free(items);
    return code;
}

enum err_code
search_page(struct index *index, const struct query *query,
            const struct search_env *env, struct str after, uint32_t limit,
            struct hits *out, struct error *err)
{
    struct run run = {0};
    struct keyed from;
    enum err_code code = search_begin(&run, index, query, env, err);

    if (code == ERR_OK && after.ptr)
        code = read_cursor(index, query, after, &from, err);
    if (code == ERR_OK)
        code = order_make(&run.order, &run.search, query, err);
    if (code == ERR_OK)
        code = search_find(&run, err);
    if (code == ERR_OK)
        code = make_page(&run, after.ptr ? &from : NULL, limit, err);
    return hand_over(&run, code, out);
}
