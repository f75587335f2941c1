/* The copies and near copies of the document: a list of them, the focused one
 * as a word diff against the document, and decisions that reach the chosen
 * ones too. */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/diff_text.h"
#include "tui/pane_text.h"
#include "tui/view.h"

#define LIST_ROWS_MAX 12u
#define COL_ID 12u
#define WIDE_COLS 70u /* from here on source and place are shown, too */

struct similar_view {
    struct view view;
    uint32_t doc;    /* of the focused member; UINT32_MAX: none yet */
    uint32_t anchor; /* of the one chosen last */
    size_t top, rows;
    struct text_pane pane;
    struct diff_text diff;
    uint32_t diff_of; /* the member that it compares; UINT32_MAX: none */
    bool is_new;      /* its first change is not on the screen yet */
    bool has_pattern;
    struct area list_at, text_at;
};

static struct similar_view *
similar_of(struct view *view)
{
    return (struct similar_view *)view;
}

/* Row of the focused member, 0 when there is none. */
static size_t
focused(const struct similar_view *similar)
{
    const struct desk_similar *found = desk_similar(similar->view.app->desk);

    for (size_t i = 0; found && i < found->count; i++)
        if (found->members[i]->doc == similar->doc)
            return i;
    return 0;
}

static const struct desk_similar_member *
member_at(const struct similar_view *similar, size_t row)
{
    const struct desk_similar *found = desk_similar(similar->view.app->desk);

    return found && row < found->count ? found->members[row] : NULL;
}

static void
move_to(struct similar_view *similar, long row)
{
    const struct desk_similar *found = desk_similar(similar->view.app->desk);
    const struct desk_similar_member *member;

    if (!found || found->count == 0)
        return;
    if (row < 0)
        row = 0;
    if ((size_t)row >= found->count)
        row = (long)found->count - 1;
    member = found->members[row];
    similar->doc = member->doc;
}

static unsigned
where(const struct view *view)
{
    (void)view;
    return IN_SIMILAR;
}

/* --- choosing and deciding --- */

static void
choose(struct similar_view *similar)
{
    struct desk *desk = similar->view.app->desk;
    const struct desk_similar_member *member =
        member_at(similar, focused(similar));

    if (!member)
        return;
    if (!desk_similar_choose(desk, member->doc, !member->chosen)) {
        app_say(similar->view.app, true,
                member->unreadable.ptr
                    ? "it is not what was indexed: not to be chosen"
                    : "it is escalated: not to be chosen");
        return;
    }
    similar->anchor = member->doc;
    move_to(similar, (long)focused(similar) + 1);
}

/* All that may be chosen, or none when they are. */
static void
choose_all(struct similar_view *similar)
{
    struct desk *desk = similar->view.app->desk;
    const struct desk_similar *found = desk_similar(desk);
    size_t before = found ? found->chosen : 0;

    for (size_t i = 0; found && i < found->count; i++)
        (void)desk_similar_choose(desk, found->members[i]->doc, true);
    if (!found || found->chosen != before)
        return;
    for (size_t i = 0; i < found->count; i++)
        (void)desk_similar_choose(desk, found->members[i]->doc, false);
}

static void
choose_range(struct similar_view *similar)
{
    struct desk *desk = similar->view.app->desk;
    const struct desk_similar *found = desk_similar(desk);
    size_t at = focused(similar);
    size_t from = at;

    for (size_t i = 0; found && i < found->count; i++)
        if (found->members[i]->doc == similar->anchor)
            from = i;
    for (size_t i = from < at ? from : at;
         found && i <= (from < at ? at : from) && i < found->count; i++)
        (void)desk_similar_choose(desk, found->members[i]->doc, true);
}

static void
judge(struct similar_view *similar, struct str argument, uint32_t key,
      const char *name)
{
    struct app *app = similar->view.app;
    struct desk_act act = {.kind = ANNOTATION_VERDICT};
    const struct verdict_def *def = NULL;

    if (argument.len > 0)
        def = app_verdict_named(app, argument);
    else if (key != KEY_IS_NONE)
        def = app_verdict_of_key(app, key);
    if (!def && name && argument.len == 0)
        def = app_verdict_named(app, str_of(name));
    if (!def) {
        app_say(app, true, "no such verdict here");
        return;
    }
    act.value = str_of(def->value);
    app_act(app, &act);
}

