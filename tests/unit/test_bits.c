/* Bit sets against an oracle of one bool a number, at random sizes. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "stet/bits.h"

enum { SIZE_MAX_TESTED = 700 };

struct pair {
    struct bits bits;
    bool oracle[SIZE_MAX_TESTED];
};

static void
check_same(const struct pair *pair)
{
    uint32_t population = 0;
    uint32_t next = UINT32_MAX;

    for (uint32_t i = pair->bits.count; i-- > 0;) {
        assert_int_equal(bits_get(&pair->bits, i), pair->oracle[i]);
        population += pair->oracle[i];
        if (pair->oracle[i])
            next = i;
        assert_int_equal(bits_next(&pair->bits, i), next);
    }
    assert_int_equal(bits_population(&pair->bits), population);
    assert_int_equal(bits_next(&pair->bits, pair->bits.count), UINT32_MAX);
    assert_int_equal(bits_next(&pair->bits, UINT32_MAX), UINT32_MAX);
}

static uint32_t
below(uint32_t limit)
{
    return limit ? (uint32_t)rand() % limit : 0;
}

static void
mutate(struct pair *a, const struct pair *b)
{
    uint32_t count = a->bits.count;
    uint32_t start = below(count + 1);
    uint32_t end = start + below(count - start + 1);
    unsigned act = below(8);

    if (act == 0 && count) {
        bits_set(&a->bits, start % count);
        a->oracle[start % count] = true;
    } else if (act == 1 && count) {
        bits_unset(&a->bits, start % count);
        a->oracle[start % count] = false;
    } else if (act == 2) {
        bits_set_range(&a->bits, start, end);
    } else if (act == 3) {
        bits_and(&a->bits, &b->bits);
    } else if (act == 4) {
        bits_or(&a->bits, &b->bits);
    } else if (act == 5) {
        bits_and_not(&a->bits, &b->bits);
    } else if (act == 6) {
        bits_not(&a->bits);
    } else if (act == 7 && below(10) == 0) {
        bits_fill(&a->bits);
        start = 0;
        end = count;
        act = 2;
    }
    for (uint32_t i = 0; i < count; i++) {
        bool *bit = &a->oracle[i];

        if (act == 2)
            *bit |= i >= start && i < end;
        else if (act == 3)
            *bit &= b->oracle[i];
        else if (act == 4)
            *bit |= b->oracle[i];
        else if (act == 5)
            *bit &= !b->oracle[i];
        else if (act == 6)
            *bit = !*bit;
    }
}

static void
test_against_the_oracle(void **state)
{
    unsigned seed = (unsigned)time(NULL);

    (void)state;
    print_message("# seed %u\n", seed);
    srand(seed);
    for (unsigned round = 0; round < 150; round++) {
        static struct pair pairs[2];
        struct error err = ERROR_INIT;
        uint32_t count = round < 130 ? round : below(SIZE_MAX_TESTED);

        memset(pairs, 0, sizeof(pairs));
        assert_int_equal(bits_init(&pairs[0].bits, count, &err), ERR_OK);
        assert_int_equal(bits_init(&pairs[1].bits, count, &err), ERR_OK);
        for (unsigned step = 0; step < 60; step++) {
            unsigned which = below(2);

            mutate(&pairs[which], &pairs[1 - which]);
            check_same(&pairs[which]);
        }
        bits_release(&pairs[0].bits);
        bits_release(&pairs[1].bits);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_oracle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
