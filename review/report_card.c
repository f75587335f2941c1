/* The corpus at a glance, counted: shares of bad documents by source and by
 * bins of scores, thresholds against reviewers. */
#include "config.h"

#include "stet/report_card.h"

#include <math.h>
#include <stdlib.h>

#include "stet/xalloc.h"

struct making {
    struct report_card *card;
    struct index *index;
    const struct judgement_scope *scope;
    const int *cancel;
};

/* Good and bad ones of the judged items that count. */
struct tally {
    uint64_t good, bad;
};

static bool
counts(const struct report_card *card, const struct judgement *j)
{
    return j->first && (j->sampled || !card->sampled);
}

static void
add_truth(struct tally *tally, unsigned char truth)
{
    tally->good += truth == TRUTH_GOOD;
    tally->bad += truth == TRUTH_BAD;
}

static struct share
bad_share(const struct tally *tally)
{
    return share_of(tally->bad, tally->good + tally->bad);
}

static void
count_whole(struct making *m)
{
    struct report_card *card = m->card;
    struct tally tally = {0};

    card->sampled = card->judgements.sample.judged > 0;
    for (size_t i = 0; i < card->judgements.count; i++) {
        const struct judgement *j = &card->judgements.list[i];

        if (!counts(card, j))
            continue;
        add_truth(&tally, j->truth);
        card->unsure += j->truth == TRUTH_UNSURE;
    }
    card->bad = bad_share(&tally);
    card->agreeing =
        share_of(card->judgements.agreeing, card->judgements.pairs);
}

static void
judge_sources(struct making *m, struct tally *tallies)
{
    struct report_card *card = m->card;

    for (size_t i = 0; i < card->judgements.count; i++) {
        const struct judgement *j = &card->judgements.list[i];
        struct str source = index_label(m->index, LABEL_SOURCE, 0, j->doc);

        if (!counts(card, j))
            continue;
        for (size_t s = 0; s < card->source_count; s++)
            if (str_equal(card->sources[s].name, source)) {
                add_truth(&tallies[s], j->truth);
                break;
            }
    }
}

static enum err_code
count_sources(struct making *m, struct error *err)
{
    struct label_spec spec = {LABEL_SOURCE, 0, m->scope->within, m->cancel};
    struct report_card *card = m->card;
    struct label_counts counts = {0};
    struct tally *tallies;
    size_t all;
    enum err_code code = label_counts_make(&counts, m->index, &spec, err);

    if (code)
        return code;
    all = counts.count + (counts.unknown > 0);
    card->sources = xcalloc(all + 1, sizeof(*card->sources));
    tallies = xcalloc(all + 1, sizeof(*tallies));
    card->source_count = all;
    for (size_t s = 0; s < counts.count; s++) {
        card->sources[s].name = arena_copy(&card->arena, counts.list[s].label);
        card->sources[s].documents = counts.list[s].count;
    }
    if (counts.unknown)
        card->sources[counts.count].documents = counts.unknown;
    card->documents = counts.known + counts.unknown;
    judge_sources(m, tallies);
    for (size_t s = 0; s < all; s++)
        card->sources[s].bad = bad_share(&tallies[s]);
    free(tallies);
    label_counts_release(&counts);
    return ERR_OK;
}

static void
judge_bins(const struct report_card *card, const struct score_points *points,
           struct report_score *out)
{
    struct tally tallies[HISTOGRAM_BINS_MAX] = {{0}};

    for (size_t i = 0; i < points->count; i++) {
        const struct score_point *p = &points->list[i];
        uint32_t bin = histogram_bin_of(&out->bins, p->value);

        if (bin != UINT32_MAX && p->first && (p->sampled || !card->sampled))
            add_truth(&tallies[bin], p->truth);
    }
    for (uint32_t bin = 0; bin < out->bins.bins; bin++)
        out->bad[bin] = bad_share(&tallies[bin]);
}

/* Where the threshold could be as well. */
static void
judge_edges(const struct report_card *card, const struct score_points *points,
            struct report_score *out)
{
    out->edges = xcalloc((size_t)out->bins.bins + 1, sizeof(*out->edges));
    for (uint32_t i = 0; out->bins.bins && i <= out->bins.bins; i++)
        out->edges[i] = confusion_at(points, out->bins.bad, out->bins.edges[i],
                                     card->sampled);
}

static enum err_code
count_score(struct making *m, unsigned score, struct report_score *out,
            struct error *err)
{
    const struct score_def *def = index_score_def(m->index, score);
    struct histogram_spec spec = {score, m->scope->within, REPORT_BINS,
                                  def->threshold, m->cancel};
    struct score_points points = {0};
    struct report_card *card = m->card;
    enum err_code code = histogram_count(&out->bins, m->index, &spec, err);

    if (!code)
        code =
            score_points_make(&points, m->index, score, &card->judgements, err);
    if (code)
        return code;
    judge_bins(card, &points, out);
    judge_edges(card, &points, out);
    out->is_probability = def->kind == SCORE_PROBABILITY;
    out->name = arena_copy(&card->arena, str_of(def->name));
    out->at = (struct calibration){.bad = def->bad,
                                   .threshold = def->threshold,
                                   .known = out->bins.known,
                                   .unknown = out->bins.unknown,
                                   .sample = card->judgements.sample};
    if (!isnan(def->threshold)) {
        out->at.flagged = histogram_flagged(&out->bins, def->threshold);
        out->at.all = confusion_at(&points, def->bad, def->threshold, false);
        out->at.sampled = confusion_at(&points, def->bad, def->threshold, true);
    }
    score_points_release(&points);
    return ERR_OK;
}

static void
release_score(struct report_score *score)
{
    histogram_release(&score->bins);
    free(score->edges);
    *score = (struct report_score){0};
}

/* Those with a threshold come first. */
static enum err_code
count_scores(struct making *m, struct error *err)
{
    unsigned all = (unsigned)index_score_count(m->index);
    struct report_card *card = m->card;
    enum err_code code = ERR_OK;

    card->scores = xcalloc(all + 1, sizeof(*card->scores));
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned s = 0; s < all && !code; s++) {
            const struct score_def *def = index_score_def(m->index, s);
            struct report_score *out = &card->scores[card->score_count];

            if (def->kind == SCORE_LABEL ||
                isnan(def->threshold) != (pass == 1))
                continue;
            code = count_score(m, s, out, err);
            if (!code && out->bins.known)
                card->score_count++;
            else
                release_score(out);
        }
    return code;
}

enum err_code
report_card_make(struct report_card *out, struct resolver *resolver,
                 struct index *index, const struct judgement_scope *scope,
                 const int *cancel, struct error *err)
{
    struct report_card card = {0};
    struct making m = {&card, index, scope, cancel};
    enum err_code code;

    arena_init(&card.arena, 0);
    code = judgements_load(resolver, scope, &card.judgements, err);
    if (code) {
        arena_release(&card.arena);
        return code;
    }
    count_whole(&m);
    code = count_sources(&m, err);
    if (!code)
        code = count_scores(&m, err);
    if (code)
        report_card_release(&card);
    else
        *out = card;
    return code;
}

void
report_card_release(struct report_card *card)
{
    for (size_t i = 0; i < card->score_count; i++)
        release_score(&card->scores[i]);
    free(card->scores);
    free(card->sources);
    judgements_release(&card->judgements);
    arena_release(&card->arena);
    *card = (struct report_card){0};
}
