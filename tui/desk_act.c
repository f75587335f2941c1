/* Deciding: what the reviewer does becomes an annotation with the circumstances
 * it was made in. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stet/addition.h"
#include "stet/fileio.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"
#include "tui/desk_append.h"

/* A key that comes again sooner was held down, not pressed. */
#define REPEAT_US 100000

bool
act_closes(enum annotation_kind kind)
{
    return kind == ANNOTATION_VERDICT || kind == ANNOTATION_RATE ||
           kind == ANNOTATION_REWRITE || kind == ANNOTATION_DROP ||
           kind == ANNOTATION_KEEP || kind == ANNOTATION_SKIP;
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
    if (d && !job->docs && desk_sees_verdicts(desk, d))
        a->visible |= VISIBLE_VERDICTS;
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

static bool
is_repeat(const struct desk *desk)
{
    return time_monotonic_us() - desk->last_act_us < REPEAT_US &&
           !desk->options.script;
}

/* Why an act is refused now, or NULL. */
static const char *
refusal(struct desk *desk, const struct desk_act *act, bool bulk)
{
    const struct desk_document *d = desk_document(desk);
    int64_t now = time_monotonic_us();

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
    if (act_closes(act->kind) && act->next && is_repeat(desk)) {
        desk->last_act_us = now;
        return "key repeat ignored";
    }
    if (act_closes(act->kind) && act->kind != ANNOTATION_SKIP &&
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
        return desk_covered(d);
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
    struct str value = act->kind == ANNOTATION_REVEAL ? STR_LIT("uncovered")
                       : act->value.len && act->kind != ANNOTATION_REDACT &&
                               act->kind != ANNOTATION_SEND_BACK
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
tell_second_opinion(const struct desk *desk, struct append_job *job)
{
    const struct desk_document *d = desk_document(desk);
    struct annotation own = job->annotations[job->count - 1];
    char what[64];

    own.reviewer = str_of(desk->reviewer);
    if (!desk_is_second_opinion(&own, d->history, d->history_count))
        return;
    (void)snprintf(what, sizeof(what), "%.63s", job->what);
    (void)snprintf(job->what, sizeof(job->what), "second opinion: %s", what);
}

static void
take_marks(struct desk *desk, struct append_job *job)
{
    struct list *list = &desk->list;

    job->docs = xreallocarray(NULL, list->view.marked, sizeof(*job->docs));
    job->rows = xreallocarray(NULL, list->view.marked, sizeof(*job->rows));
    for (uint32_t row = bits_next(&list->marks, 0); row != UINT32_MAX;
         row = bits_next(&list->marks, row + 1)) {
        job->rows[job->doc_count] = row;
        job->docs[job->doc_count++] = list->docs[row];
    }
}

static void
note_closed(struct desk *desk, uint32_t doc, enum annotation_kind kind)
{
    struct list *list = &desk->list;

    if (kind == ANNOTATION_ESCALATE && desk_escalation_closes(desk))
        bits_set(&list->closed, doc);
    if (!act_closes(kind))
        return;
    bits_set(&list->closed, doc);
    if (kind != ANNOTATION_SKIP && !bits_get(&list->judged, doc)) {
        bits_set(&list->judged, doc);
        list->view.judged++;
    }
}

static void
fill_annotation(struct desk *desk, const struct desk_act *act,
                struct append_job *job, struct annotation *a)
{
    *a = (struct annotation){.kind = act->kind, .number = act->number};
    a->value = arena_text(job, act->value);
    a->text = arena_text(job, act->text);
    a->reason =
        desk_reason(desk, arena_text(job, act->reason), &job->job.arena);
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

/* Whether my tag of this name stands on this very span. */
static bool
span_has(const struct desk *desk, struct span span, struct str value)
{
    const struct desk_document *d = desk_document(desk);

    for (size_t i = d->history_count; i > 0; i--) {
        const struct annotation *a = &d->history[i - 1];

        if ((a->kind == ANNOTATION_TAG || a->kind == ANNOTATION_UNTAG) &&
            !a->undone && a->span.given && a->span.bytes.start == span.start &&
            a->span.bytes.end == span.end && str_equal(a->value, value) &&
            str_equal(a->reviewer, str_of(desk->reviewer)))
            return a->kind == ANNOTATION_TAG;
    }
    return false;
}

/* A verdict on a span takes the place of a former one there. */
static void
take_off_others(struct desk *desk, const struct desk_act *act,
                struct append_job *job)
{
    for (size_t i = 0; i < desk->verdicts.count; i++) {
        struct desk_act off = *act;
        struct annotation *a = &job->annotations[job->count];

        off.kind = ANNOTATION_UNTAG;
        off.value = str_of(desk->verdicts.defs[i].value);
        if (str_equal(off.value, act->value) || job->count + 1 >= APPEND_MAX ||
            !span_has(desk, act->span, off.value))
            continue;
        fill_annotation(desk, &off, job, a);
        if (!fill_span(desk_document(desk), &off, a))
            job->count++;
    }
}

static bool
act_on_one(struct desk *desk, const struct desk_act *act, bool is_verdict)
{
    struct append_job *job = append_new(desk);
    struct annotation *own;

    job->doc = desk->current->data.doc;
    if (act->has_span && is_verdict)
        take_off_others(desk, act, job);
    own = &job->annotations[job->count++];
    fill_annotation(desk, act, job, own);
    if (act->has_span && fill_span(desk_document(desk), act, own)) {
        job_release(&job->job);
        desk_say(desk, true, "that is no span of this text");
        return false;
    }
    describe(desk, act, job);
    tell_second_opinion(desk, job);
    desk_remember(desk, act);
    job->proposal = act->proposal;
    if (!act->has_span) {
        if (act_closes(act->kind) && act->kind != ANNOTATION_SKIP)
            desk_meet(desk, true);
        note_closed(desk, job->doc, act->kind);
        if (!act->next && act_closes(act->kind))
            desk->revealed = true;
    }
    append_submit(desk, job);
    if (act->next && !desk_go_unjudged(desk, 1))
        desk_say(desk, false, "no open document below this one");
    return true;
}

bool
desk_act(struct desk *desk, const struct desk_act *asked)
{
    const struct desk_act act = meant(asked);
    const char *why;

    if (desk->list.view.marked > 0)
        return desk_act_marked(desk, &act, 1);
    why = refusal(desk, &act, false);
    if (!why && asked->kind == ANNOTATION_VERDICT && act.has_span &&
        is_repeat(desk))
        why = "key repeat ignored";
    if (why) {
        desk_say(desk, true, "%s", why);
        return false;
    }
    desk->last_act_us = time_monotonic_us();
    return act_on_one(desk, &act, asked->kind == ANNOTATION_VERDICT);
}

/* A decision carried over from the document that was read. */
static void
spread_circumstances(const struct desk *desk, struct append_job *job)
{
    struct annotation *a = &job->annotations[0];
    char hex[HASH_HEX_SIZE];
    char query[HASH_HEX_SIZE + 16];

    hash_format(&desk->current->data.document->text_hash, hex);
    (void)snprintf(query, sizeof(query), "similar:sha:%s", hex);
    a->how = HOW_SPREAD;
    a->query = arena_text(job, str_of(query));
}

/* The document itself is judged with them, unless it has that verdict. */
static void
take_spread(struct desk *desk, const struct desk_act *act,
            struct append_job *job, const uint32_t *docs, size_t count)
{
    const struct desk_document *d = desk_document(desk);
    bool has_it = act->kind == ANNOTATION_VERDICT &&
                  str_equal(act->value, d->mine.verdict);

    job->docs = xreallocarray(NULL, count + 1, sizeof(*job->docs));
    if (!has_it)
        job->docs[job->doc_count++] = d->doc;
    memcpy(job->docs + job->doc_count, docs, count * sizeof(*docs));
    job->doc_count += (uint32_t)count;
}

bool
desk_act_spread(struct desk *desk, const struct desk_act *act,
                const uint32_t *docs, size_t count)
{
    const char *why = refusal(desk, act, false);
    struct append_job *job;

    if (!why && count > 0 && (edits_text(act->kind) || act->has_span))
        why = "texts are edited one at a time";
    if (why) {
        desk_say(desk, true, "%s", why);
        return false;
    }
    desk->last_act_us = time_monotonic_us();
    if (count == 0)
        return act_on_one(desk, act, false);
    job = append_new(desk);
    take_spread(desk, act, job, docs, count);
    fill_annotation(desk, act, job, &job->annotations[job->count++]);
    spread_circumstances(desk, job);
    describe(desk, act, job);
    desk_remember(desk, act);
    for (uint32_t i = 0; i < job->doc_count; i++)
        note_closed(desk, job->docs[i], act->kind);
    append_submit(desk, job);
    return true;
}

bool
desk_add(struct desk *desk, struct str text)
{
    const struct desk_document *d = desk_document(desk);
    struct append_job *job;
    struct annotation *a;
    struct annotation made;
    struct error err = ERROR_INIT;

    if (!d || !d->document) {
        desk_say(desk, true, "no document to link it to");
        return false;
    }
    job = append_new(desk);
    a = &job->annotations[job->count++];
    if (addition_make(&made, text, d->document, &job->job.arena, &err)) {
        desk_say(desk, true, "%s", err.message);
        job_release(&job->job);
        return false;
    }
    *a = (struct annotation){.kind = ANNOTATION_ADD, .text = made.text};
    a->reason = desk_reason(desk, STR_LIT(""), &job->job.arena);
    fill_circumstances(desk, job, a);
    a->uuid = made.uuid; /* the new document's id has it */
    job->doc = d->doc;
    (void)snprintf(job->what, sizeof(job->what), "add");
    append_submit(desk, job);
    return true;
}

bool
desk_act_marked(struct desk *desk, const struct desk_act *acts, size_t count)
{
    struct append_job *job;

    for (size_t i = 0; i < count; i++) {
        const char *why = refusal(desk, &acts[i], true);

        if (why) {
            desk_say(desk, true, "%s", why);
            return false;
        }
    }
    job = append_new(desk);
    take_marks(desk, job);
    for (size_t i = 0; i < count && i < APPEND_MAX; i++) {
        fill_annotation(desk, &acts[i], job, &job->annotations[job->count++]);
        desk_remember(desk, &acts[i]);
    }
    describe(desk, &acts[0], job);
    desk_mark_all(desk, false);
    append_submit(desk, job);
    return true;
}

uint32_t
desk_act_count(const struct desk *desk)
{
    return desk->list.view.marked ? desk->list.view.marked : 1;
}

static void
note_reveal(struct desk *desk, struct str what, bool aloud)
{
    const struct desk_act reveal = {.kind = ANNOTATION_REVEAL, .value = what};
    struct append_job *job = append_new(desk);

    job->doc = desk->current->data.doc;
    fill_annotation(desk, &reveal, job, &job->annotations[job->count++]);
    if (aloud)
        describe(desk, &reveal, job);
    append_submit(desk, job);
}

void
desk_note_reveal(struct desk *desk, const char *what)
{
    note_reveal(desk, str_of(what), true);
}

void
desk_note_seen(struct desk *desk)
{
    const struct desk_document *d = desk_document(desk);

    if (d && d->document && desk->policy.blind != BLIND_OFF &&
        desk_sees_verdicts(desk, d) && !desk_has_told_seen(desk, d))
        note_reveal(desk, STR_LIT("verdicts"), false);
}
