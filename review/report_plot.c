/* A report card's plots. All have one width, in units of the viewBox; colours
 * and type are the page's classes. */
#include "config.h"

#include "review/report_plot.h"

#include <math.h>
#include <stdio.h>

#include "review/html.h"

#define WIDTH 460.0
#define HEIGHT 230.0
#define LEFT 54.0
#define RIGHT 12.0
#define TOP 26.0
#define BOTTOM 36.0
#define LOG_FROM \
    1000.0 /* largest over smallest bar: from here on a log scale */

static void
begin(struct buf *out, double height, const char *title)
{
    xbuf_printf(out,
                "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
                "aria-label=\"%s\"><title>%s</title>\n",
                WIDTH, height, title, title);
}

static void
end(struct buf *out)
{
    xbuf_append_str(out, STR_LIT("</svg>\n"));
}

static void
line(struct buf *out, const char *class, const double from[2],
     const double to[2])
{
    xbuf_printf(out,
                "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
                "y2=\"%.1f\"/>\n",
                class, from[0], from[1], to[0], to[1]);
}

static void
label(struct buf *out, const char *anchor, double x, double y, const char *text)
{
    xbuf_printf(out,
                "<text text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n",
                anchor, x, y, text);
}

static void
dot(struct buf *out, const char *class, double x, double y)
{
    xbuf_printf(out, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>\n",
                class, x, y);
}

static double
y_of(double share)
{
    return TOP + (1 - share) * (HEIGHT - TOP - BOTTOM);
}

/* Where the end of a bin is: bins are of one width, also those of a log scale.
 */
static double
x_of_edge(const struct histogram *h, uint32_t edge)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * edge / h->bins;
}

static double
x_of_value(const struct histogram *h, double value)
{
    uint32_t bin = 0;
    double low;
    double high;
    double part;

    while (bin + 1 < h->bins && value >= h->edges[bin + 1])
        bin++;
    low = h->edges[bin];
    high = h->edges[bin + 1];
    part = h->is_log && low > 0 ? log(value / low) / log(high / low)
                                : (value - low) / (high - low);
    part = fmin(1, fmax(0, part));
    return x_of_edge(h, bin) + part * (x_of_edge(h, 1) - LEFT);
}

/* The ends of the bins, or, where a bin is one number, these. */
static void
x_axis(const struct histogram *h, struct buf *out)
{
    uint32_t every = h->bins > 8 ? 2 : 1;
    const double from[2] = {LEFT, HEIGHT - BOTTOM};
    const double to[2] = {WIDTH - RIGHT, HEIGHT - BOTTOM};
    char text[40];

    line(out, "axis", from, to);
    if (h->is_scale) {
        for (uint32_t bin = 0; bin < h->bins; bin += every) {
            (void)snprintf(text, sizeof(text), "%.6g",
                           h->edges[h->bad == SCORE_BAD_LOW ? bin + 1 : bin]);
            label(out, "middle",
                  (x_of_edge(h, bin) + x_of_edge(h, bin + 1)) / 2,
                  HEIGHT - BOTTOM + 14, text);
        }
        return;
    }
    for (uint32_t edge = 0; edge <= h->bins; edge += every) {
        (void)snprintf(text, sizeof(text), "%.4g", h->edges[edge]);
        label(out, "middle", x_of_edge(h, edge), HEIGHT - BOTTOM + 14, text);
    }
}

static void
threshold_line(const struct report_score *score, struct buf *out)
{
    double threshold = score->at.threshold;
    double x;
    char text[40];

    if (isnan(threshold))
        return;
    x = x_of_value(&score->bins, threshold);
    line(out, "threshold", (double[2]){x, TOP - 12},
         (double[2]){x, HEIGHT - BOTTOM});
    (void)snprintf(text, sizeof(text), "%.6g", threshold);
    label(out, x > WIDTH / 2 ? "end" : "start", x + (x > WIDTH / 2 ? -4 : 4),
          TOP - 14, text);
}

/* How high a bar is, 0..1. */
struct heights {
    double most;
    bool is_log;
};

