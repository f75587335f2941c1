/* JSON spread over lines. Nothing is escaped for a terminal here: that is for
 * whoever shows it. */
#include "config.h"

#include "stet/json_lines.h"

#include "stet/arena.h"
#include "stet/json.h"
#include "stet/utf8.h"

#define PATH_MAX_BYTES 500u
#define FLAT_MAX_BYTES 80u /* of a list with strings */

static void
new_line(struct buf *out, size_t depth)
{
    xbuf_append(out, "\n", 1);
    for (size_t i = 0; i < depth; i++)
        xbuf_append(out, "  ", 2);
}

static bool
is_opening(enum json_type type)
{
    return type == JSON_OBJECT || type == JSON_ARRAY;
}

static bool
is_closing(enum json_type type)
{
    return type == JSON_OBJECT_END || type == JSON_ARRAY_END;
}

enum err_code
json_indent(struct str json, struct buf *out, struct error *err)
{
    struct json_scan scan;
    enum json_type before = JSON_END; /* nothing yet */
    size_t depth = 0;

    json_scan_init(&scan, json, 0);
    for (;;) {
        struct json_token token;
        enum err_code code = json_next(&scan, &token, err);

        if (code != ERR_OK)
            return code;
        if (token.type == JSON_END)
            return ERR_OK;
        if (is_closing(token.type)) {
            depth--;
            if (!is_opening(before))
                new_line(out, depth);
        } else if (before == JSON_KEY) {
            xbuf_append(out, ": ", 2);
        } else if (before != JSON_END) {
            if (!is_opening(before))
                xbuf_append(out, ",", 1);
            new_line(out, depth);
        }
        xbuf_append_str(out, str_slice(json, token.start, token.end));
        depth += is_opening(token.type);
        before = token.type;
    }
}

struct lines {
    const char *base; /* of the input */
    size_t skip;
    struct buf path;
    struct buf *out;
};

static void
put_cut(struct buf *out, struct str value)
{
    size_t end = JSON_LINE_VALUE;

    if (value.len <= JSON_LINE_VALUE) {
        xbuf_append_str(out, value);
        return;
    }
    while (end > 0 && !utf8_is_boundary(value, end))
        end--;
    xbuf_append_str(out, str_slice(value, 0, end));
    xbuf_printf(out, "... (%zu bytes)", value.len);
}

static void put_value(struct lines *lines, const struct json_value *value);

/* A list that reads well on one line. */
static bool
is_flat(const struct json_value *list)
{
    for (const struct json_value *item = list->first; item; item = item->next)
        if (item->first ||
            (item->type == JSON_STRING && list->raw.len > FLAT_MAX_BYTES))
            return false;
    return true;
}

static void
put_children(struct lines *lines, const struct json_value *value)
{
    size_t len = lines->path.len;
    size_t i = 0;

    for (const struct json_value *item = value->first; item;
         item = item->next, i++) {
        if (value->type == JSON_ARRAY && i == JSON_LINE_ITEMS) {
            xbuf_printf(lines->out, "%.*s  ... (more items)\n",
                        STR_FMT(buf_str(&lines->path)));
            break;
        }
        if (value->type == JSON_ARRAY)
            xbuf_printf(&lines->path, "[%zu]", i);
        else
            xbuf_printf(&lines->path, "%s%.*s", len ? "." : "",
                        STR_FMT(item->key));
        put_value(lines, item);
        lines->path.len = len;
    }
}

static void
put_value(struct lines *lines, const struct json_value *value)
{
    if ((size_t)(value->raw.ptr - lines->base) == lines->skip)
        return;
    if (value->first && lines->path.len < PATH_MAX_BYTES &&
        (value->type == JSON_OBJECT || !is_flat(value))) {
        put_children(lines, value);
        return;
    }
    xbuf_append_str(lines->out, buf_str(&lines->path));
    xbuf_append_str(lines->out, STR_LIT("  "));
    put_cut(lines->out,
            value->type == JSON_STRING ? value->string : value->raw);
    xbuf_append(lines->out, "\n", 1);
}

enum err_code
json_member_lines(struct str json, size_t skip, struct buf *out,
                  struct error *err)
{
    struct arena arena;
    struct lines lines = {.skip = skip, .out = out};
    const struct json_value *root = NULL;
    enum err_code code;

    arena_init(&arena, 0);
    code = json_parse(json, &arena, &root, err);
    lines.base = json.ptr;
    if (code == ERR_OK && root->first)
        put_children(&lines, root);
    buf_release(&lines.path);
    arena_release(&arena);
    return code;
}
