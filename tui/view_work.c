/* The working view: the list of hits, the current document, its scores. This
 * file arranges and draws them. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/desk_text.h"
#include "tui/pane_head.h"
#include "tui/pane_scores.h"
#include "tui/work.h"

#define SPLIT_COLS 120 /* side by side from here on */
#define SPLIT_LEAST 90 /* the same, if wanted */
#define PANEL_COLS 28

static unsigned
where(const struct view *view)
{
    const struct work *work = (const struct work *)view;

    return work->choice.active ? IN_SPAN : work->focus_text ? IN_TEXT : IN_LIST;
}

static const struct desk_document *
document_of(struct work *work)
{
    return desk_document(work->view.app->desk);
}

static void
split_columns(struct work *work, unsigned top, unsigned rows, unsigned cols)
{
    unsigned panel = cols >= 150 ? 36 : PANEL_COLS;
    unsigned list = cols * 36 / 100;
    unsigned text = cols - list - panel - 2;

    work->list_at = (struct area){top, 0, rows, list};
    work->head = (struct area){top, list + 1, 1, text};
    work->text_at = (struct area){top + 1, list + 1, rows - 1, text};
    work->panel = (struct area){top, cols - panel, rows, panel};
}

static void
stack_rows(struct work *work, unsigned top, unsigned rows, unsigned cols)
{
    unsigned list = rows / 3 > 3 ? rows / 3 : 3;
    unsigned strip = rows >= 16 ? 3 : 0;

    work->list_at = (struct area){top, 0, list, cols};
    work->head = (struct area){top + list, 0, 1, cols};
    work->text_at =
        (struct area){top + list + 1, 0, rows - list - 1 - strip, cols};
    if (strip)
        work->strip = (struct area){top + rows - strip, 0, strip, cols};
}

static bool
is_side_by_side(const struct work *work, unsigned cols)
{
    unsigned split = work->view.app->preferences.value[PREFER_SPLIT];

    return cols >= (split == SPLIT_SIDE ? SPLIT_LEAST : SPLIT_COLS) &&
           split != SPLIT_STACKED;
}

static void
arrange(struct work *work, unsigned rows, unsigned cols)
{
    unsigned top = rows >= 6 ? 1 : 0;
    bool single = work->zoom || rows < 11;

    work->title = (struct area){0, 0, top, cols};
    work->list_at = work->head = work->text_at = (struct area){0};
    work->strip = work->panel = (struct area){0};
    rows -= top;
    if (!single && is_side_by_side(work, cols))
        split_columns(work, top, rows, cols);
    else if (!single)
        stack_rows(work, top, rows, cols);
    else if (work->focus_text) {
        work->head = (struct area){top, 0, 1, cols};
        work->text_at = (struct area){top + 1, 0, rows - 1, cols};
    } else {
        work->list_at = (struct area){top, 0, rows, cols};
    }
}

/* The desk may have replaced the document since the last drawing: nothing of
 * the pane may be used before this. A new one is shown from the top, or from
 * its first hit or span if that is far down. */
void
work_take_document(struct work *work)
{
    const struct desk_document *document = document_of(work);
    struct desk *desk = work->view.app->desk;

    if (!document || !document->document) {
        text_pane_set(&work->text, (struct str){0});
        layers_release(&work->layers);
        work->choice.active = false;
        work->serial = 0;
        return;
    }
    if (document->serial == work->serial) {
        if (document->display.ptr != work->text.text.ptr)
            text_pane_move(&work->text, document->display);
        layers_set(&work->layers, desk, document);
        return;
    }
    work->serial = document->serial;
    work->choice.active = false;
    text_pane_set(&work->text, document->display);
    layers_set(&work->layers, desk, document);
    if (work->layers.count && work->layers.passages[0].span.start > 1024)
        text_pane_show(&work->text, work->layers.passages[0].span.start);
}

static void
layout(struct view *view, unsigned rows, unsigned cols)
{
    struct work *work = work_of(view);

    arrange(work, rows, cols);
    if (work->list_at.rows)
        list_pane_layout(&work->list, view->app->desk, work->list_at.rows,
                         work->list_at.cols);
    /* the first layout tells the pane its height, before it shows a place */
    work->text.rows = work->text_at.rows;
    work->text.cols = work->text_at.cols;
    work_take_document(work);
    work_find_take(work);
    work_set_margin(work);
    if (work->text_at.rows)
        text_pane_layout(&work->text, work->text_at.rows, work->text_at.cols);
}

