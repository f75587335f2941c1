/* Adjudication: the reviewers who differ on a document beside each other, the
 * text below; one of them is taken, or another verdict given, with the cause.
 */
#include "config.h"

#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/pane_text.h"
#include "tui/view.h"

#define SIDES_MAX 16
#define SIDE_COLS 24u
#define SIDE_ROWS 6u /* name, verdict, tags, notes, rule */

struct side {
    struct str reviewer, verdict; /* borrowed from the document */
    struct buf tags, notes;
};

struct adjudicate_view {
    struct view view;
    struct text_pane pane;
    uint64_t serial; /* of the document the sides are made of */
    struct side sides[SIDES_MAX];
    size_t count, at;
    char *chosen; /* verdict that waits for its cause */
};

static struct adjudicate_view *
adjudicate_of(struct view *view)
{
    return (struct adjudicate_view *)view;
}

static void
forget_sides(struct adjudicate_view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        buf_release(&view->sides[i].tags);
        buf_release(&view->sides[i].notes);
    }
    view->count = 0;
}

static struct side *
side_of(struct adjudicate_view *view, struct str reviewer)
{
    for (size_t i = 0; i < view->count; i++)
        if (str_equal(view->sides[i].reviewer, reviewer))
            return &view->sides[i];
    if (view->count == SIDES_MAX)
        return NULL;
    view->sides[view->count] = (struct side){.reviewer = reviewer};
    return &view->sides[view->count++];
}

static void
add_words(struct buf *out, const char *before, struct str words)
{
    if (out->len > 0)
        xbuf_append_str(out, STR_LIT(" "));
    xbuf_append_str(out, str_of(before));
    xbuf_append_str(out, words);
}

static void
take_annotation(struct adjudicate_view *view, const struct annotation *a)
{
    struct side *side;

    if (a->undone || a->kind == ANNOTATION_ADJUDICATE ||
        a->kind == ANNOTATION_RESOLVE || a->kind == ANNOTATION_UNDO ||
        a->kind == ANNOTATION_CLAIM || a->kind == ANNOTATION_REVEAL ||
        a->kind == ANNOTATION_EXPORT)
        return;
    side = side_of(view, a->reviewer);
    if (!side)
        return;
    if (a->kind == ANNOTATION_VERDICT)
        side->verdict = a->value;
    else if (a->kind == ANNOTATION_TAG || a->kind == ANNOTATION_UNTAG)
        add_words(&side->tags, a->kind == ANNOTATION_TAG ? "+" : "-", a->value);
    else if (a->kind == ANNOTATION_NOTE)
        add_words(&side->notes, "", a->text);
    else
        add_words(&side->tags, annotation_kind_name(a->kind), (struct str){0});
}

/* The document may have been loaded again since. */
static void
take_document(struct adjudicate_view *view)
{
    const struct desk_document *document = desk_document(view->view.app->desk);
    size_t count = 0;
    const struct annotation *all = desk_everyone(view->view.app->desk, &count);

    forget_sides(view);
    if (!document || !document->document) {
        text_pane_set(&view->pane, (struct str){NULL, 0});
        view->serial = 0;
        return;
    }
    if (view->serial != document->serial) {
        text_pane_set(&view->pane, document->display);
        view->serial = document->serial;
        view->at = 0;
    } else {
        text_pane_move(&view->pane, document->display);
    }
    for (size_t i = 0; i < count; i++)
        take_annotation(view, &all[i]);
    if (view->at >= view->count)
        view->at = view->count ? view->count - 1 : 0;
}

static unsigned
where(const struct view *view)
{
    (void)view;
    return IN_ADJUDICATE;
}

static void
go_on(struct app *app)
{
    const struct desk_list *list = desk_list(app->desk);

    if (list->current + 1 < list->count)
        desk_go(app->desk, list->current + 1);
    else
        app_say(app, false, "that was the last one");
}

static void
cause_picked(struct app *app, struct picker *picker,
             const struct picker_item *item, struct str typed, uint32_t key)
{
    struct adjudicate_view *view = adjudicate_of(app_view(app));
    struct desk_act act = {.kind = ANNOTATION_ADJUDICATE};

    (void)picker;
    (void)key;
    if (app_view(app)->ops->where != where || !view->chosen)
        return;
    act.value = str_of(view->chosen);
    act.reason = item ? str_of(item->label) : str_trim(typed);
    if (desk_act(app->desk, &act))
        go_on(app);
}

static void
ask_cause(struct adjudicate_view *view, struct str verdict)
{
    static const char *const causes[][2] = {
        {"guideline gap", "the rule does not say"},
        {"slip", "one of them overlooked something"},
        {"ambiguous text", "it can be read both ways"},
        {"missing context", "more than the text would tell"},
        {"judgement", "both hold; one had to be taken"},
    };
    struct picker *picker = &view->view.app->picker;

    free(view->chosen);
    view->chosen = xstrndup(verdict);
    picker_open(picker, "why they differed", cause_picked);
    picker->allow_new = true;
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
        picker_add(picker, str_of(causes[i][0]), causes[i][1], (int)i, false);
}

static void
take_verdict(struct adjudicate_view *view, const struct verdict_def *def)
{
    if (!def)
        app_say(view->view.app, true, "no such verdict here");
    else
        ask_cause(view, str_of(def->value));
}

