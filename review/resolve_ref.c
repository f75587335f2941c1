/* References of the command line: from what a person writes to a document. */
#include "config.h"

#include <stdlib.h>

#include "stet/json.h"
#include "stet/resolve.h"

#define CANDIDATES_SHOWN 5

/* Document numbers that fit, each once. */
struct candidates {
    struct arena arena;
    uint32_t *docs;
    size_t count;
};

static bool
has_doc(const struct candidates *found, uint32_t doc)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->docs[i] == doc)
            return true;
    return false;
}

static enum err_code
add_docs(struct candidates *found, const uint32_t *docs, size_t count,
         struct error *err)
{
    uint32_t *more =
        arena_alloc(&found->arena, (found->count + count + 1) * sizeof(*more));

    if (!more)
        return error_nomem(err);
    if (found->count)
        memcpy(more, found->docs, found->count * sizeof(*more));
    found->docs = more;
    for (size_t i = 0; i < count; i++)
        if (found->count == 0 || !has_doc(found, docs[i]))
            found->docs[found->count++] = docs[i];
    return ERR_OK;
}

static enum err_code
find_token(struct index *index, struct str token, struct str source,
           struct candidates *found, struct error *err)
{
    uint32_t *docs = NULL;
    size_t count = 0;
    enum err_code code =
        index_find_id(index, token, source, &found->arena, &docs, &count, err);

    return code == ERR_OK ? add_docs(found, docs, count, err) : code;
}

/* Slashes escaped, as PHP writes them. */
static void
escape_slashes(struct str token, struct buf *out)
{
    for (size_t i = 0; i < token.len; i++) {
        if (token.ptr[i] == '/')
            xbuf_append(out, "\\", 1);
        xbuf_append(out, token.ptr + i, 1);
    }
}

/* An id as text may stand in the record in several spellings. */
static enum err_code
find_text(struct index *index, struct str id, struct str source,
          struct candidates *found, struct error *err)
{
    enum err_code code = ERR_OK;

    for (unsigned ascii = 0; ascii < 2 && code == ERR_OK; ascii++) {
        struct buf token = {0};
        struct buf escaped = {0};

        code = json_write_string(&token, id, ascii != 0, err);
        if (code == ERR_OK)
            code = find_token(index, buf_str(&token), source, found, err);
        if (code == ERR_OK && str_find(id, STR_LIT("/"), 0) != SIZE_MAX) {
            escape_slashes(buf_str(&token), &escaped);
            code = find_token(index, buf_str(&escaped), source, found, err);
        }
        buf_release(&token);
        buf_release(&escaped);
    }
    return code;
}

static bool
is_token(struct str id)
{
    struct error err = ERROR_INIT;

    return id.len &&
           (id.ptr[0] == '"' || id.ptr[0] == '-' ||
            (id.ptr[0] >= '0' && id.ptr[0] <= '9')) &&
           json_validate(id, 1, &err) == ERR_OK;
}

static enum err_code
find_id(struct index *index, struct str id, struct str source,
        struct candidates *found, struct error *err)
{
    enum err_code code = ERR_OK;

    if (is_token(id))
        code = find_token(index, id, source, found, err);
    return code == ERR_OK ? find_text(index, id, source, found, err) : code;
}

static enum err_code
find_hash(struct index *index, struct str hex, struct candidates *found,
          struct error *err)
{
    struct hash hash;
    uint32_t *docs = NULL;
    size_t count = 0;
    enum err_code code = ERR_OK;

    if (!hash_parse(hex, &hash))
        return error_set(err, ERR_USAGE,
                         "sha:%.*s: expected the 64 digits of a SHA-256",
                         STR_FMT(hex));
    code = index_find_hash(index, &hash, &found->arena, &docs, &count, err);
    return code == ERR_OK ? add_docs(found, docs, count, err) : code;
}

/* SHARD:N; false when it does not have that form. */
static bool
split_place(struct str s, struct str *path, uint64_t *record)
{
    const char *digits = s.ptr + s.len;
    size_t at;
    uint64_t n = 0;

    while (digits > s.ptr && digits[-1] >= '0' && digits[-1] <= '9')
        digits--;
    at = (size_t)(digits - s.ptr);
    if (at == s.len || s.len - at > 18 || at < 2 || s.ptr[at - 1] != ':')
        return false;
    for (size_t i = at; i < s.len; i++)
        n = n * 10 + (uint64_t)(s.ptr[i] - '0');
    *path = str_slice(s, 0, at - 1);
    *record = n;
    return true;
}

static enum err_code
find_place(struct index *index, struct str place, struct candidates *found,
           struct error *err)
{
    struct str path = {NULL, 0};
    uint64_t record = 0;
    uint32_t doc = 0;
    enum err_code code = ERR_OK;

    if (!split_place(place, &path, &record))
        return error_set(err, ERR_USAGE, "at:%.*s: expected at:SHARD:RECORD",
                         STR_FMT(place));
    code = index_find_place(index, path, record, &doc, err);
    if (code == ERR_NOTFOUND)
        return ERR_OK;
    return code == ERR_OK ? add_docs(found, &doc, 1, err) : code;
}

