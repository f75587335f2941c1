/* Where the bins of a histogram end: round numbers, as few as fit. */
#include "config.h"

#include "index/histogram_edges.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/xalloc.h"

#define DECADES_LOG 2 /* values that span more are binned by factors */

/* The number that is shown: what a query with it would compare to. */
static double
rounded(double value)
{
    char text[40];

    (void)snprintf(text, sizeof(text), "%.10g", value);
    return strtod(text, NULL);
}

static void
set_linear(struct histogram *h, double step, double low, double high)
{
    double first = floor(low / step + 1e-9);
    double last = ceil(high / step - 1e-9);

    if (last <= first)
        last = first + 1;
    h->bins = (uint32_t)(last - first);
    h->edges = xcalloc(h->bins + 1, sizeof(*h->edges));
    for (uint32_t i = 0; i <= h->bins; i++)
        h->edges[i] = rounded((first + i) * step);
}

/* 1, 2, 2.5 or 5 times a power of ten. */
static void
find_linear(struct histogram *h, unsigned max, double low, double high)
{
    static const double steps[] = {1, 2, 2.5, 5};
    double span = high > low ? high - low : fmax(fabs(high), 1) * 1e-3;
    int power = (int)floor(log10(span / max));

    for (size_t i = 0;; i++) {
        double step = steps[i % 4] * pow(10, power + (int)(i / 4));

        if (ceil(high / step - 1e-9) - floor(low / step + 1e-9) <= max) {
            set_linear(h, step, low, high);
            return;
        }
    }
}

/* Whole numbers, each a bin: (2, 3] where low is bad, else [3, 4). */
static bool
find_scale(struct histogram *h, unsigned max, double low, double high)
{
    bool below = h->bad == SCORE_BAD_LOW;

    low = floor(low) - below;
    high = ceil(high) + !below;
    if (high - low > max)
        return false;
    h->is_scale = true;
    set_linear(h, 1, low, high);
    return true;
}

/* Each decade cut alike; so few that they fit. */
static bool
find_log(struct histogram *h, unsigned max, double low, double high)
{
    static const double parts[][5] = {
        {1, 1.5, 2, 3, 5}, {1, 2, 5}, {1, 3}, {1}};
    static const unsigned counts[] = {5, 3, 2, 1};
    int first = (int)floor(log10(low));
    int last = (int)ceil(log10(high) + 1e-12);

    if (last == first)
        last++;
    for (size_t p = 0; p < sizeof(counts) / sizeof(counts[0]); p++) {
        uint32_t bins = (uint32_t)(last - first) * counts[p];

        if (bins > max)
            continue;
        h->is_log = true;
        h->bins = bins;
        h->edges = xcalloc(bins + 1, sizeof(*h->edges));
        for (uint32_t i = 0; i <= bins; i++)
            h->edges[i] = rounded(parts[p][i % counts[p]] *
                                  pow(10, first + (int)(i / counts[p])));
        return true;
    }
    return false;
}

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static void
set_cuts(struct histogram *h, double threshold)
{
    uint32_t most = h->bins * HISTOGRAM_STEPS + 2;
    uint32_t kept = 0;
    double *cuts = xcalloc(most, sizeof(*cuts));
    uint32_t count = 0;

    for (uint32_t bin = 0; bin < h->bins; bin++) {
        double width = h->edges[bin + 1] - h->edges[bin];

        cuts[count++] = h->edges[bin];
        for (unsigned step = 1; step < HISTOGRAM_STEPS && !h->is_scale; step++)
            cuts[count++] =
                rounded(h->edges[bin] + width * step / HISTOGRAM_STEPS);
    }
    cuts[count++] = h->edges[h->bins];
    if (threshold > h->edges[0] && threshold < h->edges[h->bins])
        cuts[count++] = threshold;
    qsort(cuts, count, sizeof(*cuts), compare_doubles);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || cuts[i] > cuts[kept - 1])
            cuts[kept++] = cuts[i];
    h->cuts = cuts;
    h->cut_count = kept;
    h->between = xcalloc(kept, sizeof(*h->between));
    h->on_cut = xcalloc(kept, sizeof(*h->on_cut));
}

void
histogram_set_edges(struct histogram *h, const struct score_def *def,
                    unsigned max, double threshold)
{
    double low = h->least;
    double high = h->most;
    bool ranged = isfinite(def->min) && isfinite(def->max) &&
                  def->max > def->min && def->min <= low && high <= def->max;

    if (max < 2)
        max = 2;
    if (max > HISTOGRAM_BINS_MAX)
        max = HISTOGRAM_BINS_MAX;
    if (ranged) {
        low = def->min;
        high = def->max;
    }
    if (!((def->kind == SCORE_SCALE && find_scale(h, max, low, high)) ||
          (!ranged && low > 0 && high > 1 && log10(high / low) > DECADES_LOG &&
           find_log(h, max, low, high))))
        find_linear(h, max, low, high);
    set_cuts(h, threshold);
}
