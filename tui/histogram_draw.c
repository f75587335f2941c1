/* The histogram as rows of bars with the verdicts in them, the line of the
 * threshold between, and in words what it is worth. */
#include "config.h"

#include <math.h>
#include <stdio.h>

#include "tui/histogram_view.h"

#define RANGE_CELLS 24u

/* How many all the ends of bins need; over 4: too many. */
static int
decimals_of(const struct histogram *h)
{
    for (int digits = 0; digits <= 4; digits++) {
        double power = pow(10, digits);
        bool enough = true;

        for (uint32_t i = 0; enough && i <= h->bins; i++) {
            double scaled_up = h->edges[i] * power;

            enough = fabs(scaled_up - round(scaled_up)) < 1e-6;
        }
        if (enough)
            return digits;
    }
    return 5;
}

/* "0.80 .. 0.85"; a scale's whole number. */
static void
draw_range(const struct histogram *h, uint32_t bin, struct grid *grid,
           unsigned row)
{
    char text[64];

    if (h->is_scale)
        (void)snprintf(text, sizeof(text), "%.10g",
                       h->edges[h->bad == SCORE_BAD_LOW ? bin + 1 : bin]);
    else if (!h->is_log && decimals_of(h) <= 4)
        (void)snprintf(text, sizeof(text), "%.*f .. %.*f", decimals_of(h),
                       h->edges[bin], decimals_of(h), h->edges[bin + 1]);
    else
        (void)snprintf(text, sizeof(text), "%.6g .. %.6g", h->edges[bin],
                       h->edges[bin + 1]);
    grid_put(grid, row, 2, STYLE_NORMAL, text);
}

static double
scaled(const struct histogram_view *v, uint64_t count)
{
    return v->log ? log1p((double)count) : (double)count;
}

/* Letters for the verdicts, at least one cell each; the rest as a bar. */
static void
draw_bar(struct grid *grid, struct area at, unsigned cells, uint64_t count,
         const uint32_t judged[TRUTH_COUNT])
{
    static const struct {
        enum truth truth;
        char letter;
        enum style style;
    } parts[] = {{TRUTH_BAD, 'x', STYLE_BAD},
                 {TRUTH_GOOD, 'o', STYLE_GOOD},
                 {TRUTH_UNSURE, '?', STYLE_WARN}};
    unsigned col = at.col;
    unsigned end = at.col + cells;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        uint32_t n = judged[parts[i].truth];
        double share = (double)n / (double)(count ? count : 1) * cells;
        unsigned width = n == 0 ? 0 : share < 1 ? 1 : (unsigned)(share + 0.5);

        width = width < end - col ? width : end - col;
        grid_fill(grid, at.row, col, col + width, parts[i].style,
                  parts[i].letter);
        col += width;
    }
    if (col < end)
        grid_bar(grid, at.row, col, end - col, 1, STYLE_NORMAL);
}

struct bin_line {
    uint64_t count, most, known;
    const uint32_t *judged;
};

static void
draw_counts(const struct bin_line *line, struct grid *grid, unsigned row,
            unsigned col)
{
    char count[BAR_COUNT];

    bar_count(line->count, count);
    col = grid_printf(grid, row, col, STYLE_NORMAL, "%11s %5.1f%%", count,
                      100 * (double)line->count /
                          (double)(line->known ? line->known : 1));
    if (grid->clip.cols < 72)
        return;
    if (line->judged[TRUTH_BAD])
        col = grid_printf(grid, row, col, STYLE_BAD, " x%u",
                          line->judged[TRUTH_BAD]);
    if (line->judged[TRUTH_GOOD])
        col = grid_printf(grid, row, col, STYLE_GOOD, " o%u",
                          line->judged[TRUTH_GOOD]);
    if (line->judged[TRUTH_UNSURE])
        grid_printf(grid, row, col, STYLE_WARN, " ?%u",
                    line->judged[TRUTH_UNSURE]);
}

static void
draw_line(const struct histogram_view *v, const struct bin_line *line,
          struct grid *grid, unsigned row)
{
    unsigned cols = grid->clip.cols;
    unsigned start = cols >= 60 ? RANGE_CELLS : 16;
    unsigned counts = cols >= 72 ? 34 : 18;
    unsigned width = cols > start + counts ? cols - start - counts : 0;
    double part =
        line->most ? scaled(v, line->count) / scaled(v, line->most) : 0;
    unsigned cells = (unsigned)(part * width + 0.5);

