/* Text as views and growable bytes. Document text is never NUL-terminated. */
#ifndef STET_BUF_H
#define STET_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "stet/error.h"

/* A view; borrows. ptr may be NULL when len is 0. */
struct str {
    const char *ptr;
    size_t len;
};

#define STR_LIT(literal) ((struct str){(literal), sizeof(literal) - 1})
/* For printf("%.*s", STR_FMT(s)): only after escaping. */
#define STR_FMT(s) (int)(s).len, (s).ptr

static inline struct str
str_of(const char *cstr)
{
    return (struct str){cstr, strlen(cstr)};
}

static inline bool
str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline struct str
str_slice(struct str s, size_t start, size_t end)
{
    /* An empty view may have no address to count from. */
    return (struct str){s.ptr ? s.ptr + start : NULL, end - start};
}

/* Order by bytes, a prefix first. */
int str_compare(struct str a, struct str b);
bool str_starts_with(struct str s, struct str prefix);
bool str_ends_with(struct str s, struct str suffix);
/* Offset of the first occurrence of `needle` at or after `from`, or SIZE_MAX.
 */
size_t str_find(struct str s, struct str needle, size_t from);
/* Shell-like pattern over bytes: '*' any run, '?' one byte, the rest literal.
 */
bool str_glob(struct str pattern, struct str s);
struct str str_trim(struct str s); /* ASCII space, tab, CR, LF */

/* Growable bytes, at most `max` of them. Zero-initialised is valid with no
 * maximum. Appends fail with ERR_NOMEM or ERR_LIMIT and change nothing. */
struct buf {
    char *ptr;
    size_t len;
    size_t cap;
    size_t max; /* 0: no maximum */
};

void buf_init(struct buf *buf, size_t max);
void buf_release(struct buf *buf);
void buf_clear(struct buf *buf); /* keeps the memory */
enum err_code buf_reserve(struct buf *buf, size_t extra, struct error *err);
enum err_code buf_append(struct buf *buf, const void *ptr, size_t len,
                         struct error *err);
enum err_code buf_append_str(struct buf *buf, struct str s, struct error *err);
enum err_code buf_append_byte(struct buf *buf, char byte, struct error *err);
enum err_code buf_printf(struct buf *buf, struct error *err, const char *fmt,
                         ...) __attribute__((format(printf, 3, 4)));

/* For small output whose failure is not worth handling: the same, aborting
 * like xalloc.h when memory is out. Never for data-sized content. */
void xbuf_append(struct buf *buf, const void *ptr, size_t len);
void xbuf_append_str(struct buf *buf, struct str s);
void xbuf_printf(struct buf *buf, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* NUL-terminated content; owned by the buffer, valid until it changes. */
const char *xbuf_cstr(struct buf *buf);

static inline struct str
buf_str(const struct buf *buf)
{
    return (struct str){buf->ptr, buf->len};
}

/* Transfer the bytes (NUL added); the buffer becomes empty. Caller frees. */
char *buf_take(struct buf *buf);

/* Little-endian and LEB128 helpers of the packed on-disk blobs. */
void xbuf_append_varint(struct buf *buf, uint64_t value);
/* Reads one at *at, moves *at; false when truncated or over 64 bits. */
bool str_get_varint(struct str s, size_t *at, uint64_t *value);

#endif
