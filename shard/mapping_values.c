/* Decoded strings and list texts of a document. Most strings have no escape
 * and are lent from the record itself. */
#include "config.h"

#include "shard/mapping_values.h"

#include <math.h>

enum err_code
value_string(struct str raw, unsigned flags, struct arena *arena,
             struct str *out, struct error *err)
{
    struct buf decoded = {0};
    char *direct;
    enum err_code code;

    if (flags == 0) {
        *out = str_slice(raw, 1, raw.len - 1);
        return ERR_OK;
    }
    if (!(flags & JSON_BAD_UTF8)) {
        /* Without ill-formed bytes decoding only shrinks: no second copy. */
        direct = arena_bytes(arena, raw.len);
        if (!direct)
            return error_nomem(err);
        *out = (struct str){direct, json_decode_clean(raw, direct)};
        return ERR_OK;
    }
    code = json_decode_string(raw, &decoded, err);
    if (code == ERR_OK) {
        *out = arena_copy(arena, buf_str(&decoded));
        if (!out->ptr)
            code = error_nomem(err);
    }
    buf_release(&decoded);
    return code;
}

/* The number that a string holds and nothing else; NaN. */
static double
number_in_string(struct str raw)
{
    struct error ignored = ERROR_INIT;
    struct str inner = str_slice(raw, 1, raw.len - 1);
    struct json_scan scan;
    struct json_token token;

    if (inner.len == 0 || inner.len > 32)
        return (double)NAN;
    json_scan_init(&scan, inner, 0);
    if (json_next(&scan, &token, &ignored) || token.type != JSON_NUMBER ||
        token.start != 0 || token.end != inner.len)
        return (double)NAN;
    return value_number(inner, JSON_NUMBER);
}

double
value_number(struct str raw, enum json_type type)
{
    bool is_int;
    int64_t integer;
    double value;

    if (type == JSON_TRUE)
        return 1;
    if (type == JSON_FALSE)
        return 0;
    if (type == JSON_STRING)
        return number_in_string(raw);
    if (type != JSON_NUMBER)
        return (double)NAN;
    value = json_number(raw, &is_int, &integer);
    return isfinite(value) ? value : (double)NAN;
}

/* Count the strings of a list; anything else in it is an error. */
static enum err_code
count_strings(struct str list, size_t base, size_t *count, struct error *err)
{
    struct json_scan scan;
    struct json_token token;
    enum err_code code;

    json_scan_init(&scan, list, 0);
    *count = 0;
    code = json_next(&scan, &token, err);
    while (code == ERR_OK) {
        code = json_next(&scan, &token, err);
        if (code || token.type == JSON_ARRAY_END)
            break;
        if (token.type != JSON_STRING)
            return error_set_at(err, ERR_FORMAT, base + token.start,
                                "the text is a list that holds %s, not only "
                                "strings",
                                json_type_name(token.type));
        ++*count;
    }
    return code;
}

enum err_code
value_segments(struct document *doc, struct str list, size_t base,
               struct str joint, struct arena *arena, struct error *err)
{
    struct json_scan scan;
    struct json_token token;
    struct buf text = {0};
    size_t count;
    enum err_code code = count_strings(list, base, &count, err);

    if (code)
        return code;
    doc->segments = arena_alloc(arena, (count + 1) * sizeof(*doc->segments));
    if (!doc->segments)
        return error_nomem(err);
    json_scan_init(&scan, list, 0);
    code = json_next(&scan, &token, err);
    for (size_t i = 0; code == ERR_OK && i < count; i++) {
        struct segment *segment = &doc->segments[i];

        code = json_next(&scan, &token, err);
        if (code == ERR_OK && i > 0)
            code = buf_append_str(&text, joint, err);
        if (code)
            break;
        segment->text.start = text.len;
        code = json_decode_string(str_slice(list, token.start, token.end),
                                  &text, err);
        segment->text.end = text.len;
        segment->raw_start = base + token.start;
        segment->raw_end = base + token.end;
        segment->score = (double)NAN;
        doc->flags |=
            token.flags & JSON_LONE_SURROGATE ? DOC_LONE_SURROGATE : 0;
    }
    if (code == ERR_OK) {
        doc->segment_count = count;
        doc->flags |= DOC_SEGMENTS;
        doc->text = arena_copy(arena, buf_str(&text));
        if (!doc->text.ptr)
            code = error_nomem(err);
    }
    buf_release(&text);
    return code;
}
