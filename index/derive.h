/* Expressions that make a score of others: max(llm, embed), 0.7*a + 0.3*b.
 * Numbers, names, + - * /, max(), min(), mean(), parentheses. */
#ifndef INDEX_DERIVE_H
#define INDEX_DERIVE_H

#include "stet/mapping.h"

#define DERIVE_BLOCK 64u /* documents computed at a time */

struct derived;

/* ERR_USAGE with err->offset: what was expected. */
enum err_code derived_parse(struct derived **out, struct str text,
                            struct error *err);
void derived_free(struct derived *derived); /* NULL allowed */

/* The names in it, as written without quotes, each once. */
size_t derived_name_count(const struct derived *derived);
struct str derived_name(const struct derived *derived, size_t i);
/* Name `i` is score `score` from now on; all must be bound. */
void derived_bind(struct derived *derived, size_t i, unsigned score);
unsigned derived_score(const struct derived *derived, size_t i);

/* Put `count` (up to DERIVE_BLOCK) values of `score` into `values`. */
typedef void derived_fetch(void *ctx, unsigned score, double *values,
                           uint32_t count);
/* max, min and mean skip what is unknown (NaN) and are unknown when all is;
 * arithmetic with something unknown is unknown, and so is what is no finite
 * number. The result is rounded as by derived_round(), so that the noise of
 * adding decimals (0.1 + 0.2) does not decide a comparison. */
void derived_run(const struct derived *derived, derived_fetch *fetch, void *ctx,
                 double *values, uint32_t count);
/* To 40 bits (12 decimal digits): a query's constant before comparing. */
double derived_round(double value);

/* Fill def->min, def->max and def->bad as far as they follow from the parts;
 * `defs` by number. */
void derived_describe(const struct derived *derived,
                      const struct score_def *defs, struct score_def *def);

#endif
