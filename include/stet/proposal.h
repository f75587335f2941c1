/* Rewrites that a model proposes: imported, shown beside the original,
 * accepted, edited or refused by a reviewer. They lie in the review store,
 * bound to the item, and so to the text that they were written for. */
#ifndef STET_PROPOSAL_H
#define STET_PROPOSAL_H

#include "stet/index.h"
#include "stet/store.h"

struct proposal {
    int64_t number;      /* for proposal_close */
    struct str text;     /* of the whole document */
    struct str model;    /* who wrote it; empty: not told */
    struct str style;    /* what for, such as "refusal dialogue" */
    int64_t imported_us; /* UTC */
};

/* Those of the item that nobody has accepted or refused, oldest first; in
 * `arena`. */
enum err_code proposals_of(struct store *store, const struct item_key *key,
                           struct arena *arena, struct proposal **out,
                           size_t *count, struct error *err);
/* It is done with, by the store's reviewer. What became of the text is in the
 * journal. ERR_NOTFOUND: there is none. */
enum err_code proposal_close(struct store *store, int64_t number, bool accepted,
                             struct error *err);
/* Open ones, of everyone. */
enum err_code proposals_count(struct store *store, uint64_t *count,
                              struct error *err);

struct proposal_import {
    uint64_t rows, taken;
    uint64_t known; /* the same was imported before */
    uint64_t stale; /* written for another text of that id: set aside */
    uint64_t unmatched, ambiguous;
    uint64_t bad; /* no proposal: told with their lines */
};
/* Called for what is wrong with a row; `line` from 1. */
typedef void proposal_message(void *ctx, const char *file, uint64_t line,
                              const char *text);
/* Rows of JSON lines, plain or compressed: {"id", "sha256" of the text it was
 * written for, "text", "model", "style", "source"}; id or sha256 may be absent,
 * and so may model, style and source. One transaction a file. */
enum err_code proposals_import(struct store *store, struct index *index,
                               const char *path, struct proposal_import *out,
                               proposal_message *message, void *ctx,
                               struct error *err);

#endif
