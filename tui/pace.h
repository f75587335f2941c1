/* How long a person has been at the desk today and what was met there, and when
 * a break is due. Pure: the clock is the caller's. */
#ifndef STET_TUI_PACE_H
#define STET_TUI_PACE_H

#include "stet/buf.h"

/* So long without a key is a break. */
#define PACE_BREAK_US (INT64_C(300) * 1000000)
#define PACE_DAY_SIZE 11 /* "2026-12-01", with its NUL */

struct pace {
    char day[PACE_DAY_SIZE];    /* that the first four are about; local time */
    int64_t desk_us;            /* at the desk */
    uint32_t uncovered, judged; /* texts that are covered */
    int64_t since_us;           /* at the desk since the last break */
    uint32_t since_count;       /* such texts since then */
    int64_t last_us;            /* UTC, of the last sign of life; 0: none */
};

/* A key at `now_us`, UTC. */
void pace_sign(struct pace *pace, int64_t now_us);
/* A text that is covered, which counts as one for the next break. */
enum { PACE_UNCOVERED = 1, PACE_JUDGED = 2, PACE_ANOTHER = 4 };
void pace_meet(struct pace *pace, unsigned how);
/* A break was taken, or shall count as one. */
void pace_break(struct pace *pace);
/* Whether one is due, by minutes or texts (0: never). */
bool pace_is_due(const struct pace *pace, unsigned minutes, unsigned texts);

/* One line, and back: of the same day it is added to what there is, and what
 * was since the last break, if that was not one itself. */
void pace_format(const struct pace *pace, struct buf *out);
void pace_take(struct pace *pace, struct str line, int64_t now_us);

#endif
