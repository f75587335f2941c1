/* The working view's commands and the answers to its prompts. */
#include "config.h"

#include <stdlib.h>

#include "tui/sentences.h"
#include "tui/work.h"

#define WHEEL_LINES 3

static const struct desk_document *
document_of(struct work *work)
{
    return desk_document(work->view.app->desk);
}

static void
say_no_document(struct work *work)
{
    app_say(work->view.app, true, "no document yet");
}

/* The chosen span if there is one; it must not be empty. */
const struct span *
work_chosen(struct work *work, struct span *span)
{
    if (!work->choice.active)
        return NULL;
    *span = span_chosen(&work->choice, work->text.text);
    return span;
}

static void
next_sentence(struct work *work, int direction)
{
    struct app *app = work->view.app;

    if (!sentences_move(&work->choice, &work->text, app->desk,
                        document_of(work), direction))
        app_say(app, false,
                direction > 0 ? "that was the last sentence"
                              : "this is the first sentence");
}

/* Motions that go on by a whole sentence while each one is judged. */
static bool
command_each(struct work *work, enum command command)
{
    const struct desk_document *document = document_of(work);

    if (!work->choice.each || !document || !document->document)
        return false;
    switch ((int)command) {
    case CMD_DOWN:
    case CMD_RIGHT:
    case CMD_SENTENCE:
    case CMD_SENTENCE_ON:
        next_sentence(work, 1);
        return true;
    case CMD_UP:
    case CMD_LEFT:
    case CMD_SENTENCE_BACK:
        next_sentence(work, -1);
        return true;
    default:
        return false;
    }
}

static void
verdict(struct work *work, const struct verdict_def *def, bool next)
{
    struct app *app = work->view.app;
    struct desk_act act = {.kind = ANNOTATION_VERDICT, .next = next};
    struct span span;

    if (!def) {
        app_say(app, true, "no such verdict here");
        return;
    }
    act.value = str_of(def->value);
    if (!work_chosen(work, &span)) {
        app_act(app, &act);
        return;
    }
    act.has_span = true;
    act.span = span;
    act.next = false;
    if (desk_act(app->desk, &act) && work->choice.each)
        next_sentence(work, 1);
}

static void
simple_act(struct work *work, enum annotation_kind kind, bool next)
{
    struct desk_act act = {.kind = kind, .next = next};

    app_act(work->view.app, &act);
}

static const struct verdict_def *
verdict_for(struct work *work, uint32_t key, const char *name,
            struct str argument)
{
    struct app *app = work->view.app;
    const struct verdict_def *def = NULL;

    if (argument.len > 0)
        return app_verdict_named(app, argument);
    if (key >= 'A' && key <= 'Z')
        key |= 0x20;
    if (key != KEY_IS_NONE)
        def = app_verdict_of_key(app, key);
    return def || !name ? def : app_verdict_named(app, str_of(name));
}

/* name=number */
static void
rate(struct work *work, struct str argument)
{
    size_t equal = str_find(argument, STR_LIT("="), 0);
    struct desk_act act = {.kind = ANNOTATION_RATE};
    char digits[32];
    char *end;

    if (equal == SIZE_MAX || argument.len - equal - 1 >= sizeof(digits) ||
        argument.len == equal + 1) {
        app_say(work->view.app, true, ":rate SCALE=N");
        return;
    }
    memcpy(digits, argument.ptr + equal + 1, argument.len - equal - 1);
    digits[argument.len - equal - 1] = '\0';
    act.value = str_slice(argument, 0, equal);
    act.number = strtod(digits, &end);
    if (*end) {
        app_say(work->view.app, true, ":rate SCALE=N");
        return;
    }
    app_act(work->view.app, &act);
}