static bool
command_decide(struct similar_view *similar, enum command command,
               struct str argument, uint32_t key)
{
    struct app *app = similar->view.app;
    struct desk_act act = {0};

    switch ((int)command) {
    case CMD_GOOD:
        judge(similar, argument, key, "good");
        return true;
    case CMD_BAD:
        judge(similar, argument, key, "bad");
        return true;
    case CMD_VERDICT:
        judge(similar, argument, key, NULL);
        return true;
    case CMD_TAGS:
        app_open_tags(app, NULL);
        return true;
    case CMD_TAG:
        app_tag(app, argument, NULL);
        return true;
    case CMD_DROP:
    case CMD_KEEP:
        act.kind = command == CMD_DROP ? ANNOTATION_DROP : ANNOTATION_KEEP;
        app_act(app, &act);
        return true;
    case CMD_MARK:
        choose(similar);
        return true;
    case CMD_MARK_ALL:
        choose_all(similar);
        return true;
    case CMD_MARK_RANGE:
        choose_range(similar);
        return true;
    default:
        return false;
    }
}

static void
next_change(struct similar_view *similar, int direction)
{
    size_t at;

    if (similar->has_pattern) {
        if (!text_pane_find_next(&similar->pane, direction))
            app_say(similar->view.app, false, "no more");
        return;
    }
    if (!diff_text_next(&similar->diff, similar->pane.cursor, direction, &at))
        app_say(similar->view.app, false, "no more changes");
    else
        text_pane_show(&similar->pane, at);
}

static void
command(struct view *view, enum command command, struct str argument,
        uint32_t key)
{
    struct similar_view *similar = similar_of(view);

    if (command_decide(similar, command, argument, key))
        return;
    switch ((int)command) {
    case CMD_DOWN:
    case CMD_NEXT:
        move_to(similar, (long)focused(similar) + 1);
        break;
    case CMD_UP:
    case CMD_PREVIOUS:
        move_to(similar, (long)focused(similar) - 1);
        break;
    case CMD_TOP:
        move_to(similar, 0);
        break;
    case CMD_END:
        move_to(similar, LONG_MAX);
        break;
    case CMD_FIND:
        app_prompt(view->app, ASK_FIND, "/", STR_LIT(""));
        break;
    case CMD_FIND_NEXT:
        next_change(similar, 1);
        break;
    case CMD_FIND_PREVIOUS:
        next_change(similar, -1);
        break;
    case CMD_BACK:
        app_pop(view->app);
        break;
    default:
        text_pane_command(&similar->pane, command);
    }
}

static void
answer(struct view *view, enum prompt_kind kind, struct str line)
{
    struct similar_view *similar = similar_of(view);
    struct error err = ERROR_INIT;

    if (kind != ASK_FIND)
        return;
    if (text_pane_find(&similar->pane, line, &err) != ERR_OK) {
        app_say(view->app, true, "%s", err.message);
        return;
    }
    similar->has_pattern = line.len > 0;
    if (similar->has_pattern && !text_pane_find_next(&similar->pane, 1))
        app_say(view->app, true, "not found");
}

/* --- drawing --- */

static void
take_diff(struct similar_view *similar)
{
    struct desk *desk = similar->view.app->desk;
    const struct desk_similar *found = desk_similar(desk);
    const struct desk_document *document = desk_document(desk);

    if (similar->doc != UINT32_MAX)
        desk_similar_read(desk, similar->doc);
    if (!found->text_known || found->text_of != similar->doc || !document ||
        document->doc != found->doc) {
        diff_text_release(&similar->diff);
        similar->diff_of = UINT32_MAX;
        text_pane_set(&similar->pane, STR_LIT(""));
        return;
    }
    if (similar->diff_of == similar->doc)
        return;
    diff_text_make(&similar->diff, document->display, found->text);
    similar->diff_of = similar->doc;
    similar->is_new = similar->diff.changes > 0;
    text_pane_set(&similar->pane, buf_str(&similar->diff.shown));
}

