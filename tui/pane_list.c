/* The list: a row a document. Rows that are not loaded yet are drawn as
 * numbers only. */
#include "config.h"

#include "tui/pane_list.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stet/fileio.h"
#include "stet/utf8.h"
#include "tui/textdraw.h"

#define SCORE_CELLS 9
/* Rows that a search will replace fade after this; not for a moment. */
#define LIST_OLD_US 100000

void
list_state_word(struct str verdict, unsigned flags, char out[8])
{
    const char *word = NULL;

    if (flags & STATE_ESCALATED)
        word = "ESC!";
    else if (flags & STATE_DROPPED)
        word = "DROP";
    else if (flags & STATE_REWRITTEN)
        word = "RW";
    else if (str_equal(verdict, STR_LIT("good")))
        word = "ok";
    else if (str_equal(verdict, STR_LIT("bad")))
        word = "BAD";
    else if (verdict.len > 0) {
        struct buf text = {0};

        width_escape(verdict, 4, &text);
        (void)snprintf(out, 8, "%.7s", xbuf_cstr(&text));
        buf_release(&text);
        return;
    } else if (flags & STATE_KEPT)
        word = "keep";
    else if (flags & STATE_SKIPPED)
        word = "skip";
    else if (flags & STATE_JUDGED)
        word = "done";
    else if (flags & STATE_DRAFT)
        word = "dr..";
    (void)snprintf(out, 8, "%s", word ? word : "--");
}

void
score_text(double value, char out[16])
{
    if (isnan(value))
        (void)snprintf(out, 16, "  ");
    else if (value == floor(value) && fabs(value) < 10000)
        (void)snprintf(out, 16, "%.0f", value);
    else if (fabs(value) < 1) {
        /* "0.93" as ".93"; what rounds to 1 is 1.00 */
        (void)snprintf(out, 16, "%.2f", value);
        if (out[0] == '0')
            memmove(out, out + 1, strlen(out));
    } else if (fabs(value) < 1000)
        (void)snprintf(out, 16, "%.1f", value);
    else
        (void)snprintf(out, 16, "%.1e", value);
}

/* How much a score is worth a column: the one of the order, then those whose
 * bad end is known; 0: the rows on screen do not have it. */
static unsigned
score_worth(const struct list_pane *pane, struct desk *desk, unsigned score)
{
    const struct score_def *def = desk_score_def(desk, score);
    unsigned known = 0;

    for (uint32_t i = 0; i < pane->rows; i++) {
        const struct desk_row *row = desk_row(desk, pane->top + i);

        known += row && row->scores && !isnan(row->scores[score]);
    }
    if (known == 0)
        return 0;
    if (str_starts_with(desk_list(desk)->order, str_of(def->name)))
        return UINT32_MAX;
    return known + (isnan(def->threshold) ? 0 : 4000) +
           (def->bad == SCORE_BAD_UNKNOWN ? 0 : 2000);
}

static void
choose_scores(struct list_pane *pane, struct desk *desk)
{
    unsigned room = pane->cols >= 70 ? 3 : pane->cols >= 54 ? 2 : 1;
    unsigned worth[LIST_SCORES] = {0};
    size_t count = desk_score_count(desk);

    pane->score_count = 0;
    for (unsigned s = 0; s < count; s++) {
        unsigned mine = score_worth(pane, desk, s);
        unsigned at = pane->score_count;

        if (mine == 0)
            continue;
        while (at > 0 && worth[at - 1] < mine)
            at--;
        if (at >= room)
            continue;
        for (unsigned i = room - 1; i > at; i--) {
            worth[i] = worth[i - 1];
            pane->scores[i] = pane->scores[i - 1];
        }
        worth[at] = mine;
        pane->scores[at] = s;
        pane->score_count += pane->score_count < room;
    }
}

void
list_pane_layout(struct list_pane *pane, struct desk *desk, unsigned rows,
                 unsigned cols)
{
    const struct desk_list *list = desk_list(desk);
    uint32_t room = rows > 1 ? rows - 1 : 1; /* the header */

    pane->rows = room;
    pane->cols = cols;
    if (list->current < pane->top)
        pane->top = list->current;
    if (list->current >= pane->top + room)
        pane->top = list->current - room + 1;
    if (list->count > 0 && pane->top + room > list->count)
        pane->top = list->count > room ? list->count - room : 0;
    desk_rows_around(desk, pane->top, room);
    choose_scores(pane, desk);
}

static unsigned
number_cells(const struct desk_list *list)
{
    char text[16];

    return (unsigned)snprintf(text, sizeof(text), "%u", (unsigned)list->count) +
           1;
}

static unsigned
id_cells(const struct list_pane *pane)
{
    return pane->cols >= 90 ? 24 : pane->cols >= 60 ? 16 : 10;
}

static void
draw_header(const struct list_pane *pane, struct desk *desk, struct grid *grid)
{
    unsigned col = 2 + number_cells(desk_list(desk)) + 1;

    grid_put(grid, 0, 2, STYLE_DIM, "#");
    grid_put(grid, 0, col, STYLE_DIM, "done");
    col += 5;
    for (unsigned i = 0; i < pane->score_count; i++) {
        const struct score_def *def = desk_score_def(desk, pane->scores[i]);

        grid_put_data(grid, 0, col, SCORE_CELLS - 1, STYLE_DATA_DIM,
                      str_of(def->name));
        col += SCORE_CELLS;
    }
    grid_put(grid, 0, col, STYLE_DIM, "id");
    grid_put(grid, 0, col + id_cells(pane) + 1, STYLE_DIM, "text");
}

