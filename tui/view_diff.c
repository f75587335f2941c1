/* A rewrite as a word diff that reads without colour: [-old-]{+new+}. Its
 * brackets are drawn in a style that no document text ever has. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/diff_text.h"
#include "tui/pane_text.h"
#include "tui/view.h"

struct diff_view {
    struct view view;
    struct text_pane pane;
    uint64_t serial; /* of the document it belongs to */
    struct buf old, new_text;
    bool has_span;
    struct span span;
    struct diff_text diff;
    struct buf result; /* without the changes that were taken off */
    bool adds;         /* a new document */
    int64_t proposal;  /* its number; 0: a rewrite of my own */
    struct buf from;   /* who proposed it: the reason of the rewrite */
    bool has_pattern;
    struct area head, text_at;
};

static struct diff_view *
diff_of(struct view *view)
{
    return (struct diff_view *)view;
}

static bool
next_change(struct diff_view *diff, int direction)
{
    size_t at;

    if (!diff_text_next(&diff->diff, diff->pane.cursor, direction, &at))
        return false;
    text_pane_show(&diff->pane, at);
    return true;
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
           str_equal(text, buf_str(&diff->result));
}

static void
accept_addition(struct diff_view *diff)
{
    struct app *app = diff->view.app;

    if (!desk_add(app->desk, buf_str(&diff->result)))
        return;
    desk_memory_put(app->desk, "draft.add", STR_LIT(""));
    app_pop(app);
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
    if (diff->adds) {
        accept_addition(diff);
        return;
    }
    if (is_accepted(diff)) {
        app_pop(app);
        app_say(app, false, "it was accepted before");
        return;
    }
    if (str_equal(buf_str(&diff->result), buf_str(&diff->old))) {
        app_say(app, true, "no change is left: - refuses it");
        return;
    }
    act.text = buf_str(&diff->result);
    if (!act.text.ptr)
        act.text.ptr = "";
    act.reason = buf_str(&diff->from);
    act.proposal = diff->proposal;
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

    if (!diff->adds && is_current(diff) && is_accepted(diff)) {
        app_say(app, false, "it is accepted; u takes it back");
        return;
    }
    if (diff->adds) {
        desk_memory_put(app->desk, "draft.add", STR_LIT(""));
        app_pop(app);
        app_say(app, false, "refused: nothing is added");
        return;
    }
    if (diff->proposal)
        desk_proposal_close(app->desk, diff->proposal, false);
    else if (is_current(diff))
        desk_draft_drop(app->desk);
    app_pop(app);
    app_say(app, false, "refused: the text stays as it was");
}

static void
edit_again(struct diff_view *diff, bool outside)
{
    struct app *app = diff->view.app;
    struct span span = diff->span;
    const struct span *at = diff->has_span ? &span : NULL;
    struct view *edit = NULL;

    if (!is_current(diff)) {
        app_say(app, true, "the document has changed; the draft is kept");
        return;
    }
    if (!outside)
        edit = view_edit_new(app, buf_str(&diff->old), buf_str(&diff->result),
                             at, 0);
    if (edit && diff->adds)
        view_edit_adds(edit);
    if (edit && diff->proposal)
        view_edit_from(edit, diff->proposal, buf_str(&diff->from));
    app_pop(app);
    if (edit)
        app_push(app, edit);
    else
        app_edit(app, at, 0);
}

/* The text with what is on now; a draft of one's own becomes that. */
static void
take_result(struct diff_view *diff)
{
    struct app *app = diff->view.app;
    const struct desk_document *document = desk_document(app->desk);
    struct buf whole = {0};

    buf_clear(&diff->result);
    diff_text_result(&diff->diff, buf_str(&diff->old), buf_str(&diff->new_text),
                     &diff->result);
    if (diff->adds || diff->proposal || !is_current(diff))
        return;
    if (diff->has_span)
        xbuf_append_str(
            &whole, str_slice(document->document->text, 0, diff->span.start));
    xbuf_append_str(&whole, buf_str(&diff->result));
    if (diff->has_span)
        xbuf_append_str(&whole,
                        str_slice(document->document->text, diff->span.end,
                                  document->document->text.len));
    desk_draft(app->desk, buf_str(&whole));
    buf_release(&whole);
}

