/* Reads where the anchors stand. Those of terms come from their doclists. A
 * phrase has only frequent characters: the places of all these are read side by
 * side, some rows at a time, and compared. */
#include "config.h"

#include <stdlib.h>

#include "doclist_read.h"
#include "doclist_seek.h"
#include "stet/pool.h"
#include "trace_part.h"

#define PLACES_MAX ((size_t)1 << 20)      /* of an anchor in a partition */
#define WINDOW_TOKENS ((uint64_t)1 << 21) /* of the rows at a time */
#define WINDOW_ROWS 65536u

bool
trace_places_add(struct trace_places *places, uint32_t row, uint32_t place)
{
    uint64_t value = (uint64_t)row << 32 | place;

    if (places->count == places->cap) {
        size_t cap = places->cap ? places->cap * 2 : 64;
        uint64_t *list = realloc(places->list, cap * sizeof(*list));

        if (!list)
            return false;
        places->list = list;
        places->cap = cap;
    }
    if (places->count == 0 || places->list[places->count - 1] >> 32 != row)
        places->documents++;
    places->list[places->count++] = value;
    return true;
}

static void
forget(struct trace_places *places)
{
    free(places->list);
    places->list = NULL;
    places->count = places->cap = 0;
    places->over = true;
}

/* --- terms --- */

struct taking {
    const struct trace_part *part;
    struct trace_places *places;
    bool failed;
    bool unsorted;
};

static void
take_place(void *ctx, uint32_t row, uint32_t place)
{
    struct taking *taking = ctx;
    struct trace_places *places = taking->places;

    if (taking->failed || places->over ||
        !bits_get(index_live(taking->part->search->index),
                  taking->part->first + row - 1))
        return;
    if (places->count > 0 &&
        places->list[places->count - 1] > ((uint64_t)row << 32 | place))
        taking->unsorted = true;
    if (!trace_places_add(places, row, place))
        taking->failed = true;
    else if (places->count > PLACES_MAX)
        forget(places);
}

static int
compare_places(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;

    return (*x > *y) - (*x < *y);
}

enum err_code
trace_places_terms(struct trace_part *part, struct error *err)
{
    const struct trace_text *text = part->text;
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < text->anchor_count; i++) {
        const struct trace_anchor *anchor = &text->anchors[i];
        struct taking taking = {.part = part, .places = &part->places[i]};
        const struct doclist_wanted wanted = {
            .term = text->terms[anchor->terms[0]].folded,
            .rows = part->end - part->first,
            .cancel = part->search->env->cancel,
            .place = take_place,
            .ctx = &taking,
        };

        if (anchor->length != 1)
            continue;
        code = doclist_read(part->db, &wanted, err);
        if (code == ERR_OK && taking.failed)
            code = error_nomem(err);
        if (taking.unsorted) /* several segments */
            qsort(part->places[i].list, part->places[i].count, sizeof(uint64_t),
                  compare_places);
    }
    return code;
}

/* --- phrases --- */

/* The characters of the phrases and their places in the rows at hand. */
struct reading {
    struct trace_part *part;
    struct doclist_seek **seeks; /* by term; NULL: of no phrase */
    uint32_t *next;              /* the row from which each goes on */
    struct trace_places *places;
};

static enum err_code
open_terms(struct reading *reading, struct error *err)
{
    const struct trace_text *text = reading->part->text;
    uint32_t rows = reading->part->end - reading->part->first;
    enum err_code code = ERR_OK;

    for (size_t i = 0; code == ERR_OK && i < text->anchor_count; i++) {
        const struct trace_anchor *anchor = &text->anchors[i];

        for (uint32_t j = 0;
             code == ERR_OK && anchor->length > 1 && j < anchor->length; j++) {
            uint32_t term = anchor->terms[j];

            reading->next[term] = 1;
            if (!reading->seeks[term])
                code =
                    doclist_seek_new(&reading->seeks[term], reading->part->db,
                                     text->terms[term].folded, rows, err);
        }
    }
    return code;
}

/* The places of a term in rows up to `end`. */
static enum err_code
read_term(struct reading *reading, uint32_t term, uint32_t end,
          struct error *err)
{
    struct trace_places *places = &reading->places[term];
    const struct bits *live = index_live(reading->part->search->index);
    enum err_code code = ERR_OK;

