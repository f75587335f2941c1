/* The JSON scanner: one token a call, no recursion, nothing copied. The
 * position moves only when a token is returned, so a failed call can be
 * repeated and says the same again. */
#include "config.h"

#include "stet/json.h"

#include <assert.h>
#if defined(__SSE2__) && !defined(STET_NO_SIMD)
#include <emmintrin.h>
#define USE_SSE2 1
#endif

#include "stet/utf8.h"

#define DEPTH_LIMIT 256 /* levels that struct json_scan has bits for */

enum state {
    WANT_VALUE,
    WANT_ITEM_OR_END, /* just behind '[' */
    WANT_KEY_OR_END,  /* just behind '{' */
    WANT_MEMBER,      /* just behind a key: ':' and a value */
    WANT_COMMA_OR_END,
    WANT_NOTHING
};

void
json_scan_init(struct json_scan *scan, struct str input, unsigned max_depth)
{
    assert(max_depth <= DEPTH_LIMIT);
    *scan = (struct json_scan){
        .input = input,
        .max_depth = max_depth ? max_depth : JSON_DEPTH_MAX,
        .state = WANT_VALUE,
    };
}

static unsigned char
byte_at(struct str s, size_t at)
{
    return (unsigned char)s.ptr[at];
}

static enum err_code
expected(struct str s, size_t at, const char *what, struct error *err)
{
    unsigned char found;

    if (at >= s.len)
        return error_set_at(err, ERR_FORMAT, at, "expected %s, found the end",
                            what);
    found = byte_at(s, at);
    if (found > ' ' && found < 0x7F)
        return error_set_at(err, ERR_FORMAT, at, "expected %s, found '%c'",
                            what, found);
    return error_set_at(err, ERR_FORMAT, at, "expected %s, found byte 0x%02X",
                        what, (unsigned)found);
}

static size_t
skip_space(struct str s, size_t at)
{
    while (at < s.len && (s.ptr[at] == ' ' || s.ptr[at] == '\n' ||
                          s.ptr[at] == '\r' || s.ptr[at] == '\t'))
        at++;
    return at;
}

static bool
is_plain(unsigned char byte)
{
    return byte >= ' ' && byte < 0x80 && byte != '"' && byte != '\\';
}

static size_t
skip_plain_bytes(struct str s, size_t at)
{
    while (at < s.len && is_plain(byte_at(s, at)))
        at++;
    return at;
}

#ifdef USE_SSE2
/* Where the run of plain bytes from s[at] on ends, 16 bytes at a time. */
static inline size_t
skip_plain(struct str s, size_t at)
{
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i control = _mm_set1_epi8(0x1F);

    while (s.len - at >= 16) {
        const char *ptr = s.ptr + at;
        __m128i group = _mm_loadu_si128((const __m128i *)(const void *)ptr);
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(group, quote),
                                   _mm_cmpeq_epi8(group, backslash));
        __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(group, control), group);
        /* The mask takes top bits, so non-ASCII bytes hit by themselves. */
        int mask =
            _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(hit, low), group));

        if (mask)
            return at + (size_t)__builtin_ctz((unsigned)mask);
        at += 16;
    }
    return skip_plain_bytes(s, at);
}
#else
#define EACH_BYTE UINT64_C(0x0101010101010101)

/* Where the run of plain bytes from s[at] on ends, 8 bytes at a time. */
static size_t
skip_plain(struct str s, size_t at)
{
    while (s.len - at >= 8) {
        uint64_t word, quote, backslash, hit;

        memcpy(&word, s.ptr + at, sizeof(word));
        quote = word ^ EACH_BYTE * '"';
        backslash = word ^ EACH_BYTE * '\\';
        /* A byte under n borrows into its top bit from word - n. */
        hit = (quote - EACH_BYTE) | (backslash - EACH_BYTE) |
              (word - EACH_BYTE * ' ') | word;
        if (hit & EACH_BYTE * 0x80)
            break;
        at += 8;
    }
    return skip_plain_bytes(s, at);
}
#endif

/* Past the non-ASCII bytes from s[at] on; whether they are UTF-8 is noted. */
static size_t
skip_non_ascii(struct str s, size_t at, unsigned *flags)
{
    at = utf8_skip_multibyte(s, at);
    if (at < s.len && byte_at(s, at) >= 0x80)
        *flags |= JSON_BAD_UTF8;
    while (at < s.len && byte_at(s, at) >= 0x80)
        at++;
    return at;
}

/* Digits before the first byte from s[at] on that is no hex digit, 4 at most;
 * *value is what they say. */
static size_t
scan_hex4(struct str s, size_t at, uint32_t *value)
{
    size_t count = 0;

    *value = 0;
    for (; count < 4 && at + count < s.len; count++) {
        unsigned c = byte_at(s, at + count);

        if (c - '0' <= 9)
            *value = *value << 4 | (c - '0');
        else if ((c | 0x20) - 'a' <= 5)
            *value = *value << 4 | ((c | 0x20) - 'a' + 10);
        else
            break;
    }
    return count;
}

