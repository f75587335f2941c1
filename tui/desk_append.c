/* Saving what was decided: annotations go to the store in one transaction, are
 * tried again while it is busy or full, and written beside it when the desk
 * must close. */
#include "config.h"

#include <stdlib.h>

#include "stet/fileio.h"
#include "stet/pool.h"
#include "stet/xalloc.h"
#include "tui/desk_append.h"

#define BUSY_TRIES 20
/* Far above any store's count, far below the limit. */
#define RESCUED_LAMPORT (UINT64_C(1) << 40)
#define PROGRESS_STEP 2048 /* items between two reports */

/* How far a bulk action is. */
struct progress_job {
    struct job job;
    uint32_t done, of;
};

static void
run_nothing(struct job *job, struct lane_context *c)
{
    (void)job;
    (void)c;
}

static unsigned
finish_progress(struct job *base, struct desk *desk)
{
    const struct progress_job *job = (const struct progress_job *)base;

    desk->saving.bulk_done = job->done;
    desk->saving.bulk_of = job->of;
    return UPDATE_STATUS;
}

static void
tell_progress(const struct append_job *job, uint32_t done)
{
    struct progress_job *part = desk_job(sizeof(*part), LANE_REVIEW,
                                         run_nothing, finish_progress, NULL);

    part->done = done;
    part->of = job->doc_count;
    lane_tell(&job->job, &part->job);
}

/* The exact list of a bulk action, as items. */
static enum err_code
fill_items(struct append_job *job, struct lane_context *c)
{
    struct item_key *items;
    enum err_code code = ERR_OK;

    if (!job->docs || job->annotations[0].items)
        return ERR_OK;
    items = arena_alloc(&job->job.arena, job->doc_count * sizeof(*items));
    if (!items)
        return error_nomem(&job->job.err);
    for (uint32_t i = 0; !code && i < job->doc_count; i++) {
        if (cancel_is_set(c->cancel))
            code = error_set(&job->job.err, ERR_CANCELLED, "stopped");
        else
            code = resolve_item(c->resolver, job->docs[i], &job->job.arena,
                                &items[i], &job->job.err);
        if (i % PROGRESS_STEP == 0)
            tell_progress(job, i);
    }
    for (size_t i = 0; !code && i < job->count; i++) {
        job->annotations[i].items = items;
        job->annotations[i].item_count = job->doc_count;
    }
    return code;
}

static void
run_append(struct job *base, struct lane_context *c)
{
    struct append_job *job = (struct append_job *)base;

    base->code = fill_items(job, c);
    /* The uuids are made at the first try, so trying again cannot double. */
    for (int i = 0; !base->code && i < BUSY_TRIES; i++) {
        base->code = store_append(c->store, job->annotations, job->count, -1,
                                  &base->err);
        if (base->code != ERR_BUSY)
            return;
        base->code = i + 1 < BUSY_TRIES ? ERR_OK : ERR_BUSY;
    }
}

static void
note_saved(struct desk *desk, const struct append_job *job)
{
    if (!job->what[0]) /* nothing that was decided */
        return;
    desk->saving.saved += job->docs ? job->doc_count : 1;
    free(desk->saving_text);
    desk->saving_text = xstrdup(job->what);
    desk->saving.last = str_of(desk->saving_text);
    desk->saving.last_us = time_now_us();
}

/* Stopped before anything was stored: as if it had not been asked for. */
static unsigned
take_off(struct append_job *job, struct desk *desk)
{
    desk->saving.pending--;
    if (job->rows && job->list == desk->list.serial)
        for (uint32_t i = 0; i < job->doc_count; i++)
            desk_mark(desk, job->rows[i], true);
    desk_say(desk, false, "stopped: nothing was decided");
    return UPDATE_LIST | UPDATE_STATUS;
}

