/* Undo and redo across documents and sessions, and the small writes beside
 * decisions: drafts and places. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "stet/xalloc.h"
#include "tui/desk_state.h"

struct undo_job {
    struct job job;
    bool redo;
    bool confirmed;
    struct uuid asked;
    bool one;      /* this one: target.uuid */
    bool must_ask; /* result: it is of an earlier session */
    struct annotation target;
    uint32_t *docs;
    size_t doc_count;
};

static void
find_docs(struct undo_job *job, struct lane_context *c)
{
    const struct item_key *key =
        job->target.items ? job->target.items : &job->target.item;
    struct error ignored = ERROR_INIT;

    if (job->target.items || job->target.has_item)
        (void)resolve_docs(c->resolver, key, &job->job.arena, &job->docs,
                           &job->doc_count, &ignored);
}

static void
run_undo_one(struct undo_job *job, struct lane_context *c)
{
    struct job *base = &job->job;
    struct uuid uuid = job->target.uuid;

    base->code = store_annotation(c->store, &uuid, &base->arena, &job->target,
                                  &base->err);
    if (!base->code)
        base->code = job->redo ? store_redo(c->store, &uuid, &base->err)
                               : store_undo(c->store, &uuid, &base->err);
    if (!base->code)
        find_docs(job, c);
}

static void
run_undo(struct job *base, struct lane_context *c)
{
    struct undo_job *job = (struct undo_job *)base;
    bool earlier = false;

    if (job->one) {
        run_undo_one(job, c);
        return;
    }
    base->code =
        job->redo
            ? store_redo_peek(c->store, &base->arena, &job->target, &base->err)
            : store_undo_peek(c->store, &base->arena, &job->target, &earlier,
                              &base->err);
    if (base->code)
        return;
    if (earlier &&
        !(job->confirmed &&
          memcmp(job->asked.bytes, job->target.uuid.bytes, 16) == 0)) {
        job->must_ask = true;
        return;
    }
    base->code = store_undo(c->store, &job->target.uuid, &base->err);
    if (!base->code)
        find_docs(job, c);
}

static void
say_undone(struct desk *desk, const struct undo_job *job)
{
    struct str value = job->target.value;
    bool last = job->redo && !job->one;

    desk_say(desk, false, "%s: %s %.*s", job->redo ? "brought back" : "undone",
             last ? "the last undo" : annotation_kind_name(job->target.kind),
             (int)(value.len < 40 && !last ? value.len : 0), value.ptr);
}

static unsigned
finish_undo(struct job *base, struct desk *desk)
{
    struct undo_job *job = (struct undo_job *)base;

    desk->undo_is_asked = false;
    if (base->code == ERR_NOTFOUND && !job->one) {
        desk_say(desk, false, "nothing to %s", job->redo ? "redo" : "undo");
        return UPDATE_STATUS;
    }
    if (base->code) {
        desk_say(desk, true, "%s", base->err.message);
        return UPDATE_STATUS;
    }
    if (job->must_ask) {
        desk->undo_is_asked = true;
        desk->undo_asked = job->target.uuid;
        desk_say(desk, false,
                 "that %s is of an earlier session: u again undoes it",
                 annotation_kind_name(job->target.kind));
        return UPDATE_STATUS;
    }
    desk->log.old = true;
    say_undone(desk, job);
    if (job->target.items || !job->doc_count)
        desk_forget_rows(desk);
    else
        desk_reload_rows_of(desk, job->docs, job->doc_count);
    desk_forget_documents(desk);
    desk_refresh_states(desk);
    desk_refresh_document(desk);
    desk_ask_start(desk);
    if (!job->target.items) /* else it is about where I am as well */
        desk_go_when_found(desk, job->docs, job->doc_count);
    return UPDATE_ALL;
}

static void
submit_undo(struct desk *desk, bool redo)
{
    struct undo_job *job =
        desk_job(sizeof(*job), LANE_REVIEW, run_undo, finish_undo, NULL);

    desk_note_seen(desk);
    job->redo = redo;
    job->confirmed = desk->undo_is_asked;
    job->asked = desk->undo_asked;
    lane_submit(desk->lanes, &job->job);
}

