/* The two jobs of a partition, and the list of its hits. */
#include "config.h"

#include "trace_part.h"

#include <stdlib.h>

#include "stet/db.h"

enum err_code
trace_hits_add(struct trace_hits *hits, const struct trace_hit *hit,
               struct error *err)
{
    if (hits->count == hits->cap) {
        size_t cap = hits->cap ? hits->cap * 2 : 256;
        struct trace_hit *list = realloc(hits->list, cap * sizeof(*list));

        if (!list)
            return error_nomem(err);
        hits->list = list;
        hits->cap = cap;
    }
    hits->list[hits->count++] = *hit;
    return ERR_OK;
}

enum err_code
trace_hits_prune(struct trace_hits *hits, uint32_t words, struct error *err)
{
    uint32_t *ends = calloc((size_t)words + 1, sizeof(*ends));
    size_t kept = 0;

    if (!ends)
        return error_nomem(err);
    /* The furthest end of those from each word on; then, of all before. */
    for (size_t i = 0; i < hits->count; i++)
        if (hits->list[i].end > ends[hits->list[i].first])
            ends[hits->list[i].first] = hits->list[i].end;
    for (uint32_t i = 1, furthest = ends[0]; i < words; i++) {
        if (ends[i] <= furthest)
            ends[i] = UINT32_MAX; /* in a longer one */
        else
            furthest = ends[i];
    }
    for (size_t i = 0; i < hits->count; i++)
        if (hits->list[i].end == ends[hits->list[i].first])
            hits->list[kept++] = hits->list[i];
    hits->count = kept;
    free(ends);
    return ERR_OK;
}

void
trace_part_places(void *arg)
{
    struct trace_part *part = arg;

    part->places = calloc(part->text->anchor_count + 1, sizeof(*part->places));
    if (!part->places) {
        part->code = error_nomem(&part->err);
        return;
    }
    db_set_cancel(part->db, part->search->env->cancel);
    part->code = trace_places_terms(part, &part->err);
    if (part->code == ERR_OK)
        part->code = trace_places_phrases(part, &part->err);
    db_set_cancel(part->db, NULL);
}

void
trace_part_spans(void *arg)
{
    struct trace_part *part = arg;

    db_set_cancel(part->db, part->search->env->cancel);
    part->code = trace_points_run(part, &part->err);
    if (part->code == ERR_OK)
        part->code = trace_weigh(part, &part->err);
    db_set_cancel(part->db, NULL);
}

void
trace_part_release(struct trace_part *part)
{
    for (size_t i = 0; part->places && i < part->text->anchor_count; i++)
        free(part->places[i].list);
    free(part->places);
    free(part->hits.list);
}