static void
command(struct view *base, enum command command, struct str argument,
        uint32_t key)
{
    struct adjudicate_view *view = adjudicate_of(base);
    struct app *app = base->app;

    take_document(view);
    switch ((int)command) {
    case CMD_TAKE_SIDE:
        if (view->count && view->sides[view->at].verdict.len)
            ask_cause(view, view->sides[view->at].verdict);
        else
            app_say(app, true, "no verdict of theirs");
        break;
    case CMD_GOOD:
        take_verdict(view, app_verdict_named(app, STR_LIT("good")));
        break;
    case CMD_BAD:
        take_verdict(view, app_verdict_named(app, STR_LIT("bad")));
        break;
    case CMD_VERDICT:
        take_verdict(view, argument.len ? app_verdict_named(app, argument)
                                        : app_verdict_of_key(app, key));
        break;
    case CMD_LEFT:
        view->at -= view->at > 0;
        break;
    case CMD_RIGHT:
        view->at += view->at + 1 < view->count;
        break;
    case CMD_NEXT:
        go_on(app);
        break;
    case CMD_PREVIOUS:
        if (desk_list(app->desk)->current > 0)
            desk_go(app->desk, desk_list(app->desk)->current - 1);
        break;
    case CMD_UNCOVER:
        app_uncover_line(app, view->pane.rows ? &view->pane : NULL);
        break;
    case CMD_UNCOVER_ALL:
    case CMD_COVER:
        desk_uncover(app->desk, command == CMD_UNCOVER_ALL);
        break;
    case CMD_BACK:
        app_pop(app);
        break;
    default:
        text_pane_command(&view->pane, command);
    }
}

static void
layout(struct view *base, unsigned rows, unsigned cols)
{
    struct adjudicate_view *view = adjudicate_of(base);

    view->pane.rows = rows > SIDE_ROWS ? rows - SIDE_ROWS : 0;
    view->pane.cols = cols;
    take_document(view);
    text_pane_layout(&view->pane, view->pane.rows ? view->pane.rows : 1, cols);
}

static void
draw_side(const struct side *side, struct grid *grid, struct area area,
          bool focus, bool masked)
{
    unsigned cells = area.cols - 2;

    grid_clip(grid, area);
    grid_put(grid, 0, 0, STYLE_BOLD, focus ? ">" : " ");
    grid_put_data(grid, 0, 1, cells, STYLE_DATA_TITLE, side->reviewer);
    grid_put_data(grid, 1, 1, cells, STYLE_DATA,
                  side->verdict.len ? side->verdict : STR_LIT("-"));
    grid_put_data(grid, 2, 1, cells, STYLE_DATA_DIM, buf_str(&side->tags));
    if (!masked)
        grid_put_data(grid, 3, 1, cells, STYLE_DATA_DIM, buf_str(&side->notes));
    if (focus)
        grid_focus(grid, 0, 0, true);
}

static void
draw(const struct view *base, struct grid *grid)
{
    const struct adjudicate_view *view = (const struct adjudicate_view *)base;
    const struct desk_document *document = desk_document(base->app->desk);
    struct area area = grid->clip;
    unsigned wide = area.cols < SIDE_COLS ? area.cols : SIDE_COLS;
    size_t fit = area.cols / wide;
    size_t first = view->at >= fit ? view->at - fit + 1 : 0;
    struct text_look look;
    unsigned col;

    grid_rule(grid, 0);
    col = grid_put(grid, 0, 2, STYLE_TITLE, " adjudicate ");
    if (!document || !document->document) {
        grid_put(grid, 1, 2, STYLE_DIM,
                 desk_list(base->app->desk)->running ? "searching ..."
                                                     : "nobody differs");
        return;
    }
    col += grid_put_data(grid, 0, col, 40, STYLE_DATA_TITLE,
                         document->document->id);
    grid_put(grid, 0, col, STYLE_TITLE, " ");
    for (size_t i = first; i < view->count && i - first < fit; i++)
        draw_side(&view->sides[i], grid,
                  (struct area){area.row + 1,
                                area.col + (unsigned)(i - first) * wide, 4,
                                wide},
                  i == view->at, document->masked);
    grid_clip(grid, (struct area){area.row + 5, area.col, 1, area.cols});
    grid_rule(grid, 0);
    if (area.rows <= SIDE_ROWS)
        return;
    grid_clip(grid, (struct area){area.row + SIDE_ROWS, area.col,
                                  area.rows - SIDE_ROWS, area.cols});
    look = text_look_of(document);
    text_pane_draw(&view->pane, grid, &look, false);
}

static void
painted(struct view *base)
{
    struct adjudicate_view *view = adjudicate_of(base);
    const struct desk_document *document = desk_document(base->app->desk);

    if (view->serial && document && document->serial == view->serial)
        text_pane_painted(&view->pane, base->app->desk);
}

static void
close_view(struct view *base)
{
    struct adjudicate_view *view = adjudicate_of(base);

    forget_sides(view);
    free(view->chosen);
    text_pane_release(&view->pane);
    free(view);
}

struct view *
view_adjudicate_new(struct app *app)
{
    static const struct view_ops ops = {
        .name = "adjudicate",
        .where = where,
        .command = command,
        .layout = layout,
        .draw = draw,
        .painted = painted,
        .close = close_view,
    };
    struct adjudicate_view *view = xcalloc(1, sizeof(*view));

    view->view = (struct view){.ops = &ops, .app = app};
    text_pane_init(&view->pane);
    return &view->view;
}

void
app_adjudicate(struct app *app)
{
    if (!desk_may_adjudicate(app->desk)) {
        app_say(app, true, "[policy] leads names who adjudicates");
        return;
    }
    desk_query(app->desk, STR_LIT("is:disagreed"));
    while (app->depth > 1)
        app_pop(app);
    app_push(app, view_work_new(app));
    app_push(app, view_adjudicate_new(app));
}