static enum err_code
find_bare(struct index *index, struct str ref, struct candidates *found,
          struct error *err)
{
    struct str any = {NULL, 0};
    struct str path = {NULL, 0};
    struct hash hash;
    uint64_t record = 0;
    enum err_code code = find_id(index, ref, any, found, err);

    if (code == ERR_OK && !found->count && hash_parse(ref, &hash))
        code = find_hash(index, ref, found, err);
    if (code == ERR_OK && !found->count && split_place(ref, &path, &record))
        code = find_place(index, ref, found, err);
    return code;
}

/* `ref` without `prefix`; false when it does not start with it. */
static bool
take_prefix(struct str ref, const char *prefix, struct str *rest)
{
    struct str p = str_of(prefix);

    if (!str_starts_with(ref, p))
        return false;
    *rest = str_slice(ref, p.len, ref.len);
    return true;
}

static enum err_code
find_ref(struct index *index, struct str ref, struct candidates *found,
         struct error *err)
{
    struct str any = {NULL, 0};
    struct str rest = ref;

    if (take_prefix(ref, "id:", &rest))
        return find_id(index, rest, any, found, err);
    if (take_prefix(ref, "sha:", &rest))
        return find_hash(index, rest, found, err);
    if (take_prefix(ref, "at:", &rest))
        return find_place(index, rest, found, err);
    if (take_prefix(ref, "source:", &rest)) {
        size_t at = str_find(rest, STR_LIT("/id:"), 0);

        if (at == SIZE_MAX)
            return error_set(err, ERR_USAGE,
                             "%.*s: expected source:SOURCE/id:ID",
                             STR_FMT(ref));
        return find_id(index, str_slice(rest, at + 4, rest.len),
                       str_slice(rest, 0, at), found, err);
    }
    return find_bare(index, ref, found, err);
}

/* Places of one item are one document to a reviewer: the first will do. */
static enum err_code
is_one_item(struct index *index, struct candidates *found, bool *one,
            struct error *err)
{
    struct str id[2];
    struct str source[2];
    struct document_place place[2];
    enum err_code code = ERR_OK;

    *one = true;
    for (size_t i = 0; i < found->count && *one && code == ERR_OK; i++) {
        size_t n = i > 0;

        code = index_place(index, found->docs[i], &place[n], err);
        if (code == ERR_OK)
            code = index_identity(index, found->docs[i], &found->arena, &id[n],
                                  &source[n], err);
        if (code == ERR_OK && n)
            *one = hash_equal(&place[0].text_hash, &place[1].text_hash) &&
                   str_equal(id[0], id[1]) && str_equal(source[0], source[1]);
    }
    return code;
}

static void
describe(struct index *index, uint32_t doc, struct buf *out)
{
    struct error err = ERROR_INIT;
    struct document_place place;
    struct arena arena;
    struct str id = {NULL, 0};
    struct str source = {NULL, 0};

    arena_init(&arena, 0);
    if (index_identity(index, doc, &arena, &id, &source, &err) == ERR_OK &&
        index_place(index, doc, &place, &err) == ERR_OK) {
        if (source.len && id.len)
            xbuf_printf(out, " source:%.*s/id:%.*s", STR_FMT(source),
                        STR_FMT(id));
        xbuf_printf(out, " at:%s:%llu", index_shard(index, place.shard)->path,
                    (unsigned long long)place.record);
    }
    arena_release(&arena);
}

static enum err_code
not_unique(struct index *index, const struct candidates *found, struct str ref,
           struct error *err)
{
    struct buf list = {0};
    enum err_code code = ERR_FORMAT;

    for (size_t i = 0; i < found->count && i < CANDIDATES_SHOWN; i++) {
        xbuf_printf(&list, i ? ";" : "");
        describe(index, found->docs[i], &list);
    }
    if (found->count > CANDIDATES_SHOWN)
        xbuf_printf(&list, "; and %zu more", found->count - CANDIDATES_SHOWN);
    code = error_set(err, ERR_FORMAT, "\"%.*s\" is not unique:%s", STR_FMT(ref),
                     xbuf_cstr(&list));
    buf_release(&list);
    return code;
}

enum err_code
resolve_ref(struct index *index, struct str ref, uint32_t *doc,
            struct error *err)
{
    struct candidates found = {{0}, NULL, 0};
    bool one = false;
    enum err_code code = ERR_OK;

    if (!ref.ptr)
        ref = STR_LIT("");
    arena_init(&found.arena, 0);
    code = find_ref(index, ref, &found, err);
    if (code == ERR_OK && found.count == 0)
        code =
            error_set(err, ERR_NOTFOUND, "no document \"%.*s\"", STR_FMT(ref));
    if (code == ERR_OK)
        code = is_one_item(index, &found, &one, err);
    if (code == ERR_OK && !one)
        code = not_unique(index, &found, ref, err);
    if (code == ERR_OK)
        *doc = found.docs[0];
    arena_release(&found.arena);
    return code;
}
