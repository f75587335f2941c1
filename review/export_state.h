/* What of an item's history is exported: each reviewer's standing decisions,
 * and from them, by policy, the item's. Pure. */
#ifndef REVIEW_EXPORT_STATE_H
#define REVIEW_EXPORT_STATE_H

#include "patch.h"
#include "stet/export.h"

/* One decision that is exported. The annotation gives value, text, span,
 * reason, time; of several reviewers who said the same, it is the earliest. */
struct decision {
    enum patch_op op;
    const struct annotation *a;
};
struct decisions {
    struct decision *list; /* in the order of a patch's edits; arena */
    size_t count;
    bool retracted; /* an earlier export said more; set by the exporter */
    struct str why; /* what does not meet the policy; ptr NULL: nothing */
};

struct export_rules {
    enum export_policy policy;
    unsigned agree;
    bool models;
    int64_t head; /* annotations up to this one count */
};

/* `history` in the order of the journal; *out borrows from it. */
enum err_code decisions_make(const struct annotation *history, size_t count,
                             const struct export_rules *rules,
                             struct arena *arena, struct decisions *out,
                             struct error *err);

#endif
