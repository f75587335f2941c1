/* Texts and patterns by chance, for proving that what the index leaves out
 * cannot match. Patterns are made from pieces of the texts, so that many
 * match. */
#ifndef TESTS_REGEX_CHANCE_H
#define TESTS_REGEX_CHANCE_H

#include <stdint.h>

#include "stet/buf.h"

#define CHANCE_TEXTS 1500u

/* Seeded from STET_TEST_SEED or the system; the seed is printed. */
void chance_seed(const char *test);
uint32_t chance(uint32_t below);

/* Hostile texts (WTF-8, many scripts, runs that are cut), and real ones from
 * the folder of test data if there is one. */
void chance_texts(struct buf *bytes, struct str texts[CHANCE_TEXTS]);

/* A pattern, not always one that PCRE2 accepts; flags of stet/regex.h. */
void chance_pattern(const struct str *texts, struct buf *pattern,
                    unsigned *flags);

#endif
