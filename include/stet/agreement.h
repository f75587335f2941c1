/* How far raters agree: percent, and coefficients that take off what chance
 * would give, each with an interval by bootstrap. A unit is what was rated (a
 * document), a category one of the values it can have.
 *
 * Sources:
 * percent  the mean over units of the share of a unit's pairs that agree.
 * Cohen    J. Cohen, Educational and Psychological Measurement 20 (1960),
 * 37-46. Fleiss   J. L. Fleiss, Psychological Bulletin 76 (1971), 378-382; with
 * units of different numbers of ratings: agreement as in percent, chance from
 * the shares of the categories among all ratings. alpha    K. Krippendorff,
 * Computing Krippendorff's Alpha-Reliability (2011); units with one rating are
 * left out, nothing is filled in. AC1      K. L. Gwet, British Journal of
 * Mathematical and Statistical Psychology 61 (2008), 29-48; missing ratings as
 * in his Handbook of Inter-Rater Reliability (2014): chance from the mean of
 * the units' shares. interval the percentile bootstrap over units, B. Efron,
 * Annals of Statistics 7 (1979), 1-26. With few units it is too narrow. */
#ifndef STET_AGREEMENT_H
#define STET_AGREEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stet/error.h"
#include "stet/statistics.h"

enum agreement_measure {
    AGREEMENT_PERCENT,
    AGREEMENT_COHEN,
    AGREEMENT_FLEISS,
    AGREEMENT_ALPHA, /* nominal */
    AGREEMENT_ALPHA_ORDINAL,
    AGREEMENT_ALPHA_INTERVAL,
    AGREEMENT_AC1,
    AGREEMENT_MEASURES
};
/* "Cohen's kappa", for people; "cohen_kappa", for JSON. */
const char *agreement_title(enum agreement_measure measure);
const char *agreement_key(enum agreement_measure measure);

/* Why a coefficient cannot be computed. */
enum agreement_gap {
    GAP_NONE,
    GAP_NO_PAIRS,  /* no unit has two ratings */
    GAP_NOT_TWO,   /* defined for two raters only */
    GAP_ALIKE,     /* all ratings are alike: chance agrees always */
    GAP_NO_NUMBERS /* the categories have no order */
};
const char *agreement_gap_text(enum agreement_gap gap);

#define RATER_UNKNOWN UINT32_MAX /* somebody, another one each time */
#define RATING_CATEGORIES_MAX 256u

struct rating {
    uint32_t unit, rater, category;
};
/* What the categories are. */
struct rating_scale {
    uint32_t count;       /* RATING_CATEGORIES_MAX at most */
    const double *values; /* ascending; NULL: they are names */
};

/* Ratings by unit, units that are alike together. */
struct rating_row {
    uint32_t first;   /* of a pair's: what its first rater chose */
    size_t start;     /* in `choices`, up to the next row's */
    uint32_t ratings; /* of each of these units */
    uint64_t units;
};
struct rating_choice {
    uint32_t category, count;
};
struct rating_table {
    struct rating_scale scale; /* borrowed values */
    bool of_pair;              /* two ratings a unit, by the same two raters */
    struct rating_row *rows;   /* one more than `row_count`: the end */
    size_t row_count;
    struct rating_choice *choices;
};
/* `ratings` ascending by unit. Owns: rating_table_release(). */
enum err_code rating_table_make(struct rating_table *out,
                                const struct rating *ratings, size_t count,
                                struct rating_scale scale, struct error *err);
void rating_table_release(struct rating_table *table);

struct coefficient {
    double value; /* only with GAP_NONE */
    enum agreement_gap gap;
    bool has_interval; /* at least 95 % of the resamples gave a value */
    struct interval interval;
};
struct agreement {
    uint64_t units; /* with two ratings or more */
    uint64_t alone; /* with one */
    uint64_t ratings;
    struct coefficient by[AGREEMENT_MEASURES];
};
struct agreement_options {
    uint32_t resamples; /* 0: no intervals */
    uint64_t seed;      /* same seed, same intervals */
    const int *cancel;  /* NULL allowed */
};
/* `shares` (NULL allowed): of each category among all ratings.
 * Cost:  resamples times units.
 * Fails: ERR_NOMEM, ERR_CANCELLED. */
enum err_code agreement_compute(struct agreement *out, double *shares,
                                const struct rating_table *table,
                                const struct agreement_options *options,
                                struct error *err);

/* Two raters and the units that both rated. */
struct rater_pair {
    uint32_t a, b; /* a < b */
    size_t start, units;
};
struct pair_rating; /* private */
struct rater_pairs {
    struct rater_pair *list; /* most units first, then by numbers */
    size_t count;
    struct pair_rating *ratings;
};
/* `ratings` as for rating_table_make(), one at most of a rater and unit.
 * Unknown raters pair with nobody. Owns: rater_pairs_release().
 * Fails: ERR_LIMIT over 2^26 pairs of ratings. */
enum err_code rater_pairs_find(struct rater_pairs *out,
                               const struct rating *ratings, size_t count,
                               struct error *err);
void rater_pairs_release(struct rater_pairs *pairs);
enum err_code rating_table_of_pair(struct rating_table *out,
                                   const struct rater_pairs *pairs, size_t pair,
                                   struct rating_scale scale,
                                   struct error *err);

#endif
