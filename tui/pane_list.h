/* The list of hits or of a queue. */
#ifndef STET_TUI_PANE_LIST_H
#define STET_TUI_PANE_LIST_H

#include "tui/desk.h"
#include "tui/grid.h"

#define LIST_SCORES 3 /* columns of scores at most */

struct list_pane {
    uint32_t top;
    unsigned rows, cols;
    unsigned scores[LIST_SCORES];
    unsigned score_count;
};

/* Scroll to the current row, ask for the rows, choose the score columns. */
void list_pane_layout(struct list_pane *pane, struct desk *desk, unsigned rows,
                      unsigned cols);
void list_pane_draw(const struct list_pane *pane, struct desk *desk,
                    struct grid *grid, bool focus);
/* "BAD", "ok", "RW": what a row's state is in a word of up to 4 cells. */
void list_state_word(struct str verdict, unsigned flags, char out[8]);
/* ".93", "3", "1.2k": at most 5 cells. */
void score_text(double value, char out[16]);

#endif
