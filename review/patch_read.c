/* JSON lines as patches. Everything a patch line claims about itself is
 * checked here, so that what follows can trust offsets and members. */
#include "config.h"

#include "patch.h"

#include "stet/fileio.h"
#include "stet/json.h"

static enum err_code
bad(struct error *err, const char *what)
{
    return error_set(err, ERR_FORMAT, "%s", what);
}

static enum err_code
get_str(const struct json_value *object, const char *key, bool needed,
        struct str *out, struct error *err)
{
    const struct json_value *value = json_get(object, key);

    if (!value && !needed)
        return ERR_OK;
    if (!value || value->type != JSON_STRING)
        return error_set(err, ERR_FORMAT, "\"%s\" is not a string", key);
    *out = value->string;
    if (!out->ptr)
        out->ptr = "";
    return ERR_OK;
}

static enum err_code
get_count(const struct json_value *object, const char *key, uint64_t *out,
          struct error *err)
{
    const struct json_value *value = json_get(object, key);

    if (!value || value->type != JSON_NUMBER || !value->is_int ||
        value->integer < 0)
        return error_set(err, ERR_FORMAT, "\"%s\" is not a count", key);
    *out = (uint64_t)value->integer;
    return ERR_OK;
}

static enum err_code
get_hash(const struct json_value *object, const char *key, struct hash *out,
         struct error *err)
{
    struct str hex = {NULL, 0};
    enum err_code code = get_str(object, key, true, &hex, err);

    if (!code && !hash_parse(hex, out))
        return error_set(err, ERR_FORMAT, "\"%s\" is not a SHA-256", key);
    return code;
}

static enum err_code
get_time(const struct json_value *object, const char *key, int64_t *out,
         struct error *err)
{
    struct str text = {NULL, 0};
    enum err_code code = get_str(object, key, true, &text, err);

    if (!code && !time_parse(text, out))
        return error_set(err, ERR_FORMAT, "\"%s\" is not a time", key);
    return code;
}

static enum err_code
get_uuid(const struct json_value *object, struct uuid *out, struct error *err)
{
    struct str text = {NULL, 0};
    enum err_code code = get_str(object, "uuid", true, &text, err);

    if (!code && !uuid_parse(text, out))
        return bad(err, "\"uuid\" is not a UUID");
    return code;
}

/* [a, b] with a <= b. */
static enum err_code
get_pair(const struct json_value *object, const char *key, uint64_t *a,
         uint64_t *b, struct error *err)
{
    const struct json_value *list = json_get(object, key);
    const struct json_value *first = NULL;
    const struct json_value *second = NULL;

    if (list && list->type == JSON_ARRAY && list->first) {
        first = list->first;
        second = first->next;
    }
    if (!second || second->next || !first->is_int || !second->is_int ||
        first->integer < 0 || second->integer < first->integer)
        return error_set(err, ERR_FORMAT, "\"%s\" is not [start, end]", key);
    *a = (uint64_t)first->integer;
    *b = (uint64_t)second->integer;
    return ERR_OK;
}

static enum err_code
get_text_id(const struct json_value *object, struct text_id *out,
            struct error *err)
{
    enum err_code code = get_hash(object, "sha256", &out->hash, err);

    if (!code)
        code = get_count(object, "bytes", &out->bytes, err);
    if (!code)
        code = get_count(object, "codepoints", &out->codepoints, err);
    return code;
}

static size_t
count_children(const struct json_value *list)
{
    size_t count = 0;

    for (const struct json_value *v = list ? list->first : NULL; v; v = v->next)
        count++;
    return count;
}

/* The children of an array member; its absence is an empty list. */
static enum err_code
get_list(const struct json_value *object, const char *key, size_t *count,
         const struct json_value **first, struct error *err)
{
    const struct json_value *list = json_get(object, key);

    if (list && list->type != JSON_ARRAY)
        return error_set(err, ERR_FORMAT, "\"%s\" is not a list", key);
    *count = count_children(list);
    *first = list ? list->first : NULL;
    return ERR_OK;
}

static enum err_code
get_strs(const struct json_value *object, const char *key, struct arena *arena,
         const struct str **out, size_t *count, struct error *err)
{
    const struct json_value *value = NULL;
    struct str *list = NULL;
    size_t at = 0;

    if (get_list(object, key, count, &value, err))
        return err->code;
    list = arena_alloc(arena, (*count + 1) * sizeof(*list));
    if (!list)
        return error_nomem(err);
    for (; value; value = value->next) {
        if (value->type != JSON_STRING)
            return error_set(err, ERR_FORMAT, "\"%s\" holds no strings", key);
        list[at++] = value->string;
    }
    *out = list;
    return ERR_OK;
}