static void
layout_diff(struct similar_view *similar, unsigned rows, unsigned cols)
{
    size_t first;

    text_pane_layout(&similar->pane, rows, cols);
    if (!similar->is_new)
        return;
    similar->is_new = false;
    if (similar->diff.marks.at[0].start == 0 ||
        !diff_text_next(&similar->diff, 0, 1, &first))
        return; /* it begins with one */
    text_pane_show(&similar->pane, first);
    text_pane_layout(&similar->pane, rows, cols);
}

static void
layout(struct view *view, unsigned rows, unsigned cols)
{
    struct similar_view *similar = similar_of(view);
    struct desk *desk = view->app->desk;
    const struct desk_similar *found = desk_similar(desk);
    unsigned list = rows / 3 > LIST_ROWS_MAX ? LIST_ROWS_MAX : rows / 3;
    size_t at;

    desk_refresh_similar(desk);
    if (!member_at(similar, 0))
        similar->doc = UINT32_MAX;
    else if (similar->doc == UINT32_MAX)
        move_to(similar, 0);
    if (list < 2)
        list = rows > 2 ? 2 : rows;
    if (found->count + 1 < list)
        list = (unsigned)found->count + 1;
    if (list < 2)
        list = 2;
    similar->rows = list - 1;
    at = focused(similar);
    if (at < similar->top)
        similar->top = at;
    if (at >= similar->top + similar->rows)
        similar->top = at - similar->rows + 1;
    similar->list_at = (struct area){0, 0, list, cols};
    similar->text_at =
        (struct area){list, 0, rows > list ? rows - list : 0, cols};
    take_diff(similar);
    if (similar->text_at.rows > 1)
        layout_diff(similar, similar->text_at.rows - 1, cols);
}

static void
draw_head(const struct similar_view *similar, struct grid *grid)
{
    const struct desk_similar *found = desk_similar(similar->view.app->desk);
    const struct desk_document *document =
        desk_document(similar->view.app->desk);
    size_t exact = 0;
    unsigned col;

    for (size_t i = 0; i < found->count; i++)
        exact += found->members[i]->exact;
    grid_rule(grid, 0);
    col = grid_put(grid, 0, 2, STYLE_TITLE, " similar to ");
    if (document && document->document)
        col += grid_put_data(grid, 0, col, 24, STYLE_DATA_TITLE,
                             document->document->id);
    col = grid_printf(grid, 0, col, STYLE_NORMAL, "  %zu exact, %zu near%s ",
                      exact, found->count - exact, found->cut ? "+" : "");
    if (found->running)
        col = grid_put(grid, 0, col, STYLE_DIM, " searching, ^C stops ");
    if (found->chosen)
        col = grid_printf(grid, 0, col, STYLE_BOLD, " %zu chosen ",
                          found->chosen);
    if (found->unreadable)
        grid_printf(grid, 0, col, STYLE_WARN, " %llu changed since indexed ",
                    (unsigned long long)found->unreadable);
}

static unsigned
draw_state(const struct desk_row *row, struct grid *grid, unsigned at,
           unsigned col)
{
    if (row->verdict.len > 0)
        col +=
            grid_put_data(grid, at, col, 10, STYLE_DATA_TITLE, row->verdict) +
            1;
    if (row->tags.len > 0)
        col += grid_put_data(grid, at, col, 24, STYLE_DATA, row->tags) + 1;
    return col;
}

static void
draw_member(const struct desk_similar_member *member, struct grid *grid,
            unsigned at)
{
    const struct desk_row *row = &member->row;
    unsigned cols = grid->clip.cols;
    unsigned col = COL_ID + cols / 4 + 1;
    char place[24];

    grid_put(grid, at, 2, STYLE_BOLD, member->chosen ? "*" : " ");
    if (member->exact)
        grid_put(grid, at, 4, STYLE_NORMAL, "exact");
    else
        grid_printf(grid, at, 4, STYLE_NORMAL, "%5.3f",
                    (double)(int)(member->jaccard * 1000) / 1000);
    grid_put_data(grid, at, COL_ID, cols / 4, STYLE_DATA_TITLE, row->id);
    if (member->unreadable.ptr)
        col = grid_put(grid, at, col, STYLE_WARN, "changed since indexed ");
    else if (member->barred)
        col = grid_put(grid, at, col, STYLE_WARN, "escalated ");
    col = draw_state(row, grid, at, col);
    if (cols < WIDE_COLS || cols <= col + 8)
        return;
    col += grid_put_data(grid, at, col, 20, STYLE_DATA_DIM, row->source) + 1;
    if (cols <= col + 8)
        return;
    col += grid_put_data(grid, at, col, cols - col - 8, STYLE_DATA_DIM,
                         row->shard);
    (void)snprintf(place, sizeof(place), ":%llu",
                   (unsigned long long)row->record);
    grid_put(grid, at, col, STYLE_DIM, place);
}

