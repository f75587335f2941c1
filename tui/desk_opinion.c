/* First and second opinions: whether a verdict was given after those of others
 * were there to be seen. */
#include "config.h"

#include "tui/desk_append.h"

bool
desk_sees_verdicts(const struct desk *desk, const struct desk_document *d)
{
    for (size_t i = 0; !d->peers_hidden && i < d->history_count; i++) {
        const struct annotation *a = &d->history[i];

        if (!a->undone && !str_equal(a->reviewer, str_of(desk->reviewer)) &&
            (act_closes(a->kind) || a->kind == ANNOTATION_ADJUDICATE) &&
            a->kind != ANNOTATION_SKIP)
            return true;
    }
    return false;
}

bool
desk_has_told_seen(const struct desk *desk, const struct desk_document *d)
{
    for (size_t i = 0; i < d->history_count; i++)
        if (d->history[i].visible & VISIBLE_VERDICTS &&
            str_equal(d->history[i].reviewer, str_of(desk->reviewer)))
            return true;
    return false;
}

bool
desk_is_second_opinion(const struct annotation *a,
                       const struct annotation *history, size_t before)
{
    unsigned seen = a->visible;
    bool differs = false;

    if (a->kind != ANNOTATION_VERDICT || a->span.given)
        return false;
    for (size_t i = 0; i < before; i++) {
        const struct annotation *former = &history[i];

        if (!str_equal(former->reviewer, a->reviewer))
            continue;
        seen |= former->visible;
        differs = differs || (former->kind == ANNOTATION_VERDICT &&
                              !str_equal(former->value, a->value));
    }
    return differs && seen & VISIBLE_VERDICTS;
}
