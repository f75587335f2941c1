/* Two indexes compared: which documents came, went and changed, and how far
 * scores moved. Only the indexes are read, no shard. */
#ifndef STET_INDEX_DIFF_H
#define STET_INDEX_DIFF_H

#include "stet/index.h"

/* A document that is in both: the same id within the same source. */
struct diff_pair {
    uint32_t a, b;
    bool changed; /* another text */
};
/* A score that both have, by name. */
struct diff_score {
    struct str name; /* lives as long as b, or as what was asked for */
    unsigned a, b;   /* numbers */
    bool is_label;
    uint64_t both;           /* documents that have it in both */
    uint64_t moved;          /* of these, with another value */
    uint64_t only_a, only_b; /* of the pairs, that have it in one */
    /* Of those that moved; numbers only. */
    double mean;               /* distance, without its sign */
    double drift;              /* mean of b - a */
    double largest;            /* distance */
    double threshold;          /* b's, else a's; NaN: none */
    uint64_t newly, no_longer; /* flagged */
};
struct index_diff {
    uint64_t a_count, b_count; /* live documents */
    struct diff_pair *pairs;   /* ascending by b */
    size_t pair_count;
    uint64_t changed;
    uint32_t *added, *removed; /* ascending: of b, of a */
    size_t added_count, removed_count;
    /* Of the added ones: texts that a removed one had, under another id. */
    uint64_t renamed;
    struct diff_score *scores; /* in the order of b's */
    size_t score_count;
};

/* Documents without an id are known by their text. Several of one source and
 * id are paired by text first, then in order.
 * Cost:  two microseconds a document, 36 bytes a document of both.
 * Owns:  index_diff_release().
 * Fails: ERR_CANCELLED, and what reading the indexes gives. */
enum err_code index_diff_make(struct index_diff *out, struct index *a,
                              struct index *b, const int *cancel,
                              struct error *err);
void index_diff_release(struct index_diff *diff);
/* One score by a name that may mean another version in each: toxicity is
 * toxicity@v6 in one and toxicity@v7 in the other.
 * Fails: ERR_NOTFOUND: not in both; ERR_USAGE: not of one kind. */
enum err_code index_diff_score(struct diff_score *out,
                               const struct index_diff *diff, struct index *a,
                               struct index *b, struct str name,
                               const int *cancel, struct error *err);

/* How far a pair's score moved: b - a; NaN: unknown in one of them. */
double index_diff_move(struct index *a, struct index *b,
                       const struct diff_score *score,
                       const struct diff_pair *pair);

#endif
