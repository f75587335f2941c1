/* Sums of time between keys. A pause of PACE_BREAK_US is a break; a shorter one
 * was spent reading. */
#include "config.h"

#include "tui/pace.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NUMBERS 6

static void
day_of(int64_t at_us, char out[PACE_DAY_SIZE])
{
    time_t at = (time_t)(at_us / 1000000);
    struct tm tm;

    if (!localtime_r(&at, &tm) ||
        strftime(out, PACE_DAY_SIZE, "%Y-%m-%d", &tm) == 0)
        out[0] = '\0';
}

/* Today's sums begin at nothing on another day. */
static void
turn_day(struct pace *pace, int64_t now_us)
{
    char day[PACE_DAY_SIZE];

    day_of(now_us, day);
    if (strcmp(day, pace->day) == 0)
        return;
    memcpy(pace->day, day, sizeof(day));
    pace->desk_us = 0;
    pace->uncovered = pace->judged = 0;
}

void
pace_sign(struct pace *pace, int64_t now_us)
{
    int64_t gap = now_us - pace->last_us;

    turn_day(pace, now_us);
    if (pace->last_us && gap >= PACE_BREAK_US)
        pace_break(pace);
    else if (pace->last_us && gap > 0) { /* a clock may be set back */
        pace->desk_us += gap;
        pace->since_us += gap;
    }
    pace->last_us = now_us;
}

void
pace_meet(struct pace *pace, unsigned how)
{
    pace->uncovered += (how & PACE_UNCOVERED) != 0;
    pace->judged += (how & PACE_JUDGED) != 0;
    pace->since_count += (how & PACE_ANOTHER) != 0;
}

void
pace_break(struct pace *pace)
{
    pace->since_us = 0;
    pace->since_count = 0;
}

bool
pace_is_due(const struct pace *pace, unsigned minutes, unsigned texts)
{
    return (minutes && pace->since_us >= INT64_C(60000000) * minutes) ||
           (texts && pace->since_count >= texts);
}

void
pace_format(const struct pace *pace, struct buf *out)
{
    xbuf_printf(out, "%s %" PRId64 " %u %u %" PRId64 " %u %" PRId64, pace->day,
                pace->desk_us, (unsigned)pace->uncovered,
                (unsigned)pace->judged, pace->since_us,
                (unsigned)pace->since_count, pace->last_us);
}

/* Whole numbers with a blank before each; false: it is something else. */
static bool
read_numbers(struct str text, int64_t out[NUMBERS])
{
    size_t at = 0;

    for (unsigned i = 0; i < NUMBERS; i++) {
        size_t from = at + 1;

        out[i] = 0;
        if (at >= text.len || text.ptr[at++] != ' ')
            return false;
        while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9' &&
               at - from < 18)
            out[i] = out[i] * 10 + (text.ptr[at++] - '0');
        if (at == from)
            return false;
    }
    return at == text.len;
}

void
pace_take(struct pace *pace, struct str line, int64_t now_us)
{
    int64_t number[NUMBERS];

    turn_day(pace, now_us);
    if (line.len < PACE_DAY_SIZE ||
        !read_numbers(str_slice(line, PACE_DAY_SIZE - 1, line.len), number))
        return;
    if (str_starts_with(line, str_of(pace->day))) {
        pace->desk_us += number[0];
        pace->uncovered += (uint32_t)number[1];
        pace->judged += (uint32_t)number[2];
    }
    if (now_us - number[5] < PACE_BREAK_US) {
        pace->since_us += number[3];
        pace->since_count += (uint32_t)number[4];
    }
}
