/* Intervals of proportions against published ones, and against what they
 * promise: the share of samples whose interval holds the truth. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "stet/statistics.h"

static void
assert_near(double is, double should, double by)
{
    if (!(fabs(is - should) <= by))
        fail_msg("%.10g is not %.10g", is, should);
}

/* R. G. Newcombe, Two-sided confidence intervals for the single proportion,
 * Statistics in Medicine 17 (1998), 857-872, table I: methods 3 (Wilson) and 5
 * (Clopper and Pearson). */
static void
published(void **state)
{
    static const struct {
        uint64_t part, whole;
        double wilson[2], exact[2];
    } rows[] = {
        {81, 263, {0.2553, 0.3662}, {0.2527, 0.3676}},
        {15, 148, {0.0624, 0.1605}, {0.0578, 0.1617}},
        {0, 20, {0.0000, 0.1611}, {0.0000, 0.1684}},
        {1, 29, {0.0061, 0.1718}, {0.0009, 0.1776}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct interval w = interval_wilson(rows[i].part, rows[i].whole);
        struct interval e = interval_exact(rows[i].part, rows[i].whole);

        assert_near(w.low, rows[i].wilson[0], 0.00005);
        assert_near(w.high, rows[i].wilson[1], 0.00005);
        assert_near(e.low, rows[i].exact[0], 0.00005);
        assert_near(e.high, rows[i].exact[1], 0.00005);
    }
}

/* Where the exact interval has a closed form. */
static void
closed_forms(void **state)
{
    static const uint64_t sizes[] = {1, 3, 10, 59, 300, 10000, 1000000};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        double n = (double)sizes[i];
        struct interval none = interval_exact(0, sizes[i]);
        struct interval all = interval_exact(sizes[i], sizes[i]);

        assert_true(none.low == 0 && all.high == 1);
        assert_near(none.high, 1 - pow(0.025, 1 / n), 1e-9);
        assert_near(all.low, pow(0.025, 1 / n), 1e-9);
    }
    assert_true(isnan(interval_exact(0, 0).low));
    assert_true(isnan(interval_wilson(0, 0).high));
    /* I_x(1, b) = 1 - (1 - x)^b, I_x(a, 1) = x^a, I_0.5(a, a) = 0.5 */
    for (unsigned i = 0; i < 12; i++) {
        double a = 0.5 * pow(1.7, i);

        assert_near(beta_incomplete(1, a, 0.3), 1 - pow(0.7, a), 1e-12);
        assert_near(beta_incomplete(a, 1, 0.3), pow(0.3, a), 1e-12);
        assert_near(beta_incomplete(a, a, 0.5), 0.5, 1e-12);
    }
}

/* Sums of binomial chances, by their recurrence. */
static double
coverage(struct interval (*interval)(uint64_t, uint64_t), unsigned n, double p)
{
    double chance = pow(1 - p, n);
    double held = 0;

    for (unsigned k = 0; k <= n; k++) {
        struct interval is = interval(k, n);

        if (is.low <= p && p <= is.high)
            held += chance;
        chance *= (double)(n - k) / (k + 1) * p / (1 - p);
    }
    return held;
}

/* The exact one never holds the truth less often than it says; Wilson's does
 * on average. */
static void
promises(void **state)
{
    static const unsigned sizes[] = {5, 20, 100, 300};
    double sum = 0;
    unsigned count = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (unsigned step = 0; step < 69; step++) {
            double p = 0.003 + 0.0131 * step;
            double exact = coverage(interval_exact, sizes[i], p);

            if (exact < 0.95 - 1e-9)
                fail_msg("n %u p %g: %g", sizes[i], p, exact);
            sum += coverage(interval_wilson, sizes[i], p);
            count++;
        }
    assert_near(sum / count, 0.95, 0.01);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published),
        cmocka_unit_test(closed_forms),
        cmocka_unit_test(promises),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
