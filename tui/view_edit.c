/* Rewriting in place: the text under a cursor, laid out as the reader lays it
 * out, with the word diff below on demand. What is typed becomes a draft every
 * few seconds. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "stet/fileio.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"
#include "tui/diff_text.h"
#include "tui/motion.h"
#include "tui/pane_text.h"
#include "tui/text_edit.h"
#include "tui/view.h"

#define DRAFT_US (INT64_C(5) * 1000000)
/* Above it the diff would be felt at every key. */
#define LIVE_DIFF_MAX ((size_t)256 << 10)

struct edit_view {
    struct view view;
    struct text_edit *edit;
    struct text_pane pane;
    struct buf old; /* what was there, of the span if there is one */
    bool has_span;
    struct span span;
    bool adds;         /* a new document: the draft is the desk's */
    int64_t proposal;  /* what it began as; 0: none */
    struct buf from;   /* who proposed it */
    uint64_t document; /* serial of the one it belongs to */
    uint64_t drafted;  /* serial of the edit that is stored */
    int64_t drafted_us;
    unsigned column; /* where up and down aim */
    bool keeps_column;

    bool live;
    struct diff_text diff;
    struct text_pane diff_pane;
    uint64_t diffed; /* serial of the edit that it shows */
    unsigned text_rows;
};

static struct edit_view *
edit_of(struct view *view)
{
    return (struct edit_view *)view;
}

static unsigned
where(const struct view *view)
{
    (void)view;
    return IN_EDIT;
}

static bool
is_current(const struct edit_view *edit)
{
    const struct desk_document *document = desk_document(edit->view.app->desk);

    return document && document->document && document->serial == edit->document;
}

/* The whole document as it would be; ptr NULL: it is another one now. */
static struct str
whole(const struct edit_view *edit, struct buf *out)
{
    struct str text = text_edit_text(edit->edit);
    const struct desk_document *document = desk_document(edit->view.app->desk);

    if (!is_current(edit))
        return (struct str){NULL, 0};
    if (!edit->has_span)
        return text.ptr ? text : STR_LIT("");
    xbuf_append_str(out,
                    str_slice(document->document->text, 0, edit->span.start));
    xbuf_append_str(out, text);
    xbuf_append_str(out, str_slice(document->document->text, edit->span.end,
                                   document->document->text.len));
    return buf_str(out);
}

static void
store_draft(struct edit_view *edit)
{
    struct desk *desk = edit->view.app->desk;
    struct buf joined = {0};
    struct str text;

    if (edit->drafted == text_edit_serial(edit->edit))
        return;
    text = edit->adds ? text_edit_text(edit->edit) : whole(edit, &joined);
    if (edit->adds)
        desk_memory_put(desk, "draft.add", text.ptr ? text : STR_LIT(""));
    else if (text.ptr && str_equal(text, desk_document(desk)->document->text))
        desk_draft_drop(desk);
    else if (text.ptr)
        desk_draft(desk, text);
    edit->drafted = text_edit_serial(edit->edit);
    edit->drafted_us = time_monotonic_us();
    buf_release(&joined);
}

static bool
tick(struct view *view)
{
    struct edit_view *edit = edit_of(view);

    if (desk_draft_state(view->app->desk) == DRAFT_FAILED)
        edit->drafted = UINT64_MAX; /* once more */
    if (edit->drafted == text_edit_serial(edit->edit) ||
        time_monotonic_us() - edit->drafted_us < DRAFT_US)
        return false;
    store_draft(edit);
    return true;
}

/* The pane shows what the edit holds, and where. */
static void
show(struct edit_view *edit)
{
    text_pane_move(&edit->pane, text_edit_text(edit->edit));
    text_pane_show(&edit->pane, text_edit_cursor(edit->edit));
}

static void
go(struct edit_view *edit, size_t at)
{
    text_edit_go(edit->edit, at);
    show(edit);
}

/* Rows down or up, towards the column where this began. The pane goes along
 * by a page, so that no row is passed unseen. */
static void
go_rows(struct edit_view *edit, long rows)
{
    struct wrap *wrap = &edit->pane.wrap;
    size_t at = text_edit_cursor(edit->edit);
    struct wrap_row row;

    show(edit);
    row = wrap_at(wrap, at);
    if (!edit->keeps_column)
        edit->column = wrap_column(wrap, &row, at);
    if (rows > 1 || rows < -1)
        edit->pane.top = wrap_move(wrap, edit->pane.top, rows);
    for (; rows > 0 && wrap_next(wrap, &row); rows--)
        continue;
    for (; rows < 0 && wrap_prev(wrap, &row); rows++)
        continue;
    go(edit, wrap_byte(wrap, &row, edit->column));
    edit->keeps_column = true;
}

