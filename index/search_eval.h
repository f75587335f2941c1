/* One run of a query: private to the search files.
 *
 * A run has four steps. On the caller's thread a plan is made of the query's
 * tree (search_plan.c): what the caller or a column's labels decide becomes a
 * set. Then each partition is walked by one thread (search_walk.c), stretch by
 * stretch, in the order of documents. What must be read to be decided is read
 * for those that are left (search_deep.c). At last, on the caller's thread
 * again, the hits are put in order (search_sort.c). */
#ifndef STET_INDEX_SEARCH_EVAL_H
#define STET_INDEX_SEARCH_EVAL_H

#include "stet/arena.h"
#include "stet/search.h"

struct search {
    struct index *index;
    const struct search_env *env; /* never NULL here */

    bool watched; /* somebody waits for the first rows */

    /* For what is read on the caller's thread. */
    struct hits *hits; /* counts what was left out */
    /* Called with hits, ascending; false: enough. NULL allowed. */
    bool (*found)(void *ctx, const uint32_t *docs, uint32_t count);
    void *found_ctx;
};

/* ERR_CANCELLED when the caller asked to stop; cheap enough for every 1,000
 * documents. */
enum err_code search_cancelled(const struct search *search, struct error *err);
/* Threads for as many partitions as can be searched side by side. */
struct pool *search_pool(const struct search *search);

/* Documents [first, end) of one partition, looked at by one thread. Bit i of
 * every set that goes with it is document first + i. */
struct stretch {
    const struct search *search;
    unsigned partition;
    uint32_t first, end;
};

/* A condition on documents that is tried on candidates. */
struct leaf;
typedef enum err_code leaf_run(const struct stretch *at,
                               const struct leaf *leaf,
                               const struct bits *candidates, struct bits *out,
                               struct error *err);
struct leaf {
    /* Set the bits of `candidates` for which it holds; `out` is clear. */
    leaf_run *run;
    const struct query_field *field;
    unsigned score;
    double low, high; /* NaN: open */
};

enum plan_op {
    PLAN_ALL,
    PLAN_AND, /* children, cheap ones first */
    PLAN_OR,  /* the same */
    PLAN_NOT, /* first child */
    PLAN_SET,
    PLAN_MATCH, /* rows of one FTS5 expression, or of words */
    PLAN_LIST,  /* rows of any of many */
    PLAN_LEAF,
    PLAN_READ /* a regex or meta.PATH */
};

/* How dear a node is for each document that it is tried on. */
enum plan_cost { COST_SET, COST_TEXT, COST_SCAN, COST_READ };

struct plan_node {
    enum plan_op op;
    enum plan_cost cost;
    struct plan_node *children, *next;
    struct plan_node *next_set; /* for release */
    struct bits set; /* of the index's documents; made by search_plan_set() */
    struct str *expressions;
    size_t count, cap;         /* 1 for PLAN_MATCH, 0 when it has but words */
    const struct words *words; /* of PLAN_MATCH: the same (search_words.h), or
                                * NULL */
    unsigned number;           /* of its kind, for what a walk keeps of it */
    struct str term;           /* of PLAN_MATCH, when it is one word */
    struct leaf leaf;
    const struct query_node *query; /* of PLAN_READ */
};

struct plan {
    const struct search *search;
    struct arena arena;
    struct plan_node *root;
    struct plan_node *sets;
    unsigned matches, lists;
};

/* On the caller's thread. search_plan_release() also after a failure. */
enum err_code search_plan_make(struct plan *plan, const struct search *search,
                               const struct query *query, struct error *err);
void search_plan_release(struct plan *plan);
/* NULL when out of memory. */
struct plan_node *search_plan_new(struct plan *plan, enum plan_op op,
                                  enum plan_cost cost);
/* Make the node a set of the index's documents, all clear. */
enum err_code search_plan_set(struct plan *plan, struct plan_node *node,
                              struct error *err);
/* The node of a field: a set, a list or a leaf. */
enum err_code search_plan_field(struct plan *plan,
                                const struct query_field *field,
                                struct plan_node **out, struct error *err);

