/* Time at the desk, breaks, and what is kept of them. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tui/pace.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
/* Tuesday, 1 December 2026, 12:00 UTC */
#define NOON (INT64_C(1796126400) * SECOND)

static void
test_gaps_add_up(void **state)
{
    struct pace pace = {0};

    (void)state;
    pace_sign(&pace, NOON);
    assert_int_equal(pace.desk_us, 0);
    pace_sign(&pace, NOON + 2 * MINUTE);
    pace_sign(&pace, NOON + 6 * MINUTE);
    assert_int_equal(pace.desk_us, 6 * MINUTE);
    assert_int_equal(pace.since_us, 6 * MINUTE);
    /* so long that it was a break */
    pace_sign(&pace, NOON + 11 * MINUTE);
    assert_int_equal(pace.desk_us, 6 * MINUTE);
    assert_int_equal(pace.since_us, 0);
    /* a clock that was set back */
    pace_sign(&pace, NOON + 10 * MINUTE);
    pace_sign(&pace, NOON + 12 * MINUTE);
    assert_int_equal(pace.desk_us, 8 * MINUTE);
}

static void
test_when_a_break_is_due(void **state)
{
    struct pace pace = {0};

    (void)state;
    for (unsigned i = 0; i <= 30; i++)
        pace_sign(&pace, NOON + i * MINUTE);
    assert_true(pace_is_due(&pace, 30, 0));
    assert_false(pace_is_due(&pace, 31, 0));
    assert_false(pace_is_due(&pace, 0, 0));
    assert_false(pace_is_due(&pace, 0, 1));
    pace_meet(&pace, PACE_UNCOVERED | PACE_ANOTHER);
    pace_meet(&pace, PACE_JUDGED); /* the same text */
    assert_int_equal(pace.uncovered, 1);
    assert_int_equal(pace.judged, 1);
    assert_true(pace_is_due(&pace, 0, 1));
    assert_false(pace_is_due(&pace, 0, 2));
    pace_meet(&pace, PACE_JUDGED | PACE_ANOTHER);
    assert_true(pace_is_due(&pace, 0, 2));
    pace_break(&pace);
    assert_false(pace_is_due(&pace, 30, 1));
    assert_int_equal(pace.judged, 2);
    assert_int_equal(pace.desk_us, 30 * MINUTE);
}

static void
test_another_day(void **state)
{
    struct pace pace = {0};

    (void)state;
    pace_sign(&pace, NOON + 12 * HOUR - 2 * MINUTE);
    pace_sign(&pace, NOON + 12 * HOUR - MINUTE);
    pace_meet(&pace, PACE_JUDGED | PACE_ANOTHER);
    assert_string_equal(pace.day, "2026-12-01");
    pace_sign(&pace, NOON + 12 * HOUR + MINUTE);
    assert_string_equal(pace.day, "2026-12-02");
    assert_int_equal(pace.judged, 0);
    assert_int_equal(pace.desk_us, 2 * MINUTE);
    /* midnight is no break */
    assert_int_equal(pace.since_us, 3 * MINUTE);
    assert_int_equal(pace.since_count, 1);
}

static void
test_kept_and_taken(void **state)
{
    struct pace pace = {0};
    struct pace next = {0};
    struct buf line = {0};

    (void)state;
    pace_sign(&pace, NOON);
    pace_sign(&pace, NOON + MINUTE);
    pace_meet(&pace, PACE_UNCOVERED | PACE_JUDGED | PACE_ANOTHER);
    pace_format(&pace, &line);
    pace_sign(&next, NOON + 3 * MINUTE);
    pace_sign(&next, NOON + 4 * MINUTE);
    pace_take(&next, buf_str(&line), NOON + 4 * MINUTE);
    assert_int_equal(next.desk_us, 2 * MINUTE);
    assert_int_equal(next.since_us, 2 * MINUTE);
    assert_int_equal(next.uncovered, 1);
    assert_int_equal(next.judged, 1);
    assert_int_equal(next.since_count, 1);
    /* a break lies between */
    next = (struct pace){0};
    pace_take(&next, buf_str(&line), NOON + HOUR);
    assert_int_equal(next.desk_us, MINUTE);
    assert_int_equal(next.since_us, 0);
    assert_int_equal(next.since_count, 0);
    /* another day */
    next = (struct pace){0};
    pace_take(&next, buf_str(&line), NOON + 24 * HOUR);
    assert_int_equal(next.desk_us, 0);
    assert_int_equal(next.judged, 0);
    buf_release(&line);
}

static void
test_what_is_no_line(void **state)
{
    static const char *const lines[] = {
        "",
        "2026-12-01",
        "2026-12-01 1 2 3 4 5",
        "2026-12-01 1 2 3 4 5 6 7",
        "2026-12-01 1 2 3 4 5 -6",
        "2026-12-01 1 2 x 4 5 6",
        "2026-12-01  1 2 3 4 5 6",
        "2026-12-01 1234567890123456789 2 3 4 5 6",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct pace pace = {0};

        pace_take(&pace, str_of(lines[i]), NOON);
        assert_int_equal(pace.desk_us, 0);
        assert_int_equal(pace.since_us, 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gaps_add_up),
        cmocka_unit_test(test_when_a_break_is_due),
        cmocka_unit_test(test_another_day),
        cmocka_unit_test(test_kept_and_taken),
        cmocka_unit_test(test_what_is_no_line),
    };

    if (setenv("TZ", "UTC", 1) != 0)
        return 1;
    tzset();
    return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
