/* Queries over the index: hits in order, highlights, snippets. */
#ifndef STET_SEARCH_H
#define STET_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/bits.h"
#include "stet/index.h"
#include "stet/query.h"

/* What the index does not know (verdicts, tags, queues) comes from the
 * caller as sets of document numbers. */
struct search_env {
    /* Set the bits of the documents for which `field` holds. ERR_NOTFOUND:
     * not a field of yours; ERR_USAGE: a value of no use (its position is
     * added when you give none). NULL allowed. */
    enum err_code (*named)(void *ctx, const struct query_field *field,
                           struct bits *out, struct error *err);
    /* Disagreement between two reviewers for order: NaN unknown; NULL
     * allowed. */
    double (*disagree)(void *ctx, struct str a, struct str b, uint32_t doc);
    void *ctx;
    const int *cancel;
    /* While documents are read from the shards, on the calling thread: how
     * many of them. NULL allowed. */
    void (*progress)(void *ctx, uint32_t done, uint32_t total);
    /* Hits as they are found, ascending, on the calling thread, if they come
     * in the order of the query and nothing can take them away again (a regex
     * or meta.NAME, alone or beside what is quicker). False: enough, the rest
     * is not looked for (hits.cut). NULL allowed. */
    bool (*found)(void *ctx, const uint32_t *docs, uint32_t count);
    unsigned jobs; /* threads that read documents; 0: one a core */
};

struct hits {
    uint32_t *docs; /* malloc'd; hits_release() */
    uint32_t count;
    uint32_t unreadable;    /* left out: changed or damaged since indexed */
    uint32_t costly;        /* left out: a regex is too costly on them */
    bool cut;               /* found() had enough: there may be more */
    bool direction_unknown; /* sorted high first for lack of a direction */
};

/* Run it; `env` NULL: no fields but the index's own.
 *
 * Cost:    about 20 ms per 10^6 documents for a common word, 50 for NEAR, 400
 *          for a prefix of one letter; 32 bytes a hit while it is sorted.
 *          meta.NAME reads every document that the rest of the query leaves.
 * Fails:   ERR_USAGE with err->offset: unknown field or score (with the
 *          nearest names), bad value; ERR_CANCELLED; what reading the index
 *          and, for meta.NAME, the shards gives.
 * Threads: as the index's handle. */
enum err_code search_run(struct index *index, const struct query *query,
                         const struct search_env *env, struct hits *out,
                         struct error *err);
void hits_release(struct hits *hits);

/* Where the query's words (and those of list:FILE) lie in a text and its
 * regexes match, sorted, not overlapping. `*spans` lives in `arena`. What is
 * under NOT does not count.
 * Cost: one pass of the tokenizer over the text, and up to 0.1 s a regex. */
enum err_code search_highlight(const struct query *query, struct str text,
                               struct arena *arena, struct span **spans,
                               size_t *count, struct error *err);
/* The stretch of at most `max_bytes` around the first highlights (the start of
 * the text when there are none), at character boundaries. */
struct span search_snippet(struct str text, const struct span *spans,
                           size_t count, size_t max_bytes);

#endif
