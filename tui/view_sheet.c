/* The sheet before a decision on many documents: how many they are, what is
 * known of them, a few at random, and the reason. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/textdraw.h"
#include "tui/view.h"

#define ACTS_MAX 20
#define HEAD_ROWS 4
#define HISTOGRAM_COLS 34 /* beside the samples, from 80 columns on */

struct held {
    struct desk_act act;
    char *value, *text;
};

struct sheet_view {
    struct view view;
    struct held acts[ACTS_MAX];
    size_t act_count;
    struct buf reason;
    size_t top, rows; /* samples */
};

static struct sheet_view *
sheet_of(struct view *view)
{
    return (struct sheet_view *)view;
}

static struct str
hold(char **copy, struct str s)
{
    *copy = s.ptr ? xstrndup(s) : NULL;
    return (struct str){*copy, s.len};
}

bool
view_sheet_add(struct view *view, const struct desk_act *act)
{
    struct sheet_view *sheet = sheet_of(view);
    struct held *held = &sheet->acts[sheet->act_count];

    if (sheet->act_count == ACTS_MAX)
        return false;
    held->act = *act;
    held->act.value = hold(&held->value, act->value);
    held->act.text = hold(&held->text, act->text);
    sheet->act_count++;
    return true;
}

static unsigned
where(const struct view *view)
{
    (void)view;
    return IN_SHEET;
}

static void
decide(struct sheet_view *sheet)
{
    struct app *app = sheet->view.app;
    struct desk_act acts[ACTS_MAX];

    if (desk_list(app->desk)->marked != desk_sheet(app->desk)->count) {
        app_pop(app);
        app_say(app, true, "not done: the marks have changed");
        return;
    }
    for (size_t i = 0; i < sheet->act_count; i++) {
        acts[i] = sheet->acts[i].act;
        if (sheet->reason.len > 0)
            acts[i].reason = buf_str(&sheet->reason);
    }
    (void)desk_act_marked(app->desk, acts, sheet->act_count);
    app_pop(app);
}

static void
scroll(struct sheet_view *sheet, long rows)
{
    long last = (long)desk_sheet(sheet->view.app->desk)->sample_count -
                (long)sheet->rows;
    long top = (long)sheet->top + rows;

    sheet->top = (size_t)(top < 0 || last < 0 ? 0 : top > last ? last : top);
}

static void
command(struct view *view, enum command command, struct str argument,
        uint32_t key)
{
    struct sheet_view *sheet = sheet_of(view);
    struct app *app = view->app;

    (void)argument;
    (void)key;
    switch ((int)command) {
    case CMD_DECIDE:
        decide(sheet);
        break;
    case CMD_REASON:
        app_prompt(app, ASK_REASON, "reason ", buf_str(&sheet->reason));
        break;
    case CMD_DOWN:
        scroll(sheet, 1);
        break;
    case CMD_UP:
        scroll(sheet, -1);
        break;
    case CMD_PAGE_DOWN:
    case CMD_HALF_DOWN:
        scroll(sheet, (long)sheet->rows);
        break;
    case CMD_PAGE_UP:
    case CMD_HALF_UP:
        scroll(sheet, -(long)sheet->rows);
        break;
    case CMD_BACK:
        app_pop(app);
        app_say(app, false, "not done");
        break;
    default:
        break;
    }
}

static void
answer(struct view *view, enum prompt_kind kind, struct str line)
{
    struct sheet_view *sheet = sheet_of(view);

    if (kind != ASK_REASON)
        return;
    buf_clear(&sheet->reason);
    xbuf_append_str(&sheet->reason, str_trim(line));
}

static void
layout(struct view *view, unsigned rows, unsigned cols)
{
    struct sheet_view *sheet = sheet_of(view);

    (void)cols;
    sheet->rows = rows > HEAD_ROWS ? rows - HEAD_ROWS : 0;
    scroll(sheet, 0);
}

/* "bad", "+topic/insult" of every act. */
static void
draw_title(const struct sheet_view *sheet, struct grid *grid)
{
    const struct desk_sheet *facts = desk_sheet(sheet->view.app->desk);
    char count[BAR_COUNT];
    unsigned col;

    bar_count(facts->count, count);
    grid_rule(grid, 0);
    col = grid_put(grid, 0, 2, STYLE_TITLE, " ");
    for (size_t i = 0; i < sheet->act_count; i++) {
        const struct desk_act *act = &sheet->acts[i].act;
        struct annotation shown = {.kind = act->kind,
                                   .value = act->value,
                                   .number = act->number,
                                   .text = act->text};
        struct buf words = {0};

        desk_describe(&shown, &words);
        col +=
            grid_put_data(grid, 0, col, 30, STYLE_DATA_TITLE, buf_str(&words));
        col = grid_put(grid, 0, col, STYLE_TITLE, " ");
        buf_release(&words);
    }
    grid_printf(grid, 0, col, STYLE_TITLE, "on %s document%s? ", count,
                facts->count == 1 ? "" : "s");
}

