/* Passages of the document in the working view: going from one to the next,
 * their list, taking an annotation back, their numbers in the margin. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/pane_scores.h"
#include "tui/work.h"

#define LISTED_MAX 1000
#define LABEL_CELLS 62

static const struct desk_document *
document_of(const struct work *work)
{
    return desk_document(work->view.app->desk);
}

static void
say_passage(struct work *work)
{
    struct app *app = work->view.app;
    struct buf words = {0};

    layers_describe(&work->layers, app->desk, document_of(work),
                    work->layers.current, &words);
    app_say(app, false, "%s", xbuf_cstr(&words));
    buf_release(&words);
}

void
work_go_passage(struct work *work, bool forward)
{
    const struct passage *passage =
        document_of(work) ? layers_go(&work->layers, work->text.cursor, forward)
                          : NULL;

    if (!passage) {
        app_say(work->view.app, false, "no hit or passage %s",
                forward ? "behind" : "before");
        return;
    }
    text_pane_show(&work->text, passage->span.start);
    say_passage(work);
}

static void
picked(struct app *app, struct picker *picker, const struct picker_item *item,
       struct str typed, uint32_t key)
{
    struct work *work = work_of(app_view(app));

    (void)picker;
    (void)typed;
    (void)key;
    if (!item)
        return;
    work_take_document(work);
    /* another document came meanwhile: it has other passages */
    if ((size_t)item->id >= work->layers.count ||
        (!document_of(work) || document_of(work)->masked))
        return;
    work->layers.current = (size_t)item->id;
    work->focus_text = true;
    text_pane_show(&work->text, work->layers.passages[item->id].span.start);
}

/* "toxicity .93   go away" */
static void
label_passage(const struct work *work, size_t i, struct buf *out)
{
    const struct desk_document *document = document_of(work);
    const struct span *span = &work->layers.passages[i].span;
    struct str text = str_slice(
        document->display, span->start,
        span->end - span->start > 400 ? span->start + 400 : span->end);

    layers_name(&work->layers, work->view.app->desk, document, i, out);
    xbuf_append_str(out, STR_LIT("   "));
    width_escape(text, 40, out);
}

void
work_list_passages(struct work *work)
{
    struct app *app = work->view.app;
    struct buf label = {0};

    if (work->layers.count == 0) {
        app_say(app, false, "no hit, scored passage or annotated span here");
        return;
    }
    picker_open(&app->picker, "passages: Enter goes there", picked);
    for (size_t i = 0; i < work->layers.count && i < LISTED_MAX; i++) {
        buf_clear(&label);
        label_passage(work, i, &label);
        picker_add(&app->picker, buf_str(&label), NULL, (int)i, false);
    }
    app->picker.label_cells = LABEL_CELLS;
    buf_release(&label);
}

void
work_remove_span(struct work *work)
{
    struct app *app = work->view.app;
    const struct desk_document *document = document_of(work);
    const struct passage *passage;
    const struct annotation *a;

    if (!document || work->layers.current >= work->layers.count) {
        app_say(app, true, "; and , go to the span first");
        return;
    }
    passage = &work->layers.passages[work->layers.current];
    a = passage->kind == PASSAGE_ANNOTATION
            ? &document->history[passage->number]
            : NULL;
    if (!a || !str_equal(a->reviewer, str_of(desk_reviewer(app->desk)))) {
        app_say(app, true, "that is no annotation of yours");
        return;
    }
    desk_undo_one(app->desk, &a->uuid, false);
}

/* The definition that the segments' scores are of; NULL: none. */
static const struct score_def *
segment_def(struct desk *desk)
{
    for (unsigned i = 0; i < desk_score_count(desk); i++)
        if (desk_score_def(desk, i)->kind == SCORE_SEGMENTS)
            return desk_score_def(desk, i);
    return NULL;
}

static struct text_note
note_of(size_t at, const struct score_def *def, double value)
{
    unsigned band = score_band(def, value);

    return (struct text_note){at, value, (unsigned char)band,
                              band == 2 && !isnan(def->threshold)};
}

static size_t
note_segments(struct work *work, const struct document *document,
              struct text_note *notes)
{
    const struct score_def *def = segment_def(work->view.app->desk);
    size_t count = 0;

    for (size_t i = 0; def && i < document->segment_count; i++) {
        const struct segment *segment = &document->segments[i];

        if (!isnan(segment->score))
            notes[count++] = note_of(segment->text.start, def, segment->score);
    }
    return count;
}

static size_t
note_spans(struct work *work, const struct document *document,
           struct text_note *notes)
{
    struct desk *desk = work->view.app->desk;

    for (size_t i = 0; i < document->span_count; i++) {
        const struct span_score *span = &document->spans[i];

        notes[i] = note_of(span->span.start, desk_score_def(desk, span->score),
                           span->value);
    }
    return document->span_count;
}

void
work_set_margin(struct work *work)
{
    const struct desk_document *document = document_of(work);
    const struct document *inner = document ? document->document : NULL;
    size_t most;

    if (!inner || document->masked || document->scores_hidden ||
        (work->numbers_set && !work->numbers)) {
        work->text.note_count = 0;
        work->notes_serial = 0;
        return;
    }
    if (work->notes_serial == document->serial)
        return;
    work->notes_serial = document->serial;
    most = inner->segment_count + inner->span_count;
    free(work->notes);
    work->notes = xcalloc(most ? most : 1, sizeof(*work->notes));
    work->text.notes = work->notes;
    work->text.note_count = note_segments(work, inner, work->notes);
    if (work->text.note_count == 0 && work->numbers)
        work->text.note_count = note_spans(work, inner, work->notes);
}

void
work_toggle_numbers(struct work *work)
{
    work->numbers =
        !(work->numbers_set ? work->numbers : work->text.note_count > 0);
    work->numbers_set = true;
    work->notes_serial = 0;
    work_set_margin(work);
    if (work->numbers && work->text.note_count == 0)
        app_say(work->view.app, false,
                "no scores of sentences or passages to show");
}

static void
choose_match(struct work *work, int direction)
{
    size_t at = span_chosen(&work->choice, work->text.text).start;
    struct span match;

    if (work_find_from(work, direction > 0 ? at + 1 : at, direction, &match))
        span_start_at(&work->choice, &work->text, match);
}

static void
choose_passage(struct work *work, bool forward)
{
    size_t at = span_chosen(&work->choice, work->text.text).start;
    const struct passage *passage = layers_go(&work->layers, at, forward);

    if (!passage)
        return;
    span_start_at(&work->choice, &work->text, passage->span);
    say_passage(work);
}

bool
work_choose_command(struct work *work, enum command command)
{
    if (!work->choice.active)
        return false;
    if (command == CMD_HOT_NEXT || command == CMD_HOT_PREVIOUS)
        choose_passage(work, command == CMD_HOT_NEXT);
    else if (work->find.pattern.len > 0 &&
             (command == CMD_FIND_NEXT || command == CMD_FIND_PREVIOUS))
        choose_match(work, command == CMD_FIND_NEXT ? 1 : -1);
    else
        return false;
    return true;
}
