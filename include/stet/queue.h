/* Queues: ordered work lists, named, stable, with claims; and places. */
#ifndef STET_QUEUE_H
#define STET_QUEUE_H

#include "stet/store.h"

#define CLAIM_US (INT64_C(1000000) * 60 * 15)

struct queue_info {
    struct str name, query, order;
    struct str reviewers; /* comma-separated; empty: anyone */
    uint64_t total, left; /* left: for the store's reviewer */
    uint64_t avoided;     /* 0 but for avoid_count() */
    double overlap;       /* share of items read twice */
    bool blind;
    uint32_t place; /* where this reviewer left it */
    int64_t created_us;
};
struct queue_options {
    struct str name, query, order, reviewers;
    double overlap;
    bool blind;
    bool replace; /* an existing queue of that name */
};

/* Save the list as it is now; the items keep their order. */
enum err_code queue_save(struct store *store,
                         const struct queue_options *options,
                         const struct item_key *items, size_t count,
                         struct error *err);
enum err_code queue_list(struct store *store, struct arena *arena,
                         struct queue_info **out, size_t *count,
                         struct error *err);
enum err_code queue_get(struct store *store, struct str name,
                        struct arena *arena, struct queue_info *out,
                        struct error *err);
enum err_code queue_remove(struct store *store, struct str name,
                           struct error *err);
enum err_code queue_give(struct store *store, struct str name,
                         struct str reviewers, struct error *err);
/* NAME-1 .. NAME-n, every n-th item each. */
enum err_code queue_split(struct store *store, struct str name, unsigned parts,
                          struct error *err);

/* The items in order, for the desk; arena-owned. */
enum err_code queue_items(struct store *store, struct str name,
                          struct arena *arena, struct item_key **out,
                          size_t *count, struct error *err);
/* Whether the reviewer should see the item now. DONE: escalated by anyone,
 * judged or skipped by the reviewer (unless sent back), or read often enough by
 * others. Without a queue (empty name) others' judgements do not count. */
enum queue_turn { TURN_OPEN, TURN_DONE, TURN_TAKEN };
struct turn {
    enum queue_turn turn;
    struct str owner; /* of a foreign claim; lives in the arena */
};
enum err_code queue_turns(struct store *store, struct str queue,
                          const struct item_key *items, size_t count,
                          struct arena *arena, struct turn *out,
                          struct error *err);
enum err_code queue_place_put(struct store *store, struct str name,
                              uint32_t place, struct error *err);

/* Take an item for 15 minutes, or renew; ERR_CONFLICT: someone else has it
 * (the message says who). `force` takes it and journals that. Uses the
 * store's clock only. */
enum err_code claim_take(struct store *store, const struct item_key *key,
                         bool force, struct error *err);
/* Take one and free this process's others, in one transaction. When it is
 * someone else's (ERR_CONFLICT), the others stay. */
enum err_code claim_move(struct store *store, const struct item_key *key,
                         struct error *err);
/* Free one (key) or all (NULL) of this process's claims. */
enum err_code claim_release(struct store *store, const struct item_key *key,
                            struct error *err);

#endif
