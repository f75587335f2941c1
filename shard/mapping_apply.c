/* Records to documents. One walk over the record finds every path; only what
 * is asked for is decoded. */
#include "config.h"

#include <math.h>

#include "stet/json.h"
#include "stet/mapping.h"
#include "stet/utf8.h"

#include "shard/mapping_plan.h"
#include "shard/mapping_values.h"

/* One record on its way to a document. */
struct apply {
    const struct mapping *mapping;
    const struct mapping_plan *plan;
    struct capture *captures;
    struct arena *arena;
    struct document *doc;
};

/* What was found at a node, or NULL: nothing, or null. */
static const struct capture *
found(const struct apply *apply, uint32_t node)
{
    const struct capture *capture;

    if (node == NO_NODE)
        return NULL;
    capture = &apply->captures[node];
    return capture->seen && capture->type != JSON_NULL ? capture : NULL;
}

static size_t
offset_of(const struct apply *apply, const struct capture *capture)
{
    return capture->embedded ? 0
                             : (size_t)(capture->raw.ptr - apply->doc->raw.ptr);
}

static enum err_code
apply_text(struct apply *apply, struct error *err)
{
    const char *path = apply->mapping->text;
    struct document *doc = apply->doc;
    bool bare = !path || !*path;
    const struct capture *capture =
        bare ? &apply->captures[0] : found(apply, apply->plan->text);
    size_t offset;
    enum err_code code;

    if (bare && capture->type != JSON_STRING)
        return error_set_at(err, ERR_FORMAT, 0, "not a bare string: %s",
                            json_type_name(capture->type));
    if (!bare && apply->captures[0].type != JSON_OBJECT)
        return error_set_at(err, ERR_FORMAT, 0,
                            "%s, not an object; first byte %c",
                            json_type_name(apply->captures[0].type),
                            apply->captures[0].raw.ptr[0]);
    if (!capture)
        return error_set_at(err, ERR_FORMAT, 0, "no text at %s", path);
    offset = offset_of(apply, capture);
    if (capture->type == JSON_STRING) {
        code = value_string(capture->raw, capture->flags, apply->arena,
                            &doc->text, err);
        if (capture->flags & JSON_LONE_SURROGATE)
            doc->flags |= DOC_LONE_SURROGATE;
    } else if (capture->type == JSON_ARRAY) {
        code = value_segments(doc, capture->raw, offset, apply->plan->joint,
                              apply->arena, err);
        if (apply->plan->joint.len > 0)
            doc->flags |= DOC_FIXED_TEXT;
    } else {
        return error_set_at(err, ERR_FORMAT, offset,
                            "the text at %s is %s, not a string", path,
                            json_type_name(capture->type));
    }
    if (bare)
        doc->flags |= DOC_BARE;
    if (capture->embedded) {
        doc->flags |= DOC_FIXED_TEXT;
        return code;
    }
    doc->text_start = offset;
    doc->text_end = offset + capture->raw.len;
    return code;
}

/* Integers, also written 12.0, are ids; 1.5 is none. */
static bool
is_integral(struct str raw)
{
    double value = value_number(raw, JSON_NUMBER);

    if (!memchr(raw.ptr, '.', raw.len) && !memchr(raw.ptr, 'e', raw.len) &&
        !memchr(raw.ptr, 'E', raw.len))
        return true;
    return isfinite(value) && floor(value) == value;
}

static enum err_code
apply_id(struct apply *apply, struct error *err)
{
    const struct capture *capture = found(apply, apply->plan->id);
    struct document *doc = apply->doc;
    enum err_code code = ERR_OK;

    if (!capture)
        return ERR_OK;
    if (capture->type == JSON_STRING)
        code = value_string(capture->raw, capture->flags, apply->arena,
                            &doc->id, err);
    else if (capture->type == JSON_NUMBER && is_integral(capture->raw))
        doc->id = capture->raw;
    else
        return error_set_at(err, ERR_FORMAT, offset_of(apply, capture),
                            "the id at %s is %s, not a string or an integer",
                            apply->mapping->id, json_type_name(capture->type));
    if (code)
        return code;
    if (doc->id.len == 0)
        doc->id = (struct str){NULL, 0}; /* "" identifies nothing */
    else
        doc->id_token = capture->raw;
    return ERR_OK;
}

/* Source or language: strings, or of a map {name: number} the name with the
 * largest; what is of another type is absent. */
static enum err_code
apply_name(struct apply *apply, uint32_t node, struct str *out,
           struct error *err)
{
    const struct capture *capture = found(apply, node);

    if (!capture)
        return ERR_OK;
    if (capture->type == JSON_OBJECT)
        return value_best_key(capture->raw, apply->arena, out, err);
    if (capture->type != JSON_STRING)
        return ERR_OK;
    return value_string(capture->raw, capture->flags, apply->arena, out, err);
}

