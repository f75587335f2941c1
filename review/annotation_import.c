/* Reads a file of annotations. Each row becomes those of its claims that the
 * rater has not made already; a thousand rows are one transaction, and where
 * the store refuses one of them, they are tried one by one. */
#include "config.h"

#include "stet/annotation_import.h"

#include <stdlib.h>

#include "review/annotation_check.h"
#include "review/import_item.h"
#include "review/store_private.h"
#include "stet/json.h"
#include "stet/shard.h"
#include "stet/utf8.h"

#define BATCH_ROWS 1000
#define BATCH_BYTES ((size_t)64 << 20)

struct reading {
    struct store *store;
    struct index *index;
    const char *path;
    struct annotation_import *out;
    annotation_import_message *message;
    void *ctx;
    struct arena arena; /* of a batch */
    struct annotation *list;
    uint64_t *lines; /* of each */
    size_t count, cap;
    size_t rows; /* in the batch */
};

/* A row on its way. */
struct row {
    uint64_t line;
    const struct json_value *value;
    struct item_found item;
    struct annotation *history; /* of the item */
    size_t history_count;
    struct str reason;
    const struct document *document; /* loaded for spans */
    size_t said;
};

static void
complain(struct reading *r, uint64_t line, const char *text)
{
    r->out->bad++;
    if (r->message)
        r->message(r->ctx, r->path, line, text);
}

/* --- what is known --- */

static bool
is_tagging(enum annotation_kind kind)
{
    return kind == ANNOTATION_TAG || kind == ANNOTATION_UNTAG;
}

static bool
same_span(const struct annotation *a, const struct annotation *b)
{
    return a->span.given == b->span.given &&
           (!a->span.given || (a->span.bytes.start == b->span.bytes.start &&
                               a->span.bytes.end == b->span.bytes.end));
}

/* Whether one takes the place of the other. */
static bool
same_aspect(const struct annotation *a, const struct annotation *b)
{
    if (a->kind == ANNOTATION_VERDICT)
        return b->kind == ANNOTATION_VERDICT;
    if (a->kind == ANNOTATION_RATE)
        return b->kind == ANNOTATION_RATE && str_equal(a->value, b->value);
    return is_tagging(a->kind) && is_tagging(b->kind) &&
           str_equal(a->value, b->value) && same_span(a, b);
}

static bool
says_same(const struct annotation *a, const struct annotation *b)
{
    return a->kind == b->kind && str_equal(a->value, b->value) &&
           !(a->number < b->number) && !(a->number > b->number);
}

static bool
is_known(const struct reading *r, const struct row *row,
         const struct annotation *a)
{
    for (size_t i = row->history_count; i-- > 0;) {
        const struct annotation *old = &row->history[i];

        if (!old->undone &&
            str_equal(old->reviewer, str_of(r->store->reviewer)) &&
            same_aspect(a, old))
            return says_same(a, old);
    }
    return false;
}

static enum err_code
say(struct reading *r, struct row *row, struct annotation a, struct error *err)
{
    a.item = row->item.key;
    a.has_item = true;
    a.reason = row->reason;
    a.how =
        reviewer_is_model(str_of(r->store->reviewer)) ? HOW_MODEL : HOW_IMPORT;
    row->said++;
    if (is_known(r, row, &a)) {
        r->out->known++;
        return ERR_OK;
    }
    if (r->count == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 1024;
        struct annotation *list = realloc(r->list, cap * sizeof(*list));
        uint64_t *lines = NULL;

        if (!list)
            return error_nomem(err);
        r->list = list;
        lines = realloc(r->lines, cap * sizeof(*lines));
        if (!lines)
            return error_nomem(err);
        r->lines = lines;
        r->cap = cap;
    }
    r->lines[r->count] = row->line;
    r->list[r->count++] = a;
    return ERR_OK;
}

/* --- what a row says --- */

static enum err_code
say_list(struct reading *r, struct row *row, const char *key,
         enum annotation_kind kind, struct error *err)
{
    const struct json_value *list = json_get(row->value, key);
    enum err_code code = ERR_OK;

    for (const struct json_value *v = list ? list->first : NULL; v && !code;
         v = v->next)
        code = say(r, row,
                   (struct annotation){.kind = kind, .value = v->string}, err);
    return code;
}

