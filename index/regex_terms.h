/* Documents that a needed literal could stand in, by the index: private to
 * search. */
#ifndef INDEX_REGEX_TERMS_H
#define INDEX_REGEX_TERMS_H

#include <stdbool.h>
#include <stdint.h>

#include "regex_need.h"
#include "stet/bits.h"
#include "stet/db.h"

#define REGEX_TERMS_MAX 5000u /* that a part of a word stands for */

/* Clear the bits of the partition's documents (bit 0 is its first) that cannot
 * have what is needed. *useful is false when nothing can be said, or it would
 * leave too much to be worth its time; then no bit changes.
 *
 * Cost:  where a literal begins inside a word, a walk over the dictionary;
 *        then the rows of the terms found.
 * Fails: ERR_CANCELLED; what reading the index gives. */
enum err_code regex_narrow(struct db *db, const struct need *need,
                           const int *cancel, struct bits *documents,
                           bool *useful, struct error *err);

#endif
