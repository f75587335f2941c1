/* The copies and near copies of the document on screen: found, drawn by the
 * rules for rows, chosen, and what is decided about it spread to them. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stet/similar.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"
#include "tui/desk_state.h"

#define MEMBERS_MAX 1000u

/* What is known of a member, before anything of it is hidden. */
struct known {
    const double *scores;
    struct item_state mine, effective;
    uint32_t characters;
    struct str lang;
};

struct member {
    struct arena arena;
    struct known known;
    struct desk_similar_member shown;
};

struct similar {
    uint64_t serial; /* of the look-up */
    struct member *members;
    size_t cap;
    struct desk_similar view;
    const struct desk_similar_member **sorted;
    struct arena text_arena;
    bool old; /* states have changed since */
};

/* --- finding --- */

struct similar_job {
    struct job job;
    uint64_t serial;
    uint32_t doc;
    size_t count;
    bool full;
    struct lane_context *context;
    struct similar_report report;
};

/* One found; handed over as soon as it is. */
struct member_job {
    struct job job;
    uint64_t serial;
    struct member member; /* taken by finish */
    bool taken;
};

static enum err_code
fill_text_facts(struct member *member, struct lane_context *c,
                struct error *err)
{
    struct desk_similar_member *shown = &member->shown;
    struct arena arena;
    struct error why = ERROR_INIT;
    const struct document *document;
    enum err_code code;

    arena_init(&arena, 0);
    code = index_document(c->index, shown->doc, &arena, &document, &why);
    if (code == ERR_OK)
        shown->row.id = arena_copy(&member->arena, document->id);
    else
        shown->unreadable = arena_copy(&member->arena, str_of(why.message));
    arena_release(&arena);
    if (code == ERR_NOMEM)
        return error_nomem(err);
    return ERR_OK;
}

static const double *
copy_scores(struct member *member, struct lane_context *c)
{
    size_t count = index_score_count(c->index);
    double *values = arena_alloc(&member->arena, (count + 1) * sizeof(*values));

    for (unsigned i = 0; values && i < count; i++)
        values[i] = index_score_def(c->index, i)->kind == SCORE_LABEL
                        ? (double)NAN
                        : index_score_decimal(c->index, i, member->shown.doc);
    return values;
}

static enum err_code
fill_states(struct member *member, struct lane_context *c, struct error *err)
{
    struct item_key key;
    enum err_code code =
        resolve_item(c->resolver, member->shown.doc, &member->arena, &key, err);

    if (code == ERR_OK)
        code = store_state(c->store, &key, str_of(store_reviewer(c->store)),
                           &member->arena, &member->known.mine, err);
    if (code == ERR_OK)
        code = store_state(c->store, &key, (struct str){NULL, 0},
                           &member->arena, &member->known.effective, err);
    if (code == ERR_OK)
        member->shown.row.source = key.source;
    return code;
}

static enum err_code
fill_member(struct member *member, struct lane_context *c, struct error *err)
{
    uint32_t doc = member->shown.doc;
    struct document_place place;
    enum err_code code = index_place(c->index, doc, &place, err);

    if (code != ERR_OK)
        return code;
    member->known.scores = copy_scores(member, c);
    member->known.characters = place.text_cp;
    member->known.lang =
        arena_copy(&member->arena, index_label(c->index, LABEL_LANG, 0, doc));
    member->shown.row.record = place.record;
    member->shown.row.shard = arena_copy(
        &member->arena, str_of(index_shard(c->index, place.shard)->path));
    code = fill_states(member, c, err);
    return code == ERR_OK ? fill_text_facts(member, c, err) : code;
}

static void
run_nothing(struct job *job, struct lane_context *c)
{
    (void)job;
    (void)c;
}

static void
release_member_job(struct job *base)
{
    struct member_job *job = (struct member_job *)base;

    if (!job->taken)
        arena_release(&job->member.arena);
}

/* What of it may be seen: the rules of rows. */
static void
hide_member(struct desk *desk, struct member *member)
{
    const struct row_facts facts = {
        .scores = member->known.scores,
        .mine = &member->known.mine,
        .effective = &member->known.effective,
        .characters = member->known.characters,
        .lang = member->known.lang,
    };
    unsigned flags = member->known.mine.flags | member->known.effective.flags;

    desk_hide_row(desk, &member->shown.row, &facts, &member->arena);
    member->shown.barred =
        member->shown.unreadable.ptr || (flags & STATE_ESCALATED);
    if (member->shown.barred && member->shown.chosen) {
        member->shown.chosen = false;
        desk->similar->view.chosen--;
    }
}

/* Exact ones first, then the likest. */
static int
compare_members(const void *a, const void *b)
{
    const struct desk_similar_member *const *x = a;
    const struct desk_similar_member *const *y = b;

    if ((*x)->exact != (*y)->exact)
        return (*x)->exact ? -1 : 1;
    if ((*x)->jaccard != (*y)->jaccard)
        return (*x)->jaccard > (*y)->jaccard ? -1 : 1;
    return ((*x)->doc > (*y)->doc) - ((*x)->doc < (*y)->doc);
}