static unsigned
finish_append(struct job *base, struct desk *desk)
{
    struct append_job *job = (struct append_job *)base;

    if (job->docs)
        desk->saving.bulk_of = 0;
    if (job->docs && base->code == ERR_CANCELLED)
        return take_off(job, desk);

    if (base->code == ERR_USAGE) { /* malformed: it will never be taken */
        desk->saving.pending--;
        desk_say(desk, true, "refused: %s", base->err.message);
        desk_refresh_states(desk);
        return UPDATE_LIST | UPDATE_STATUS;
    }
    if (base->code) {
        /* Nothing decided is dropped: it waits and is tried again. */
        base->next = desk->unsaved;
        base->lanes = NULL;
        desk->unsaved = base;
        desk_say(desk, true, "NOT SAVED, will try again: %s",
                 base->err.message);
        return UPDATE_STATUS;
    }
    desk->saving.pending--;
    note_saved(desk, job);
    if (job->proposal)
        desk_proposal_close(desk, job->proposal, true);
    for (size_t i = 0; i < job->count; i++)
        desk_note_own(desk, job->annotations[i].seq);
    if (job->docs)
        desk_forget_rows(desk);
    else
        desk_reload_rows_of(desk, &job->doc, 1);
    for (uint32_t i = 0; i < (job->docs ? job->doc_count : 1); i++)
        desk_forget_document(desk, job->docs ? job->docs[i] : job->doc);
    if (job->docs || job->annotations[0].kind == ANNOTATION_TAG)
        desk_ask_tags(desk);
    if (job->docs)
        desk_refresh_states(desk);
    if (job->list == desk->list.serial && desk->current &&
        (job->docs || desk->current->data.doc == job->doc))
        desk_refresh_document(desk);
    desk_retry_unsaved(desk);
    return UPDATE_LIST | UPDATE_STATUS;
}

static void
release_append(struct job *base)
{
    free(((struct append_job *)base)->docs);
    free(((struct append_job *)base)->rows);
}

struct append_job *
append_new(const struct desk *desk)
{
    struct append_job *job = desk_job(sizeof(*job), LANE_REVIEW, run_append,
                                      finish_append, release_append);

    job->list = desk->list.serial;
    return job;
}

void
append_submit(struct desk *desk, struct append_job *job)
{
    desk->saving.pending++;
    lane_submit(desk->lanes, &job->job);
}

void
desk_retry_unsaved(struct desk *desk)
{
    struct job *job = desk->unsaved;

    desk->unsaved = NULL;
    while (job) {
        struct job *next = job->next;

        job->code = ERR_OK;
        job->err = (struct error)ERROR_INIT;
        job->next = NULL;
        lane_submit(desk->lanes, job);
        job = next;
    }
}

/* The unsaved decisions as lines of a journal, in the order they were made. */
static size_t
format_unsaved(struct desk *desk, struct buf *lines)
{
    struct error ignored = ERROR_INIT;
    size_t count = 0;

    for (struct job *job = desk->unsaved; job; job = job->next) {
        struct append_job *append = (struct append_job *)job;

        for (size_t i = 0; i < append->count; i++) {
            struct annotation *a = &append->annotations[i];

            /* Where it would stand had it been stored: after everything. */
            if (!a->lamport)
                a->lamport = RESCUED_LAMPORT + count;
            if (!a->reviewer.ptr)
                a->reviewer = str_of(desk->reviewer);
            if (!annotation_format(a, lines, &ignored)) {
                xbuf_append(lines, "\n", 1);
                count++;
            }
        }
    }
    return count;
}

enum err_code
desk_rescue_unsaved(struct desk *desk, struct error *err)
{
    char *folders[2] = {xstrdup(desk->ws->dot), path_xdg("state", "")};
    char *name = xasprintf("unsaved-%lld.jsonl", (long long)time_now_us());
    struct buf lines = {0};
    struct error why = ERROR_INIT;
    size_t count = format_unsaved(desk, &lines);
    enum err_code code = count ? ERR_IO : ERR_OK;

    for (size_t i = 0; count && i < 2; i++) {
        char *path = path_join(folders[i], name);

        (void)folder_make(folders[i], 0700, &why);
        if (!file_write_atomic(path, buf_str(&lines), &why)) {
            error_set(err, ERR_IO,
                      "%zu decisions could not be stored and are kept in %s: "
                      "'stet merge' of that file takes them in",
                      count, path);
            count = 0;
        }
        free(path);
    }
    if (count)
        error_set(err, ERR_IO, "%zu decisions are NOT saved: %s", count,
                  why.message);
    while (desk->unsaved) {
        struct job *next = desk->unsaved->next;

        job_release(desk->unsaved);
        desk->unsaved = next;
    }
    free(name);
    free(folders[0]);
    free(folders[1]);
    buf_release(&lines);
    return code;
}
