/* Queries over the index: hits in order, counts, pages, highlights. */
#ifndef STET_SEARCH_H
#define STET_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/bits.h"
#include "stet/index.h"
#include "stet/query.h"

/* What the index does not know (verdicts, tags, queues) comes from the
 * caller as sets of document numbers. Called on the caller's thread. */
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
    bool hide_scores; /* a query by a score or label is ERR_USAGE */
    unsigned jobs;    /* threads that read documents; 0: one a core */
    uint32_t enough;  /* as if `found` said so after as many; 0: no limit */
};

struct hits {
    uint32_t *docs; /* malloc'd; hits_release() */
    uint32_t count;
    uint32_t total;         /* of the whole search; more than `count` in a
                             * page */
    uint64_t *keys;         /* of a page: what each hit is ordered by; NULL */
    uint32_t unreadable;    /* left out: changed or damaged since indexed */
    uint32_t costly;        /* left out: a regex is too costly on them */
    bool cut;               /* found() had enough: there may be more */
    bool direction_unknown; /* sorted high first for lack of a direction */
};

/* Run it; `env` NULL: no fields but the index's own. Partitions are searched
 * side by side, in threads that end with the call.
 *
 * Cost:    FTS5 gives 10 million rows of a phrase a second and core; a filter
 *          that leaves little makes it skip; words and prefixes of which most
 *          rows are wanted take a tenth of that time, and a bit a document;
 *          32 bytes a hit while sorting.
 *          meta.NAME reads every document that the rest of the query leaves.
 * Fails:   ERR_USAGE with err->offset: unknown field or score (with the
 *          nearest names), bad value; ERR_CANCELLED within 50 ms of
 *          env->cancel; what reading the index and, for meta.NAME, the shards
 *          gives.
 * Threads: as the index's handle. */
enum err_code search_run(struct index *index, const struct query *query,
                         const struct search_env *env, struct hits *out,
                         struct error *err);
void hits_release(struct hits *hits);

/* A search that tells what it knows while it runs. */
struct search_screen {
    const uint32_t *docs; /* the first rows; borrowed for the call */
    uint32_t count;
    bool ordered;   /* as the query's order has them; otherwise the first in
                     * the order of documents, until the order is known */
    uint64_t found; /* hits so far: "1,284+" */
};
struct search_watch {
    uint32_t rows; /* of a first screen */
    /* On the caller's thread, when rows or the count changed. */
    void (*screen)(void *ctx, const struct search_screen *screen);
    void *ctx;
};
/* search_run() with a watch (NULL allowed). The first screen comes as soon as
 * the order allows: in the order of documents, with the first partition's
 * first rows; for a score of hits that are not rare, by looking down the
 * score's order; else when everything is found, before it is sorted. */
enum err_code search_run_watched(struct index *index, const struct query *query,
                                 const struct search_env *env,
                                 const struct search_watch *watch,
                                 struct hits *out, struct error *err);

/* How many hits, without making or sorting lists. out->docs is NULL, count 0.
 */
enum err_code search_count(struct index *index, const struct query *query,
                           const struct search_env *env, struct hits *out,
                           struct error *err);

/* The `limit` hits after a cursor (ptr NULL: from the start), in order. Pages
 * are stable in one generation: a page goes on after the place in the order
 * at which the last one ended, whatever was judged meanwhile.
 *
 * Fails: as search_run; ERR_USAGE: no cursor, or of another query;
 *        ERR_CONFLICT: of another generation of the index. */
enum err_code search_page(struct index *index, const struct query *query,
                          const struct search_env *env, struct str after,
                          uint32_t limit, struct hits *out, struct error *err);
#define SEARCH_CURSOR_SIZE 64
/* The cursor of a page's hit `at`, with a NUL. Of hits that found() was told
 * of there are no keys: in the order of documents all are alike. */
void search_cursor(const struct index *index, const struct query *query,
                   const struct hits *hits, uint32_t at,
                   char out[SEARCH_CURSOR_SIZE]);

/* Where the query's words (and those of list:FILE) lie in a text and its
 * regexes match, sorted, not overlapping. `*spans` lives in `arena`. What is
 * under NOT does not count.
 * Cost: one pass of the tokenizer over the text, and up to 0.1 s a regex. */
enum err_code search_highlight(const struct query *query, struct str text,
                               struct arena *arena, struct span **spans,
                               size_t *count, struct error *err);
/* The same, each by itself: which of the query's words, phrases (NEAR's, too)
 * and regexes stand where, sorted by place; they may overlap. Why a document
 * is among the hits. */
struct search_match {
    struct str what; /* as written in the query or list; a regex's pattern */
    struct span span;
    bool is_regex;
};
enum err_code search_why(const struct query *query, struct str text,
                         struct arena *arena, struct search_match **matches,
                         size_t *count, struct error *err);
/* The stretch of at most `max_bytes` around the first highlights (the start of
 * the text when there are none), at character boundaries. */
struct span search_snippet(struct str text, const struct span *spans,
                           size_t count, size_t max_bytes);

#endif
