/* The bins of a histogram, between histogram.c and histogram_edges.c. */
#ifndef INDEX_HISTOGRAM_EDGES_H
#define INDEX_HISTOGRAM_EDGES_H

#include "stet/histogram.h"

/* Fill bins, edges and cuts of one whose least, most and bad are known. */
void histogram_set_edges(struct histogram *h, const struct score_def *def,
                         unsigned max, double threshold);

#endif
