/* Verdict, tags, ratings and spans as members of a record: `metadata.stet`,
 * `stet` where metadata is no object, a path of the user's, or attributes in
 * Dolma's form. */
#include "config.h"

#include "apply_record.h"

#include <stdlib.h>

#include "stet/json.h"

static bool
counts(const struct tag_state *state, size_t at, enum patch_op op)
{
    return state->patch->edits[at].op == op &&
           state->edits[at].outcome != EDIT_CONFLICT;
}

bool
tags_are_given(const struct tag_state *state)
{
    for (size_t i = 0; i < state->patch->edit_count; i++)
        if (counts(state, i, OP_VERDICT) || counts(state, i, OP_TAG) ||
            counts(state, i, OP_UNTAG) || counts(state, i, OP_RATE))
            return true;
    return false;
}

static int
compare_strs(const void *left, const void *right)
{
    return str_compare(*(const struct str *)left, *(const struct str *)right);
}

/* The document's tags, sorted, each once. */
static enum err_code
put_tags(const struct tag_state *state, struct arena *arena, struct json_out *w,
         struct error *err)
{
    size_t count = 0;
    struct str *tags =
        arena_alloc(arena, (state->patch->edit_count + 1) * sizeof(*tags));

    if (!tags)
        return error_nomem(err);
    for (size_t i = 0; i < state->patch->edit_count; i++)
        if (counts(state, i, OP_TAG) && !state->patch->edits[i].has_span)
            tags[count++] = state->patch->edits[i].value;
    if (count > 1)
        qsort(tags, count, sizeof(*tags), compare_strs);
    json_key(w, "tags");
    json_open(w, '[');
    for (size_t i = 0; i < count; i++)
        if (i == 0 || !str_equal(tags[i - 1], tags[i]))
            json_str(w, tags[i]);
    json_close(w, ']');
    return ERR_OK;
}

static void
put_key(struct json_out *w, struct str key)
{
    json_str(w, key);
    xbuf_append(w->out, ":", 1);
    w->comma = false;
}

static void
put_ratings(const struct tag_state *state, struct json_out *w)
{
    bool open = false;

    for (size_t i = 0; i < state->patch->edit_count; i++) {
        if (!counts(state, i, OP_RATE))
            continue;
        if (!open) {
            json_key(w, "rating");
            json_open(w, '{');
            open = true;
        }
        put_key(w, state->patch->edits[i].value);
        json_double(w, state->patch->edits[i].number);
    }
    if (open)
        json_close(w, '}');
}

static void
put_spans(const struct tag_state *state, struct json_out *w)
{
    bool open = false;

    for (size_t i = 0; i < state->patch->edit_count; i++) {
        if (!counts(state, i, OP_TAG) || !state->patch->edits[i].has_span)
            continue;
        if (!open) {
            json_key(w, "spans");
            json_open(w, '[');
            open = true;
        }
        json_open(w, '{');
        json_key(w, "start");
        json_int(w, (int64_t)state->spans[i].start_cp);
        json_key(w, "end");
        json_int(w, (int64_t)state->spans[i].end_cp);
        json_key(w, "tag");
        json_str(w, state->spans[i].tag);
        json_close(w, '}');
    }
    if (open)
        json_close(w, ']');
}

static bool
is_own_key(struct str key)
{
    static const char *const own[] = {"verdict", "tags", "rating", "spans",
                                      "patch"};

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (str_equal(key, str_of(own[i])))
            return true;
    return false;
}

static bool
names_a_patch(const struct json_value *value)
{
    return json_get_str(value, "patch", (struct str){NULL, 0}).ptr != NULL;
}

/* What stands where the object goes: an older one, whose other members stay,
 * or something that is not stet's and must not be lost. */
static enum err_code
put_others(struct str old, struct arena *arena, struct json_out *w,
           struct error *err)
{
    const struct json_value *value = NULL;
    bool ours;