static void
sort_members(struct similar *similar)
{
    for (size_t i = 0; i < similar->view.count; i++)
        similar->sorted[i] = &similar->members[i].shown;
    qsort(similar->sorted, similar->view.count,
          sizeof(const struct desk_similar_member *), compare_members);
    similar->view.members = similar->sorted;
}

static unsigned
finish_member(struct job *base, struct desk *desk)
{
    struct member_job *job = (struct member_job *)base;
    struct similar *similar = desk->similar;

    if (!similar || job->serial != similar->serial ||
        similar->view.count == MEMBERS_MAX)
        return 0;
    similar->members[similar->view.count] = job->member;
    job->taken = true;
    hide_member(desk, &similar->members[similar->view.count]);
    similar->view.count++;
    sort_members(similar);
    return UPDATE_LIST;
}

static void
take_found(void *ctx, const struct similar_document *found)
{
    struct similar_job *job = ctx;
    struct member_job *part;

    if (job->count == MEMBERS_MAX)
        job->full = true;
    if (job->full || job->job.code)
        return;
    job->count++;
    part = desk_job(sizeof(*part), job->job.lane, run_nothing, finish_member,
                    release_member_job);
    part->serial = job->serial;
    arena_init(&part->member.arena, 0);
    part->member.shown.doc = found->doc;
    part->member.shown.jaccard = found->jaccard;
    part->member.shown.exact = found->exact;
    job->job.code = fill_member(&part->member, job->context, &job->job.err);
    lane_tell(&job->job, &part->job);
}

static void
run_similar(struct job *base, struct lane_context *c)
{
    struct similar_job *job = (struct similar_job *)base;
    const struct similar_options options = {
        .threshold = SIMILAR_THRESHOLD,
        .cancel = c->cancel,
        .found = take_found,
        .ctx = job,
    };
    enum err_code code;

    job->context = c;
    code =
        index_similar(c->index, job->doc, &options, &job->report, &base->err);
    if (!base->code)
        base->code = code;
}

static unsigned
finish_similar(struct job *base, struct desk *desk)
{
    struct similar_job *job = (struct similar_job *)base;
    struct similar *similar = desk->similar;

    if (!similar || job->serial != similar->serial)
        return 0;
    similar->view.running = false;
    similar->view.cut = job->full || base->code == ERR_CANCELLED;
    similar->view.unreadable = job->report.unreadable;
    if (base->code && base->code != ERR_CANCELLED)
        desk_say(desk, true, "%s", base->err.message);
    return UPDATE_LIST | UPDATE_STATUS;
}

void
desk_forget_similar(struct desk *desk)
{
    struct similar *similar = desk->similar;

    if (!similar)
        return;
    if (similar->view.running)
        lane_cancel(desk->lanes, LANE_SEARCH);
    for (size_t i = 0; i < similar->view.count; i++)
        arena_release(&similar->members[i].arena);
    arena_release(&similar->text_arena);
    free(similar->members);
    free(similar->sorted);
    free(similar);
    desk->similar = NULL;
}

bool
desk_ask_similar(struct desk *desk)
{
    const struct desk_document *d = desk_document(desk);
    struct similar *similar;
    struct similar_job *job;

    if (!d || !d->document) {
        desk_say(desk, true, "no document is shown");
        return false;
    }
    desk_forget_similar(desk);
    similar = desk->similar = xcalloc(1, sizeof(*similar));
    similar->serial = ++desk->similar_serials;
    similar->members = xcalloc(MEMBERS_MAX, sizeof(*similar->members));
    similar->sorted =
        xcalloc(MEMBERS_MAX, sizeof(const struct desk_similar_member *));
    arena_init(&similar->text_arena, 0);
    similar->view.doc = d->doc;
    similar->view.text_of = UINT32_MAX;
    similar->view.running = true;
    job =
        desk_job(sizeof(*job), LANE_SEARCH, run_similar, finish_similar, NULL);
    job->serial = similar->serial;
    job->doc = d->doc;
    lane_submit(desk->lanes, &job->job);
    return true;
}

const struct desk_similar *
desk_similar(const struct desk *desk)
{
    return desk->similar ? &desk->similar->view : NULL;
}

/* --- states that changed --- */

struct states_job {
    struct job job;
    uint64_t serial;
    size_t count;
    struct member *members; /* copies with arenas of their own */
};

static void
run_states(struct job *base, struct lane_context *c)
{
    struct states_job *job = (struct states_job *)base;

    for (size_t i = 0; !base->code && i < job->count; i++)
        base->code = fill_states(&job->members[i], c, &base->err);
}

static struct member *
find_member(struct similar *similar, uint32_t doc)
{
    for (size_t i = 0; i < similar->view.count; i++)
        if (similar->members[i].shown.doc == doc)
            return &similar->members[i];
    return NULL;
}