static void
go_in_row(struct edit_view *edit, bool to_end)
{
    struct wrap_row row;

    show(edit);
    row = wrap_at(&edit->pane.wrap, text_edit_cursor(edit->edit));
    go(edit, to_end ? row.end : row.start);
}

static size_t
line_end(struct str text, size_t at)
{
    size_t end = str_find(text, STR_LIT("\n"), at);

    return end == SIZE_MAX ? text.len : end;
}

static size_t
line_start(struct str text, size_t at)
{
    while (at > 0 && text.ptr[at - 1] != '\n')
        at--;
    return at;
}

static bool
command_move(struct edit_view *edit, enum command command)
{
    struct str text = text_edit_text(edit->edit);
    size_t at = text_edit_cursor(edit->edit);
    long page = edit->pane.rows > 2 ? (long)edit->pane.rows - 1 : 1;

    switch ((int)command) {
    case CMD_DOWN:
        go_rows(edit, 1);
        return true;
    case CMD_UP:
        go_rows(edit, -1);
        return true;
    case CMD_PAGE_DOWN:
        go_rows(edit, page);
        return true;
    case CMD_PAGE_UP:
        go_rows(edit, -page);
        return true;
    case CMD_RIGHT:
        go(edit, motion_right(text, at));
        break;
    case CMD_LEFT:
        go(edit, motion_left(text, at));
        break;
    case CMD_NEXT_WORD:
        go(edit, motion_word_end(text, at));
        break;
    case CMD_PREVIOUS_WORD:
        go(edit, motion_word_start(text, at));
        break;
    case CMD_ROW_START:
    case CMD_ROW_END:
        go_in_row(edit, command == CMD_ROW_END);
        break;
    case CMD_TEXT_START:
        go(edit, 0);
        break;
    case CMD_TEXT_END:
        go(edit, text.len);
        break;
    default:
        return false;
    }
    edit->keeps_column = false;
    return true;
}

static bool
command_change(struct edit_view *edit, enum command command)
{
    struct text_edit *text_edit = edit->edit;
    struct str text = text_edit_text(text_edit);
    size_t at = text_edit_cursor(text_edit);
    size_t end = line_end(text, at);

    switch ((int)command) {
    case CMD_DELETE_BACK:
        text_edit_remove(text_edit, motion_left(text, at), at);
        break;
    case CMD_DELETE:
        text_edit_remove(text_edit, at, motion_right(text, at));
        break;
    case CMD_KILL_LINE: /* at its end: the line feed */
        text_edit_kill(text_edit, at, end > at ? end : end + 1);
        break;
    case CMD_KILL_BACK:
        text_edit_kill(text_edit, line_start(text, at), at);
        break;
    case CMD_KILL_WORD:
        text_edit_kill(text_edit, at, motion_word_end(text, at));
        break;
    case CMD_KILL_WORD_BACK:
        text_edit_kill(text_edit, motion_word_start(text, at), at);
        break;
    case CMD_YANK:
        text_edit_yank(text_edit);
        break;
    case CMD_EDIT_UNDO:
        if (!text_edit_undo(text_edit))
            app_say(edit->view.app, false, "nothing to undo here");
        break;
    case CMD_EDIT_REDO:
        if (!text_edit_redo(text_edit))
            app_say(edit->view.app, false, "nothing to redo here");
        break;
    default:
        return false;
    }
    edit->keeps_column = false;
    show(edit);
    return true;
}

/* On to the word diff, where it is accepted or refused. */
static void
finish(struct edit_view *edit)
{
    struct app *app = edit->view.app;
    struct str text = text_edit_text(edit->edit);
    struct view *diff;

    if (!is_current(edit)) {
        app_say(app, true, "the document has changed: copy what you need");
        return;
    }
    store_draft(edit);
    if (str_equal(text, buf_str(&edit->old))) {
        app_pop(app);
        app_say(app, false, "the text is as it was");
        return;
    }
    diff = view_diff_new(app, buf_str(&edit->old), text,
                         edit->has_span ? &edit->span : NULL);
    if (edit->adds)
        view_diff_adds(diff);
    if (edit->proposal)
        view_diff_from(diff, edit->proposal, buf_str(&edit->from));
    app_pop(app);
    app_push(app, diff);
}

static void
leave(struct edit_view *edit)
{
    struct app *app = edit->view.app;
    bool changed = !str_equal(text_edit_text(edit->edit), buf_str(&edit->old));
    bool adds = edit->adds;

    store_draft(edit);
    app_pop(app);
    if (changed)
        app_say(app, false,
                adds ? "the draft is kept: :add goes on"
                     : "the draft is kept: r goes on, D shows it");
}

