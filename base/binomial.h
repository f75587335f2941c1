/* Random numbers for resampling, from one 64-bit state. */
#ifndef BASE_BINOMIAL_H
#define BASE_BINOMIAL_H

#include <stdint.h>

/* splitmix64: S. Vigna, https://prng.di.unimi.it/splitmix64.c */
uint64_t random_next(uint64_t *state);
double random_unit(uint64_t *state); /* in [0, 1) */

/* Successes in n trials. Exact: the middle one of n uniform numbers is drawn
 * and the half that it leaves open gone on with, L. Devroye, Non-Uniform Random
 * Variate Generation (1986), X.4.3. Cost: log2(n) numbers of a beta. */
uint64_t random_binomial(uint64_t *state, uint64_t n, double p);

#endif
