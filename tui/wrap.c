/* Rows of text. A line of more than two blocks is cut where a position can
 * find the cut again without looking at what is before it: at the first good
 * place at or after a multiple of WRAP_BLOCK from the line's start. */
#include "config.h"

#include "tui/wrap.h"

#include <assert.h>
#include <linebreak.h>
#include <stdlib.h>

#include "stet/utf8.h"
#include "stet/width.h"
#include "stet/xalloc.h"

#define BLOCKS_KEPT 128
#define CUT_SEARCH 256             /* bytes in which a cut looks for a space */
#define BLOCK_MAX (2 * WRAP_BLOCK) /* bytes of a block at most */

struct wrap_block {
    size_t start, end, next; /* end: without the line feed */
    bool first;              /* begins a line */
    bool used;
    unsigned tick;
    struct wrap_row *rows;
    size_t count, cap;
};

void
wrap_init(struct wrap *wrap)
{
    *wrap = (struct wrap){.cells = 1, .line_number = 1};
    wrap->blocks = xcalloc(BLOCKS_KEPT, sizeof(*wrap->blocks));
}

void
wrap_release(struct wrap *wrap)
{
    if (wrap->blocks)
        for (unsigned i = 0; i < BLOCKS_KEPT; i++)
            free(wrap->blocks[i].rows);
    free(wrap->blocks);
    *wrap = (struct wrap){0};
}

void
wrap_forget(struct wrap *wrap)
{
    wrap->text = (struct str){0};
    wrap->bounds_known = false;
    wrap->line_at = 0;
    wrap->line_number = 1;
    for (unsigned i = 0; i < BLOCKS_KEPT; i++)
        wrap->blocks[i].used = false;
}

void
wrap_set(struct wrap *wrap, struct str text, unsigned cells, bool soft,
         bool reveal)
{
    bool same_text = wrap->text.ptr == text.ptr && wrap->text.len == text.len;

    cells = cells ? cells : 1;
    if (!same_text) {
        wrap->bounds_known = false;
        wrap->line_at = 0;
        wrap->line_number = 1;
    }
    if (same_text && wrap->cells == cells && wrap->soft == soft &&
        wrap->reveal == reveal)
        return;
    wrap->text = text;
    wrap->cells = cells;
    wrap->soft = soft;
    wrap->reveal = reveal;
    for (unsigned i = 0; i < BLOCKS_KEPT; i++)
        wrap->blocks[i].used = false;
}

static size_t
line_start(struct str text, size_t at)
{
    const char *lf = at ? memrchr(text.ptr, '\n', at) : NULL;

    return lf ? (size_t)(lf - text.ptr) + 1 : 0;
}

static size_t
line_end(struct str text, size_t at)
{
    const char *lf =
        at < text.len ? memchr(text.ptr + at, '\n', text.len - at) : NULL;

    return lf ? (size_t)(lf - text.ptr) : text.len;
}

static bool
stands_alone(struct str text, size_t at)
{
    unsigned len;
    uint32_t cp;

    if (!utf8_is_boundary(text, at))
        return false;
    cp = utf8_decode(text, at, &len);
    return width_is_safe(cp) && width_of(cp) > 0;
}

/* The cut that belongs to `at`: behind a space if there is one soon. */
static size_t
cut_near(struct str text, size_t at, size_t end)
{
    size_t limit = end - at < CUT_SEARCH ? end : at + CUT_SEARCH;
    const char *space = memchr(text.ptr + at, ' ', limit - at);

    if (space)
        return (size_t)(space - text.ptr) + 1;
    while (at < limit && !stands_alone(text, at))
        at++;
    return at;
}

/* Bounds of the block that holds `at`, of a line over two blocks. */
static void
cut_block(struct str text, size_t line, size_t end, size_t at, size_t *from,
          size_t *to)
{
    size_t number = (at - line) / WRAP_BLOCK;

    /* what would be left at the end belongs to the block before */
    if (number && line + number * WRAP_BLOCK + CUT_SEARCH >= end)
        number--;
    for (;;) {
        size_t nominal = line + number * WRAP_BLOCK;
        size_t after = nominal + WRAP_BLOCK;

        *from = number ? cut_near(text, nominal, end) : line;
        if (*from > at) { /* the cut is behind `at` */
            number--;
            continue;
        }
        *to = after + CUT_SEARCH >= end ? end : cut_near(text, after, end);
        return;
    }
}

