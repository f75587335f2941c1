/* New documents: those that reviewers wrote, and rewrites that go beside their
 * originals. Their records have the members that the corpus's mapping names. */
#include "config.h"

#include "export_private.h"

#include <stdlib.h>

#include "annotation_check.h"
#include "splice_record.h"
#include "stet/json.h"
#include "stet/utf8.h"

#define ID_SIZE (5 + UUID_TEXT_SIZE)

static void
make_id(const struct uuid *uuid, char id[ID_SIZE])
{
    memcpy(id, "stet:", 5);
    uuid_format(uuid, id + 5);
}

/* `text` as JSON, in the arena. */
static enum err_code
quote(struct str text, struct arena *arena, struct str *out, struct error *err)
{
    struct buf buf = {0};
    enum err_code code = json_write_string(&buf, text, false, err);

    if (!code) {
        *out = arena_copy(arena, buf_str(&buf));
        if (!out->ptr)
            code = error_nomem(err);
    }
    buf_release(&buf);
    return code;
}

/* The record with the value at a path. */
static enum err_code
set_at(struct str *record, const struct member_path *home, struct str key,
       struct str value, struct arena *arena, struct error *err)
{
    struct record_splices splices = {.arena = arena};
    struct member member = {key, value};
    struct buf out = {0};
    enum err_code code =
        splice_members(*record, home, &member, 1, &splices, err);

    if (!code)
        code = splices_apply(*record, &splices, &out, err);
    if (!code) {
        *record = arena_copy(arena, buf_str(&out));
        if (!record->ptr)
            code = error_nomem(err);
    }
    buf_release(&out);
    return code;
}

static enum err_code
set_path(struct str *record, struct str path, struct str value,
         struct arena *arena, struct error *err)
{
    struct member_path home;
    enum err_code code = member_path_parse(path, arena, &home, err);
    struct str key;

    if (code)
        return code;
    key = home.keys[--home.count];
    return set_at(record, &home, key, value, arena, err);
}

/* Blanks for line ends between tokens: a record is one line. */
static enum err_code
one_line(struct str *record, struct arena *arena, struct error *err)
{
    struct str copy = arena_copy(arena, *record);
    char *bytes = arena_bytes(arena, copy.len + 1);

    if (!copy.ptr || !bytes)
        return error_nomem(err);
    for (size_t i = 0; i < copy.len; i++)
        bytes[i] =
            copy.ptr[i] == '\n' || copy.ptr[i] == '\r' ? ' ' : copy.ptr[i];
    *record = (struct str){bytes, copy.len};
    return ERR_OK;
}

/* A new document as a line of the patch set. */
static enum err_code
append(struct exporter *x, const struct annotation *a, struct patch *patch,
       struct arena *arena, struct error *err)
{
    struct patch_edit edit;
    enum err_code code = export_edit(x, OP_ADD, a, arena, &edit, err);

    if (!code)
        code = one_line(&patch->add, arena, err);
    if (code)
        return code;
    patch->is_addition = true;
    patch->uuid = a->uuid;
    patch->edits = &edit;
    patch->edit_count = 1;
    patch->has_after = true;
    patch_count(&x->counts, patch);
    code = patch_format(patch, &x->additions, err);
    if (!code && x->sink && x->sink->added)
        code = x->sink->added(x->sink_ctx, patch, err);
    patch->edits = NULL;
    return code;
}

static struct text_id
identify(struct str text)
{
    return (struct text_id){hash_of(text), text.len, utf8_count(text)};
}

/* {"rewrite_of":{"source":…,"id":…,"sha256":…}} */
static struct str
format_link(const struct document *document, struct arena *arena)
{
    struct buf text = {0};
    struct json_out w = {&text, false};
    char hex[HASH_HEX_SIZE];
    struct str link;

    json_open(&w, '{');
    json_key(&w, "rewrite_of");
    json_open(&w, '{');
    if (document->source.ptr) {
        json_key(&w, "source");
        json_str(&w, document->source);
    }
    if (document->id_token.ptr) {
        json_key(&w, "id");
        json_raw(&w, document->id_token);
    }
    hash_format(&document->text_hash, hex);
    json_key(&w, "sha256");
    json_str(&w, str_of(hex));
    json_close(&w, '}');
    json_close(&w, '}');
    link = arena_copy(arena, buf_str(&text));
    buf_release(&text);
    return link;
}

static enum err_code
add_link(struct str *record, const struct document *document,
         struct arena *arena, struct error *err)
{
    struct member_path home = {{STR_LIT("metadata")}, 1};
    struct str link = format_link(document, arena);
    enum member_kind kind;
    struct str value;
    enum err_code code = member_find(*record, &home, &kind, &value, err);

