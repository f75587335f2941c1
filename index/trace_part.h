/* One partition's share of a trace: private to trace*.c. A place of an anchor
 * in the corpus, seen from a place of it in the output, lies on a diagonal: a
 * document, and how much further on it is there than in the output. A span is
 * a run of words on one diagonal. Since the places of anchors are all known,
 * a diagonal is left at once where an anchor is missing on it; only what is
 * still long enough between such gaps has its frequent words looked up. */
#ifndef INDEX_TRACE_PART_H
#define INDEX_TRACE_PART_H

#include "trace_text.h"

/* Where an anchor stands: row << 32 | number of the token; ascending. */
struct trace_places {
    uint64_t *list;
    size_t count, cap;
    uint32_t documents;
    bool over; /* too many: the list is of no use */
};

/* A run of words that a document has. */
struct trace_hit {
    uint32_t first, end; /* words of the output */
    uint32_t doc;        /* of the index */
    uint32_t place;      /* of the first word, in the document's tokens */
};
struct trace_hits {
    struct trace_hit *list;
    size_t count, cap;
};
enum err_code trace_hits_add(struct trace_hits *hits,
                             const struct trace_hit *hit, struct error *err);
/* Leave out those that lie in a longer one. */
enum err_code trace_hits_prune(struct trace_hits *hits, uint32_t words,
                               struct error *err);

/* A document that has many of the output's rare words. */
struct trace_weighed {
    uint64_t key; /* order_key() of their weight for its length */
    uint32_t doc;
};
#define TRACE_WEIGHED 64u /* of a partition */

struct trace_part {
    const struct search *search;
    const struct trace_text *text;
    const struct trace_options *options;
    unsigned number;
    uint32_t first, end; /* documents */
    struct db *db;
    struct trace_places *places; /* of text->anchors */
    struct trace_hits hits;
    struct trace_weighed weighed[TRACE_WEIGHED]; /* by key */
    size_t weighed_count;
    uint32_t dropped_documents;
    enum err_code code;
    struct error err;
};

/* Jobs of search_pool(), one after the other; between them the caller settles
 * what are anchors. trace_part_release() also after a failure. */
void trace_part_places(void *part); /* the anchors' places */
void trace_part_spans(void *part);  /* hits and weighed documents */
void trace_part_release(struct trace_part *part);

/* trace_places.c: of the anchors that are terms; of those that are phrases. */
enum err_code trace_places_terms(struct trace_part *part, struct error *err);
enum err_code trace_places_phrases(struct trace_part *part, struct error *err);
bool trace_places_add(struct trace_places *places, uint32_t row,
                      uint32_t place);

/* A stretch of a diagonal between missing anchors: what a run may cover. */
struct trace_stretch {
    uint32_t row;
    int64_t shift;       /* place in the document minus that in the output */
    uint32_t unit, last; /* the next of its units that stand there; the last */
    uint32_t low, high;  /* words that it may cover */
    uint32_t first, end; /* the run so far */
    bool leftwards;      /* it is being extended to the left */
};
struct trace_stretches {
    struct trace_stretch *list;
    size_t count, cap;
};
/* trace_points.c: hits of the whole partition. */
enum err_code trace_points_run(struct trace_part *part, struct error *err);
/* trace_extend.c: grow runs over the words between; hits of those that are long
 * enough. Stretches are in the order of rows. */
enum err_code trace_extend(struct trace_part *part,
                           struct trace_stretches *stretches,
                           struct error *err);
/* trace_weigh.c */
enum err_code trace_weigh(struct trace_part *part, struct error *err);

#endif
