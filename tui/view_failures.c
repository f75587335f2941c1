/* The inbox of failures: the list, and the one it stands on: what was asked,
 * what the model said, with the spans that documents have, and these documents.
 */
#include "config.h"

#include <stdlib.h>

#include "stet/failure.h"
#include "stet/xalloc.h"
#include "tui/pane_text.h"
#include "tui/view.h"

struct failures_view {
    struct view view;
    size_t at, top;
    unsigned rows, cols, list_rows;
    struct text_pane pane;
    struct buf text;  /* of an untraced failure */
    struct buf shown; /* id of the failure in the pane */
    uint64_t number;  /* of the trace in it; 0: none */
    bool in_text;     /* the keys scroll the text */
};

static struct failures_view *
failures_of(struct view *view)
{
    return (struct failures_view *)view;
}

static unsigned
where(const struct view *view)
{
    (void)view;
    return IN_FAILURES;
}

static const struct failure *
current(const struct failures_view *v)
{
    const struct desk_failures *all = desk_failures(v->view.app->desk);

    return v->at < all->count ? &all->list[v->at] : NULL;
}

static void
move_by(struct failures_view *v, long rows)
{
    long last = (long)desk_failures(v->view.app->desk)->count - 1;
    long at = (long)v->at + rows;

    v->at = (size_t)(at < 0 || last < 0 ? 0 : at > last ? last : at);
}

static void
go_to_documents(struct app *app)
{
    desk_open_trace(app->desk);
    while (app->depth > 1)
        app_pop(app);
    app_push(app, view_work_new(app));
}

/* Enter: trace it; once it is traced, open its documents. */
static void
open_documents(struct failures_view *v)
{
    struct app *app = v->view.app;
    const struct failure *failure = current(v);
    const struct desk_trace *trace =
        failure ? desk_trace(app->desk, failure->id) : NULL;

    if (!failure || desk_is_tracing(app->desk))
        return;
    if (!trace) {
        desk_ask_trace(app->desk, failure);
    } else if (trace->query.len == 0) {
        app_say(app, true, "no document has a span of it");
    } else {
        go_to_documents(app);
    }
}

/* "STATE NOTE" */
static void
set_status(struct failures_view *v, struct str words)
{
    const struct failure *failure = current(v);
    size_t end = str_find(words, STR_LIT(" "), 0);
    struct str state = str_slice(words, 0, end == SIZE_MAX ? words.len : end);
    struct str note = end == SIZE_MAX
                          ? STR_LIT("")
                          : str_trim(str_slice(words, end, words.len));

    if (!failure)
        return;
    if (words.len == 0)
        app_prompt(v->view.app, ASK_COMMAND, ":", STR_LIT("status "));
    else if (!desk_set_failure(v->view.app->desk, failure->id, state, note))
        app_say(v->view.app, true,
                "open, traced, edited, fixed, still-failing or will-not-fix");
}

/* Brings the span behind the cursor, or before it, on the screen. */
static void
next_span(struct failures_view *v, bool forward)
{
    const struct failure *failure = current(v);
    const struct desk_trace *trace =
        failure ? desk_trace(v->view.app->desk, failure->id) : NULL;
    size_t best = SIZE_MAX;

    if (!trace || trace->span_count == 0) {
        app_say(v->view.app, true, "no spans: Enter traces it");
        return;
    }
    for (size_t i = 0; i < trace->span_count; i++) {
        size_t start = trace->spans[i].start;

        if (forward ? start > v->pane.cursor && best == SIZE_MAX
                    : start < v->pane.cursor)
            best = start;
    }
    if (best == SIZE_MAX)
        best = trace->spans[forward ? 0 : trace->span_count - 1].start;
    text_pane_show(&v->pane, best);
}

