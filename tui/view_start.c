/* The start view: my queues with what is left, and what else waits for me. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/pace.h"
#include "tui/view.h"

#define FIRST_ROW 3u /* of the screen */

struct start {
    struct view view;
    size_t at, top; /* row; queues first, then the fixed ones */
    unsigned rows;
    size_t resume; /* rows before the queues when it was drawn last */
};

/* Queries of what waits; the count is of struct desk_start. */
enum wait_kind {
    WAIT_ALL,
    WAIT_SENT_BACK,
    WAIT_DRAFTS,
    WAIT_PROPOSALS,
    WAIT_CHANGED,
    WAIT_ESCALATED,
    WAIT_FAILURES,
    WAIT_TODAY,
    WAIT_KINDS
};
static const struct {
    const char *label, *query;
} waits[WAIT_KINDS] = {
    {"all documents", ""},
    {"sent back to me", "is:sent-back by:me"},
    {"drafts of rewrites", "is:draft"},
    {"proposals of rewrites", "has:proposal"},
    {"text changed since I judged it", "changed:yes"},
    {"escalated by me", "is:escalated by:me"}, /* for leads: all of it */
    {"failures of a model", ""},               /* the inbox opens */
    {"judged by me today", "judged:today by:me"},
};

static const char *
wait_label(const struct app *app, enum wait_kind kind)
{
    return kind == WAIT_ESCALATED && desk_may_adjudicate(app->desk)
               ? "escalated to a lead"
               : waits[kind].label;
}

static const char *
wait_query(const struct app *app, enum wait_kind kind)
{
    return kind == WAIT_ESCALATED && desk_may_adjudicate(app->desk)
               ? "is:escalated"
               : waits[kind].query;
}

static struct start *
start_of(struct view *view)
{
    return (struct start *)view;
}

static size_t
queue_count(const struct view *view)
{
    const struct desk_start *state = desk_start(view->app->desk);

    return state ? state->queue_count : 0;
}

static uint64_t
wait_count(const struct app *app, enum wait_kind kind)
{
    const struct desk_start *state = desk_start(app->desk);

    if (kind == WAIT_ALL)
        return desk_facts(app->desk)->documents;
    if (!state)
        return 0;
    switch (kind) {
    case WAIT_SENT_BACK:
        return state->mine.sent_back;
    case WAIT_DRAFTS:
        return state->mine.drafts;
    case WAIT_PROPOSALS:
        return state->proposals;
    case WAIT_CHANGED:
        return state->changed;
    case WAIT_ESCALATED:
        return desk_may_adjudicate(app->desk) ? state->escalated
                                              : state->mine.escalated;
    case WAIT_FAILURES:
        return state->failures;
    case WAIT_TODAY:
        return state->mine.today;
    case WAIT_ALL:
    case WAIT_KINDS:
        break;
    }
    return 0;
}

static unsigned
where(const struct view *view)
{
    (void)view;
    return IN_START;
}

/* One row before the queues: where the last session ended. */
static size_t
resume_count(const struct view *view)
{
    struct desk_session session;

    return desk_session(view->app->desk, &session) ? 1 : 0;
}

static void
open_row(struct start *start)
{
    struct app *app = start->view.app;
    const struct desk_start *state = desk_start(app->desk);
    size_t queues = queue_count(&start->view);
    size_t resume = resume_count(&start->view);
    size_t at = start->at - resume;

    if (start->at == resume + queues + WAIT_FAILURES) {
        app_push(app, view_failures_new(app));
        return;
    }
    if (start->at < resume)
        desk_session_resume(app->desk);
    else if (state && at < queues)
        desk_open_queue(app->desk, state->queues[at].name);
    else
        desk_query(app->desk,
                   str_of(wait_query(app, (enum wait_kind)(at - queues))));
    app_push(app, view_work_new(app));
}

