/* The document on screen and its neighbours: loading, prefetching, whose
 * decisions may be seen, and how much of its text was on screen. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stet/fileio.h"
#include "stet/utf8.h"
#include "stet/width.h"
#include "stet/xalloc.h"
#include "tui/desk_state.h"

/* The share of a text on screen is counted in blocks of this many bytes. */
#define SHOWN_BLOCK 64

struct document_job {
    struct job job;
    uint64_t list, news;
    uint32_t row, doc;
    bool changed;
    struct str queue; /* of the claim; job arena */
    bool taken;       /* someone else has it */
    const struct query *parsed;
    struct loaded loaded; /* taken by finish */
};

static void
loaded_release(struct loaded *loaded)
{
    if (loaded->full)
        arena_release(&loaded->arena);
    free(loaded->draft);
    *loaded = (struct loaded){0};
}

void
desk_forget_documents(struct desk *desk)
{
    for (size_t i = 0; i < CACHED_DOCUMENTS; i++)
        loaded_release(&desk->cache[i]);
    desk->current = NULL;
}

bool
desk_scores_hidden(const struct desk *desk, bool judged)
{
    bool all = desk->policy.blind == BLIND_ALL || desk->list.blind;

    return all && !judged;
}

bool
desk_peers_hidden(const struct desk *desk, bool judged)
{
    bool peers = desk->policy.blind != BLIND_OFF || desk->list.blind;

    return peers && !judged;
}

/* A line feed at the end begins no line. */
static size_t
count_lines(struct str text)
{
    size_t count = text.len > 0 && text.ptr[text.len - 1] != '\n';

    for (size_t at = 0; at < text.len; at++) {
        const char *lf = memchr(text.ptr + at, '\n', text.len - at);

        if (!lf)
            break;
        at = (size_t)(lf - text.ptr);
        count++;
    }
    return count;
}

static enum err_code
fill_text(struct document_job *job, struct error *err)
{
    struct desk_document *d = &job->loaded.data;
    struct str text = d->document->text;
    struct buf display = {0};
    struct span *hits = NULL;
    enum err_code code = ERR_OK;

    d->display = text;
    if (!utf8_is_valid(text)) {
        code = utf8_to_display(text, &display, err);
        if (!code)
            d->display = arena_copy(&job->loaded.arena, buf_str(&display));
        buf_release(&display);
    }
    if (!code && job->parsed)
        code = search_highlight(job->parsed, text, &job->loaded.arena, &hits,
                                &d->hit_count, err);
    d->hits = hits;
    d->hidden = width_count_hidden(text);
    d->lines = count_lines(text);
    d->right_to_left = width_is_right_to_left(text);
    return code;
}

static enum err_code
fill_states(struct document_job *job, struct lane_context *c, struct error *err)
{
    struct loaded *l = &job->loaded;
    struct annotation *history = NULL;
    struct proposal *proposals = NULL;
    uint32_t *places;
    size_t place_count = 0;
    enum err_code code;

    if ((code = store_state(c->store, &l->key, str_of(store_reviewer(c->store)),
                            &l->arena, &l->data.mine, err)) ||
        (code = store_state(c->store, &l->key, (struct str){NULL, 0}, &l->arena,
                            &l->effective, err)) ||
        (code = store_item_history(c->store, &l->key, &l->arena, &history,
                                   &l->history_count, err)) ||
        (code = resolve_docs(c->resolver, &l->key, &l->arena, &places,
                             &place_count, err)))
        return code;
    l->history = history;
    l->data.places = (uint32_t)place_count;
    code = proposals_of(c->store, &l->key, &l->arena, &proposals,
                        &l->data.proposal_count, err);
    l->data.proposals = proposals;
    if (code)
        return code;
    code = store_draft_get(c->store, &l->key, &l->arena, &l->data.draft, err);
    return code == ERR_NOTFOUND ? ERR_OK : code;
}

