/* Times: the clock, which tests may fix, and RFC 3339. */
#include "config.h"

#include <stdio.h>
#include <time.h>

#include "stet/fileio.h"

#define US_PER_SECOND INT64_C(1000000)

static int64_t fixed_us; /* atomic; 0: the real clock */

void
time_set_us(int64_t fixed)
{
    __atomic_store_n(&fixed_us, fixed, __ATOMIC_RELAXED);
}

static int64_t
read_clock(clockid_t clock)
{
    struct timespec now = {0};

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

int64_t
time_now_us(void)
{
    int64_t fixed = __atomic_load_n(&fixed_us, __ATOMIC_RELAXED);

    return fixed ? fixed : read_clock(CLOCK_REALTIME);
}

int64_t
time_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

void
time_format(int64_t us, char text[TIME_TEXT_SIZE])
{
    int64_t fraction = us % US_PER_SECOND;
    time_t seconds = (time_t)(us / US_PER_SECOND);
    struct tm tm;

    if (fraction < 0) {
        fraction += US_PER_SECOND;
        seconds--;
    }
    if (!gmtime_r(&seconds, &tm) || tm.tm_year < -1900 || tm.tm_year > 8099) {
        (void)snprintf(text, TIME_TEXT_SIZE, "0000-00-00T00:00:00.000000Z");
        return;
    }
    (void)snprintf(text, TIME_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ",
                   (unsigned)(tm.tm_year + 1900) % 10000U,
                   (unsigned)(tm.tm_mon + 1) % 100U,
                   (unsigned)tm.tm_mday % 100U, (unsigned)tm.tm_hour % 100U,
                   (unsigned)tm.tm_min % 100U, (unsigned)tm.tm_sec % 100U,
                   (unsigned)fraction % 1000000U);
}

/* Exactly `count` digits at *at. */
static bool
take_digits(struct str text, size_t *at, unsigned count, int *value)
{
    int sum = 0;

    if (text.len - *at < count)
        return false;
    for (unsigned i = 0; i < count; i++) {
        char digit = text.ptr[*at + i];

        if (digit < '0' || digit > '9')
            return false;
        sum = sum * 10 + (digit - '0');
    }
    *at += count;
    *value = sum;
    return true;
}

static bool
take_byte(struct str text, size_t *at, char byte)
{
    if (*at >= text.len || text.ptr[*at] != byte)
        return false;
    (*at)++;
    return true;
}

static bool
take_date(struct str text, size_t *at, struct tm *tm)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap;
    int year = 0;

    if (!take_digits(text, at, 4, &year) || !take_byte(text, at, '-') ||
        !take_digits(text, at, 2, &tm->tm_mon) || !take_byte(text, at, '-') ||
        !take_digits(text, at, 2, &tm->tm_mday))
        return false;
    leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (tm->tm_mon < 1 || tm->tm_mon > 12 || tm->tm_mday < 1 ||
        tm->tm_mday > days[tm->tm_mon - 1] ||
        (tm->tm_mon == 2 && tm->tm_mday == 29 && !leap))
        return false;
    tm->tm_year = year - 1900;
    tm->tm_mon--;
    return true;
}

/* hh:mm[:ss[.fraction]]; digits past microseconds are dropped. */
static bool
take_time(struct str text, size_t *at, struct tm *tm, int64_t *fraction)
{
    int64_t unit = US_PER_SECOND / 10;

    if (!take_digits(text, at, 2, &tm->tm_hour) || !take_byte(text, at, ':') ||
        !take_digits(text, at, 2, &tm->tm_min))
        return false;
    if (take_byte(text, at, ':') && !take_digits(text, at, 2, &tm->tm_sec))
        return false;
    if (tm->tm_hour > 23 || tm->tm_min > 59 || tm->tm_sec > 60)
        return false;
    if (!take_byte(text, at, '.'))
        return true;
    for (size_t start = *at;; (*at)++, unit /= 10) {
        if (*at >= text.len || text.ptr[*at] < '0' || text.ptr[*at] > '9')
            return *at > start;
        *fraction += unit * (text.ptr[*at] - '0');
    }
}

/* 'Z' or ±hh:mm into seconds; *local when there is none. */
static bool
take_zone(struct str text, size_t *at, int *seconds, bool *local)
{
    int hours = 0;
    int minutes = 0;
    int sign = 1;

    *local = *at == text.len;
    if (*local || take_byte(text, at, 'Z') || take_byte(text, at, 'z'))
        return true;
    if (take_byte(text, at, '-'))
        sign = -1;
    else if (!take_byte(text, at, '+'))
        return false;
    if (!take_digits(text, at, 2, &hours) || !take_byte(text, at, ':') ||
        !take_digits(text, at, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool
time_parse(struct str text, int64_t *us)
{
    struct tm tm = {0};
    int64_t fraction = 0;
    int zone = 0;
    bool local = true;
    size_t at = 0;
    time_t seconds;

    tm.tm_isdst = -1;
    if (!take_date(text, &at, &tm))
        return false;
    if (at < text.len) {
        if (!take_byte(text, &at, 'T') && !take_byte(text, &at, 't') &&
            !take_byte(text, &at, ' '))
            return false;
        if (!take_time(text, &at, &tm, &fraction) ||
            !take_zone(text, &at, &zone, &local) || at != text.len)
            return false;
    }
    seconds = local ? mktime(&tm) : timegm(&tm);
    *us = ((int64_t)seconds - zone) * US_PER_SECOND + fraction;
    return true;
}
