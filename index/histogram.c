/* Counting the values of a score in bins: first their range, then where each
 * lies. Columns are mapped, so that both are passes over memory. */
#include "config.h"

#include "stet/histogram.h"

#include <math.h>
#include <stdlib.h>

#include "index/histogram_edges.h"
#include "stet/xalloc.h"

#define BLOCK 1024u /* documents whose values are fetched at once */

/* A walk over the values of the documents that are asked for. */
struct walk {
    struct index *index;
    const struct histogram_spec *spec;
    struct histogram *h;
    const double *cuts; /* rounded as the partition's column is */
    void (*value)(struct walk *walk, uint32_t doc, double value);
    uint32_t least, most; /* documents that have them */
};

static enum err_code
walk_partition(struct walk *walk, uint32_t first, uint32_t end,
               const struct bits *docs, struct error *err)
{
    double values[BLOCK];

    for (uint32_t doc = first; doc < end; doc += BLOCK) {
        uint32_t stop = end - doc > BLOCK ? doc + BLOCK : end;
        uint32_t at = bits_next(docs, doc);

        if (walk->spec->cancel &&
            __atomic_load_n(walk->spec->cancel, __ATOMIC_RELAXED))
            return error_set(err, ERR_CANCELLED, "stopped");
        if (at >= stop)
            continue;
        index_scores(walk->index, walk->spec->score, doc, stop - doc, values);
        for (; at < stop; at++)
            if (bits_get(docs, at))
                walk->value(walk, at, values[at - doc]);
    }
    return ERR_OK;
}

static void
take_range(struct walk *walk, uint32_t doc, double value)
{
    struct histogram *h = walk->h;

    if (!isfinite(value)) {
        h->unknown++;
        return;
    }
    if (!(value >= h->least)) {
        h->least = value;
        walk->least = doc;
    }
    if (!(value <= h->most)) {
        h->most = value;
        walk->most = doc;
    }
    h->known++;
}

/* The interval between cuts that a value lies in. */
static uint32_t
interval_of(const struct histogram *h, const double *cuts, double value)
{
    uint32_t low = 0;
    uint32_t high = h->cut_count - 1;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        bool above = h->bad == SCORE_BAD_LOW ? value > cuts[middle]
                                             : value >= cuts[middle];

        if (above)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void
take_value(struct walk *walk, uint32_t doc, double value)
{
    struct histogram *h = walk->h;
    uint32_t at;

    (void)doc;
    if (!isfinite(value))
        return;
    at = interval_of(h, walk->cuts, value);
    h->between[at]++;
    h->on_cut[at] += value == walk->cuts[at];
    h->on_cut[at + 1] += value == walk->cuts[at + 1];
}

static enum err_code
find_range(struct walk *walk, const struct bits *docs, struct error *err)
{
    walk->value = take_range;
    for (unsigned p = 0; p < index_partition_count(walk->index); p++) {
        uint32_t first;
        uint32_t end;
        enum err_code code;

        index_partition_range(walk->index, p, &first, &end);
        code = walk_partition(walk, first, end, docs, err);
        if (code)
            return code;
    }
    if (walk->h->known) {
        walk->h->least =
            index_score_decimal(walk->index, walk->spec->score, walk->least);
        walk->h->most =
            index_score_decimal(walk->index, walk->spec->score, walk->most);
    }
    return ERR_OK;
}

static enum err_code
count_values(struct walk *walk, const struct bits *docs, struct error *err)
{
    struct histogram *h = walk->h;
    double *cuts = xcalloc(h->cut_count, sizeof(*cuts));
    enum err_code code = ERR_OK;

    walk->value = take_value;
    walk->cuts = cuts;
    for (unsigned p = 0; !code && p < index_partition_count(walk->index); p++) {
        uint32_t first;
        uint32_t end;

        index_partition_range(walk->index, p, &first, &end);
        if (first == end)
            continue;
        for (uint32_t i = 0; i < h->cut_count; i++)
            cuts[i] = index_score_round(walk->index, walk->spec->score, first,
                                        h->cuts[i]);
        code = walk_partition(walk, first, end, docs, err);
    }
    free(cuts);
    return code;
}

enum err_code
histogram_count(struct histogram *out, struct index *index,
                const struct histogram_spec *spec, struct error *err)
{
    const struct score_def *def = index_score_def(index, spec->score);
    const struct bits *docs = spec->docs ? spec->docs : index_live(index);
    struct histogram h = {
        .bad = def->bad, .least = (double)NAN, .most = (double)NAN};
    struct walk walk = {.index = index, .spec = spec, .h = &h};
    enum err_code code = find_range(&walk, docs, err);

    if (!code && h.known) {
        histogram_set_edges(&h, def, spec->bins, spec->threshold);
        code = count_values(&walk, docs, err);
    }
    if (code) {
        histogram_release(&h);
        return code;
    }
    *out = h;
    return ERR_OK;
}

void
histogram_release(struct histogram *histogram)
{
    free(histogram->edges);
    free(histogram->cuts);
    free(histogram->between);
    free(histogram->on_cut);
    *histogram = (struct histogram){0};
}

uint64_t
histogram_bin(const struct histogram *h, uint32_t bin)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i + 1 < h->cut_count; i++)
        if (h->cuts[i] >= h->edges[bin] && h->cuts[i] < h->edges[bin + 1])
            count += h->between[i];
    return count;
}

uint32_t
histogram_bin_of(const struct histogram *h, double value)
{
    if (!isfinite(value) || h->bins == 0)
        return UINT32_MAX;
    for (uint32_t bin = 0; bin + 1 < h->bins; bin++)
        if (h->bad == SCORE_BAD_LOW ? value <= h->edges[bin + 1]
                                    : value < h->edges[bin + 1])
            return bin;
    return h->bins - 1;
}

uint64_t
histogram_flagged(const struct histogram *h, double threshold)
{
    uint32_t last = h->cut_count ? h->cut_count - 1 : 0;
    uint64_t count = 0;

    if (h->bins == 0)
        return 0;
    if (h->bad == SCORE_BAD_LOW ? threshold == h->cuts[0]
                                : threshold == h->cuts[last])
        return h->on_cut[h->bad == SCORE_BAD_LOW ? 0 : last];

    for (uint32_t i = 0; i + 1 < h->cut_count; i++)
        if (h->bad == SCORE_BAD_LOW ? h->cuts[i + 1] <= threshold
                                    : h->cuts[i] >= threshold)
            count += h->between[i];
    return count;
}

uint32_t
histogram_cut_near(const struct histogram *h, double value)
{
    uint32_t best = 0;

    for (uint32_t i = 1; i < h->cut_count; i++)
        if (fabs(h->cuts[i] - value) < fabs(h->cuts[best] - value))
            best = i;
    return best;
}
