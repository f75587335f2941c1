/* Covers: which texts are covered, by the mask or because they are escalated,
 * what stands in their place, and how much of the current one was uncovered. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "stet/width.h"
#include "stet/xalloc.h"
#include "tui/desk_state.h"

/* Its name may be an alias, or mean the newest version. */
static bool
mask_is_known(const struct desk *desk)
{
    return desk->policy.mask_found &&
           desk->policy.mask_number < desk->scores.score_count;
}

bool
desk_is_over_threshold(const struct desk *desk, const double *scores)
{
    return scores && mask_is_known(desk) &&
           scores[desk->policy.mask_number] >= desk->policy.mask_low &&
           scores[desk->policy.mask_number] <= desk->policy.mask_high;
}

bool
desk_is_masked(const struct desk *desk, const double *scores, unsigned flags,
               bool scores_hidden)
{
    if ((flags & STATE_ESCALATED) && !desk->policy.is_named_lead)
        return true;
    if (!desk->policy.mask_score)
        return false;
    /* Under blind a cover must not tell the score: it covers all. */
    if (scores_hidden)
        return true;
    /* A mistake in the rule must not uncover what it is for. */
    if (!mask_is_known(desk))
        return true;
    return desk_is_over_threshold(desk, scores);
}

struct str
desk_cover(const struct desk *desk, const struct cover *cover,
           struct arena *arena)
{
    struct buf raw = {0};
    struct buf safe = {0};
    struct str copy;

    if (cover->flags & STATE_ESCALATED)
        xbuf_printf(&raw, "escalated, ");
    if (desk->policy.mask_score && !mask_is_known(desk))
        xbuf_printf(&raw, "no score \"%s\", ", desk->policy.mask_score);
    else if (!cover->scores_hidden && cover->scores && mask_is_known(desk))
        xbuf_printf(&raw, "%s %.2f, ",
                    desk->scores.scores[desk->policy.mask_number].name,
                    cover->scores[desk->policy.mask_number]);
    xbuf_printf(&raw, "%llu characters", (unsigned long long)cover->characters);
    if (cover->lang.len)
        xbuf_printf(&raw, ", %.*s", STR_FMT(cover->lang));
    width_escape(buf_str(&raw), 60, &safe);
    copy = arena_copy(arena, buf_str(&safe));
    buf_release(&raw);
    buf_release(&safe);
    return copy;
}

bool
desk_is_sealed(const struct desk *desk, unsigned flags)
{
    return (flags & STATE_ESCALATED) && !desk_may_adjudicate(desk);
}

const char *
desk_covered(const struct desk_document *document)
{
    return !document->masked ? NULL
           : document->sealed
               ? "it is escalated: covered for all but leads"
               : "the text is covered: z uncovers a line, Alt-z all of it";
}

void
desk_cover_again(struct desk *desk)
{
    desk->uncovered = false;
    desk->open_count = 0;
    desk->reveal_told = false;
}

/* The uncovered spans are sorted and apart: what touches becomes one. */
static void
open_span(struct desk *desk, struct span span)
{
    size_t first = 0;
    size_t end;

    while (first < desk->open_count && desk->open[first].end < span.start)
        first++;
    end = first;
    while (end < desk->open_count && desk->open[end].start <= span.end) {
        if (desk->open[end].start < span.start)
            span.start = desk->open[end].start;
        if (desk->open[end].end > span.end)
            span.end = desk->open[end].end;
        end++;
    }
    if (desk->open_count + 1 > desk->open_cap) {
        desk->open_cap = desk->open_cap ? 2 * desk->open_cap : 16;
        desk->open =
            xreallocarray(desk->open, desk->open_cap, sizeof(*desk->open));
    }
    memmove(desk->open + first + 1, desk->open + end,
            (desk->open_count - end) * sizeof(*desk->open));
    desk->open_count = desk->open_count - (end - first) + 1;
    desk->open[first] = span;
}

/* The document that may be uncovered now, or NULL with a word why. */
static struct desk_document *
coverable(struct desk *desk)
{
    struct desk_document *d = desk->current ? &desk->current->data : NULL;

    if (!d || !d->document)
        return NULL;
    if (d->masked && d->sealed) {
        desk_say(desk, true, "%s", desk_covered(d));
        return NULL;
    }
    return d;
}

void
desk_uncover_span(struct desk *desk, struct span span)
{
    struct desk_document *d = coverable(desk);

    if (!d || !d->masked)
        return;
    open_span(desk, span);
    if (!desk->reveal_told)
        desk_note_reveal(desk, "line");
    desk->reveal_told = true;
    desk_meet(desk, false);
    desk->uncovered =
        desk->open[0].start == 0 && desk->open[0].end >= d->display.len;
    desk_hide_again(desk);
}

void
desk_uncover(struct desk *desk, bool uncover)
{
    struct desk_document *d = coverable(desk);

    if (!d)
        return;
    if (!uncover) {
        desk_cover_again(desk);
    } else {
        if (d->masked)
            desk_note_reveal(desk, "text");
        desk->uncovered = true;
        if (d->masked)
            desk_meet(desk, false);
    }
    desk_hide_again(desk);
}
