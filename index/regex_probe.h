/* A needed literal as tokens: private to regex_terms.c. */
#ifndef INDEX_REGEX_PROBE_H
#define INDEX_REGEX_PROBE_H

#include <stdbool.h>

#include "stet/arena.h"
#include "stet/query.h"
#include "stet/tokenizer.h"

/* The tokens that a literal gives wherever it stands: the first may go on to
 * the left, the last to the right; those between are exact and follow each
 * other. Empty strings: there is none. */
struct probe {
    struct str inside; /* part of a token: all that there is */
    struct str suffix; /* a token ends so */
    struct str prefix; /* a token begins so */
    struct query_phrase phrase;
};

/* Everything lives in `arena`. */
enum err_code probe_make(struct probe *out, struct str literal,
                         struct tokenizer *tokenizer, struct arena *arena,
                         struct error *err);
/* Whether the tokenizer makes of a term this very term: a cut run can begin
 * with what elsewhere joins the character before it. */
bool probe_reads_back(struct str term, struct tokenizer *tokenizer);

#endif
