/* A run's parts, side by side: private to search.c and its neighbours. */
#ifndef INDEX_SEARCH_RUN_H
#define INDEX_SEARCH_RUN_H

#include <pthread.h>

#include "search_eval.h"

/* One partition's share of a run. */
struct part {
    const struct search *search;
    const struct plan *plan;
    const struct plan_node *root;
    const struct bits *candidates; /* of all documents */
    const struct order *order;     /* NULL: no keys */
    bool lists;                    /* else hits are only counted */
    unsigned number;
    uint32_t first, end;
    uint32_t rows; /* wanted of a first screen */

    /* Guarded by part->lock. */
    pthread_mutex_t *lock;
    pthread_cond_t *changed;
    uint32_t found;
    uint32_t *head; /* the first hits, at most `rows` */
    uint32_t head_count;
    enum top_state { TOP_UNKNOWN, TOP_NONE, TOP_READY } top_state;
    struct keyed *top;  /* the first hits in order, at most `rows`: */
    uint32_t top_count; /* all there are before `bound` */
    struct keyed bound;
    bool done;

    /* The thread's until `done`. */
    struct keyed *items; /* the hits; keys unless order_asks_caller() */
    uint32_t count, cap;
    enum err_code code;
    struct error err;
};
/* A job of search_pool(). */
void part_run(void *part);
/* The first hits in the order of a score, without looking at all documents:
 * sets the part's top and returns TOP_READY, or TOP_NONE. `density`: hits a
 * document; `known`: the walk so far, or NULL. */
enum err_code part_look_down(struct part *part, const struct walk *known,
                             double density, enum top_state *state,
                             struct error *err);

struct run {
    struct search search;
    struct plan plan;
    struct order *order; /* NULL: count only */
    struct hits hits;
    const struct search_watch *watch;
    uint32_t rows; /* of its first screen; 0: nobody watches */
    struct part *parts;
    unsigned part_count;
    pthread_mutex_t lock; /* of the parts */
    pthread_cond_t changed;

    /* What was told last. */
    uint32_t *screen; /* `rows` */
    struct search_screen told;
    int64_t told_us;
};

/* Make the plan. search_end() also after a failure. */
enum err_code search_begin(struct run *run, struct index *index,
                           const struct query *query,
                           const struct search_env *env, struct error *err);
void search_end(struct run *run);
/* Find what the plan says: the parts have the hits with their keys, or just
 * their number (no order); run->hits.total is their sum. */
enum err_code search_find(struct run *run, struct error *err);
/* Tell the watch now. */
void search_tell(struct run *run, const struct search_screen *screen);

/* In search_deep.c. Whether no document is a hit unless it was read: then they
 * are told of as they are found. */
bool search_is_read(const struct plan_node *node);
/* The candidates for which a node that reads holds. */
enum err_code search_deep(struct run *run, const struct plan_node *node,
                          const struct bits *candidates, struct bits *out,
                          struct error *err);
/* The same for a node that does not read, partitions side by side. */
enum err_code search_shallow(struct run *run, const struct plan_node *node,
                             const struct bits *candidates, struct bits *out,
                             struct error *err);

#endif
