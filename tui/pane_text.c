/* A text in a pane. Nothing here looks at more of it than the rows on screen,
 * except for finding. */
#include "config.h"

#include "tui/pane_text.h"

#include <stdlib.h>

#include "stet/utf8.h"
#include "stet/xalloc.h"
#include "tui/pane_list.h"

#define GUTTER_MIN_COLS 50
#define SIDE_STEP 8
#define NUMBER_COLS 7
#define MARGIN_COLS 5 /* " .93 " */
#define MARGIN_MIN_COLS 30
#define FOUND_MAX 512 /* matches drawn on one screen */

void
text_pane_init(struct text_pane *pane)
{
    *pane = (struct text_pane){.soft = true, .numbers = true};
    wrap_init(&pane->wrap);
}

void
text_pane_release(struct text_pane *pane)
{
    wrap_release(&pane->wrap);
    regex_free(pane->regex);
    free(pane->found);
    *pane = (struct text_pane){0};
}

void
text_pane_move(struct text_pane *pane, struct str text)
{
    wrap_forget(&pane->wrap);
    pane->text = text;
    if (pane->top > text.len)
        pane->top = 0;
    if (pane->cursor > text.len)
        pane->cursor = 0;
}

void
text_pane_set(struct text_pane *pane, struct str text)
{
    pane->top = pane->cursor = 0;
    pane->left = 0;
    text_pane_move(pane, text);
}

static void
set_wrap(struct text_pane *pane)
{
    unsigned cols = pane->cols > pane->gutter ? pane->cols - pane->gutter : 1;

    wrap_set(&pane->wrap, pane->text, cols, pane->soft, pane->reveal);
}

/* The last useful first row: the text's end at the bottom. */
static size_t
last_top(struct text_pane *pane)
{
    return wrap_move(&pane->wrap, pane->text.len,
                     pane->rows > 1 ? -(long)(pane->rows - 1) : 0);
}

static void
clamp_top(struct text_pane *pane)
{
    size_t last = last_top(pane);

    pane->top = wrap_at(&pane->wrap, pane->top).start;
    if (pane->top > last)
        pane->top = last;
}

void
text_pane_visible(const struct text_pane *pane, size_t *start, size_t *end)
{
    *start = pane->line_count ? pane->lines[0].start : 0;
    *end = pane->line_count ? pane->lines[pane->line_count - 1].next : 0;
}

static void
find_visible(struct text_pane *pane)
{
    size_t start;
    size_t end;
    size_t at;

    pane->found_count = 0;
    if (!pane->regex)
        return;
    text_pane_visible(pane, &start, &end);
    at = start > 256 ? utf8_prev(pane->text, start - 256) : 0;
    while (at < end && pane->found_count < FOUND_MAX) {
        bool found = false;
        struct span span;
        struct error err = ERROR_INIT;

        if (regex_find(pane->regex, str_slice(pane->text, 0, end), at, &found,
                       &span.start, &span.end, &err) ||
            !found)
            return;
        if (pane->found_count == pane->found_cap) {
            pane->found_cap = pane->found_cap ? pane->found_cap * 2 : 16;
            pane->found = xreallocarray(pane->found, pane->found_cap,
                                        sizeof(*pane->found));
        }
        pane->found[pane->found_count++] = span;
        at = span.end > at ? span.end : at + 1;
    }
}

static bool
has_margin(const struct text_pane *pane)
{
    return pane->note_count > 0 && pane->cols >= MARGIN_MIN_COLS;
}

void
text_pane_layout(struct text_pane *pane, unsigned rows, unsigned cols)
{
    struct wrap_row row;
    size_t start;
    size_t end;

    pane->rows = rows < PANE_ROWS_MAX ? rows : PANE_ROWS_MAX;
    pane->cols = cols;
    pane->gutter = pane->numbers && cols >= GUTTER_MIN_COLS ? NUMBER_COLS : 0;
    if (has_margin(pane))
        pane->gutter += MARGIN_COLS;
    set_wrap(pane);
    clamp_top(pane);
    pane->line_count = 0;
    row = wrap_at(&pane->wrap, pane->top);
    while (pane->line_count < pane->rows) {
        pane->numbers_of[pane->line_count] =
            pane->gutter ? wrap_line(&pane->wrap, row.start) : 0;
        pane->lines[pane->line_count++] = row;
        if (!wrap_next(&pane->wrap, &row))
            break;
    }
    pane->top_number = wrap_line(&pane->wrap, pane->lines[0].start);
    text_pane_visible(pane, &start, &end);
    if (pane->cursor < start ||
        (pane->cursor >= end && end > start && end < pane->text.len))
        pane->cursor = start;
    find_visible(pane);
}

