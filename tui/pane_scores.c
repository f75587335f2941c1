/* Scores: name, value, bar, threshold. Colour is never the only sign: what is
 * over its threshold has a "!". */
#include "config.h"

#include "tui/pane_scores.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/pane_list.h"

unsigned
score_band(const struct score_def *def, double value)
{
    double low = isnan(def->min) ? 0 : def->min;
    double high = isnan(def->max) ? 1 : def->max;
    double bad;

    if (isnan(value) || high <= low)
        return 0;
    if (!isnan(def->threshold))
        return def->bad == SCORE_BAD_LOW ? (value <= def->threshold ? 2 : 0)
                                         : (value >= def->threshold ? 2 : 0);
    bad = (value - low) / (high - low);
    if (def->bad == SCORE_BAD_LOW)
        bad = 1 - bad;
    return bad >= 2.0 / 3 ? 2 : bad >= 1.0 / 3 ? 1 : 0;
}

/* Share of its range; NaN when the range does not hold it. */
static double
part_of(const struct score_def *def, double value)
{
    double low = isnan(def->min) ? 0 : def->min;
    double high = isnan(def->max) ? 1 : def->max;

    if (isnan(value) || high <= low || value < low || value > high)
        return (double)NAN;
    return (value - low) / (high - low);
}

static bool
is_known(const struct document *document, unsigned i)
{
    return (document->scores && !isnan(document->scores[i])) ||
           (document->labels && document->labels[i].ptr);
}

/* 0: over its threshold; 1: known; 2: not known. */
static unsigned
rank_of(struct desk *desk, const struct document *document, unsigned score)
{
    const struct score_def *def = desk_score_def(desk, score);

    if (!document || !is_known(document, score))
        return 2;
    return !isnan(def->threshold) && document->scores &&
                   score_band(def, document->scores[score]) == 2
               ? 0
               : 1;
}

/* The scores as they are shown, in an array of desk_score_count(). Without a
 * document, or where its scores are hidden, in the order of definitions.
 * Returns how many the document has. */
static unsigned
sort_scores(struct desk *desk, const struct document *document, unsigned *out)
{
    unsigned count = (unsigned)desk_score_count(desk);
    unsigned at = 0;
    unsigned known = 0;

    for (unsigned rank = 0; rank < 3; rank++) {
        for (unsigned s = 0; s < count; s++)
            if (rank_of(desk, document, s) == rank)
                out[at++] = s;
        if (rank == 1)
            known = at;
    }
    return known;
}

static const struct document *
seen_document(struct desk *desk)
{
    const struct desk_document *document = desk_document(desk);

    return document && !document->scores_hidden ? document->document : NULL;
}

unsigned
scores_next(struct desk *desk, int direction)
{
    unsigned count = (unsigned)desk_score_count(desk);
    unsigned *order = xcalloc(count + 1, sizeof(*order));
    unsigned focus = desk_focus_score(desk);
    unsigned at = 0;

    (void)sort_scores(desk, seen_document(desk), order);
    while (at < count && order[at] != focus)
        at++;
    at = direction > 0 ? (at + 1 < count ? at + 1 : 0)
                       : (at > 0 ? at : count) - 1;
    focus = order[at];
    free(order);
    return focus;
}

/* Which part of them is on screen: the focused one must be. */
static unsigned
first_shown(struct desk *desk, const unsigned *order, unsigned count,
            unsigned room)
{
    unsigned focus = desk_focus_score(desk);

    for (unsigned at = 0; at < count; at++)
        if (order[at] == focus)
            return at < room ? 0 : at + 1 - room;
    return 0;
}

/* The bar and, in it, where the threshold is. */
static void
draw_part(const struct score_def *def, double value, struct grid *grid,
          struct area at)
{
    bool over = !isnan(def->threshold) && score_band(def, value) == 2;
    double mark = part_of(def, def->threshold);

    grid_bar(grid, at.row, at.col, at.cols, part_of(def, value),
             over ? STYLE_BAD : STYLE_NORMAL);
    if (!isnan(mark))
        grid_put(grid, at.row,
                 at.col + (unsigned)fmin(mark * at.cols, at.cols - 1),
                 STYLE_WARN, "|");
}

/* name value [bar]! threshold; "!" over it, "+" in the middle of the range */
static void
draw_number(const struct score_def *def, double value, struct grid *grid,
            unsigned row, struct area at)
{
    bool over = !isnan(def->threshold) && score_band(def, value) == 2;
    unsigned col = at.col;
    unsigned bar;
    char text[16];

    if (isnan(value)) {
        grid_put(grid, row, col, STYLE_DIM, "unknown");
        return;
    }
    score_text(value, text);
    col = grid_printf(grid, row, col, over ? STYLE_WARN : STYLE_NORMAL, "%5s ",
                      text);
    bar = at.col + at.cols > col + 9 ? at.col + at.cols - col - 9 : 0;
    if (bar >= 3 && !isnan(part_of(def, value))) {
        draw_part(def, value, grid, (struct area){row, col, 1, bar});
        col += bar;
    }
    if (over)
        grid_put(grid, row, col, STYLE_WARN, "!");
    else if (def->bad != SCORE_BAD_UNKNOWN && score_band(def, value))
        grid_put(grid, row, col, STYLE_NORMAL, "+");
    if (!isnan(def->threshold)) {
        score_text(def->threshold, text);
        grid_printf(grid, row, col + 2, STYLE_DIM, "%s%s",
                    def->bad == SCORE_BAD_LOW ? "<=" : ">=", text);
    }
}

