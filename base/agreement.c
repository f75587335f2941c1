/* Coefficients of agreement from sums over units, so that a resample costs no
 * more than its sums: units with the same ratings are one row, counted. */
#include "config.h"

#include "stet/agreement.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/binomial.h"

#define INTERVAL_SHARE 0.95
/* A row is drawn by its weight in the time of so many units one by one. */
#define MANY_UNITS 400u

const char *
agreement_title(enum agreement_measure measure)
{
    static const char *const titles[] = {
        "percent",        "Cohen's kappa",   "Fleiss' kappa", "alpha, nominal",
        "alpha, ordinal", "alpha, interval", "Gwet's AC1"};

    return titles[measure];
}

const char *
agreement_key(enum agreement_measure measure)
{
    static const char *const keys[] = {
        "percent",       "cohen_kappa",    "fleiss_kappa", "alpha_nominal",
        "alpha_ordinal", "alpha_interval", "gwet_ac1"};

    return keys[measure];
}

const char *
agreement_gap_text(enum agreement_gap gap)
{
    switch (gap) {
    case GAP_NONE:
        break;
    case GAP_NO_PAIRS:
        return "nothing was rated twice";
    case GAP_NOT_TWO:
        return "of two raters only: see the pairs";
    case GAP_ALIKE:
        return "all ratings are alike";
    case GAP_NO_NUMBERS:
        return "the values are no numbers";
    }
    return "";
}

/* Sums over units, each counted as often as it was drawn. */
struct sums {
    uint64_t units, alone, ratings; /* units with two ratings or more */
    uint64_t rated;                 /* units with any */
    double agreeing;                /* shares of agreeing pairs */
    double *chosen;                 /* ratings, by category */
    double *unit_shares;            /* of the units' ratings, by category */
    double *first, *second;         /* of a pair's raters */
    double both;                    /* units on which these two agree */
    double *pairable;               /* ratings in units of two or more */
    double *together;               /* coincidences: category x category */
    double *memory;
};

static bool
sums_init(struct sums *sums, uint32_t categories)
{
    size_t q = categories;

    *sums = (struct sums){0};
    sums->memory = calloc(q * (5 + q) + 1, sizeof(double));
    if (!sums->memory)
        return false;
    sums->chosen = sums->memory;
    sums->unit_shares = sums->chosen + q;
    sums->first = sums->unit_shares + q;
    sums->second = sums->first + q;
    sums->pairable = sums->second + q;
    sums->together = sums->pairable + q;
    return true;
}

static void
sums_clear(struct sums *sums, uint32_t categories)
{
    size_t q = categories;

    memset(sums->memory, 0, q * (5 + q) * sizeof(double));
    sums->units = sums->alone = sums->ratings = sums->rated = 0;
    sums->agreeing = sums->both = 0;
}

static void
add_pair(struct sums *sums, const struct rating_row *row,
         const struct rating_choice *choices, double times)
{
    uint32_t second = row[1].start - row->start == 1      ? row->first
                      : choices[0].category == row->first ? choices[1].category
                                                          : choices[0].category;

    sums->first[row->first] += times;
    sums->second[second] += times;
    sums->both += row->first == second ? times : 0;
}

static void
add_row(struct sums *sums, const struct rating_table *table, size_t number,
        uint64_t drawn)
{
    const struct rating_row *row = &table->rows[number];
    const struct rating_choice *choices = table->choices + row->start;
    size_t count = row[1].start - row->start;
    size_t q = table->scale.count;
    double times = (double)drawn;
    double all = row->ratings;
    double agreeing = 0;

    sums->rated += drawn;
    sums->ratings += drawn * row->ratings;
    for (size_t i = 0; i < count; i++) {
        double n = choices[i].count;

        sums->chosen[choices[i].category] += times * n;
        sums->unit_shares[choices[i].category] += times * n / all;
    }
    if (row->ratings < 2) {
        sums->alone += drawn;
        return;
    }
    sums->units += drawn;
    for (size_t i = 0; i < count; i++) {
        double n = choices[i].count;
        double *with = sums->together + choices[i].category * q;

        agreeing += n * (n - 1);
        sums->pairable[choices[i].category] += times * n;
        for (size_t j = 0; j < count; j++)
            with[choices[j].category] +=
                times * n * (choices[j].count - (i == j ? 1.0 : 0)) / (all - 1);
    }
    sums->agreeing += times * agreeing / (all * (all - 1));
    if (table->of_pair)
        add_pair(sums, row, choices, times);
}