static void
toggle_change(struct diff_view *diff)
{
    size_t at = diff->pane.cursor;

    if (!diff_text_toggle(&diff->diff, buf_str(&diff->old),
                          buf_str(&diff->new_text), at)) {
        app_say(diff->view.app, false, "no change behind here");
        return;
    }
    text_pane_move(&diff->pane, buf_str(&diff->diff.shown));
    text_pane_show(&diff->pane, at);
    take_result(diff);
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
    case CMD_TOGGLE_CHANGE:
        toggle_change(diff);
        break;
    case CMD_EDIT_AGAIN:
    case CMD_EDIT_OUTSIDE:
        edit_again(diff, command == CMD_EDIT_OUTSIDE);
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
        app_say(view->app, false,
                diff->adds       ? "the draft is kept: :add goes on"
                : diff->proposal ? "it waits: P shows it"
                                 : "the draft is kept: D shows it");
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
    struct text_layer layers[DIFF_LAYERS];
    struct text_look look = {.text = buf_str(&diff->diff.shown),
                             .style = STYLE_DATA,
                             .layers = layers,
                             .layer_count = DIFF_LAYERS};
    unsigned col;

    diff_text_layers(&diff->diff, layers);
    if (document) { /* covered again: covered here too */
        look.covered = document->masked;
        look.cover = document->cover;
    }
    grid_clip(grid, diff->head);
    grid_rule(grid, 0);
    col = grid_printf(grid, 0, 2, STYLE_TITLE, " %s%s ",
                      diff->adds       ? "new document beside"
                      : diff->proposal ? "proposal"
                                       : "rewrite",
                      diff->has_span ? " of a span" : "");
    if (document && document->document)
        col += grid_put_data(grid, 0, col, 30, STYLE_DATA_TITLE,
                             document->document->id);
    if (diff->from.len > 0) {
        col = grid_put(grid, 0, col, STYLE_NORMAL, "  ");
        col += grid_put_data(grid, 0, col, 30, STYLE_DATA_DIM,
                             buf_str(&diff->from));
    }
    grid_printf(
        grid, 0, col, STYLE_NORMAL, "  %zu change%s  %zu -> %zu bytes%s ",
        diff->diff.changes, diff->diff.changes == 1 ? "" : "s", diff->old.len,
        diff->result.len, diff->diff.coarse ? "  too different for words" : "");
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
    buf_release(&diff->result);
    buf_release(&diff->from);
    diff_text_release(&diff->diff);
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
    xbuf_append_str(&diff->result, new_text);
    diff->has_span = span != NULL;
    if (span)
        diff->span = *span;
    text_pane_init(&diff->pane);
    diff_text_make(&diff->diff, buf_str(&diff->old), buf_str(&diff->new_text));
    text_pane_set(&diff->pane, buf_str(&diff->diff.shown));
    return &diff->view;
}

void
view_diff_from(struct view *view, int64_t proposal, struct str from)
{
    struct diff_view *diff = diff_of(view);

    diff->proposal = proposal;
    buf_clear(&diff->from);
    xbuf_append_str(&diff->from, from);
}

struct view *
view_proposal_new(struct app *app, struct str old,
                  const struct proposal *proposal)
{
    struct view *view = view_diff_new(app, old, proposal->text, NULL);
    struct buf from = {0};

    xbuf_append_str(&from, STR_LIT("proposal"));
    if (proposal->model.len > 0) {
        xbuf_append_str(&from, STR_LIT(" of "));
        xbuf_append_str(&from, proposal->model);
    }
    if (proposal->style.len > 0) {
        xbuf_append_str(&from, STR_LIT(": "));
        xbuf_append_str(&from, proposal->style);
    }
    view_diff_from(view, proposal->number, buf_str(&from));
    buf_release(&from);
    return view;
}

void
view_diff_adds(struct view *view)
{
    diff_of(view)->adds = true;
}