static enum err_code
say_ratings(struct reading *r, struct row *row, struct error *err)
{
    const struct json_value *list = json_get(row->value, "ratings");
    enum err_code code = ERR_OK;

    for (const struct json_value *v = list ? list->first : NULL; v && !code;
         v = v->next)
        code = say(r, row,
                   (struct annotation){.kind = ANNOTATION_RATE,
                                       .value = v->key,
                                       .number = v->number},
                   err);
    return code;
}

static enum err_code
say_span(struct reading *r, struct row *row, const struct json_value *v,
         struct error *err)
{
    struct str text = row->document->text;
    struct annotation a = {.kind = ANNOTATION_TAG,
                           .value = json_get_str(v, "tag", STR_LIT(""))};

    a.span.given = true;
    a.span.start_cp = (uint64_t)json_get_int(v, "start", 0);
    a.span.end_cp = (uint64_t)json_get_int(v, "end", 0);
    a.span.bytes.start = utf8_offset_of_cp(text, a.span.start_cp);
    a.span.bytes.end = utf8_offset_of_cp(text, a.span.end_cp);
    return say(r, row, a, err);
}

static enum err_code
say_all(struct reading *r, struct row *row, struct error *err)
{
    const struct json_value *spans = json_get(row->value, "spans");
    struct str verdict =
        json_get_str(row->value, "verdict", (struct str){NULL, 0});
    enum err_code code = ERR_OK;

    if (verdict.ptr)
        code = say(
            r, row,
            (struct annotation){.kind = ANNOTATION_VERDICT, .value = verdict},
            err);
    if (!code)
        code = say_ratings(r, row, err);
    if (!code)
        code = say_list(r, row, "tags", ANNOTATION_TAG, err);
    if (!code)
        code = say_list(r, row, "not_tags", ANNOTATION_UNTAG, err);
    for (const struct json_value *v = spans ? spans->first : NULL; v && !code;
         v = v->next)
        code = say_span(r, row, v, err);
    return code;
}

/* --- whether it is a row --- */

static bool
is_list_of(const struct json_value *list, enum json_type type)
{
    for (const struct json_value *v = list ? list->first : NULL; v; v = v->next)
        if (v->type != type)
            return false;
    return true;
}

static bool
has_type(const struct json_value *row, const char *key, enum json_type type)
{
    const struct json_value *value = json_get(row, key);

    return !value || value->type == type;
}

const char *
annotation_row_check(const struct json_value *row)
{
    if (row->type != JSON_OBJECT)
        return "no JSON object";
    if (!has_type(row, "verdict", JSON_STRING) ||
        !has_type(row, "reason", JSON_STRING))
        return "\"verdict\" or \"reason\" is no string";
    if (!has_type(row, "tags", JSON_ARRAY) ||
        !is_list_of(json_get(row, "tags"), JSON_STRING) ||
        !has_type(row, "not_tags", JSON_ARRAY) ||
        !is_list_of(json_get(row, "not_tags"), JSON_STRING))
        return "\"tags\" or \"not_tags\" is no list of strings";
    if (!has_type(row, "ratings", JSON_OBJECT) ||
        !is_list_of(json_get(row, "ratings"), JSON_NUMBER))
        return "\"ratings\" is no object of numbers";
    if (!has_type(row, "spans", JSON_ARRAY) ||
        !is_list_of(json_get(row, "spans"), JSON_OBJECT))
        return "\"spans\" is no list of objects";
    return NULL;
}

/* Spans are places in the text, so the text is read. */
static enum err_code
check_spans(struct reading *r, struct row *row, const char **why,
            struct error *err)
{
    const struct json_value *spans = json_get(row->value, "spans");
    enum err_code code;

    if (!spans || !spans->first)
        return ERR_OK;
    code =
        index_document(r->index, row->item.doc, &r->arena, &row->document, err);
    if (code)
        return code;
    if (row->document->flags & DOC_BAD_UTF8)
        *why = "the record is not UTF-8: no spans";
    for (const struct json_value *v = spans->first; v && !*why; v = v->next) {
        int64_t start = json_get_int(v, "start", -1);
        int64_t end = json_get_int(v, "end", -1);

        if (start < 0 || end <= start || (uint64_t)end > row->document->text_cp)
            *why = "a span is not within the text";
    }
    return ERR_OK;
}

