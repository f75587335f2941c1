/* Marks on rows, one by one or by a query, and the list saved as a queue. */
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
                             .cancel = c->cancel};
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

/* Save what is listed now as a queue. */
struct save_job {
    struct job job;
    char *name, *query, *order;
    uint32_t *docs;
    uint32_t count;
};

static void
run_save(struct job *base, struct lane_context *c)
{
    struct save_job *job = (struct save_job *)base;
    struct queue_options options = {.name = str_of(job->name),
                                    .query = str_of(job->query),
                                    .order = str_of(job->order)};
    struct item_key *items =
        arena_alloc(&base->arena, (job->count + 1) * sizeof(*items));

    base->code = items ? ERR_OK : error_nomem(&base->err);
    for (uint32_t i = 0; !base->code && i < job->count; i++)
        base->code = resolve_item(c->resolver, job->docs[i], &base->arena,
                                  &items[i], &base->err);
    if (!base->code)
        base->code =
            queue_save(c->store, &options, items, job->count, &base->err);
}

static unsigned
finish_save(struct job *base, struct desk *desk)
{
    const struct save_job *job = (const struct save_job *)base;

    if (base->code)
        desk_say(desk, true, "%s", base->err.message);
    else
        desk_say(desk, false, "queue %s saved: %u documents", job->name,
                 job->count);
    desk_ask_start(desk);
    return UPDATE_STATUS;
}

static void
release_save(struct job *base)
{
    struct save_job *job = (struct save_job *)base;

    free(job->name);
    free(job->query);
    free(job->order);
    free(job->docs);
}

void
desk_queue_save(struct desk *desk, struct str name)
{
    const struct list *list = &desk->list;
    struct save_job *job;

    if (!desk_list_is_whole(desk))
        return;
    job = desk_job(sizeof(*job), LANE_REVIEW, run_save, finish_save,
                   release_save);
    job->name = xstrndup(name);
    job->query = xstrndup(list->view.query);
    job->order = xstrndup(list->view.order);
    job->count = list->view.count;
    job->docs = xreallocarray(NULL, job->count + 1, sizeof(*job->docs));
    if (job->count)
        memcpy(job->docs, list->docs, job->count * sizeof(*job->docs));
    lane_submit(desk->lanes, &job->job);
}