static void
draw_facts(const struct sheet_view *sheet, struct grid *grid)
{
    const struct desk_sheet *facts = desk_sheet(sheet->view.app->desk);
    char judged[BAR_COUNT];
    char mine[BAR_COUNT];
    unsigned col;

    bar_count(facts->judged, judged);
    bar_count(facts->mine, mine);
    if (!facts->known)
        grid_put(grid, 1, 2, STYLE_DIM, "counting ...");
    else if (facts->judged == 0)
        grid_put(grid, 1, 2, STYLE_NORMAL, "nobody judged any of them");
    else
        grid_printf(grid, 1, 2, STYLE_WARN,
                    "judged before: %s, by me %s; this comes on top", judged,
                    mine);
    col = grid_put(grid, 2, 2, STYLE_DIM, "reason: ");
    if (sheet->reason.len > 0)
        grid_put_data(grid, 2, col, grid->clip.cols, STYLE_DATA,
                      buf_str(&sheet->reason));
    else
        grid_put(grid, 2, col, STYLE_DIM, "none yet");
    grid_printf(grid, 3, 2, STYLE_TITLE,
                facts->sample_count == facts->count ? "ALL OF THEM"
                                                    : "%zu OF THEM AT RANDOM",
                facts->sample_count);
}

static void
draw_sample(struct desk *desk, uint32_t row, struct pen pen)
{
    const struct desk_row *data = desk_row_loaded(desk, row);
    struct grid *grid = pen.grid;
    struct text_look look;

    if (!data) {
        grid_put(grid, pen.row, pen.col, STYLE_DIM, "loading ...");
        return;
    }
    grid_put_data(grid, pen.row, pen.col, 14, STYLE_DATA_TITLE, data->id);
    pen.col += 15;
    look = text_look_of_row(data);
    look.style = STYLE_DATA;
    (void)text_draw_line(pen, &look);
}

/* A bin a row: its lower end, a bar, the count. */
static void
draw_histogram(const struct desk_sheet *facts, struct desk *desk,
               struct grid *grid)
{
    unsigned left = grid->clip.cols - HISTOGRAM_COLS;
    uint32_t most = 1;

    grid_put_data(grid, 3, left, HISTOGRAM_COLS - 2, STYLE_DATA_TITLE,
                  str_of(desk_score_def(desk, facts->score)->name));
    for (size_t i = 0; i < SHEET_BINS; i++)
        most = facts->bins[i] > most ? facts->bins[i] : most;
    for (size_t i = 0; i < SHEET_BINS && HEAD_ROWS + i < grid->clip.rows; i++) {
        unsigned row = HEAD_ROWS + (unsigned)i;
        char count[BAR_COUNT];

        bar_count(facts->bins[i], count);
        grid_printf(grid, row, left, STYLE_DIM, "%8.3g ",
                    facts->low +
                        (facts->high - facts->low) * (double)i / SHEET_BINS);
        grid_bar(grid, row, left + 9, 14, (double)facts->bins[i] / most,
                 STYLE_NORMAL);
        grid_put(grid, row, left + 24, STYLE_NORMAL, count);
    }
    if (facts->without)
        grid_printf(grid, HEAD_ROWS + SHEET_BINS, left, STYLE_DIM,
                    "%u without it", (unsigned)facts->without);
}

static void
draw(const struct view *view, struct grid *grid)
{
    const struct sheet_view *sheet = (const struct sheet_view *)view;
    struct desk *desk = view->app->desk;
    const struct desk_sheet *facts = desk_sheet(desk);
    bool beside = grid->clip.cols >= 80 && facts->has_score;
    unsigned end = grid->clip.cols - (beside ? HISTOGRAM_COLS + 1 : 0);

    draw_title(sheet, grid);
    draw_facts(sheet, grid);
    for (size_t i = 0; i < sheet->rows && sheet->top + i < facts->sample_count;
         i++) {
        struct pen pen = {grid, HEAD_ROWS + (unsigned)i, 2, end, STYLE_DATA};

        draw_sample(desk, facts->samples[sheet->top + i], pen);
    }
    if (beside)
        draw_histogram(facts, desk, grid);
    else if (facts->scores_hidden && grid->clip.cols >= 80)
        grid_put_right(grid, 3, STYLE_DIM, "scores are hidden ");
}

static void
close_view(struct view *view)
{
    struct sheet_view *sheet = sheet_of(view);

    for (size_t i = 0; i < sheet->act_count; i++) {
        free(sheet->acts[i].value);
        free(sheet->acts[i].text);
    }
    buf_release(&sheet->reason);
    free(sheet);
}

struct view *
view_sheet_new(struct app *app)
{
    static const struct view_ops ops = {
        .name = "sheet",
        .where = where,
        .command = command,
        .answer = answer,
        .layout = layout,
        .draw = draw,
        .close = close_view,
    };
    struct sheet_view *sheet = xcalloc(1, sizeof(*sheet));

    sheet->view = (struct view){&ops, app};
    desk_ask_sheet(app->desk);
    return &sheet->view;
}

bool
view_is_sheet(const struct view *view)
{
    return view->ops->where == where;
}