static size_t
row_count(const struct view *view)
{
    return resume_count(view) + queue_count(view) + WAIT_KINDS;
}

static void
move_by(struct start *start, long rows)
{
    long last = (long)row_count(&start->view) - 1;
    long at = (long)start->at + rows;

    start->at = (size_t)(at < 0 ? 0 : at > last ? last : at);
}

static void
command(struct view *view, enum command command, struct str argument,
        uint32_t key)
{
    struct start *start = start_of(view);
    long page = start->rows > 2 ? (long)start->rows - 2 : 1;

    (void)argument;
    (void)key;
    switch ((int)command) {
    case CMD_OPEN:
        open_row(start);
        break;
    case CMD_DOWN:
        move_by(start, 1);
        break;
    case CMD_UP:
        move_by(start, -1);
        break;
    case CMD_PAGE_DOWN:
    case CMD_HALF_DOWN:
        move_by(start, page);
        break;
    case CMD_PAGE_UP:
    case CMD_HALF_UP:
        move_by(start, -page);
        break;
    case CMD_TOP:
        move_by(start, -100000);
        break;
    case CMD_END:
        move_by(start, 100000);
        break;
    default:
        break;
    }
}

static void
answer(struct view *view, enum prompt_kind kind, struct str line)
{
    if (kind != ASK_QUERY)
        return;
    desk_query(view->app->desk, line);
    app_push(view->app, view_work_new(view->app));
}

/* A click chooses, a second one on the same row opens. */
static void
mouse(struct view *view, const struct mouse *mouse)
{
    struct start *start = start_of(view);
    size_t at = start->top + mouse->row - FIRST_ROW;

    if (mouse->kind != MOUSE_CLICK)
        move_by(start, mouse->kind == MOUSE_WHEEL_UP ? -1 : 1);
    else if (mouse->row < FIRST_ROW || at >= row_count(view))
        return;
    else if (at == start->at)
        open_row(start);
    else
        start->at = at;
}

static void
layout(struct view *view, unsigned rows, unsigned cols)
{
    struct start *start = start_of(view);

    (void)cols;
    /* the row goes when a list was opened: the choice stays on its own */
    if (resume_count(view) < start->resume && start->at > 0)
        start->at--;
    start->resume = resume_count(view);
    start->rows = rows > 3 ? rows - 3 : 1;
    move_by(start, 0);
    if (start->at < start->top)
        start->top = start->at;
    if (start->at >= start->top + start->rows)
        start->top = start->at - start->rows + 1;
}

static void
draw_queue(const struct queue_info *queue, struct grid *grid, unsigned row)
{
    char left[BAR_COUNT];
    char total[BAR_COUNT];
    unsigned col;

    bar_count(queue->left, left);
    bar_count(queue->total, total);
    grid_put_data(grid, row, 3, 30, STYLE_DATA_TITLE, queue->name);
    col = grid_printf(grid, row, 35, STYLE_NORMAL, "%s left of %s%s ", left,
                      total, queue->blind ? "  blind" : "");
    if (queue->avoided) {
        bar_count(queue->avoided, left);
        col =
            grid_printf(grid, row, col + 1, STYLE_NORMAL, "%s avoided ", left);
    }
    grid_put_data(grid, row, col + 1, grid->clip.cols, STYLE_DATA_DIM,
                  queue->query);
}

static void
draw_wait(const struct app *app, enum wait_kind kind, struct grid *grid,
          unsigned row)
{
    uint64_t count = wait_count(app, kind);
    char text[BAR_COUNT];

    bar_count(count, text);
    grid_put(grid, row, 3, count ? STYLE_NORMAL : STYLE_DIM,
             wait_label(app, kind));
    grid_put(grid, row, 35, count ? STYLE_NORMAL : STYLE_DIM, text);
}

