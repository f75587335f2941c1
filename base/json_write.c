/* JSON output: strings and numbers with errors as values, and a small writer
 * that places commas. One escaper serves both. */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/json.h"
#include "stet/utf8.h"

#define ESCAPE_MAX 13 /* two \uXXXX and the NUL of snprintf */
#define DOUBLE_MAX 32
#define EXACT_MAX 1e15 /* whole numbers below are written without exponent */

static bool
is_plain(unsigned char byte, bool ascii)
{
    return byte >= ' ' && byte < 0x80 && byte != '"' && byte != '\\' &&
           !(ascii && byte == 0x7F);
}

/* Past what is copied as it is. */
static size_t
skip_plain(struct str s, size_t at, bool ascii)
{
    while (at < s.len) {
        unsigned char byte = (unsigned char)s.ptr[at];

        if (is_plain(byte, ascii)) {
            at++;
        } else if (byte >= 0x80 && !ascii) {
            at = utf8_skip_multibyte(s, at);
            if (at < s.len && (unsigned char)s.ptr[at] >= 0x80)
                break;
        } else {
            break;
        }
    }
    return at;
}

static unsigned
format_unit(char *out, uint32_t unit)
{
    static const char hex[] = "0123456789abcdef";

    out[0] = '\\';
    out[1] = 'u';
    for (unsigned i = 0; i < 4; i++)
        out[2 + i] = hex[unit >> (12 - 4 * i) & 0xF];
    return 6;
}

/* What the character at s[*at] is written as when it is not plain. */
static unsigned
escape(struct str s, size_t *at, bool ascii, char out[ESCAPE_MAX])
{
    static const char names[] = "\"\\bfnrt";
    static const char values[] = "\"\\\b\f\n\r\t";
    unsigned len;
    uint32_t cp = utf8_decode(s, *at, &len);
    const char *value =
        cp < 0x80 ? memchr(values, (int)cp, sizeof(values) - 1) : NULL;

    *at += len;
    if (value) {
        out[0] = '\\';
        out[1] = names[value - values];
        return 2;
    }
    if (cp >= 0x10000 && ascii) {
        cp -= 0x10000;
        format_unit(out, 0xD800 | cp >> 10);
        return 6 + format_unit(out + 6, 0xDC00 | (cp & 0x3FF));
    }
    if (cp == UTF8_REPLACEMENT && !ascii)
        return utf8_encode(cp, out);
    return format_unit(out, cp);
}

static enum err_code
write_content(struct buf *out, struct str s, bool ascii, struct error *err)
{
    size_t at = 0;

    for (;;) {
        char escaped[ESCAPE_MAX];
        size_t end = skip_plain(s, at, ascii);
        enum err_code code = ERR_OK;

        if (end > at)
            code = buf_append(out, s.ptr + at, end - at, err);
        if (code != ERR_OK || end == s.len)
            return code;
        at = end;
        code = buf_append(out, escaped, escape(s, &at, ascii, escaped), err);
        if (code != ERR_OK)
            return code;
    }
}

enum err_code
json_write_string(struct buf *out, struct str s, bool ascii, struct error *err)
{
    size_t old_len = out->len;
    enum err_code code = buf_append_byte(out, '"', err);

    if (code == ERR_OK)
        code = write_content(out, s, ascii, err);
    if (code == ERR_OK)
        code = buf_append_byte(out, '"', err);
    if (code != ERR_OK)
        out->len = old_len;
    return code;
}

/* The fewest digits that read back the same; more digits never read worse. */
static size_t
format_double(char out[DOUBLE_MAX], double value)
{
    int low = 1;
    int high = 17;

    if (!isfinite(value)) {
        memcpy(out, "null", 4);
        return 4;
    }
    if (fabs(value) < EXACT_MAX && value == floor(value))
        return (size_t)snprintf(out, DOUBLE_MAX, "%.0f", value);
    while (low < high) {
        int digits = (low + high) / 2;

        if (snprintf(out, DOUBLE_MAX, "%.*g", digits, value) > 0 &&
            strtod(out, NULL) == value)
            high = digits;
        else
            low = digits + 1;
    }
    return (size_t)snprintf(out, DOUBLE_MAX, "%.*g", high, value);
}

enum err_code
json_write_double(struct buf *out, double value, struct error *err)
{
    char text[DOUBLE_MAX];

    return buf_append(out, text, format_double(text, value), err);
}

static void
separate(struct json_out *w)
{
    if (w->comma)
        xbuf_append(w->out, ",", 1);
    w->comma = true;
}

static void
write_quoted(struct buf *out, struct str s)
{
    size_t at = 0;
    size_t end;

    xbuf_append(out, "\"", 1);
    while ((end = skip_plain(s, at, false)) < s.len) {
        char escaped[ESCAPE_MAX];

        xbuf_append_str(out, str_slice(s, at, end));
        at = end;
        xbuf_append(out, escaped, escape(s, &at, false, escaped));
    }
    xbuf_append(out, s.ptr ? s.ptr + at : NULL, end - at);
    xbuf_append(out, "\"", 1);
}

void
json_open(struct json_out *w, char bracket)
{
    assert(bracket == '{' || bracket == '[');
    separate(w);
    xbuf_append(w->out, &bracket, 1);
    w->comma = false;
}

void
json_close(struct json_out *w, char bracket)
{
    assert(bracket == '}' || bracket == ']');
    xbuf_append(w->out, &bracket, 1);
    w->comma = true;
}

void
json_key(struct json_out *w, const char *key)
{
    separate(w);
    write_quoted(w->out, str_of(key));
    xbuf_append(w->out, ":", 1);
    w->comma = false;
}

void
json_str(struct json_out *w, struct str value)
{
    separate(w);
    write_quoted(w->out, value);
}

void
json_int(struct json_out *w, int64_t value)
{
    separate(w);
    xbuf_printf(w->out, "%" PRId64, value);
}

void
json_double(struct json_out *w, double value)
{
    char text[DOUBLE_MAX];

    separate(w);
    xbuf_append(w->out, text, format_double(text, value));
}

void
json_bool(struct json_out *w, bool value)
{
    json_raw(w, value ? STR_LIT("true") : STR_LIT("false"));
}

void
json_null(struct json_out *w)
{
    json_raw(w, STR_LIT("null"));
}

void
json_raw(struct json_out *w, struct str json)
{
    separate(w);
    xbuf_append_str(w->out, json);
}
