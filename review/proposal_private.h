/* Adding a proposal: private to review. */
#ifndef REVIEW_PROPOSAL_PRIVATE_H
#define REVIEW_PROPOSAL_PRIVATE_H

#include "review/store_private.h"
#include "stet/proposal.h"

/* Within the caller's transaction. *added: it was not there yet. */
enum err_code proposal_add(struct store *store, const struct item_key *key,
                           const struct proposal *proposal, bool *added,
                           struct error *err);

#endif
