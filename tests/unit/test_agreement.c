/* Agreement against published worked examples, against its definitions where
 * they have a closed form, and where it cannot be computed. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/binomial.h"
#include "stet/agreement.h"

#define MOST 1000

static const struct agreement_options no_intervals = {0, 1, NULL};

struct data {
    struct rating ratings[MOST];
    size_t count;
    double values[16];
    struct rating_scale scale;
};

static void
rate(struct data *data, uint32_t unit, uint32_t rater, uint32_t category)
{
    assert_true(data->count < MOST);
    data->ratings[data->count++] = (struct rating){unit, rater, category};
}

/* Categories are the numbers 1, 2, ... */
static void
scale_of(struct data *data, uint32_t categories)
{
    for (uint32_t i = 0; i < categories; i++)
        data->values[i] = i + 1;
    data->scale = (struct rating_scale){categories, data->values};
}

static struct agreement
compute(const struct data *data, const struct agreement_options *options)
{
    struct rating_table table;
    struct agreement found;
    struct error err = ERROR_INIT;

    assert_int_equal(rating_table_make(&table, data->ratings, data->count,
                                       data->scale, &err),
                     ERR_OK);
    assert_int_equal(agreement_compute(&found, NULL, &table, options, &err),
                     ERR_OK);
    rating_table_release(&table);
    return found;
}

static struct agreement
compute_pair(const struct data *data, size_t pair,
             const struct agreement_options *options)
{
    struct rater_pairs pairs;
    struct rating_table table;
    struct agreement found;
    struct error err = ERROR_INIT;

    assert_int_equal(rater_pairs_find(&pairs, data->ratings, data->count, &err),
                     ERR_OK);
    assert_true(pair < pairs.count);
    assert_int_equal(
        rating_table_of_pair(&table, &pairs, pair, data->scale, &err), ERR_OK);
    assert_int_equal(agreement_compute(&found, NULL, &table, options, &err),
                     ERR_OK);
    rating_table_release(&table);
    rater_pairs_release(&pairs);
    return found;
}

static void
assert_near(const struct agreement *found, enum agreement_measure measure,
            double should, double by)
{
    const struct coefficient *is = &found->by[measure];

    if (is->gap != GAP_NONE)
        fail_msg("%s: %s", agreement_title(measure),
                 agreement_gap_text(is->gap));
    if (!(fabs(is->value - should) <= by))
        fail_msg("%s: %.6f is not %.6f", agreement_title(measure), is->value,
                 should);
}

/* A table of two raters, rows the first one's categories. */
static void
from_table(struct data *data, const unsigned *cells, uint32_t categories)
{
    uint32_t unit = 0;

    *data = (struct data){0};
    scale_of(data, categories);
    for (uint32_t a = 0; a < categories; a++)
        for (uint32_t b = 0; b < categories; b++)
            for (unsigned n = 0; n < cells[a * categories + b]; n++) {
                rate(data, unit, 0, a);
                rate(data, unit++, 1, b);
            }
}

/* Krippendorff 2011: four observers, twelve units, gaps. */
static void
krippendorff_data(struct data *data)
{
    static const char *const rows[] = {"123321412...", "1233224125.3",
                                       ".3332342251.", "12332441251."};

    *data = (struct data){0};
    scale_of(data, 5);
    for (uint32_t unit = 0; unit < 12; unit++)
        for (uint32_t rater = 0; rater < 4; rater++)
            if (rows[rater][unit] != '.')
                rate(data, unit, rater, (uint32_t)(rows[rater][unit] - '1'));
}

/* Percent and AC1 of the same data: Gwet's Handbook (2014), and his package
 * irrCAC, whose data set cac.raw4raters it is. */
static void
krippendorff_2011(void **state)
{
    struct data data;
    struct agreement found;

    (void)state;
    krippendorff_data(&data);
    found = compute(&data, &no_intervals);
    assert_int_equal(found.units, 11);
    assert_int_equal(found.alone, 1);
    assert_int_equal(found.ratings, 41);
    assert_near(&found, AGREEMENT_ALPHA, 0.743, 0.0005);
    assert_near(&found, AGREEMENT_ALPHA_ORDINAL, 0.815, 0.0005);
    assert_near(&found, AGREEMENT_ALPHA_INTERVAL, 0.849, 0.0005);
    assert_near(&found, AGREEMENT_PERCENT, 0.81818, 0.00001);
    assert_near(&found, AGREEMENT_AC1, 0.77544, 0.00001);
    assert_int_equal(found.by[AGREEMENT_COHEN].gap, GAP_NOT_TWO);
}

