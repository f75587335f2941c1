/* The report card: text that scrolls. */
#include "config.h"

#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/view.h"

struct report_view {
    struct view view;
    size_t top, rows;
};

static struct report_view *
report_of(struct view *view)
{
    return (struct report_view *)view;
}

static size_t
line_count(struct str text)
{
    size_t lines = 0;

    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    return lines;
}

static unsigned
where(const struct view *view)
{
    (void)view;
    return IN_REPORT;
}

static void
move_by(struct report_view *report, long rows)
{
    size_t lines = line_count(desk_report(report->view.app->desk));
    long last = lines > report->rows ? (long)(lines - report->rows) : 0;
    long top = (long)report->top + rows;

    report->top = (size_t)(top > last ? last : top < 0 ? 0 : top);
}

static void
command(struct view *view, enum command command, struct str argument,
        uint32_t key)
{
    struct report_view *report = report_of(view);
    long page = report->rows > 2 ? (long)report->rows - 1 : 1;

    (void)argument;
    (void)key;
    switch ((int)command) {
    case CMD_DOWN:
    case CMD_UP:
        move_by(report, command == CMD_DOWN ? 1 : -1);
        break;
    case CMD_HALF_DOWN:
    case CMD_HALF_UP:
        move_by(report, (command == CMD_HALF_DOWN ? 1 : -1) * (page + 1) / 2);
        break;
    case CMD_PAGE_DOWN:
    case CMD_PAGE_UP:
        move_by(report, command == CMD_PAGE_DOWN ? page : -page);
        break;
    case CMD_TOP:
    case CMD_END:
        move_by(report, command == CMD_TOP ? -1000000 : 1000000);
        break;
    case CMD_BACK:
        app_pop(view->app);
        break;
    default:
        break;
    }
}

static void
layout(struct view *view, unsigned rows, unsigned cols)
{
    struct report_view *report = report_of(view);

    (void)cols;
    report->rows = rows > 1 ? rows - 1 : 1;
    move_by(report, 0);
}

static void
draw(const struct view *view, struct grid *grid)
{
    const struct report_view *report = (const struct report_view *)view;
    struct str text = desk_report(view->app->desk);
    size_t lines = line_count(text);
    size_t line = 0;
    unsigned col;

    grid_rule(grid, 0);
    col = grid_put(grid, 0, 2, STYLE_TITLE, " report ");
    if (text.len == 0) {
        grid_put(grid, 1, 2, STYLE_DIM, "counting ... ^C stops");
        return;
    }
    if (lines > report->rows)
        grid_printf(grid, 0, col, STYLE_DIM, " %zu%% ",
                    (report->top + report->rows) * 100 / lines);
    while (text.len > 0 && line < report->top + report->rows) {
        size_t end = str_find(text, STR_LIT("\n"), 0);
        struct str shown;

        end = end == SIZE_MAX ? text.len : end;
        shown = str_slice(text, 0, end);
        if (line >= report->top)
            grid_put_data(grid, (unsigned)(line - report->top) + 1, 1,
                          grid->clip.cols - 1,
                          shown.len && shown.ptr[0] != ' ' ? STYLE_DATA_TITLE
                                                           : STYLE_DATA,
                          shown);
        line++;
        text = str_slice(text, end < text.len ? end + 1 : end, text.len);
    }
    grid_focus(grid, 1, 1, false);
}

static void
close_view(struct view *view)
{
    free(view);
}

void
app_open_report(struct app *app)
{
    static const struct view_ops ops = {
        .name = "report",
        .where = where,
        .command = command,
        .layout = layout,
        .draw = draw,
        .close = close_view,
    };
    const char *why = desk_report_refusal(app->desk);
    struct report_view *report;

    if (why) {
        app_say(app, true, "%s", why);
        return;
    }
    if (app_view(app)->ops == &ops) /* counted again */
        app_pop(app);
    report = xcalloc(1, sizeof(*report));
    report->view = (struct view){&ops, app};
    desk_ask_report(app->desk);
    app_push(app, &report->view);
}