static unsigned
finish_states(struct job *base, struct desk *desk)
{
    struct states_job *job = (struct states_job *)base;
    struct similar *similar = desk->similar;

    if (base->code || !similar || job->serial != similar->serial)
        return 0;
    for (size_t i = 0; i < job->count; i++) {
        struct member *member = find_member(similar, job->members[i].shown.doc);

        if (!member)
            continue;
        member->known.mine = job->members[i].known.mine;
        member->known.effective = job->members[i].known.effective;
        member->known.mine.verdict =
            arena_copy(&member->arena, member->known.mine.verdict);
        member->known.mine.tags =
            arena_copy(&member->arena, member->known.mine.tags);
        member->known.effective.verdict =
            arena_copy(&member->arena, member->known.effective.verdict);
        member->known.effective.tags =
            arena_copy(&member->arena, member->known.effective.tags);
        hide_member(desk, member);
    }
    return UPDATE_LIST;
}

static void
release_states(struct job *base)
{
    struct states_job *job = (struct states_job *)base;

    for (size_t i = 0; i < job->count; i++)
        arena_release(&job->members[i].arena);
    free(job->members);
}

void
desk_outdate_similar(struct desk *desk)
{
    if (desk->similar)
        desk->similar->old = true;
}

void
desk_refresh_similar(struct desk *desk)
{
    struct similar *similar = desk->similar;
    struct states_job *job;

    if (!similar || !similar->old)
        return;
    similar->old = false;
    if (similar->view.count == 0)
        return;
    job = desk_job(sizeof(*job), LANE_ROWS, run_states, finish_states,
                   release_states);
    job->serial = similar->serial;
    job->count = similar->view.count;
    job->members = xcalloc(job->count, sizeof(*job->members));
    for (size_t i = 0; i < job->count; i++) {
        arena_init(&job->members[i].arena, 0);
        job->members[i].shown.doc = similar->members[i].shown.doc;
    }
    lane_submit(desk->lanes, &job->job);
}

/* --- the text of one --- */

struct text_job {
    struct job job;
    uint64_t serial;
    uint32_t doc;
    struct str text;
};

static void
run_text(struct job *base, struct lane_context *c)
{
    struct text_job *job = (struct text_job *)base;
    const struct document *document;
    struct buf display = {0};

    base->code =
        index_document(c->index, job->doc, &base->arena, &document, &base->err);
    if (base->code)
        return;
    job->text = document->text;
    if (utf8_is_valid(document->text))
        return;
    base->code = utf8_to_display(document->text, &display, &base->err);
    if (!base->code)
        job->text = arena_copy(&base->arena, buf_str(&display));
    buf_release(&display);
}

static unsigned
finish_text(struct job *base, struct desk *desk)
{
    struct text_job *job = (struct text_job *)base;
    struct similar *similar = desk->similar;

    if (!similar || job->serial != similar->serial ||
        job->doc != similar->view.text_of)
        return 0;
    arena_release(&similar->text_arena);
    if (base->code) {
        similar->view.text_error =
            arena_copy(&similar->text_arena, str_of(base->err.message));
    } else {
        similar->text_arena = base->arena; /* the text lives in it */
        arena_init(&base->arena, 0);
        similar->view.text = job->text;
    }
    similar->view.text_known = true;
    return UPDATE_LIST;
}

void
desk_similar_read(struct desk *desk, uint32_t doc)
{
    struct similar *similar = desk->similar;
    struct text_job *job;

    if (!similar || similar->view.text_of == doc)
        return;
    similar->view.text_of = doc;
    similar->view.text_known = false;
    similar->view.text = similar->view.text_error = (struct str){NULL, 0};
    job = desk_job(sizeof(*job), LANE_ROWS, run_text, finish_text, NULL);
    job->serial = similar->serial;
    job->doc = doc;
    lane_submit(desk->lanes, &job->job);
}

/* --- choosing --- */

bool
desk_similar_choose(struct desk *desk, uint32_t doc, bool on)
{
    struct member *member =
        desk->similar ? find_member(desk->similar, doc) : NULL;

    if (!member || (on && member->shown.barred))
        return false;
    if (member->shown.chosen == on)
        return true;
    member->shown.chosen = on;
    if (on)
        desk->similar->view.chosen++;
    else
        desk->similar->view.chosen--;
    return true;
}

bool
desk_act_similar(struct desk *desk, const struct desk_act *act)
{
    const struct similar *similar = desk->similar;
    uint32_t *docs;
    size_t count = 0;
    bool done;

    if (!similar || !desk->current ||
        desk->current->data.doc != similar->view.doc) {
        desk_say(desk, true, "the document has changed: = looks again");
        return false;
    }
    docs = xreallocarray(NULL, similar->view.count + 1, sizeof(*docs));
    for (size_t i = 0; i < similar->view.count; i++)
        if (similar->sorted[i]->chosen)
            docs[count++] = similar->sorted[i]->doc;
    done = desk_act_spread(desk, act, docs, count);
    for (size_t i = 0; done && i < count; i++)
        (void)desk_similar_choose(desk, docs[i], false);
    free(docs);
    return done;
}