static struct coefficient
over_chance(double observed, double chance)
{
    if (1 - chance < 1e-12)
        return (struct coefficient){.gap = GAP_ALIKE};
    return (struct coefficient){.value = (observed - chance) / (1 - chance)};
}

static struct coefficient
cohen(const struct sums *sums, const struct rating_table *table)
{
    double n = (double)sums->units;
    double chance = 0;

    if (!table->of_pair)
        return (struct coefficient){.gap = GAP_NOT_TWO};
    for (uint32_t k = 0; k < table->scale.count; k++)
        chance += sums->first[k] / n * (sums->second[k] / n);
    return over_chance(sums->both / n, chance);
}

static struct coefficient
fleiss(const struct sums *sums, uint32_t categories)
{
    double chance = 0;

    for (uint32_t k = 0; k < categories; k++) {
        double share = sums->chosen[k] / (double)sums->ratings;

        chance += share * share;
    }
    return over_chance(sums->agreeing / (double)sums->units, chance);
}

static struct coefficient
gwet(const struct sums *sums, uint32_t categories)
{
    double chance = 0;

    if (categories < 2)
        return (struct coefficient){.gap = GAP_ALIKE};
    for (uint32_t k = 0; k < categories; k++) {
        double share = sums->unit_shares[k] / (double)sums->rated;

        chance += share * (1 - share) / (categories - 1);
    }
    return over_chance(sums->agreeing / (double)sums->units, chance);
}

/* How far apart two categories are; `between`: the ratings from c to k. */
static double
distance(enum agreement_measure metric, const struct sums *sums,
         const struct rating_table *table, uint32_t c, uint32_t k,
         double between)
{
    double d = metric == AGREEMENT_ALPHA ? 1
               : metric == AGREEMENT_ALPHA_ORDINAL
                   ? between - (sums->pairable[c] + sums->pairable[k]) / 2
                   : table->scale.values[k] - table->scale.values[c];

    return d * d;
}

static struct coefficient
alpha(enum agreement_measure metric, const struct sums *sums,
      const struct rating_table *table)
{
    uint32_t q = table->scale.count;
    double observed = 0;
    double expected = 0;
    double all = 0;

    if (metric != AGREEMENT_ALPHA && !table->scale.values)
        return (struct coefficient){.gap = GAP_NO_NUMBERS};
    for (uint32_t c = 0; c < q; c++) {
        double between = sums->pairable[c];

        all += sums->pairable[c];
        for (uint32_t k = c + 1; k < q; k++) {
            double d;

            between += sums->pairable[k];
            d = distance(metric, sums, table, c, k, between);
            observed += d * sums->together[(size_t)c * q + k];
            expected += d * sums->pairable[c] * sums->pairable[k];
        }
    }
    if (!(expected > 0) || !isfinite(expected))
        return (struct coefficient){.gap = GAP_ALIKE};
    return (struct coefficient){.value = 1 - (all - 1) * observed / expected};
}

static void
coefficients(const struct sums *sums, const struct rating_table *table,
             struct coefficient out[AGREEMENT_MEASURES])
{
    for (unsigned m = 0; m < AGREEMENT_MEASURES; m++)
        out[m] = (struct coefficient){.gap = GAP_NO_PAIRS};
    if (sums->units == 0)
        return;
    out[AGREEMENT_PERCENT] =
        (struct coefficient){.value = sums->agreeing / (double)sums->units};
    out[AGREEMENT_COHEN] = cohen(sums, table);
    out[AGREEMENT_FLEISS] = fleiss(sums, table->scale.count);
    for (unsigned m = AGREEMENT_ALPHA; m <= AGREEMENT_ALPHA_INTERVAL; m++)
        out[m] = alpha((enum agreement_measure)m, sums, table);
    out[AGREEMENT_AC1] = gwet(sums, table->scale.count);
}

struct resampling {
    const struct rating_table *table;
    const struct agreement_options *options;
    struct sums sums;
    uint64_t units;
    uint32_t *row_of; /* by unit; NULL: rows are few, and drawn by weight */
    uint64_t *drawn;  /* by row */
    double *values;   /* measure by measure, those that could be computed */
    uint32_t counts[AGREEMENT_MEASURES];
    uint64_t random;
};