static void
add_row(struct wrap_block *block, const struct wrap_row *row)
{
    if (block->count == block->cap) {
        block->cap = block->cap ? block->cap * 2 : 8;
        block->rows =
            xreallocarray(block->rows, block->cap, sizeof(*block->rows));
    }
    block->rows[block->count++] = *row;
}

static unsigned
cells_of(const struct wrap *wrap, const struct piece *piece, unsigned column)
{
    unsigned cells =
        piece->kind == PIECE_TAB ? wrap_tab_cells(column) : piece->cells;

    return cells < wrap->cells ? cells : wrap->cells;
}

/* May the line be broken behind byte `at` - 1? */
static bool
may_break(const char *breaks, size_t start, size_t at)
{
    return breaks[at - 1 - start] == LINEBREAK_ALLOWBREAK;
}

/* Fill in soft rows of a block; `breaks` from libunibreak. */
static void
lay_out_soft(const struct wrap *wrap, struct wrap_block *block,
             const char *breaks)
{
    struct str text = {wrap->text.ptr, block->end};
    struct wrap_row row = {block->start, 0, 0, 0, block->first};
    size_t at = block->start;
    size_t good = 0; /* last break in this row; 0: none */
    unsigned column = 0;
    unsigned good_cells = 0;

    assert(text.ptr || text.len == 0);
    while (at < block->end) {
        struct piece piece = width_piece(text, at, wrap->reveal);
        unsigned cells = cells_of(wrap, &piece, column);
        bool space = text.ptr[at] == ' ';

        if (column + cells > wrap->cells && !space) {
            bool broken = good > row.start;
            size_t end = broken ? good : at;

            row.end = row.next = end;
            row.cells = broken ? good_cells : column;
            add_row(block, &row);
            row = (struct wrap_row){end, 0, 0, 0, false};
            at = end;
            column = 0;
            good = 0;
            continue;
        }
        if (column + cells <= wrap->cells)
            column += cells;
        at = piece.end;
        if (may_break(breaks, block->start, at)) {
            good = at;
            good_cells = column;
        }
    }
    row.end = block->end;
    row.next = block->next;
    row.cells = column;
    add_row(block, &row);
}

static void
lay_out_hard(const struct wrap *wrap, struct wrap_block *block)
{
    struct str text = {wrap->text.ptr, block->end};
    struct wrap_row row = {block->start, block->end, block->next, 0,
                           block->first};
    size_t at = block->start;

    while (at < block->end) {
        struct piece piece = width_piece(text, at, wrap->reveal);

        row.cells +=
            piece.kind == PIECE_TAB ? wrap_tab_cells(row.cells) : piece.cells;
        at = piece.end;
    }
    add_row(block, &row);
}

/* Ours, not libunibreak's, is the decoding: its tables are of 2012, and it
 * aborts on the characters that are replaced here. */
static utf32_t
breaking_character(struct str text, size_t at, unsigned *len)
{
    uint32_t cp = utf8_decode(text, at, len);

    if (cp >= 0x1F1E6 && cp <= 0x1F1FF) /* letters of flags */
        return 0x4E00;
    if (cp >= 0xFFFE || (cp >= 0xD800 && cp <= 0xDFFF))
        return cp >= 0x10000 && (cp & 0xFFFE) != 0xFFFE ? cp : 'x';
    return cp;
}

/* Breaks by the byte that ends a character. */
static void
find_breaks(struct str text, char *breaks)
{
    utf32_t characters[BLOCK_MAX];
    unsigned short ends[BLOCK_MAX];
    char found[BLOCK_MAX];
    size_t at = 0;
    size_t count = 0;

    while (at < text.len) {
        unsigned len;

        characters[count] = breaking_character(text, at, &len);
        at += len;
        ends[count++] = (unsigned short)(at - 1);
    }
    set_linebreaks_utf32(characters, count, NULL, found);
    memset(breaks, LINEBREAK_NOBREAK, text.len);
    for (size_t i = 0; i < count; i++)
        breaks[ends[i]] = found[i];
}

static void
lay_out(const struct wrap *wrap, struct wrap_block *block)
{
    char breaks[BLOCK_MAX];
    size_t len = block->end - block->start;

    block->count = 0;
    if (!wrap->soft || len <= wrap->cells / 8) {
        lay_out_hard(wrap, block);
        return;
    }
    assert(len <= BLOCK_MAX);
    find_breaks(str_slice(wrap->text, block->start, block->end), breaks);
    lay_out_soft(wrap, block, breaks);
}

