/* The cells of the screen. grid_put_piece() is where all text comes in: what
 * it writes was made harmless by width_piece(). */
#include "config.h"

#include "tui/grid.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/utf8.h"
#include "stet/xalloc.h"

static const char *const style_names[] = {
#define X(name, text) text,
    STYLES(X)
#undef X
};

static const struct cell blank = {" ", 1, 1, STYLE_NORMAL, 0};

const char *
style_name(enum style style)
{
    return style_names[style];
}

void
grid_init(struct grid *grid, unsigned rows, unsigned cols)
{
    *grid = (struct grid){0};
    grid_resize(grid, rows, cols);
}

void
grid_release(struct grid *grid)
{
    free(grid->cells);
    *grid = (struct grid){0};
}

void
grid_resize(struct grid *grid, unsigned rows, unsigned cols)
{
    grid->rows = rows ? rows : 1;
    grid->cols = cols ? cols : 1;
    grid->cells = xreallocarray(grid->cells, (size_t)grid->rows * grid->cols,
                                sizeof(*grid->cells));
    grid_clear(grid);
}

struct area
grid_whole(const struct grid *grid)
{
    return (struct area){0, 0, grid->rows, grid->cols};
}

void
grid_clear(struct grid *grid)
{
    for (size_t i = 0; i < (size_t)grid->rows * grid->cols; i++)
        grid->cells[i] = blank;
    grid->clip = grid_whole(grid);
    grid->cursor_row = grid->cursor_col = 0;
}

void
grid_clip(struct grid *grid, struct area area)
{
    if (area.row > grid->rows)
        area.row = grid->rows;
    if (area.col > grid->cols)
        area.col = grid->cols;
    if (area.rows > grid->rows - area.row)
        area.rows = grid->rows - area.row;
    if (area.cols > grid->cols - area.col)
        area.cols = grid->cols - area.col;
    grid->clip = area;
}

static struct cell *
cell_at(const struct grid *grid, unsigned row, unsigned col)
{
    return &grid->cells[(size_t)(grid->clip.row + row) * grid->cols +
                        grid->clip.col + col];
}

/* A wide character loses its other half when one of its cells is drawn over.
 */
static void
break_wide(const struct grid *grid, unsigned row, unsigned col)
{
    struct cell *cell = cell_at(grid, row, col);
    unsigned whole_col = grid->clip.col + col;

    if (cell->cells == 0 && whole_col > 0)
        cell[-1] = blank;
    if (cell->cells == 2 && whole_col + 1 < grid->cols)
        cell[1] = blank;
}

static void
set_cell(struct grid *grid, unsigned row, unsigned col, struct str bytes,
         unsigned cells, enum style style)
{
    struct cell *cell = cell_at(grid, row, col);

    assert(bytes.len <= CELL_BYTES && cells >= 1 && cells <= 2);
    for (unsigned i = 0; i < cells; i++)
        break_wide(grid, row, col + i);
    *cell = (struct cell){"", (unsigned char)bytes.len, (unsigned char)cells,
                          (unsigned char)style, 0};
    memcpy(cell->bytes, bytes.ptr, bytes.len);
    if (cells == 2)
        cell[1] = (struct cell){"", 0, 0, (unsigned char)style, 0};
}

/* ASCII, one cell a byte. */
static void
set_ascii(struct grid *grid, unsigned row, unsigned col, struct str text,
          enum style style)
{
    for (size_t i = 0; i < text.len; i++)
        set_cell(grid, row, col + (unsigned)i, str_slice(text, i, i + 1), 1,
                 style);
}

/* Clusters of several characters that take cells (flags, skin tones) are
 * spread over as many cells: what every terminal agrees on. */
static void
set_cluster(struct grid *grid, unsigned row, unsigned col, struct str cluster,
            enum style style)
{
    size_t start = 0;

    while (start < cluster.len) {
        unsigned len;
        unsigned cells;
        size_t end;

        cells = width_of(utf8_decode(cluster, start, &len));
        for (end = start + len; end < cluster.len; end += len)
            if (width_of(utf8_decode(cluster, end, &len)) > 0)
                break;
        if (cells > 0)
            set_cell(grid, row, col, str_slice(cluster, start, end), cells,
                     style);
        col += cells;
        start = end;
    }
}

