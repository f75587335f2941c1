/* Queues at the desk: the list saved as one, given, split, removed. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "stet/xalloc.h"
#include "tui/desk_state.h"

struct save_job {
    struct job job;
    struct queue_options options; /* strings in the job's arena */
    uint32_t *docs;
    uint32_t count;
};

static void
run_save(struct job *base, struct lane_context *c)
{
    struct save_job *job = (struct save_job *)base;
    struct item_key *items =
        arena_alloc(&base->arena, (job->count + 1) * sizeof(*items));

    base->code = items ? ERR_OK : error_nomem(&base->err);
    for (uint32_t i = 0; !base->code && i < job->count; i++)
        base->code = resolve_item(c->resolver, job->docs[i], &base->arena,
                                  &items[i], &base->err);
    if (!base->code)
        base->code =
            queue_save(c->store, &job->options, items, job->count, &base->err);
}

static unsigned
finish_save(struct job *base, struct desk *desk)
{
    const struct save_job *job = (const struct save_job *)base;

    if (base->code)
        desk_say(desk, true, "%s", base->err.message);
    else
        desk_say(desk, false, "queue %.*s saved: %u documents",
                 STR_FMT(job->options.name), job->count);
    desk_ask_start(desk);
    return UPDATE_STATUS;
}

static void
release_save(struct job *base)
{
    free(((struct save_job *)base)->docs);
}

void
desk_queue_save(struct desk *desk, const struct queue_options *options)
{
    const struct list *list = &desk->list;
    struct save_job *job;

    if (!desk_list_is_whole(desk))
        return;
    job = desk_job(sizeof(*job), LANE_REVIEW, run_save, finish_save,
                   release_save);
    job->options = *options;
    job->options.name = arena_copy(&job->job.arena, options->name);
    job->options.reviewers = arena_copy(&job->job.arena, options->reviewers);
    job->options.query = arena_copy(&job->job.arena, list->view.query);
    job->options.order = arena_copy(&job->job.arena, list->view.order);
    job->count = list->view.count;
    job->docs = xreallocarray(NULL, job->count + 1, sizeof(*job->docs));
    if (job->count)
        memcpy(job->docs, list->docs, job->count * sizeof(*job->docs));
    lane_submit(desk->lanes, &job->job);
}

/* Small changes to a queue that is there. */
struct change_job {
    struct job job;
    enum queue_change change;
    struct str name, reviewers;
    unsigned parts;
};

static void
run_change(struct job *base, struct lane_context *c)
{
    struct change_job *job = (struct change_job *)base;

    switch (job->change) {
    case QUEUE_GIVE:
        base->code =
            queue_give(c->store, job->name, job->reviewers, &base->err);
        break;
    case QUEUE_SPLIT:
        base->code = queue_split(c->store, job->name, job->parts, &base->err);
        break;
    case QUEUE_REMOVE:
        base->code = queue_remove(c->store, job->name, &base->err);
        break;
    }
}

static unsigned
finish_change(struct job *base, struct desk *desk)
{
    const struct change_job *job = (const struct change_job *)base;
    struct str name = job->name;

    desk_ask_start(desk);
    if (base->code)
        desk_say(desk, true, "%s", base->err.message);
    else if (job->change == QUEUE_GIVE)
        desk_say(desk, false, "queue %.*s is for %.*s now", STR_FMT(name),
                 STR_FMT(job->reviewers));
    else if (job->change == QUEUE_SPLIT)
        desk_say(desk, false, "queue %.*s split: %.*s-1 to %.*s-%u",
                 STR_FMT(name), STR_FMT(name), STR_FMT(name), job->parts);
    else
        desk_say(desk, false, "queue %.*s removed; its decisions stay",
                 STR_FMT(name));
    return UPDATE_STATUS;
}

void
desk_queue_change(struct desk *desk, enum queue_change change, struct str name,
                  struct str reviewers, unsigned parts)
{
    struct change_job *job =
        desk_job(sizeof(*job), LANE_REVIEW, run_change, finish_change, NULL);

    job->change = change;
    job->name = arena_copy(&job->job.arena, name);
    job->reviewers = arena_copy(&job->job.arena, reviewers);
    job->parts = parts;
    lane_submit(desk->lanes, &job->job);
}
