/* Patterns that can be tried on a record's bytes before it is read as JSON:
 * private to search. */
#ifndef INDEX_REGEX_PLAIN_H
#define INDEX_REGEX_PLAIN_H

#include <stdbool.h>

#include "stet/query.h"

enum regex_plain {
    PLAIN_NOT,
    PLAIN_ASCII, /* also byte by byte, without UTF-8 */
    PLAIN_UTF8
};

/* Whether everything the pattern can match stands in JSON as it is, but for
 * \u, and matches there whatever is around it: literals, classes, groups,
 * alternatives and repeats of such characters, nothing else. Then a record that
 * has neither a match nor a \u has no match in its text. Conservative. The
 * pattern is one that PCRE2 accepts. */
enum regex_plain regex_plain(const struct query_regex *regex);

#endif
