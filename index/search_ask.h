/* A question of several parts, asked of documents that are read once: private
 * to search_deep.c. */
#ifndef INDEX_SEARCH_ASK_H
#define INDEX_SEARCH_ASK_H

#include "search_eval.h"
#include "search_scan.h"

/* What reads documents within a plan, and what it depends on. */
struct ask {
    enum plan_op op; /* PLAN_AND, PLAN_OR, PLAN_NOT, PLAN_SET, PLAN_READ */
    const struct plan_node *node;
    struct ask *children, *next;
    /* PLAN_SET: what it holds for, of all documents. PLAN_READ: what it can
     * hold for, of those of the partition. */
    struct bits set;
    /* of PLAN_READ */
    struct reader reader;
    unsigned number;
};

struct ask_all {
    const struct ask *root;
    const struct ask **readers; /* by number */
    unsigned count;
    uint32_t first; /* of the partition */
};

/* As one test, whose ctx is a struct ask_all. Where a reader is too costly the
 * others decide; if they cannot, so is the whole. */
extern const struct scan_test ask_test;

#endif