static bool
move(struct failures_view *v, enum command command)
{
    long page = v->list_rows > 1 ? (long)v->list_rows - 1 : 1;

    if (v->in_text)
        return text_pane_command(&v->pane, command);
    switch ((int)command) {
    case CMD_DOWN:
        move_by(v, 1);
        return true;
    case CMD_UP:
        move_by(v, -1);
        return true;
    case CMD_HALF_DOWN:
    case CMD_PAGE_DOWN:
        move_by(v, page);
        return true;
    case CMD_HALF_UP:
    case CMD_PAGE_UP:
        move_by(v, -page);
        return true;
    case CMD_TOP:
        move_by(v, -(long)v->at);
        return true;
    case CMD_END:
        move_by(v, (long)desk_failures(v->view.app->desk)->count);
        return true;
    default:
        return false;
    }
}

static void
command(struct view *view, enum command command, struct str argument,
        uint32_t key)
{
    struct failures_view *v = failures_of(view);

    (void)key;
    if (move(v, command))
        return;
    switch ((int)command) {
    case CMD_OPEN:
        open_documents(v);
        break;
    case CMD_STATUS:
        set_status(v, argument);
        break;
    case CMD_FIND_NEXT:
        next_span(v, true);
        break;
    case CMD_FIND_PREVIOUS:
        next_span(v, false);
        break;
    case CMD_PANE:
    case CMD_PANE_BACK:
        v->in_text = !v->in_text;
        break;
    case CMD_BACK:
        app_pop(view->app);
        break;
    default:
        break;
    }
}

/* The pane's text: the trace's when there is one, else what was reported. */
static void
set_text(struct failures_view *v)
{
    const struct failure *failure = current(v);
    const struct desk_trace *trace;

    if (!failure) {
        text_pane_set(&v->pane, STR_LIT(""));
        buf_clear(&v->shown);
        return;
    }
    trace = desk_trace(v->view.app->desk, failure->id);
    if (str_equal(buf_str(&v->shown), failure->id) &&
        v->number == (trace ? trace->number : 0))
        return;
    buf_clear(&v->shown);
    xbuf_append_str(&v->shown, failure->id);
    v->number = trace ? trace->number : 0;
    buf_clear(&v->text);
    if (!trace) {
        desk_failure_text(failure, &v->text);
        text_pane_set(&v->pane, buf_str(&v->text));
    } else {
        text_pane_set(&v->pane, trace->text);
    }
}

static void
layout(struct view *view, unsigned rows, unsigned cols)
{
    struct failures_view *v = failures_of(view);
    const struct desk_failures *all = desk_failures(view->app->desk);

    v->rows = rows;
    v->cols = cols;
    v->list_rows = rows > 8 ? rows / 3 : rows > 2 ? 1 : 0;
    if (v->at >= all->count)
        v->at = all->count ? all->count - 1 : 0;
    if (v->at < v->top)
        v->top = v->at;
    if (v->list_rows && v->at >= v->top + v->list_rows)
        v->top = v->at - v->list_rows + 1;
    set_text(v);
    if (rows > v->list_rows + 2)
        text_pane_layout(&v->pane, rows - v->list_rows - 2, cols);
}

static enum style
state_style(enum failure_state state)
{
    if (state == FAILURE_FIXED)
        return STYLE_GOOD;
    return state == FAILURE_OPEN || state == FAILURE_STILL_FAILING
               ? STYLE_BAD
               : STYLE_NORMAL;
}

static void
draw_row(const struct failures_view *v, struct grid *grid, size_t number)
{
    const struct failure *failure =
        &desk_failures(v->view.app->desk)->list[number];
    unsigned row = (unsigned)(number - v->top) + 1;
    unsigned cols = grid->clip.cols;
    unsigned col = 16;
    struct text_look look = {.text = failure->output, .style = STYLE_DATA};

    grid_put(grid, row, 2, state_style(failure->state),
             failure_state_name(failure->state));
    if (cols > col + 20)
        grid_put_data(grid, row, col, 14, STYLE_DATA_TITLE, failure->id);
    col += 15;
    if (failure->edits + failure->decisions && cols > col + 20)
        grid_printf(grid, row, col, STYLE_NORMAL, "%llu",
                    (unsigned long long)failure->edits + failure->decisions);
    col += 6;
    if (cols > col)
        (void)text_draw_line((struct pen){grid, row, col, cols, STYLE_DATA},
                             &look);
    if (number == v->at) {
        grid_put(grid, row, 0, STYLE_BOLD, ">");
        grid_focus(grid, row, 0, !v->in_text);
    }
}