    if (!old.ptr)
        return ERR_OK;
    if (json_parse(old, arena, &value, err) || value->type != JSON_OBJECT)
        return error_set(err, ERR_CONFLICT,
                         "something else stands where the tags go");
    ours = names_a_patch(value);
    for (const struct json_value *v = value->first; v; v = v->next) {
        if (!is_own_key(v->key)) {
            put_key(w, v->key);
            json_raw(w, v->raw);
        } else if (!ours) {
            return error_set(err, ERR_CONFLICT,
                             "something else stands where the tags go");
        }
    }
    return ERR_OK;
}

/* {…,"verdict":…,"tags":[…],"rating":{…},"spans":[…],"patch":id}, where `old`
 * stands now. */
static enum err_code
format_stet(const struct apply_context *context, const struct tag_state *state,
            struct str old, struct arena *arena, struct str *out,
            struct error *err)
{
    struct buf text = {0};
    struct json_out w = {&text, false};
    enum err_code code = ERR_OK;

    json_open(&w, '{');
    code = put_others(old, arena, &w, err);
    for (size_t i = 0; i < state->patch->edit_count; i++) {
        if (!counts(state, i, OP_VERDICT))
            continue;
        json_key(&w, "verdict");
        json_str(&w, state->patch->edits[i].value);
        break;
    }
    if (!code)
        code = put_tags(state, arena, &w, err);
    put_ratings(state, &w);
    put_spans(state, &w);
    json_key(&w, "patch");
    json_str(&w, str_of(context->header->id));
    json_close(&w, '}');
    if (!code) {
        *out = arena_copy(arena, buf_str(&text));
        if (!out->ptr)
            code = error_nomem(err);
    }
    buf_release(&text);
    return code;
}

static bool same_value(const struct json_value *a, const struct json_value *b,
                       unsigned depth);

/* Members in any order; lists in order. */
static bool
same_children(const struct json_value *a, const struct json_value *b,
              unsigned depth)
{
    const struct json_value *other = b->first;

    for (const struct json_value *v = a->first; v; v = v->next) {
        if (a->type == JSON_OBJECT) {
            other = b->first;
            while (other && !str_equal(other->key, v->key))
                other = other->next;
        }
        if (!other || !same_value(v, other, depth))
            return false;
        if (a->type == JSON_ARRAY)
            other = other->next;
    }
    return a->type == JSON_OBJECT || !other;
}

/* Whether two small values mean the same, however they are written. */
static bool
same_value(const struct json_value *a, const struct json_value *b,
           unsigned depth)
{
    if (a->type != b->type || depth > 8)
        return false;
    if (a->type == JSON_STRING)
        return str_equal(a->string, b->string);
    if (a->type == JSON_NUMBER)
        return !(a->number < b->number) && !(a->number > b->number);
    if (a->type == JSON_ARRAY)
        return same_children(a, b, depth + 1);
    if (a->type == JSON_OBJECT)
        return same_children(a, b, depth + 1) && same_children(b, a, depth + 1);
    return true;
}

static bool
same_json(struct str a, struct str b, struct arena *arena)
{
    const struct json_value *left = NULL;
    const struct json_value *right = NULL;
    struct error ignored = ERROR_INIT;

    return str_equal(a, b) || (!json_parse(a, arena, &left, &ignored) &&
                               !json_parse(b, arena, &right, &ignored) &&
                               same_value(left, right, 0));
}

/* Set one member unless it has that value. */
static enum err_code
set_member(struct str raw, const struct member_path *path,
           const struct member *member, struct record_splices *out,
           struct error *err)
{
    struct member_path whole = *path;
    enum member_kind kind;
    struct str value;
    enum err_code code;

    whole.keys[whole.count++] = member->key;
    code = member_find(raw, &whole, &kind, &value, err);
    if (code)
        return code;
    if (value.ptr && same_json(value, member->value, out->arena))
        return ERR_OK;
    return splice_members(raw, path, member, 1, out, err);
}

/* The object that holds "stet". */
static enum err_code
stet_home(struct str raw, struct member_path *home, struct error *err)
{
    struct member_path metadata = {{STR_LIT("metadata")}, 1};
    enum member_kind kind;
    struct str value;
    enum err_code code = member_find(raw, &metadata, &kind, &value, err);

    home->count = 0;
    if (!code && kind == MEMBER_OBJECT)
        *home = metadata;
    return code;
}

