/* My pace: how long I have been here today, what I met, when a break is due.
 * Kept in my memory, shown to nobody else. */
#include "config.h"

#include "stet/fileio.h"
#include "tui/desk_state.h"

#define SAVE_US (60 * INT64_C(1000000))

const struct pace *
desk_pace(const struct desk *desk)
{
    return &desk->pace;
}

bool
desk_meets_covered(const struct desk *desk)
{
    return desk->policy.mask_score || desk->pace.uncovered || desk->pace.judged;
}

void
desk_sign(struct desk *desk)
{
    /* a script's screens must not depend on how quick it ran */
    bool still = desk->options.script && desk->pace.last_us;

    pace_sign(&desk->pace, still ? desk->pace.last_us : time_now_us());
    if (desk->memory_known &&
        desk->pace.last_us - desk->pace_saved_us >= SAVE_US)
        desk_pace_save(desk);
}

void
desk_break(struct desk *desk)
{
    pace_break(&desk->pace);
    desk_pace_save(desk);
}

void
desk_pace_load(struct desk *desk)
{
    pace_take(&desk->pace, desk_memory(desk, PACE_KEY), time_now_us());
    desk->pace_saved_us = time_now_us();
}

void
desk_pace_save(struct desk *desk)
{
    struct buf line = {0};

    if (!desk->memory_known || !desk->pace.last_us)
        return;
    desk->pace_saved_us = time_now_us();
    pace_format(&desk->pace, &line);
    desk_memory_put(desk, PACE_KEY, buf_str(&line));
    buf_release(&line);
}

/* One text counts once for each, as long as it is on the screen. What is hidden
 * when it is uncovered is counted with the verdict: a number must not tell the
 * score. */
static void
meet(struct desk *desk, unsigned how)
{
    how &= ~desk->met;
    if (!how)
        return;
    pace_meet(&desk->pace, how | (desk->met ? 0 : PACE_ANOTHER));
    desk->met |= how;
}

void
desk_meet(struct desk *desk, bool judged)
{
    const struct desk_document *d = desk_document(desk);
    bool uncovered = desk->uncovered || desk->open_count > 0;

    if (!d || !d->document || (d->scores_hidden && !judged) ||
        !(desk_is_over_threshold(desk, d->document->scores) ||
          d->effective.flags & STATE_ESCALATED))
        return;
    if (uncovered)
        meet(desk, PACE_UNCOVERED);
    if (judged && !(d->mine.flags & STATE_JUDGED))
        meet(desk, PACE_JUDGED);
}
