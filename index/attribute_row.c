/* Rows of scores are small objects: their keys are picked out in one scan. */
#include "config.h"

#include "attribute_row.h"

#include "stet/json.h"

#define HASH_BYTES_MIN 8u

static enum err_code
wrong(const struct json_token *token, const char *what, struct error *err)
{
    return error_set_at(err, ERR_FORMAT, token->start, "%s", what);
}

static enum err_code
take_string(struct str raw, const struct json_token *token, struct arena *arena,
            struct str *out, struct error *err)
{
    struct str quoted = str_slice(raw, token->start, token->end);
    struct buf decoded = {0};
    enum err_code code;

    if (token->type != JSON_STRING)
        return wrong(token, "a string expected", err);
    if (!(token->flags & JSON_ESCAPED)) {
        *out = str_slice(quoted, 1, quoted.len - 1);
        return ERR_OK;
    }
    code = json_decode_string(quoted, &decoded, err);
    if (code == ERR_OK) {
        *out = arena_copy(arena, buf_str(&decoded));
        if (!out->ptr)
            code = error_nomem(err);
    }
    buf_release(&decoded);
    return code;
}

static int
digit_of(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte = (char)(byte | 0x20);
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static enum err_code
take_hash(struct str raw, const struct json_token *token,
          struct attribute_row *row, struct error *err)
{
    struct str hex = str_slice(raw, token->start, token->end);

    if (token->type != JSON_STRING || hex.len < 2 * HASH_BYTES_MIN + 2 ||
        hex.len > 2 * HASH_SIZE + 2 || hex.len % 2)
        return wrong(token, "a SHA-256 in hexadecimal expected", err);
    row->text = (struct hash){{0}};
    row->text_bytes = (unsigned)(hex.len - 2) / 2;
    for (unsigned i = 0; i < row->text_bytes; i++) {
        int high = digit_of(hex.ptr[1 + 2 * i]);
        int low = digit_of(hex.ptr[2 + 2 * i]);

        if (high < 0 || low < 0)
            return wrong(token, "a SHA-256 in hexadecimal expected", err);
        row->text.bytes[i] = (uint8_t)(high * 16 + low);
    }
    return ERR_OK;
}

static enum err_code
take_record(struct str raw, const struct json_token *token,
            struct attribute_row *row, struct error *err)
{
    bool is_int = false;
    int64_t value = 0;

    if (token->type == JSON_NUMBER)
        (void)json_number(str_slice(raw, token->start, token->end), &is_int,
                          &value);
    if (!is_int || value < 0)
        return wrong(token, "a record's number, from 0 on, expected", err);
    row->record = (uint64_t)value;
    row->has_record = true;
    return ERR_OK;
}

static enum err_code
take_member(struct str raw, struct str key, const struct json_token *token,
            struct arena *arena, struct attribute_row *row, struct error *err)
{
    if (token->type == JSON_NULL)
        return ERR_OK;
    if (str_equal(key, STR_LIT("\"id\""))) {
        if (token->type != JSON_STRING && token->type != JSON_NUMBER)
            return wrong(token, "an id is a string or a number", err);
        row->id = str_slice(raw, token->start, token->end);
        return ERR_OK;
    }
    if (str_equal(key, STR_LIT("\"source\"")))
        return take_string(raw, token, arena, &row->source, err);
    if (str_equal(key, STR_LIT("\"shard\"")))
        return take_string(raw, token, arena, &row->shard, err);
    if (str_equal(key, STR_LIT("\"record\"")))
        return take_record(raw, token, row, err);
    if (str_equal(key, STR_LIT("\"sha256\"")) ||
        str_equal(key, STR_LIT("\"text_sha256\"")))
        return take_hash(raw, token, row, err);
    return ERR_OK;
}

enum err_code
attribute_row_parse(struct str raw, struct arena *arena,
                    struct attribute_row *out, struct error *err)
{
    struct attribute_row row = {.id = {NULL, 0}};
    struct json_scan scan;
    struct json_token token;
    enum err_code code;

    json_scan_init(&scan, raw, 0);
    code = json_next(&scan, &token, err);
    if (code == ERR_OK && token.type != JSON_OBJECT)
        code = wrong(&token, "an object expected", err);
    while (code == ERR_OK) {
        struct str key;
        size_t end = 0;

        code = json_next(&scan, &token, err);
        if (code != ERR_OK || token.type != JSON_KEY)
            break;
        key = str_slice(raw, token.start, token.end);
        code = json_next(&scan, &token, err);
        if (code == ERR_OK)
            code = take_member(raw, key, &token, arena, &row, err);
        if (code == ERR_OK) {
            size_t start = token.start;

            code = json_skip(&scan, &token, &end, err);
            if (str_equal(key, STR_LIT("\"attributes\"")))
                row.attributes = str_slice(raw, start, end);
        }
    }
    if (code == ERR_OK)
        code = json_next(&scan, &token, err); /* nothing behind it */
    if (code == ERR_OK)
        *out = row;
    return code;
}

bool
attribute_row_fits(const struct attribute_row *row, uint64_t text_prefix)
{
    return row->text_bytes == 0 || hash_prefix(&row->text) == text_prefix;
}

void
attribute_row_format(const struct attribute_row *row, struct str name,
                     struct str value, struct buf *out)
{
    struct json_out w = {out, false};
    struct buf key = {0};
    char hex[HASH_HEX_SIZE];

    json_open(&w, '{');
    if (row->id.ptr) {
        json_key(&w, "id");
        json_raw(&w, row->id);
    }
    if (row->source.ptr) {
        json_key(&w, "source");
        json_str(&w, row->source);
    }
    if (row->text_bytes) {
        hash_format(&row->text, hex);
        json_key(&w, "sha256");
        json_str(&w, (struct str){hex, 2 * (size_t)row->text_bytes});
    }
    json_key(&w, "attributes");
    json_open(&w, '{');
    xbuf_append_str(&key, name);
    json_key(&w, xbuf_cstr(&key));
    json_raw(&w, value);
    json_close(&w, '}');
    json_close(&w, '}');
    xbuf_append(out, "\n", 1);
    buf_release(&key);
}

enum err_code
attribute_row_value(struct str attributes, struct arena *arena,
                    struct str *name, struct str *value, struct error *err)
{
    struct json_scan scan;
    struct json_token token = {JSON_NULL, 0, 0, 0};
    size_t end = 0;
    enum err_code code;

    json_scan_init(&scan, attributes, 0);
    code = attributes.ptr ? json_next(&scan, &token, err) : ERR_FORMAT;
    if (code == ERR_OK)
        code = json_next(&scan, &token, err);
    if (code != ERR_OK || token.type != JSON_KEY)
        return error_set(err, ERR_FORMAT, "no attribute in this row");
    if (name) {
        token.type = JSON_STRING;
        code = take_string(attributes, &token, arena, name, err);
    }
    if (code == ERR_OK)
        code = json_next(&scan, &token, err);
    if (code != ERR_OK)
        return code;
    if (value) {
        size_t start = token.start;

        code = json_skip(&scan, &token, &end, err);
        *value = str_slice(attributes, start, end);
    }
    return code;
}