/* Where the options want the whole object: its parent and its key. */
static enum err_code
stet_place(const struct apply_context *context, struct str raw,
           struct arena *arena, struct member_path *home, struct str *key,
           struct error *err)
{
    enum err_code code;

    if (context->options->tags_at == TAGS_STET) {
        *key = STR_LIT("stet");
        return stet_home(raw, home, err);
    }
    code = member_path_parse(context->options->tags_path, arena, home, err);
    if (!code)
        *key = home->keys[--home->count];
    return code;
}

/* [[start,end,number]] */
static struct str
dolma_value(uint64_t start, uint64_t end, double number, struct arena *arena)
{
    struct buf text = {0};
    struct json_out w = {&text, false};
    struct str out;

    json_open(&w, '[');
    json_open(&w, '[');
    json_int(&w, (int64_t)start);
    json_int(&w, (int64_t)end);
    json_double(&w, number);
    json_close(&w, ']');
    json_close(&w, ']');
    out = arena_copy(arena, buf_str(&text));
    buf_release(&text);
    return out;
}

/* Another span of the same attribute: its entry goes into the list. */
static bool
extend_member(struct member *members, size_t count, struct member *more,
              struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        struct str old = members[i].value;
        char *bytes = NULL;
        size_t len;

        if (!str_equal(members[i].key, more->key))
            continue;
        len = old.len + more->value.len - 1;
        bytes = arena_bytes(arena, len);
        if (!bytes)
            return false;
        memcpy(bytes, old.ptr, old.len - 1);
        bytes[old.len - 1] = ',';
        memcpy(bytes + old.len, more->value.ptr + 1, more->value.len - 1);
        members[i].value = (struct str){bytes, len};
        more->key.ptr = NULL;
        return true;
    }
    return true;
}

/* One edit as an attribute `<run>__human__<name>`; key ptr NULL: none. False:
 * out of memory. */
static bool
dolma_member(const struct apply_context *context, const struct tag_state *state,
             size_t at, struct arena *arena, struct member *out)
{
    const struct patch_edit *edit = &state->patch->edits[at];
    struct str run = context->options->run;
    struct buf key = {0};
    bool spanned = edit->op == OP_TAG && edit->has_span;

    *out = (struct member){{NULL, 0}, {NULL, 0}};
    if (!counts(state, at, OP_VERDICT) && !counts(state, at, OP_TAG) &&
        !counts(state, at, OP_RATE))
        return true;
    xbuf_append_str(&key, run.len ? run : STR_LIT("stet"));
    xbuf_append_str(&key, STR_LIT("__human__"));
    if (edit->op == OP_VERDICT)
        xbuf_append_str(&key, STR_LIT("verdict_"));
    xbuf_append_str(&key, edit->value);
    out->key = arena_copy(arena, buf_str(&key));
    out->value = dolma_value(spanned ? state->spans[at].start_cp : 0,
                             spanned ? state->spans[at].end_cp : state->text_cp,
                             edit->op == OP_RATE ? edit->number : 1.0, arena);
    buf_release(&key);
    return out->key.ptr && out->value.ptr;
}

static enum err_code
splice_dolma(const struct apply_context *context, const struct tag_state *state,
             struct str raw, struct record_splices *out, struct error *err)
{
    struct member_path home = {{STR_LIT("attributes")}, 1};
    struct member_path path = home;
    struct member *members = arena_alloc(
        out->arena, (state->patch->edit_count + 1) * sizeof(*members));
    size_t count = 0;
    size_t kept = 0;

    if (!members)
        return error_nomem(err);
    for (size_t i = 0; i < state->patch->edit_count; i++) {
        struct member member;

        if (!dolma_member(context, state, i, out->arena, &member) ||
            !extend_member(members, count, &member, out->arena))
            return error_nomem(err);
        if (member.key.ptr)
            members[count++] = member;
    }
    for (size_t i = 0; i < count; i++) {
        enum member_kind kind;
        struct str value;
        enum err_code code;

        path.keys[1] = members[i].key;
        path.count = 2;
        code = member_find(raw, &path, &kind, &value, err);
        if (code)
            return code;
        if (!value.ptr || !same_json(value, members[i].value, out->arena))
            members[kept++] = members[i];
    }
    return splice_members(raw, &home, members, kept, out, err);
}

