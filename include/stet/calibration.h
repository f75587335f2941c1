/* Classifiers against reviewers: what people found in the documents they read,
 * which of those are a random sample, and what follows for a threshold.
 *
 * Only verdicts given while reading count (how = read), never a model's. Where
 * reviewers differ an adjudication decides, else the newest verdict.
 *
 * What a figure can claim depends on how its documents were picked. Reviewers
 * mostly read what a score or a query put first, so the documents they judged
 * say nothing of the others. Figures that speak of the corpus, or of a
 * query's documents, are therefore restricted to the items of random queues
 * over it (saved with sort:random(N), over the whole corpus or that very
 * query): within them every document is as likely as any other, and with them
 * every item counts, whichever way its verdict came about. Weighting the
 * others by inverse probability is not possible: the chance that a query or a
 * reviewer's eye picked them is not known. */
#ifndef STET_CALIBRATION_H
#define STET_CALIBRATION_H

#include "stet/histogram.h"
#include "stet/resolve.h"
#include "stet/statistics.h"

enum truth { TRUTH_NONE, TRUTH_GOOD, TRUTH_BAD, TRUTH_UNSURE, TRUTH_COUNT };

struct judgement {
    uint32_t doc;
    unsigned char truth; /* enum truth; not NONE */
    bool sampled;        /* of a random queue over what is asked about */
    bool first;          /* of its item's places: an item counts once */
    bool saw_scores;     /* its verdict was given with scores on screen */
};

struct judgement_scope {
    struct str query;          /* what is asked about; empty: the corpus */
    const struct bits *within; /* its documents; NULL: all that live */
    const struct bits *shown;  /* other verdicts do not count; NULL: all do */
};

/* The random queues that speak of what is asked about, as one sample. */
struct random_sample {
    uint32_t queues;
    uint32_t items;  /* of them, among the documents asked about */
    uint32_t judged; /* of these; unsure ones too */
    uint32_t passed; /* not judged, but somebody judged one behind it */
    struct str names;
};

struct judgements {
    struct judgement *list; /* ascending by doc */
    size_t count;
    struct random_sample sample;
    uint32_t items;           /* judged, within */
    uint32_t pairs, agreeing; /* two reviewers on one item */
    struct arena arena;
};
/* Cost: reads the journal once, in short reads. Owns: judgements_release(). */
enum err_code judgements_load(struct resolver *resolver,
                              const struct judgement_scope *scope,
                              struct judgements *out, struct error *err);
void judgements_release(struct judgements *judgements);

/* A share that was counted, with its exact interval at 95 %. */
struct share {
    uint64_t part, whole;
    struct interval interval;
};
struct share share_of(uint64_t part, uint64_t whole);
/* "81.2% (64.9..92.1, n 32)"; without the interval where it means nothing. */
void share_format(const struct share *share, bool with_interval,
                  struct buf *out);

/* The judged documents with their values of one score. */
struct score_point {
    double value; /* NaN: unknown */
    unsigned char truth;
    bool sampled, first, saw_scores;
};
struct score_points {
    struct score_point *list;
    size_t count;
};
enum err_code score_points_make(struct score_points *out, struct index *index,
                                unsigned score,
                                const struct judgements *judgements,
                                struct error *err);
void score_points_release(struct score_points *points);

/* Judged items on both sides of a threshold. */
struct confusion {
    uint64_t bad_flagged, good_flagged, bad_passed, good_passed;
    uint64_t unsure;     /* left out of the four */
    uint64_t unknown;    /* without a value: left out, too */
    uint64_t saw_scores; /* of the four */
};
struct confusion confusion_at(const struct score_points *points,
                              enum score_bad bad, double threshold,
                              bool sampled_only);
struct share confusion_precision(const struct confusion *c);
struct share confusion_recall(const struct confusion *c);
/* Of the good ones, those that are flagged. */
struct share confusion_overflagged(const struct confusion *c);

/* All of it at one threshold. */
struct calibration {
    enum score_bad bad; /* unknown: high counts as bad */
    double threshold;
    uint64_t flagged, known, unknown; /* documents */
    struct confusion all, sampled;
    struct random_sample sample; /* borrowed names */
};
/* In words: how many documents are flagged, and precision, recall and good
 * ones flagged. The first two lines say the most. */
void calibration_format(const struct calibration *c, struct buf *out);

#endif
