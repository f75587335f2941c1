/* The span selection. Its cursor is the pane's, so the text scrolls along. */
#include "config.h"

#include "tui/span.h"

#include "tui/motion.h"

static void
choose(struct span_choice *choice, struct text_pane *pane, struct span span)
{
    choice->anchor = span.start;
    choice->end = span.end;
    text_pane_show(pane, span.start);
    pane->cursor =
        span.end > span.start ? motion_left(pane->text, span.end) : span.start;
}

/* The hit that holds `at`, else the nearest one behind it on the screen. */
static bool
hit_near(const struct desk_document *document, size_t at, struct span *hit)
{
    for (size_t i = 0; i < document->hit_count; i++)
        if (document->hits[i].end > at) {
            *hit = document->hits[i];
            return true;
        }
    return false;
}

void
span_start(struct span_choice *choice, struct text_pane *pane,
           const struct desk_document *document)
{
    size_t start;
    size_t end;
    struct span span;

    text_pane_visible(pane, &start, &end);
    choice->active = true;
    choice->each = false;
    if (!hit_near(document, pane->cursor, &span) || span.start >= end)
        span = motion_word(pane->text, pane->cursor);
    choose(choice, pane, span);
}

void
span_start_at(struct span_choice *choice, struct text_pane *pane,
              struct span span)
{
    choice->active = true;
    choose(choice, pane, span);
}

struct span
span_chosen(const struct span_choice *choice, struct str text)
{
    struct span span = {choice->anchor, choice->end};

    if (span.start > span.end)
        span = (struct span){choice->end, choice->anchor};
    if (span.end > text.len)
        span.end = text.len;
    if (span.start >= span.end) /* never empty */
        span.end = motion_right(text, span.start);
    return span;
}

static void
move_end(struct span_choice *choice, struct text_pane *pane, size_t at)
{
    choice->end = at;
    text_pane_show(pane, at);
}

/* A row down or up, in the same column. */
static size_t
row_motion(struct text_pane *pane, size_t at, int direction)
{
    struct wrap_row row = wrap_at(&pane->wrap, at);
    unsigned column = wrap_column(&pane->wrap, &row, at);

    if (direction > 0 ? !wrap_next(&pane->wrap, &row)
                      : !wrap_prev(&pane->wrap, &row))
        return at;
    return wrap_byte(&pane->wrap, &row, column);
}

static void
next_hit(struct span_choice *choice, struct text_pane *pane,
         const struct desk_document *document, bool forward)
{
    struct span now = span_chosen(choice, pane->text);
    const struct span *found = NULL;

    for (size_t i = 0; i < document->hit_count; i++) {
        const struct span *hit = &document->hits[i];

        if (forward ? hit->start > now.start && !found : hit->start < now.start)
            found = hit;
    }
    if (found)
        choose(choice, pane, *found);
}

static bool
move_by(struct span_choice *choice, struct text_pane *pane,
        enum command command)
{
    struct str text = pane->text;
    size_t end = choice->end;

    switch ((int)command) {
    case CMD_RIGHT:
        move_end(choice, pane, motion_right(text, end));
        return true;
    case CMD_LEFT:
        move_end(choice, pane, motion_left(text, end));
        return true;
    case CMD_DOWN:
        move_end(choice, pane, row_motion(pane, end, 1));
        return true;
    case CMD_UP:
        move_end(choice, pane, row_motion(pane, end, -1));
        return true;
    case CMD_WORD:
        move_end(choice, pane, motion_word_end(text, end));
        return true;
    case CMD_WORD_BACK:
        move_end(choice, pane, motion_word_start(text, end));
        return true;
    case CMD_SENTENCE_ON:
        move_end(choice, pane, motion_sentence_end(text, end));
        return true;
    case CMD_SENTENCE_BACK:
        move_end(choice, pane, motion_sentence_start(text, end));
        return true;
    case CMD_TOP:
        move_end(choice, pane, 0);
        return true;
    case CMD_END:
        move_end(choice, pane, text.len);
        return true;
    default:
        return false;
    }
}

bool
span_command(struct span_choice *choice, struct text_pane *pane,
             const struct desk_document *document, enum command command)
{
    struct span hit;
    size_t swap = choice->anchor;

    if (!document || document->display.ptr != pane->text.ptr) {
        choice->active = false;
        return true;
    }
    switch ((int)command) {
    case CMD_SENTENCE:
        choose(
            choice, pane,
            motion_sentence(pane->text, span_chosen(choice, pane->text).start));
        return true;
    case CMD_PARAGRAPH:
        choose(choice, pane,
               motion_paragraph(pane->text,
                                span_chosen(choice, pane->text).start));
        return true;
    case CMD_LINE:
        choose(choice, pane,
               motion_line(pane->text, span_chosen(choice, pane->text).start));
        return true;
    case CMD_HIT:
        if (hit_near(document, span_chosen(choice, pane->text).start, &hit))
            choose(choice, pane, hit);
        return true;
    case CMD_FIND_NEXT:
        next_hit(choice, pane, document, true);
        return true;
    case CMD_FIND_PREVIOUS:
        next_hit(choice, pane, document, false);
        return true;
    case CMD_SPAN_SWAP:
        choice->anchor = choice->end;
        move_end(choice, pane, swap);
        return true;
    case CMD_SPAN_LEAVE:
        choice->active = false;
        return true;
    default:
        return move_by(choice, pane, command);
    }
}
