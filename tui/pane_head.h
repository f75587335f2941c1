/* The line over the document: its state, name, and what is to be known before
 * reading. */
#ifndef STET_TUI_PANE_HEAD_H
#define STET_TUI_PANE_HEAD_H

#include "tui/work.h"

void head_draw(const struct work *work, struct grid *grid);
/* The text with "~" for what is cut out of its middle, so that it takes at
 * most `cells` cells. */
void head_elide(struct str text, unsigned cells, struct buf *out);

#endif
