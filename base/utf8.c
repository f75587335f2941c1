/* UTF-8 and WTF-8: decode, validate, count, convert offsets. Text is mostly
 * ASCII, so every walk over it skips eight ASCII bytes at a time. */
#include "config.h"

#include "stet/utf8.h"

#include <assert.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

static uint64_t
load8(const char *ptr)
{
    uint64_t word;

    memcpy(&word, ptr, sizeof(word));
    return word;
}

static unsigned char
byte_at(struct str s, size_t at)
{
    return (unsigned char)s.ptr[at];
}

static bool
is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Where the run of ASCII that starts at s[at] ends. */
static size_t
skip_ascii(struct str s, size_t at)
{
    while (s.len - at >= 32 &&
           !((load8(s.ptr + at) | load8(s.ptr + at + 8) |
              load8(s.ptr + at + 16) | load8(s.ptr + at + 24)) &
             HIGH_BITS))
        at += 32;
    while (s.len - at >= 8 && !(load8(s.ptr + at) & HIGH_BITS))
        at += 8;
    while (at < s.len && byte_at(s, at) < 0x80)
        at++;
    return at;
}

/* Lengths and second bytes that a lead byte allows (Unicode, table 3-7);
 * length 0: not a lead byte. */
struct lead {
    unsigned char len, low, high;
};

static struct lead
lead_of(unsigned char byte)
{
    if (byte < 0xC2 || byte > 0xF4)
        return (struct lead){0, 0, 0};
    if (byte < 0xE0)
        return (struct lead){2, 0x80, 0xBF};
    if (byte == 0xE0)
        return (struct lead){3, 0xA0, 0xBF};
    if (byte == 0xED)
        return (struct lead){3, 0x80, 0x9F};
    if (byte < 0xF0)
        return (struct lead){3, 0x80, 0xBF};
    if (byte == 0xF0)
        return (struct lead){4, 0x90, 0xBF};
    if (byte == 0xF4)
        return (struct lead){4, 0x80, 0x8F};
    return (struct lead){4, 0x80, 0xBF};
}

static bool
is_surrogate_at(struct str s, size_t at)
{
    return s.len - at >= 3 && byte_at(s, at) == 0xED &&
           byte_at(s, at + 1) >= 0xA0 && byte_at(s, at + 1) <= 0xBF &&
           is_continuation(byte_at(s, at + 2));
}

/* A multi-byte sequence at s[at]: its value, or UTF8_REPLACEMENT with *valid
 * false and *len the maximal subpart. Surrogates are ill-formed here. */
static uint32_t
decode_strict(struct str s, size_t at, unsigned *len, bool *valid)
{
    unsigned char first = byte_at(s, at);
    struct lead lead = lead_of(first);
    uint32_t cp = first & (0x7Fu >> lead.len);
    unsigned used = 1;

    for (; used < lead.len && at + used < s.len; used++) {
        unsigned char byte = byte_at(s, at + used);
        unsigned char low = used == 1 ? lead.low : 0x80;
        unsigned char high = used == 1 ? lead.high : 0xBF;

        if (byte < low || byte > high)
            break;
        cp = cp << 6 | (byte & 0x3Fu);
    }
    *len = used;
    *valid = lead.len && used == lead.len;
    return *valid ? cp : UTF8_REPLACEMENT;
}

static uint32_t
decode(struct str s, size_t at, unsigned *len, bool *valid)
{
    assert(at < s.len);
    if (byte_at(s, at) < 0x80) {
        *len = 1;
        *valid = true;
        return byte_at(s, at);
    }
    if (is_surrogate_at(s, at)) {
        *len = 3;
        *valid = true;
        return 0xD000u | (byte_at(s, at + 1) & 0x3Fu) << 6 |
               (byte_at(s, at + 2) & 0x3Fu);
    }
    return decode_strict(s, at, len, valid);
}

uint32_t
utf8_decode(struct str s, size_t at, unsigned *len)
{
    bool valid;

    return decode(s, at, len, &valid);
}