static void
run_document(struct job *base, struct lane_context *c)
{
    struct document_job *job = (struct document_job *)base;
    struct loaded *l = &job->loaded;
    struct error why = ERROR_INIT;

    arena_init(&l->arena, 0);
    l->full = true;
    l->data.row = job->row;
    l->data.doc = job->doc;
    l->data.text_changed = job->changed;
    base->code =
        index_document(c->index, job->doc, &l->arena, &l->data.document, &why);
    if (base->code) {
        /* Shown in the document's place; the list stays usable. */
        l->data.document = NULL;
        l->data.error = arena_copy(&l->arena, str_of(why.message));
        base->code =
            resolve_item(c->resolver, job->doc, &l->arena, &l->key, &base->err);
        return;
    }
    l->key = item_key_of(l->data.document);
    base->code = fill_text(job, &base->err);
    if (!base->code)
        base->code = fill_states(job, c, &base->err);
}

static struct loaded *
cache_find(struct desk *desk, uint32_t row)
{
    for (size_t i = 0; i < CACHED_DOCUMENTS; i++)
        if (desk->cache[i].full && desk->cache[i].data.row == row &&
            desk->cache[i].list == desk->list.serial)
            return &desk->cache[i];
    return NULL;
}

void
desk_outdate_documents(struct desk *desk)
{
    desk->news++;
    for (size_t i = 0; i < CACHED_DOCUMENTS; i++)
        if (&desk->cache[i] != desk->current)
            loaded_release(&desk->cache[i]);
    desk_refresh_document(desk);
}

void
desk_forget_document(struct desk *desk, uint32_t doc)
{
    for (size_t i = 0; i < CACHED_DOCUMENTS; i++)
        if (desk->cache[i].full && desk->cache[i].data.doc == doc &&
            &desk->cache[i] != desk->current)
            loaded_release(&desk->cache[i]);
}

/* The least recently used place that is not on screen. */
static struct loaded *
cache_place(struct desk *desk, uint32_t row)
{
    struct loaded *best = cache_find(desk, row);

    for (size_t i = 0; !best && i < CACHED_DOCUMENTS; i++)
        if (!desk->cache[i].full)
            best = &desk->cache[i];
    for (size_t i = 0; i < CACHED_DOCUMENTS && !cache_find(desk, row); i++) {
        struct loaded *l = &desk->cache[i];

        if (l == desk->current)
            continue;
        if (!best || (best->full && l->full && l->used < best->used))
            best = l;
    }
    return best;
}

/* While peers are hidden: my own annotations; of the effective state only
 * that it is escalated, which covers it. */
static void
hide_peers(const struct desk *desk, struct loaded *l)
{
    struct desk_document *d = &l->data;
    struct annotation *mine;

    d->effective = l->effective;
    d->history = l->history;
    d->history_count = l->history_count;
    if (!d->peers_hidden)
        return;
    d->effective =
        (struct item_state){.flags = l->effective.flags & STATE_ESCALATED};
    d->history_count = 0;
    mine = arena_alloc(&l->arena, (l->history_count + 1) * sizeof(*mine));
    for (size_t i = 0; mine && i < l->history_count; i++)
        if (str_equal(l->history[i].reviewer, str_of(desk->reviewer)))
            mine[d->history_count++] = l->history[i];
    d->history = mine;
}

bool
desk_may_adjudicate(const struct desk *desk)
{
    struct str leads = settings_str(desk->ws->settings, "policy", "leads", "");

    return leads.len == 0 || reviewer_list_has(leads, str_of(desk->reviewer));
}

const struct annotation *
desk_everyone(const struct desk *desk, size_t *count)
{
    *count = 0;
    if (!desk->current || !desk_may_adjudicate(desk))
        return NULL;
    *count = desk->current->history_count;
    return desk->current->history;
}

/* Applies blind and mask to what the views will read. */
static void
hide(struct desk *desk, struct loaded *l)
{
    struct desk_document *d = &l->data;
    bool judged =
        d->mine.flags & STATE_JUDGED || (desk->revealed && l == desk->current);

    d->scores_hidden = desk_scores_hidden(desk, judged);
    d->peers_hidden = desk_peers_hidden(desk, judged);
    d->sealed = desk_is_sealed(desk, l->effective.flags);
    d->masked = (!desk->uncovered || d->sealed) && d->document &&
                desk_is_masked(desk, d->document->scores, l->effective.flags,
                               d->scores_hidden);
    d->open = desk->open;
    d->open_count = d->sealed || l != desk->current ? 0 : desk->open_count;
    hide_peers(desk, l);
    if (d->masked && !d->cover.ptr) {
        struct cover cover = {d->document->scores, l->effective.flags,
                              d->scores_hidden, d->document->text_cp,
                              d->document->lang};

        d->cover = desk_cover(desk, &cover, &l->arena);
    }
}

