/* The screen as cells. Views draw into it, term.c paints it, tests read it.
 * Text gets in through width_piece() only. No curses. */
#ifndef STET_TUI_GRID_H
#define STET_TUI_GRID_H

#include <stdbool.h>

#include "stet/buf.h"
#include "stet/width.h"

/* name, name in dumps. Those from DATA on are for text of documents, the ones
 * before it for our own: neither can look like the other. */
#define STYLES(X)                   \
    X(NORMAL, "normal")             \
    X(DIM, "dim")                   \
    X(BOLD, "bold")                 \
    X(BAR, "bar")                   \
    X(TITLE, "title")               \
    X(RULE, "rule")                 \
    X(KEY, "key")                   \
    X(GOOD, "good")                 \
    X(BAD, "bad")                   \
    X(WARN, "warn")                 \
    X(ERROR, "error")               \
    X(MARK, "mark")                 \
    X(COVER, "cover")               \
    X(DIFF, "diff")                 \
    X(PROMPT, "prompt")             \
    X(DATA, "data")                 \
    X(DATA_DIM, "data-dim")         \
    X(DATA_BAR, "data-bar")         \
    X(DATA_TITLE, "data-title")     \
    X(DATA_LOW, "data-low")         \
    X(DATA_MIDDLE, "data-middle")   \
    X(DATA_HIGH, "data-high")       \
    X(DATA_TAGGED, "data-tagged")   \
    X(DATA_NESTED, "data-nested")   \
    X(DATA_HIT, "data-hit")         \
    X(DATA_FOUND, "data-found")     \
    X(DATA_CHOSEN, "data-chosen")   \
    X(DATA_REMOVED, "data-removed") \
    X(DATA_ADDED, "data-added")

enum style {
#define X(name, text) STYLE_##name,
    STYLES(X)
#undef X
        STYLE_COUNT
};
const char *style_name(enum style style);
static inline bool
style_is_data(enum style style)
{
    return style >= STYLE_DATA;
}

#define CELL_BYTES 20 /* a base and four marks of four bytes */

struct cell {
    char bytes[CELL_BYTES];
    unsigned char len;   /* 0: the right half of a wide one */
    unsigned char cells; /* 1 or 2; 0 for a right half */
    unsigned char style;
    unsigned char focus; /* on the selected row */
};

struct area {
    unsigned row, col, rows, cols;
};

struct grid {
    unsigned rows, cols;
    struct cell *cells; /* rows * cols */
    struct area clip;   /* drawing is relative to it and stays inside */
    unsigned cursor_row, cursor_col; /* of the whole grid */
    bool ascii;                      /* draw boxes and bars without UTF-8 */
};

void grid_init(struct grid *grid, unsigned rows, unsigned cols);
void grid_release(struct grid *grid);
/* Also clears. */
void grid_resize(struct grid *grid, unsigned rows, unsigned cols);
void grid_clear(struct grid *grid); /* and takes the whole as the clip */
void grid_clip(struct grid *grid, struct area area); /* cut to the grid */
struct area grid_whole(const struct grid *grid);

/* Where drawing goes on: in row `row` of the clip, from `col` to `end`. */
struct pen {
    struct grid *grid;
    unsigned row, col, end;
    enum style style;
};

/* One piece of `text` with the pen, which moves on; returns the cells it
 * took, 0 when it does not fit or has none. Hidden characters get
 * STYLE_MARK. */
unsigned grid_put_piece(struct pen *pen, struct str text,
                        const struct piece *piece);
/* One line of data in at most `cells` cells ("~" at its end when cut; newline
 * and tab become marks); returns the cells used. */
unsigned grid_put_data(struct grid *grid, unsigned row, unsigned col,
                       unsigned cells, enum style style, struct str data);
/* Our own words, cut at the clip's edge; returns the column behind them. */
unsigned grid_put(struct grid *grid, unsigned row, unsigned col,
                  enum style style, const char *text);
unsigned grid_printf(struct grid *grid, unsigned row, unsigned col,
                     enum style style, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* The same from the right edge of the clip; returns the first column. */
unsigned grid_put_right(struct grid *grid, unsigned row, enum style style,
                        const char *text);
/* Fill columns [col, end) with one ASCII character. */
void grid_fill(struct grid *grid, unsigned row, unsigned col, unsigned end,
               enum style style, char fill);
/* A horizontal rule over the clip, and a vertical one. */
void grid_rule(struct grid *grid, unsigned row);
void grid_rule_down(struct grid *grid, unsigned col);
/* `part` of 0..1 of a bar of `cells` cells. */
void grid_bar(struct grid *grid, unsigned row, unsigned col, unsigned cells,
              double part, enum style style);
/* Make the clip's row the focused one and put the cursor there. */
void grid_focus(struct grid *grid, unsigned row, unsigned col, bool whole_row);
/* A row that is out of date: everything in it is dim. */
void grid_fade(struct grid *grid, unsigned row);
void grid_cursor(struct grid *grid, unsigned row, unsigned col);

/* The screen as text, a row a line without trailing blanks, then the runs of
 * every style that is not normal: what golden files hold. */
void grid_dump(const struct grid *grid, struct buf *out);

#endif