    places->count = 0;
    while (code == ERR_OK && reading->next[term] < end) {
        const uint32_t *list;
        size_t count;
        uint32_t row;

        code = doclist_seek_next(reading->seeks[term], reading->next[term],
                                 &row, &list, &count, err);
        if (code != ERR_OK)
            break;
        if (row == 0 || row >= end) { /* it stays there for the next rows */
            reading->next[term] = row ? row : UINT32_MAX;
            break;
        }
        reading->next[term] = row + 1;
        if (!bits_get(live, reading->part->first + row - 1))
            continue;
        for (size_t i = 0; i < count; i++)
            if (!trace_places_add(places, row, list[i]))
                return error_nomem(err);
    }
    return code;
}

/* The first of list[*at...] that is not under `wanted`; moves *at there. */
static bool
has_place(const struct trace_places *places, size_t *at, uint64_t wanted)
{
    size_t step = 1;
    size_t low = *at;
    size_t high;

    while (low + step < places->count && places->list[low + step] < wanted) {
        low += step;
        step *= 2;
    }
    high = low + step < places->count ? low + step : places->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (places->list[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    *at = low;
    return low < places->count && places->list[low] == wanted;
}

/* The phrase's places: its rarest character's, where the others are beside. */
static enum err_code
join(struct reading *reading, size_t number, struct error *err)
{
    const struct trace_anchor *anchor = &reading->part->text->anchors[number];
    struct trace_places *out = &reading->part->places[number];
    const struct trace_places *lists[TRACE_PHRASE];
    size_t at[TRACE_PHRASE] = {0};
    uint32_t rarest = 0;

    for (uint32_t i = 0; i < TRACE_PHRASE; i++) {
        lists[i] = &reading->places[anchor->terms[i]];
        if (lists[i]->count < lists[rarest]->count)
            rarest = i;
    }
    for (size_t i = 0; i < lists[rarest]->count; i++) {
        uint64_t value = lists[rarest]->list[i];
        bool all = (value & UINT32_MAX) >= rarest;

        for (uint32_t j = 0; all && j < TRACE_PHRASE; j++)
            all =
                j == rarest || has_place(lists[j], &at[j], value - rarest + j);
        if (all && !trace_places_add(out, (uint32_t)(value >> 32),
                                     (uint32_t)value - rarest))
            return error_nomem(err);
    }
    if (out->documents > reading->part->options->anchor_documents ||
        out->count > PLACES_MAX)
        forget(out);
    return ERR_OK;
}

static enum err_code
read_window(struct reading *reading, uint32_t end, struct error *err)
{
    const struct trace_text *text = reading->part->text;
    enum err_code code = search_cancelled(reading->part->search, err);

    for (uint32_t i = 0; code == ERR_OK && i < text->term_count; i++)
        if (reading->seeks[i])
            code = read_term(reading, i, end, err);
    for (size_t i = 0; code == ERR_OK && i < text->anchor_count; i++)
        if (text->anchors[i].length > 1 && !reading->part->places[i].over)
            code = join(reading, i, err);
    return code;
}

static void
close_reading(struct reading *reading)
{
    size_t count = reading->part->text->term_count;

    for (size_t i = 0; i < count; i++) {
        if (reading->seeks)
            doclist_seek_free(reading->seeks[i]);
        if (reading->places)
            free(reading->places[i].list);
    }
    free(reading->seeks);
    free(reading->places);
    free(reading->next);
}

enum err_code
trace_places_phrases(struct trace_part *part, struct error *err)
{
    const struct trace_text *text = part->text;
    struct reading reading = {.part = part};
    uint64_t mean = text->rows ? text->tokens / text->rows + 1 : 1;
    uint64_t window = WINDOW_TOKENS / mean + 1;
    uint32_t rows = part->end - part->first;
    enum err_code code = ERR_OK;

    if (window > WINDOW_ROWS)
        window = WINDOW_ROWS;
    reading.seeks = calloc(text->term_count + 1, sizeof(struct doclist_seek *));
    reading.places = calloc(text->term_count + 1, sizeof(*reading.places));
    reading.next = calloc(text->term_count + 1, sizeof(*reading.next));
    if (!reading.seeks || !reading.places || !reading.next)
        code = error_nomem(err);
    if (code == ERR_OK)
        code = open_terms(&reading, err);
    for (uint64_t at = 1; code == ERR_OK && at <= rows; at += window)
        code = read_window(
            &reading, at + window <= rows ? (uint32_t)(at + window) : rows + 1,
            err);
    close_reading(&reading);
    return code;
}