static bool
is_stet(struct str old, struct arena *arena)
{
    const struct json_value *value = NULL;
    struct error ignored = ERROR_INIT;

    return old.ptr && !json_parse(old, arena, &value, &ignored) &&
           value->type == JSON_OBJECT && names_a_patch(value);
}

enum err_code
tags_splice(const struct apply_context *context, const struct tag_state *state,
            struct str raw, struct record_splices *out, struct error *err)
{
    struct member_path home = {{{NULL, 0}}, 0};
    struct member_path whole;
    struct member member = {{NULL, 0}, {NULL, 0}};
    struct str old = {NULL, 0};
    enum member_kind kind;
    enum err_code code;

    if (context->options->tags_at == TAGS_NONE)
        return ERR_OK;
    if (context->options->tags_at == TAGS_DOLMA)
        return splice_dolma(context, state, raw, out, err);
    code = stet_place(context, raw, out->arena, &home, &member.key, err);
    if (code)
        return code;
    whole = home;
    whole.keys[whole.count++] = member.key;
    code = member_find(raw, &whole, &kind, &old, err);
    /* Nothing left to say: only what was said before is taken back. */
    if (code || (!tags_are_given(state) && !is_stet(old, out->arena)))
        return code;
    code = format_stet(context, state, old, out->arena, &member.value, err);
    if (code)
        return code;
    return set_member(raw, &home, &member, out, err);
}

/* The stet object of a record and where it hangs. */
static bool
find_stet(const struct apply_context *context, struct str raw,
          struct arena *arena, struct member_path *home, struct str *key,
          const struct json_value **value)
{
    struct error ignored = ERROR_INIT;
    struct member_path whole;
    enum member_kind kind;
    struct str json;

    if (context->options->tags_at != TAGS_STET &&
        context->options->tags_at != TAGS_PATH)
        return false;
    if (stet_place(context, raw, arena, home, key, &ignored))
        return false;
    whole = *home;
    whole.keys[whole.count++] = *key;
    return !member_find(raw, &whole, &kind, &json, &ignored) &&
           kind == MEMBER_OBJECT && !json_parse(json, arena, value, &ignored);
}

const struct json_value *
record_stet_object(const struct apply_options *options, struct str raw,
                   struct arena *arena)
{
    struct apply_context context = {.options = options};
    struct member_path home;
    struct str key;
    const struct json_value *value = NULL;

    if (!find_stet(&context, raw, arena, &home, &key, &value))
        return NULL;
    return names_a_patch(value) ? value : NULL;
}

bool
tags_name_patch(const struct apply_context *context, struct str raw)
{
    struct arena arena;
    struct member_path home;
    struct str key;
    const struct json_value *value = NULL;
    bool found;

    arena_init(&arena, 0);
    found = find_stet(context, raw, &arena, &home, &key, &value) &&
            str_equal(json_get_str(value, "patch", STR_LIT("")),
                      str_of(context->header->id));
    arena_release(&arena);
    return found;
}

enum err_code
record_untagged(const struct apply_context *context, struct str raw,
                struct buf *out, struct error *err)
{
    struct arena arena;
    struct member_path home;
    struct str key;
    const struct json_value *value = NULL;
    enum err_code code = ERR_OK;

    arena_init(&arena, 0);
    if (!find_stet(context, raw, &arena, &home, &key, &value) ||
        !str_equal(json_get_str(value, "patch", STR_LIT("")),
                   str_of(context->header->id)))
        code = error_set(err, ERR_NOTFOUND, "not tagged by this patch set");
    else
        code = record_without(raw, &home, key,
                              context->options->tags_at == TAGS_PATH, out, err);
    arena_release(&arena);
    return code;
}