    if (!code && !link.ptr)
        code = error_nomem(err);
    if (!code && kind != MEMBER_OBJECT)
        home.count = 0;
    return code ? code
                : set_at(record, &home, STR_LIT("stet"), link, arena, err);
}

enum err_code
export_beside(struct exporter *x, const struct built *built,
              const struct annotation *rewrite, const struct document *document,
              const struct patch_mapping *mapping, struct arena *arena,
              struct error *err)
{
    struct record_splices splices = {.arena = arena};
    struct patch patch = {.source = document->source,
                          .after = identify(built->text)};
    struct buf out = {0};
    char id[ID_SIZE];
    enum err_code code = splice_text(document, built->edits, built->edit_count,
                                     built->whole, &splices, err);

    if (!code)
        code = splices_apply(document->raw, &splices, &out, err);
    if (!code) {
        patch.add = arena_copy(arena, buf_str(&out));
        if (!patch.add.ptr)
            code = error_nomem(err);
    }
    buf_release(&out);
    make_id(&rewrite->uuid, id);
    if (!code)
        code = quote(str_of(id), arena, &patch.id_token, err);
    if (!code)
        code =
            set_path(&patch.add, mapping->id.ptr ? mapping->id : STR_LIT("id"),
                     patch.id_token, arena, err);
    if (!code)
        code = add_link(&patch.add, document, arena, err);
    return code ? code : append(x, rewrite, &patch, arena, err);
}

/* A reviewer's record has text, id, source, metadata; the corpus may name
 * them otherwise. */
static enum err_code
fit_record(const struct patch_mapping *mapping, const struct json_value *record,
           struct str id_token, struct arena *arena, struct patch *out,
           struct error *err)
{
    struct str text = json_get_str(record, "text", (struct str){NULL, 0});
    struct str source = json_get_str(record, "source", (struct str){NULL, 0});
    const struct json_value *metadata = json_get(record, "metadata");
    struct str quoted = {NULL, 0};
    enum err_code code = quote(text, arena, &quoted, err);

    out->add = STR_LIT("{}");
    out->after = identify(text);
    out->id_token = id_token;
    if (!code)
        code =
            set_path(&out->add, mapping->id.ptr ? mapping->id : STR_LIT("id"),
                     id_token, arena, err);
    if (!code)
        code = set_path(&out->add, mapping->text, quoted, arena, err);
    if (!code && source.ptr)
        code = quote(source, arena, &quoted, err);
    if (!code && source.ptr && mapping->source.ptr) {
        out->source = source;
        code = set_path(&out->add, mapping->source, quoted, arena, err);
    }
    if (!code && metadata && metadata->type == JSON_OBJECT)
        for (const struct json_value *v = metadata->first; v && !code;
             v = v->next) {
            struct member_path home = {{STR_LIT("metadata")}, 1};

            code = set_at(&out->add, &home, v->key, v->raw, arena, err);
        }
    return code;
}

static enum err_code
export_one_add(struct exporter *x, const struct annotation *a,
               struct error *err)
{
    const struct patch_mapping *mapping = &x->mappings[0];
    const struct json_value *record = NULL;
    struct error ignored = ERROR_INIT;
    struct arena arena;
    struct patch patch = {0};
    struct str id_token = {NULL, 0};
    char id[ID_SIZE];
    enum err_code code = ERR_OK;

    arena_init(&arena, 0);
    make_id(&a->uuid, id);
    if (json_parse(a->text, &arena, &record, &ignored) ||
        !json_get_str(record, "text", (struct str){NULL, 0}).ptr ||
        !mapping->text.len) {
        export_conflict(x, NULL, a,
                        STR_LIT("the new document has no text, or the corpus's "
                                "records are no objects"));
        goto out;
    }
    code = quote(str_of(id), &arena, &id_token, err);
    if (!code)
        code = fit_record(mapping, record, id_token, &arena, &patch, err);
    if (!code)
        code = append(x, a, &patch, &arena, err);
out:
    arena_release(&arena);
    return code;
}

enum err_code
export_adds(struct exporter *x, struct error *err)
{
    struct annotation *adds = NULL;
    size_t count = 0;
    enum err_code code;

    /* A query is about documents of the index; these are not there. */
    if (x->options->query.len)
        return ERR_OK;
    code = export_adds_load(x, &adds, &count, err);
    for (size_t i = 0; i < count && !code; i++)
        if (x->options->models || !reviewer_is_model(adds[i].reviewer))
            code = export_one_add(x, &adds[i], err);
    free(adds);
    return code;
}
