/* What must stand in a text for a pattern to match: private to search. */
#ifndef INDEX_REGEX_NEED_H
#define INDEX_REGEX_NEED_H

#include <stdbool.h>

#include "stet/arena.h"
#include "stet/query.h"

enum need_op { NEED_AND, NEED_OR, NEED_LITERAL };

struct need {
    enum need_op op;
    struct need *first, *next; /* children, at least one; siblings */
    /* A run of characters as it stands in the text, but for what the tokenizer
     * makes alike. Each begins a unit of the tokenizer; only the last can have
     * marks behind it, and then still folds to what its unit begins with. */
    struct str literal;
};

/* Read a pattern that PCRE2 accepts. *out lives in `arena`; NULL: nothing is
 * certain. Conservative: whatever the pattern matches has what is needed. */
enum err_code regex_need(struct need **out, const struct query_regex *regex,
                         struct arena *arena, struct error *err);
/* Whether letters of a pattern can stand for other letters: it says i
 * somewhere. */
bool regex_is_caseless(const struct query_regex *regex);

/* (and "a" (or "b" "c")), "-" for NULL; for tests. */
void regex_need_dump(const struct need *need, struct buf *out);

#endif
