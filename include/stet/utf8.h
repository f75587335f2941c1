/* UTF-8 (Unicode 15, section 3.9; RFC 3629) and WTF-8 (surrogates as their
 * three bytes, Python's "surrogatepass"). Offsets are bytes. */
#ifndef STET_UTF8_H
#define STET_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"

#define UTF8_REPLACEMENT 0xFFFDu

/* Decode one code point at s[at]; sets *len to the bytes used (>= 1).
 * Ill-formed input gives U+FFFD for each maximal subpart. A surrogate's three
 * bytes are decoded as one surrogate value (0xD800-0xDFFF). at < s.len. */
uint32_t utf8_decode(struct str s, size_t at, unsigned *len);

/* Whether what utf8_decode gave at s[at] stands for ill-formed bytes: text may
 * hold U+FFFD itself, and no ill-formed subpart that starts with its first
 * byte is as long. */
static inline bool
utf8_is_ill_formed(struct str s, size_t at, uint32_t cp, unsigned len)
{
    return cp == UTF8_REPLACEMENT && !(len == 3 && s.ptr[at] == '\xEF');
}

/* Encode; surrogates allowed; returns 1-4 bytes. cp <= 0x10FFFF. */
unsigned utf8_encode(uint32_t cp, char out[4]);

bool utf8_is_valid(struct str s); /* strict: no surrogates */
bool utf8_is_wtf8(struct str s);  /* surrogates allowed */
/* Where the first ill-formed byte or surrogate at or after `at` is, or s.len.
 * `at` is a boundary. */
size_t utf8_valid_prefix(struct str s, size_t at);
/* Where the run of well-formed non-ASCII from `at` on ends: at the end, an
 * ASCII byte, an ill-formed byte or a surrogate. */
size_t utf8_skip_multibyte(struct str s, size_t at);
/* Start of the character (or ill-formed subpart) that holds byte `at` / of the
 * next one; s.len from the end on. */
size_t utf8_prev(struct str s, size_t at);
size_t utf8_next(struct str s, size_t at);
bool utf8_is_boundary(struct str s, size_t at);

/* Code points in well-formed text (WTF-8: a surrogate is one). */
uint64_t utf8_count(struct str s);
/* Byte offset of code point `cp`; s.len if there are exactly cp code points;
 * SIZE_MAX if fewer. */
size_t utf8_offset_of_cp(struct str s, uint64_t cp);

/* The text as the index, the screen and regexes see it: every ill-formed
 * subpart and every surrogate becomes U+FFFD. A surrogate's three bytes become
 * three, so offsets in WTF-8 text stay the same. */
enum err_code utf8_to_display(struct str s, struct buf *out, struct error *err);

#endif
