/* A threshold's figures in words, the same for the desk and the command
 * line. */
#include "config.h"

#include "stet/calibration.h"

#include <stdio.h>

static void
put_share(struct buf *out, const char *name, struct share share, bool interval)
{
    xbuf_printf(out, "%s ", name);
    share_format(&share, interval, out);
}

/* How far the figures go: what they were counted in. */
static void
put_basis(const struct calibration *c, bool sampled, struct buf *out)
{
    const struct random_sample *sample = &c->sample;

    if (!sampled) {
        xbuf_append_str(
            out, STR_LIT("of judged documents only: they were picked, not "
                         "drawn, and say\nnothing of the others; a queue with "
                         "sort:random(N) gives intervals\n"));
        return;
    }
    xbuf_printf(out, "95%% intervals from %u of %u documents drawn: %s %.*s\n",
                sample->judged, sample->items,
                sample->queues == 1 ? "queue" : "queues",
                STR_FMT(sample->names));
    if (sample->passed)
        xbuf_printf(out,
                    "%u drawn were passed over: if they differ, so do "
                    "the figures\n",
                    sample->passed);
}

/* "19,188" */
static void
put_count(struct buf *out, uint64_t count)
{
    char digits[24];
    size_t len = (size_t)snprintf(digits, sizeof(digits), "%llu",
                                  (unsigned long long)count);

    for (size_t i = 0; i < len; i++)
        xbuf_printf(out, "%s%c", i > 0 && (len - i) % 3 == 0 ? "," : "",
                    digits[i]);
}

static void
put_flagged(const struct calibration *c, struct buf *out)
{
    uint64_t known = c->known ? c->known : 1;

    xbuf_printf(out, "flagged at %.10g %s: ", c->threshold,
                c->bad == SCORE_BAD_LOW ? "and under" : "and over");
    put_count(out, c->flagged);
    xbuf_printf(out, " (%.1f%%)  not flagged: ",
                100 * (double)c->flagged / (double)known);
    put_count(out, c->known - c->flagged);
    if (c->unknown) {
        xbuf_append_str(out, STR_LIT("  without the score: "));
        put_count(out, c->unknown);
    }
    xbuf_append_str(out, STR_LIT("\n"));
}

static void
put_part(struct buf *out, const char *name, uint64_t part, uint64_t rest)
{
    xbuf_printf(out, "%s %llu of %llu", name, (unsigned long long)part,
                (unsigned long long)part + (unsigned long long)rest);
}

static uint64_t
judged_of(const struct confusion *c)
{
    return c->bad_flagged + c->bad_passed + c->good_flagged + c->good_passed;
}

void
calibration_format(const struct calibration *c, struct buf *out)
{
    bool sampled = judged_of(&c->sampled) > 0;
    const struct confusion *basis = sampled ? &c->sampled : &c->all;

    put_flagged(c, out);
    if (judged_of(basis) == 0) {
        xbuf_append_str(out, STR_LIT("none of them was judged good or bad "
                                     "yet: no precision, no recall\n"));
        return;
    }
    put_share(out, "precision", confusion_precision(basis), sampled);
    put_share(out, "  recall", confusion_recall(basis), sampled);
    xbuf_append_str(out, STR_LIT("\n"));
    put_share(out, "good ones flagged", confusion_overflagged(basis), sampled);
    put_part(out, "  bad", basis->bad_flagged, basis->bad_passed);
    put_part(out, ", good", basis->good_flagged, basis->good_passed);
    xbuf_append_str(out, STR_LIT("\n"));
    put_basis(c, sampled, out);
    if (c->bad == SCORE_BAD_UNKNOWN)
        xbuf_append_str(out, STR_LIT("which end is bad is not set: high is "
                                     "taken as bad ([score] bad)\n"));
    if (basis->unsure || basis->unknown)
        xbuf_printf(out, "left out: %llu unsure, %llu without the score\n",
                    (unsigned long long)basis->unsure,
                    (unsigned long long)basis->unknown);
    if (basis->saw_scores)
        xbuf_printf(out,
                    "%llu of the verdicts were given with scores in view\n",
                    (unsigned long long)basis->saw_scores);
}
