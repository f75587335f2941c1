/* What JSON tokens mean: the bytes of a string, the value of a number. */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#if defined(__SSE2__) && !defined(STET_NO_SIMD)
#include <emmintrin.h>
#define USE_SSE2 1
#endif

#include "stet/json.h"
#include "stet/utf8.h"

/* Digits that can decide how a decimal is rounded to a double (767), and one
 * more that says whether anything but zeros was cut. */
#define DIGITS_MAX 768
#define EXPONENT_MAX 1000000000 /* far beyond any double's, saturating */

/* Strict UTF-8 is copied; ill-formed subparts and raw surrogates, whose bytes
 * are three subparts, become U+FFFD. */
static enum err_code
append_repaired(struct buf *out, struct str s, struct error *err)
{
    size_t at = 0;
    enum err_code code = ERR_OK;

    while (at < s.len && code == ERR_OK) {
        size_t end = utf8_valid_prefix(s, at);
        uint32_t cp;
        unsigned len;

        if (end > at)
            code = buf_append(out, s.ptr + at, end - at, err);
        if (code != ERR_OK || end == s.len)
            break;
        cp = utf8_decode(s, end, &len);
        code = buf_append(out, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD",
                          cp == UTF8_REPLACEMENT ? 3 : 9, err);
        at = end + len;
    }
    return code;
}

/* The code unit of "\uXXXX" at s[at], or -1 if that is not what is there. */
static int32_t
escaped_unit(struct str s, size_t at)
{
    uint32_t value = 0;

    if (s.len - at < 6 || s.ptr[at] != '\\' || s.ptr[at + 1] != 'u')
        return -1;
    for (size_t i = at + 2; i < at + 6; i++) {
        unsigned c = (unsigned char)s.ptr[i];

        if (c - '0' <= 9)
            value = value << 4 | (c - '0');
        else if ((c | 0x20) - 'a' <= 5)
            value = value << 4 | ((c | 0x20) - 'a' + 10);
        else
            return -1;
    }
    return (int32_t)value;
}

/* What a backslash and one character stand for; UINT32_MAX: nothing. */
static uint32_t
escaped_char(char name)
{
    switch (name) {
    case '"':
    case '\\':
    case '/':
        return (unsigned char)name;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return UINT32_MAX;
    }
}

/* The escape at s[*at]; UINT32_MAX if it is none. */
static uint32_t
decode_escape(struct str s, size_t *at)
{
    int32_t high = escaped_unit(s, *at);
    int32_t low;

    if (high < 0) {
        uint32_t cp =
            s.len - *at < 2 ? UINT32_MAX : escaped_char(s.ptr[*at + 1]);

        *at += 2;
        return cp;
    }
    *at += 6;
    if (high < 0xD800 || high > 0xDBFF)
        return (uint32_t)high;
    low = escaped_unit(s, *at);
    if (low < 0xDC00 || low > 0xDFFF)
        return (uint32_t)high;
    *at += 6;
    return 0x10000u +
           (((uint32_t)high & 0x3FF) << 10 | ((uint32_t)low & 0x3FF));
}

/* The escapes from s[*at] on, as many as follow each other. */
static enum err_code
decode_escapes(struct str s, size_t *at, struct buf *out, struct error *err)
{
    char bytes[256];
    size_t len = 0;

    while (*at < s.len && s.ptr[*at] == '\\' && len + 4 <= sizeof(bytes)) {
        size_t start = *at;
        uint32_t cp = decode_escape(s, at);

        if (cp == UINT32_MAX)
            return error_set_at(err, ERR_FORMAT, start + 1,
                                "expected an escape");
        len += utf8_encode(cp, bytes + len);
    }
    return buf_append(out, bytes, len, err);
}

static enum err_code
decode_content(struct str s, struct buf *out, struct error *err)
{
    size_t at = 0;
    enum err_code code = ERR_OK;

    while (at < s.len && code == ERR_OK) {
        const char *hit = memchr(s.ptr + at, '\\', s.len - at);
        size_t end = hit ? (size_t)(hit - s.ptr) : s.len;

        code = append_repaired(out, str_slice(s, at, end), err);
        at = end;
        if (code == ERR_OK)
            code = decode_escapes(s, &at, out, err);
    }
    return code;
}

/* Copy the bytes from s[at] up to a backslash; returns how many. As many as
 * there are in s can be written. */
static inline size_t
copy_plain(struct str s, size_t at, char *out)
{
    size_t count = 0;
    size_t left = s.len - at;

#ifdef USE_SSE2
    for (; left - count >= 16; count += 16) {
        const char *from = s.ptr + at + count;
        __m128i group = _mm_loadu_si128((const __m128i *)(const void *)from);
        int hits =
            _mm_movemask_epi8(_mm_cmpeq_epi8(group, _mm_set1_epi8('\\')));

        _mm_storeu_si128((__m128i *)(void *)(out + count), group);
        if (hits)
            return count + (size_t)__builtin_ctz((unsigned)hits);
    }
#endif
    for (; count < left && s.ptr[at + count] != '\\'; count++)
        out[count] = s.ptr[at + count];
    return count;
}