unsigned
utf8_encode(uint32_t cp, char out[4])
{
    assert(cp <= 0x10FFFF);
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

/* Past the two- and three-byte sequences from s[at] on that need no look at
 * their second byte's limits: nearly all of the world's text. */
static size_t
skip_common(struct str s, size_t at)
{
    while (s.len - at >= 3) {
        unsigned char first = byte_at(s, at);

        if (first >= 0xE1 && first <= 0xEC) {
            if (!is_continuation(byte_at(s, at + 1)) ||
                !is_continuation(byte_at(s, at + 2)))
                break;
            at += 3;
        } else if (first >= 0xC2 && first <= 0xDF) {
            if (!is_continuation(byte_at(s, at + 1)))
                break;
            at += 2;
        } else {
            break;
        }
    }
    return at;
}

size_t
utf8_skip_multibyte(struct str s, size_t at)
{
    for (;;) {
        unsigned len;
        bool valid;

        at = skip_common(s, at);
        if (at == s.len || byte_at(s, at) < 0x80)
            return at;
        decode_strict(s, at, &len, &valid);
        if (!valid)
            return at;
        at += len;
    }
}

size_t
utf8_valid_prefix(struct str s, size_t at)
{
    for (;;) {
        at = skip_ascii(s, at);
        if (at == s.len)
            return at;
        at = utf8_skip_multibyte(s, at);
        if (at == s.len || byte_at(s, at) >= 0x80)
            return at;
    }
}

bool
utf8_is_valid(struct str s)
{
    return utf8_valid_prefix(s, 0) == s.len;
}

bool
utf8_is_wtf8(struct str s)
{
    size_t at = 0;

    for (;;) {
        at = utf8_valid_prefix(s, at);
        if (at == s.len)
            return true;
        if (!is_surrogate_at(s, at))
            return false;
        at += 3;
    }
}

/* The start of the unit (character or maximal subpart) that holds s[at]. */
static size_t
unit_start(struct str s, size_t at)
{
    size_t from = at;

    while (from > 0 && at - from < 3 && is_continuation(byte_at(s, from)))
        from--;
    for (; from < at; from++) {
        unsigned len = 1;

        if (byte_at(s, from) >= 0x80)
            utf8_decode(s, from, &len);
        if (from + len > at)
            break;
        /* Units cannot overlap: go on behind this one. */
        from += len - 1;
    }
    return from;
}

size_t
utf8_prev(struct str s, size_t at)
{
    if (at >= s.len)
        return s.len;
    return unit_start(s, at);
}

size_t
utf8_next(struct str s, size_t at)
{
    unsigned len;

    if (at >= s.len)
        return s.len;
    at = unit_start(s, at);
    utf8_decode(s, at, &len);
    return at + len;
}

bool
utf8_is_boundary(struct str s, size_t at)
{
    return at == s.len || (at < s.len && unit_start(s, at) == at);
}

uint64_t
utf8_count(struct str s)
{
    uint64_t count = 0;
    size_t at = 0;

    /* Code points = bytes that are not continuations, 8 at a time. */
    for (; s.len - at >= 8; at += 8) {
        uint64_t word = load8(s.ptr + at);
        uint64_t continuation = word >> 7 & ~word >> 6;

        continuation &= UINT64_C(0x0101010101010101);
        count += 8 - (continuation * UINT64_C(0x0101010101010101) >> 56);
    }
    for (; at < s.len; at++)
        count += !is_continuation(byte_at(s, at));
    return count;
}

size_t
utf8_offset_of_cp(struct str s, uint64_t cp)
{
    size_t at = 0;

    while (cp > 0 && at < s.len) {
        if (cp >= 8 && s.len - at >= 8 && !(load8(s.ptr + at) & HIGH_BITS)) {
            at += 8;
            cp -= 8;
            continue;
        }
        at++;
        while (at < s.len && is_continuation(byte_at(s, at)))
            at++;
        cp--;
    }
    return cp == 0 ? at : SIZE_MAX;
}

enum err_code
utf8_to_display(struct str s, struct buf *out, struct error *err)
{
    size_t old_len = out->len;
    size_t at = 0;
    enum err_code code = ERR_OK;

    while (at < s.len && code == ERR_OK) {
        size_t end = utf8_valid_prefix(s, at);
        unsigned len;

        if (end > at)
            code = buf_append(out, s.ptr + at, end - at, err);
        if (code != ERR_OK || end == s.len)
            break;
        utf8_decode(s, end, &len);
        code = buf_append(out, "\xEF\xBF\xBD", 3, err);
        at = end + len;
    }
    if (code != ERR_OK)
        out->len = old_len;
    return code;
}
