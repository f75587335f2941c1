/* What a name means among the scores of an index: names with versions,
 * aliases, and plain spellings of odd names. */
#ifndef INDEX_SCORE_NAME_H
#define INDEX_SCORE_NAME_H

#include "stet/mapping.h"
#include "stet/settings.h"

struct score_names;

/* Borrows `defs`. Aliases come from the settings: [score "NAME"] alias. */
struct score_names *score_names_new(const struct score_def *defs, size_t count,
                                    const struct settings *settings);
void score_names_free(struct score_names *names); /* NULL allowed */

/* How many different scores `name` could mean; the first `max` of them in
 * `found`. In this order, the first that fits decides:
 *   1. the name itself; without a version the newest version of it
 *   2. an alias from the settings
 *   3. a name that is the same with '_' for each byte that is no letter or
 *      digit
 * NAME@VERSION is that version; "NAME@" is the one without a version. */
size_t score_names_find(const struct score_names *names, struct str name,
                        unsigned *found, size_t max);
/* How many versions there are of score `score`'s name. */
size_t score_names_versions(const struct score_names *names, unsigned score);

/* NAME of NAME@VERSION; all of it when there is no version. */
struct str score_name_base(struct str name);
/* VERSION; ptr NULL when there is none. */
struct str score_name_version(struct str name);
/* Order of versions: none first, then runs of digits by their number, the rest
 * by bytes: v6 < v7 < v10. */
int score_version_compare(struct str a, struct str b);

#endif