size_t
json_decode_clean(struct str raw, char *out)
{
    struct str s = str_slice(raw, 1, raw.len - 1);
    size_t len = 0;

    for (size_t at = 0; at < s.len;) {
        size_t count = copy_plain(s, at, out + len);

        len += count;
        for (at += count; at < s.len && s.ptr[at] == '\\';) {
            uint32_t cp = decode_escape(s, &at);

            assert(cp != UINT32_MAX);
            len += utf8_encode(cp, out + len);
        }
    }
    return len;
}

enum err_code
json_decode_string(struct str raw, struct buf *out, struct error *err)
{
    size_t old_len = out->len;
    enum err_code code;

    if (raw.len < 2 || raw.ptr[0] != '"' || raw.ptr[raw.len - 1] != '"')
        return error_set_at(err, ERR_FORMAT, 0, "expected a string in quotes");
    code = decode_content(str_slice(raw, 1, raw.len - 1), out, err);
    if (code != ERR_OK)
        out->len = old_len;
    return code;
}

/* A number as 0.DIGITS * 10^exponent, cut to what can matter. */
struct decimal {
    char digits[DIGITS_MAX + 1];
    size_t count;
    int64_t exponent;
};

static void
decimal_add_digit(struct decimal *d, char digit)
{
    if (d->count == 0 && digit == '0')
        return;
    if (d->count < DIGITS_MAX)
        d->digits[d->count++] = digit;
    else if (digit != '0')
        d->digits[DIGITS_MAX - 1] = '1';
}

static int64_t
parse_exponent(struct str raw, size_t at)
{
    bool negative = raw.ptr[at] == '-';
    int64_t value = 0;

    if (negative || raw.ptr[at] == '+')
        at++;
    for (; at < raw.len && value < EXPONENT_MAX; at++)
        value = value * 10 + (raw.ptr[at] - '0');
    return negative ? -value : value;
}

/* strtod over a number of any length: the scanner has checked its form. */
static double
parse_long(struct str raw)
{
    struct decimal d = {.count = 0};
    char text[DIGITS_MAX + 40];
    bool point = false;
    size_t at = raw.ptr[0] == '-';
    int n;

    for (; at < raw.len && (raw.ptr[at] | 0x20) != 'e'; at++) {
        if (raw.ptr[at] == '.') {
            point = true;
            continue;
        }
        decimal_add_digit(&d, raw.ptr[at]);
        if (!point && d.count)
            d.exponent++;
        else if (point && !d.count)
            d.exponent--;
    }
    if (at + 1 < raw.len)
        d.exponent += parse_exponent(raw, at + 1);
    n = snprintf(text, sizeof(text), "%s0.%.*se%lld",
                 raw.ptr[0] == '-' ? "-" : "", (int)d.count, d.digits,
                 d.count ? (long long)d.exponent : 0LL);
    assert(n > 0 && (size_t)n < sizeof(text));
    (void)n;
    return strtod(text, NULL);
}

/* An integer token that fits int64. */
static bool
parse_int64(struct str raw, int64_t *out)
{
    bool negative = raw.ptr[0] == '-';
    uint64_t value = 0;
    uint64_t limit = (uint64_t)INT64_MAX + negative;

    for (size_t at = negative; at < raw.len; at++) {
        unsigned digit = (unsigned char)raw.ptr[at] - (unsigned)'0';

        if (digit > 9 || value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/* Most numbers have up to 15 digits and no exponent: both the digits and the
 * power of ten below them are exact doubles, so one division rounds as it must
 * (Clinger 1990, How to read floating point numbers accurately). */
static bool
parse_short(struct str raw, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3, 1e4,  1e5,
                                    1e6,  1e7,  1e8,  1e9, 1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15};
    bool negative = raw.ptr[0] == '-';
    size_t point = raw.len;
    uint64_t digits = 0;
    double value;

    if (raw.len - negative > 16)
        return false;
    for (size_t at = negative; at < raw.len; at++) {
        unsigned digit = (unsigned char)raw.ptr[at] - (unsigned)'0';

        if (digit <= 9)
            digits = digits * 10 + digit;
        else if (raw.ptr[at] == '.')
            point = at + 1;
        else
            return false;
    }
    if (digits > UINT64_C(9007199254740992)) /* 2^53 */
        return false;
    value = (double)digits / powers[raw.len - point];
    *out = negative ? -value : value;
    return true;
}

double
json_number(struct str raw, bool *is_int, int64_t *exact_int)
{
    int64_t integer;
    double value;
    char text[64];

    *is_int = parse_int64(raw, &integer);
    if (*is_int)
        *exact_int = integer;
    if (parse_short(raw, &value))
        return value;
    if (raw.len >= sizeof(text))
        return parse_long(raw);
    memcpy(text, raw.ptr, raw.len);
    text[raw.len] = '\0';
    return strtod(text, NULL);
}
