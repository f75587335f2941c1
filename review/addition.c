/* Composes the record of a new document, linked to the one it answers. */
#include "config.h"

#include "stet/addition.h"
#include "stet/json.h"

static void
write_link(struct json_out *w, const struct document *from)
{
    char hex[HASH_HEX_SIZE];

    json_key(w, "from");
    json_open(w, '{');
    if (from->source.ptr) {
        json_key(w, "source");
        json_str(w, from->source);
    }
    if (from->id_token.ptr) {
        json_key(w, "id");
        json_raw(w, from->id_token);
    }
    hash_format(&from->text_hash, hex);
    json_key(w, "sha256");
    json_str(w, str_of(hex));
    json_close(w, '}');
}

static void
write_record(struct json_out *w, const char *id, struct str text,
             const struct document *from)
{
    json_open(w, '{');
    json_key(w, "id");
    json_str(w, str_of(id));
    json_key(w, "text");
    json_str(w, text);
    json_key(w, "source");
    json_str(w, from && from->source.ptr ? from->source : STR_LIT("stet"));
    json_key(w, "metadata");
    json_open(w, '{');
    if (from && from->lang.ptr) {
        json_key(w, "lang");
        json_str(w, from->lang);
    }
    if (from) {
        json_key(w, "stet");
        json_open(w, '{');
        write_link(w, from);
        json_close(w, '}');
    }
    json_close(w, '}');
    json_close(w, '}');
}

enum err_code
addition_make(struct annotation *out, struct str text,
              const struct document *from, struct arena *arena,
              struct error *err)
{
    char uuid_text[UUID_TEXT_SIZE];
    char id[5 + UUID_TEXT_SIZE] = "stet:";
    struct buf record = {0};
    struct json_out w = {&record, false};
    struct annotation add = {.kind = ANNOTATION_ADD};

    if (!text.len)
        return error_set(err, ERR_USAGE, "the new document is empty");
    add.uuid = uuid_make();
    uuid_format(&add.uuid, uuid_text);
    memcpy(id + 5, uuid_text, UUID_TEXT_SIZE);
    write_record(&w, id, text, from);
    add.text = arena_copy(arena, buf_str(&record));
    buf_release(&record);
    if (!add.text.ptr)
        return error_nomem(err);
    *out = add;
    return ERR_OK;
}