static double
height_of(const struct heights *heights, double value)
{
    if (value <= 0)
        return 0;
    return heights->is_log ? log10(2 * value) / log10(2 * heights->most)
                           : value / heights->most;
}

static struct heights
heights_make(const struct histogram *h)
{
    double least = HUGE_VAL;
    struct heights heights = {1, false};

    for (uint32_t bin = 0; bin < h->bins; bin++) {
        double value = (double)histogram_bin(h, bin);

        heights.most = fmax(heights.most, value);
        if (value > 0)
            least = fmin(least, value);
    }
    heights.is_log = heights.most / least >= LOG_FROM;
    return heights;
}

static void
y_tick(double height, const char *text, struct buf *out)
{
    double y = y_of(height);

    line(out, "grid", (double[2]){LEFT, y}, (double[2]){WIDTH - RIGHT, y});
    label(out, "end", LEFT - 5, y + 4, text);
}

static double
round_step(double about)
{
    double power = pow(10, floor(log10(about)));
    double part = about / power;

    return fmax(1, power * (part > 5 ? 10 : part > 2 ? 5 : part > 1 ? 2 : 1));
}

static void
y_counts(const struct heights *heights, struct buf *out)
{
    double step = round_step(heights->most / 4);
    struct buf text = {0};

    for (unsigned i = 0;; i++) {
        double value = heights->is_log ? pow(10, i) : i * step;

        if (value > heights->most)
            break;
        buf_clear(&text);
        html_count(&text, (uint64_t)value);
        y_tick(height_of(heights, value), xbuf_cstr(&text), out);
    }
    buf_release(&text);
}

static void
y_percent(struct buf *out)
{
    for (unsigned i = 0; i <= 4; i++) {
        char text[8];

        (void)snprintf(text, sizeof(text), "%u%%", 25 * i);
        y_tick(0.25 * i, text, out);
    }
}

/* A bar from x to x; nothing of it on one side of the threshold is of the
 * other's colour. */
static void
bar(struct buf *out, const char *class, const double x[2], double height)
{
    if (x[1] - x[0] < 0.05)
        return;
    xbuf_printf(out,
                "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                "height=\"%.1f\"/>\n",
                class, x[0], y_of(height), x[1] - x[0],
                HEIGHT - BOTTOM - y_of(height));
}

static void
bar_count(struct buf *out, double x, double height, uint64_t count)
{
    struct buf text = {0};

    html_count(&text, count);
    xbuf_printf(out,
                "<text class=\"count\" text-anchor=\"middle\" x=\"%.1f\" "
                "y=\"%.1f\">%s</text>\n",
                x, y_of(height) - 3, xbuf_cstr(&text));
    buf_release(&text);
}

void
plot_histogram(const struct report_score *score, struct buf *out)
{
    const struct histogram *h = &score->bins;
    struct heights heights = heights_make(h);
    double cut = isnan(score->at.threshold)
                     ? (double)NAN
                     : x_of_value(h, score->at.threshold);
    bool low_is_bad = h->bad == SCORE_BAD_LOW;

    begin(out, HEIGHT, "Documents by score");
    y_counts(&heights, out);
    for (uint32_t bin = 0; bin < h->bins; bin++) {
        double height = height_of(&heights, (double)histogram_bin(h, bin));
        double left = x_of_edge(h, bin) + 1;
        double right = x_of_edge(h, bin + 1) - 1;
        double middle = isnan(cut) ? right : fmin(right, fmax(left, cut));

        if (height <= 0)
            continue;
        height = fmax(height, 0.006);
        bar(out, low_is_bad && !isnan(cut) ? "flagged" : "bar",
            (double[2]){left, middle}, height);
        bar(out, low_is_bad ? "bar" : "flagged", (double[2]){middle, right},
            height);
        bar_count(out, (left + right) / 2, height, histogram_bin(h, bin));
    }
    threshold_line(score, out);
    x_axis(h, out);
    label(out, "end", WIDTH - RIGHT, HEIGHT - 4,
          heights.is_log ? "score; documents on a log scale" : "score");
    end(out);
}

