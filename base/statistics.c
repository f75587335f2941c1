/* Intervals of proportions, and the incomplete beta function that the exact
 * one is the inverse of. */
#include "config.h"

#include "stet/statistics.h"

#include <math.h>

#define Z_95 1.959963984540054 /* of the normal distribution, 97.5 % */
#define TAIL 0.025

struct interval
interval_wilson(uint64_t part, uint64_t whole)
{
    double n = (double)whole;
    double share = (double)part / n;
    double z2 = Z_95 * Z_95;
    double middle = (share + z2 / (2 * n)) / (1 + z2 / n);
    double half =
        Z_95 / (1 + z2 / n) * sqrt((share * (1 - share) + z2 / (4 * n)) / n);

    if (whole == 0)
        return (struct interval){(double)NAN, (double)NAN};
    return (struct interval){part == 0 ? 0 : fmax(0, middle - half),
                             part == whole ? 1 : fmin(1, middle + half)};
}

static double
log_gamma(double x)
{
    int sign;

    return lgamma_r(x, &sign); /* lgamma() writes a global */
}

#define FRACTION_STEPS 1000
#define FRACTION_NEAR 1e-15
#define FRACTION_TINY 1e-300

/* The continued fraction of NIST's Digital Library of Mathematical Functions,
 * 8.17.22, by the method of Lentz. Quick for x < (a + 1) / (a + b + 2). */
static double
beta_fraction(double a, double b, double x)
{
    double c = 1;
    double d = 1 - (a + b) * x / (a + 1);
    double value;

    d = 1 / (fabs(d) < FRACTION_TINY ? FRACTION_TINY : d);
    value = d;
    for (int m = 1; m <= FRACTION_STEPS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd =
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double step;

        d = 1 + even * d;
        c = 1 + even / c;
        d = 1 / (fabs(d) < FRACTION_TINY ? FRACTION_TINY : d);
        c = fabs(c) < FRACTION_TINY ? FRACTION_TINY : c;
        value *= d * c;
        d = 1 + odd * d;
        c = 1 + odd / c;
        d = 1 / (fabs(d) < FRACTION_TINY ? FRACTION_TINY : d);
        c = fabs(c) < FRACTION_TINY ? FRACTION_TINY : c;
        step = d * c;
        value *= step;
        if (fabs(step - 1) < FRACTION_NEAR)
            break;
    }
    return value;
}

double
beta_incomplete(double a, double b, double x)
{
    double front;

    if (x <= 0)
        return 0;
    if (x >= 1)
        return 1;
    front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) +
                b * log1p(-x));
    return x < (a + 1) / (a + b + 2)
               ? front * beta_fraction(a, b, x) / a
               : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/* x with beta_incomplete(a, b, x) == share: it grows with x. */
static double
beta_inverse(double a, double b, double share)
{
    double low = 0;
    double high = 1;

    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;

        if (beta_incomplete(a, b, middle) < share)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

struct interval
interval_exact(uint64_t part, uint64_t whole)
{
    double k = (double)part;
    double rest = (double)(whole - part);

    if (whole == 0)
        return (struct interval){(double)NAN, (double)NAN};
    return (struct interval){
        part == 0 ? 0 : beta_inverse(k, rest + 1, TAIL),
        part == whole ? 1 : beta_inverse(k + 1, rest, 1 - TAIL)};
}
