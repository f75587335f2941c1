/* Reading and adding proposals: private to review. */
#ifndef REVIEW_PROPOSAL_PRIVATE_H
#define REVIEW_PROPOSAL_PRIVATE_H

#include "review/import_item.h"
#include "review/store_private.h"
#include "stet/proposal.h"

struct proposal_row {
    struct proposal proposal;  /* number and time are not set */
    struct item_wanted wanted; /* by the text that it was written for */
};
/* NULL: it is one, in `arena` and `raw`; else what is wrong. */
const char *proposal_row_parse(struct str raw, struct arena *arena,
                               struct proposal_row *out);

/* Within the caller's transaction. *added: it was not there yet. */
enum err_code proposal_add(struct store *store, const struct item_key *key,
                           const struct proposal *proposal, bool *added,
                           struct error *err);

#endif
