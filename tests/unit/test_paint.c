/* Overlapping passages as stretches: against a byte for byte count. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/paint.h"

#define TEXT 60u

static uint64_t seed;

static unsigned
draw(unsigned below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((seed >> 33) % below);
}

/* What each byte must get; PAINT_LEVELS: nothing. */
static void
slow(const struct paint_span *spans, size_t count, bool by_depth,
     unsigned *levels)
{
    for (size_t at = 0; at < TEXT; at++) {
        unsigned depth = 0;
        unsigned top = 0;

        for (size_t i = 0; i < count; i++) {
            if (spans[i].span.start > at || spans[i].span.end <= at)
                continue;
            depth++;
            top = spans[i].level > top ? spans[i].level : top;
        }
        levels[at] = depth == 0             ? PAINT_LEVELS
                     : !by_depth            ? top
                     : depth > PAINT_LEVELS ? PAINT_LEVELS - 1
                                            : depth - 1;
    }
}

static void
check(const struct paint_span *spans, size_t count, bool by_depth)
{
    struct paint paint = {0};
    unsigned want[TEXT];
    unsigned got[TEXT];

    slow(spans, count, by_depth, want);
    paint_build(&paint, spans, count, by_depth);
    for (size_t at = 0; at < TEXT; at++)
        got[at] = PAINT_LEVELS;
    for (size_t i = 0; i < paint.count; i++) {
        assert_true(paint.spans[i].start < paint.spans[i].end);
        if (i > 0)
            assert_true(paint.spans[i - 1].end <= paint.spans[i].start);
        for (size_t at = paint.spans[i].start; at < paint.spans[i].end; at++)
            got[at] = paint.levels[i];
    }
    assert_memory_equal(got, want, sizeof(want));
    paint_release(&paint);
}

static void
test_nested(void **state)
{
    const struct paint_span spans[] = {
        {{0, 20}, 1}, {{5, 9}, 0}, {{7, 15}, 2}, {{20, 22}, 1}, {{3, 3}, 2}};
    struct paint paint = {0};

    (void)state;
    paint_build(&paint, spans, 5, false);
    assert_int_equal(paint.count, 3); /* low 5-9 shows nowhere */
    assert_int_equal(paint.spans[1].start, 7);
    assert_int_equal(paint.spans[1].end, 15);
    assert_int_equal(paint.levels[1], 2);
    assert_int_equal(paint.spans[2].end, 22);
    paint_release(&paint);
    check(spans, 5, true);
}

static void
test_random(void **state)
{
    (void)state;
    seed = 3;
    for (int round = 0; round < 3000; round++) {
        struct paint_span spans[40];
        size_t count = draw(40);

        for (size_t i = 0; i < count; i++) {
            size_t start = draw(TEXT);

            spans[i].span.start = start;
            spans[i].span.end = start + draw((unsigned)(TEXT - start) + 1);
            spans[i].level = draw(PAINT_LEVELS);
        }
        check(spans, count, round % 2);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_random),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("paint", tests, NULL, NULL);
}
