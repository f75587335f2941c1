/* Copies and near copies of documents. Two texts are near copies when their
 * sets of shingles (five tokens in a row) are alike by Jaccard: the shared over
 * all. Texts under 8 tokens have only exact copies. */
#ifndef STET_SIMILAR_H
#define STET_SIMILAR_H

#include "stet/index.h"

#define SIMILAR_THRESHOLD 0.8 /* from here on they count as near copies */

struct similar_document {
    uint32_t doc;
    double jaccard; /* 1 for exact copies, but not only for them */
    bool exact;     /* the same text, by SHA-256 */
};
typedef void similar_found(void *ctx, const struct similar_document *found);

struct similar_options {
    double threshold;  /* least Jaccard; SIMILAR_THRESHOLD */
    const int *cancel; /* or NULL */
    similar_found *found;
    void *ctx; /* of found */
};

struct similar_report {
    uint64_t candidates; /* by their signatures; each was read */
    uint64_t unreadable; /* of them: their shards are not what was indexed */
};

/* Call options->found with each other live document that is like `doc`: exact
 * copies first, then near ones as they are read, the most promising first. All
 * signatures are looked at, then the texts of those that promise enough; what
 * the signatures miss is measured in docs/BENCHMARKS.md.
 *
 * Fails: ERR_CANCELLED; ERR_CONFLICT `doc` changed since it was indexed. */
enum err_code index_similar(struct index *index, uint32_t doc,
                            const struct similar_options *options,
                            struct similar_report *report, struct error *err);

#endif