static void
count_fate(struct reading *r, enum item_fate fate)
{
    r->out->stale += fate == ITEM_STALE;
    r->out->unmatched += fate == ITEM_MISSING;
    r->out->ambiguous += fate == ITEM_AMBIGUOUS;
}

static enum err_code
take_row(struct reading *r, struct str raw, uint64_t line, struct error *err)
{
    struct row row = {.line = line};
    struct item_wanted wanted;
    struct error bad = ERROR_INIT;
    struct str copy = arena_copy(&r->arena, raw);
    const char *why = NULL;
    enum err_code code = ERR_OK;

    if (!copy.ptr)
        return error_nomem(err);
    if (json_parse(copy, &r->arena, &row.value, &bad))
        why = "no JSON object";
    if (!why)
        why = annotation_row_check(row.value);
    if (!why)
        why = import_wanted(row.value, true, &wanted);
    if (!why)
        code = import_find_item(r->index, &wanted, &r->arena, &row.item, err);
    if (!why && !code && row.item.fate != ITEM_FOUND) {
        count_fate(r, row.item.fate);
        return ERR_OK;
    }
    if (!why && !code)
        code = check_spans(r, &row, &why, err);
    if (why)
        complain(r, line, why);
    if (why || code)
        return code;
    row.reason = json_get_str(row.value, "reason", STR_LIT(""));
    code = store_item_history(r->store, &row.item.key, &r->arena, &row.history,
                              &row.history_count, err);
    if (!code)
        code = say_all(r, &row, err);
    r->out->empty += !code && row.said == 0;
    return code;
}

/* --- into the store --- */

/* One row's annotations, or none of them. */
static enum err_code
append_row(struct reading *r, size_t first, size_t end, struct error *err)
{
    struct error bad = ERROR_INIT;
    enum err_code code =
        store_append(r->store, r->list + first, end - first, -1, &bad);

    if (code == ERR_USAGE) {
        complain(r, r->lines[first], bad.message);
        return ERR_OK;
    }
    if (code)
        *err = bad;
    else
        r->out->annotations += end - first;
    return code;
}

static enum err_code
append_rows(struct reading *r, struct error *err)
{
    size_t first = 0;
    enum err_code code = ERR_OK;

    while (first < r->count && !code) {
        size_t end = first;

        while (end < r->count && r->lines[end] == r->lines[first])
            end++;
        code = append_row(r, first, end, err);
        first = end;
    }
    return code;
}

static enum err_code
flush(struct reading *r, struct error *err)
{
    struct error bad = ERROR_INIT;
    enum err_code code = ERR_OK;

    if (r->count)
        code = store_append(r->store, r->list, r->count, -1, &bad);
    if (code == ERR_USAGE)
        code = append_rows(r, err);
    else if (code)
        *err = bad;
    else
        r->out->annotations += r->count;
    r->count = 0;
    r->rows = 0;
    arena_reset(&r->arena);
    return code;
}

static enum err_code
read_rows(struct reading *r, struct shard *shard, struct error *err)
{
    struct record record;
    enum err_code code = ERR_OK;

    while ((code = shard_next(shard, &record, err)) == ERR_OK &&
           record.kind != RECORD_END) {
        if (record.kind == RECORD_BLANK)
            continue;
        r->out->rows++;
        if (record.kind != RECORD_LINE)
            complain(r, record.number + 1, "the line is too long");
        else
            code = take_row(r, record.raw, record.number + 1, err);
        if (!code && (++r->rows == BATCH_ROWS || r->arena.used > BATCH_BYTES))
            code = flush(r, err);
        if (code)
            break;
    }
    return code ? code : flush(r, err);
}

enum err_code
annotations_import(struct store *store, struct index *index, const char *path,
                   struct annotation_import *out,
                   annotation_import_message *message, void *ctx,
                   struct error *err)
{
    struct reading r = {.store = store,
                        .index = index,
                        .path = path,
                        .out = out,
                        .message = message,
                        .ctx = ctx};
    struct shard *shard = NULL;
    enum err_code code = shard_open(&shard, path, &shard_default_limits, err);

    if (code != ERR_OK)
        return code;
    arena_init(&r.arena, 0);
    code = read_rows(&r, shard, err);
    free(r.list);
    free(r.lines);
    arena_release(&r.arena);
    shard_close(shard);
    return code;
}
