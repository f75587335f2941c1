/* Intervals of proportions: how sure a share is that was counted in a random
 * sample. All at 95 %, two-sided. */
#ifndef STET_STATISTICS_H
#define STET_STATISTICS_H

#include <stdint.h>

struct interval {
    double low, high; /* shares; NaN: of nothing */
};

/* The score interval: near 95 % on average, but for some shares near 0 or 1
 * well under it. E. B. Wilson, Journal of the American Statistical
 * Association 22 (1927), 209-212. */
struct interval interval_wilson(uint64_t part, uint64_t whole);
/* The exact interval: whatever the true share, at least 95 % of samples give
 * one that holds it. C. J. Clopper and E. S. Pearson, Biometrika 26 (1934),
 * 404-413. Cost: 60 evaluations of a continued fraction a side. */
struct interval interval_exact(uint64_t part, uint64_t whole);

/* The regularised incomplete beta function, for a and b over 0, x in 0..1. */
double beta_incomplete(double a, double b, double x);

#endif
