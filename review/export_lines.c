/* Exports of one JSON line for each document: pairs for fine-tuning, ratings
 * to train a classifier on, and the decided documents themselves. */
#include "config.h"

#include "export_private.h"

#include "stet/json.h"

static bool
is_label(enum patch_op op)
{
    return op == OP_VERDICT || op == OP_RATE || op == OP_TAG || op == OP_UNTAG;
}

static bool
has_label(const struct patch *patch)
{
    for (size_t i = 0; i < patch->edit_count; i++)
        if (is_label(patch->edits[i].op))
            return true;
    return false;
}

static void
put_id(struct json_out *w, struct str id_token)
{
    if (!id_token.ptr)
        return;
    json_key(w, "id");
    json_raw(w, id_token);
}

/* Where the document is. */
static void
put_home(struct json_out *w, const struct patch *patch)
{
    if (patch->source.ptr) {
        json_key(w, "source");
        json_str(w, patch->source);
    }
    json_key(w, "shard");
    json_str(w, patch->shard);
    json_key(w, "record");
    json_int(w, (int64_t)patch->record);
}

/* --- labels --- */

static void
put_values(struct json_out *w, const struct patch *patch, enum patch_op op,
           const char *key)
{
    bool open = false;

    for (size_t i = 0; i < patch->edit_count; i++) {
        const struct patch_edit *edit = &patch->edits[i];

        if (edit->op != op || edit->has_span)
            continue;
        if (!open) {
            json_key(w, key);
            json_open(w, '[');
        }
        open = true;
        json_str(w, edit->value);
    }
    if (open)
        json_close(w, ']');
}

static void
put_ratings(struct json_out *w, const struct patch *patch)
{
    bool open = false;

    for (size_t i = 0; i < patch->edit_count; i++) {
        const struct patch_edit *edit = &patch->edits[i];

        if (edit->op != OP_RATE)
            continue;
        if (!open) {
            json_key(w, "ratings");
            json_open(w, '{');
        }
        open = true;
        json_str(w, edit->value);
        xbuf_append(w->out, ":", 1);
        w->comma = false;
        json_double(w, edit->number);
    }
    if (open)
        json_close(w, '}');
}

static void
put_spans(struct json_out *w, const struct patch *patch,
          const struct export_view *view)
{
    bool open = false;

    for (size_t i = 0; i < patch->edit_count; i++) {
        const struct patch_edit *edit = &patch->edits[i];
        uint64_t start;
        uint64_t end;

        if ((edit->op != OP_TAG && edit->op != OP_VERDICT) || !edit->has_span)
            continue;
        if (!open) {
            json_key(w, "spans");
            json_open(w, '[');
        }
        open = true;
        export_span_cp(view, edit, &start, &end);
        json_open(w, '{');
        json_key(w, "start");
        json_int(w, (int64_t)start);
        json_key(w, "end");
        json_int(w, (int64_t)end);
        json_key(w, edit->op == OP_TAG ? "tag" : "verdict");
        json_str(w, edit->value);
        json_close(w, '}');
    }
    if (open)
        json_close(w, ']');
}

static void
put_labels(struct json_out *w, const struct patch *patch,
           const struct export_view *view)
{
    for (size_t i = 0; i < patch->edit_count; i++) {
        if (patch->edits[i].op == OP_VERDICT && !patch->edits[i].has_span) {
            json_key(w, "verdict");
            json_str(w, patch->edits[i].value);
            break;
        }
    }
    put_values(w, patch, OP_TAG, "tags");
    put_values(w, patch, OP_UNTAG, "not_tags");
    put_ratings(w, patch);
    put_spans(w, patch, view);
}

static void
put_reasons(struct json_out *w, const struct patch *patch)
{
    bool open = false;

    for (size_t i = 0; i < patch->edit_count; i++) {
        if (!patch->edits[i].reason.len)
            continue;
        if (!open) {
            json_key(w, "reasons");
            json_open(w, '[');
        }
        open = true;
        json_str(w, patch->edits[i].reason);
    }
    if (open)
        json_close(w, ']');
}

/* Texts are large: a failure is told, not fatal. */
static enum err_code
put_text(struct json_out *w, const char *key, struct str text,
         struct error *err)
{
    json_key(w, key);
    w->comma = true;
    return json_write_string(w->out, text, false, err);
}

static enum err_code
check_utf8(const struct document *document, struct error *err)
{
    if (document->flags & DOC_BAD_UTF8)
        return error_set(err, ERR_CONFLICT,
                         "the record is not UTF-8: JSON cannot hold its text");
    return ERR_OK;
}

