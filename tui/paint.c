/* A sweep over the ends of all passages. */
#include "config.h"

#include "tui/paint.h"

#include <stdlib.h>

#include "stet/xalloc.h"

struct edge {
    size_t at;
    int step; /* 1: a span of this level begins, -1: ends */
    unsigned level;
};

void
paint_release(struct paint *paint)
{
    free(paint->spans);
    free(paint->levels);
    *paint = (struct paint){0};
}

static int
compare_edges(const void *left, const void *right)
{
    size_t a = ((const struct edge *)left)->at;
    size_t b = ((const struct edge *)right)->at;

    return (a > b) - (a < b);
}

/* PAINT_LEVELS: none. */
static unsigned
level_of(const size_t *open, bool by_depth)
{
    size_t depth = 0;

    for (unsigned i = 0; i < PAINT_LEVELS; i++)
        depth += open[i];
    if (depth == 0)
        return PAINT_LEVELS;
    if (by_depth)
        return depth < PAINT_LEVELS ? (unsigned)depth - 1 : PAINT_LEVELS - 1;
    for (unsigned i = PAINT_LEVELS; i-- > 0;)
        if (open[i])
            return i;
    return PAINT_LEVELS;
}

static void
add(struct paint *out, size_t start, size_t end, unsigned level)
{
    struct span *last = out->count ? &out->spans[out->count - 1] : NULL;

    if (last && last->end == start && out->levels[out->count - 1] == level) {
        last->end = end;
        return;
    }
    out->levels[out->count] = (unsigned char)level;
    out->spans[out->count++] = (struct span){start, end};
}

void
paint_build(struct paint *out, const struct paint_span *spans, size_t count,
            bool by_depth)
{
    struct edge *edges;
    size_t open[PAINT_LEVELS] = {0};
    size_t edge_count = 0;

    if (count == 0)
        return;
    edges = xcalloc(2 * count, sizeof(*edges));
    for (size_t i = 0; i < count; i++) {
        const struct span *span = &spans[i].span;

        if (span->start >= span->end)
            continue;
        edges[edge_count++] = (struct edge){span->start, 1, spans[i].level};
        edges[edge_count++] = (struct edge){span->end, -1, spans[i].level};
    }
    qsort(edges, edge_count, sizeof(*edges), compare_edges);
    out->spans = xcalloc(2 * count, sizeof(*out->spans));
    out->levels = xcalloc(2 * count, sizeof(*out->levels));
    for (size_t i = 0; i < edge_count; i++) {
        unsigned level;

        if (edges[i].step > 0)
            open[edges[i].level]++;
        else
            open[edges[i].level]--;
        if (i + 1 == edge_count || edges[i + 1].at == edges[i].at)
            continue;
        level = level_of(open, by_depth);
        if (level < PAINT_LEVELS)
            add(out, edges[i].at, edges[i + 1].at, level);
    }
    free(edges);
}