static void
draw_title(const struct work *work, struct grid *grid)
{
    struct desk *desk = work->view.app->desk;
    const struct desk_list *list = desk_list(desk);
    const struct desk_facts *facts = desk_facts(desk);
    char right[128];
    char count[BAR_COUNT];
    unsigned col;
    unsigned end;

    grid_clip(grid, work->title);
    grid_fill(grid, 0, 0, grid->clip.cols, STYLE_NORMAL, ' ');
    bar_count(facts->documents, count);
    (void)snprintf(right, sizeof(right), " %s%s documents  %.40s ",
                   facts->index_is_newer ? "index is newer: :reload  " : "",
                   count, desk_reviewer(desk));
    end = grid->clip.cols >= 60 ? grid_put_right(grid, 0, STYLE_DIM, right)
                                : grid->clip.cols;
    col = grid_put(grid, 0, 1, STYLE_TITLE, "stet ");
    col = grid_put(grid, 0, col, STYLE_DIM,
                   list->queue.len ? " queue " : " query ");
    grid_put_data(grid, 0, col, end > col ? end - col : 0, STYLE_DATA_TITLE,
                  list->queue.len   ? list->queue
                  : list->query.len ? list->query
                                    : STR_LIT("(all documents)"));
}

/* What `/` found, as a layer. */
static struct text_layer
found_layer(const struct work *work)
{
    const struct desk_found *found = desk_found(work->view.app->desk);
    bool here = found->serial == work->serial && found->serial;

    return (struct text_layer){found->spans, here ? found->count : 0,
                               STYLE_DATA_FOUND, NULL};
}

static void
draw_text(struct work *work, struct grid *grid)
{
    const struct desk_document *document = document_of(work);
    struct text_layer all[LAYERS_MAX];
    struct text_look look;

    grid_clip(grid, work->text_at);
    if (!document)
        return;
    if (document->error.len > 0 || !document->document) {
        grid_put_data(grid, 0, 1, grid->clip.cols, STYLE_DATA, document->error);
        return;
    }
    if (document->serial != work->serial)
        return;
    look = text_look_of(document);
    look.layers = all;
    look.layer_count = layers_get(&work->layers, document, &work->choice,
                                  found_layer(work), all);
    text_pane_draw(&work->text, grid, &look,
                   work->focus_text || work->choice.active);
}

static void
draw(const struct view *view, struct grid *grid)
{
    struct work *work = work_of((struct view *)(uintptr_t)view);
    struct desk *desk = view->app->desk;

    if (work->title.rows)
        draw_title(work, grid);
    if (work->list_at.rows) {
        grid_clip(grid, work->list_at);
        list_pane_draw(&work->list, desk, grid,
                       !work->focus_text && !work->choice.active);
    }
    if (work->head.rows)
        head_draw(work, grid);
    if (work->text_at.rows)
        draw_text(work, grid);
    if (work->strip.rows) {
        grid_clip(grid, work->strip);
        scores_strip_draw(desk, grid);
    }
    if (work->panel.rows) {
        struct area rule = work->panel;

        grid_clip(grid, work->panel);
        scores_panel_draw(desk, grid);
        rule.col--;
        rule.cols = 1;
        grid_clip(grid, rule);
        grid_rule_down(grid, 0);
    }
    if (work->list_at.rows && work->text_at.col > 0) {
        grid_clip(grid, (struct area){work->list_at.row, work->text_at.col - 1,
                                      work->list_at.rows, 1});
        grid_rule_down(grid, 0);
    }
}

static void
painted(struct view *view)
{
    struct work *work = work_of(view);
    const struct desk_document *document = document_of(work);

    if (work->text_at.rows && document && document->serial == work->serial)
        text_pane_painted(&work->text, view->app->desk);
}

static void
typed(struct view *view, enum prompt_kind kind, struct str line)
{
    work_take_document(work_of(view));
    if (kind == ASK_FIND)
        work_find_typed(work_of(view), line);
}

static void
close_view(struct view *view)
{
    struct work *work = work_of(view);

    work_find_release(work);
    free(work->notes);
    text_pane_release(&work->text);
    layers_release(&work->layers);
    free(work);
}

struct view *
view_work_new(struct app *app)
{
    static const struct view_ops ops = {
        .name = "documents",
        .where = where,
        .command = work_command,
        .answer = work_answer,
        .typed = typed,
        .layout = layout,
        .draw = draw,
        .painted = painted,
        .close = close_view,
        .mouse = work_mouse,
    };
    struct work *work = xcalloc(1, sizeof(*work));

    work->view = (struct view){&ops, app};
    work->anchor = UINT32_MAX;
    text_pane_init(&work->text);
    return &work->view;
}