static bool
command_act(struct work *work, enum command command, struct str argument,
            uint32_t key)
{
    struct app *app = work->view.app;
    struct span span;

    switch ((int)command) {
    case CMD_GOOD:
    case CMD_GOOD_STAY:
        verdict(work, verdict_for(work, key, "good", argument),
                command == CMD_GOOD);
        return true;
    case CMD_BAD:
    case CMD_BAD_STAY:
        verdict(work, verdict_for(work, key, "bad", argument),
                command == CMD_BAD);
        return true;
    case CMD_VERDICT:
        verdict(work, verdict_for(work, key, NULL, argument), true);
        return true;
    case CMD_SKIP:
    case CMD_SKIP_STAY:
        simple_act(work, ANNOTATION_SKIP, command == CMD_SKIP);
        return true;
    case CMD_ESCALATE:
        app_escalate(app, argument);
        return true;
    case CMD_RESOLVE:
        app_resolve(app, argument);
        return true;
    case CMD_SEND_BACK:
        app_send_back(app, argument);
        return true;
    case CMD_DROP:
        simple_act(work, ANNOTATION_DROP, false);
        return true;
    case CMD_KEEP:
        simple_act(work, ANNOTATION_KEEP, false);
        return true;
    case CMD_RATE:
        rate(work, argument);
        return true;
    case CMD_TAGS:
        app_open_tags(app, work_chosen(work, &span));
        return true;
    case CMD_HISTOGRAM:
        app_open_histogram(app, argument);
        return true;
    case CMD_SCORE:
        app_focus_score(app, argument);
        return true;
    case CMD_TAG:
        app_tag(app, argument, work_chosen(work, &span));
        return true;
    case CMD_REPEAT:
        desk_repeat_last(app->desk);
        return true;
    case CMD_NOTE:
        app_prompt(app, ASK_NOTE, "note ", argument);
        return true;
    case CMD_COPY_ID:
        app_copy_ids(app);
        return true;
    case CMD_COPY_TEXT:
        app_copy_text(app, work_chosen(work, &span));
        return true;
    case CMD_PIPE:
        if (argument.len)
            app_pipe(app, work_chosen(work, &span), argument);
        else
            app_prompt(app, ASK_PIPE, "pipe to ", argument);
        return true;
    default:
        return false;
    }
}

static void
move_row(struct work *work, int64_t rows)
{
    struct desk *desk = work->view.app->desk;
    const struct desk_list *list = desk_list(desk);
    int64_t row = (int64_t)list->current + rows;

    if (list->count == 0)
        return;
    if (row < 0)
        row = 0;
    if (row >= (int64_t)list->count)
        row = (int64_t)list->count - 1;
    if ((uint32_t)row == list->current)
        app_say(work->view.app, false, rows < 0 ? "the first" : "the last");
    else
        desk_go(desk, (uint32_t)row);
}

static void
move_open(struct work *work, int direction)
{
    if (!desk_go_unjudged(work->view.app->desk, direction))
        app_say(work->view.app, false, "no unjudged document %s",
                direction > 0 ? "behind this one" : "before this one");
}

static void
go_to(struct work *work, struct str argument)
{
    const struct desk_list *list = desk_list(work->view.app->desk);
    uint64_t row = 0;

    for (size_t i = 0; i < argument.len && row < UINT32_MAX; i++) {
        if (argument.ptr[i] < '0' || argument.ptr[i] > '9')
            return;
        row = row * 10 + (uint64_t)(argument.ptr[i] - '0');
    }
    if (row > 0)
        move_row(work, (int64_t)row - 1 - (int64_t)list->current);
}

static bool
command_row(struct work *work, enum command command, struct str argument)
{
    switch ((int)command) {
    case CMD_NEXT:
        move_row(work, 1);
        return true;
    case CMD_PREVIOUS:
        move_row(work, -1);
        return true;
    case CMD_NEXT_OPEN:
        move_open(work, 1);
        return true;
    case CMD_PREVIOUS_OPEN:
        move_open(work, -1);
        return true;
    case CMD_GO:
        go_to(work, argument);
        return true;
    default:
        return false;
    }
}

/* Scrolling while the list has the focus. */
static bool
command_list(struct work *work, enum command command)
{
    int64_t page = work->list.rows > 1 ? work->list.rows - 1 : 1;

    switch ((int)command) {
    case CMD_DOWN:
        move_row(work, 1);
        return true;
    case CMD_UP:
        move_row(work, -1);
        return true;
    case CMD_HALF_DOWN:
        move_row(work, (page + 1) / 2);
        return true;
    case CMD_HALF_UP:
        move_row(work, -(page + 1) / 2);
        return true;
    case CMD_PAGE_DOWN:
        move_row(work, page);
        return true;
    case CMD_PAGE_UP:
        move_row(work, -page);
        return true;
    case CMD_TOP:
        move_row(work, -(int64_t)UINT32_MAX);
        return true;
    case CMD_END:
        move_row(work, UINT32_MAX);
        return true;
    case CMD_OPEN:
        work->focus_text = true;
        return true;
    default:
        return false;
    }
}

