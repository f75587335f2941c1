/* A queue's part of a list, on the search lane: its documents as saved, the
 * place in it, and what others have done of it. */
#include "config.h"

#include "stet/xalloc.h"
#include "tui/list_job.h"

static enum err_code
resolve_items(struct list_job *job, struct lane_context *c,
              const struct item_key *items, size_t count, struct error *err)
{
    struct arena scratch;
    enum err_code code = ERR_OK;

    job->list.docs = xreallocarray(NULL, count + 1, sizeof(uint32_t));
    arena_init(&scratch, 0);
    for (size_t i = 0; !code && i < count; i++) {
        uint32_t *docs;
        size_t places;

        arena_reset(&scratch);
        code =
            resolve_docs(c->resolver, &items[i], &scratch, &docs, &places, err);
        if (!code && places)
            job->list.docs[job->list.view.count++] = docs[0];
        else if (!code)
            job->lost++;
        if (i <= job->place && !places && job->place)
            job->place--;
    }
    arena_release(&scratch);
    return code;
}

static enum err_code
leave_out_avoided(struct list_job *job, struct lane_context *c,
                  struct error *err)
{
    struct list *list = &job->list;
    struct bits avoided = {0};
    uint32_t kept = 0;
    enum err_code code =
        desk_find_avoided(c, job->avoid, &job->job.arena, &avoided, err);

    for (uint32_t i = 0; !code && avoided.words && i < list->view.count; i++)
        if (!bits_get(&avoided, list->docs[i]))
            list->docs[kept++] = list->docs[i];
    if (!code && avoided.words) {
        list->view.avoided = list->view.count - kept;
        list->view.count = kept;
    }
    bits_release(&avoided);
    return code;
}

void
list_run_queue(struct list_job *job, struct lane_context *c)
{
    struct list *list = &job->list;
    struct queue_info info;
    struct item_key *items;
    size_t count;
    struct error ignored = ERROR_INIT;
    enum err_code code =
        queue_get(c->store, (struct str){job->text, job->text_len},
                  &list->arena, &info, &job->job.err);

    if (!code)
        code = queue_items(c->store, info.name, &list->arena, &items, &count,
                           &job->job.err);
    if (!code) {
        job->place = info.place;
        code = resolve_items(job, c, items, count, &job->job.err);
    }
    if (!code)
        code = leave_out_avoided(job, c, &job->job.err);
    job->job.code = code;
    if (code)
        return;
    job->items = items;
    job->item_count = count;
    list->view.queue = info.name;
    list->view.query = info.query;
    list->view.order = info.order.len ? info.order : STR_LIT("as saved");
    list->blind = info.blind || info.overlap > 0;
    /* For highlights; the list itself is the saved one. */
    if (query_parse(&list->parsed, info.query, &list->arena, &ignored))
        list->parsed = NULL;
}

void
list_close_done(struct list_job *job, struct lane_context *c)
{
    struct arena scratch;
    struct turn *turns;
    struct error *err = &job->job.err;

    arena_init(&scratch, 0);
    turns = arena_alloc(&scratch, (job->item_count + 1) * sizeof(*turns));
    job->job.code =
        turns ? queue_turns(c->store, job->list.view.queue, job->items,
                            job->item_count, &scratch, turns, err)
              : error_nomem(err);
    for (size_t i = 0; !job->job.code && i < job->item_count; i++) {
        uint32_t *docs;
        size_t places;

        if (turns[i].turn != TURN_DONE)
            continue;
        job->job.code = resolve_docs(c->resolver, &job->items[i], &scratch,
                                     &docs, &places, err);
        if (!job->job.code && places)
            bits_set(&job->list.closed, docs[0]);
    }
    arena_release(&scratch);
}
