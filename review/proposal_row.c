/* A row of a file of proposals: what it says, or why it is none. A row that
 * could never be accepted is none, so that no reviewer's + comes to nothing. */
#include "config.h"

#include "review/proposal_private.h"
#include "stet/json.h"
#include "stet/utf8.h"

#define NAME_MAX_BYTES 1024 /* of a model, of a style */
#define TEXT_MAX_BYTES ((size_t)64 << 20)

static bool
is_name(struct str s)
{
    return s.len <= NAME_MAX_BYTES && utf8_is_wtf8(s);
}

static const char *
check_proposal(const struct proposal *proposal)
{
    if (!proposal->text.ptr)
        return "no \"text\"";
    if (!proposal->text.len)
        return "\"text\" is empty: a document goes by dropping it";
    if (proposal->text.len > TEXT_MAX_BYTES)
        return "\"text\" is too long";
    if (!utf8_is_wtf8(proposal->text))
        return "\"text\" is not valid UTF-8";
    if (!is_name(proposal->model) || !is_name(proposal->style))
        return "\"model\" or \"style\" is over 1024 bytes or not valid UTF-8";
    return NULL;
}

const char *
proposal_row_parse(struct str raw, struct arena *arena,
                   struct proposal_row *out)
{
    const struct json_value *value = NULL;
    const struct json_value *id;
    const char *why;
    struct str hash;
    struct error ignored = ERROR_INIT;

    *out = (struct proposal_row){.has_hash = false};
    if (json_parse(raw, arena, &value, &ignored) || value->type != JSON_OBJECT)
        return "no JSON object";
    out->proposal.text = json_get_str(value, "text", (struct str){NULL, 0});
    out->proposal.model = json_get_str(value, "model", STR_LIT(""));
    out->proposal.style = json_get_str(value, "style", STR_LIT(""));
    out->source = json_get_str(value, "source", (struct str){NULL, 0});
    why = check_proposal(&out->proposal);
    if (why)
        return why;
    id = json_get(value, "id");
    if (id && (id->type == JSON_STRING || id->type == JSON_NUMBER))
        out->id_token = id->raw;
    hash = json_get_str(value, "sha256", (struct str){NULL, 0});
    out->has_hash = hash.ptr && hash_parse(hash, &out->hash);
    if (hash.ptr && !out->has_hash)
        return "\"sha256\" is no SHA-256 in hex";
    return out->id_token.ptr || out->has_hash ? NULL
                                              : "neither \"id\" nor \"sha256\"";
}
