/* Deciding: what the reviewer does becomes an annotation, the review worker
 * commits it, and only then does the desk say "saved". */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stet/fileio.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"
#include "tui/desk_state.h"

/* A key that comes again sooner was held down, not pressed. */
#define REPEAT_US 100000
#define BUSY_TRIES 20
/* Far above any store's count, far below the limit. */
#define RESCUED_LAMPORT (UINT64_C(1) << 40)

struct append_job {
    struct job job;
    struct annotation annotations[20];
    size_t count;
    uint32_t *docs; /* of a bulk action */
    uint32_t doc_count;
    uint32_t doc; /* of a single one */
    uint64_t list;
    bool stay;
    char what[80]; /* "bad cc-0012:90417" */
};

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
    for (uint32_t i = 0; !code && i < job->doc_count; i++)
        code = resolve_item(c->resolver, job->docs[i], &job->job.arena,
                            &items[i], &job->job.err);
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
    desk->saving.saved += job->docs ? job->doc_count : 1;
    free(desk->saving_text);
    desk->saving_text = xstrdup(job->what);
    desk->saving.last = str_of(desk->saving_text);
    desk->saving.last_us = time_now_us();
}

static bool
closes(enum annotation_kind kind)
{
    return kind == ANNOTATION_VERDICT || kind == ANNOTATION_RATE ||
           kind == ANNOTATION_REWRITE || kind == ANNOTATION_DROP ||
           kind == ANNOTATION_KEEP || kind == ANNOTATION_SKIP;
}