static void
command(struct view *view, enum command command, struct str argument,
        uint32_t key)
{
    struct edit_view *edit = edit_of(view);
    struct app *app = view->app;

    (void)key;
    if (command_move(edit, command) || command_change(edit, command))
        return;
    switch ((int)command) {
    case CMD_SAVE:
        finish(edit);
        break;
    case CMD_BACK:
    case CMD_EDIT_LEAVE:
        leave(edit);
        break;
    case CMD_TEMPLATE:
        app_template(app, argument);
        break;
    case CMD_LIVE_DIFF:
        edit->live = !edit->live;
        break;
    default:
        break;
    }
}

/* Characters go into the text; all else is looked up. */
static bool
take_key(struct view *view, uint32_t key)
{
    struct edit_view *edit = edit_of(view);
    char bytes[4];

    if (key == KEY_IS_ENTER)
        key = '\n';
    else if (key == KEY_IS_TAB)
        key = '\t';
    else if (key < 0x20 || key == 0x7F || key > 0x10FFFF)
        return false;
    text_edit_insert(edit->edit, (struct str){bytes, utf8_encode(key, bytes)});
    edit->keeps_column = false;
    show(edit);
    return true;
}

/* Pasted text comes with the line ends of wherever it was copied; what is not
 * UTF-8 in it becomes U+FFFD. */
static bool
take_paste(struct view *view, struct str text)
{
    struct edit_view *edit = edit_of(view);
    struct buf clean = {0};
    struct buf lines = {0};
    struct error err = ERROR_INIT;

    if (!utf8_to_display(text, &clean, &err)) {
        for (size_t i = 0; i < clean.len; i++) {
            if (clean.ptr[i] != '\r')
                xbuf_append(&lines, &clean.ptr[i], 1);
            else if (i + 1 == clean.len || clean.ptr[i + 1] != '\n')
                xbuf_append(&lines, "\n", 1);
        }
        text_edit_insert(edit->edit, buf_str(&lines));
    }
    buf_release(&clean);
    buf_release(&lines);
    edit->keeps_column = false;
    show(edit);
    return true;
}

static void
layout_diff(struct edit_view *edit, unsigned rows, unsigned cols)
{
    size_t size = edit->old.len + text_edit_text(edit->edit).len;
    size_t at;

    if (edit->diffed != text_edit_serial(edit->edit) && size <= LIVE_DIFF_MAX) {
        size_t cursor = edit->diff_pane.cursor;

        diff_text_make(&edit->diff, buf_str(&edit->old),
                       text_edit_text(edit->edit));
        text_pane_move(&edit->diff_pane, buf_str(&edit->diff.shown));
        edit->diffed = text_edit_serial(edit->edit);
        if (diff_text_next(&edit->diff, cursor ? cursor - 1 : 0, 1, &at) ||
            diff_text_next(&edit->diff, cursor + 1, -1, &at))
            text_pane_show(&edit->diff_pane, at);
    }
    text_pane_layout(&edit->diff_pane, rows, cols);
}

static void
layout(struct view *view, unsigned rows, unsigned cols)
{
    struct edit_view *edit = edit_of(view);
    unsigned diff = edit->live && rows >= 9 ? rows / 3 : 0;

    edit->text_rows = rows - 1 - (diff ? diff + 1 : 0);
    text_pane_layout(&edit->pane, edit->text_rows, cols);
    show(edit); /* a smaller pane may have lost the cursor */
    text_pane_layout(&edit->pane, edit->text_rows, cols);
    if (diff)
        layout_diff(edit, diff, cols);
}

static const char *
draft_word(const struct edit_view *edit)
{
    enum draft_state state = desk_draft_state(edit->view.app->desk);

    if (!is_current(edit))
        return "  ANOTHER DOCUMENT ";
    if (str_equal(text_edit_text(edit->edit), buf_str(&edit->old)))
        return " ";
    return state == DRAFT_FAILED ? "  draft NOT KEPT "
           : state == DRAFT_PENDING ||
                   edit->drafted != text_edit_serial(edit->edit)
               ? "  draft ... "
               : "  draft kept ";
}

static void
draw_head(const struct edit_view *edit, struct grid *grid)
{
    const struct desk_document *document = desk_document(edit->view.app->desk);
    unsigned col;

    grid_rule(grid, 0);
    col = grid_printf(grid, 0, 2, STYLE_TITLE, " %s ",
                      edit->adds       ? "new document beside"
                      : edit->has_span ? "rewriting a span of"
                                       : "rewriting");
    if (document && document->document)
        col += grid_put_data(grid, 0, col, 30, STYLE_DATA_TITLE,
                             document->document->id);
    col = grid_printf(grid, 0, col, STYLE_NORMAL, "  %zu -> %zu bytes",
                      edit->old.len, text_edit_text(edit->edit).len);
    grid_put(grid, 0, col, is_current(edit) ? STYLE_NORMAL : STYLE_ERROR,
             draft_word(edit));
}