static void
whisker(struct buf *out, double x, const struct share *share)
{
    double low = y_of(share->interval.low);
    double high = y_of(share->interval.high);

    line(out, "whisker", (double[2]){x, low}, (double[2]){x, high});
    line(out, "whisker", (double[2]){x - 3, low}, (double[2]){x + 3, low});
    line(out, "whisker", (double[2]){x - 3, high}, (double[2]){x + 3, high});
}

void
plot_bands(const struct report_score *score, bool sampled, struct buf *out)
{
    const struct histogram *h = &score->bins;
    bool turned = h->bad == SCORE_BAD_LOW;

    begin(out, HEIGHT, "Judged bad, by score");
    y_percent(out);
    if (score->is_probability && h->edges[0] >= 0 && h->edges[h->bins] <= 1)
        line(out, "ideal",
             (double[2]){LEFT, y_of(turned ? 1 - h->edges[0] : h->edges[0])},
             (double[2]){WIDTH - RIGHT, y_of(turned ? 1 - h->edges[h->bins]
                                                    : h->edges[h->bins])});
    for (uint32_t bin = 0; bin < h->bins; bin++) {
        const struct share *bad = &score->bad[bin];
        double x = (x_of_edge(h, bin) + x_of_edge(h, bin + 1)) / 2;
        char text[32];

        if (bad->whole == 0)
            continue;
        if (sampled)
            whisker(out, x, bad);
        dot(out, "bad", x, y_of((double)bad->part / (double)bad->whole));
        (void)snprintf(text, sizeof(text), "%llu",
                       (unsigned long long)bad->whole);
        label(out, "middle", x, HEIGHT - 4, text);
    }
    label(out, "end", LEFT - 5, HEIGHT - 4, "n");
    threshold_line(score, out);
    x_axis(h, out);
    end(out);
}

static void
curve(const struct report_score *score, bool recall, struct buf *out)
{
    const struct histogram *h = &score->bins;
    const char *class = recall ? "recall" : "precision";
    bool open = false;

    for (uint32_t edge = 0; edge <= h->bins; edge++) {
        struct share share = recall ? confusion_recall(&score->edges[edge])
                                    : confusion_precision(&score->edges[edge]);

        if (share.whole == 0)
            continue;
        xbuf_printf(out, "%s%.1f,%.1f",
                    open     ? " "
                    : recall ? "<polyline class=\"recall\" points=\""
                             : "<polyline class=\"precision\" points=\"",
                    x_of_edge(h, edge),
                    y_of((double)share.part / (double)share.whole));
        open = true;
    }
    if (open)
        xbuf_append_str(out, STR_LIT("\"/>\n"));
    for (uint32_t edge = 0; edge <= h->bins; edge++) {
        struct share share = recall ? confusion_recall(&score->edges[edge])
                                    : confusion_precision(&score->edges[edge]);

        if (share.whole)
            dot(out, class, x_of_edge(h, edge),
                y_of((double)share.part / (double)share.whole));
    }
}

void
plot_thresholds(const struct report_score *score, struct buf *out)
{
    begin(out, HEIGHT, "Precision and recall, by threshold");
    y_percent(out);
    curve(score, false, out);
    curve(score, true, out);
    threshold_line(score, out);
    x_axis(&score->bins, out);
    dot(out, "precision", LEFT + 4, HEIGHT - 8);
    label(out, "start", LEFT + 12, HEIGHT - 4, "precision");
    dot(out, "recall", LEFT + 84, HEIGHT - 8);
    label(out, "start", LEFT + 92, HEIGHT - 4, "recall");
    end(out);
}

#define ROW 22.0
#define NAMES 170.0 /* room for the rows' names */
#define FIGURES 118.0
#define NAME_CELLS 24

static void
row_name(struct buf *out, struct str name, double y)
{
    xbuf_printf(out, "<text text-anchor=\"end\" x=\"%.1f\" y=\"%.1f\">",
                NAMES - 8, y + 4);
    html_text(out, name, NAME_CELLS);
    xbuf_append_str(out, STR_LIT("<title>"));
    html_text(out, name, 200);
    xbuf_append_str(out, STR_LIT("</title></text>\n"));
}