static bool
command_mark(struct work *work, enum command command)
{
    struct desk *desk = work->view.app->desk;
    const struct desk_list *list = desk_list(desk);
    const struct desk_row *row = desk_row(desk, list->current);

    switch ((int)command) {
    case CMD_MARK:
        if (!row)
            return true;
        desk_mark(desk, list->current, !row->marked);
        work->anchor = list->current;
        if (!work->focus_text && list->current + 1 < list->count)
            move_row(work, 1);
        return true;
    case CMD_MARK_ALL:
        desk_mark_all(desk, list->marked == 0);
        return true;
    case CMD_MARK_RANGE:
        if (work->anchor == UINT32_MAX)
            app_say(work->view.app, true, "m marks the first one, then V");
        else if (work->anchor < list->current)
            desk_mark_range(desk, work->anchor, list->current);
        else
            desk_mark_range(desk, list->current, work->anchor);
        return true;
    case CMD_MARK_PATTERN:
        app_prompt(work->view.app, ASK_PATTERN, "mark what matches ",
                   STR_LIT(""));
        return true;
    default:
        return false;
    }
}

static void
start_span(struct work *work, bool each)
{
    const struct desk_document *document = document_of(work);

    if (!document || !document->document) {
        say_no_document(work);
        return;
    }
    if (document->masked) {
        app_say(work->view.app, true, "%s", desk_covered(document));
        return;
    }
    work->focus_text = true;
    if (each) {
        sentences_start(&work->choice, &work->text, work->view.app->desk,
                        document);
        app_say(work->view.app, false,
                "sentence by sentence: a verdict goes on to the next");
    } else if (work->layers.current < work->layers.count) {
        span_start_at(&work->choice, &work->text,
                      work->layers.passages[work->layers.current].span);
    } else {
        span_start(&work->choice, &work->text, document);
    }
    work->layers.current = SIZE_MAX;
}

/* Covered text is not searched either: matches would tell what is in it. */
static bool
looks_into_text(enum command command)
{
    return command == CMD_FIND || command == CMD_FIND_NEXT ||
           command == CMD_FIND_PREVIOUS || command == CMD_HOT_NEXT ||
           command == CMD_HOT_PREVIOUS || command == CMD_PASSAGES ||
           command == CMD_SPAN_REMOVE;
}

static void
open_page(struct work *work, enum desk_page_kind kind)
{
    const struct desk_document *document = document_of(work);
    struct app *app = work->view.app;

    if (!document || !document->document)
        say_no_document(work);
    else if (document->masked)
        app_say(app, true, "%s", desk_covered(document));
    else if (document->scores_hidden &&
             (kind == PAGE_RECORD || kind == PAGE_EXACT))
        app_say(app, true, "its record may hold scores: judge it first");
    else
        app_push(app, view_page_new(app, kind));
}

static bool
command_page(struct work *work, enum command command, struct str argument)
{
    switch ((int)command) {
    case CMD_METADATA:
        open_page(work, PAGE_METADATA);
        return true;
    case CMD_WHY:
        open_page(work, PAGE_WHY);
        return true;
    case CMD_RECORD:
        open_page(work, str_equal(argument, STR_LIT("exact")) ? PAGE_EXACT
                                                              : PAGE_RECORD);
        return true;
    default:
        return false;
    }
}