static void
draw_resume(const struct view *view, struct grid *grid, unsigned row)
{
    struct desk_session session;
    char place[BAR_COUNT];
    unsigned col;

    if (!desk_session(view->app->desk, &session))
        return;
    bar_count((uint64_t)session.row + 1, place);
    grid_put(grid, row, 3, STYLE_NORMAL, "where I was");
    col = grid_printf(grid, row, 35, STYLE_NORMAL, "row %s", place);
    if (session.marked)
        col = grid_printf(grid, row, col, STYLE_NORMAL, ", %u marked",
                          (unsigned)session.marked);
    col = grid_put(grid, row, col, STYLE_DIM,
                   session.is_queue ? "  queue " : "  ");
    grid_put_data(grid, row, col, grid->clip.cols, STYLE_DATA_DIM,
                  session.name.len ? session.name : STR_LIT("(all documents)"));
}

static void
draw_row(const struct view *view, struct grid *grid, size_t at, unsigned row)
{
    const struct desk_start *state = desk_start(view->app->desk);
    size_t resume = resume_count(view);
    size_t queues = queue_count(view);

    if (at < resume)
        draw_resume(view, grid, row);
    else if (state && at - resume < queues)
        draw_queue(&state->queues[at - resume], grid, row);
    else
        draw_wait(view->app, (enum wait_kind)(at - resume - queues), grid, row);
}

static void
draw_pace(const struct app *app, struct grid *grid)
{
    const struct pace *pace = desk_pace(app->desk);
    unsigned minutes = (unsigned)(pace->desk_us / 60000000);
    struct buf text = {0};

    xbuf_printf(&text, "mine alone, today: ");
    if (minutes >= 60)
        xbuf_printf(&text, "%u h ", minutes / 60);
    xbuf_printf(&text, "%u min here", minutes % 60);
    if (desk_meets_covered(app->desk))
        xbuf_printf(&text, "; covered texts: %u uncovered, %u judged",
                    (unsigned)pace->uncovered, (unsigned)pace->judged);
    grid_put(grid, 2, 1, STYLE_DIM, xbuf_cstr(&text));
    buf_release(&text);
}

static void
draw(const struct view *view, struct grid *grid)
{
    const struct start *start = (const struct start *)view;
    struct desk *desk = view->app->desk;
    const struct desk_start *state = desk_start(desk);
    const struct desk_facts *facts = desk_facts(desk);
    size_t total = row_count(view);
    char count[BAR_COUNT];
    unsigned col;

    col = grid_put(grid, 0, 1, STYLE_TITLE, "stet  ");
    if (facts->corpus)
        col += grid_put_data(grid, 0, col, 40, STYLE_DATA_TITLE,
                             str_of(facts->corpus));
    bar_count(facts->documents, count);
    grid_printf(grid, 0, col, STYLE_DIM, "  %s documents%s", count,
                facts->index_is_newer ? "  index is newer: :reload" : "");
    grid_printf(grid, 1, 1, STYLE_DIM, "reviewer %.60s", desk_reviewer(desk));
    if (!state)
        grid_put(grid, 2, 1, STYLE_DIM, "loading ...");
    else
        draw_pace(view->app, grid);
    for (unsigned i = 0; i < start->rows && start->top + i < total; i++) {
        size_t at = start->top + i;

        if (at == start->at)
            grid_put(grid, FIRST_ROW + i, 1, STYLE_BOLD, ">");
        draw_row(view, grid, at, FIRST_ROW + i);
        if (at == start->at)
            grid_focus(grid, FIRST_ROW + i, 1, true);
    }
}

static void
close_view(struct view *view)
{
    free(view);
}

struct view *
view_start_new(struct app *app)
{
    static const struct view_ops ops = {
        .name = "start",
        .where = where,
        .command = command,
        .answer = answer,
        .layout = layout,
        .draw = draw,
        .close = close_view,
        .mouse = mouse,
    };
    struct start *start = xcalloc(1, sizeof(*start));

    start->view = (struct view){&ops, app};
    return &start->view;
}