/* Finding the ends of a line of 5 MB costs more than laying out a screen. */
static void
find_bounds(struct wrap *wrap, size_t at)
{
    if (wrap->bounds_known && wrap->bounds_start <= at &&
        at <= wrap->bounds_end)
        return;
    wrap->bounds_start = line_start(wrap->text, at);
    wrap->bounds_end =
        line_end(wrap->text, wrap->bounds_start > at ? wrap->bounds_start : at);
    wrap->bounds_known = true;
}

static struct wrap_block *
block_at(struct wrap *wrap, size_t at)
{
    struct wrap_block *oldest = &wrap->blocks[0];
    size_t line;
    size_t end;
    static bool ready;

    wrap->tick++;
    for (unsigned i = 0; i < BLOCKS_KEPT; i++) {
        struct wrap_block *block = &wrap->blocks[i];

        if (block->used && block->start <= at &&
            (at < block->next || (at == wrap->text.len && block->next == at))) {
            block->tick = wrap->tick;
            return block;
        }
        if (!block->used || (oldest->used && block->tick < oldest->tick))
            oldest = block;
    }
    if (!ready)
        init_linebreak();
    ready = true;
    if (at == wrap->text.len && at > 0)
        at--;
    find_bounds(wrap, at);
    line = wrap->bounds_start;
    end = wrap->bounds_end;
    oldest->start = line;
    oldest->end = end;
    if (end - line > 2 * WRAP_BLOCK)
        cut_block(wrap->text, line, end, at < end ? at : end - 1,
                  &oldest->start, &oldest->end);
    oldest->first = oldest->start == line;
    oldest->next = oldest->end + (oldest->end == end && end < wrap->text.len);
    oldest->used = true;
    oldest->tick = wrap->tick;
    lay_out(wrap, oldest);
    return oldest;
}

static const struct wrap_row *
find_row(struct wrap *wrap, size_t at)
{
    const struct wrap_block *block = block_at(wrap, at);
    size_t low = 0;
    size_t high = block->count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (block->rows[middle].start <= at)
            low = middle;
        else
            high = middle;
    }
    return &block->rows[low];
}

struct wrap_row
wrap_at(struct wrap *wrap, size_t at)
{
    return *find_row(wrap, at < wrap->text.len ? at : wrap->text.len);
}

bool
wrap_next(struct wrap *wrap, struct wrap_row *row)
{
    if (row->next >= wrap->text.len)
        return false;
    *row = *find_row(wrap, row->next);
    return true;
}

bool
wrap_prev(struct wrap *wrap, struct wrap_row *row)
{
    if (row->start == 0)
        return false;
    *row = *find_row(wrap, row->start - 1);
    return true;
}

size_t
wrap_move(struct wrap *wrap, size_t at, long count)
{
    struct wrap_row row = wrap_at(wrap, at);

    for (; count > 0 && wrap_next(wrap, &row); count--)
        ;
    for (; count < 0 && wrap_prev(wrap, &row); count++)
        ;
    return row.start;
}

unsigned
wrap_column(struct wrap *wrap, const struct wrap_row *row, size_t at)
{
    struct str text = {wrap->text.ptr, row->end};
    size_t pos = row->start;
    unsigned column = 0;

    while (pos < row->end) {
        struct piece piece = width_piece(text, pos, wrap->reveal);

        if (piece.end > at)
            break;
        column +=
            piece.kind == PIECE_TAB ? wrap_tab_cells(column) : piece.cells;
        pos = piece.end;
    }
    return column;
}

size_t
wrap_byte(struct wrap *wrap, const struct wrap_row *row, unsigned column)
{
    struct str text = {wrap->text.ptr, row->end};
    size_t pos = row->start;
    size_t last = row->start;
    unsigned at = 0;

    while (pos < row->end && at <= column) {
        struct piece piece = width_piece(text, pos, wrap->reveal);

        at += piece.kind == PIECE_TAB ? wrap_tab_cells(at) : piece.cells;
        last = pos;
        pos = piece.end;
    }
    return last;
}

static size_t
count_lines(struct str text, size_t from, size_t to)
{
    size_t count = 0;

    while (from < to) {
        const char *lf = memchr(text.ptr + from, '\n', to - from);

        if (!lf)
            break;
        from = (size_t)(lf - text.ptr) + 1;
        count++;
    }
    return count;
}

size_t
wrap_line(struct wrap *wrap, size_t at)
{
    if (at > wrap->text.len)
        at = wrap->text.len;
    if (at >= wrap->line_at)
        wrap->line_number += count_lines(wrap->text, wrap->line_at, at);
    else
        wrap->line_number -= count_lines(wrap->text, at, wrap->line_at);
    wrap->line_at = at;
    return wrap->line_number;
}