/* "\uXXXX" at s[*at]; a pair of surrogates is taken together. */
static enum err_code
scan_unicode_escape(struct str s, size_t *at, unsigned *flags,
                    struct error *err)
{
    size_t next = *at + 2;
    uint32_t unit;
    uint32_t low = 0;
    size_t count = scan_hex4(s, next, &unit);

    if (count < 4)
        return expected(s, next + count, "four hex digits", err);
    next += 4;
    if (unit >= 0xD800 && unit <= 0xDFFF) {
        if (unit < 0xDC00 && s.len - next >= 6 && s.ptr[next] == '\\' &&
            s.ptr[next + 1] == 'u' && scan_hex4(s, next + 2, &low) == 4 &&
            low >= 0xDC00 && low <= 0xDFFF)
            next += 6;
        else
            *flags |= JSON_LONE_SURROGATE;
    }
    *at = next;
    return ERR_OK;
}

/* The escape whose backslash is at s[*at]. */
static enum err_code
scan_escape(struct str s, size_t *at, unsigned *flags, struct error *err)
{
    *flags |= JSON_ESCAPED;
    switch (*at + 1 < s.len ? s.ptr[*at + 1] : '\0') {
    case 'u':
        return scan_unicode_escape(s, at, flags, err);
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        *at += 2;
        return ERR_OK;
    default:
        return expected(s, *at + 1, "an escape (one of \"\\/bfnrtu)", err);
    }
}

/* *at: behind the opening quote; becomes the offset behind the closing one. */
static enum err_code
scan_string(struct str s, size_t *at, unsigned *flags, struct error *err)
{
    size_t pos = *at;

    for (;;) {
        pos = skip_plain(s, pos);
        if (pos >= s.len)
            return expected(s, pos, "'\"' at the end of a string", err);
        if (s.ptr[pos] == '"')
            break;
        if (s.ptr[pos] == '\\') {
            enum err_code code = scan_escape(s, &pos, flags, err);

            if (code != ERR_OK)
                return code;
        } else if (byte_at(s, pos) >= 0x80) {
            pos = skip_non_ascii(s, pos, flags);
        } else {
            return expected(s, pos, "an escape for a control character", err);
        }
    }
    *at = pos + 1;
    return ERR_OK;
}