static void
draw_list(const struct failures_view *v, struct grid *grid)
{
    const struct desk_failures *all = desk_failures(v->view.app->desk);

    grid_clip(grid, (struct area){0, 0, v->list_rows + 1, v->cols});
    grid_rule(grid, 0);
    grid_printf(grid, 0, 2, STYLE_TITLE, " failures  %zu ", all->count);
    if (!all->known)
        grid_put(grid, 1, 2, STYLE_DIM, "loading ...");
    else if (all->count == 0)
        grid_put(grid, 1, 2, STYLE_DIM,
                 "none: stet import failures FILE brings them");
    for (size_t i = v->top; i < all->count && i < v->top + v->list_rows; i++)
        draw_row(v, grid, i);
}

static void
draw_text(const struct failures_view *v, struct grid *grid)
{
    const struct failure *failure = current(v);
    const struct desk_trace *trace =
        failure ? desk_trace(v->view.app->desk, failure->id) : NULL;
    struct text_layer layer = {.style = STYLE_DATA_HIT};
    struct text_look look = {.text = v->pane.text, .style = STYLE_DATA};
    unsigned top = v->list_rows + 1;
    unsigned col;

    grid_clip(grid, (struct area){top, 0, v->rows - top, v->cols});
    grid_rule(grid, 0);
    if (!failure)
        return;
    grid_put(grid, 0, 2, STYLE_NORMAL, " ");
    col = 3 + grid_put_data(grid, 0, 3, 30, STYLE_DATA_TITLE, failure->id);
    col = grid_printf(grid, 0, col, STYLE_NORMAL, "  round ");
    col += grid_put_data(grid, 0, col, 20, STYLE_DATA, failure->round);
    col = grid_printf(grid, 0, col, STYLE_NORMAL, "  %u in all ",
                      failure->rounds);
    if (trace)
        grid_printf(grid, 0, col, STYLE_BOLD, " %zu span%s ", trace->span_count,
                    trace->span_count == 1 ? "" : "s");
    else if (desk_is_tracing(v->view.app->desk))
        grid_put(grid, 0, col, STYLE_DIM, " tracing, ^C stops ");
    if (v->rows <= top + 1)
        return;
    grid_clip(grid, (struct area){top + 1, 0, v->rows - top - 1, v->cols});
    if (trace) {
        layer.spans = trace->spans;
        layer.count = trace->span_count;
        look.layers = &layer;
        look.layer_count = 1;
    }
    text_pane_draw(&v->pane, grid, &look, v->in_text);
}

static void
draw(const struct view *view, struct grid *grid)
{
    const struct failures_view *v = (const struct failures_view *)view;

    draw_list(v, grid);
    if (v->rows > v->list_rows + 1)
        draw_text(v, grid);
}

static void
close_view(struct view *view)
{
    struct failures_view *v = failures_of(view);

    text_pane_release(&v->pane);
    buf_release(&v->text);
    buf_release(&v->shown);
    free(view);
}

struct view *
view_failures_new(struct app *app)
{
    static const struct view_ops ops = {
        .name = "failures",
        .where = where,
        .command = command,
        .layout = layout,
        .draw = draw,
        .close = close_view,
    };
    struct failures_view *v = xcalloc(1, sizeof(*v));
    struct str id = desk_failure(app->desk);
    const struct desk_failures *all = desk_failures(app->desk);

    v->view = (struct view){&ops, app};
    text_pane_init(&v->pane);
    for (size_t i = 0; id.len && i < all->count; i++)
        if (str_equal(all->list[i].id, id))
            v->at = i;
    desk_ask_failures(app->desk);
    return &v->view;
}