static void
draw_score(struct desk *desk, const struct document *document,
           struct grid *grid, unsigned row, struct area at, unsigned score)
{
    const struct score_def *def = desk_score_def(desk, score);
    unsigned name_cells = at.cols / 3;

    if (score == desk_focus_score(desk))
        grid_put(grid, row, at.col - 1, STYLE_BOLD, ">");
    grid_put_data(grid, row, at.col, name_cells, STYLE_DATA, str_of(def->name));
    at.col += name_cells + 1;
    at.cols -= name_cells + 1;
    if (document->labels && document->labels[score].ptr) {
        struct buf labels = {0};

        label_format(document->labels[score], &labels);
        grid_put_data(grid, row, at.col, at.cols, STYLE_DATA_MIDDLE,
                      buf_str(&labels));
        buf_release(&labels);
        return;
    }
    draw_number(def, document->scores ? document->scores[score] : (double)NAN,
                grid, row, at);
}

static const char *
why_hidden(const struct desk_document *document)
{
    return !document                 ? ""
           : document->scores_hidden ? "scores are hidden until it is judged"
           : !document->document     ? ""
                                     : NULL;
}

void
scores_strip_draw(struct desk *desk, struct grid *grid)
{
    const struct desk_document *document = desk_document(desk);
    const char *why = why_hidden(document);
    unsigned columns = grid->clip.cols >= 70 ? 2 : 1;
    unsigned width = grid->clip.cols / columns;
    unsigned room = (grid->clip.rows - 1) * columns;
    unsigned *order;
    unsigned known;
    unsigned first;

    grid_rule(grid, 0);
    if (why) {
        grid_put(grid, 0, 3, STYLE_DIM, " scores ");
        grid_put(grid, 1, 1, STYLE_DIM, why);
        return;
    }
    order = xcalloc(desk_score_count(desk) + 1, sizeof(*order));
    known = sort_scores(desk, document->document, order);
    first = first_shown(desk, order, known, room);
    if (known > room)
        grid_printf(grid, 0, 3, STYLE_DIM,
                    " scores %u..%u of %u  ! = over the threshold ", first + 1,
                    first + room, known);
    else
        grid_put(grid, 0, 3, STYLE_DIM, " scores  ! = over the threshold ");
    if (known == 0)
        grid_put(grid, 1, 1, STYLE_DIM, "none");
    for (unsigned i = 0; i < room && first + i < known; i++) {
        struct area at = {0, 1 + i % columns * width, 1, width - 2};

        draw_score(desk, document->document, grid, 1 + i / columns, at,
                   order[first + i]);
    }
    free(order);
}

/* What is said beside a decision's name; what people wrote is covered with the
 * text. */
static struct str
history_words(const struct desk_document *document, const struct annotation *a)
{
    if (a->kind == ANNOTATION_SEND_BACK || a->kind == ANNOTATION_ESCALATE ||
        a->kind == ANNOTATION_RESOLVE)
        return document->masked ? (struct str){NULL, 0} : a->reason;
    if (a->kind == ANNOTATION_NOTE && !document->masked)
        return a->text;
    return a->value;
}

static unsigned
draw_history(const struct desk_document *document, struct grid *grid,
             unsigned row)
{
    size_t first = 0;
    unsigned room = grid->clip.rows > row + 1 ? grid->clip.rows - row - 1 : 0;

    if (document->history_count == 0 || room < 2)
        return row;
    grid_put(grid, row++, 1, STYLE_TITLE, "HISTORY");
    if (document->history_count > room)
        first = document->history_count - room;
    for (size_t i = first; i < document->history_count; i++) {
        const struct annotation *a = &document->history[i];
        unsigned col = 1;

        col += grid_put_data(grid, row, col, 8, STYLE_DATA, a->reviewer);
        col = grid_printf(
            grid, row, col + 1, a->undone ? STYLE_DIM : STYLE_NORMAL, "%s%s",
            a->undone ? "undone " : "", annotation_kind_name(a->kind));
        if (a->kind == ANNOTATION_SEND_BACK && a->value.len > 0)
            col += 1 + grid_put_data(grid, row, col + 1, 16, STYLE_DATA_DIM,
                                     a->value);
        grid_put_data(grid, row, col + 1, grid->clip.cols, STYLE_DATA_DIM,
                      history_words(document, a));
        row++;
    }
    return row;
}

static unsigned
draw_spans(struct desk *desk, const struct desk_document *document,
           struct grid *grid, unsigned row)
{
    const struct document *inner = document->document;
    char text[16];