static size_t
skip_digits(struct str s, size_t at)
{
    while (at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9')
        at++;
    return at;
}

static enum err_code
scan_digits(struct str s, size_t *at, struct error *err)
{
    size_t end = skip_digits(s, *at);

    if (end == *at)
        return expected(s, *at, "a digit", err);
    *at = end;
    return ERR_OK;
}

static enum err_code
scan_number(struct str s, size_t *at, struct error *err)
{
    size_t pos = *at;
    enum err_code code = ERR_OK;

    pos += s.ptr[pos] == '-';
    if (pos < s.len && s.ptr[pos] == '0')
        pos++;
    else
        code = scan_digits(s, &pos, err);
    if (code == ERR_OK && pos < s.len && s.ptr[pos] == '.') {
        pos++;
        code = scan_digits(s, &pos, err);
    }
    if (code == ERR_OK && pos < s.len && (s.ptr[pos] | 0x20) == 'e') {
        pos++;
        if (pos < s.len && (s.ptr[pos] == '+' || s.ptr[pos] == '-'))
            pos++;
        code = scan_digits(s, &pos, err);
    }
    if (code == ERR_OK)
        *at = pos;
    return code;
}

static enum err_code
scan_word(struct str s, size_t *at, struct str word, struct error *err)
{
    size_t i = 0;

    while (i < word.len && *at + i < s.len && s.ptr[*at + i] == word.ptr[i])
        i++;
    if (i < word.len) {
        char what[16] = "\"";

        memcpy(what + 1, word.ptr, word.len);
        what[1 + word.len] = '"';
        return expected(s, *at + i, what, err);
    }
    *at += word.len;
    return ERR_OK;
}

static bool
in_object(const struct json_scan *scan)
{
    unsigned level = scan->depth - 1;

    return scan->stack[level / 8] >> (level % 8) & 1;
}

/* Open an array or object whose bracket is at `at`. */
static enum err_code
open_level(struct json_scan *scan, size_t at, bool object, struct error *err)
{
    unsigned level = scan->depth;
    unsigned bit = 1u << (level % 8);

    if (level >= scan->max_depth)
        return error_set_at(err, ERR_LIMIT, at, "nested deeper than %u levels",
                            scan->max_depth);
    if (object)
        scan->stack[level / 8] |= (uint8_t)bit;
    else
        scan->stack[level / 8] &= (uint8_t)~bit;
    scan->depth++;
    scan->state = object ? WANT_KEY_OR_END : WANT_ITEM_OR_END;
    return ERR_OK;
}

static unsigned
state_after_value(const struct json_scan *scan)
{
    return scan->depth ? WANT_COMMA_OR_END : WANT_NOTHING;
}

static void
finish(struct json_scan *scan, struct json_token *token,
       const struct json_token *result, unsigned state)
{
    *token = *result;
    scan->at = result->end;
    scan->state = state;
}

static enum err_code
scan_value(struct json_scan *scan, size_t at, struct json_token *token,
           struct error *err)
{
    struct str s = scan->input;
    struct json_token result = {.start = at, .end = at + 1};
    enum err_code code;

    switch (at < s.len ? s.ptr[at] : '\0') {
    case '"':
        result.type = JSON_STRING;
        code = scan_string(s, &result.end, &result.flags, err);
        break;
    case '{':
    case '[':
        result.type = s.ptr[at] == '{' ? JSON_OBJECT : JSON_ARRAY;
        code = open_level(scan, at, s.ptr[at] == '{', err);
        if (code == ERR_OK)
            finish(scan, token, &result, scan->state);
        return code;
    case 't':
        result.type = JSON_TRUE;
        result.end = at;
        code = scan_word(s, &result.end, STR_LIT("true"), err);
        break;
    case 'f':
        result.type = JSON_FALSE;
        result.end = at;
        code = scan_word(s, &result.end, STR_LIT("false"), err);
        break;
    case 'n':
        result.type = JSON_NULL;
        result.end = at;
        code = scan_word(s, &result.end, STR_LIT("null"), err);
        break;
    default:
        if (at >= s.len ||
            (s.ptr[at] != '-' && (s.ptr[at] < '0' || s.ptr[at] > '9')))
            return expected(s, at, "a value", err);
        result.type = JSON_NUMBER;
        result.end = at;
        code = scan_number(s, &result.end, err);
    }
    if (code == ERR_OK)
        finish(scan, token, &result, state_after_value(scan));
    return code;
}

static enum err_code
scan_key(struct json_scan *scan, size_t at, const char *what,
         struct json_token *token, struct error *err)
{
    struct str s = scan->input;
    struct json_token result = {JSON_KEY, 0, at, at + 1};
    enum err_code code;

    if (at >= s.len || s.ptr[at] != '"')
        return expected(s, at, what, err);
    code = scan_string(s, &result.end, &result.flags, err);
    if (code == ERR_OK)
        finish(scan, token, &result, WANT_MEMBER);
    return code;
}

static enum err_code
close_level(struct json_scan *scan, size_t at, struct json_token *token)
{
    struct json_token result = {.start = at, .end = at + 1};

    result.type = in_object(scan) ? JSON_OBJECT_END : JSON_ARRAY_END;
    scan->depth--;
    finish(scan, token, &result, state_after_value(scan));
    return ERR_OK;
}

/* Behind a value inside an array or object. */
static enum err_code
scan_next(struct json_scan *scan, size_t at, struct json_token *token,
          struct error *err)
{
    struct str s = scan->input;
    bool object = in_object(scan);
    int c = at < s.len ? s.ptr[at] : '\0';

    if (c == ',') {
        at = skip_space(s, at + 1);
        return object ? scan_key(scan, at, "a key", token, err)
                      : scan_value(scan, at, token, err);
    }
    if (c == (object ? '}' : ']'))
        return close_level(scan, at, token);
    return expected(s, at, object ? "',' or '}'" : "',' or ']'", err);
}

enum err_code
json_next(struct json_scan *scan, struct json_token *token, struct error *err)
{
    struct str s = scan->input;
    size_t at = skip_space(s, scan->at);

    switch ((enum state)scan->state) {
    case WANT_COMMA_OR_END:
        return scan_next(scan, at, token, err);
    case WANT_MEMBER:
        if (at >= s.len || s.ptr[at] != ':')
            return expected(s, at, "':'", err);
        return scan_value(scan, skip_space(s, at + 1), token, err);
    case WANT_VALUE:
        return scan_value(scan, at, token, err);
    case WANT_ITEM_OR_END:
        if (at < s.len && s.ptr[at] == ']')
            return close_level(scan, at, token);
        return scan_value(scan, at, token, err);
    case WANT_KEY_OR_END:
        if (at < s.len && s.ptr[at] == '}')
            return close_level(scan, at, token);
        return scan_key(scan, at, "a key or '}'", token, err);
    case WANT_NOTHING:
        break;
    }
    if (at < s.len)
        return expected(s, at, "the end", err);
    finish(scan, token, &(struct json_token){JSON_END, 0, at, at},
           WANT_NOTHING);
    return ERR_OK;
}

enum err_code
json_skip(struct json_scan *scan, const struct json_token *token, size_t *end,
          struct error *err)
{
    struct json_token next = *token;
    unsigned depth = scan->depth;

    if (token->type == JSON_ARRAY || token->type == JSON_OBJECT)
        depth--;
    while (scan->depth > depth || next.type == JSON_KEY) {
        enum err_code code = json_next(scan, &next, err);

        if (code != ERR_OK)
            return code;
    }
    *end = next.end;
    return ERR_OK;
}

enum err_code
json_validate(struct str input, unsigned max_depth, struct error *err)
{
    struct json_scan scan;
    struct json_token token = {.type = JSON_NULL};

    json_scan_init(&scan, input, max_depth);
    while (token.type != JSON_END) {
        enum err_code code = json_next(&scan, &token, err);

        if (code != ERR_OK)
            return code;
    }
    return ERR_OK;
}
