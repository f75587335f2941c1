/* Failures: what a trained model said that it should not, from the first report
 * to the round of training in which it is gone. They are annotations like every
 * decision (kinds `failure` and `status`, docs/journal-format.md), so they
 * merge, are undone and backed up with the rest. A decision made for a failure
 * names it in its reason, which reaches the patch. */
#ifndef STET_FAILURE_H
#define STET_FAILURE_H

#include "stet/arena.h"
#include "stet/store.h"

/* enum, name in journals and commands */
#define FAILURE_STATES(X)                                                \
    X(OPEN, "open")                   /* nobody looked yet */            \
    X(TRACED, "traced")               /* its documents are known */      \
    X(EDITED, "edited")               /* decisions since then name it */ \
    X(FIXED, "fixed")                 /* a later round says so */        \
    X(STILL_FAILING, "still-failing") /* a later round says so */        \
    X(WILL_NOT_FIX, "will-not-fix")

enum failure_state {
#define X(name, text) FAILURE_##name,
    FAILURE_STATES(X)
#undef X
        FAILURE_STATE_COUNT
};
const char *failure_state_name(enum failure_state state);
bool failure_state_parse(struct str name, enum failure_state *state);

struct failure {
    struct str id;
    struct str prompt, output; /* of its newest round that has them */
    struct str metric;         /* JSON of the newest round; empty: none */
    struct str round;          /* the newest one's name */
    unsigned rounds;
    enum failure_state state;
    struct str by, note; /* who set the state last, and what was said */
    int64_t at_us;       /* and when */
    uint64_t edits;      /* rewrites, redactions, insertions, drops, additions:
                          * documents, or acts that are about none */
    uint64_t decisions;  /* other ones that name it */
};

/* All, in the order they came; in `arena`. Cost: the failures, and every
 * annotation whose reason names one. */
enum err_code failures_load(struct store *store, struct arena *arena,
                            struct failure **out, size_t *count,
                            struct error *err);
/* By where they stand: how many, and what was decided for them. */
struct failure_tally {
    uint64_t total; /* of all states */
    uint64_t failures[FAILURE_STATE_COUNT], edits[FAILURE_STATE_COUNT],
        decisions[FAILURE_STATE_COUNT];
};
enum err_code failures_tally(struct store *store, struct failure_tally *out,
                             struct error *err);
/* Those that are neither fixed nor will-not-fix. */
uint64_t failure_tally_open(const struct failure_tally *tally);
/* In lines of text; nothing when there are none. */
void failure_tally_format(const struct failure_tally *tally, struct buf *out);
/* ERR_NOTFOUND. */
enum err_code failure_get(struct store *store, struct str id,
                          struct arena *arena, struct failure *out,
                          struct error *err);
/* Durable when it returns. ERR_NOTFOUND: no such failure. */
enum err_code failure_set(struct store *store, struct str id,
                          enum failure_state state, struct str note,
                          struct error *err);

struct failure_import {
    uint64_t rows, added;    /* new ones */
    uint64_t fixed, failing; /* of known ones, in this round */
    uint64_t known;          /* this round said the same before */
    uint64_t bad;            /* no failure: told with their lines */
};
typedef void failure_message(void *ctx, const char *file, uint64_t line,
                             const char *text);
/* Rows of JSON lines, plain or compressed: {"output", "prompt", "id", "metric",
 * "fixed"}. Without an id it is made from prompt and output. A known id in
 * another `round` tells what became of it: fixed when "fixed" is true, still
 * failing otherwise. One transaction a file. */
enum err_code failures_import(struct store *store, const char *path,
                              struct str round, struct failure_import *out,
                              failure_message *message, void *ctx,
                              struct error *err);

/* "failure:ID", or failure:"ID" where it has other signs than a word's: what a
 * reason begins with, and the query that finds the documents. */
void failure_reason(struct str id, struct buf *out);
/* The id that a reason begins with; ptr NULL: none. */
struct str failure_of_reason(struct str reason);

#endif
