/* Puts the places of anchors on their diagonals, and cuts these into stretches
 * wherever an anchor of the output is missing. A diagonal's key is its row,
 * then its shift, made positive by the output's length: of one unit, places
 * come in the order of keys, so that units are merged one after the other. */
#include "config.h"

#include <stdlib.h>

#include "trace_part.h"

#define POINTS_MAX ((uint64_t)1 << 22)     /* at a time */
#define ROW_POINTS_MAX ((uint64_t)1 << 24) /* of one document */

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

/* Of all units; *most: of one. */
static uint64_t
count_points(const struct trace_part *part, uint64_t low, uint64_t high,
             size_t *most)
{
    uint64_t sum = 0;

    *most = 0;
    for (uint32_t i = 0; i < part->text->unit_count; i++) {
        const struct trace_places *places =
            &part->places[part->text->units[i].anchor];
        size_t count = lower_bound(places, high) - lower_bound(places, low);

        sum += count;
        *most = count > *most ? count : *most;
    }
    return sum;
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
           TRACE_WORD_WEIGHT * part->options->min_words;
    return stretch;
}

/* Whether two units, the second the next one, can be in one span. */
static bool
is_joined(const struct trace_text *text, uint32_t unit)
{
    const struct trace_unit *next = &text->units[unit + 1];

    return text->starts[next->at] <= text->units[unit].at;
}

/* A diagonal on which the unit at hand stands, and those before it from
 * `first` on. */
struct chain {
    uint64_t key;
    uint32_t first;
};

struct merging {
    const struct trace_part *part;
    struct chain *chains, *next;
    size_t count;
    const bool *alone; /* a stretch of this unit alone can be long enough */
    struct trace_stretches stretches;
    enum err_code code;
};

/* The next unit is not on it. */
static inline void
end_chain(struct merging *merging, const struct chain *chain, uint32_t last,
          struct error *err)
{
    struct trace_stretch stretch;
    bool far;

    if (chain->first == last && !merging->alone[last])
        return;
    stretch = stretch_of(merging->part, chain->key, chain->first, last, &far);
    if (far && merging->code == ERR_OK)
        merging->code = add_stretch(&merging->stretches, &stretch, err);
}

/* Go on with unit `unit`, whose places are list[0...count]. */
static void
merge_unit(struct merging *merging, uint32_t unit, const uint64_t *list,
           size_t count, struct error *err)
{
    const struct trace_text *text = merging->part->text;
    uint64_t add = text->word_count - text->units[unit].at;
    bool joined = unit > 0 && is_joined(text, unit - 1);
    struct chain *chains = merging->chains;
    struct chain *out = merging->next;
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t key = list[i] + add;
        uint32_t first = unit;

        while (at < merging->count && chains[at].key < key)
            end_chain(merging, &chains[at++], unit - 1, err);
        if (joined && at < merging->count && chains[at].key == key)
            first = chains[at++].first;
        *out++ = (struct chain){key, first};
    }
    while (at < merging->count)
        end_chain(merging, &chains[at++], unit - 1, err);
    merging->next = chains;
    merging->chains = out - count;
    merging->count = count;
}

/* Which units may be alone in a stretch. */
static bool *
find_alone(const struct trace_part *part)
{
    const struct trace_text *text = part->text;
    bool *alone = malloc(((size_t)text->unit_count + 1) * sizeof(*alone));

    for (uint32_t i = 0; alone && i < text->unit_count; i++)
        (void)stretch_of(part, text->word_count, i, i, &alone[i]);
    return alone;
}

static enum err_code
merge_rows(struct merging *merging, uint64_t low, uint64_t high,
           struct error *err)
{
    const struct trace_part *part = merging->part;
    const struct trace_text *text = part->text;

    for (uint32_t i = 0; merging->code == ERR_OK && i < text->unit_count; i++) {
        const struct trace_places *places =
            &part->places[text->units[i].anchor];
        size_t from = lower_bound(places, low);

        merge_unit(merging, i, places->list + from,
                   lower_bound(places, high) - from, err);
        if (merging->code == ERR_OK)
            merging->code = search_cancelled(part->search, err);
    }
    for (size_t i = 0; i < merging->count; i++)
        end_chain(merging, &merging->chains[i], text->unit_count - 1, err);
    return merging->code;
}

/* In the order of rows. */
static enum err_code
sort_stretches(const struct trace_part *part, struct trace_stretches *stretches,
               struct error *err)
{
    size_t count = stretches->count;
    struct keyed *keys = malloc((count + 1) * sizeof(*keys));
    struct trace_stretch *sorted = malloc((count + 1) * sizeof(*sorted));
    enum err_code code = keys && sorted ? ERR_OK : error_nomem(err);

    for (uint32_t i = 0; code == ERR_OK && i < count; i++)
        keys[i] = (struct keyed){.key = stretches->list[i].row, .doc = i};
    if (code == ERR_OK)
        code = order_sort(part->search, keys, (uint32_t)count, err);
    for (size_t i = 0; code == ERR_OK && i < count; i++)
        sorted[i] = stretches->list[keys[i].doc];
    free(keys);
    free(stretches->list);
    stretches->list = sorted;
    return code;
}

/* No unit has more than `most` places in these rows. */
static enum err_code
run_rows(struct trace_part *part, uint64_t low, uint64_t high, size_t most,
         struct error *err)
{
    struct chain *chains = calloc(most + 1, sizeof(*chains));
    struct chain *next = calloc(most + 1, sizeof(*next));
    bool *alone = find_alone(part);
    struct merging merging = {
        .part = part, .chains = chains, .next = next, .alone = alone};
    enum err_code code = chains && next && alone ? ERR_OK : error_nomem(err);

    if (code == ERR_OK)
        code = merge_rows(&merging, low, high, err);
    free(chains);
    free(next);
    free(alone);
    if (code == ERR_OK)
        code = sort_stretches(part, &merging.stretches, err);
    if (code == ERR_OK)
        code = trace_extend(part, &merging.stretches, err);
    free(merging.stretches.list);
    if (code == ERR_OK)
        code = trace_hits_prune(&part->hits, part->text->word_count, err);
    return code;
}

/* As many rows at a time as have few enough points. */
static enum err_code
run_between(struct trace_part *part, uint64_t low, uint64_t high,
            struct error *err)
{
    size_t most;
    uint64_t count = count_points(part, low, high, &most);
    enum err_code code;

    if (count == 0)
        return ERR_OK;
    if (count <= POINTS_MAX || (high - low == 1 && count <= ROW_POINTS_MAX))
        return run_rows(part, low, high, most, err);
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
