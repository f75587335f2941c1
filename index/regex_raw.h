/* What must stand in a record's bytes for a pattern to match its text: private
 * to search. */
#ifndef INDEX_REGEX_RAW_H
#define INDEX_REGEX_RAW_H

#include <stdbool.h>

#include "regex_need.h"
#include "stet/document.h"

#define RAW_NEEDLES 4u

/* One of these; none when count is 0. ASCII that JSON has only one way to
 * write, but for \u. */
struct regex_raw {
    struct str needles[RAW_NEEDLES];
    unsigned count;
};

/* The best of what is needed; views borrow from it. `caseless`: a part of the
 * pattern is, so letters say nothing. */
struct regex_raw regex_raw_make(const struct need *need, bool caseless);

/* Whether a record's text can have one of them. `flags` are the document's. */
bool regex_raw_may(const struct regex_raw *raw, struct str record,
                   unsigned flags);
/* Whether something in it is written \u: then its bytes say nothing. */
bool regex_raw_has_escape(struct str record);

#endif
