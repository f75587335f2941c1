/* Scores of the current document: a strip below it, or a panel beside it with
 * its spans and history. */
#ifndef STET_TUI_PANE_SCORES_H
#define STET_TUI_PANE_SCORES_H

#include "tui/desk.h"
#include "tui/grid.h"

void scores_strip_draw(struct desk *desk, struct grid *grid);
void scores_panel_draw(struct desk *desk, struct grid *grid);
/* The score after (1) or before (-1) the focused one, in the order that the
 * panel shows: over their threshold, then known, then unknown ones. */
unsigned scores_next(struct desk *desk, int direction);
/* How hot a value is: 0 cool, 1 middle, 2 over the threshold. */
unsigned score_band(const struct score_def *def, double value);

#endif
