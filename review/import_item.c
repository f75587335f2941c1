/* Documents that rows of imported files mean, by id and source or by the hash
 * of their text. */
#include "config.h"

#include "review/import_item.h"

#include "stet/json.h"

const char *
import_wanted(const struct json_value *row, bool text_is_theirs,
              struct item_wanted *out)
{
    const struct json_value *id = json_get(row, "id");
    struct str none = {NULL, 0};
    struct str hash = json_get_str(row, "sha256", none);
    struct str text = json_get_str(row, "text", none);

    *out = (struct item_wanted){.source = json_get_str(row, "source", none)};
    if (id && (id->type == JSON_STRING || id->type == JSON_NUMBER))
        out->id_token = id->raw;
    out->has_hash = hash.ptr && hash_parse(hash, &out->hash);
    if (hash.ptr && !out->has_hash)
        return "\"sha256\" is no SHA-256 in hex";
    if (!out->has_hash && text_is_theirs && text.ptr) {
        out->hash = hash_of(text);
        out->has_hash = true;
    }
    if (out->id_token.ptr || out->has_hash)
        return NULL;
    return text_is_theirs ? "none of \"id\", \"sha256\" and \"text\""
                          : "neither \"id\" nor \"sha256\"";
}

/* The documents that can be meant; those with another text are taken out. */
static enum err_code
find_docs(struct index *index, const struct item_wanted *wanted,
          struct arena *arena, uint32_t **docs, size_t *count, bool *stale,
          struct error *err)
{
    size_t kept = 0;
    enum err_code code =
        wanted->id_token.ptr
            ? index_find_id(index, wanted->id_token, wanted->source, arena,
                            docs, count, err)
            : index_find_hash(index, &wanted->hash, arena, docs, count, err);

    *stale = false;
    if (code != ERR_OK || !wanted->has_hash)
        return code;
    for (size_t i = 0; code == ERR_OK && i < *count; i++) {
        struct document_place place;

        code = index_place(index, (*docs)[i], &place, err);
        if (code == ERR_OK && hash_equal(&place.text_hash, &wanted->hash))
            (*docs)[kept++] = (*docs)[i];
    }
    *stale = *count > 0 && kept == 0;
    *count = kept;
    return code;
}

static enum err_code
key_of(struct index *index, uint32_t doc, struct arena *arena,
       struct item_key *key, struct error *err)
{
    struct document_place place;
    enum err_code code = index_place(index, doc, &place, err);

    *key = (struct item_key){.source = {NULL, 0}};
    if (code == ERR_OK)
        code = index_identity(index, doc, arena, &key->id_token, &key->source,
                              err);
    if (code == ERR_OK)
        key->text = place.text_hash;
    return code;
}

static bool
same_key(const struct item_key *a, const struct item_key *b)
{
    return hash_equal(&a->text, &b->text) &&
           str_equal(a->id_token, b->id_token) &&
           str_equal(a->source, b->source);
}

enum err_code
import_find_item(struct index *index, const struct item_wanted *wanted,
                 struct arena *arena, struct item_found *out, struct error *err)
{
    uint32_t *docs = NULL;
    size_t count = 0;
    bool stale;
    enum err_code code =
        find_docs(index, wanted, arena, &docs, &count, &stale, err);

    *out = (struct item_found){.fate = stale ? ITEM_STALE : ITEM_MISSING};
    if (code != ERR_OK || count == 0)
        return code;
    out->fate = ITEM_FOUND;
    out->doc = docs[0];
    code = key_of(index, docs[0], arena, &out->key, err);
    for (size_t i = 1; code == ERR_OK && i < count; i++) {
        struct item_key other;

        code = key_of(index, docs[i], arena, &other, err);
        if (code == ERR_OK && !same_key(&out->key, &other))
            out->fate = ITEM_AMBIGUOUS;
    }
    return code;
}