static unsigned
finish_append(struct job *base, struct desk *desk)
{
    struct append_job *job = (struct append_job *)base;

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
    desk->own_head = job->annotations[job->count - 1].seq;
    if (job->docs)
        desk_forget_rows(desk);
    else
        desk_reload_rows_of(desk, &job->doc, 1);
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

static double
share_shown(const struct desk *desk)
{
    if (!desk->shown.words || !desk->shown.count)
        return 0;
    return (double)bits_population(&desk->shown) / desk->shown.count;
}

static struct str
arena_text(struct append_job *job, struct str text)
{
    return text.ptr ? arena_copy(&job->job.arena, text) : (struct str){NULL, 0};
}

/* The circumstances: what is not recorded now can never be known. */
static void
fill_circumstances(const struct desk *desk, struct append_job *job,
                   struct annotation *a)
{
    const struct desk_document *d = desk_document(desk);

    a->uuid = uuid_make();
    a->at_us = time_now_us();
    a->how = job->docs ? HOW_BULK : HOW_READ;
    a->ms = desk->painted_us
                ? (uint32_t)((time_monotonic_us() - desk->painted_us) / 1000)
                : 0;
    a->share = share_shown(desk);
    if (d && !d->scores_hidden)
        a->visible |= VISIBLE_SCORES;
    if (d && !d->peers_hidden)
        a->visible |= VISIBLE_PEERS;
    a->queue = arena_text(job, desk->list.view.queue);
    a->position = desk->list.view.current;
    a->policy = arena_text(job, str_of(desk->policy.hash));
    if (job->docs)
        a->query = arena_text(job, desk->list.view.query);
}

static enum err_code
fill_span(const struct desk_document *d, const struct desk_act *act,
          struct annotation *a)
{
    struct str text = d->document->text;

    if (act->span.end > text.len || act->span.start > act->span.end ||
        !utf8_is_boundary(text, act->span.start) ||
        !utf8_is_boundary(text, act->span.end))
        return ERR_USAGE;
    a->span.given = true;
    a->span.bytes = act->span;
    a->span.start_cp = utf8_count(str_slice(text, 0, act->span.start));
    a->span.end_cp =
        a->span.start_cp +
        utf8_count(str_slice(text, act->span.start, act->span.end));
    return ERR_OK;
}

static bool
edits_text(enum annotation_kind kind)
{
    return kind == ANNOTATION_REWRITE || kind == ANNOTATION_REDACT ||
           kind == ANNOTATION_INSERT;
}

/* Why an act is refused now, or NULL. */
static const char *
refusal(struct desk *desk, const struct desk_act *act, bool bulk)
{
    const struct desk_document *d = desk_document(desk);
    int64_t now = time_monotonic_us();
    bool quick = now - desk->last_act_us < REPEAT_US && !desk->options.script;

    if (!desk->list.view.count)
        return "nothing is listed";
    if (bulk)
        return edits_text(act->kind) || act->has_span
                   ? "texts are edited one at a time: unmark first"
                   : NULL;
    if (!d || d->row != desk->list.view.current)
        return "the document is not on screen yet";
    if (!d->document)
        return "the document could not be loaded";
    if (closes(act->kind) && act->next && quick) {
        desk->last_act_us = now;
        return "key repeat ignored";
    }
    if (closes(act->kind) && act->kind != ANNOTATION_SKIP &&
        desk->policy.dwell_us) {
        if (!desk->painted_us)
            return "the text is not on the screen: Tab shows it";
        if (now - desk->painted_us < desk->policy.dwell_us)
            return "too quick: look first";
    }
    if (edits_text(act->kind) && d->document->flags & DOC_BAD_UTF8)
        return "invalid UTF-8: it can be judged, tagged or dropped, not "
               "rewritten";
    if (edits_text(act->kind) && d->document->flags & DOC_FIXED_TEXT)
        return "the text is put together from a list: it cannot be edited";
    if ((act->has_span || edits_text(act->kind)) && d->masked)
        return "the text is covered: z uncovers it";
    return NULL;
}

static void
describe(const struct desk *desk, const struct desk_act *act,
         struct append_job *job)
{
    const struct desk_document *d = desk_document(desk);
    const char *sign = act->kind == ANNOTATION_TAG     ? "+"
                       : act->kind == ANNOTATION_UNTAG ? "-"
                                                       : "";
    struct str value = act->value.len && act->kind != ANNOTATION_REDACT
                           ? act->value
                           : str_of(annotation_kind_name(act->kind));
    int value_len = value.len < 30 ? (int)value.len : 30;

    if (job->docs)
        (void)snprintf(job->what, sizeof(job->what), "%s%.*s on %u documents",
                       sign, value_len, value.ptr, job->doc_count);
    else
        (void)snprintf(job->what, sizeof(job->what), "%s%.*s %.*s", sign,
                       value_len, value.ptr,
                       d->document->id.len < 40 ? (int)d->document->id.len : 40,
                       d->document->id.ptr);
}

static void
take_marks(struct desk *desk, struct append_job *job)
{
    struct list *list = &desk->list;

    job->docs = xreallocarray(NULL, list->view.marked, sizeof(*job->docs));
    for (uint32_t row = bits_next(&list->marks, 0); row != UINT32_MAX;
         row = bits_next(&list->marks, row + 1))
        job->docs[job->doc_count++] = list->docs[row];
}

static void
note_closed(struct desk *desk, uint32_t doc, enum annotation_kind kind)
{
    struct list *list = &desk->list;

    if (!closes(kind))
        return;
    bits_set(&list->closed, doc);
    if (kind != ANNOTATION_SKIP && !bits_get(&list->judged, doc)) {
        bits_set(&list->judged, doc);
        list->view.judged++;
    }
}

static void
forget_tag(struct repeat *r, struct str tag)
{
    for (size_t i = 0; i < r->tag_count; i++)
        if (str_equal(str_of(r->tags[i]), tag)) {
            free(r->tags[i]);
            r->tags[i] = r->tags[--r->tag_count];
            return;
        }
}

static void
remember(struct desk *desk, const struct desk_act *act)
{
    struct repeat *r = &desk->repeat;

    if (act->has_span || !desk_document(desk))
        return;
    if (act->kind == ANNOTATION_UNTAG &&
        r->document == desk_document(desk)->serial)
        forget_tag(r, act->value);
    if (act->kind == ANNOTATION_TAG && act->value.len) {
        if (r->document != desk_document(desk)->serial || r->tag_count == 16) {
            for (size_t i = 0; i < r->tag_count; i++)
                free(r->tags[i]);
            r->tag_count = 0;
            free(r->verdict);
            r->verdict = NULL;
        }
        if (r->tag_count < 16)
            r->tags[r->tag_count++] = xstrndup(act->value);
        r->document = desk_document(desk)->serial;
    } else if (act->kind == ANNOTATION_VERDICT) {
        if (r->document != desk_document(desk)->serial) {
            for (size_t i = 0; i < r->tag_count; i++)
                free(r->tags[i]);
            r->tag_count = 0;
        }
        free(r->verdict);
        r->verdict = xstrndup(act->value);
        r->document = desk_document(desk)->serial;
    }
}

static void
fill_annotation(struct desk *desk, const struct desk_act *act,
                struct append_job *job, struct annotation *a)
{
    *a = (struct annotation){.kind = act->kind, .number = act->number};
    a->value = arena_text(job, act->value);
    a->text = arena_text(job, act->text);
    a->reason = arena_text(job, act->reason);
    fill_circumstances(desk, job, a);
    if (!job->docs) {
        a->item = key_copy(&desk->current->key, &job->job.arena);
        a->has_item = true;
    }
}

/* A verdict on a passage is a tag of that name there: the document's own
 * verdict stays what it is. */
static struct desk_act
meant(const struct desk_act *asked)
{
    struct desk_act act = *asked;

    if (act.has_span && act.kind == ANNOTATION_VERDICT)
        act.kind = ANNOTATION_TAG;
    return act;
}

bool
desk_act(struct desk *desk, const struct desk_act *asked)
{
    const struct desk_act own = meant(asked);
    const struct desk_act *act = &own;
    bool bulk = desk->list.view.marked > 0;
    const char *why = refusal(desk, act, bulk);
    struct append_job *job;

    if (why) {
        desk_say(desk, true, "%s", why);
        return false;
    }
    job = desk_job(sizeof(*job), LANE_REVIEW, run_append, finish_append,
                   release_append);
    if (bulk)
        take_marks(desk, job);
    else
        job->doc = desk->current->data.doc;
    job->list = desk->list.serial;
    fill_annotation(desk, act, job, &job->annotations[job->count++]);
    if (act->has_span &&
        fill_span(desk_document(desk), act, &job->annotations[0])) {
        job_release(&job->job);
        desk_say(desk, true, "that is no span of this text");
        return false;
    }
    describe(desk, act, job);
    remember(desk, act);
    desk->last_act_us = time_monotonic_us();
    desk->saving.pending++;
    if (bulk) {
        desk_mark_all(desk, false);
    } else if (!act->has_span) {
        note_closed(desk, job->doc, act->kind);
        if (!act->next)
            desk->revealed = true;
    }
    lane_submit(desk->lanes, &job->job);
    if (act->next && !bulk && !desk_go_unjudged(desk, 1))
        desk_say(desk, false, "no open document below this one");
    return true;
}

uint32_t
desk_act_count(const struct desk *desk)
{
    return desk->list.view.marked ? desk->list.view.marked : 1;
}

void
desk_repeat_last(struct desk *desk)
{
    struct repeat r = desk->repeat;
    struct desk_act act = {.kind = ANNOTATION_TAG};

    if (!r.verdict && !r.tag_count) {
        desk_say(desk, true, "nothing to repeat yet");
        return;
    }
    /* Acting frees and refills the memory: act on copies. */
    desk->repeat = (struct repeat){0};
    for (size_t i = 0; i < r.tag_count; i++) {
        act.value = str_of(r.tags[i]);
        act.next =
            !r.verdict && i + 1 == r.tag_count && !desk->list.view.marked;
        (void)desk_act(desk, &act);
    }
    if (r.verdict) {
        act = (struct desk_act){.kind = ANNOTATION_VERDICT,
                                .value = str_of(r.verdict),
                                .next = true};
        (void)desk_act(desk, &act);
    }
    free(r.verdict);
    for (size_t i = 0; i < r.tag_count; i++)
        free(r.tags[i]);
}

void
desk_uncover(struct desk *desk, bool uncover)
{
    struct append_job *job;
    struct desk_act reveal = {.kind = ANNOTATION_REVEAL,
                              .value = STR_LIT("text")};

    desk->uncovered = uncover;
    if (!desk->current || !desk->current->data.document)
        return;
    if (uncover && desk->current->data.masked) {
        job = desk_job(sizeof(*job), LANE_REVIEW, run_append, finish_append,
                       release_append);
        job->doc = desk->current->data.doc;
        job->list = desk->list.serial;
        fill_annotation(desk, &reveal, job, &job->annotations[job->count++]);
        describe(desk, &reveal, job);
        desk->saving.pending++;
        lane_submit(desk->lanes, &job->job);
    }
    desk->current->data.masked = !uncover;
    if (!uncover)
        desk_refresh_document(desk);
}