unsigned
grid_put_piece(struct pen *pen, struct str text, const struct piece *piece)
{
    struct grid *grid = pen->grid;
    unsigned cells = piece->cells;
    unsigned end = pen->end;

    if (end > grid->clip.cols)
        end = grid->clip.cols;
    if (pen->row >= grid->clip.rows || cells == 0 || pen->col >= end ||
        cells > end - pen->col)
        return 0;
    if (piece->kind == PIECE_HIDDEN)
        set_ascii(grid, pen->row, pen->col, (struct str){piece->mark, cells},
                  STYLE_MARK);
    else
        set_cluster(grid, pen->row, pen->col,
                    str_slice(text, piece->start, piece->end), pen->style);
    pen->col += cells;
    return cells;
}

/* Newline and tab have no cells of their own in one line: their marks. */
static void
mark_controls(struct piece *piece)
{
    if (piece->kind != PIECE_NEWLINE && piece->kind != PIECE_TAB)
        return;
    memcpy(piece->mark, piece->kind == PIECE_TAB ? "^I" : "^J", 3);
    piece->kind = PIECE_HIDDEN;
    piece->cells = 2;
}

static bool
fits(struct str text, unsigned room)
{
    size_t at = 0;
    unsigned cells = 0;

    while (at < text.len && cells <= room) {
        struct piece piece = width_piece(text, at, false);

        mark_controls(&piece);
        cells += piece.cells;
        at = piece.end;
    }
    return cells <= room;
}

/* What has no room is left out as whole pieces, with "~" in their place. */
static unsigned
put_line(struct pen pen, struct str text)
{
    unsigned start = pen.col;
    bool whole = fits(text, pen.end - pen.col);
    size_t at = 0;

    pen.end -= !whole;
    while (at < text.len) {
        struct piece piece = width_piece(text, at, false);

        mark_controls(&piece);
        at = piece.end;
        if (piece.cells > 0 && grid_put_piece(&pen, text, &piece) == 0)
            break;
    }
    if (!whole) {
        grid_fill(pen.grid, pen.row, pen.col, pen.col + 1, STYLE_DIM, '~');
        pen.col++;
    }
    return pen.col - start;
}

unsigned
grid_put_data(struct grid *grid, unsigned row, unsigned col, unsigned cells,
              enum style style, struct str data)
{
    unsigned end;

    assert(style_is_data(style));
    if (row >= grid->clip.rows || col >= grid->clip.cols || cells == 0)
        return 0;
    end = cells < grid->clip.cols - col ? col + cells : grid->clip.cols;
    return put_line((struct pen){grid, row, col, end, style}, data);
}

unsigned
grid_put(struct grid *grid, unsigned row, unsigned col, enum style style,
         const char *text)
{
    assert(!style_is_data(style));
    if (row >= grid->clip.rows || col >= grid->clip.cols)
        return col;
    return col + put_line((struct pen){grid, row, col, grid->clip.cols, style},
                          str_of(text));
}

unsigned
grid_printf(struct grid *grid, unsigned row, unsigned col, enum style style,
            const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return grid_put(grid, row, col, style, text);
}

unsigned
grid_put_right(struct grid *grid, unsigned row, enum style style,
               const char *text)
{
    size_t cells = width_cells(str_of(text));
    unsigned col =
        cells < grid->clip.cols ? grid->clip.cols - (unsigned)cells : 0;

    grid_put(grid, row, col, style, text);
    return col;
}

void
grid_fill(struct grid *grid, unsigned row, unsigned col, unsigned end,
          enum style style, char fill)
{
    assert(fill >= 0x20 && fill < 0x7F);
    if (row >= grid->clip.rows)
        return;
    for (; col < end && col < grid->clip.cols; col++)
        set_cell(grid, row, col, (struct str){&fill, 1}, 1, style);
}

void
grid_rule(struct grid *grid, unsigned row)
{
    for (unsigned col = 0; col < grid->clip.cols && row < grid->clip.rows;
         col++)
        set_cell(grid, row, col,
                 grid->ascii ? STR_LIT("-") : STR_LIT("\xE2\x94\x80"), 1,
                 STYLE_RULE);
}

