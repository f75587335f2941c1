/* Puts the places of anchors on their diagonals, and cuts these into stretches
 * wherever an anchor of the output is missing. */
#include "config.h"

#include <stdlib.h>

#include "trace_part.h"

#define POINTS_MAX ((size_t)1 << 20) /* at a time: 16 bytes each, twice */

/* First place of an anchor in rows from `row` on. */
static size_t
lower_bound(const struct trace_places *places, uint64_t row)
{
    size_t low = 0;
    size_t high = places->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (places->list[middle] >> 32 < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint64_t
count_points(const struct trace_part *part, uint64_t low, uint64_t high)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < part->text->unit_count; i++) {
        const struct trace_places *places =
            &part->places[part->text->units[i].anchor];

        count += lower_bound(places, high) - lower_bound(places, low);
    }
    return count;
}

/* A point's key orders by row, then diagonal: the shift is made positive by the
 * output's length. `doc` is the number of the unit. */
static void
fill_points(const struct trace_part *part, uint64_t low, uint64_t high,
            struct keyed *points)
{
    const struct trace_text *text = part->text;

    for (uint32_t i = 0; i < text->unit_count; i++) {
        const struct trace_places *places =
            &part->places[text->units[i].anchor];
        size_t end = lower_bound(places, high);
        uint64_t add = text->word_count - text->units[i].at;

        for (size_t at = lower_bound(places, low); at < end; at++)
            *points++ = (struct keyed){.key = places->list[at] + add, .doc = i};
    }
}

static enum err_code
add_stretch(struct trace_stretches *stretches,
            const struct trace_stretch *stretch, struct error *err)
{
    if (stretches->count == stretches->cap) {
        size_t cap = stretches->cap ? stretches->cap * 2 : 1024;
        struct trace_stretch *list =
            realloc(stretches->list, cap * sizeof(*list));

        if (!list)
            return error_nomem(err);
        stretches->list = list;
        stretches->cap = cap;
    }
    stretches->list[stretches->count++] = *stretch;
    return ERR_OK;
}

/* The stretch of units [first, last] on a diagonal: not over the whole of the
 * units before and after, which are missing. *far: long enough. */
static struct trace_stretch
stretch_of(const struct trace_part *part, uint64_t key, uint32_t first,
           uint32_t last, bool *far)
{
    const struct trace_text *text = part->text;
    const struct trace_unit *units = text->units;
    const struct trace_unit *end = &units[last];
    struct trace_stretch stretch = {
        .row = (uint32_t)(key >> 32),
        .shift = (int64_t)(key & UINT32_MAX) - (int64_t)text->word_count,
        .unit = first,
        .last = last,
        .low = text->starts[units[first].at],
        .high = text->ends[end->at + end->length - 1],
    };

    if (first > 0 && units[first - 1].at + 1 > stretch.low)
        stretch.low = units[first - 1].at + 1;
    if (stretch.shift < 0 && (uint32_t)-stretch.shift > stretch.low)
        stretch.low = (uint32_t)-stretch.shift;
    if (last + 1 < text->unit_count) {
        uint32_t high = units[last + 1].at + units[last + 1].length - 1;

        if (high < stretch.high)
            stretch.high = high;
    }
    *far = trace_text_weight(text, stretch.low, stretch.high) >=
           2 * part->options->min_words;
    return stretch;
}

/* Whether two units, the second the next one, can be in one span. */
static bool
is_joined(const struct trace_text *text, uint32_t unit)
{
    const struct trace_unit *next = &text->units[unit + 1];

    return text->starts[next->at] <= text->units[unit].at;
}

static enum err_code
cut_stretches(const struct trace_part *part, const struct keyed *points,
              size_t count, struct trace_stretches *stretches,
              struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t at = 0; code == ERR_OK && at < count;) {
        size_t end = at + 1;
        struct trace_stretch stretch;
        bool far;

        while (end < count && points[end].key == points[at].key &&
               points[end].doc == points[end - 1].doc + 1 &&
               is_joined(part->text, points[end - 1].doc))
            end++;
        stretch = stretch_of(part, points[at].key, points[at].doc,
                             points[end - 1].doc, &far);
        if (far)
            code = add_stretch(stretches, &stretch, err);
        at = end;
    }
    return code;
}

static enum err_code
run_rows(struct trace_part *part, uint64_t low, uint64_t high, size_t count,
         struct error *err)
{
    struct keyed *points = malloc((count + 1) * sizeof(*points));
    struct trace_stretches stretches = {0};
    enum err_code code = points ? ERR_OK : error_nomem(err);

    if (code == ERR_OK) {
        fill_points(part, low, high, points);
        code = order_sort(part->search, points, (uint32_t)count, err);
    }
    if (code == ERR_OK)
        code = cut_stretches(part, points, count, &stretches, err);
    free(points);
    if (code == ERR_OK)
        code = trace_extend(part, &stretches, err);
    free(stretches.list);
    if (code == ERR_OK)
        code = trace_hits_prune(&part->hits, part->text->word_count, err);
    return code;
}

/* As many rows at a time as have few enough points. */
static enum err_code
run_between(struct trace_part *part, uint64_t low, uint64_t high,
            struct error *err)
{
    uint64_t count = count_points(part, low, high);
    enum err_code code;

    if (count == 0)
        return ERR_OK;
    if (count <= POINTS_MAX)
        return run_rows(part, low, high, (size_t)count, err);
    if (high - low == 1) {
        part->dropped_documents++;
        return ERR_OK;
    }
    code = run_between(part, low, low + (high - low) / 2, err);
    if (code == ERR_OK)
        code = run_between(part, low + (high - low) / 2, high, err);
    return code;
}

enum err_code
trace_points_run(struct trace_part *part, struct error *err)
{
    return run_between(part, 1, (uint64_t)(part->end - part->first) + 1, err);
}