void
desk_hide_again(struct desk *desk)
{
    if (desk->current)
        hide(desk, desk->current);
}

static void submit_document(struct desk *desk, uint32_t row, unsigned kind);

static uint32_t
next_open_row(const struct desk *desk)
{
    const struct list *list = &desk->list;

    for (uint32_t row = list->view.current + 1; row < list->view.count; row++)
        if (!bits_get(&list->closed, list->docs[row]) &&
            !bits_get(&list->taken, list->docs[row]))
            return row;
    return UINT32_MAX;
}

/* The next open row, and where the last move leads once more: back, a page. */
static void
prefetch(struct desk *desk)
{
    uint32_t next = next_open_row(desk);
    int64_t again = (int64_t)desk->list.view.current + desk->moved;

    if (next != UINT32_MAX && !cache_find(desk, next))
        submit_document(desk, next, JOB_PREFETCH);
    if (again >= 0 && again < desk->list.view.count && again != next &&
        !cache_find(desk, (uint32_t)again))
        submit_document(desk, (uint32_t)again, JOB_PREFETCH_AGAIN);
}

static void
show(struct desk *desk, struct loaded *l)
{
    bool same = desk->current == l;

    if (!same) {
        desk->painted_us = 0;
        desk_cover_again(desk);
        desk->met = 0;
        desk->revealed = false;
        bits_release(&desk->shown);
    }
    desk->current = l;
    l->used = ++desk->clock;
    hide(desk, l);
    if (!desk->shown.words && l->data.document) {
        struct error ignored = ERROR_INIT;

        (void)bits_init(&desk->shown,
                        (uint32_t)(l->data.display.len / SHOWN_BLOCK + 1),
                        &ignored);
    }
    prefetch(desk);
}

/* The same document, loaded again: what was painted and uncovered stays. */
static bool
is_refresh(const struct desk *desk, const struct document_job *job)
{
    return desk->current && desk->current->data.row == job->row &&
           desk->current->list == job->list;
}

static unsigned
finish_document(struct job *base, struct desk *desk)
{
    struct document_job *job = (struct document_job *)base;
    struct loaded *place;
    bool refresh;

    if (base->code) {
        if (base->code != ERR_CANCELLED)
            desk_say(desk, true, "%s", base->err.message);
        return UPDATE_STATUS;
    }
    if (job->list != desk->list.serial)
        return 0;
    if (job->news != desk->news) { /* it may be from before an escalation */
        if (job->row == desk->list.view.current)
            submit_document(desk, job->row, JOB_DOCUMENT);
        return 0;
    }
    refresh = is_refresh(desk, job);
    place = refresh ? desk->current : cache_place(desk, job->row);
    if (!place)
        return 0;
    job->loaded.data.serial =
        refresh && hash_equal(&place->key.text, &job->loaded.key.text)
            ? place->data.serial
            : ++desk->document_serials;
    loaded_release(place);
    *place = job->loaded;
    place->list = job->list;
    job->loaded = (struct loaded){0};
    if (job->row != desk->list.view.current) {
        place->used = ++desk->clock;
        return 0;
    }
    show(desk, place);
    return UPDATE_DOCUMENT | UPDATE_STATUS;
}

static void
release_document(struct job *base)
{
    loaded_release(&((struct document_job *)base)->loaded);
}

static void
submit_document(struct desk *desk, uint32_t row, unsigned kind)
{
    const struct list *list = &desk->list;
    struct document_job *job =
        desk_job(sizeof(*job), LANE_DOCUMENT, run_document, finish_document,
                 release_document);
    struct error ignored = ERROR_INIT;

    job->list = list->serial;
    job->news = desk->news;
    job->row = row;
    job->doc = list->docs[row];
    job->changed = bits_get(&list->changed, job->doc);
    job->job.replaceable = true;
    job->job.kind = kind;
    if (list->parsed && query_parse(&job->parsed, list->parsed->text,
                                    &job->job.arena, &ignored))
        job->parsed = NULL;
    lane_submit(desk->lanes, &job->job);
}

