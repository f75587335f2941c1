/* The desk's list: queries and queues in, rows and places among them. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "stet/fileio.h"
#include "stet/xalloc.h"
#include "tui/list_job.h"

void
list_docs_release(uint32_t *docs, unsigned *users)
{
    if (users && --*users > 0)
        return;
    free(users);
    free(docs);
}

uint32_t *
list_share_docs(struct list *list, unsigned **users)
{
    if (!list->users) {
        list->users = xmalloc(sizeof(*list->users));
        *list->users = 1;
    }
    ++*list->users;
    *users = list->users;
    return list->docs;
}

void
list_release(struct list *list)
{
    list_docs_release(list->docs, list->users);
    bits_release(&list->closed);
    bits_release(&list->judged);
    bits_release(&list->changed);
    bits_release(&list->taken);
    bits_release(&list->marks);
    arena_release(&list->arena);
    *list = (struct list){0};
}

/* The document that was on screen, in the numbers of this generation. */
static void
find_kept(struct list_job *job, struct lane_context *c)
{
    uint32_t *docs;
    size_t count;
    struct error ignored = ERROR_INIT;

    job->keep_doc = UINT32_MAX;
    if (job->keep &&
        !resolve_docs(c->resolver, job->keep, &job->job.arena, &docs, &count,
                      &ignored) &&
        count)
        job->keep_doc = docs[0];
}

static void
run_list(struct job *base, struct lane_context *c)
{
    struct list_job *job = (struct list_job *)base;
    struct list *list = &job->list;

    if (job->is_queue)
        list_run_queue(job, c);
    else
        list_run_query(job, c);
    list->generation = index_generation(c->index);
    if (!base->code)
        base->code = list_load_sets(c, list, &base->err);
    if (!base->code && job->is_queue)
        list_close_done(job, c);
    if (!base->code)
        find_kept(job, c);
}

static void
keep_error(struct desk *desk, const struct list_job *job)
{
    struct desk_list *view = &desk->list.view;

    view->error = arena_copy(&desk->list.arena, str_of(job->job.err.message));
    view->error_at = job->job.err.offset == ERR_NO_OFFSET
                         ? SIZE_MAX
                         : (size_t)job->job.err.offset;
    if (desk->quiet)
        return; /* the prompt shows it */
    if (job->job.code == ERR_CANCELLED)
        desk_say(desk, false, "stopped");
    else
        desk_say(desk, true, "%s", job->job.err.message);
}

uint32_t
list_find_doc(const struct desk *desk, uint32_t doc)
{
    for (uint32_t i = 0; i < desk->list.view.count; i++)
        if (desk->list.docs[i] == doc)
            return i;
    return UINT32_MAX;
}

/* Where to stand in a new list: the document seen before, the place left in a
 * queue, else the top; in a queue at the first open row from there. */
static uint32_t
first_row(struct desk *desk, const struct list_job *job)
{
    const struct list *list = &desk->list;
    uint32_t row = job->keep_doc == UINT32_MAX
                       ? UINT32_MAX
                       : list_find_doc(desk, job->keep_doc);

    if (row != UINT32_MAX)
        return row;
    row = job->place < list->view.count ? job->place : 0;
    if (!job->is_queue)
        return row;
    for (uint32_t i = 0; i < list->view.count; i++) {
        uint32_t at = (row + i) % list->view.count;

        if (!bits_get(&list->closed, list->docs[at]))
            return at;
    }
    return row;
}

static void
adopt(struct desk *desk, struct list *list)
{
    desk_put_aside(desk);
    list_release(&desk->list);
    desk->list = *list;
    *list = (struct list){0};
    desk->list.serial = ++desk->list_serials;
    desk->list.view.error_at = SIZE_MAX;
    list_count_judged(&desk->list);
    desk_forget_rows(desk);
    desk_forget_documents(desk);
}

/* The first rows were these already: the rest comes behind them, and what is
 * on the screen stays. */
static bool
extend(struct desk *desk, struct list *list, uint64_t asked)
{
    struct list *former = &desk->list;

    if (!former->view.partial || former->asked != asked ||
        former->view.count > list->view.count)
        return false;
    for (uint32_t i = 0; i < former->view.count; i++)
        if (former->docs[i] != list->docs[i])
            return false;
    list->serial = former->serial;
    list->view.current = former->view.current;
    list->held = former->held;
    bits_swap(&list->taken, &former->taken);
    list_release(former);
    desk->list = *list;
    *list = (struct list){0};
    desk->list.view.error_at = SIZE_MAX;
    list_count_judged(&desk->list);
    return true;
}

void
desk_hold(struct desk *desk)
{
    desk->list.held = true;
}

/* The document that the reader is busy with, whatever row it gets. */
static uint32_t
current_doc(const struct desk *desk, uint64_t asked)
{
    const struct list *list = &desk->list;

    return list->view.partial && list->held && list->asked == asked &&
                   list->view.current < list->view.count
               ? list->docs[list->view.current]
               : UINT32_MAX;
}

