/* Random numbers of a few distributions, from one 64-bit state. */
#include "config.h"

#include "base/binomial.h"

#include <math.h>

#define FEW 24u /* trials made one by one */

uint64_t
random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

double
random_unit(uint64_t *state)
{
    return (double)(random_next(state) >> 11) * 0x1p-53;
}

/* The polar method of G. Marsaglia; the second number is not kept. */
static double
random_normal(uint64_t *state)
{
    for (;;) {
        double x = 2 * random_unit(state) - 1;
        double y = 2 * random_unit(state) - 1;
        double square = x * x + y * y;

        if (square > 0 && square < 1)
            return x * sqrt(-2 * log(square) / square);
    }
}

/* Of shape 1 and more: G. Marsaglia and W. W. Tsang, ACM Transactions on
 * Mathematical Software 26 (2000), 363-372. */
static double
random_gamma(uint64_t *state, double shape)
{
    double d = shape - 1.0 / 3;
    double c = 1 / sqrt(9 * d);

    for (;;) {
        double x = random_normal(state);
        double v = 1 + c * x;
        double u = random_unit(state);

        if (v <= 0 || u <= 0)
            continue;
        v = v * v * v;
        if (log(u) < x * x / 2 + d - d * v + d * log(v))
            return d * v;
    }
}

uint64_t
random_binomial(uint64_t *state, uint64_t n, double p)
{
    uint64_t count = 0;

    while (n > FEW) {
        uint64_t middle = (n + 1) / 2;
        double below = random_gamma(state, (double)middle);
        double above = random_gamma(state, (double)(n + 1 - middle));
        double at = below / (below + above);

        if (at <= p) {
            count += middle;
            n -= middle;
            p = (p - at) / (1 - at);
        } else {
            n = middle - 1;
            p /= at;
        }
    }
    for (; n > 0; n--)
        count += random_unit(state) < p;
    return count;
}