static void
draw_diff(const struct similar_view *similar, struct grid *grid)
{
    const struct desk_similar *found = desk_similar(similar->view.app->desk);
    const struct desk_document *document =
        desk_document(similar->view.app->desk);
    const struct desk_similar_member *member =
        member_at(similar, focused(similar));
    struct text_layer layers[DIFF_LAYERS];
    struct text_look look = {.text = buf_str(&similar->diff.shown),
                             .style = STYLE_DATA,
                             .layers = layers,
                             .layer_count = DIFF_LAYERS};

    grid_clip(grid, similar->text_at);
    grid_rule(grid, 0);
    if (!member || !document)
        return;
    if (similar->diff_of == UINT32_MAX) {
        grid_put(grid, 1, 2, STYLE_DIM, found->text_known ? "" : "loading ...");
        return;
    }
    if (found->text_error.ptr) {
        grid_put_data(grid, 1, 2, grid->clip.cols - 2, STYLE_DATA_DIM,
                      found->text_error);
        return;
    }
    /* either covers both: what differs shows what is the same */
    look.covered = document->masked || member->row.masked;
    look.cover = document->masked ? document->cover : member->row.cover;
    if (!look.covered)
        grid_printf(grid, 0, 2, STYLE_NORMAL, " %zu change%s%s ",
                    similar->diff.changes,
                    similar->diff.changes == 1 ? "" : "s",
                    similar->diff.coarse ? ", too different for words" : "");
    diff_text_layers(&similar->diff, layers);
    grid_clip(grid,
              (struct area){similar->text_at.row + 1, similar->text_at.col,
                            similar->text_at.rows - 1, similar->text_at.cols});
    text_pane_draw(&similar->pane, grid, &look, false);
}

static void
draw(const struct view *view, struct grid *grid)
{
    const struct similar_view *similar = (const struct similar_view *)view;
    const struct desk_similar *found = desk_similar(view->app->desk);

    grid_clip(grid, similar->list_at);
    draw_head(similar, grid);
    if (found->count == 0 && !found->running)
        grid_put(grid, 1, 2, STYLE_DIM, "none: there is no text like it");
    for (size_t i = 0; i < similar->rows && similar->top + i < found->count;
         i++) {
        unsigned row = (unsigned)i + 1;

        draw_member(found->members[similar->top + i], grid, row);
        if (similar->top + i == focused(similar)) {
            grid_put(grid, row, 0, STYLE_BOLD, ">");
            grid_focus(grid, row, 0, true);
        }
    }
    if (similar->text_at.rows > 1)
        draw_diff(similar, grid);
}

static void
close_view(struct view *view)
{
    struct similar_view *similar = similar_of(view);

    text_pane_release(&similar->pane);
    diff_text_release(&similar->diff);
    desk_forget_similar(view->app->desk);
    free(similar);
}

static const struct view_ops similar_ops = {
    .name = "similar",
    .where = where,
    .command = command,
    .answer = answer,
    .layout = layout,
    .draw = draw,
    .close = close_view,
};

bool
view_is_similar(const struct view *view)
{
    return view && view->ops == &similar_ops;
}

struct view *
view_similar_new(struct app *app)
{
    struct similar_view *similar = xcalloc(1, sizeof(*similar));

    similar->view = (struct view){&similar_ops, app};
    similar->doc = similar->anchor = similar->diff_of = UINT32_MAX;
    text_pane_init(&similar->pane);
    return &similar->view;
}