/* Where a score lies: 0 unknown or harmless, 1 over its threshold. */
static bool
is_over(const struct score_def *def, double value)
{
    if (isnan(value) || isnan(def->threshold))
        return false;
    return def->bad == SCORE_BAD_LOW ? value <= def->threshold
                                     : value >= def->threshold;
}

static unsigned
draw_scores(const struct list_pane *pane, struct desk *desk,
            const struct desk_row *row, struct grid *grid, unsigned at,
            unsigned col)
{
    for (unsigned i = 0; i < pane->score_count; i++) {
        double value = row->scores ? row->scores[pane->scores[i]] : (double)NAN;
        bool over = is_over(desk_score_def(desk, pane->scores[i]), value);
        char text[16];

        score_text(value, text);
        grid_printf(grid, at, col, over ? STYLE_WARN : STYLE_NORMAL, "%5s%s",
                    text, over ? "!" : "");
        col += SCORE_CELLS;
    }
    return col;
}

/* The end of an id tells documents apart, not its beginning. */
static void
draw_id(struct grid *grid, unsigned at, unsigned col, unsigned cells,
        struct str id)
{
    size_t from = 0;
    size_t width = width_cells(id);

    if (width > cells) {
        grid_put(grid, at, col++, STYLE_DIM, "~");
        cells--;
    }
    while (width > cells && from < id.len) {
        struct piece piece = width_piece(id, from, false);

        width -= width_cells(str_slice(id, from, piece.end));
        from = piece.end;
    }
    grid_put_data(grid, at, col, cells, STYLE_DATA_DIM,
                  str_slice(id, from, id.len));
}

/* Begin a snippet so that its first hit is seen. */
static size_t
snippet_from(const struct desk_row *row, unsigned cells)
{
    size_t hit = row->hit_count ? row->hits[0].end : 0;
    size_t space;

    if (hit <= cells)
        return 0;
    hit = row->hits[0].start;
    if (hit <= cells / 3)
        return 0;
    /* from a word on, if one begins there */
    space = str_find(str_slice(row->snippet, 0, hit), STR_LIT(" "),
                     hit - cells / 3);
    return space != SIZE_MAX ? space + 1
                             : utf8_prev(row->snippet, hit - cells / 3);
}

static enum style
state_style(const char *word)
{
    return strcmp(word, "BAD") == 0 || strcmp(word, "ESC!") == 0 ? STYLE_BAD
           : strcmp(word, "ok") == 0                             ? STYLE_GOOD
           : strcmp(word, "--") == 0                             ? STYLE_DIM
                                                                 : STYLE_BOLD;
}

static void
draw_row(const struct list_pane *pane, struct desk *desk, struct grid *grid,
         unsigned at, uint32_t number)
{
    const struct desk_list *list = desk_list(desk);
    const struct desk_row *row = desk_row(desk, number);
    unsigned cells = number_cells(list);
    unsigned col = 2 + cells + 1;
    struct text_layer layer;
    struct text_look look;
    char word[8];

    grid_put(grid, at, 0, STYLE_BOLD, number == list->current ? ">" : " ");
    grid_printf(grid, at, 2, STYLE_DIM, "%*u", (int)cells - 1,
                (unsigned)number + 1);
    if (!row) {
        grid_put(grid, at, col, STYLE_DIM, "..");
        return;
    }
    if (row->marked)
        grid_put(grid, at, 1, STYLE_BOLD, "*");
    if (row->taken)
        (void)snprintf(word, sizeof(word), "took");
    else
        list_state_word(row->verdict, row->flags, word);
    grid_put(grid, at, col, state_style(word), word);
    col = draw_scores(pane, desk, row, grid, at, col + 5);
    draw_id(grid, at, col, id_cells(pane), row->id.len ? row->id : row->shard);
    col += id_cells(pane) + 1;
    layer =
        (struct text_layer){row->hits, row->hit_count, STYLE_DATA_HIT, NULL};
    look = text_look_of_row(row);
    look.layers = &layer;
    look.layer_count = 1;
    look.from =
        snippet_from(row, grid->clip.cols > col ? grid->clip.cols - col : 0);
    text_draw_line((struct pen){grid, at, col, grid->clip.cols, STYLE_DATA},
                   &look);
}

void
list_pane_draw(const struct list_pane *pane, struct desk *desk,
               struct grid *grid, bool focus)
{
    const struct desk_list *list = desk_list(desk);
    bool old = list->running && !list->partial &&
               time_monotonic_us() - list->since_us > LIST_OLD_US;

    draw_header(pane, desk, grid);
    if (list->count == 0) {
        const struct desk_message *message = desk_message(desk);

        if (message->is_error && !list->running)
            grid_put_data(grid, 1, 2, grid->clip.cols, STYLE_DATA,
                          message->text);
        else
            grid_put(grid, 1, 2, STYLE_DIM,
                     list->running ? "searching ..." : "nothing found");
        return;
    }
    for (uint32_t i = 0; i < pane->rows && pane->top + i < list->count; i++) {
        draw_row(pane, desk, grid, i + 1, pane->top + i);
        if (old)
            grid_fade(grid, i + 1);
        if (pane->top + i == list->current && focus)
            grid_focus(grid, i + 1, 0, true);
    }
}
