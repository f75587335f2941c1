/* The plots of a report card, as inline SVG: numbers in, markup out. */
#ifndef STET_REVIEW_REPORT_PLOT_H
#define STET_REVIEW_REPORT_PLOT_H

#include "stet/report_card.h"

/* Documents by bin, the bad side of the threshold in another colour. */
void plot_histogram(const struct report_score *score, struct buf *out);
/* The judged bad share by bin, with its interval; of a probability also where
 * it would be if the score said the truth. */
void plot_bands(const struct report_score *score, bool sampled,
                struct buf *out);
/* Precision and recall for a threshold at each end of a bin. */
void plot_thresholds(const struct report_score *score, struct buf *out);

/* A row with a share and its interval. */
struct plot_share {
    struct str name;
    struct share share;
    uint64_t documents;
};
void plot_shares(const struct plot_share *rows, size_t count, bool sampled,
                 struct buf *out);

/* Rows of one bar, or two: now over before. */
struct plot_bar {
    struct str name;
    double now, before; /* `before` NaN: there is none */
    int decimals;
};
void plot_bars(const struct plot_bar *rows, size_t count, const char *title,
               struct buf *out);

#endif