static bool
command_view(struct work *work, enum command command)
{
    struct app *app = work->view.app;
    const struct desk_document *document = document_of(work);

    if (document && document->masked && looks_into_text(command)) {
        app_say(app, true, "%s", desk_covered(document));
        return true;
    }
    switch ((int)command) {
    case CMD_PANE:
    case CMD_PANE_BACK:
        work->focus_text = !work->focus_text;
        return true;
    case CMD_ZOOM:
        work->zoom = !work->zoom;
        return true;
    case CMD_ORDER:
        app_open_order(app);
        return true;
    case CMD_SCORE_NEXT:
    case CMD_SCORE_PREVIOUS:
        app_move_score(app, command == CMD_SCORE_NEXT ? 1 : -1);
        return true;
    case CMD_FIND:
        work_find_open(work);
        return true;
    case CMD_FIND_NEXT:
        work_find_step(work, 1);
        return true;
    case CMD_FIND_PREVIOUS:
        work_find_step(work, -1);
        return true;
    case CMD_HOT_NEXT:
        work_go_passage(work, true);
        return true;
    case CMD_HOT_PREVIOUS:
        work_go_passage(work, false);
        return true;
    case CMD_PASSAGES:
        work_list_passages(work);
        return true;
    case CMD_SPAN_REMOVE:
        work_remove_span(work);
        return true;
    case CMD_NUMBERS:
        work_toggle_numbers(work);
        return true;
    case CMD_UNCOVER:
        app_uncover_line(app, work->text_at.rows ? &work->text : NULL);
        return true;
    case CMD_UNCOVER_ALL:
    case CMD_COVER:
        desk_uncover(app->desk, command == CMD_UNCOVER_ALL);
        return true;
    case CMD_SPAN:
    case CMD_SENTENCES:
        start_span(work, command == CMD_SENTENCES);
        return true;
    case CMD_SIMILAR:
        if (desk_ask_similar(app->desk))
            app_push(app, view_similar_new(app));
        return true;
    case CMD_AUDIT:
        if (document && document->document)
            app_push(app, view_audit_new(app));
        else
            say_no_document(work);
        return true;
    case CMD_BACK:
        if (work->zoom)
            work->zoom = false;
        else if (work->focus_text && work->list_at.rows)
            work->focus_text = false;
        else
            app_pop(app);
        return true;
    default:
        return false;
    }
}

void
work_command(struct view *view, enum command command, struct str argument,
             uint32_t key)
{
    struct work *work = work_of(view);
    const struct desk_document *document = document_of(work);

    work_take_document(work);
    if (command != CMD_HOT_NEXT && command != CMD_HOT_PREVIOUS &&
        command != CMD_SPAN_REMOVE && command != CMD_SPAN)
        work->layers.current = SIZE_MAX;
    if (work_choose_command(work, command))
        return;
    if (work->choice.active &&
        (command_each(work, command) ||
         span_command(&work->choice, &work->text, document, command)))
        return;
    if (command_act(work, command, argument, key) ||
        work_rewrite_command(work, command, argument) ||
        command_row(work, command, argument) || command_mark(work, command) ||
        command_page(work, command, argument) || command_view(work, command))
        return;
    if (!work->focus_text && command_list(work, command))
        return;
    text_pane_command(&work->text, command);
}

void
work_answer(struct view *view, enum prompt_kind kind, struct str line)
{
    struct work *work = work_of(view);
    struct desk_act act = {.kind = ANNOTATION_NOTE, .text = line};
    struct span span;

    work_take_document(work);
    switch (kind) {
    case ASK_QUERY:
        desk_query(view->app->desk, line);
        break;
    case ASK_PATTERN:
        desk_mark_query(view->app->desk, line);
        break;
    case ASK_NOTE:
        if (line.len > 0)
            app_act(view->app, &act);
        break;
    case ASK_PIPE:
        app_pipe(view->app, work_chosen(work, &span), line);
        break;
    case ASK_REDACT:
        work_redact_answer(work, line);
        break;
    case ASK_FIND:
        work_find_answer(work, line);
        break;
    case ASK_COMMAND:
    case ASK_REASON:
    case ASK_KINDS:
        break;
    }
}

static bool
is_inside(const struct area *area, const struct mouse *mouse)
{
    return mouse->row >= area->row && mouse->row - area->row < area->rows &&
           mouse->col >= area->col && mouse->col - area->col < area->cols;
}

/* A click chooses the row or the pane; the wheel moves what is below it. */
void
work_mouse(struct view *view, const struct mouse *mouse)
{
    struct work *work = work_of(view);
    int direction = mouse->kind == MOUSE_WHEEL_UP ? -1 : 1;

    work_take_document(work);
    if (work->choice.active)
        return;
    if (is_inside(&work->list_at, mouse)) {
        uint32_t row = mouse->row - work->list_at.row; /* 0: the header */

        work->focus_text = false;
        if (mouse->kind != MOUSE_CLICK)
            move_row(work, direction);
        else if (row > 0 &&
                 work->list.top + row <= desk_list(view->app->desk)->count)
            desk_go(view->app->desk, work->list.top + row - 1);
    } else if (is_inside(&work->text_at, mouse)) {
        work->focus_text = true;
        for (unsigned i = 0; i < WHEEL_LINES && mouse->kind != MOUSE_CLICK; i++)
            text_pane_command(&work->text, direction < 0 ? CMD_UP : CMD_DOWN);
    }
}