struct share_axis {
    double most; /* the share at the right end */
    bool sampled;
};

static struct share_axis
share_axis_make(const struct plot_share *rows, size_t count, bool sampled)
{
    static const double ends[] = {0.01, 0.02, 0.04, 0.1, 0.2, 0.4, 1};
    double most = 0;
    size_t end = 0;

    for (size_t i = 0; i < count; i++)
        if (rows[i].share.whole)
            most = fmax(most, sampled ? rows[i].share.interval.high
                                      : (double)rows[i].share.part /
                                            (double)rows[i].share.whole);
    while (most > ends[end] && ends[end] < 1)
        end++;
    return (struct share_axis){ends[end], sampled};
}

static double
x_of_share(double share, double most)
{
    return NAMES + share / most * (WIDTH - NAMES - FIGURES);
}

static void
share_row(const struct plot_share *row, double y, const struct share_axis *axis,
          struct buf *out)
{
    double share;
    char text[64];

    row_name(out, row->name, y);
    if (row->share.whole == 0) {
        label(out, "start", WIDTH - FIGURES + 8, y + 4, "none judged");
        return;
    }
    share = (double)row->share.part / (double)row->share.whole;
    if (axis->sampled)
        line(out, "whisker",
             (double[2]){x_of_share(row->share.interval.low, axis->most), y},
             (double[2]){x_of_share(row->share.interval.high, axis->most), y});
    dot(out, "bad", x_of_share(share, axis->most), y);
    (void)snprintf(text, sizeof(text), "%.1f%% of %llu", 100 * share,
                   (unsigned long long)row->share.whole);
    label(out, "start", WIDTH - FIGURES + 8, y + 4, text);
}

void
plot_shares(const struct plot_share *rows, size_t count, bool sampled,
            struct buf *out)
{
    struct share_axis axis = share_axis_make(rows, count, sampled);
    double height = 26 + ROW * (double)count;

    begin(out, height, "Judged bad, by source");
    for (unsigned i = 0; i <= 4; i++) {
        double x = x_of_share(0.25 * axis.most * i, axis.most);
        char text[16];

        line(out, "grid", (double[2]){x, 4}, (double[2]){x, height - 20});
        (void)snprintf(text, sizeof(text), "%g%%", 25 * axis.most * i);
        label(out, "middle", x, height - 6, text);
    }
    for (size_t i = 0; i < count; i++)
        share_row(&rows[i], 14 + ROW * (double)i, &axis, out);
    end(out);
}

static void
one_bar(struct buf *out, const char *class, const double at[2], double width)
{
    xbuf_printf(out,
                "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                "height=\"%.1f\"/>\n",
                class, NAMES, at[0], fmax(width, 0.5), at[1]);
}

void
plot_bars(const struct plot_bar *rows, size_t count, const char *title,
          struct buf *out)
{
    double most = 0;
    double room = WIDTH - NAMES - FIGURES;

    for (size_t i = 0; i < count; i++)
        most = fmax(most, isnan(rows[i].before)
                              ? rows[i].now
                              : fmax(rows[i].now, rows[i].before));
    most = most > 0 ? most : 1;
    begin(out, 8 + ROW * (double)count, title);
    for (size_t i = 0; i < count; i++) {
        double y = 14 + ROW * (double)i;
        bool two = !isnan(rows[i].before);
        char text[80];

        row_name(out, rows[i].name, y);
        one_bar(out, "bar", (double[2]){y - 7, two ? 7 : 14},
                room * rows[i].now / most);
        if (two)
            one_bar(out, "before", (double[2]){y + 1, 6},
                    room * rows[i].before / most);
        if (two)
            (void)snprintf(text, sizeof(text), "%.*f (was %.*f)",
                           rows[i].decimals, rows[i].now, rows[i].decimals,
                           rows[i].before);
        else
            (void)snprintf(text, sizeof(text), "%.*f", rows[i].decimals,
                           rows[i].now);
        label(out, "start", WIDTH - FIGURES + 8, y + 4, text);
    }
    end(out);
}
