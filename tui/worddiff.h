/* The difference of two texts in words. */
#ifndef STET_TUI_WORDDIFF_H
#define STET_TUI_WORDDIFF_H

#include <stdbool.h>

#include "stet/buf.h"

enum diff_kind { DIFF_EQUAL, DIFF_REMOVED, DIFF_ADDED };
struct diff_part {
    enum diff_kind kind;
    struct str text; /* borrowed from the old or the new text */
};
struct worddiff {
    struct diff_part *parts;
    size_t count;
    bool coarse; /* too different: one change from the first to the last word */
};

/* Cost: linear in the equal ends; what is between them in words times the
 * number of differences, of which there are at most DIFF_EDITS_MAX. */
#define DIFF_EDITS_MAX 1500
void worddiff_make(struct worddiff *out, struct str old, struct str new_text);
void worddiff_release(struct worddiff *diff);

#endif