/* The worst of the numbers that belong to a row: "!" is over a threshold. */
static void
draw_margin(const struct text_pane *pane, struct grid *grid, unsigned i)
{
    static const enum style styles[] = {STYLE_DIM, STYLE_NORMAL, STYLE_WARN};
    const struct wrap_row *row = &pane->lines[i];
    const struct text_note *worst = NULL;
    size_t low = 0;
    size_t high = pane->note_count;
    char value[16];

    while (low < high) { /* the first that begins in the row or behind */
        size_t middle = low + (high - low) / 2;

        if (pane->notes[middle].at < row->start)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < pane->note_count && pane->notes[low].at < row->next; low++)
        if (!worst || pane->notes[low].band > worst->band ||
            (pane->notes[low].band == worst->band &&
             pane->notes[low].value > worst->value))
            worst = &pane->notes[low];
    if (!worst)
        return;
    score_text(worst->value, value);
    grid_printf(grid, i, pane->gutter - MARGIN_COLS, styles[worst->band],
                "%4.4s%s", value, worst->over ? "!" : "");
}

static void
draw_gutter(const struct text_pane *pane, struct grid *grid, unsigned i)
{
    if (pane->lines[i].first)
        grid_printf(grid, i, 0, STYLE_DIM, "%5zu", pane->numbers_of[i]);
    else
        grid_put(grid, i, 4, STYLE_DIM, "~");
}

/* The row on screen that holds the cursor. */
static unsigned
cursor_row(const struct text_pane *pane)
{
    unsigned row = 0;

    while (row + 1 < pane->line_count &&
           pane->lines[row + 1].start <= pane->cursor)
        row++;
    return row;
}

static unsigned
cursor_column(const struct text_pane *pane, unsigned i)
{
    const struct wrap_row *row = &pane->lines[i];
    struct str text = {pane->text.ptr, row->end};
    size_t at = row->start;
    unsigned column = 0;

    while (at < row->end && at < pane->cursor) {
        struct piece piece = width_piece(text, at, pane->reveal);

        column +=
            piece.kind == PIECE_TAB ? wrap_tab_cells(column) : piece.cells;
        at = piece.end;
    }
    return column > pane->left ? column - pane->left : 0;
}

void
text_pane_draw(const struct text_pane *pane, struct grid *grid,
               const struct text_look *look, bool focus)
{
    struct text_layer layers[8];
    struct text_look full = *look;
    size_t count = look->layer_count < 7 ? look->layer_count : 7;
    unsigned row = cursor_row(pane);

    if (count > 0)
        memcpy(layers, look->layers, count * sizeof(*layers));
    layers[count++] = (struct text_layer){pane->found, pane->found_count,
                                          STYLE_DATA_FOUND, NULL};
    full.layers = layers;
    full.layer_count = count;
    full.reveal = pane->reveal;
    full.skip = pane->soft ? 0 : pane->left;
    if (look->covered && look->open_count == 0) {
        text_draw((struct pen){grid, 0, pane->gutter, pane->cols, STYLE_COVER},
                  &full, 0, 0);
        if (focus)
            grid_cursor(grid, 0, 0);
        return;
    }
    for (unsigned i = 0; i < pane->line_count; i++) {
        struct pen pen = {grid, i, pane->gutter, pane->cols, STYLE_DATA};

        if (pane->gutter >= NUMBER_COLS)
            draw_gutter(pane, grid, i);
        if (has_margin(pane))
            draw_margin(pane, grid, i);
        text_draw(pen, &full, pane->lines[i].start, pane->lines[i].end);
        if (!pane->soft &&
            pane->lines[i].cells > pane->left + pane->cols - pane->gutter)
            grid_put(grid, i, pane->cols - 1, STYLE_MARK, ">");
    }
    if (focus)
        grid_cursor(grid, row, pane->gutter + cursor_column(pane, row));
}

static void
scroll(struct text_pane *pane, long rows)
{
    pane->top = wrap_move(&pane->wrap, pane->top, rows);
    clamp_top(pane);
    pane->cursor = pane->top;
}

bool
text_pane_command(struct text_pane *pane, enum command command)
{
    long page = pane->rows > 2 ? (long)pane->rows - 1 : 1;

    set_wrap(pane);
    switch ((int)command) {
    case CMD_DOWN:
        scroll(pane, 1);
        return true;
    case CMD_UP:
        scroll(pane, -1);
        return true;
    case CMD_HALF_DOWN:
        scroll(pane, (page + 1) / 2);
        return true;
    case CMD_HALF_UP:
        scroll(pane, -(page + 1) / 2);
        return true;
    case CMD_PAGE_DOWN:
        scroll(pane, page);
        return true;
    case CMD_PAGE_UP:
        scroll(pane, -page);
        return true;
    case CMD_TOP:
        pane->top = pane->cursor = 0;
        pane->left = 0;
        return true;
    case CMD_END:
        pane->top = last_top(pane);
        pane->cursor = pane->top;
        return true;
    case CMD_LEFT:
        pane->left = pane->left > SIDE_STEP ? pane->left - SIDE_STEP : 0;
        return true;
    case CMD_RIGHT:
        if (!pane->soft)
            pane->left += SIDE_STEP;
        return true;
    case CMD_WRAP:
        pane->soft = !pane->soft;
        pane->left = 0;
        set_wrap(pane);
        pane->top = wrap_at(&pane->wrap, pane->cursor).start;
        clamp_top(pane);
        pane->cursor = pane->top;
        return true;
    case CMD_HIDDEN:
        pane->reveal = !pane->reveal;
        return true;
    default:
        return false;
    }
}

