/* A page about the current document: its record, its metadata, why it is
 * listed. Shown only while that document may be seen, and as it could be when
 * the page was made. */
#include "config.h"

#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/desk_text.h"
#include "tui/pane_text.h"
#include "tui/view.h"

struct page_view {
    struct view view;
    enum desk_page_kind kind;
    uint64_t serial; /* of the document */
    uint64_t number; /* of the newest page seen */
    bool made;       /* it is the one that was asked for */
    bool found;      /* something is looked for */
    struct text_pane pane;
    unsigned rows, cols;
};

static struct page_view *
page_of(struct view *view)
{
    return (struct page_view *)view;
}

static unsigned
where(const struct view *view)
{
    (void)view;
    return IN_PAGE;
}

static const char *
title_of(enum desk_page_kind kind)
{
    static const char *const titles[] = {
        [PAGE_RECORD] = "record",
        [PAGE_EXACT] = "record, byte for byte",
        [PAGE_METADATA] = "metadata",
        [PAGE_WHY] = "why it is listed",
    };

    return titles[kind];
}

/* Why the page may not be seen now; NULL: it may. */
static const char *
hidden_because(const struct page_view *page)
{
    const struct desk_document *document = desk_document(page->view.app->desk);
    const struct desk_page *made = desk_page(page->view.app->desk);

    if (!document || !document->document || document->serial != page->serial)
        return "another document is shown now";
    if (document->masked)
        return desk_covered(document);
    if (page->made && document->scores_hidden && !made->scores_hidden)
        return "scores are hidden until it is judged";
    return NULL;
}

static void
layout(struct view *view, unsigned rows, unsigned cols)
{
    struct page_view *page = page_of(view);
    const struct desk_page *made = desk_page(view->app->desk);

    if (made->number != page->number && made->serial == page->serial) {
        text_pane_set(&page->pane, made->text);
        page->number = made->number;
        page->made = true;
        page->kind = made->kind;
    }
    page->rows = rows;
    page->cols = cols;
    if (rows > 1)
        text_pane_layout(&page->pane, rows - 1, cols);
}

static void
draw_title(const struct page_view *page, struct grid *grid)
{
    const struct desk_document *document = desk_document(page->view.app->desk);
    unsigned col;

    grid_clip(grid, (struct area){0, 0, 1, page->cols});
    grid_rule(grid, 0);
    grid_put(grid, 0, 2, STYLE_NORMAL, " ");
    col = grid_put(grid, 0, 3, STYLE_TITLE, title_of(page->kind));
    if (document && document->document && document->serial == page->serial &&
        col + 3 < page->cols) {
        col = grid_put(grid, 0, col, STYLE_NORMAL, "  ");
        col += grid_put_data(grid, 0, col, page->cols - col - 1,
                             STYLE_DATA_TITLE, document->document->id);
    }
    grid_put(grid, 0, col, STYLE_NORMAL, " ");
}

static void
draw(const struct view *view, struct grid *grid)
{
    struct page_view *page = page_of((struct view *)(uintptr_t)view);
    const char *hidden = hidden_because(page);
    struct text_look look = {.text = page->pane.text,
                             .covered = hidden,
                             .cover = str_of(hidden ? hidden : ""),
                             .style = STYLE_DATA};

    draw_title(page, grid);
    if (page->rows < 2)
        return;
    grid_clip(grid, (struct area){1, 0, page->rows - 1, page->cols});
    if (!hidden && !page->made)
        grid_put(grid, 0, 1, STYLE_DIM, "reading ...");
    else
        text_pane_draw(&page->pane, grid, &look, true);
}

static void
find_next(struct page_view *page, int direction)
{
    if (!page->found)
        app_say(page->view.app, false, "/ finds something first");
    else if (hidden_because(page) ||
             !text_pane_find_next(&page->pane, direction))
        app_say(page->view.app, true, "not found on this page");
}

static void
command(struct view *view, enum command command, struct str argument,
        uint32_t key)
{
    struct page_view *page = page_of(view);

    (void)argument;
    (void)key;
    switch ((int)command) {
    case CMD_BACK:
        app_pop(view->app);
        return;
    case CMD_FIND:
        app_prompt(view->app, ASK_FIND, "/", STR_LIT(""));
        return;
    case CMD_FIND_NEXT:
        find_next(page, 1);
        return;
    case CMD_FIND_PREVIOUS:
        find_next(page, -1);
        return;
    default:
        text_pane_command(&page->pane, command);
    }
}

static void
answer(struct view *view, enum prompt_kind kind, struct str line)
{
    struct page_view *page = page_of(view);
    struct error err = ERROR_INIT;

    if (kind != ASK_FIND)
        return;
    if (text_pane_find(&page->pane, line, &err)) {
        app_say(view->app, true, "%s", err.message);
        return;
    }
    page->found = line.len > 0;
    if (page->found)
        find_next(page, 1);
}

static void
close_view(struct view *view)
{
    text_pane_release(&page_of(view)->pane);
    free(view);
}

struct view *
view_page_new(struct app *app, enum desk_page_kind kind)
{
    static const struct view_ops ops = {
        .name = "page",
        .where = where,
        .command = command,
        .answer = answer,
        .layout = layout,
        .draw = draw,
        .close = close_view,
    };
    struct page_view *page = xcalloc(1, sizeof(*page));

    page->view = (struct view){&ops, app};
    page->kind = kind;
    page->serial = desk_document(app->desk)->serial;
    text_pane_init(&page->pane);
    page->pane.numbers = kind == PAGE_RECORD || kind == PAGE_EXACT;
    page->number = desk_page(app->desk)->number;
    desk_ask_page(app->desk, kind);
    return &page->view;
}
