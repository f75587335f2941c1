/* Scores of segments and spans. Offsets in exchange files are code points
 * (Dolma counts characters); a document has bytes. Spans past the end of the
 * text are cut to it, empty ones dropped: both occur in released data. */
#include "config.h"

#include "shard/mapping_values.h"

#include <math.h>
#include <stdlib.h>

#define SPANS_MAX ((size_t)1 << 20) /* of a document */

/* Keep the worse of two values; NaN is no value. */
static void
worsen(double *worst, double value, enum score_bad bad)
{
    if (isnan(value))
        return;
    if (isnan(*worst) ||
        (bad == SCORE_BAD_LOW ? value < *worst : value > *worst))
        *worst = value;
}

void
value_segment_scores(struct document *doc, struct str list, enum score_bad bad,
                     bool fill, double *worst)
{
    struct error ignored = ERROR_INIT; /* the record was valid JSON */
    struct json_scan scan;
    struct json_token token;
    size_t end;

    json_scan_init(&scan, list, 0);
    if (json_next(&scan, &token, &ignored) || token.type != JSON_ARRAY)
        return;
    for (size_t i = 0;; i++) {
        double value;

        if (json_next(&scan, &token, &ignored) ||
            token.type == JSON_ARRAY_END ||
            json_skip(&scan, &token, &end, &ignored))
            return;
        value =
            value_number(str_slice(list, token.start, token.end), token.type);
        worsen(worst, value, bad);
        if (fill && i < doc->segment_count)
            doc->segments[i].score = value;
    }
}

void
span_list_release(struct span_list *list)
{
    free(list->spans);
    *list = (struct span_list){0};
}

static enum err_code
span_list_append(struct span_list *list, struct span_score span,
                 struct error *err)
{
    if (list->count == SPANS_MAX)
        return error_set(err, ERR_LIMIT, "over %zu spans in a record",
                         SPANS_MAX);
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 64;
        struct span_score *spans = realloc(list->spans, cap * sizeof(*spans));

        if (!spans)
            return error_nomem(err);
        list->spans = spans;
        list->cap = cap;
    }
    list->spans[list->count++] = span;
    return ERR_OK;
}

/* Read [start, end] or [start, end, score] behind its '['; *ok is whether it
 * is one. */
static enum err_code
read_triple(struct json_scan *scan, struct span_score *span, bool *ok,
            struct error *err)
{
    double numbers[3] = {0, 0, 1};
    size_t count = 0;

    *ok = true;
    for (;;) {
        struct json_token token;
        enum err_code code = json_next(scan, &token, err);
        size_t end;

        if (code)
            return code;
        if (token.type == JSON_ARRAY_END)
            break;
        code = json_skip(scan, &token, &end, err);
        if (code)
            return code;
        if (count < 3 && token.type != JSON_STRING)
            numbers[count] = value_number(
                str_slice(scan->input, token.start, token.end), token.type);
        else if (count < 2)
            *ok = false;
        count++;
    }
    span->value = numbers[2];
    *ok = *ok && count >= 2 && numbers[0] >= 0 && numbers[1] > numbers[0] &&
          !isnan(numbers[2]);
    if (!*ok)
        return ERR_OK;
    /* Past any text: clamped by the caller. */
    span->span.start = numbers[0] < 1e15 ? (size_t)numbers[0] : SIZE_MAX;
    span->span.end = numbers[1] < 1e15 ? (size_t)numbers[1] : SIZE_MAX;
    *ok = span->span.end > span->span.start;
    return ERR_OK;
}

enum err_code
span_list_add(struct span_list *list, struct str raw, unsigned score,
              enum score_bad bad, const struct document *doc, double *worst,
              struct error *err)
{
    struct json_scan scan;
    struct json_token token;
    enum err_code code;

    bool unknown = false; /* a triple had null for its score */

    json_scan_init(&scan, raw, 0);
    code = json_next(&scan, &token, err);
    *worst = (double)NAN;
    while (code == ERR_OK) {
        struct span_score span = {.score = score};
        bool ok = false;
        size_t end;

        code = json_next(&scan, &token, err);
        if (code || token.type == JSON_ARRAY_END)
            break;
        if (token.type == JSON_ARRAY)
            code = read_triple(&scan, &span, &ok, err);
        else
            code = json_skip(&scan, &token, &end, err);
        unknown |= isnan(span.value);
        if (code || !ok || span.span.start >= doc->text_cp)
            continue;
        if (span.span.end > doc->text_cp)
            span.span.end = (size_t)doc->text_cp;
        worsen(worst, span.value, bad);
        if (list)
            code = span_list_append(list, span, err);
    }
    if (code == ERR_OK && isnan(*worst) && !unknown)
        *worst = 0;
    return code;
}

static int
compare_offsets(const void *a, const void *b)
{
    size_t x = **(size_t *const *)a;
    size_t y = **(size_t *const *)b;

    return x < y ? -1 : x > y;
}

static int
compare_spans(const void *a, const void *b)
{
    const struct span_score *x = a;
    const struct span_score *y = b;

    if (x->span.start != y->span.start)
        return x->span.start < y->span.start ? -1 : 1;
    if (x->span.end != y->span.end)
        return x->span.end > y->span.end ? -1 : 1;
    return x->score < y->score ? -1 : x->score > y->score;
}

/* Turn every code point offset into bytes, in one pass over the text. */
static enum err_code
offsets_to_bytes(struct span_list *list, struct str text, struct error *err)
{
    size_t count = list->count * 2;
    size_t **offsets = malloc(count * sizeof(*offsets));
    uint64_t cp = 0;
    size_t at = 0;

    if (!offsets)
        return error_nomem(err);
    for (size_t i = 0; i < list->count; i++) {
        offsets[2 * i] = &list->spans[i].span.start;
        offsets[2 * i + 1] = &list->spans[i].span.end;
    }
    qsort(offsets, count, sizeof(size_t *), compare_offsets);
    for (size_t i = 0; i < count; i++) {
        while (cp < *offsets[i] && at < text.len) {
            at++;
            while (at < text.len &&
                   ((unsigned char)text.ptr[at] & 0xC0) == 0x80)
                at++;
            cp++;
        }
        *offsets[i] = at;
    }
    free(offsets);
    return ERR_OK;
}

enum err_code
span_list_finish(struct span_list *list, struct document *doc,
                 struct arena *arena, struct error *err)
{
    struct span_score *spans;
    enum err_code code = ERR_OK;

    if (list->count == 0)
        return ERR_OK;
    if (doc->text_cp != doc->text.len)
        code = offsets_to_bytes(list, doc->text, err);
    if (code)
        return code;
    spans =
        arena_alloc(arena, (doc->span_count + list->count) * sizeof(*spans));
    if (!spans)
        return error_nomem(err);
    if (doc->span_count > 0)
        memcpy(spans, doc->spans, doc->span_count * sizeof(*spans));
    memcpy(spans + doc->span_count, list->spans, list->count * sizeof(*spans));
    doc->spans = spans;
    doc->span_count += list->count;
    qsort(spans, doc->span_count, sizeof(*spans), compare_spans);
    return ERR_OK;
}