void
text_pane_show(struct text_pane *pane, size_t at)
{
    struct wrap_row row;
    size_t bottom;

    if (at > pane->text.len)
        at = pane->text.len;
    set_wrap(pane);
    pane->cursor = at;
    row = wrap_at(&pane->wrap, at);
    bottom = wrap_move(&pane->wrap, pane->top,
                       pane->rows > 1 ? (long)pane->rows - 1 : 0);
    if (row.start < pane->top || row.start > bottom)
        pane->top = wrap_move(&pane->wrap, row.start, -(long)pane->rows / 3);
    clamp_top(pane);
    if (!pane->soft) {
        unsigned column = wrap_column(&pane->wrap, &row, at);
        unsigned width =
            pane->cols > pane->gutter ? pane->cols - pane->gutter : 1;

        if (column < pane->left || column >= pane->left + width)
            pane->left = column > width / 2 ? column - width / 2 : 0;
    }
}

static bool
is_open(struct span row, const struct span *open, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (open[i].start <= row.start && row.end <= open[i].end)
            return true;
    return false;
}

bool
text_pane_next_covered(struct text_pane *pane, const struct span *open,
                       size_t count, struct span *span)
{
    struct wrap_row row;

    set_wrap(pane);
    row = wrap_at(&pane->wrap, pane->cursor);
    for (bool again = false;;) {
        *span = (struct span){row.start, row.next};
        while (row.end == row.start && wrap_next(&pane->wrap, &row))
            span->end = row.next; /* empty rows show nothing: take the next */
        if (!is_open(*span, open, count)) {
            text_pane_show(pane, row.start);
            return true;
        }
        if (wrap_next(&pane->wrap, &row))
            continue;
        if (again)
            return false;
        again = true;
        row = wrap_at(&pane->wrap, 0);
    }
}

void
text_pane_painted(const struct text_pane *pane, struct desk *desk)
{
    const struct desk_document *document = desk_document(desk);
    size_t start;
    size_t end;

    text_pane_visible(pane, &start, &end);
    if (!document->masked) {
        desk_painted(desk, start, end);
        return;
    }
    /* A covered text may be judged by its cover; none of it was seen. */
    desk_painted(desk, 0, 0);
    for (size_t i = 0; i < document->open_count; i++) {
        const struct span *open = &document->open[i];
        size_t from = open->start > start ? open->start : start;
        size_t to = open->end < end ? open->end : end;

        if (from < to)
            desk_painted(desk, from, to);
    }
}

enum err_code
text_pane_find(struct text_pane *pane, struct str pattern, struct error *err)
{
    struct regex *regex = NULL;
    enum err_code code = ERR_OK;

    if (pattern.len > 0)
        code = regex_compile(&regex, pattern, REGEX_LITERAL, err);
    if (code)
        return code;
    regex_free(pane->regex);
    pane->regex = regex;
    return ERR_OK;
}

/* The first match at or after `from`. */
static bool
match_from(struct text_pane *pane, size_t from, struct span *span)
{
    bool found = false;
    struct error err = ERROR_INIT;

    return !regex_find(pane->regex, pane->text, from, &found, &span->start,
                       &span->end, &err) &&
           found;
}

/* The last match before `at`: stretches backwards, each searched forwards. */
static bool
match_before(struct text_pane *pane, size_t at, struct span *last)
{
    size_t stretch = 4096;
    size_t from = at;
    bool any = false;

    while (!any && from > 0) {
        struct span span;
        size_t pos;

        from = at > stretch ? utf8_prev(pane->text, at - stretch) : 0;
        stretch *= 8;
        for (pos = from;
             match_from(pane, pos, &span) && span.start<at; pos = span.end> pos
                 ? span.end
                 : pos + 1) {
            *last = span;
            any = true;
        }
    }
    return any;
}

bool
text_pane_find_next(struct text_pane *pane, int direction)
{
    struct span span;
    size_t after = utf8_next(pane->text, pane->cursor);
    bool found;

    if (!pane->regex || pane->text.len == 0)
        return false;
    if (direction > 0)
        found = match_from(pane, after, &span) || match_from(pane, 0, &span);
    else
        found = match_before(pane, pane->cursor, &span) ||
                match_before(pane, pane->text.len, &span);
    if (found)
        text_pane_show(pane, span.start);
    return found;
}
