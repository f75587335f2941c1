/* What queues need to know about claims. */
#ifndef STET_REVIEW_CLAIM_H
#define STET_REVIEW_CLAIM_H

#include "stet/store.h"

/* SQLite's own clock, to the millisecond, as UTC microseconds. */
#define CLAIM_NOW_SQL \
    "CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1000"

#define CLAIM_OWNER_SIZE 64
struct str claim_owner(char text[CLAIM_OWNER_SIZE]);

#endif
