/* Marks on rows, one by one or by a query. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "stet/xalloc.h"
#include "tui/desk_state.h"

void
desk_mark(struct desk *desk, uint32_t row, bool on)
{
    struct list *list = &desk->list;

    if (row >= list->view.count || bits_get(&list->marks, row) == on ||
        !desk_list_is_whole(desk))
        return;
    if (on)
        bits_set(&list->marks, row);
    else
        bits_unset(&list->marks, row);
    list->view.marked = on ? list->view.marked + 1 : list->view.marked - 1;
}

void
desk_mark_all(struct desk *desk, bool on)
{
    for (uint32_t i = 0; i < desk->list.view.count; i++)
        desk_mark(desk, i, on);
}

void
desk_mark_range(struct desk *desk, uint32_t first, uint32_t last)
{
    if (first > last) {
        uint32_t former = first;

        first = last;
        last = former;
    }
    for (uint32_t i = first; i <= last && i < desk->list.view.count; i++)
        desk_mark(desk, i, true);
}

/* Marks by a query: its hits among the rows. */
struct mark_job {
    struct job job;
    uint64_t list;
    struct str query;
    struct bits found; /* by document */
};

static void
run_mark(struct job *base, struct lane_context *c)
{
    struct mark_job *job = (struct mark_job *)base;
    struct search_env env = {.named = resolve_named,
                             .disagree = resolve_disagree,
                             .ctx = c->resolver,
                             .cancel = c->cancel,
                             .hide_scores = !(c->sight & SIGHT_SCORES)};
    const struct query *query;
    struct hits hits = {0};

    base->code = query_parse(&query, job->query, &base->arena, &base->err);
    if (!base->code)
        base->code = search_run(c->index, query, &env, &hits, &base->err);
    if (!base->code)
        base->code = bits_init(&job->found, index_count(c->index), &base->err);
    for (uint32_t i = 0; !base->code && i < hits.count; i++)
        bits_set(&job->found, hits.docs[i]);
    hits_release(&hits);
}

static unsigned
finish_mark(struct job *base, struct desk *desk)
{
    struct mark_job *job = (struct mark_job *)base;
    uint32_t before = desk->list.view.marked;

    if (base->code) {
        desk_say(desk, true, "%s", base->err.message);
        return UPDATE_STATUS;
    }
    if (job->list != desk->list.serial)
        return 0;
    for (uint32_t row = 0; row < desk->list.view.count; row++)
        if (bits_get(&job->found, desk->list.docs[row]))
            desk_mark(desk, row, true);
    desk_say(desk, false, "%u more marked", desk->list.view.marked - before);
    return UPDATE_LIST | UPDATE_STATUS;
}

static void
release_mark(struct job *base)
{
    bits_release(&((struct mark_job *)base)->found);
}

void
desk_mark_query(struct desk *desk, struct str query)
{
    struct mark_job *job;

    if (!desk_list_is_whole(desk))
        return;
    job = desk_job(sizeof(*job), LANE_SEARCH, run_mark, finish_mark,
                   release_mark);
    job->list = desk->list.serial;
    job->query = arena_copy(&job->job.arena, query);
    lane_submit(desk->lanes, &job->job);
}
