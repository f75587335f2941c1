/* Members of a record's objects, set by splicing: everything that is not the
 * new value keeps its bytes. Of equal keys the last one counts. */
#include "config.h"

#include "splice_record.h"

#include <stdlib.h>
#include <string.h>

#include "splice_list.h"
#include "stet/json.h"

enum err_code
splices_add(struct record_splices *splices, const struct record_splice *splice,
            struct error *err)
{
    if (splices->count == splices->cap) {
        size_t cap = splices->cap ? 2 * splices->cap : 8;
        struct record_splice *list =
            arena_alloc(splices->arena, cap * sizeof(*list));

        if (!list)
            return error_nomem(err);
        if (splices->count)
            memcpy(list, splices->list, splices->count * sizeof(*list));
        splices->list = list;
        splices->cap = cap;
    }
    splices->list[splices->count++] = *splice;
    return ERR_OK;
}

/* A key in quotes at text[at]; *end is set past it. */
static enum err_code
parse_quoted(struct str text, size_t at, struct arena *arena, struct str *key,
             size_t *end, struct error *err)
{
    struct buf decoded = {0};
    size_t stop = at + 1;
    enum err_code code;

    while (stop < text.len && text.ptr[stop] != '"')
        stop += text.ptr[stop] == '\\' ? 2 : 1;
    if (stop >= text.len)
        return error_set(err, ERR_USAGE, "a key's quote is not closed");
    *end = stop + 1;
    code = json_decode_string(str_slice(text, at, *end), &decoded, err);
    if (!code) {
        *key = arena_copy(arena, buf_str(&decoded));
        if (!key->ptr)
            code = error_nomem(err);
    }
    buf_release(&decoded);
    return code == ERR_FORMAT ? error_set(err, ERR_USAGE, "not a key") : code;
}

/* A key at text[at], in quotes or not; *end is set past it. */
static enum err_code
parse_key(struct str text, size_t at, struct arena *arena, struct str *key,
          size_t *end, struct error *err)
{
    if (at < text.len && text.ptr[at] == '"')
        return parse_quoted(text, at, arena, key, end, err);
    *end = at;
    while (*end < text.len && text.ptr[*end] != '.')
        ++*end;
    if (*end == at)
        return error_set(err, ERR_USAGE, "not a path of keys joined by '.'");
    *key = str_slice(text, at, *end);
    return ERR_OK;
}

enum err_code
member_path_parse(struct str text, struct arena *arena, struct member_path *out,
                  struct error *err)
{
    const unsigned max = sizeof(out->keys) / sizeof(out->keys[0]);
    size_t at = 0;

    out->count = 0;
    while (out->count < max) {
        size_t end = at;
        enum err_code code =
            parse_key(text, at, arena, &out->keys[out->count], &end, err);

        if (code)
            return code;
        out->count++;
        if (end == text.len)
            return ERR_OK;
        if (text.ptr[end] != '.')
            break;
        at = end + 1;
    }
    return error_set(err, ERR_USAGE, "not a path of keys joined by '.'");
}

/* One member of an object, offsets in the record. */
struct place {
    bool found;
    size_t comma; /* end of what stands before the key */
    size_t start, end;
};
struct object {
    size_t open;     /* just past '{' */
    size_t last_end; /* of the last member's value; `open` when empty */
    bool empty;
};

static enum err_code
key_equals(struct str raw, const struct json_token *token, struct str key,
           bool *equal, struct error *err)
{
    struct str quoted = str_slice(raw, token->start, token->end);
    struct buf decoded = {0};
    enum err_code code = ERR_OK;

    if (!(token->flags & (JSON_ESCAPED | JSON_BAD_UTF8))) {
        *equal = str_equal(str_slice(quoted, 1, quoted.len - 1), key);
        return ERR_OK;
    }
    code = json_decode_string(quoted, &decoded, err);
    *equal = !code && str_equal(buf_str(&decoded), key);
    buf_release(&decoded);
    return code;
}

