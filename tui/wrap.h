/* Text laid out in rows, found by byte position: only what is near the screen
 * is ever looked at, so a line of 5 MB costs what a short one costs. Lines
 * over WRAP_BLOCK bytes are laid out in blocks of about that size, each
 * beginning a row. Pure: no screen. */
#ifndef STET_TUI_WRAP_H
#define STET_TUI_WRAP_H

#include <stdbool.h>

#include "stet/buf.h"

#define WRAP_BLOCK ((size_t)4096)
#define WRAP_TAB 8

struct wrap_row {
    size_t start, end; /* what is drawn; without the line feed */
    size_t next;       /* where the next row starts; text.len: none */
    unsigned cells;    /* of [start, end), without hanging spaces */
    bool first;        /* begins a line */
};

struct wrap_block;

struct wrap {
    struct str text; /* borrowed */
    unsigned cells;  /* width, at least 1 */
    bool soft;       /* false: a row a line (long lines: a row a block) */
    bool reveal;
    struct wrap_block *blocks; /* a small cache */
    unsigned tick;
    bool bounds_known; /* of the line looked at last, which may be long */
    size_t bounds_start, bounds_end;
    size_t line_at; /* start of a line whose number is known */
    size_t line_number;
};

void wrap_init(struct wrap *wrap);
void wrap_release(struct wrap *wrap);
/* The text is another one, maybe at the same address. */
void wrap_forget(struct wrap *wrap);
/* Also forgets what was laid out when anything differs. */
void wrap_set(struct wrap *wrap, struct str text, unsigned cells, bool soft,
              bool reveal);

/* The row that holds byte `at`; text.len belongs to the last row. */
struct wrap_row wrap_at(struct wrap *wrap, size_t at);
/* The next or previous one; false at the end, and *row stays. */
bool wrap_next(struct wrap *wrap, struct wrap_row *row);
bool wrap_prev(struct wrap *wrap, struct wrap_row *row);
/* Start of the row `count` rows after (before, when negative) the one that
 * holds `at`; stops at the ends. */
size_t wrap_move(struct wrap *wrap, size_t at, long count);
/* The column of byte `at` in its row, and the piece that covers a column. */
unsigned wrap_column(struct wrap *wrap, const struct wrap_row *row, size_t at);
size_t wrap_byte(struct wrap *wrap, const struct wrap_row *row,
                 unsigned column);
/* Number of the line that holds `at`, from 1. Counts from the last answer. */
size_t wrap_line(struct wrap *wrap, size_t at);
/* Cells of a tab that begins at `column` of its row. */
static inline unsigned
wrap_tab_cells(unsigned column)
{
    return WRAP_TAB - column % WRAP_TAB;
}

#endif