void
grid_rule_down(struct grid *grid, unsigned col)
{
    for (unsigned row = 0; row < grid->clip.rows; row++)
        if (col < grid->clip.cols)
            set_cell(grid, row, col,
                     grid->ascii ? STR_LIT("|") : STR_LIT("\xE2\x94\x82"), 1,
                     STYLE_RULE);
}

void
grid_bar(struct grid *grid, unsigned row, unsigned col, unsigned cells,
         double part, enum style style)
{
    unsigned full;

    part = part >= 0 ? part : 0; /* also NaN */
    full = (unsigned)((part < 1 ? part : 1) * cells + 0.5);
    for (unsigned i = 0; i < cells && col + i < grid->clip.cols; i++) {
        bool on = i < full;

        if (row >= grid->clip.rows)
            return;
        if (grid->ascii)
            grid_fill(grid, row, col + i, col + i + 1, on ? style : STYLE_DIM,
                      on ? '#' : '.');
        else
            set_cell(grid, row, col + i,
                     on ? STR_LIT("\xE2\x96\x88") : STR_LIT("\xE2\x96\x91"), 1,
                     on ? style : STYLE_DIM);
    }
}

void
grid_cursor(struct grid *grid, unsigned row, unsigned col)
{
    if (grid->clip.rows == 0 || grid->clip.cols == 0)
        return;
    grid->cursor_row =
        grid->clip.row + (row < grid->clip.rows ? row : grid->clip.rows - 1);
    grid->cursor_col =
        grid->clip.col + (col < grid->clip.cols ? col : grid->clip.cols - 1);
}

void
grid_fade(struct grid *grid, unsigned row)
{
    for (unsigned col = 0; row < grid->clip.rows && col < grid->clip.cols;
         col++) {
        struct cell *cell = cell_at(grid, row, col);

        cell->style =
            style_is_data((enum style)cell->style) ? STYLE_DATA_DIM : STYLE_DIM;
    }
}

void
grid_focus(struct grid *grid, unsigned row, unsigned col, bool whole_row)
{
    if (row >= grid->clip.rows || grid->clip.cols == 0)
        return;
    for (unsigned i = 0; whole_row && i < grid->clip.cols; i++)
        cell_at(grid, row, i)->focus = 1;
    grid_cursor(grid, row, col);
}

static void
dump_row(const struct grid *grid, unsigned row, struct buf *out)
{
    const struct cell *cells = &grid->cells[(size_t)row * grid->cols];
    unsigned end = grid->cols;

    while (end > 0 && cells[end - 1].len == 1 && cells[end - 1].bytes[0] == ' ')
        end--;
    xbuf_append(out, "|", 1);
    for (unsigned col = 0; col < end; col++)
        xbuf_append(out, cells[col].bytes, cells[col].len);
    xbuf_append(out, "\n", 1);
}

static void
dump_styles(const struct grid *grid, unsigned row, struct buf *out)
{
    const struct cell *cells = &grid->cells[(size_t)row * grid->cols];
    unsigned col = 0;
    bool any = false;

    while (col < grid->cols) {
        unsigned start = col;
        const struct cell *first = &cells[start];

        while (col < grid->cols && cells[col].style == first->style &&
               cells[col].focus == first->focus)
            col++;
        if (first->style == STYLE_NORMAL && !first->focus)
            continue;
        if (!any)
            xbuf_printf(out, "@%u", row);
        any = true;
        xbuf_printf(out, " %u-%u:%s%s", start, col - 1,
                    style_name((enum style)first->style),
                    first->focus ? "+focus" : "");
    }
    if (any)
        xbuf_append(out, "\n", 1);
}

void
grid_dump(const struct grid *grid, struct buf *out)
{
    xbuf_printf(out, "screen %ux%u cursor %u,%u\n", grid->cols, grid->rows,
                grid->cursor_row, grid->cursor_col);
    for (unsigned row = 0; row < grid->rows; row++)
        dump_row(grid, row, out);
    for (unsigned row = 0; row < grid->rows; row++)
        dump_styles(grid, row, out);
}
