/* Reads and writes the text form of member paths. Keys come from data: what
 * could be misread or unreadable is quoted as in JSON. */
#include "config.h"

#include "shard/record_path.h"

#include "stet/json.h"

void
record_path_release(struct record_path *path)
{
    buf_release(&path->bytes);
    path->count = 0;
}

/* The length of the quoted key at text[at], quotes included; 0: unclosed. */
static size_t
quoted_length(struct str text, size_t at)
{
    for (size_t i = at + 1; i < text.len; i++) {
        if (text.ptr[i] == '\\')
            i++;
        else if (text.ptr[i] == '"')
            return i + 1 - at;
    }
    return 0;
}

static size_t
plain_length(struct str text, size_t at)
{
    size_t i = at;

    while (i < text.len && text.ptr[i] != '.' && text.ptr[i] != '"')
        i++;
    return i - at;
}

static enum err_code
bad_path(const char *text, size_t at, const char *what, struct error *err)
{
    return error_set_at(err, ERR_USAGE, at, "path %s: %s at byte %zu", text,
                        what, at);
}

enum err_code
record_path_parse(struct record_path *path, const char *text, struct error *err)
{
    struct record_path result = {0};
    struct str all = str_of(text);
    enum err_code code = ERR_OK;
    size_t at = 0;

    while (code == ERR_OK) {
        bool quoted = at < all.len && all.ptr[at] == '"';
        size_t len = quoted ? quoted_length(all, at) : plain_length(all, at);
        struct str key = str_slice(all, at, at + len);

        if (len == 0)
            code = bad_path(text, at, quoted ? "unclosed quote" : "empty key",
                            err);
        else if (result.count == PATH_PARTS_MAX)
            code = bad_path(text, at, "too many keys", err);
        else if (quoted)
            code = json_decode_string(key, &result.bytes, err);
        else
            code = buf_append_str(&result.bytes, key, err);
        if (code)
            break;
        result.ends[result.count++] = result.bytes.len;
        at += len;
        if (at == all.len)
            break;
        if (all.ptr[at] != '.')
            code = bad_path(text, at, "expected '.'", err);
        at++;
    }
    if (code) {
        record_path_release(&result);
        return code;
    }
    *path = result;
    return ERR_OK;
}

struct str
record_path_part(const struct record_path *path, unsigned part)
{
    size_t start = part ? path->ends[part - 1] : 0;

    return str_slice(buf_str(&path->bytes), start, path->ends[part]);
}

static bool
key_is_plain(struct str key)
{
    for (size_t i = 0; i < key.len; i++) {
        unsigned char c = (unsigned char)key.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                     c >= 0x80;

        if (!plain)
            return false;
    }
    return key.len > 0;
}

enum err_code
record_path_append(struct buf *text, struct str key, struct error *err)
{
    enum err_code code = ERR_OK;

    if (text->len > 0)
        code = buf_append_byte(text, '.', err);
    if (code)
        return code;
    if (key_is_plain(key))
        return buf_append_str(text, key, err);
    return json_write_string(text, key, false, err);
}
