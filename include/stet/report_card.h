/* A corpus at a glance: how many documents are bad, by source, by the bins of
 * every score, and what each classifier's threshold is worth. What it says of
 * the corpus comes from random queues: see calibration.h. */
#ifndef STET_REPORT_CARD_H
#define STET_REPORT_CARD_H

#include "stet/calibration.h"
#include "stet/failure.h"
#include "stet/phrases.h"
#include "stet/ratings.h"

#define REPORT_BINS 12u /* a scale of 0..10 fits */

/* Judged good or bad in the sample, or, without one, anywhere. */
struct report_source {
    struct str name; /* empty: no source */
    uint64_t documents;
    struct share bad;
};
struct report_score {
    struct str name;
    struct histogram bins;
    struct share bad[HISTOGRAM_BINS_MAX]; /* by bin */
    /* Judged items on both sides of each end of a bin; bins + 1. Of the sample
     * where there is one. */
    struct confusion *edges;
    bool is_probability;
    struct calibration at; /* threshold NaN: it has none */
};
struct report_card {
    uint64_t documents;
    struct judgements judgements;
    bool sampled; /* the shares are of a random sample: intervals hold */
    struct share bad;
    uint64_t unsure;       /* in the same documents */
    struct share agreeing; /* of pairs of verdicts on one item, everywhere */
    struct report_source *sources; /* most documents first */
    size_t source_count;
    struct report_score *scores; /* with a threshold first; numbers only */
    size_t score_count;
    struct arena arena;
};
/* Cost: histogram_count() for every score. Owns: report_card_release().
 * Fails: ERR_CANCELLED, and what reading the store gives. */
enum err_code report_card_make(struct report_card *out,
                               struct resolver *resolver, struct index *index,
                               const struct judgement_scope *scope,
                               const int *cancel, struct error *err);
void report_card_release(struct report_card *card);
/* Documents with an edit that stands, by the newest one's kind and reason. */
struct report_edit {
    struct str kind;   /* annotation_kind_name() */
    struct str reason; /* empty: none given */
    uint64_t documents;
};
struct report_edits {
    struct report_edit *list; /* kind by kind, most documents first */
    size_t count;
    uint64_t documents; /* all of them */
    uint64_t added;     /* new documents */
    struct arena arena;
};
/* Of people: models edit nothing. `within` NULL: all.
 * Owns: report_edits_release(). */
enum err_code report_edits_load(struct report_edits *out,
                                struct resolver *resolver,
                                const struct bits *within, struct error *err);
void report_edits_release(struct report_edits *edits);
void report_edits_format(const struct report_edits *edits, struct buf *out);

/* How far reviewers agree on each thing that several of them rated. */
struct report_agreement {
    const char *what; /* "verdict", "rating", "tag" */
    struct str name;
    uint32_t raters;
    struct agreement found;
};
struct report_agreements {
    struct report_agreement *list;
    size_t count;
    uint64_t peers_seen; /* verdicts given with others' in view */
    struct arena arena;
};
/* As `stet stats --agreement`. Owns: report_agreements_release(). */
enum err_code report_agreements_load(struct report_agreements *out,
                                     struct resolver *resolver,
                                     const struct bits *within,
                                     const int *cancel, struct error *err);
void report_agreements_release(struct report_agreements *agreements);

/* All of it as a page: HTML that is well-formed XML, without scripts and
 * references, plots inline as SVG. Texts of the corpus are harmless in it. */
struct report_side {
    struct str name; /* of the workspace */
    const struct report_card *card;
    const struct phrase_list *phrases; /* NULL: none were asked for */
};
struct report_page {
    struct report_side now;
    const struct report_side *before; /* beside it; NULL: none */
    const struct report_edits *edits;
    const struct report_agreements *agreements;
    const struct failure_tally *failures; /* NULL: none */
    struct str query; /* whose documents these are; empty: all */
    int64_t made_us;
};
void report_page_format(const struct report_page *page, struct buf *out);

/* In lines of text of 78 cells and less, but for names; headings are those
 * that no blank begins. */
void report_card_format(const struct report_card *card, struct buf *out);

#endif
