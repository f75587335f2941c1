/* Small JSON values as trees in an arena. Built without recursion: each open
 * array or object keeps the place where its next child is hooked in. */
#include "config.h"

#include "stet/arena.h"
#include "stet/json.h"

struct level {
    struct json_value **tail; /* where the next sibling goes */
    struct json_value *owner;
};

struct parser {
    struct json_scan scan;
    struct arena *arena;
    struct str key;
    struct level levels[JSON_DEPTH_MAX + 1];
    unsigned depth;
};

/* A string's content: borrowed from the input when nothing must change. */
static enum err_code
decode(struct parser *p, const struct json_token *token, struct str *out,
       struct error *err)
{
    struct str raw = str_slice(p->scan.input, token->start, token->end);
    struct buf decoded = {.max = 0};
    enum err_code code;

    if (!(token->flags & (JSON_ESCAPED | JSON_BAD_UTF8))) {
        *out = str_slice(raw, 1, raw.len - 1);
        return ERR_OK;
    }
    code = json_decode_string(raw, &decoded, err);
    if (code == ERR_OK) {
        *out = arena_copy(p->arena, buf_str(&decoded));
        if (!out->ptr)
            code = error_nomem(err);
    }
    buf_release(&decoded);
    return code;
}

static enum err_code
add_value(struct parser *p, const struct json_token *token, struct error *err)
{
    struct level *level = &p->levels[p->depth];
    struct json_value *value = arena_alloc(p->arena, sizeof(*value));
    enum err_code code = ERR_OK;

    if (!value)
        return error_nomem(err);
    value->type = token->type;
    value->raw = str_slice(p->scan.input, token->start, token->end);
    value->key = p->key;
    p->key = (struct str){NULL, 0};
    if (token->type == JSON_STRING)
        code = decode(p, token, &value->string, err);
    else if (token->type == JSON_NUMBER)
        value->number =
            json_number(value->raw, &value->is_int, &value->integer);
    *level->tail = value;
    level->tail = &value->next;
    if (token->type == JSON_ARRAY || token->type == JSON_OBJECT)
        p->levels[++p->depth] = (struct level){&value->first, value};
    return code;
}

static void
close_value(struct parser *p, const struct json_token *token)
{
    struct json_value *value = p->levels[p->depth--].owner;

    value->raw.len = token->end - (size_t)(value->raw.ptr - p->scan.input.ptr);
}

static enum err_code
add_token(struct parser *p, const struct json_token *token, struct error *err)
{
    switch (token->type) {
    case JSON_KEY:
        return decode(p, token, &p->key, err);
    case JSON_ARRAY_END:
    case JSON_OBJECT_END:
        close_value(p, token);
        return ERR_OK;
    case JSON_END:
        return ERR_OK;
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE:
    case JSON_NUMBER:
    case JSON_STRING:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return add_value(p, token, err);
}

enum err_code
json_parse(struct str input, struct arena *arena, const struct json_value **out,
           struct error *err)
{
    struct parser p = {.arena = arena};
    struct json_value *root = NULL;
    struct json_token token = {.type = JSON_NULL};

    json_scan_init(&p.scan, input, JSON_DEPTH_MAX);
    p.levels[0].tail = &root;
    while (token.type != JSON_END) {
        enum err_code code = json_next(&p.scan, &token, err);

        if (code == ERR_OK)
            code = add_token(&p, &token, err);
        if (code != ERR_OK)
            return code;
    }
    *out = root;
    return ERR_OK;
}

const struct json_value *
json_get(const struct json_value *object, const char *key)
{
    const struct json_value *found = NULL;
    struct str name = str_of(key);

    if (!object || object->type != JSON_OBJECT)
        return NULL;
    for (const struct json_value *m = object->first; m; m = m->next)
        if (str_equal(m->key, name))
            found = m;
    return found;
}

struct str
json_get_str(const struct json_value *object, const char *key,
             struct str fallback)
{
    const struct json_value *value = json_get(object, key);

    return value && value->type == JSON_STRING ? value->string : fallback;
}

int64_t
json_get_int(const struct json_value *object, const char *key, int64_t fallback)
{
    const struct json_value *value = json_get(object, key);

    return value && value->is_int ? value->integer : fallback;
}
