/* A rewrite as a word diff that reads without colour: [-old-]{+new+}. Its
 * brackets are drawn in a style that no document text ever has. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/pane_text.h"
#include "tui/view.h"
#include "tui/worddiff.h"

#define FOLD_LINES 8 /* equal lines in a row from which they are folded */
#define FOLD_KEEP ((size_t)2) /* lines kept around changes */

struct spans {
    struct span *at;
    size_t count;
};

struct diff_view {
    struct view view;
    struct text_pane pane;
    uint64_t serial; /* of the document it belongs to */
    struct buf old, new_text;
    bool has_span;
    struct span span;
    struct buf shown; /* the diff as a text */
    struct spans marks, removed, added;
    size_t changes;
    bool coarse, has_pattern;
    struct area head, text_at;
};

static struct diff_view *
diff_of(struct view *view)
{
    return (struct diff_view *)view;
}

static void
add_span(struct spans *spans, size_t start, size_t end)
{
    if ((spans->count & (spans->count - 1)) == 0)
        spans->at = xreallocarray(
            spans->at, spans->count ? spans->count * 2 : 1, sizeof(*spans->at));
    spans->at[spans->count++] = (struct span){start, end};
}

static void
put_mark(struct diff_view *diff, const char *mark)
{
    size_t start = diff->shown.len;

    xbuf_append_str(&diff->shown, str_of(mark));
    add_span(&diff->marks, start, diff->shown.len);
}

/* Behind the first `lines` lines of text, or its end. */
static size_t
after_lines(struct str text, size_t lines)
{
    size_t at = 0;

    for (; lines > 0 && at < text.len; lines--) {
        size_t end = str_find(text, STR_LIT("\n"), at);

        at = end == SIZE_MAX ? text.len : end + 1;
    }
    return at;
}

static void
put_equal(struct diff_view *diff, struct str text)
{
    size_t lines = 0;
    size_t start;
    size_t end;
    char words[64];

    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    if (lines < FOLD_LINES) {
        xbuf_append_str(&diff->shown, text);
        return;
    }
    start = after_lines(text, FOLD_KEEP);
    end = after_lines(text, lines - FOLD_KEEP);
    xbuf_append_str(&diff->shown, str_slice(text, 0, start));
    (void)snprintf(words, sizeof(words), "~ %zu lines equal ~\n",
                   lines - 2 * FOLD_KEEP);
    put_mark(diff, words);
    xbuf_append_str(&diff->shown, str_slice(text, end, text.len));
}

static void
put_change(struct diff_view *diff, const struct diff_part *part)
{
    bool added = part->kind == DIFF_ADDED;
    size_t start;

    put_mark(diff, added ? "{+" : "[-");
    start = diff->shown.len;
    xbuf_append_str(&diff->shown, part->text);
    add_span(added ? &diff->added : &diff->removed, start, diff->shown.len);
    put_mark(diff, added ? "+}" : "-]");
}

static void
build(struct diff_view *diff)
{
    struct worddiff words;

    worddiff_make(&words, buf_str(&diff->old), buf_str(&diff->new_text));
    for (size_t i = 0; i < words.count; i++) {
        if (words.parts[i].kind == DIFF_EQUAL)
            put_equal(diff, words.parts[i].text);
        else
            put_change(diff, &words.parts[i]);
        if (words.parts[i].kind != DIFF_EQUAL &&
            (i == 0 || words.parts[i - 1].kind == DIFF_EQUAL))
            diff->changes++;
    }
    diff->coarse = words.coarse;
    worddiff_release(&words);
    text_pane_set(&diff->pane, buf_str(&diff->shown));
}

/* The next change; the fold marks are none. */
static bool
next_change(struct diff_view *diff, int direction)
{
    size_t at = diff->pane.cursor;
    size_t found = SIZE_MAX;

    for (size_t i = 0; i < diff->marks.count; i++) {
        size_t start = diff->marks.at[i].start;
        char first = diff->shown.ptr[start];

        if (first != '[' && first != '{')
            continue;
        if (direction > 0 && start > at && found == SIZE_MAX)
            found = start;
        if (direction < 0 && start < at)
            found = start;
    }
    if (found != SIZE_MAX)
        text_pane_show(&diff->pane, found);
    return found != SIZE_MAX;
}

static unsigned
where(const struct view *view)
{
    (void)view;
    return IN_DIFF;
}

static bool
is_current(const struct diff_view *diff)
{
    const struct desk_document *document = desk_document(diff->view.app->desk);

    return document && document->serial == diff->serial;
}

/* Whether this very rewrite stands already. */
static bool
is_accepted(const struct diff_view *diff)
{
    struct app *app = diff->view.app;
    bool accepted;
    struct str text = app_rewrite_of(app, desk_document(app->desk), &accepted);

    return accepted && !diff->has_span &&
           str_equal(text, buf_str(&diff->new_text));
}

static void
accept(struct diff_view *diff)
{
    struct app *app = diff->view.app;
    struct desk_act act = {.kind = ANNOTATION_REWRITE};

    if (!is_current(diff)) {
        app_say(app, true, "the document has changed; the draft is kept");
        return;
    }
    if (is_accepted(diff)) {
        app_pop(app);
        app_say(app, false, "it was accepted before");
        return;
    }
    act.text = buf_str(&diff->new_text);
    if (!act.text.ptr)
        act.text.ptr = "";
    act.has_span = diff->has_span;
    act.span = diff->span;
    if (!desk_act(app->desk, &act))
        return;
    desk_draft_drop(app->desk);
    app_pop(app);
}