static bool
find_op(struct str name, enum patch_op *op)
{
    for (unsigned i = 0; i < PATCH_OP_COUNT; i++) {
        if (str_equal(name, str_of(patch_op_name(i)))) {
            *op = i;
            return true;
        }
    }
    return false;
}

/* What an op needs: a span, a value, a text. */
static enum err_code
check_edit(const struct patch_edit *edit, const struct text_id *guard,
           bool guard_raw, struct error *err)
{
    bool changes_text = edit->op == OP_REPLACE || edit->op == OP_REDACT ||
                        edit->op == OP_INSERT;

    if (changes_text && !edit->text.ptr)
        return bad(err, "an edit of the text has no \"text\"");
    if (changes_text && guard_raw)
        return bad(err, "an edit of the text of a record that is not UTF-8");
    if ((edit->op == OP_REDACT || edit->op == OP_INSERT) && !edit->has_span)
        return bad(err, "a redaction or insertion has no \"span\"");
    if (edit->op == OP_INSERT && edit->span.start != edit->span.end)
        return bad(err, "an insertion's span is not empty");
    if (edit->has_span && edit->span.end > guard->bytes)
        return bad(err, "a span ends past the text");
    if (edit->has_span && edit->has_quote &&
        edit->quote.quote.len != edit->span.end - edit->span.start)
        return bad(err, "a quote is not as long as its span");
    if ((edit->op == OP_VERDICT || edit->op == OP_TAG || edit->op == OP_UNTAG ||
         edit->op == OP_RATE) &&
        !edit->value.len)
        return bad(err, "a verdict, tag or rating has no \"value\"");
    if (edit->op == OP_RATE && !edit->has_number)
        return bad(err, "a rating has no \"number\"");
    return ERR_OK;
}

static enum err_code
parse_span(const struct json_value *object, struct patch_edit *out,
           struct error *err)
{
    const struct json_value *span = json_get(object, "span");
    uint64_t start = 0;
    uint64_t end = 0;
    enum err_code code;

    if (!span)
        return ERR_OK;
    code = get_pair(span, "bytes", &start, &end, err);
    if (!code)
        code = get_pair(span, "codepoints", &out->start_cp, &out->end_cp, err);
    if (code)
        return code;
    out->has_span = true;
    out->span = (struct span){start, end};
    if (!json_get(object, "quote"))
        return ERR_OK;
    out->has_quote = true;
    code = get_str(object, "quote", true, &out->quote.quote, err);
    if (!code)
        code = get_str(object, "before", true, &out->quote.before, err);
    if (!code)
        code = get_str(object, "behind", true, &out->quote.after, err);
    return code;
}

static enum err_code
parse_edit(const struct json_value *object, struct patch_edit *out,
           struct error *err)
{
    const struct json_value *number = json_get(object, "number");
    struct str op = {NULL, 0};
    enum err_code code = get_str(object, "op", true, &op, err);

    if (!code && !find_op(op, &out->op))
        return bad(err, "unknown \"op\": written by a newer stet?");
    if (!code)
        code = parse_span(object, out, err);
    if (!code)
        code = get_str(object, "value", false, &out->value, err);
    if (!code)
        code = get_str(object, "text", false, &out->text, err);
    if (!code)
        code = get_str(object, "reason", false, &out->reason, err);
    if (!code)
        code = get_str(object, "reviewer", true, &out->reviewer, err);
    if (!code)
        code = get_time(object, "at", &out->at_us, err);
    if (!code)
        code = get_uuid(object, &out->uuid, err);
    if (!code && number && number->type != JSON_NUMBER)
        return bad(err, "\"number\" is not a number");
    if (!code && number) {
        out->has_number = true;
        out->number = number->number;
    }
    return code;
}

static enum err_code
parse_edits(const struct json_value *line, struct arena *arena,
            struct patch *out, struct error *err)
{
    const struct json_value *value = NULL;
    struct patch_edit *edits = NULL;
    size_t at = 0;