/* Walk the members of the object at `start`; the last one named `key`. */
static enum err_code
scan_object(struct str raw, size_t start, struct str key, struct object *object,
            struct place *place, struct error *err)
{
    struct str input = str_slice(raw, start, raw.len);
    struct json_scan scan;
    struct json_token token;
    enum err_code code;

    json_scan_init(&scan, input, 256);
    code = json_next(&scan, &token, err);
    if (code)
        return code;
    *object = (struct object){start + token.end, start + token.end, true};
    *place = (struct place){0};
    while (!(code = json_next(&scan, &token, err)) && token.type == JSON_KEY) {
        size_t before = object->last_end;
        size_t end = 0;
        bool equal = false;

        code = key_equals(input, &token, key, &equal, err);
        if (!code)
            code = json_next(&scan, &token, err);
        if (!code)
            code = json_skip(&scan, &token, &end, err);
        if (code)
            break;
        if (equal)
            *place =
                (struct place){true, before, start + token.start, start + end};
        object->last_end = start + end;
        object->empty = false;
    }
    return code;
}

/* Where the top-level value starts. */
static size_t
value_start(struct str raw)
{
    size_t at = 0;

    while (at < raw.len && strchr(" \t\r\n", raw.ptr[at]) && raw.ptr[at])
        at++;
    return at;
}

/* Walk down as far as objects go. *depth keys were entered; *start is the
 * innermost object or, with kind OTHER, what is in the way. */
static enum err_code
walk_down(struct str raw, const struct member_path *path, size_t *start,
          unsigned *depth, enum member_kind *kind, size_t *end,
          struct error *err)
{
    struct object object;
    struct place place;

    *start = value_start(raw);
    *end = raw.len;
    *depth = 0;
    for (;;) {
        enum err_code code;

        *kind = *start < raw.len && raw.ptr[*start] == '{' ? MEMBER_OBJECT
                                                           : MEMBER_OTHER;
        if (*kind == MEMBER_OTHER || *depth == path->count)
            return ERR_OK;
        code =
            scan_object(raw, *start, path->keys[*depth], &object, &place, err);
        if (code)
            return code;
        if (!place.found) {
            *kind = MEMBER_ABSENT;
            return ERR_OK;
        }
        *start = place.start;
        *end = place.end;
        (*depth)++;
    }
}

enum err_code
member_find(struct str raw, const struct member_path *path,
            enum member_kind *kind, struct str *value, struct error *err)
{
    size_t start = 0;
    size_t end = 0;
    unsigned depth = 0;
    enum err_code code = walk_down(raw, path, &start, &depth, kind, &end, err);

    if (code)
        return code;
    if (*kind == MEMBER_OTHER && depth < path->count)
        *kind = MEMBER_ABSENT;
    *value = *kind == MEMBER_ABSENT ? (struct str){NULL, 0}
                                    : str_slice(raw, start, end);
    return ERR_OK;
}

static void
append_member(struct buf *out, struct str key, bool comma)
{
    struct json_out w = {out, comma};

    json_str(&w, key);
    xbuf_append(out, ":", 1);
}

/* What is put behind the last member: the new members, inside the objects of
 * the path that are missing. */
static enum err_code
splice_new(const struct object *object, const struct member_path *path,
           unsigned depth, const struct member *members, size_t count,
           struct record_splices *out, struct error *err)
{
    struct record_splice splice = {
        object->last_end, object->last_end, {NULL, 0}};
    struct buf text = {0};
    enum err_code code = ERR_OK;

