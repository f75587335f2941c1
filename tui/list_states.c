/* Who judged what among a list's rows: loaded with the list, again after an
 * undo, and what next/previous unjudged step by. */
#include "config.h"

#include "stet/xalloc.h"
#include "tui/list_job.h"

static enum err_code
named(struct lane_context *c, const char *name, const char *value, bool mine,
      struct bits *out, struct error *err)
{
    struct query_field field = {.name = str_of(name),
                                .value = str_of(value),
                                .low = __builtin_nan(""),
                                .high = __builtin_nan("")};

    if (mine)
        field.by = STR_LIT("me");
    return resolve_named(c->resolver, &field, out, err);
}

/* Who judged what, as far as stepping and marking rows needs it. */
enum err_code
list_load_states(struct lane_context *c, bool is_queue, struct bits *closed,
                 struct bits *judged, struct bits *changed, struct error *err)
{
    uint32_t count = index_count(c->index);
    bool steps_over = is_queue || !store_is_lead(c->store);
    enum err_code code;

    if ((code = bits_init(judged, count, err)) ||
        (code = bits_init(closed, count, err)) ||
        (code = bits_init(changed, count, err)) ||
        (code = named(c, "is", "judged", true, judged, err)) ||
        (code = named(c, "is", "skipped", true, closed, err)) ||
        (steps_over &&
         (code = named(c, "is", "escalated", false, closed, err))) ||
        (code = named(c, "changed", "yes", false, changed, err)))
        return code;
    bits_or(closed, judged);
    return ERR_OK;
}

/* The sets beside the rows. */
enum err_code
list_load_sets(struct lane_context *c, struct list *list, struct error *err)
{
    enum err_code code =
        list_load_states(c, list->view.queue.len > 0, &list->closed,
                         &list->judged, &list->changed, err);

    if (!code)
        code = bits_init(&list->taken, index_count(c->index), err);
    if (!code)
        code = bits_init(&list->marks, list->view.count, err);
    return code;
}

void
list_count_judged(struct list *list)
{
    list->view.judged = 0;
    for (uint32_t i = 0; i < list->view.count; i++)
        list->view.judged += bits_get(&list->judged, list->docs[i]);
}

bool
desk_escalation_closes(const struct desk *desk)
{
    return desk->list.view.queue.len > 0 || !desk_may_adjudicate(desk);
}

static bool
is_open(const struct list *list, uint32_t row)
{
    uint32_t doc = list->docs[row];

    return !bits_get(&list->closed, doc) && !bits_get(&list->taken, doc);
}

bool
desk_go_unjudged(struct desk *desk, int direction)
{
    const struct list *list = &desk->list;
    uint32_t row = list->view.current;

    desk->step = direction;
    while (direction > 0 ? row + 1 < list->view.count : row > 0) {
        row = direction > 0 ? row + 1 : row - 1;
        if (is_open(list, row)) {
            desk_go(desk, row);
            return true;
        }
    }
    return false;
}

/* After an undo: the states as they are now. */
struct states_job {
    struct job job;
    uint64_t list;
    bool is_queue;
    struct bits closed, judged, changed;
};

static void
run_states(struct job *base, struct lane_context *c)
{
    struct states_job *job = (struct states_job *)base;

    base->code = list_load_states(c, job->is_queue, &job->closed, &job->judged,
                                  &job->changed, &base->err);
}

static unsigned
finish_states(struct job *base, struct desk *desk)
{
    struct states_job *job = (struct states_job *)base;

    if (base->code || job->list != desk->list.serial)
        return 0;
    bits_swap(&desk->list.closed, &job->closed);
    bits_swap(&desk->list.judged, &job->judged);
    bits_swap(&desk->list.changed, &job->changed);
    list_count_judged(&desk->list);
    return UPDATE_LIST | UPDATE_STATUS;
}

static void
release_states(struct job *base)
{
    struct states_job *job = (struct states_job *)base;

    bits_release(&job->closed);
    bits_release(&job->judged);
    bits_release(&job->changed);
}

void
desk_refresh_states(struct desk *desk)
{
    struct states_job *job = desk_job(sizeof(*job), LANE_SEARCH, run_states,
                                      finish_states, release_states);

    job->list = desk->list.serial;
    job->is_queue = desk->list.view.queue.len > 0;
    job->job.replaceable = true;
    job->job.kind = JOB_STATES;
    lane_submit(desk->lanes, &job->job);
}