/* Fleiss 1971, table 1: thirty patients, six psychiatrists each. */
static void
fleiss_1971(void **state)
{
    static const unsigned patients[30][5] = {
        {0, 0, 0, 6, 0}, {0, 3, 0, 0, 3}, {0, 1, 4, 0, 1}, {0, 0, 0, 0, 6},
        {0, 3, 0, 3, 0}, {2, 0, 4, 0, 0}, {0, 0, 4, 0, 2}, {2, 0, 3, 1, 0},
        {2, 0, 0, 4, 0}, {0, 0, 0, 0, 6}, {1, 0, 0, 5, 0}, {1, 1, 0, 4, 0},
        {0, 3, 3, 0, 0}, {1, 0, 0, 5, 0}, {0, 2, 0, 3, 1}, {0, 0, 5, 0, 1},
        {3, 0, 0, 1, 2}, {5, 1, 0, 0, 0}, {0, 2, 0, 4, 0}, {1, 0, 2, 0, 3},
        {0, 0, 0, 0, 6}, {0, 1, 0, 5, 0}, {0, 2, 0, 1, 3}, {2, 0, 0, 4, 0},
        {1, 0, 0, 4, 1}, {0, 5, 0, 1, 0}, {4, 0, 0, 0, 2}, {0, 2, 0, 4, 0},
        {1, 0, 5, 0, 0}, {0, 0, 0, 0, 6},
    };
    struct data data = {0};
    struct agreement found;

    (void)state;
    scale_of(&data, 5);
    for (uint32_t patient = 0; patient < 30; patient++)
        for (uint32_t k = 0; k < 5; k++)
            for (unsigned n = 0; n < patients[patient][k]; n++)
                rate(&data, patient, RATER_UNKNOWN, k);
    found = compute(&data, &no_intervals);
    assert_int_equal(found.units, 30);
    assert_near(&found, AGREEMENT_PERCENT, 0.555, 0.001);
    assert_near(&found, AGREEMENT_FLEISS, 0.430, 0.0005);
}

/* Cohen 1960: two judges, 200 patients, three diagnoses. */
static void
cohen_1960(void **state)
{
    static const unsigned cells[] = {88, 10, 2, 14, 40, 6, 18, 10, 12};
    struct data data;
    struct agreement found;

    (void)state;
    from_table(&data, cells, 3);
    found = compute_pair(&data, 0, &no_intervals);
    assert_int_equal(found.units, 200);
    assert_near(&found, AGREEMENT_PERCENT, 0.70, 1e-12);
    assert_near(&found, AGREEMENT_COHEN, 0.492, 0.0005);
}

/* Gwet 2008: 125 subjects of whom nearly all are positive, where kappa is
 * under 0; and the three diagnoses of irrCAC's cont3x3abstractors. */
static void
gwet_2008(void **state)
{
    static const unsigned paradox[] = {118, 5, 2, 0};
    static const unsigned abstractors[] = {13, 0, 0, 0, 20, 7, 0, 4, 56};
    struct data data;
    struct agreement found;

    (void)state;
    from_table(&data, paradox, 2);
    found = compute_pair(&data, 0, &no_intervals);
    assert_near(&found, AGREEMENT_PERCENT, 0.944, 1e-12);
    assert_near(&found, AGREEMENT_COHEN, -0.0234, 0.00005);
    assert_near(&found, AGREEMENT_AC1, 0.9408, 0.00005);
    from_table(&data, abstractors, 3);
    found = compute_pair(&data, 0, &no_intervals);
    assert_near(&found, AGREEMENT_COHEN, 0.7964094, 1e-7);
    assert_near(&found, AGREEMENT_AC1, 0.8493305, 1e-7);
}

