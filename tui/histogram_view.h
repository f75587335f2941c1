/* The histogram view's state, shared by its two files: view_histogram.c
 * changes it, histogram_draw.c draws it. */
#ifndef STET_TUI_HISTOGRAM_VIEW_H
#define STET_TUI_HISTOGRAM_VIEW_H

#include "tui/view.h"

struct histogram_view {
    struct view view;
    unsigned score;
    double threshold; /* NaN: none */
    double counted;   /* the one that was asked to be exact */
    bool log;
    unsigned at, top;        /* row of bins */
    unsigned bin_rows;       /* on screen, the threshold's line too */
    unsigned text_rows;      /* under them */
    unsigned bins;           /* asked for */
    struct buf query, queue; /* of the list that it is of */
    uint32_t row;            /* and the place in it */
    bool away;               /* the list is a bin's now */
    bool coming_back;
};

/* The count of this very score; NULL: not there yet. */
const struct desk_histogram *histogram_of_view(const struct histogram_view *v);
const struct score_def *histogram_score(const struct histogram_view *v);
bool histogram_is_label(const struct histogram_view *v);
/* The worst bin is on top. */
uint32_t histogram_row_bin(const struct histogram *h, unsigned row);
void histogram_draw(const struct view *view, struct grid *grid);

#endif
