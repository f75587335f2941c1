/* A threshold against reviewers' verdicts: counts on both sides, shares. */
#include "config.h"

#include "stet/calibration.h"

#include <math.h>
#include <stdlib.h>

struct share
share_of(uint64_t part, uint64_t whole)
{
    return (struct share){part, whole, interval_exact(part, whole)};
}

void
share_format(const struct share *share, bool with_interval, struct buf *out)
{
    if (share->whole == 0) {
        xbuf_append_str(out, STR_LIT("unknown (n 0)"));
        return;
    }
    xbuf_printf(out, "%.1f%% (",
                100 * (double)share->part / (double)share->whole);
    if (with_interval)
        xbuf_printf(out, "%.1f..%.1f, ", 100 * share->interval.low,
                    100 * share->interval.high);
    xbuf_printf(out, "n %llu)", (unsigned long long)share->whole);
}

enum err_code
score_points_make(struct score_points *out, struct index *index, unsigned score,
                  const struct judgements *judgements, struct error *err)
{
    struct score_point *list = calloc(judgements->count + 1, sizeof(*list));

    if (!list)
        return error_nomem(err);
    for (size_t i = 0; i < judgements->count; i++) {
        const struct judgement *j = &judgements->list[i];

        list[i] =
            (struct score_point){index_score_decimal(index, score, j->doc),
                                 j->truth, j->sampled, j->first, j->saw_scores};
    }
    *out = (struct score_points){list, judgements->count};
    return ERR_OK;
}

void
score_points_release(struct score_points *points)
{
    free(points->list);
    *points = (struct score_points){0};
}

static void
count_point(struct confusion *c, const struct score_point *p, bool flagged)
{
    if (p->truth == TRUTH_UNSURE) {
        c->unsure++;
        return;
    }
    if (isnan(p->value)) {
        c->unknown++;
        return;
    }
    c->saw_scores += p->saw_scores;
    if (p->truth == TRUTH_BAD) {
        c->bad_flagged += flagged;
        c->bad_passed += !flagged;
    } else {
        c->good_flagged += flagged;
        c->good_passed += !flagged;
    }
}

struct confusion
confusion_at(const struct score_points *points, enum score_bad bad,
             double threshold, bool sampled_only)
{
    struct confusion c = {0};

    for (size_t i = 0; i < points->count; i++) {
        const struct score_point *p = &points->list[i];

        if (p->first && (p->sampled || !sampled_only))
            count_point(&c, p, score_is_flagged(bad, p->value, threshold));
    }
    return c;
}

struct share
confusion_precision(const struct confusion *c)
{
    return share_of(c->bad_flagged, c->bad_flagged + c->good_flagged);
}

struct share
confusion_recall(const struct confusion *c)
{
    return share_of(c->bad_flagged, c->bad_flagged + c->bad_passed);
}

struct share
confusion_overflagged(const struct confusion *c)
{
    return share_of(c->good_flagged, c->good_flagged + c->good_passed);
}