/* Adds an expression to a list. */
enum err_code search_plan_add(struct plan *plan, struct plan_node *node,
                              struct str expression, struct error *err);
/* list:FILE, in search_read.c. */
enum err_code search_plan_list(struct plan *plan,
                               const struct query_field *field,
                               struct plan_node *node, struct error *err);

/* What a thread keeps of a plan's nodes while it walks over a partition. What
 * `known`, another walk over the same, has found already is not looked for
 * again (NULL allowed). */
struct walk;
enum err_code walk_new(struct walk **out, const struct plan *plan,
                       const struct plan_node *root, unsigned partition,
                       const struct walk *known, struct error *err);
void walk_free(struct walk *walk); /* NULL allowed */
/* The hits among `candidates` of a stretch; stretches follow one another.
 * `out` is clear. */
enum err_code walk_stretch(struct walk *walk, const struct stretch *at,
                           const struct bits *candidates, struct bits *out,
                           struct error *err);

/* Rows of an FTS5 expression in a partition, forwards only. */
struct cursor {
    struct db *db;
    struct str expression; /* borrowed */
    /* For bm25, what fts_register() says of it; else empty. */
    struct str weights;
    int64_t rows;      /* that the partition has */
    struct stmt *stmt; /* NULL: not started */
    int64_t row;       /* where it stands, from 1; INT64_MAX: at the end */
};
struct cursor cursor_on(const struct search *search, unsigned partition,
                        struct str expression);
void cursor_close(struct cursor *cursor);
/* Stand on the first row at or after `target`, if not further already. */
enum err_code cursor_seek(struct cursor *cursor, int64_t target,
                          struct error *err);
/* Of the row it stands on; only with weights. */
double cursor_bm25(const struct cursor *cursor);
/* Set the candidates that are rows of it. */
enum err_code cursor_match(struct cursor *cursor, const struct stretch *at,
                           const struct bits *candidates, struct bits *out,
                           struct error *err);

/* A hit and what it is ordered by, small first. */
struct keyed {
    uint64_t key;
    uint32_t doc;
};

struct order;
/* Number of a score by its name, with or without "score."; ERR_USAGE at `at`
 * with the nearest names. */
enum err_code search_score(const struct search *search, struct str name,
                           size_t at, unsigned *score, struct error *err);
/* ERR_USAGE at `at` where the caller hides scores. */
enum err_code search_may_score(const struct search *search, size_t at,
                               struct error *err);
/* ERR_USAGE: "unknown field", with the nearest of fields and scores. */
enum err_code search_unknown(const struct search *search, struct str name,
                             size_t at, bool only_scores, struct error *err);

/* The query's order, made on the caller's thread. */
enum err_code order_make(struct order **out, const struct search *search,
                         const struct query *query, struct error *err);
void order_free(struct order *order); /* NULL allowed */
bool order_is_documents(const struct order *order);
bool order_direction_unknown(const struct order *order);
/* Keys of `count` ascending documents of one partition, on the thread that
 * has it; of any documents on the caller's, when order_asks_caller(). */
enum err_code order_keys(const struct order *order, unsigned partition,
                         struct keyed *items, uint32_t count,
                         struct error *err);
bool order_asks_caller(const struct order *order);
/* Whether a column alone decides, so that keys are cheap. */
bool order_is_score(const struct order *order);
/* A number as a key; NaN after everything in both directions. */
uint64_t order_key(double value, bool descending);

/* The `wanted` smallest after `after` (NULL: from the start), in order; how
 * many there are. Ties are in the order of documents. */
uint32_t order_select(const struct keyed *items, uint32_t count,
                      const struct keyed *after, struct keyed *out,
                      uint32_t wanted);
bool keyed_is_before(const struct keyed *a, const struct keyed *b);
/* All in order; ties stay as they are. */
enum err_code order_sort(const struct search *search, struct keyed *items,
                         uint32_t count, struct error *err);

#endif
