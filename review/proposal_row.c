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
    const char *why;
    struct error ignored = ERROR_INIT;

    *out = (struct proposal_row){.wanted = {.has_hash = false}};
    if (json_parse(raw, arena, &value, &ignored) || value->type != JSON_OBJECT)
        return "no JSON object";
    out->proposal.text = json_get_str(value, "text", (struct str){NULL, 0});
    out->proposal.model = json_get_str(value, "model", STR_LIT(""));
    out->proposal.style = json_get_str(value, "style", STR_LIT(""));
    why = check_proposal(&out->proposal);
    return why ? why : import_wanted(value, false, &out->wanted);
}