static void
refuse(struct diff_view *diff)
{
    struct app *app = diff->view.app;

    if (is_current(diff) && is_accepted(diff)) {
        app_say(app, false, "it is accepted; u takes it back");
        return;
    }
    if (is_current(diff))
        desk_draft_drop(app->desk);
    app_pop(app);
    app_say(app, false, "refused: the text stays as it was");
}

static void
edit_again(struct diff_view *diff)
{
    struct app *app = diff->view.app;
    struct span span = diff->span;
    bool has_span = diff->has_span, current = is_current(diff);

    app_pop(app);
    if (current)
        app_edit(app, has_span ? &span : NULL, has_span ? span.start : 0);
}

static void
command(struct view *view, enum command command, struct str argument,
        uint32_t key)
{
    struct diff_view *diff = diff_of(view);
    int direction = command == CMD_FIND_PREVIOUS ? -1 : 1;

    (void)argument;
    (void)key;
    switch ((int)command) {
    case CMD_ACCEPT:
        accept(diff);
        break;
    case CMD_REFUSE:
        refuse(diff);
        break;
    case CMD_EDIT_AGAIN:
        edit_again(diff);
        break;
    case CMD_FIND:
        app_prompt(view->app, ASK_FIND, "/", STR_LIT(""));
        break;
    case CMD_FIND_NEXT:
    case CMD_FIND_PREVIOUS:
        if (diff->has_pattern ? !text_pane_find_next(&diff->pane, direction)
                              : !next_change(diff, direction))
            app_say(view->app, false, "no more");
        break;
    case CMD_BACK:
        app_say(view->app, false, "the draft is kept: D shows it");
        app_pop(view->app);
        break;
    default:
        text_pane_command(&diff->pane, command);
    }
}

static void
answer(struct view *view, enum prompt_kind kind, struct str line)
{
    struct diff_view *diff = diff_of(view);
    struct error err = ERROR_INIT;

    if (kind != ASK_FIND)
        return;
    if (text_pane_find(&diff->pane, line, &err)) {
        app_say(view->app, true, "%s", err.message);
        return;
    }
    diff->has_pattern = line.len > 0;
    if (diff->has_pattern && !text_pane_find_next(&diff->pane, 1))
        app_say(view->app, true, "not found");
}

static void
layout(struct view *view, unsigned rows, unsigned cols)
{
    struct diff_view *diff = diff_of(view);

    diff->head = (struct area){0, 0, 1, cols};
    diff->text_at = (struct area){1, 0, rows - 1, cols};
    text_pane_layout(&diff->pane, rows - 1, cols);
}

static void
draw(const struct view *view, struct grid *grid)
{
    const struct diff_view *diff = (const struct diff_view *)view;
    const struct desk_document *document = desk_document(view->app->desk);
    struct text_layer layers[3] = {
        {diff->removed.at, diff->removed.count, STYLE_DATA_REMOVED, NULL},
        {diff->added.at, diff->added.count, STYLE_DATA_ADDED, NULL},
        {diff->marks.at, diff->marks.count, STYLE_DIFF, NULL}};
    struct text_look look = {.text = buf_str(&diff->shown),
                             .style = STYLE_DATA,
                             .layers = layers,
                             .layer_count = 3};
    unsigned col;

    if (document) { /* covered again: covered here too */
        look.covered = document->masked;
        look.cover = document->cover;
    }
    grid_clip(grid, diff->head);
    grid_rule(grid, 0);
    col = grid_printf(grid, 0, 2, STYLE_TITLE, " rewrite%s ",
                      diff->has_span ? " of a span" : "");
    if (document && document->document)
        col += grid_put_data(grid, 0, col, 30, STYLE_DATA_TITLE,
                             document->document->id);
    grid_printf(
        grid, 0, col, STYLE_NORMAL, "  %zu change%s  %zu -> %zu bytes%s ",
        diff->changes, diff->changes == 1 ? "" : "s", diff->old.len,
        diff->new_text.len, diff->coarse ? "  too different for words" : "");
    grid_clip(grid, diff->text_at);
    text_pane_draw(&diff->pane, grid, &look, true);
}

static void
close_view(struct view *view)
{
    struct diff_view *diff = diff_of(view);

    text_pane_release(&diff->pane);
    buf_release(&diff->old);
    buf_release(&diff->new_text);
    buf_release(&diff->shown);
    free(diff->marks.at);
    free(diff->removed.at);
    free(diff->added.at);
    free(diff);
}

struct view *
view_diff_new(struct app *app, struct str old, struct str new_text,
              const struct span *span)
{
    static const struct view_ops ops = {
        .name = "rewrite",
        .where = where,
        .command = command,
        .answer = answer,
        .layout = layout,
        .draw = draw,
        .close = close_view,
    };
    struct diff_view *diff = xcalloc(1, sizeof(*diff));
    const struct desk_document *document = desk_document(app->desk);

    diff->view = (struct view){&ops, app};
    diff->serial = document ? document->serial : 0;
    xbuf_append_str(&diff->old, old);
    xbuf_append_str(&diff->new_text, new_text);
    diff->has_span = span != NULL;
    if (span)
        diff->span = *span;
    text_pane_init(&diff->pane);
    build(diff);
    return &diff->view;
}