/* A number, or one triple for the whole text: Dolma and RedPajama write scores
 * of documents so. */
static enum err_code
apply_number(const struct apply *apply, const struct capture *capture,
             unsigned number, double *value, struct error *err)
{
    enum err_code code;

    if (capture->type != JSON_ARRAY) {
        *value = value_number(capture->raw, capture->type);
        return ERR_OK;
    }
    code = span_list_add(NULL, capture->raw, number,
                         apply->mapping->scores[number].bad, apply->doc, value,
                         err);
    if (code == ERR_OK && str_equal(capture->raw, STR_LIT("[]")))
        *value = (double)NAN;
    return code;
}

static enum err_code
apply_score(struct apply *apply, size_t number, unsigned what,
            struct span_list *spans, struct error *err)
{
    const struct score_def *def = &apply->mapping->scores[number];
    const struct capture *capture = found(apply, apply->plan->scores[number]);
    struct document *doc = apply->doc;
    struct str label = {NULL, 0};
    double value = (double)NAN;
    enum err_code code = ERR_OK;

    if (!capture)
        return ERR_OK;
    switch (def->kind) {
    case SCORE_NUMBER:
    case SCORE_SCALE:
    case SCORE_PROBABILITY:
    case SCORE_PERPLEXITY:
        code = apply_number(apply, capture, (unsigned)number, &value, err);
        break;
    case SCORE_LABEL:
        if (what & MAP_SCORES)
            code = value_labels(capture->raw, capture->flags, def->threshold,
                                apply->arena, &label, err);
        break;
    case SCORE_SPANS:
        if (capture->type == JSON_ARRAY)
            code = span_list_add(what & MAP_SPANS ? spans : NULL, capture->raw,
                                 (unsigned)number, def->bad, doc, &value, err);
        break;
    case SCORE_SEGMENTS:
        if (capture->type == JSON_ARRAY)
            value_segment_scores(doc, capture->raw, def->bad, what & MAP_SPANS,
                                 &value);
        break;
    }
    if (code == ERR_OK && (what & MAP_SCORES)) {
        doc->scores[number] = value;
        doc->labels[number] = label;
    }
    return code;
}

/* Room for scores and labels, unknown as yet. */
static enum err_code
prepare_scores(struct apply *apply, struct error *err)
{
    size_t count = apply->mapping->score_count;
    struct document *doc = apply->doc;

    doc->scores = arena_alloc(apply->arena, (count + 1) * sizeof(*doc->scores));
    doc->labels = arena_alloc(apply->arena, (count + 1) * sizeof(*doc->labels));
    if (!doc->scores || !doc->labels)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++)
        doc->scores[i] = (double)NAN;
    return ERR_OK;
}

static enum err_code
apply_scores(struct apply *apply, unsigned what, struct error *err)
{
    size_t count = apply->mapping->score_count;
    struct document *doc = apply->doc;
    struct span_list spans = {0};
    enum err_code code = ERR_OK;

    if ((what & MAP_SCORES) && !doc->scores)
        code = prepare_scores(apply, err);
    for (size_t i = 0; code == ERR_OK && i < count; i++)
        code = apply_score(apply, i, what, &spans, err);
    if (code == ERR_OK)
        code = span_list_finish(&spans, doc, apply->arena, err);
    span_list_release(&spans);
    return code;
}

static bool
is_string_of_object(const struct apply *apply)
{
    const struct capture *capture = found(apply, apply->plan->metadata);

    return capture && capture->type == JSON_STRING &&
           (capture->embedded || str_starts_with(capture->raw, STR_LIT("\"{")));
}

enum err_code
mapping_apply(const struct mapping *mapping, struct str raw, unsigned what,
              struct arena *arena, struct document **out, struct error *err)
{
    const struct mapping_plan *plan = mapping->plan;
    struct document *doc = arena_alloc(arena, sizeof(*doc));
    struct capture *captures =
        arena_alloc(arena, mapping_tree_count(plan->tree) * sizeof(*captures));
    struct tree_walk walk = {plan->tree, captures, arena, 0};
    struct apply apply = {mapping, plan, captures, arena, doc};
    enum err_code code;