    if (line->count && cells == 0 && width)
        cells = 1;
    draw_bar(grid, (struct area){row, start, 1, width}, cells, line->count,
             line->judged);
    draw_counts(line, grid, row, start + width);
}

static void
draw_threshold(const struct histogram_view *v, struct grid *grid, unsigned row)
{
    char text[64];

    for (unsigned col = 2; col + 1 < grid->clip.cols; col += 2)
        grid_put(grid, row, col, STYLE_WARN, "-");
    (void)snprintf(text, sizeof(text), " threshold %.10g ", v->threshold);
    grid_put(grid, row, RANGE_CELLS < grid->clip.cols / 2 ? RANGE_CELLS : 4,
             STYLE_WARN, text);
}

/* Whether the threshold's line comes under this row: it is the last one of
 * which something is flagged. */
static bool
is_last_flagged(const struct histogram_view *v, const struct histogram *h,
                unsigned row)
{
    uint32_t bin = histogram_row_bin(h, row);
    bool last = row + 1 == h->bins;

    if (isnan(v->threshold))
        return false;
    if (h->bad == SCORE_BAD_LOW)
        return h->edges[bin] < v->threshold &&
               (last || h->edges[bin + 1] >= v->threshold);
    return h->edges[bin + 1] > v->threshold &&
           (last || h->edges[bin] <= v->threshold);
}

static void
draw_focus(struct grid *grid, unsigned row)
{
    grid_put(grid, row, 0, STYLE_BOLD, ">");
    grid_focus(grid, row, 0, true);
}

static void
draw_bins(const struct histogram_view *v, const struct desk_histogram *h,
          struct grid *grid)
{
    struct bin_line line = {.known = h->bins.known};
    unsigned row = 1;

    for (uint32_t bin = 0; bin < h->bins.bins; bin++) {
        uint64_t count = histogram_bin(&h->bins, bin);

        line.most = count > line.most ? count : line.most;
    }
    for (unsigned i = v->top; i < h->bins.bins && row <= v->bin_rows; i++) {
        uint32_t bin = histogram_row_bin(&h->bins, i);

        line.count = histogram_bin(&h->bins, bin);
        line.judged = h->judged[bin];
        draw_line(v, &line, grid, row);
        draw_range(&h->bins, bin, grid, row);
        if (i == v->at)
            draw_focus(grid, row);
        row++;
        if (is_last_flagged(v, &h->bins, i) && row <= v->bin_rows)
            draw_threshold(v, grid, row++);
    }
}

static void
draw_labels(const struct histogram_view *v, const struct desk_histogram *h,
            struct grid *grid)
{
    struct bin_line line = {.known = h->labels.known};

    for (unsigned i = v->top;
         i < h->labels.count && i - v->top + 1 < v->bin_rows; i++) {
        unsigned row = 1 + i - v->top;

        line.count = h->labels.list[i].count;
        line.most = h->labels.list[0].count;
        line.judged = h->judged[i];
        draw_line(v, &line, grid, row);
        grid_put_data(grid, row, 2,
                      grid->clip.cols >= 60 ? RANGE_CELLS - 3 : 13, STYLE_DATA,
                      h->labels.list[i].label);
        if (i == v->at)
            draw_focus(grid, row);
    }
}

/* What a threshold is worth, in lines of text. */
static void
put_words(const struct histogram_view *v, const struct desk_histogram *h,
          struct buf *out)
{
    struct calibration c = {.bad = h->bins.bad,
                            .threshold = v->threshold,
                            .flagged =
                                histogram_flagged(&h->bins, v->threshold),
                            .known = h->bins.known,
                            .unknown = h->bins.unknown,
                            .sample = h->judgements.sample};

