/* list:FILE, any phrase of a file, and meta.PATH, a member of the record that
 * no column holds: the two fields that read files. */
#include "config.h"

#include <math.h>

#include "query_lex.h"
#include "query_list.h"
#include "query_match.h"
#include "search_eval.h"
#include "search_scan.h"
#include "stet/json.h"
#include "stet/mapping.h"
#include "stet/tokenizer.h"

#define LIST_BATCH 64 /* phrases in one expression */

struct batch {
    struct plan *plan;
    struct plan_node *node;
    struct buf expression;
    size_t count;
};

/* Make the phrases so far an expression of the node's. */
static enum err_code
end_batch(struct batch *batch, struct error *err)
{
    enum err_code code = ERR_OK;

    if (batch->count > 0)
        code = search_plan_add(batch->plan, batch->node,
                               buf_str(&batch->expression), err);
    buf_clear(&batch->expression);
    batch->count = 0;
    return code;
}

static enum err_code
add_to_batch(void *ctx, const struct query_phrase *phrase, struct error *err)
{
    struct batch *batch = ctx;
    enum err_code code = ERR_OK;

    if (batch->count > 0)
        code = buf_append_str(&batch->expression, STR_LIT(" OR "), err);
    if (code == ERR_OK)
        code = match_append_phrase(phrase, &batch->expression, err);
    if (code == ERR_OK && ++batch->count == LIST_BATCH)
        code = end_batch(batch, err);
    return code;
}

enum err_code
search_plan_list(struct plan *plan, const struct query_field *field,
                 struct plan_node *node, struct error *err)
{
    struct batch batch = {.plan = plan, .node = node};
    struct tokenizer *tokenizer = tokenizer_new();
    enum err_code code = tokenizer ? ERR_OK : error_nomem(err);

    node->op = PLAN_LIST;
    node->cost = COST_TEXT;
    node->number = plan->lists++;
    if (code == ERR_OK)
        code = list_foreach(field, tokenizer, add_to_batch, &batch, err);
    if (code == ERR_OK)
        code = end_batch(&batch, err);
    buf_release(&batch.expression);
    tokenizer_free(tokenizer);
    return code;
}

/* One scalar of a record against the field. */
static enum err_code
scalar_matches(const struct query_field *field, struct str raw, bool *matches,
               struct error *err)
{
    struct buf decoded = {0};
    double value;
    enum err_code code;

    *matches = false;
    if (raw.len == 0 || str_equal(raw, STR_LIT("null")))
        return ERR_OK;
    if (raw.ptr[0] == '"') {
        code = json_decode_string(raw, &decoded, err);
        *matches = code == ERR_OK && str_glob(field->value, buf_str(&decoded));
        buf_release(&decoded);
        return code;
    }
    *matches = str_glob(field->value, raw);
    if (!*matches && lex_number(raw, &value) &&
        !(isnan(field->low) && isnan(field->high)))
        *matches = !(value < field->low) && !(value > field->high);
    return ERR_OK;
}

/* A list matches when one of its elements does; an object never. */
static enum err_code
value_matches(const struct query_field *field, struct str raw,
              struct arena *arena, bool *matches, struct error *err)
{
    const struct json_value *value = NULL;
    enum err_code code;

    *matches = false;
    if (raw.len == 0 || raw.ptr[0] == '{')
        return ERR_OK;
    if (raw.ptr[0] != '[')
        return scalar_matches(field, raw, matches, err);
    code = json_parse(raw, arena, &value, err);
    if (code != ERR_OK)
        return code;
    for (const struct json_value *element = value->first;
         code == ERR_OK && element && !*matches; element = element->next)
        if (element->type != JSON_ARRAY && element->type != JSON_OBJECT)
            code = scalar_matches(field, element->raw, matches, err);
    return code;
}

/* The first of metadata.PATH, meta.PATH and PATH that the record has. */
static enum err_code
find_meta(struct str raw, const char *const paths[3], struct arena *arena,
          struct str *out, struct error *err)
{
    *out = (struct str){NULL, 0};
    for (size_t i = 0; i < 3 && !out->ptr; i++) {
        enum err_code code = record_get(raw, paths[i], arena, out, err);

        if (code != ERR_OK)
            return code;
    }
    return ERR_OK;
}

struct meta {
    const struct query_field *field;
    const char *paths[3];
};

static enum err_code
meta_begin(void *ctx, void **state, struct error *err)
{
    (void)err;
    *state = ctx;
    return ERR_OK;
}

static void
meta_end(void *state)
{
    (void)state;
}

static enum err_code
meta_holds(void *state, const struct document *document, struct arena *arena,
           bool *holds, struct error *err)
{
    const struct meta *meta = state;
    struct str raw = {NULL, 0};
    enum err_code code =
        find_meta(document->raw, meta->paths, arena, &raw, err);

    if (code == ERR_OK)
        code = value_matches(meta->field, raw, arena, holds, err);
    return code;
}

/* The three paths of a name. */
static enum err_code
meta_paths(struct meta *meta, struct str name, struct arena *arena,
           struct error *err)
{
    static const char *const prefixes[3] = {"metadata.", "meta.", ""};

    for (size_t i = 0; i < 3; i++) {
        size_t len = strlen(prefixes[i]);
        char *path = arena_bytes(arena, len + name.len + 1);

        if (!path)
            return error_nomem(err);
        memcpy(path, prefixes[i], len);
        if (name.len > 0)
            memcpy(path + len, name.ptr, name.len);
        path[len + name.len] = '\0';
        meta->paths[i] = path;
    }
    return ERR_OK;
}

enum err_code
search_meta(struct reader *out, const struct query_field *field,
            struct arena *arena, struct error *err)
{
    struct str name =
        str_slice(field->name, sizeof("meta.") - 1, field->name.len);
    struct meta *meta = arena_alloc(arena, sizeof(*meta));

    if (!meta)
        return error_nomem(err);
    meta->field = field;
    *out = (struct reader){.test = {.begin = meta_begin,
                                    .end = meta_end,
                                    .holds = meta_holds,
                                    .ctx = meta}};
    return meta_paths(meta, name, arena, err);
}
