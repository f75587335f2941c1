/* Text of documents on the screen. Masks are enforced here and nowhere else:
 * `covered` is looked at before the first byte. */
#include "config.h"

#include "tui/textdraw.h"

#include <assert.h>

#include "tui/wrap.h"

struct text_look
text_look_of(const struct desk_document *document)
{
    return (struct text_look){.text = document->display,
                              .covered = document->masked,
                              .cover = document->cover,
                              .open = document->open,
                              .open_count = document->open_count,
                              .style = STYLE_DATA};
}

struct text_look
text_look_of_row(const struct desk_row *row)
{
    return (struct text_look){.text = row->snippet,
                              .covered = row->masked,
                              .cover = row->cover,
                              .style = STYLE_DATA};
}

/* The style at byte `at`: of the last layer with a span over it. */
static enum style
style_at(const struct text_look *look, size_t at)
{
    enum style style = look->style;

    for (size_t i = 0; i < look->layer_count; i++) {
        const struct text_layer *layer = &look->layers[i];
        size_t low = 0;
        size_t high = layer->count;

        while (low < high) { /* first span that starts behind `at` */
            size_t middle = low + (high - low) / 2;

            if (layer->spans[middle].start <= at)
                low = middle + 1;
            else
                high = middle;
        }
        /* spans may overlap: look back a little */
        for (size_t back = 0; low > 0 && back < 16; back++, low--)
            if (at < layer->spans[low - 1].end) {
                style = layer->styles ? (enum style)layer->styles[low - 1]
                                      : layer->style;
                break;
            }
    }
    return style;
}

static void
draw_cover(struct pen *pen, const struct text_look *look)
{
    pen->style = STYLE_COVER;
    for (size_t at = 0; at < look->cover.len;) {
        struct piece piece = width_piece(look->cover, at, false);

        if (piece.cells > 0 && !grid_put_piece(pen, look->cover, &piece))
            return;
        at = piece.end;
    }
}

static bool
may_show(const struct text_look *look, size_t start, size_t end)
{
    for (size_t i = 0; look->covered && i < look->open_count; i++)
        if (look->open[i].start <= start && end <= look->open[i].end)
            return true;
    return !look->covered;
}

/* As wide as what it covers. */
static void
draw_bar(struct pen *pen, unsigned cells)
{
    static const struct piece mark = {PIECE_TEXT, 0, 1, 1, ""};

    pen->style = STYLE_COVER;
    while (cells-- > 0 && grid_put_piece(pen, STR_LIT("#"), &mark))
        ;
}

static void
draw_tab(struct pen *pen, unsigned cells, bool reveal)
{
    static const struct piece mark = {PIECE_HIDDEN, 0, 1, 2, "^I"};

    if (reveal && cells > 1)
        cells -= grid_put_piece(pen, STR_LIT("\t"), &mark);
    while (cells-- > 0) {
        struct piece blank = {PIECE_TEXT, 0, 1, 1, ""};

        grid_put_piece(pen, STR_LIT(" "), &blank);
    }
}

/* A mark wider than the pane is cut to it. */
static void
fit_mark(struct piece *piece, unsigned width)
{
    if (piece->kind == PIECE_HIDDEN && piece->cells > width)
        piece->cells = width;
}

unsigned
text_draw(struct pen pen, const struct text_look *look, size_t start,
          size_t end)
{
    struct str text = {look->text.ptr, end};
    unsigned width = pen.end > pen.col ? pen.end - pen.col : 0;
    unsigned column = 0;

    if (look->covered && look->open_count == 0) {
        draw_cover(&pen, look);
        return pen.col;
    }
    assert(end <= look->text.len);
    for (size_t at = start; at < end && pen.col < pen.end;) {
        struct piece piece = width_piece(text, at, look->reveal);
        unsigned cells =
            piece.kind == PIECE_TAB ? wrap_tab_cells(column) : piece.cells;

        at = piece.end;
        column += cells;
        if (column <= look->skip || cells == 0)
            continue;
        if (!may_show(look, piece.start, piece.end)) {
            draw_bar(&pen, cells);
            continue;
        }
        pen.style = style_at(look, piece.start);
        fit_mark(&piece, width);
        if (piece.kind == PIECE_TAB)
            draw_tab(&pen, cells, look->reveal);
        else if (!grid_put_piece(&pen, text, &piece))
            break;
    }
    return pen.col;
}

unsigned
text_draw_line(struct pen pen, const struct text_look *look)
{
    static const struct piece blank = {PIECE_TEXT, 0, 1, 1, ""};
    size_t at = look->from;
    unsigned keep = pen.col;
    bool cut = false;

    if (look->covered) {
        draw_cover(&pen, look);
        return pen.col;
    }
    while (at < look->text.len && !cut) {
        struct piece piece = width_piece(look->text, at, look->reveal);

        at = piece.end;
        pen.style = style_at(look, piece.start);
        if (piece.kind == PIECE_NEWLINE || piece.kind == PIECE_TAB)
            cut = !grid_put_piece(&pen, STR_LIT(" "), &blank);
        else if (piece.cells > 0)
            cut = !grid_put_piece(&pen, look->text, &piece);
        if (pen.col < pen.end)
            keep = pen.col;
    }
    if (cut) {
        grid_fill(pen.grid, pen.row, keep, keep + 1, STYLE_DIM, '~');
        /* of a wide piece that ended where the room does */
        grid_fill(pen.grid, pen.row, keep + 1, pen.col, STYLE_NORMAL, ' ');
    }
    return pen.col;
}
