/* Days of the reviewer's zone: `judged:today` and its like. */
#include "config.h"

#include "review/day.h"

#include <time.h>

#include "stet/fileio.h"

#define US_PER_SECOND INT64_C(1000000)

static int64_t
midnight_us(int64_t us, int days)
{
    time_t seconds = (time_t)(us / US_PER_SECOND);
    struct tm tm;

    if (!localtime_r(&seconds, &tm))
        return 0;
    tm.tm_mday += days;
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    tm.tm_isdst = -1;
    return (int64_t)mktime(&tm) * US_PER_SECOND;
}

int64_t
day_start_us(int days)
{
    return midnight_us(time_now_us(), days);
}

/* [*start, *end) of one word. */
static bool
parse_day(struct str word, int64_t *start, int64_t *end)
{
    if (str_equal(word, STR_LIT("today"))) {
        *start = day_start_us(0);
        *end = day_start_us(1);
        return true;
    }
    if (str_equal(word, STR_LIT("yesterday"))) {
        *start = day_start_us(-1);
        *end = day_start_us(0);
        return true;
    }
    if (!time_parse(word, start))
        return false;
    /* A bare date is a day, a time the second that it names. */
    *end = word.len == sizeof("2026-11-20") - 1 ? midnight_us(*start, 1)
                                                : *start + US_PER_SECOND;
    return true;
}

bool
day_range(struct str low, struct str high, int64_t *start, int64_t *end)
{
    int64_t first[2] = {INT64_MIN, INT64_MAX};
    int64_t last[2] = {INT64_MIN, INT64_MAX};

    if (low.len && !parse_day(low, &first[0], &first[1]))
        return false;
    if (high.len && !parse_day(high, &last[0], &last[1]))
        return false;
    *start = first[0];
    *end = last[1];
    return true;
}