    if (get_list(line, "edits", &out->edit_count, &value, err))
        return err->code;
    edits = arena_alloc(arena, (out->edit_count + 1) * sizeof(*edits));
    if (!edits)
        return error_nomem(err);
    out->edits = edits;
    for (; value; value = value->next, at++) {
        enum err_code code = parse_edit(value, &edits[at], err);

        if (!code && (edits[at].op == OP_ADD) != out->is_addition)
            code = bad(err, "\"add\" belongs to additions, alone");
        if (!code && !out->is_addition)
            code = check_edit(&edits[at], &out->guard, out->guard_raw, err);
        if (code)
            return code;
    }
    return ERR_OK;
}

static enum err_code
parse_formers(const struct json_value *guard, struct arena *arena,
              struct patch *out, struct error *err)
{
    const struct json_value *value = NULL;
    struct patch_former *formers = NULL;
    size_t at = 0;

    if (get_list(guard, "former", &out->former_count, &value, err))
        return err->code;
    if (out->former_count == 0)
        return ERR_OK;
    formers = arena_alloc(arena, out->former_count * sizeof(*formers));
    if (!formers)
        return error_nomem(err);
    out->formers = formers;
    for (; value; value = value->next, at++) {
        struct patch_former *former = &formers[at];
        uint64_t start = 0;
        uint64_t end = 0;
        enum err_code code = get_text_id(value, &former->id, err);

        if (!code)
            code = get_pair(value, "span", &start, &end, err);
        if (!code)
            code = get_str(value, "text", true, &former->text, err);
        if (!code && end > former->id.bytes)
            code = bad(err, "a span ends past the former text");
        if (code)
            return code;
        former->span = (struct span){start, end};
    }
    return ERR_OK;
}

static enum err_code
parse_guard(const struct json_value *line, struct arena *arena,
            struct patch *out, struct error *err)
{
    const struct json_value *guard = json_get(line, "guard");
    struct str of = {NULL, 0};
    enum err_code code = get_str(guard, "of", true, &of, err);

    if (code)
        return code;
    out->guard_raw = str_equal(of, STR_LIT("record"));
    if (!out->guard_raw && !str_equal(of, STR_LIT("text")))
        return bad(err, "a guard is of \"text\" or \"record\"");
    code = get_text_id(guard, &out->guard, err);
    return code ? code : parse_formers(guard, arena, out, err);
}

/* Source and id: of the target, or of an addition. */
static enum err_code
parse_identity(const struct json_value *object, struct patch *out,
               struct error *err)
{
    const struct json_value *id = json_get(object, "id");
    enum err_code code = get_str(object, "source", false, &out->source, err);

    if (!code && id && (id->type == JSON_ARRAY || id->type == JSON_OBJECT))
        return bad(err, "\"id\" is a list or an object");
    if (id)
        out->id_token = id->raw;
    return code;
}

static enum err_code
parse_target(const struct json_value *line, struct arena *arena,
             struct patch *out, struct error *err)
{
    const struct json_value *target = json_get(line, "target");
    enum err_code code = get_str(target, "shard", true, &out->shard, err);

    if (!code)
        code = get_count(target, "record", &out->record, err);
    if (!code)
        code = get_count(target, "offset", &out->offset, err);
    if (!code)
        code = parse_identity(target, out, err);
    return code ? code : parse_guard(line, arena, out, err);
}

enum err_code
patch_parse(struct str line, struct arena *arena, struct patch *out,
            struct error *err)
{
    const struct json_value *value = NULL;
    const struct json_value *add = NULL;
    const struct json_value *after = NULL;
    struct patch patch = {0};
    enum err_code code = json_parse(line, arena, &value, err);

    if (code)
        return code;
    add = json_get(value, "add");
    after = json_get(value, "after");
    if (add) {
        patch.is_addition = true;
        patch.add = add->raw;
        code = get_uuid(value, &patch.uuid, err);
        if (!code)
            code = parse_identity(value, &patch, err);
        if (!code && (add->type != JSON_OBJECT || !after))
            code = bad(err, "an addition is not an object with \"after\"");
    } else {
        code = parse_target(value, arena, &patch, err);
    }
    if (!code)
        code = parse_edits(value, arena, &patch, err);
    if (!code && after) {
        patch.has_after = true;
        code = get_text_id(after, &patch.after, err);
    }
    if (!code)
        *out = patch;
    return code;
}

static enum err_code
parse_shards(const struct json_value *line, struct arena *arena,
             struct patch_header *out, struct error *err)
{
    const struct json_value *value = NULL;
    struct patch_shard *shards = NULL;
    size_t at = 0;

