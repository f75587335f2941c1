/* The log: my decisions, newest first; any of them can be taken back alone, or
 * brought back. */
#include "config.h"

#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/view.h"

#define LOG_STEP 500

struct log_view {
    struct view view;
    size_t at, top, rows;
    size_t limit;
    struct buf filter;
};

static struct log_view *
log_of(struct view *view)
{
    return (struct log_view *)view;
}

static void
ask(struct log_view *log)
{
    desk_ask_log(log->view.app->desk, buf_str(&log->filter), log->limit);
}

static unsigned
where(const struct view *view)
{
    (void)view;
    return IN_LOG;
}

static size_t
line_count(const struct log_view *log)
{
    const struct desk_log *lines = desk_log(log->view.app->desk);

    return lines ? lines->count : 0;
}

static void
move_by(struct log_view *log, long rows)
{
    const struct desk_log *lines = desk_log(log->view.app->desk);
    long last = (long)line_count(log) - 1;
    long at = (long)log->at + rows;

    if (at >= last && lines && lines->more) {
        log->limit += LOG_STEP;
        ask(log);
    }
    log->at = (size_t)(at < 0 || last < 0 ? 0 : at > last ? last : at);
}

static void
take_back(struct log_view *log)
{
    const struct desk_log *lines = desk_log(log->view.app->desk);

    if (!lines || log->at >= lines->count)
        return;
    desk_undo_one(log->view.app->desk, &lines->lines[log->at].uuid,
                  lines->lines[log->at].undone);
}

static void
command(struct view *view, enum command command, struct str argument,
        uint32_t key)
{
    struct log_view *log = log_of(view);
    long page = log->rows > 1 ? (long)log->rows - 1 : 1;

    (void)argument;
    (void)key;
    switch ((int)command) {
    case CMD_TAKE_BACK:
        take_back(log);
        break;
    case CMD_DOWN:
        move_by(log, 1);
        break;
    case CMD_UP:
        move_by(log, -1);
        break;
    case CMD_HALF_DOWN:
        move_by(log, (page + 1) / 2);
        break;
    case CMD_HALF_UP:
        move_by(log, -(page + 1) / 2);
        break;
    case CMD_PAGE_DOWN:
        move_by(log, page);
        break;
    case CMD_PAGE_UP:
        move_by(log, -page);
        break;
    case CMD_TOP:
        move_by(log, -(long)log->at);
        break;
    case CMD_END:
        move_by(log, (long)line_count(log));
        break;
    case CMD_FIND:
        app_prompt(view->app, ASK_FIND, "only lines with ",
                   buf_str(&log->filter));
        break;
    case CMD_BACK:
        app_pop(view->app);
        break;
    default:
        break;
    }
}

static void
answer(struct view *view, enum prompt_kind kind, struct str line)
{
    struct log_view *log = log_of(view);

    if (kind != ASK_FIND)
        return;
    buf_clear(&log->filter);
    xbuf_append_str(&log->filter, line);
    log->at = log->top = 0;
    log->limit = LOG_STEP;
    ask(log);
}

static void
layout(struct view *view, unsigned rows, unsigned cols)
{
    struct log_view *log = log_of(view);
    const struct desk_log *lines = desk_log(view->app->desk);
    size_t count = line_count(log);

    (void)cols;
    if (lines && lines->old)
        ask(log);
    log->rows = rows > 1 ? rows - 1 : 1;
    if (log->at >= count)
        log->at = count ? count - 1 : 0;
    if (log->at < log->top)
        log->top = log->at;
    if (log->at >= log->top + log->rows)
        log->top = log->at - log->rows + 1;
}

static void
draw_line(const struct desk_log_line *line, struct grid *grid, unsigned row)
{
    char when[BAR_AGE];
    enum style style = line->undone ? STYLE_DATA_DIM : STYLE_DATA;
    unsigned cols = grid->clip.cols;
    unsigned col;

    bar_age(line->at_us, when);
    grid_put(grid, row, 2, STYLE_DIM, when);
    col = 15;
    if (line->undone)
        col = grid_put(grid, row, col, STYLE_WARN, "undone ");
    if (line->items)
        col = grid_printf(grid, row, col, STYLE_BOLD, "%zu documents ",
                          line->items);
    else if (cols > col + 24)
        col +=
            grid_put_data(grid, row, col, 24, STYLE_DATA_TITLE, line->id) + 1;
    grid_put_data(grid, row, col, cols > col ? cols - col : 0, style,
                  line->what);
}

static void
draw(const struct view *view, struct grid *grid)
{
    const struct log_view *log = (const struct log_view *)view;
    const struct desk_log *lines = desk_log(view->app->desk);
    char count[BAR_COUNT];
    unsigned col;

    grid_rule(grid, 0);
    col = grid_put(grid, 0, 2, STYLE_TITLE, " log of my decisions ");
    if (!lines) {
        grid_put(grid, 1, 2, STYLE_DIM, "loading ...");
        return;
    }
    bar_count(lines->count, count);
    col = grid_printf(grid, 0, col, STYLE_NORMAL, " %s%s ", count,
                      lines->more ? "+" : "");
    if (log->filter.len > 0) {
        col = grid_put(grid, 0, col, STYLE_NORMAL, " with ");
        grid_put_data(grid, 0, col, 30, STYLE_DATA_TITLE,
                      buf_str(&log->filter));
    }
    if (lines->count == 0)
        grid_put(grid, 1, 2, STYLE_DIM, "none");
    for (size_t i = 0; i < log->rows && log->top + i < lines->count; i++) {
        unsigned row = (unsigned)i + 1;
        size_t at = log->top + i;

        draw_line(&lines->lines[at], grid, row);
        if (at == log->at) {
            grid_put(grid, row, 0, STYLE_BOLD, ">");
            grid_focus(grid, row, 0, true);
        }
    }
}

static void
close_view(struct view *view)
{
    buf_release(&log_of(view)->filter);
    free(view);
}

struct view *
view_log_new(struct app *app, struct str filter)
{
    static const struct view_ops ops = {
        .name = "log",
        .where = where,
        .command = command,
        .answer = answer,
        .layout = layout,
        .draw = draw,
        .close = close_view,
    };
    struct log_view *log = xcalloc(1, sizeof(*log));

    log->view = (struct view){&ops, app};
    log->limit = LOG_STEP;
    xbuf_append_str(&log->filter, filter);
    ask(log);
    return &log->view;
}
