/* Days of the reviewer's zone. */
#ifndef STET_REVIEW_DAY_H
#define STET_REVIEW_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"

/* Start of the local day that `days` days from today begins. */
int64_t day_start_us(int days);
/* [*start, *end) from "today", "yesterday", dates and times; an empty bound is
 * open. A date as the upper bound includes its day. False: malformed. */
bool day_range(struct str low, struct str high, int64_t *start, int64_t *end);

#endif
