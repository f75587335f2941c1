/* The query that finds the documents of a bin of a histogram, or a label's. */
#ifndef STET_TUI_BIN_QUERY_H
#define STET_TUI_BIN_QUERY_H

#include "stet/histogram.h"

void bin_query_range(const struct score_def *def, const struct histogram *h,
                     uint32_t bin, struct buf *out);
void bin_query_label(const struct score_def *def, struct str label,
                     struct buf *out);

#endif