/* Nothing comes out where nothing can. */
static void
degenerate(void **state)
{
    struct data data = {0};
    struct agreement found;

    (void)state;
    scale_of(&data, 2);
    found = compute(&data, &no_intervals);
    for (unsigned m = 0; m < AGREEMENT_MEASURES; m++)
        assert_int_equal(found.by[m].gap, GAP_NO_PAIRS);
    for (uint32_t unit = 0; unit < 5; unit++)
        rate(&data, unit, 0, unit % 2);
    found = compute(&data, &(struct agreement_options){100, 1, NULL});
    assert_int_equal(found.alone, 5);
    for (unsigned m = 0; m < AGREEMENT_MEASURES; m++)
        assert_int_equal(found.by[m].gap, GAP_NO_PAIRS);

    data = (struct data){0};
    scale_of(&data, 2);
    data.scale.values = NULL;
    for (uint32_t unit = 0; unit < 5; unit++)
        for (uint32_t rater = 0; rater < 2; rater++)
            rate(&data, unit, rater, 1);
    found = compute_pair(&data, 0, &(struct agreement_options){100, 1, NULL});
    assert_near(&found, AGREEMENT_PERCENT, 1, 0);
    assert_true(found.by[AGREEMENT_PERCENT].has_interval);
    assert_int_equal(found.by[AGREEMENT_COHEN].gap, GAP_ALIKE);
    assert_int_equal(found.by[AGREEMENT_FLEISS].gap, GAP_ALIKE);
    assert_int_equal(found.by[AGREEMENT_ALPHA].gap, GAP_ALIKE);
    assert_int_equal(found.by[AGREEMENT_ALPHA_ORDINAL].gap, GAP_NO_NUMBERS);
    assert_near(&found, AGREEMENT_AC1, 1, 0);
    data.scale.count = 1;
    for (size_t i = 0; i < data.count; i++)
        data.ratings[i].category = 0;
    found = compute(&data, &no_intervals);
    assert_int_equal(found.by[AGREEMENT_AC1].gap, GAP_ALIKE);
}

/* Where nearly every resample has no variance there is no interval. */
static void
rare_variance(void **state)
{
    struct data data = {0};
    struct agreement found;

    (void)state;
    scale_of(&data, 2);
    for (uint32_t unit = 0; unit < 50; unit++)
        for (uint32_t rater = 0; rater < 2; rater++)
            rate(&data, unit, rater, unit == 0 && rater == 0);
    found = compute(&data, &(struct agreement_options){500, 7, NULL});
    assert_int_equal(found.by[AGREEMENT_ALPHA].gap, GAP_NONE);
    assert_false(found.by[AGREEMENT_ALPHA].has_interval);
    assert_true(found.by[AGREEMENT_PERCENT].has_interval);
}

/* The interval of percent agreement is that of a proportion, nearly. */
static void
intervals(void **state)
{
    static const unsigned cells[] = {150, 30, 20, 200};
    struct data data;
    struct agreement found;
    struct agreement again;
    struct agreement other;
    struct interval should = interval_wilson(350, 400);

    (void)state;
    from_table(&data, cells, 2);
    found = compute_pair(&data, 0, &(struct agreement_options){2000, 1, NULL});
    again = compute_pair(&data, 0, &(struct agreement_options){2000, 1, NULL});
    other = compute_pair(&data, 0, &(struct agreement_options){2000, 2, NULL});
    for (unsigned m = 0; m < AGREEMENT_MEASURES; m++) {
        const struct coefficient *c = &found.by[m];

        assert_int_equal(c->gap, GAP_NONE);
        assert_true(c->has_interval);
        assert_true(c->interval.low < c->value && c->value < c->interval.high);
        assert_true(c->interval.low == again.by[m].interval.low &&
                    c->interval.high == again.by[m].interval.high);
    }
    assert_true(fabs(found.by[0].interval.low - should.low) < 0.01);
    assert_true(fabs(found.by[0].interval.high - should.high) < 0.01);
    assert_true(found.by[AGREEMENT_ALPHA].interval.low !=
                other.by[AGREEMENT_ALPHA].interval.low);
}

/* Krippendorff's four observers, two by two: most units in common first, and
 * kappa takes raters in their order whatever the order of the ratings. */
