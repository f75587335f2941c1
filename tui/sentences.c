/* Sentences: segments of the record, else what motion.c takes for one. */
#include "config.h"

#include "tui/sentences.h"

#include "tui/motion.h"

/* The segment nearest to `now` in a direction; 0: the one at its start. */
static bool
find_segment(struct desk *desk, const struct desk_document *document,
             struct span now, int direction, struct span *found)
{
    const struct document *inner = document->document;
    bool any = false;

    for (size_t i = 0; i < inner->span_count; i++) {
        struct span at = inner->spans[i].span;
        bool fits = direction > 0   ? at.start >= now.end
                    : direction < 0 ? at.start < now.start
                                    : at.end > now.start;

        if (desk_score_def(desk, inner->spans[i].score)->kind !=
                SCORE_SEGMENTS ||
            !fits)
            continue;
        if (!any ||
            (direction < 0 ? at.start > found->start : at.start < found->start))
            *found = at;
        any = true;
    }
    return any;
}

static bool
has_segments(struct desk *desk, const struct desk_document *document)
{
    const struct document *inner = document->document;

    for (size_t i = 0; !document->scores_hidden && i < inner->span_count; i++)
        if (desk_score_def(desk, inner->spans[i].score)->kind == SCORE_SEGMENTS)
            return true;
    return false;
}

static bool
find_sentence(struct str text, struct span now, int direction,
              struct span *found)
{
    size_t at = direction > 0 ? now.end : now.start;

    if (direction < 0) {
        if (at == 0)
            return false;
        at = motion_sentence_start(text, at);
    }
    *found = motion_sentence(text, at);
    return direction > 0   ? found->start >= now.end && found->end > now.end
           : direction < 0 ? found->start < now.start
                           : found->end > found->start;
}

static void
show(struct span_choice *choice, struct text_pane *pane, struct span span)
{
    choice->anchor = span.start;
    choice->end = span.end;
    text_pane_show(pane, span.end);
    text_pane_show(pane, span.start);
}

bool
sentences_move(struct span_choice *choice, struct text_pane *pane,
               struct desk *desk, const struct desk_document *document,
               int direction)
{
    struct span now = span_chosen(choice, pane->text);
    struct span found = now;
    bool any = has_segments(desk, document)
                   ? find_segment(desk, document, now, direction, &found)
                   : find_sentence(pane->text, now, direction, &found);

    if (any)
        show(choice, pane, found);
    return any;
}

void
sentences_start(struct span_choice *choice, struct text_pane *pane,
                struct desk *desk, const struct desk_document *document)
{
    choice->active = true;
    choice->each = true;
    choice->anchor = choice->end = pane->cursor;
    (void)sentences_move(choice, pane, desk, document, 0);
}