    for (unsigned i = depth; i < path->count; i++) {
        append_member(&text, path->keys[i], i == depth && !object->empty);
        xbuf_append(&text, "{", 1);
    }
    for (size_t i = 0; i < count; i++) {
        append_member(&text, members[i].key,
                      i > 0 || (depth == path->count && !object->empty));
        xbuf_append_str(&text, members[i].value);
    }
    for (unsigned i = depth; i < path->count; i++)
        xbuf_append(&text, "}", 1);
    splice.bytes = arena_copy(out->arena, buf_str(&text));
    buf_release(&text);
    if (!splice.bytes.ptr)
        return error_nomem(err);
    code = splices_add(out, &splice, err);
    return code;
}

enum err_code
splice_members(struct str raw, const struct member_path *path,
               const struct member *members, size_t count,
               struct record_splices *out, struct error *err)
{
    size_t start = 0;
    size_t end = 0;
    unsigned depth = 0;
    enum member_kind kind;
    struct object object = {0};
    struct place place = {0};
    struct member *missing = NULL;
    size_t missing_count = 0;
    enum err_code code = walk_down(raw, path, &start, &depth, &kind, &end, err);

    if (code)
        return code;
    if (kind == MEMBER_OTHER)
        return error_set(err, ERR_CONFLICT,
                         "%s is not an object: no place for tags",
                         depth ? "a value on the path" : "the record");
    if (count == 0)
        return ERR_OK;
    missing = arena_alloc(out->arena, count * sizeof(*missing));
    if (!missing)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        struct record_splice splice;

        code = scan_object(raw, start, members[i].key, &object, &place, err);
        if (code)
            return code;
        if (kind == MEMBER_ABSENT || !place.found) {
            missing[missing_count++] = members[i];
            continue;
        }
        splice = (struct record_splice){
            place.start, place.end, arena_copy(out->arena, members[i].value)};
        if (!splice.bytes.ptr)
            return error_nomem(err);
        code = splices_add(out, &splice, err);
        if (code)
            return code;
    }
    if (missing_count == 0)
        return ERR_OK;
    return splice_new(&object, path, depth, missing, missing_count, out, err);
}

static int
compare_splices(const void *left, const void *right)
{
    const struct record_splice *a = left;
    const struct record_splice *b = right;

    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return a->end < b->end ? -1 : a->end > b->end;
}

enum err_code
splices_apply(struct str raw, struct record_splices *splices, struct buf *out,
              struct error *err)
{
    enum err_code code = ERR_OK;
    size_t at = 0;

    if (splices->count > 1)
        qsort(splices->list, splices->count, sizeof(*splices->list),
              compare_splices);
    for (size_t i = 0; i < splices->count && !code; i++) {
        const struct record_splice *splice = &splices->list[i];

        if (splice->start < at)
            return error_set(err, ERR_CONFLICT,
                             "two edits change the same value of the record");
        code = buf_append_str(out, str_slice(raw, at, splice->start), err);
        if (!code)
            code = buf_append_str(out, splice->bytes, err);
        at = splice->end;
    }
    return code ? code : buf_append_str(out, str_slice(raw, at, raw.len), err);
}

enum err_code
record_without(struct str raw, const struct member_path *path, struct str key,
               bool prune, struct buf *out, struct error *err)
{
    struct member_path home = *path;
    size_t start = 0;
    size_t end = 0;
    unsigned depth = 0;
    enum member_kind kind;
    struct object object;
    struct place place;
    enum err_code code;

    for (;;) {
        code = walk_down(raw, &home, &start, &depth, &kind, &end, err);
        if (code)
            return code;
        if (kind != MEMBER_OBJECT)
            return error_set(err, ERR_NOTFOUND, "no such object");
        code = scan_object(raw, start, key, &object, &place, err);
        if (code)
            return code;
        if (!place.found)
            return error_set(err, ERR_NOTFOUND, "no such member");
        if (!prune || home.count == 0 || place.comma != object.open ||
            place.end != object.last_end)
            break;
        key = home.keys[--home.count];
    }
    code = buf_append_str(out, str_slice(raw, 0, place.comma), err);
    if (!code)
        code = buf_append_str(out, str_slice(raw, place.end, raw.len), err);
    return code;
}