unsigned
list_finish_screen(struct job *base, struct desk *desk)
{
    struct screen_job *part = (struct screen_job *)base;
    uint32_t doc = current_doc(desk, part->asked);
    uint32_t row;

    if (part->asked != desk->lists_asked || base->code)
        return 0;
    if (part->has_rows) {
        if (!extend(desk, &part->list, part->asked)) {
            adopt(desk, &part->list);
            row = doc == UINT32_MAX ? UINT32_MAX : list_find_doc(desk, doc);
            desk_go(desk, row == UINT32_MAX ? 0 : row);
        }
        desk->list.view.partial = true;
        desk->list.view.running = true;
        desk->list.asked = part->asked;
    }
    if (desk->list.view.partial && desk->list.asked == part->asked)
        desk->list.view.found = part->found;
    return part->has_rows ? UPDATE_ALL : UPDATE_STATUS;
}

bool
desk_list_is_whole(struct desk *desk)
{
    if (desk->list.view.partial)
        desk_say(desk, true,
                 desk->list.view.running
                     ? "the search is not finished: wait for the whole list"
                     : "the search was stopped: this is not the whole list");
    return !desk->list.view.partial;
}

static void
say_count(struct desk *desk)
{
    desk_say(desk, false, "%u documents%s", desk->list.view.count,
             desk->list.view.narrowed
                 ? "; blind: others' decisions count where you judged too"
                 : "");
}

static void
say_found(struct desk *desk, const struct list_job *job)
{
    if (job->lost)
        desk_say(desk, false, "%u documents of the queue are not in the index",
                 job->lost);
    else if (desk->list.view.unreadable)
        desk_say(desk, true,
                 "%u documents changed since they were indexed and are left "
                 "out: run stet index",
                 desk->list.view.unreadable);
    else if (desk->list.view.costly)
        desk_say(desk, true,
                 "on %u documents the regular expression is too costly: they "
                 "are left out",
                 desk->list.view.costly);
    else if (desk->list.view.avoided)
        desk_say(desk, false, "%u documents; :avoid keeps out %u more",
                 desk->list.view.count, desk->list.view.avoided);
    else
        say_count(desk);
}

static unsigned
finish_list(struct job *base, struct desk *desk)
{
    struct list_job *job = (struct list_job *)base;

    if (job->asked != desk->lists_asked) /* a newer one runs */
        return 0;
    desk->list.view.running = false;
    if (base->code) {
        keep_error(desk, job);
        return UPDATE_LIST | UPDATE_STATUS;
    }
    if (current_doc(desk, job->asked) != UINT32_MAX)
        job->keep_doc = current_doc(desk, job->asked);
    if (!extend(desk, &job->list, job->asked)) {
        adopt(desk, &job->list);
        if (desk->list.view.count)
            desk_go(desk, first_row(desk, job));
    }
    if (!desk->quiet)
        say_found(desk, job);
    desk_session_arrive(desk);
    return UPDATE_ALL;
}

static void
release_list(struct job *base)
{
    struct list_job *job = (struct list_job *)base;

    list_release(&job->list);
    free(job->keep);
    free(job->text);
}

static void
submit_list(struct desk *desk, struct str text, bool is_queue)
{
    struct list_job *job = desk_job(sizeof(*job), LANE_SEARCH, run_list,
                                    finish_list, release_list);

    job->text = xstrndup(text);
    job->text_len = text.len;
    job->is_queue = is_queue;
    if (is_queue)
        job->avoid = desk_avoided_copy(desk, &job->job.arena);
    desk->resuming = false;
    job->asked = ++desk->lists_asked;
    job->keep_doc = UINT32_MAX;
    job->job.replaceable = true;
    job->job.kind = JOB_QUERY;
    arena_init(&job->list.arena, 0);
    /* A reload keeps the place; a new query starts at its top. */
    if (desk->current && str_equal(text, is_queue ? desk->list.view.queue
                                                  : desk->list.view.query)) {
        job->keep = xcalloc(1, sizeof(*job->keep));
        *job->keep = key_copy(&desk->current->key, &job->job.arena);
    }
    desk->list.view.running = true;
    desk->list.view.since_us = time_monotonic_us();
    desk->list.view.error = (struct str){NULL, 0};
    desk->list.view.error_at = SIZE_MAX;
    lane_cancel(desk->lanes, LANE_SEARCH);
    lane_submit(desk->lanes, &job->job);
}

void
desk_submit_live(struct desk *desk, struct str query)
{
    submit_list(desk, query, false);
}

void
desk_query(struct desk *desk, struct str query)
{
    desk->quiet = false;
    if (!desk->live)
        desk_put_place(desk);
    if (!desk_is_live(desk, query))
        submit_list(desk, query, false);
    else if (!desk->list.view.running)
        say_count(desk);
    desk_memory_put(desk, "last.query", query);
}

void
desk_open_queue(struct desk *desk, struct str name)
{
    desk->quiet = false;
    desk_put_place(desk);
    submit_list(desk, name, true);
    desk_memory_put(desk, "last.queue", name);
}

void
desk_reopen_queue(struct desk *desk)
{
    desk->quiet = false;
    if (desk->list.view.queue.len)
        submit_list(desk, desk->list.view.queue, true);
}

const struct desk_list *
desk_list(const struct desk *desk)
{
    return &desk->list.view;
}

void
desk_go_when_found(struct desk *desk, const uint32_t *docs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t row = list_find_doc(desk, docs[i]);

        if (row != UINT32_MAX) {
            desk_go(desk, row);
            return;
        }
    }
}