    if (!doc || !captures)
        return error_nomem(err);
    doc->raw = raw;
    code = mapping_tree_walk(&walk, raw, err);
    if (code == ERR_OK)
        code = apply_text(&apply, err);
    if (code == ERR_OK && (what & MAP_TEXT)) {
        *out = doc;
        return ERR_OK;
    }
    if (code == ERR_OK)
        code = apply_id(&apply, err);
    if (code == ERR_OK)
        code = apply_name(&apply, plan->source, &doc->source, err);
    if (code == ERR_OK)
        code = apply_name(&apply, plan->lang, &doc->lang, err);
    if (code)
        return code;
    if (walk.flags & JSON_BAD_UTF8)
        doc->flags |= DOC_BAD_UTF8;
    if (is_string_of_object(&apply))
        doc->flags |= DOC_META_STRING;
    doc->text_cp = utf8_count(doc->text);
    doc->text_hash = hash_of(doc->flags & DOC_BAD_UTF8 ? raw : doc->text);
    if (what & (MAP_SCORES | MAP_SPANS))
        code = apply_scores(&apply, what, err);
    if (code == ERR_OK)
        *out = doc;
    return code;
}

static enum err_code
differs(struct str row, struct error *err)
{
    return error_set(err, ERR_CONFLICT, "the row is \"%.*s\"%s",
                     row.len < 60 ? (int)row.len : 60, row.ptr,
                     row.len < 60 ? "" : "...");
}

/* A member's string, decoded; ptr NULL when it is none. */
static enum err_code
get_string(struct str raw, const char *path, struct arena *arena,
           struct str *out, struct error *err)
{
    struct str token = {NULL, 0};
    enum err_code code = record_get(raw, path, arena, &token, err);

    *out = (struct str){NULL, 0};
    if (code == ERR_OK && token.ptr && token.ptr[0] == '"')
        code = value_string(token, JSON_BAD_UTF8, arena, out, err);
    return code;
}

/* A row of signals is its document's when the urls are the same, or without
 * them when its id ends in the record's number. */
static enum err_code
check_signals(struct str row, struct arena *arena, const struct document *doc,
              struct error *err)
{
    struct str id;
    struct str row_url;
    struct str doc_url;
    uint64_t number = 0;
    size_t at;
    enum err_code code = get_string(row, "metadata.url", arena, &row_url, err);

    if (code == ERR_OK)
        code = get_string(doc->raw, "url", arena, &doc_url, err);
    if (code == ERR_OK && row_url.ptr && doc_url.ptr)
        return str_equal(row_url, doc_url) ? ERR_OK : differs(row_url, err);
    if (code == ERR_OK)
        code = get_string(row, "id", arena, &id, err);
    if (code != ERR_OK || id.len == 0)
        return code;
    for (at = id.len; at > 0 && id.ptr[at - 1] >= '0' && id.ptr[at - 1] <= '9';)
        at--;
    if (at == id.len || at == 0 || id.ptr[at - 1] != '/' || id.len - at > 18)
        return ERR_OK;
    for (; at < id.len; at++)
        number = number * 10 + (uint64_t)(id.ptr[at] - '0');
    return number == doc->record ? ERR_OK : differs(id, err);
}

enum err_code
mapping_apply_row(const struct mapping *mapping, struct str row, unsigned what,
                  struct arena *arena, struct document *doc, struct error *err)
{
    const struct mapping_plan *plan = mapping->plan;
    struct capture *captures =
        arena_alloc(arena, mapping_tree_count(plan->tree) * sizeof(*captures));
    struct tree_walk walk = {plan->tree, captures, arena, 0};
    struct document beside = {.raw = row};
    struct apply apply = {mapping, plan, captures, arena, &beside};
    enum err_code code;

    if (!captures)
        return error_nomem(err);
    code = mapping_tree_walk(&walk, row, err);
    if (code == ERR_OK && captures[0].type != JSON_OBJECT)
        code = error_set_at(err, ERR_FORMAT, 0, "%s, not an object",
                            json_type_name(captures[0].type));
    if (code == ERR_OK && (what & MAP_SIGNALS))
        code = check_signals(row, arena, doc, err);
    else if (code == ERR_OK)
        code = apply_id(&apply, err);
    if (code)
        return code;
    if (beside.id.ptr && doc->id.ptr && !str_equal(beside.id, doc->id))
        return differs(beside.id, err);
    apply.doc = doc;
    return apply_scores(&apply, what, err);
}

enum err_code
record_get(struct str raw, const char *path, struct arena *arena,
           struct str *out, struct error *err)
{
    struct mapping_tree *tree = mapping_tree_new();
    struct tree_walk walk = {.tree = tree, .arena = arena};
    uint32_t node = 0;
    enum err_code code = ERR_OK;

    if (!tree)
        return error_nomem(err);
    if (*path)
        code = mapping_tree_add(tree, path, &node, err);
    if (code)
        goto out;
    walk.captures =
        arena_alloc(arena, mapping_tree_count(tree) * sizeof(*walk.captures));
    if (!walk.captures)
        code = error_nomem(err);
    if (code == ERR_OK)
        code = mapping_tree_walk(&walk, raw, err);
    if (code == ERR_OK)
        *out = walk.captures[node].raw;
out:
    mapping_tree_free(tree);
    return code;
}