static enum err_code
end_line(struct json_out *w, struct error *err)
{
    json_close(w, '}');
    return buf_append_byte(w->out, '\n', err);
}

/* --- pairs --- */

static enum err_code
pair_place(void *ctx, const struct export_place *place, struct arena *arena,
           struct error *err)
{
    struct export_text *text = ctx;
    struct json_out w = {&text->out, false};
    const struct patch *patch = &place->built->patch;
    struct export_view old;
    enum err_code code;

    if (place->built->edit_count == 0 || patch_drops(patch))
        return ERR_OK;
    code = export_view_old(text->x, place, arena, &old, err);
    if (code || str_equal(place->built->text, old.text))
        return code;
    json_open(&w, '{');
    put_id(&w, patch->id_token);
    put_home(&w, patch);
    code = put_text(&w, "original", old.text, err);
    if (!code)
        code = put_text(&w, "rewrite", place->built->text, err);
    if (code)
        return code;
    put_reasons(&w, patch);
    return end_line(&w, err);
}

void
export_pairs_open(struct exporter *x)
{
    static const struct export_sink sink = {
        .place = pair_place,
        .write = export_text_write,
        .release = export_text_release,
    };

    export_text_open(x, &sink);
}

/* --- ratings --- */

static enum err_code
rating_place(void *ctx, const struct export_place *place, struct arena *arena,
             struct error *err)
{
    struct export_text *text = ctx;
    struct json_out w = {&text->out, false};
    const struct patch *patch = &place->built->patch;
    struct export_view old;
    enum err_code code;

    if (!has_label(patch))
        return ERR_OK;
    code = check_utf8(place->document, err);
    if (!code)
        code = export_view_old(text->x, place, arena, &old, err);
    if (code)
        return code;
    json_open(&w, '{');
    put_id(&w, patch->id_token);
    put_home(&w, patch);
    code = put_text(&w, "text", old.text, err);
    if (code)
        return code;
    put_labels(&w, patch, &old);
    return end_line(&w, err);
}

void
export_ratings_open(struct exporter *x)
{
    static const struct export_sink sink = {
        .place = rating_place,
        .write = export_text_write,
        .release = export_text_release,
    };

    export_text_open(x, &sink);
}

/* --- documents --- */

static enum err_code
document_place(void *ctx, const struct export_place *place, struct arena *arena,
               struct error *err)
{
    struct export_text *text = ctx;
    struct json_out w = {&text->out, false};
    const struct built *built = place->built;
    struct export_view now = export_view_new(place);
    enum err_code code = check_utf8(place->document, err);

    (void)arena;
    if (code)
        return code;
    json_open(&w, '{');
    put_id(&w, built->patch.id_token);
    code = put_text(&w, "text", built->text, err);
    if (code)
        return code;
    json_key(&w, "metadata");
    json_open(&w, '{');
    put_home(&w, &built->patch);
    put_labels(&w, &built->patch, &now);
    if (patch_drops(&built->patch)) {
        json_key(&w, "dropped");
        json_bool(&w, true);
    } else if (built->edit_count) {
        json_key(&w, "changed");
        json_bool(&w, true);
    }
    put_reasons(&w, &built->patch);
    json_close(&w, '}');
    return end_line(&w, err);
}

static enum err_code
document_added(void *ctx, const struct patch *patch, struct error *err)
{
    struct export_text *text = ctx;
    struct json_out w = {&text->out, false};
    struct arena arena;
    struct str content;
    enum err_code code;

    arena_init(&arena, 0);
    code = export_added_text(text->x, patch, &arena, &content, err);
    if (!code && content.ptr) {
        json_open(&w, '{');
        put_id(&w, patch->id_token);
        code = put_text(&w, "text", content, err);
        json_key(&w, "metadata");
        json_open(&w, '{');
        if (patch->source.ptr) {
            json_key(&w, "source");
            json_str(&w, patch->source);
        }
        json_key(&w, "added");
        json_bool(&w, true);
        json_close(&w, '}');
        if (!code)
            code = end_line(&w, err);
    }
    arena_release(&arena);
    return code;
}

void
export_jsonl_open(struct exporter *x)
{
    static const struct export_sink sink = {
        .place = document_place,
        .added = document_added,
        .write = export_text_write,
        .release = export_text_release,
    };

    export_text_open(x, &sink);
}