static enum err_code
resampling_init(struct resampling *r, struct error *err)
{
    size_t rows = r->table->row_count;
    size_t at = 0;

    for (size_t i = 0; i < rows; i++)
        r->units += r->table->rows[i].units;
    if (!sums_init(&r->sums, r->table->scale.count))
        return error_nomem(err);
    r->drawn = calloc(rows + 1, sizeof(*r->drawn));
    r->values = calloc((size_t)r->options->resamples * AGREEMENT_MEASURES + 1,
                       sizeof(*r->values));
    if (r->units / MANY_UNITS < rows)
        r->row_of = calloc(r->units + 1, sizeof(*r->row_of));
    if (!r->drawn || !r->values || (r->units / MANY_UNITS < rows && !r->row_of))
        return error_nomem(err);
    for (size_t i = 0; r->row_of && i < rows; i++)
        for (uint64_t u = 0; u < r->table->rows[i].units; u++)
            r->row_of[at++] = (uint32_t)i;
    r->random = r->options->seed;
    return ERR_OK;
}

static void
resampling_release(struct resampling *r)
{
    free(r->sums.memory);
    free(r->row_of);
    free(r->drawn);
    free(r->values);
}

static void
draw_units(struct resampling *r)
{
    double units = (double)r->units;

    for (uint64_t u = 0; u < r->units; u++)
        r->drawn[r->row_of[(uint64_t)(random_unit(&r->random) * units)]]++;
}

/* The same distribution: how many of those that are left fall on each row. */
static void
draw_rows(struct resampling *r)
{
    uint64_t draws = r->units;
    uint64_t left = r->units;

    for (size_t i = 0; i < r->table->row_count; i++) {
        uint64_t here = r->table->rows[i].units;

        r->drawn[i] = here == left
                          ? draws
                          : random_binomial(&r->random, draws,
                                            (double)here / (double)left);
        draws -= r->drawn[i];
        left -= here;
    }
}

static void
draw_once(struct resampling *r)
{
    struct coefficient by[AGREEMENT_MEASURES];

    memset(r->drawn, 0, r->table->row_count * sizeof(*r->drawn));
    if (r->row_of)
        draw_units(r);
    else
        draw_rows(r);
    sums_clear(&r->sums, r->table->scale.count);
    for (size_t i = 0; i < r->table->row_count; i++)
        if (r->drawn[i])
            add_row(&r->sums, r->table, i, r->drawn[i]);
    coefficients(&r->sums, r->table, by);
    for (unsigned m = 0; m < AGREEMENT_MEASURES; m++)
        if (by[m].gap == GAP_NONE)
            r->values[(size_t)m * r->options->resamples + r->counts[m]++] =
                by[m].value;
}

static int
compare_values(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static void
fill_interval(const struct resampling *r, unsigned measure,
              struct coefficient *out)
{
    double *values = r->values + (size_t)measure * r->options->resamples;
    uint32_t count = r->counts[measure];
    uint32_t tail = (uint32_t)(count * (1 - INTERVAL_SHARE) / 2);

    if (out->gap != GAP_NONE || count == 0 ||
        count < r->options->resamples * INTERVAL_SHARE)
        return;
    qsort(values, count, sizeof(*values), compare_values);
    out->has_interval = true;
    out->interval = (struct interval){values[tail], values[count - 1 - tail]};
}

static enum err_code
resample(struct agreement *out, const struct rating_table *table,
         const struct agreement_options *options, struct error *err)
{
    struct resampling r = {.table = table, .options = options};
    enum err_code code = resampling_init(&r, err);

    for (uint32_t i = 0; !code && i < options->resamples; i++) {
        if (options->cancel &&
            __atomic_load_n(options->cancel, __ATOMIC_RELAXED))
            code = error_set(err, ERR_CANCELLED, "%s",
                             err_code_text(ERR_CANCELLED));
        else
            draw_once(&r);
    }
    for (unsigned m = 0; !code && m < AGREEMENT_MEASURES; m++)
        fill_interval(&r, m, &out->by[m]);
    resampling_release(&r);
    return code;
}

enum err_code
agreement_compute(struct agreement *out, double *shares,
                  const struct rating_table *table,
                  const struct agreement_options *options, struct error *err)
{
    struct agreement found = {0};
    struct sums sums;
    enum err_code code = ERR_OK;

    if (!sums_init(&sums, table->scale.count))
        return error_nomem(err);
    for (size_t i = 0; i < table->row_count; i++)
        add_row(&sums, table, i, table->rows[i].units);
    found.units = sums.units;
    found.alone = sums.alone;
    found.ratings = sums.ratings;
    coefficients(&sums, table, found.by);
    for (uint32_t k = 0; shares && k < table->scale.count; k++)
        shares[k] = sums.ratings ? sums.chosen[k] / (double)sums.ratings : 0;
    free(sums.memory);
    if (options->resamples && found.units > 1)
        code = resample(&found, table, options, err);
    if (!code)
        *out = found;
    return code;
}