    if (histogram_is_label(v))
        xbuf_printf(out, "%llu documents have labels, %llu none; %u judged\n",
                    (unsigned long long)h->labels.known,
                    (unsigned long long)h->labels.unknown, h->judgements.items);
    else if (h->bins.bins == 0)
        xbuf_append_str(out, STR_LIT("none of these documents has it\n"));
    else if (isnan(v->threshold))
        xbuf_append_str(out,
                        STR_LIT("no threshold yet: :threshold N puts one\n"));
    else {
        c.all = confusion_at(&h->points, c.bad, v->threshold, false);
        c.sampled = confusion_at(&h->points, c.bad, v->threshold, true);
        calibration_format(&c, out);
    }
    if (h->peers_hidden)
        xbuf_append_str(out, STR_LIT("what others judged counts once I have "
                                     "judged it (blind = peers)\n"));
}

static void
draw_words(const struct histogram_view *v, const struct desk_histogram *h,
           struct grid *grid)
{
    struct buf text = {0};
    struct str rest;
    unsigned row = 1 + v->bin_rows;

    put_words(v, h, &text);
    rest = buf_str(&text);
    for (unsigned i = 0; i < v->text_rows && rest.len > 0; i++) {
        size_t end = str_find(rest, STR_LIT("\n"), 0);

        end = end == SIZE_MAX ? rest.len : end;
        grid_put_data(grid, row++, 1, grid->clip.cols - 1,
                      i < 2 ? STYLE_DATA : STYLE_DATA_DIM,
                      str_slice(rest, 0, end));
        rest = str_slice(rest, end < rest.len ? end + 1 : end, rest.len);
    }
    buf_release(&text);
}

static void
draw_legend(struct grid *grid, unsigned row, bool running)
{
    unsigned col = 2;

    grid_rule(grid, row);
    col = grid_put(grid, row, col, STYLE_BAD, " x bad");
    col = grid_put(grid, row, col, STYLE_GOOD, "  o good");
    col = grid_put(grid, row, col, STYLE_WARN, "  ? unsure");
    col = grid_put(grid, row, col, STYLE_NORMAL, "  ");
    grid_bar(grid, row, col, 1, 1, STYLE_NORMAL);
    col = grid_put(grid, row, col + 1, STYLE_NORMAL, " not judged ");
    if (running)
        grid_put(grid, row, col, STYLE_TITLE, " counting ");
}

static void
draw_title(const struct histogram_view *v, struct grid *grid)
{
    const struct score_def *def = histogram_score(v);
    const struct desk_histogram *h = histogram_of_view(v);
    char count[BAR_COUNT];
    unsigned col;

    grid_rule(grid, 0);
    col = grid_put(grid, 0, 2, STYLE_TITLE, " ");
    col += grid_put_data(grid, 0, col, 30, STYLE_DATA_TITLE, str_of(def->name));
    if (h) {
        bar_count(histogram_is_label(v) ? h->labels.known : h->bins.known,
                  count);
        col = grid_printf(grid, 0, col, STYLE_NORMAL, "  %s documents", count);
    }
    if (!histogram_is_label(v))
        col = grid_put(grid, 0, col, STYLE_DIM,
                       def->bad == SCORE_BAD_LOW    ? "  low is bad"
                       : def->bad == SCORE_BAD_HIGH ? "  high is bad"
                                                    : "");
    if (v->log)
        col = grid_put(grid, 0, col, STYLE_NORMAL, "  log scale");
    grid_put(grid, 0, col, STYLE_NORMAL, " ");
}

void
histogram_draw(const struct view *view, struct grid *grid)
{
    const struct histogram_view *v = (const struct histogram_view *)view;
    const struct desk_histogram *h = histogram_of_view(v);
    struct str error = desk_histogram_error(view->app->desk);
    bool running = desk_histogram_is_running(view->app->desk);

    draw_title(v, grid);
    if (error.len > 0)
        grid_put_data(grid, 1, 2, grid->clip.cols, STYLE_DATA, error);
    else if (!h)
        grid_put(grid, 1, 2, STYLE_DIM, "counting ...");
    if (!h)
        return;
    if (histogram_is_label(v))
        draw_labels(v, h, grid);
    else
        draw_bins(v, h, grid);
    if (v->text_rows == 0)
        return;
    draw_legend(grid, v->bin_rows + 1, running);
    grid_clip(grid, (struct area){grid->clip.row + 1, grid->clip.col,
                                  grid->clip.rows - 1, grid->clip.cols});
    draw_words(v, h, grid);
}
