/* The formats of exports beside patch sets: which there are, and what their
 * writers share. */
#include "config.h"

#include "export_private.h"

#include <stdlib.h>

#include "splice_record.h"
#include "stet/fileio.h"
#include "stet/json.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"

const char *
export_format_name(unsigned format)
{
    static const char *const names[] = {
#define X(name, text, meaning) text,
        EXPORT_FORMATS(X)
#undef X
    };

    return format < EXPORT_FORMAT_COUNT ? names[format] : NULL;
}

void
export_sink_open(struct exporter *x)
{
    static void (*const open[EXPORT_FORMAT_COUNT])(struct exporter * x) = {
        [EXPORT_DOLMA] = export_dolma_open,
        [EXPORT_DATATROVE] = export_datatrove_open,
        [EXPORT_IDS] = export_ids_open,
        [EXPORT_PAIRS] = export_pairs_open,
        [EXPORT_RATINGS] = export_ratings_open,
        [EXPORT_CSV] = export_csv_open,
        [EXPORT_DIFF] = export_diff_open,
        [EXPORT_JSONL] = export_jsonl_open,
    };

    if (open[x->options->format])
        open[x->options->format](x);
}

void
export_sink_release(struct exporter *x)
{
    if (x->sink && x->sink->release)
        x->sink->release(x->sink_ctx);
    x->sink = NULL;
}

struct ranked {
    struct str path;
    uint32_t shard;
};

static int
compare_ranked(const void *left, const void *right)
{
    return str_compare(((const struct ranked *)left)->path,
                       ((const struct ranked *)right)->path);
}

uint32_t *
export_shards_sorted(const struct exporter *x)
{
    uint32_t count = index_shard_count(x->index);
    struct ranked *list = xcalloc(count + 1, sizeof(*list));
    uint32_t *sorted = xcalloc(count + 1, sizeof(*sorted));

    for (uint32_t i = 0; i < count; i++)
        list[i] = (struct ranked){str_of(index_shard(x->index, i)->path), i};
    qsort(list, count, sizeof(*list), compare_ranked);
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = list[i].shard;
    free(list);
    return sorted;
}

char *
export_shard_path(const struct exporter *x, uint32_t shard)
{
    const char *path = index_shard(x->index, shard)->path;

    return path[0] == '/' ? xstrdup(path) : path_join(x->ws->root, path);
}

struct export_view
export_view_new(const struct export_place *place)
{
    const struct built *built = place->built;

    return (struct export_view){built->text, built->edits, built->edit_count};
}

enum err_code
export_view_old(const struct exporter *x, const struct export_place *place,
                struct arena *arena, struct export_view *out, struct error *err)
{
    const struct built *built = place->built;
    struct text_edit *edits =
        arena_alloc(arena, (built->edit_count + 1) * sizeof(*edits));
    struct buf text = {0};
    size_t count = 0;
    enum err_code code;

    if (!edits)
        return error_nomem(err);
    for (size_t i = 0; i < built->edit_count && !x->options->quotes; i++)
        if (built->patch.edits[built->edits[i].number].op == OP_REDACT)
            edits[count++] = built->edits[i];
    *out = (struct export_view){place->document->text, edits, count};
    if (count == 0)
        return ERR_OK;
    code = edits_apply(out->text, edits, count, &text, err);
    if (!code) {
        out->text = arena_copy(arena, buf_str(&text));
        if (!out->text.ptr)
            code = error_nomem(err);
    }
    buf_release(&text);
    return code;
}

void
export_span_cp(const struct export_view *view, const struct patch_edit *edit,
               uint64_t *start, uint64_t *end)
{
    struct span span = {0, view->text.len};

    if (edit->has_span) {
        span.start =
            edits_move(view->edits, view->count, edit->span.start, false);
        span.end = edits_move(view->edits, view->count, edit->span.end, true);
    }
    *start = utf8_count(str_slice(view->text, 0, span.start));
    *end = utf8_count(str_slice(view->text, 0, span.end));
}

enum err_code
export_new_record(const struct export_place *place, struct arena *arena,
                  struct str *out, struct error *err)
{
    const struct built *built = place->built;
    struct record_splices splices = {.arena = arena};
    struct buf record = {0};
    enum err_code code =
        splice_text(place->document, built->edits, built->edit_count,
                    built->whole, &splices, err);

    if (!code)
        code = splices_apply(place->document->raw, &splices, &record, err);
    if (!code) {
        *out = arena_copy(arena, buf_str(&record));
        if (!out->ptr)
            code = error_nomem(err);
    }
    buf_release(&record);
    return code;
}

enum err_code
export_added_text(const struct exporter *x, const struct patch *patch,
                  struct arena *arena, struct str *out, struct error *err)
{
    struct member_path path;
    enum member_kind kind;
    struct str raw = {NULL, 0};
    const struct json_value *value = NULL;
    enum err_code code =
        member_path_parse(x->mappings[0].text, arena, &path, err);

    *out = (struct str){NULL, 0};
    if (!code)
        code = member_find(patch->add, &path, &kind, &raw, err);
    if (!code && raw.ptr)
        code = json_parse(raw, arena, &value, err);
    if (!code && value && value->type == JSON_STRING)
        *out = value->string.ptr ? value->string : STR_LIT("");
    return code;
}

void
export_text_open(struct exporter *x, const struct export_sink *sink)
{
    struct export_text *text = xcalloc(1, sizeof(*text));

    text->x = x;
    x->sink = sink;
    x->sink_ctx = text;
}

enum err_code
export_text_write(void *ctx, const char *path, const char *final,
                  struct error *err)
{
    const struct export_text *text = ctx;

    (void) final;
    return file_write_atomic(path, buf_str(&text->out), err);
}

void
export_text_release(void *ctx)
{
    struct export_text *text = ctx;

    buf_release(&text->out);
    free(text);
}