    if (inner->span_count == 0)
        return row;
    grid_put(grid, row++, 1, STYLE_TITLE, "SPANS");
    for (size_t i = 0; i < inner->span_count && i < 6; i++) {
        const struct span_score *span = &inner->spans[i];
        const struct score_def *def = desk_score_def(desk, span->score);
        unsigned col;

        col = grid_printf(grid, row, 1, STYLE_DIM, "%zu ", i + 1);
        col += grid_put_data(grid, row, col, 12, STYLE_DATA, str_of(def->name));
        score_text(span->value, text);
        grid_printf(grid, row++, col + 1,
                    score_band(def, span->value) == 2 ? STYLE_WARN
                                                      : STYLE_NORMAL,
                    "%s  %zu bytes", text, span->span.end - span->span.start);
    }
    return row + 1;
}

static unsigned
draw_facts(const struct desk_document *document, struct grid *grid,
           unsigned row)
{
    const struct document *inner = document->document;
    unsigned col;

    grid_put(grid, row++, 1, STYLE_TITLE, "DOCUMENT");
    if (inner->source.ptr) {
        col = grid_put(grid, row, 1, STYLE_DIM, "source ");
        grid_put_data(grid, row++, col, grid->clip.cols, STYLE_DATA,
                      inner->source);
    }
    if (inner->lang.ptr) {
        col = grid_put(grid, row, 1, STYLE_DIM, "lang ");
        grid_put_data(grid, row++, col, grid->clip.cols, STYLE_DATA,
                      inner->lang);
    }
    grid_printf(grid, row++, 1, STYLE_DIM, "record %llu",
                (unsigned long long)inner->record);
    if (document->places > 1)
        grid_printf(grid, row++, 1, STYLE_DIM, "%u places",
                    (unsigned)document->places);
    if (document->mine.tags.len > 0) {
        col = grid_put(grid, row, 1, STYLE_DIM, "my tags ");
        grid_put_data(grid, row++, col, grid->clip.cols, STYLE_DATA,
                      document->mine.tags);
    }
    if (document->effective.reviewers > 0)
        grid_printf(grid, row++, 1, STYLE_DIM, "judged by %u",
                    (unsigned)document->effective.reviewers);
    return row + 1;
}

static unsigned
draw_hidden(struct grid *grid)
{
    grid_put(grid, 0, 1, STYLE_TITLE, "SCORES");
    grid_put(grid, 1, 1, STYLE_DIM, "hidden until judged");
    return 2;
}

/* The focused one in full: names are cut in their lines. */
static unsigned
draw_focused(struct desk *desk, struct grid *grid, unsigned row)
{
    const struct score_def *def = desk_score_def(desk, desk_focus_score(desk));
    unsigned col;

    col = 1 + grid_put_data(grid, row, 1, grid->clip.cols - 2, STYLE_DATA_DIM,
                            str_of(def->name));
    grid_put(grid, row, col, STYLE_DIM,
             def->bad == SCORE_BAD_LOW    ? ": low is bad"
             : def->bad == SCORE_BAD_HIGH ? ": high is bad"
                                          : "");
    return row + 1;
}

static unsigned
draw_scores(struct desk *desk, const struct document *document,
            struct grid *grid)
{
    unsigned count = (unsigned)desk_score_count(desk);
    unsigned room = grid->clip.rows > 11 ? grid->clip.rows - 10 : 1;
    unsigned *order = xcalloc(count + 1, sizeof(*order));
    unsigned known = sort_scores(desk, document, order);
    unsigned first = first_shown(desk, order, count, room);
    unsigned row = 1;

    grid_put(grid, 0, 1, STYLE_TITLE, "SCORES");
    if (count > room)
        grid_printf(grid, 0, 8, STYLE_DIM, "%u..%u of %u", first + 1,
                    first + room < count ? first + room : count, count);
    else if (known < count)
        grid_printf(grid, 0, 8, STYLE_DIM, "%u of %u", known, count);
    for (unsigned i = first; i < count && i < first + room; i++) {
        struct area at = {0, 1, 1, grid->clip.cols - 2};

        /* what the document lacks is there to be focused, not to be read */
        if (i >= known && first == 0 && order[i] != desk_focus_score(desk))
            continue;
        draw_score(desk, document, grid, row++, at, order[i]);
    }
    free(order);
    return count ? draw_focused(desk, grid, row) : row;
}

void
scores_panel_draw(struct desk *desk, struct grid *grid)
{
    const struct desk_document *document = desk_document(desk);
    const char *why = why_hidden(document);
    unsigned row = 0;

    if (!document || !document->document) {
        grid_put(grid, row, 1, STYLE_TITLE, "SCORES");
        return;
    }
    row = why ? draw_hidden(grid) : draw_scores(desk, document->document, grid);
    row++;
    if (!why)
        row = draw_spans(desk, document, grid, row);
    row = draw_facts(document, grid, row);
    draw_history(document, grid, row);
}
