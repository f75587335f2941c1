/* The guideline of a tag: when to use it, in full. */
#include "config.h"

#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/pane_text.h"
#include "tui/view.h"

struct guide_view {
    struct view view;
    struct text_pane pane;
    struct buf name, text;
    bool has_pattern;
};

static struct guide_view *
guide_of(struct view *view)
{
    return (struct guide_view *)view;
}

static unsigned
where(const struct view *view)
{
    (void)view;
    return IN_AUDIT;
}

static void
command(struct view *view, enum command command, struct str argument,
        uint32_t key)
{
    struct guide_view *guide = guide_of(view);

    (void)argument;
    (void)key;
    switch ((int)command) {
    case CMD_BACK:
        app_pop(view->app);
        break;
    case CMD_FIND:
        app_prompt(view->app, ASK_FIND, "/", STR_LIT(""));
        break;
    case CMD_FIND_NEXT:
    case CMD_FIND_PREVIOUS:
        if (!guide->has_pattern ||
            !text_pane_find_next(&guide->pane,
                                 command == CMD_FIND_NEXT ? 1 : -1))
            app_say(view->app, true, "not found");
        break;
    default:
        text_pane_command(&guide->pane, command);
    }
}

static void
answer(struct view *view, enum prompt_kind kind, struct str line)
{
    struct guide_view *guide = guide_of(view);
    struct error err = ERROR_INIT;

    if (kind != ASK_FIND)
        return;
    if (text_pane_find(&guide->pane, line, &err)) {
        app_say(view->app, true, "%s", err.message);
        return;
    }
    guide->has_pattern = line.len > 0;
    if (guide->has_pattern && !text_pane_find_next(&guide->pane, 1))
        app_say(view->app, true, "not found");
}

static void
layout(struct view *view, unsigned rows, unsigned cols)
{
    text_pane_layout(&guide_of(view)->pane, rows > 1 ? rows - 1 : 1, cols);
}

static void
draw(const struct view *view, struct grid *grid)
{
    const struct guide_view *guide = (const struct guide_view *)view;
    struct area area = grid->clip;
    struct text_look look = {.text = buf_str(&guide->text),
                             .style = STYLE_DATA};
    unsigned col;

    grid_rule(grid, 0);
    col = grid_put(grid, 0, 2, STYLE_TITLE, " guideline of ");
    col += grid_put_data(grid, 0, col, 60, STYLE_DATA_TITLE,
                         buf_str(&guide->name));
    grid_put(grid, 0, col, STYLE_TITLE, " ");
    if (area.rows < 2)
        return;
    grid_clip(grid,
              (struct area){area.row + 1, area.col, area.rows - 1, area.cols});
    text_pane_draw(&guide->pane, grid, &look, true);
}

static void
close_view(struct view *view)
{
    struct guide_view *guide = guide_of(view);

    text_pane_release(&guide->pane);
    buf_release(&guide->name);
    buf_release(&guide->text);
    free(guide);
}

struct view *
view_guide_new(struct app *app, struct str name, struct str text)
{
    static const struct view_ops ops = {
        .name = "guide",
        .where = where,
        .command = command,
        .answer = answer,
        .layout = layout,
        .draw = draw,
        .close = close_view,
    };
    struct guide_view *guide = xcalloc(1, sizeof(*guide));

    guide->view = (struct view){.ops = &ops, .app = app};
    xbuf_append_str(&guide->name, name);
    xbuf_append_str(&guide->text, text);
    text_pane_init(&guide->pane);
    text_pane_set(&guide->pane, buf_str(&guide->text));
    return &guide->view;
}
