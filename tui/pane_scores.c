/* Scores: name, value, bar, threshold. Colour is never the only sign: what is
 * over its threshold has a "!". */
#include "config.h"

#include "tui/pane_scores.h"

#include <math.h>
#include <stdio.h>

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

/* The i-th known score, those over their threshold first; UINT_MAX: none. */
static unsigned
pick_score(struct desk *desk, const struct document *document, unsigned i)
{
    size_t count = desk_score_count(desk);

    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned s = 0; s < count; s++) {
            const struct score_def *def = desk_score_def(desk, s);
            bool over = !isnan(def->threshold) && document->scores &&
                        score_band(def, document->scores[s]) == 2;

            if (is_known(document, s) && over == (pass == 0) && i-- == 0)
                return s;
        }
    return UINT32_MAX;
}

/* name value [bar]! threshold */
static void
draw_score(struct desk *desk, const struct document *document,
           struct grid *grid, unsigned row, struct area at, unsigned score)
{
    const struct score_def *def = desk_score_def(desk, score);
    double value = document->scores ? document->scores[score] : (double)NAN;
    bool over = !isnan(def->threshold) && score_band(def, value) == 2;
    unsigned name_cells = at.cols / 3;
    unsigned col = at.col;
    unsigned bar;
    char text[16];

    grid_put_data(grid, row, col, name_cells, STYLE_DATA, str_of(def->name));
    col += name_cells + 1;
    if (document->labels && document->labels[score].ptr) {
        struct buf labels = {0};

        label_format(document->labels[score], &labels);
        grid_put_data(grid, row, col, at.col + at.cols - col, STYLE_DATA_MIDDLE,
                      buf_str(&labels));
        buf_release(&labels);
        return;
    }
    score_text(value, text);
    col = grid_printf(grid, row, col, over ? STYLE_WARN : STYLE_NORMAL, "%5s ",
                      text);
    bar = at.col + at.cols > col + 8 ? at.col + at.cols - col - 8 : 0;
    if (bar >= 3 && !isnan(part_of(def, value))) {
        grid_bar(grid, row, col, bar, part_of(def, value),
                 over ? STYLE_BAD : STYLE_NORMAL);
        col += bar;
    }
    if (over)
        grid_put(grid, row, col, STYLE_WARN, "!");
    if (!isnan(def->threshold)) {
        score_text(def->threshold, text);
        grid_put(grid, row, col + 2, STYLE_DIM, text);
    }
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

    grid_rule(grid, 0);
    grid_put(grid, 0, 3, STYLE_DIM, " scores  ! = over the threshold ");
    if (why) {
        grid_put(grid, 1, 1, STYLE_DIM, why);
        return;
    }
    for (unsigned i = 0; i < (grid->clip.rows - 1) * columns; i++) {
        unsigned score = pick_score(desk, document->document, i);
        struct area at = {0, 1 + i % columns * width, 1, width - 2};

        if (score == UINT32_MAX) {
            if (i == 0)
                grid_put(grid, 1, 1, STYLE_DIM, "none");
            return;
        }
        draw_score(desk, document->document, grid, 1 + i / columns, at, score);
    }
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
        if (a->kind == ANNOTATION_NOTE && !document->masked)
            grid_put_data(grid, row, col + 1, grid->clip.cols, STYLE_DATA_DIM,
                          a->text);
        else
            grid_put_data(grid, row, col + 1, grid->clip.cols, STYLE_DATA_DIM,
                          a->value);
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

void
scores_panel_draw(struct desk *desk, struct grid *grid)
{
    const struct desk_document *document = desk_document(desk);
    const char *why = why_hidden(document);
    unsigned row = 0;

    grid_put(grid, row++, 1, STYLE_TITLE, "SCORES");
    if (!document || !document->document)
        return;
    if (why)
        grid_put(grid, row++, 1, STYLE_DIM, "hidden until judged");
    for (unsigned i = 0; !why && row + 8 < grid->clip.rows; i++) {
        unsigned score = pick_score(desk, document->document, i);
        struct area at = {0, 1, 1, grid->clip.cols - 2};

        if (score == UINT32_MAX)
            break;
        draw_score(desk, document->document, grid, row++, at, score);
    }
    row++;
    if (!why)
        row = draw_spans(desk, document, grid, row);
    row = draw_facts(document, grid, row);
    draw_history(document, grid, row);
}