void
desk_undo(struct desk *desk)
{
    submit_undo(desk, false);
}

void
desk_redo(struct desk *desk)
{
    submit_undo(desk, true);
}

void
desk_undo_one(struct desk *desk, const struct uuid *uuid, bool bring_back)
{
    struct undo_job *job =
        desk_job(sizeof(*job), LANE_REVIEW, run_undo, finish_undo, NULL);

    desk_note_seen(desk);
    job->redo = bring_back;
    job->one = true;
    job->target.uuid = *uuid;
    desk->undo_is_asked = false;
    lane_submit(desk->lanes, &job->job);
}

/* Drafts and places: small writes that tell nobody unless they fail. */
struct write_job {
    struct job job;
    struct item_key key;
    struct str text;
    bool drop;
    struct str queue; /* a place instead */
    uint32_t place;
    int64_t proposal; /* to be closed; 0: none */
    bool accepted;
};

static void
run_write(struct job *base, struct lane_context *c)
{
    struct write_job *job = (struct write_job *)base;

    if (job->proposal)
        base->code =
            proposal_close(c->store, job->proposal, job->accepted, &base->err);
    else if (job->queue.len)
        base->code =
            queue_place_put(c->store, job->queue, job->place, &base->err);
    else if (job->drop)
        base->code = store_draft_remove(c->store, &job->key, &base->err);
    else
        base->code =
            store_draft_put(c->store, &job->key, job->text, &base->err);
}

static unsigned
finish_write(struct job *base, struct desk *desk)
{
    const struct write_job *job = (const struct write_job *)base;

    if (base->code && base->code != ERR_NOTFOUND)
        desk_say(desk, true, "%s", base->err.message);
    if (job->proposal) {
        desk_refresh_document(desk);
    } else if (!job->queue.len) {
        desk->drafts_pending--;
        desk->draft_failed = base->code && base->code != ERR_NOTFOUND;
    }
    /* The document was perhaps loaded while its draft was still there. */
    if (!base->code && job->drop && desk->current &&
        hash_equal(&desk->current->key.text, &job->key.text))
        desk_refresh_document(desk);
    return base->code || !job->queue.len ? UPDATE_STATUS : 0;
}

static struct write_job *
write_job(void)
{
    return desk_job(sizeof(struct write_job), LANE_REVIEW, run_write,
                    finish_write, NULL);
}

void
desk_draft(struct desk *desk, struct str text)
{
    struct write_job *job;

    if (!desk->current)
        return;
    job = write_job();
    job->key = key_copy(&desk->current->key, &job->job.arena);
    job->text = arena_copy(&job->job.arena, text);
    free(desk->current->draft);
    desk->current->draft = xstrndup(text);
    desk->current->data.draft = (struct str){desk->current->draft, text.len};
    desk->drafts_pending++;
    lane_submit(desk->lanes, &job->job);
}

void
desk_draft_drop(struct desk *desk)
{
    struct write_job *job;

    if (!desk->current)
        return;
    job = write_job();
    job->key = key_copy(&desk->current->key, &job->job.arena);
    job->drop = true;
    desk->current->data.draft = (struct str){0};
    desk->drafts_pending++;
    lane_submit(desk->lanes, &job->job);
}

void
desk_proposal_close(struct desk *desk, int64_t number, bool accepted)
{
    struct write_job *job = write_job();

    job->proposal = number;
    job->accepted = accepted;
    lane_submit(desk->lanes, &job->job);
}

enum draft_state
desk_draft_state(const struct desk *desk)
{
    return desk->drafts_pending ? DRAFT_PENDING
           : desk->draft_failed ? DRAFT_FAILED
                                : DRAFT_STORED;
}

void
desk_put_place(struct desk *desk)
{
    struct write_job *job;

    if (!desk->list.view.queue.len)
        return;
    job = write_job();
    job->queue = arena_copy(&job->job.arena, desk->list.view.queue);
    job->place = desk->list.view.current;
    lane_submit(desk->lanes, &job->job);
}