    if (get_list(line, "shards", &out->shard_count, &value, err))
        return err->code;
    shards = arena_alloc(arena, (out->shard_count + 1) * sizeof(*shards));
    if (!shards)
        return error_nomem(err);
    out->shards = shards;
    for (; value; value = value->next, at++) {
        struct patch_shard *shard = &shards[at];
        uint64_t mapping = 0;
        enum err_code code = get_str(value, "path", true, &shard->path, err);

        if (!code)
            code = get_count(value, "bytes", &shard->bytes, err);
        if (!code)
            code = get_hash(value, "sha256", &shard->hash, err);
        if (!code)
            code = get_count(value, "records", &shard->records, err);
        if (!code)
            code = get_count(value, "mapping", &mapping, err);
        if (code)
            return code;
        if (mapping >= out->mapping_count)
            return bad(err, "a shard's \"mapping\" is not there");
        shard->mapping = mapping;
        if (at && str_compare(shards[at - 1].path, shard->path) >= 0)
            return bad(err, "the header's shards are not in order");
    }
    return ERR_OK;
}

static enum err_code
parse_mappings(const struct json_value *line, struct arena *arena,
               struct patch_header *out, struct error *err)
{
    const struct json_value *value = NULL;
    struct patch_mapping *mappings = NULL;

    if (get_list(line, "mappings", &out->mapping_count, &value, err))
        return err->code;
    if (out->mapping_count == 0 || out->mapping_count > PATCH_MAPPINGS_MAX)
        return bad(err, "\"mappings\" are none, or too many");
    mappings = arena_alloc(arena, out->mapping_count * sizeof(*mappings));
    if (!mappings)
        return error_nomem(err);
    out->mappings = mappings;
    for (; value; value = value->next, mappings++) {
        enum err_code code = get_str(value, "text", true, &mappings->text, err);

        if (!code)
            code = get_str(value, "id", false, &mappings->id, err);
        if (!code)
            code = get_str(value, "source", false, &mappings->source, err);
        if (code)
            return code;
    }
    return ERR_OK;
}

/* The id becomes part of a file name. */
static enum err_code
parse_id(const struct json_value *line, struct patch_header *out,
         struct error *err)
{
    struct str id = {NULL, 0};
    enum err_code code = get_str(line, "id", true, &id, err);

    if (code)
        return code;
    if (id.len != PATCH_ID_SIZE - 1)
        return bad(err, "the header's \"id\" is not 16 hex digits");
    for (size_t i = 0; i < id.len; i++) {
        if (!memchr("0123456789abcdef", id.ptr[i], 16))
            return bad(err, "the header's \"id\" is not 16 hex digits");
        out->id[i] = id.ptr[i];
    }
    return ERR_OK;
}

enum err_code
patch_header_parse(struct str line, struct arena *arena,
                   struct patch_header *out, struct error *err)
{
    const struct json_value *value = NULL;
    struct patch_header header = {0};
    enum err_code code = json_parse(line, arena, &value, err);

    if (code)
        return code;
    if (!str_equal(json_get_str(value, "format", STR_LIT("")),
                   STR_LIT(PATCH_FORMAT)))
        return bad(err, "not a stet patch set");
    if (json_get_int(value, "version", 0) != PATCH_VERSION)
        return bad(err, "a patch set of another version: use a newer stet");
    code = parse_id(value, &header, err);
    if (!code)
        code = get_str(value, "corpus", true, &header.corpus, err);
    if (!code)
        code = get_hash(value, "index", &header.index, err);
    if (!code)
        code = get_time(value, "created", &header.created_us, err);
    if (!code)
        code = get_str(value, "policy", false, &header.policy, err);
    if (!code)
        code = get_str(value, "rewrites", false, &header.rewrites, err);
    if (!code)
        code = parse_mappings(value, arena, &header, err);
    if (!code)
        code = get_strs(value, "segment_scores", arena, &header.segment_scores,
                        &header.segment_score_count, err);
    if (!code)
        code = get_strs(value, "verdicts", arena, &header.verdicts,
                        &header.verdict_count, err);
    if (!code)
        code = get_strs(value, "tags", arena, &header.tags, &header.tag_count,
                        err);
    if (!code)
        code = parse_shards(value, arena, &header, err);
    if (!code)
        *out = header;
    return code;
}
