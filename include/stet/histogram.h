/* How the values of a score lie: documents counted in bins with round ends,
 * and exactly on both sides of any threshold that the bins' steps meet. */
#ifndef STET_HISTOGRAM_H
#define STET_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/index.h"

#define HISTOGRAM_BINS_MAX 200u
#define HISTOGRAM_STEPS 10u /* cuts a bin */

struct histogram_spec {
    unsigned score;          /* any but a label */
    const struct bits *docs; /* counted are those; NULL: all that live */
    unsigned bins;           /* at most so many */
    double threshold;        /* one more cut; NaN: none */
    const int *cancel;       /* NULL allowed */
};

/* A value on the border of two bins belongs to the one that is worse: the
 * upper one, or the lower one where low is bad. So does one on a cut; hence
 * what is beyond a threshold is flagged with it. */
struct histogram {
    enum score_bad bad;
    bool is_log;   /* the bins' ends grow by factors: the values span decades */
    bool is_scale; /* a bin is a whole number */
    uint32_t bins;
    double *edges; /* bins + 1 */
    uint32_t cut_count;
    double *cuts;      /* ascending; the edges are among them */
    uint64_t *between; /* of [cuts[i], cuts[i + 1]); cut_count - 1 */
    uint64_t *on_cut;  /* values that are a cut; cut_count */
    uint64_t known, unknown;
    double least, most; /* NaN: nothing known */
};

/* Count. A histogram of nothing known has no bins.
 *
 * Cost:  two passes over the score's column, 50 ns a document in all.
 * Owns:  histogram_release().
 * Fails: ERR_CANCELLED, ERR_NOMEM. */
enum err_code histogram_count(struct histogram *out, struct index *index,
                              const struct histogram_spec *spec,
                              struct error *err);
void histogram_release(struct histogram *histogram);

uint64_t histogram_bin(const struct histogram *histogram, uint32_t bin);
/* The bin of a value; UINT32_MAX: none. */
uint32_t histogram_bin_of(const struct histogram *histogram, double value);
/* Documents at the threshold or on its bad side. Exact at a cut, otherwise of
 * the next cut on the bad side. */
uint64_t histogram_flagged(const struct histogram *histogram, double threshold);
/* The cut nearest to a value. */
uint32_t histogram_cut_near(const struct histogram *histogram, double value);

/* Whether a value is on the bad side of a threshold, or at it. */
static inline bool
score_is_flagged(enum score_bad bad, double value, double threshold)
{
    return bad == SCORE_BAD_LOW ? value <= threshold : value >= threshold;
}

/* The labels of a column over documents, most frequent first. `score` is for
 * LABEL_SCORE only. */
struct label_tally {
    struct str label; /* lives as long as the index */
    uint64_t count;
};
struct label_counts {
    struct label_tally *list; /* malloc'd: label_counts_release() */
    size_t count;
    uint64_t known, unknown; /* documents */
};
struct label_spec {
    enum label_column column;
    unsigned score;
    const struct bits *docs; /* NULL: all that live */
    const int *cancel;       /* NULL allowed */
};
enum err_code label_counts_make(struct label_counts *out, struct index *index,
                                const struct label_spec *spec,
                                struct error *err);
void label_counts_release(struct label_counts *counts);

#endif