static void
draw_diff(const struct edit_view *edit, struct grid *grid, struct area area)
{
    struct text_layer layers[DIFF_LAYERS];
    struct text_look look = {.text = buf_str(&edit->diff.shown),
                             .style = STYLE_DATA,
                             .layers = layers,
                             .layer_count = DIFF_LAYERS};

    grid_clip(grid, (struct area){area.row, area.col, 1, area.cols});
    grid_rule(grid, 0);
    if (edit->diffed == text_edit_serial(edit->edit))
        grid_printf(grid, 0, 2, STYLE_NORMAL, " %zu change%s ",
                    edit->diff.changes, edit->diff.changes == 1 ? "" : "s");
    else
        grid_put(grid, 0, 2, STYLE_NORMAL, " too long for a diff at each key ");
    grid_clip(grid,
              (struct area){area.row + 1, area.col, area.rows - 1, area.cols});
    diff_text_layers(&edit->diff, layers);
    text_pane_draw(&edit->diff_pane, grid, &look, false);
}

static void
draw(const struct view *view, struct grid *grid)
{
    const struct edit_view *edit = (const struct edit_view *)view;
    struct area area = grid->clip;
    struct text_look look = {.text = text_edit_text(edit->edit),
                             .style = STYLE_DATA};
    unsigned below = area.rows - 1 - edit->text_rows;

    grid_clip(grid, (struct area){area.row, area.col, 1, area.cols});
    draw_head(edit, grid);
    if (below > 1)
        draw_diff(edit, grid,
                  (struct area){area.row + 1 + edit->text_rows, area.col, below,
                                area.cols});
    grid_clip(grid, (struct area){area.row + 1, area.col, edit->text_rows,
                                  area.cols});
    text_pane_draw(&edit->pane, grid, &look, true);
}

static void
close_view(struct view *view)
{
    struct edit_view *edit = edit_of(view);

    store_draft(edit);
    text_pane_release(&edit->pane);
    text_pane_release(&edit->diff_pane);
    diff_text_release(&edit->diff);
    text_edit_free(edit->edit);
    buf_release(&edit->old);
    buf_release(&edit->from);
    free(edit);
}

struct view *
view_edit_new(struct app *app, struct str old, struct str now,
              const struct span *span, size_t at)
{
    static const struct view_ops ops = {
        .name = "edit",
        .where = where,
        .command = command,
        .layout = layout,
        .draw = draw,
        .close = close_view,
        .key = take_key,
        .paste = take_paste,
        .tick = tick,
    };
    struct edit_view *edit = xcalloc(1, sizeof(*edit));

    edit->view = (struct view){.ops = &ops, .app = app};
    edit->document = desk_document(app->desk)->serial;
    xbuf_append_str(&edit->old, old);
    edit->has_span = span != NULL;
    if (span)
        edit->span = *span;
    edit->edit = text_edit_new(now);
    text_edit_go(edit->edit, at);
    edit->drafted_us = time_monotonic_us();
    edit->diffed = UINT64_MAX;
    text_pane_init(&edit->pane);
    text_pane_init(&edit->diff_pane);
    edit->pane.reveal = true; /* what is edited is seen as it is */
    edit->diff_pane.numbers = false;
    text_pane_set(&edit->pane, text_edit_text(edit->edit));
    return &edit->view;
}

void
view_edit_from(struct view *view, int64_t proposal, struct str from)
{
    struct edit_view *edit = edit_of(view);

    edit->proposal = proposal;
    edit->drafted = UINT64_MAX; /* it is nobody's draft yet */
    buf_clear(&edit->from);
    xbuf_append_str(&edit->from, from);
}

bool
view_is_edit(const struct view *view)
{
    return view->ops->where == where;
}

void
view_edit_insert(struct view *view, struct str text, enum template_at at)
{
    struct edit_view *edit = edit_of(view);
    size_t len = text_edit_text(edit->edit).len;

    if (at == TEMPLATE_REPLACE)
        text_edit_remove(edit->edit, 0, len);
    else if (at != TEMPLATE_CURSOR)
        text_edit_go(edit->edit, at == TEMPLATE_START ? 0 : len);
    text_edit_insert(edit->edit, text);
    show(edit);
}

void
view_edit_adds(struct view *view)
{
    edit_of(view)->adds = true;
}