static void
pairs_of_raters(void **state)
{
    static const unsigned cells[] = {3, 7, 1, 9};
    struct data data;
    struct rater_pairs pairs;
    struct error err = ERROR_INIT;
    struct agreement found;
    struct agreement turned;

    (void)state;
    krippendorff_data(&data);
    rate(&data, 12, RATER_UNKNOWN, 0);
    rate(&data, 12, RATER_UNKNOWN, 0);
    assert_int_equal(rater_pairs_find(&pairs, data.ratings, data.count, &err),
                     ERR_OK);
    assert_int_equal(pairs.count, 6);
    assert_int_equal(pairs.list[0].units, 10);
    assert_int_equal(pairs.list[0].a, 1);
    assert_int_equal(pairs.list[0].b, 3);
    for (size_t i = 1; i < pairs.count; i++)
        assert_true(pairs.list[i].units <= pairs.list[i - 1].units);
    rater_pairs_release(&pairs);

    from_table(&data, cells, 2);
    found = compute_pair(&data, 0, &no_intervals);
    for (size_t i = 0; i + 1 < data.count; i += 2) {
        struct rating first = data.ratings[i];

        data.ratings[i] = data.ratings[i + 1];
        data.ratings[i + 1] = first;
    }
    turned = compute_pair(&data, 0, &no_intervals);
    /* po 0.6; chance 0.5 * 0.2 + 0.5 * 0.8 */
    assert_near(&found, AGREEMENT_COHEN, 0.2, 1e-12);
    assert_near(&turned, AGREEMENT_COHEN, 0.2, 1e-12);
}

/* Mean and variance of what is drawn; a fixed state, so that it holds or does
 * not. */
static void
draws(void **state)
{
    static const struct {
        uint64_t n;
        double p;
    } rows[] = {{1, 0.3},      {10, 0.5},      {30, 0.02},
                {1000, 0.001}, {100000, 0.37}, {5000000, 0.9999}};
    enum { TIMES = 20000 };
    uint64_t random = 11;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double mean = (double)rows[i].n * rows[i].p;
        double variance = mean * (1 - rows[i].p);
        double sum = 0;
        double squares = 0;

        for (unsigned t = 0; t < TIMES; t++) {
            uint64_t k = random_binomial(&random, rows[i].n, rows[i].p);

            assert_true(k <= rows[i].n);
            sum += (double)k - mean;
            squares += ((double)k - mean) * ((double)k - mean);
        }
        /* Five standard errors of each. */
        assert_true(fabs(sum / TIMES) < 5 * sqrt(variance / TIMES));
        assert_true(fabs(squares / TIMES / variance - 1) <
                    5 * sqrt((2 + 1 / variance) / TIMES));
    }
}

/* Of many units in few rows: drawn by weight, and still that of a proportion.
 */
static void
ways_of_drawing(void **state)
{
    static const unsigned cells[] = {15000, 3000, 2000, 20000};
    static const struct agreement_options options = {1000, 1, NULL};
    struct rating *ratings = calloc(80000, sizeof(*ratings));
    struct interval should = interval_wilson(35000, 40000);
    double values[2] = {1, 2};
    struct rating_table table;
    struct agreement found;
    struct error err = ERROR_INIT;
    uint32_t unit = 0;

    (void)state;
    assert_non_null(ratings);
    for (uint32_t cell = 0; cell < 4; cell++)
        for (unsigned n = 0; n < cells[cell]; n++, unit++) {
            ratings[2 * unit] = (struct rating){unit, 0, cell / 2};
            ratings[2 * unit + 1] = (struct rating){unit, 1, cell % 2};
        }
    assert_int_equal(rating_table_make(&table, ratings, 80000,
                                       (struct rating_scale){2, values}, &err),
                     ERR_OK);
    assert_int_equal(table.row_count, 3);
    assert_int_equal(agreement_compute(&found, NULL, &table, &options, &err),
                     ERR_OK);
    assert_true(fabs(found.by[0].interval.low - should.low) < 0.0006);
    assert_true(fabs(found.by[0].interval.high - should.high) < 0.0006);
    rating_table_release(&table);
    free(ratings);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(krippendorff_2011),
        cmocka_unit_test(fleiss_1971),
        cmocka_unit_test(cohen_1960),
        cmocka_unit_test(gwet_2008),
        cmocka_unit_test(degenerate),
        cmocka_unit_test(rare_variance),
        cmocka_unit_test(intervals),
        cmocka_unit_test(pairs_of_raters),
        cmocka_unit_test(draws),
        cmocka_unit_test(ways_of_drawing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