/* Claims are taken by the review worker, beside the loading. */
struct claim_job {
    struct job job;
    uint64_t list;
    uint32_t row, doc;
    bool renew;
    struct str queue;
};

/* In a queue that is read once, what someone else judged meanwhile is done. */
static enum err_code
check_turn(struct claim_job *job, struct lane_context *c,
           const struct item_key *key)
{
    struct error *err = &job->job.err;
    struct turn turn;
    enum err_code code =
        queue_turns(c->store, job->queue, key, 1, &job->job.arena, &turn, err);

    if (!code && turn.turn == TURN_DONE)
        code = error_set(err, ERR_CONFLICT,
                         "judged or escalated by someone else meanwhile");
    return code;
}

static void
run_claim(struct job *base, struct lane_context *c)
{
    struct claim_job *job = (struct claim_job *)base;
    struct item_key key;

    base->code =
        resolve_item(c->resolver, job->doc, &base->arena, &key, &base->err);
    if (!base->code && !job->renew)
        base->code = check_turn(job, c, &key);
    if (!base->code)
        base->code = claim_move(c->store, &key, &base->err);
}

static unsigned
finish_claim(struct job *base, struct desk *desk)
{
    struct claim_job *job = (struct claim_job *)base;

    if (!base->code || job->list != desk->list.serial)
        return 0;
    /* My own decision needs no claim: going back to it is looking. */
    if (bits_get(&desk->list.closed, job->doc))
        return 0;
    desk_say(desk, base->code != ERR_CONFLICT, "%s", base->err.message);
    if (base->code == ERR_CONFLICT) {
        bits_set(&desk->list.taken, job->doc);
        if (job->row == desk->list.view.current)
            (void)desk_go_unjudged(desk, desk->step ? desk->step : 1);
    }
    return UPDATE_LIST | UPDATE_STATUS;
}

static void
claim(struct desk *desk, uint32_t row, bool renew)
{
    struct claim_job *job;

    if (!desk->list.view.queue.len)
        return;
    job = desk_job(sizeof(*job), LANE_REVIEW, run_claim, finish_claim, NULL);
    job->list = desk->list.serial;
    job->row = row;
    job->renew = renew;
    job->doc = desk->list.docs[row];
    desk->claimed_us = time_monotonic_us();
    job->queue = arena_copy(&job->job.arena, desk->list.view.queue);
    lane_submit(desk->lanes, &job->job);
}

void
desk_renew_claim(struct desk *desk)
{
    if (desk->current && time_monotonic_us() - desk->claimed_us > CLAIM_US / 3)
        claim(desk, desk->list.view.current, true);
}

void
desk_go(struct desk *desk, uint32_t row)
{
    struct list *list = &desk->list;
    struct loaded *l;

    if (row >= list->view.count)
        return;
    if (row != list->view.current)
        desk->moved = (int64_t)row - list->view.current;
    list->view.current = row;
    claim(desk, row, false);
    l = cache_find(desk, row);
    if (l)
        show(desk, l);
    else
        submit_document(desk, row, JOB_DOCUMENT);
}

void
desk_refresh_document(struct desk *desk)
{
    if (desk->list.view.count)
        submit_document(desk, desk->list.view.current, JOB_DOCUMENT);
}

const struct desk_document *
desk_document(const struct desk *desk)
{
    return desk->current ? &desk->current->data : NULL;
}

void
desk_was_blank(struct desk *desk, int64_t us)
{
    if (desk->painted_us)
        desk->painted_us += us;
}

void
desk_painted(struct desk *desk, size_t start, size_t end)
{
    struct bits *shown = &desk->shown;

    if (!desk->current || !shown->words)
        return;
    if (!desk->painted_us)
        desk->painted_us = time_monotonic_us();
    for (size_t block = start / SHOWN_BLOCK;
         start < end && block <= (end - 1) / SHOWN_BLOCK &&
         block < shown->count;
         block++)
        bits_set(shown, (uint32_t)block);
}
