/* Views of bytes and growable bytes. A buffer doubles, but never past its
 * maximum, and an append that fails leaves it as it was. */
#include "config.h"

#include "stet/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/xalloc.h"

int
str_compare(struct str a, struct str b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;

    if (order)
        return order < 0 ? -1 : 1;
    return (a.len > b.len) - (a.len < b.len);
}

bool
str_starts_with(struct str s, struct str prefix)
{
    return prefix.len <= s.len &&
           (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

bool
str_ends_with(struct str s, struct str suffix)
{
    return suffix.len <= s.len &&
           (suffix.len == 0 ||
            memcmp(s.ptr + (s.len - suffix.len), suffix.ptr, suffix.len) == 0);
}

size_t
str_find(struct str s, struct str needle, size_t from)
{
    const char *hit;

    if (from > s.len || needle.len > s.len - from)
        return SIZE_MAX;
    if (needle.len == 0)
        return from;
    hit = memmem(s.ptr + from, s.len - from, needle.ptr, needle.len);
    return hit ? (size_t)(hit - s.ptr) : SIZE_MAX;
}

/* Only the last '*' is ever reconsidered: an earlier one cannot help. */
bool
str_glob(struct str pattern, struct str s)
{
    size_t p = 0;
    size_t i = 0;
    size_t star = SIZE_MAX;
    size_t star_at = 0;

    while (i < s.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            star_at = i;
        } else if (p < pattern.len &&
                   (pattern.ptr[p] == '?' || pattern.ptr[p] == s.ptr[i])) {
            p++;
            i++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            i = ++star_at;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}

static bool
is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

struct str
str_trim(struct str s)
{
    size_t start = 0;
    size_t end = s.len;

    while (start < end && is_blank(s.ptr[start]))
        start++;
    while (end > start && is_blank(s.ptr[end - 1]))
        end--;
    if (s.len == 0)
        return s;
    return str_slice(s, start, end);
}

void
buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){NULL, 0, 0, max};
}

void
buf_release(struct buf *buf)
{
    free(buf->ptr);
    buf->ptr = NULL;
    buf->len = 0;
    buf->cap = 0;
}

void
buf_clear(struct buf *buf)
{
    buf->len = 0;
}

/* Room for `extra` more bytes. */
static enum err_code
grow(struct buf *buf, size_t extra)
{
    size_t need;
    size_t cap;
    char *ptr;

    if (extra <= buf->cap - buf->len)
        return ERR_OK;
    if (extra > SIZE_MAX / 2 - buf->len)
        return ERR_NOMEM;
    need = buf->len + extra;
    cap = buf->cap < 32 ? 64 : buf->cap * 2;
    if (cap < need)
        cap = need;
    if (buf->max && cap > buf->max && need <= buf->max)
        cap = buf->max;
    ptr = realloc(buf->ptr, cap);
    if (!ptr && cap > need) {
        cap = need;
        ptr = realloc(buf->ptr, cap);
    }
    if (!ptr)
        return ERR_NOMEM;
    buf->ptr = ptr;
    buf->cap = cap;
    return ERR_OK;
}

enum err_code
buf_reserve(struct buf *buf, size_t extra, struct error *err)
{
    if (buf->max && (buf->len > buf->max || extra > buf->max - buf->len))
        return error_set(err, ERR_LIMIT, "more than %zu bytes", buf->max);
    if (grow(buf, extra) != ERR_OK)
        return error_nomem(err);
    return ERR_OK;
}

enum err_code
buf_append(struct buf *buf, const void *ptr, size_t len, struct error *err)
{
    enum err_code code;

    if (len == 0)
        return ERR_OK;
    code = buf_reserve(buf, len, err);
    if (code != ERR_OK)
        return code;
    memcpy(buf->ptr + buf->len, ptr, len);
    buf->len += len;
    return ERR_OK;
}

enum err_code
buf_append_str(struct buf *buf, struct str s, struct error *err)
{
    return buf_append(buf, s.ptr, s.len, err);
}

enum err_code
buf_append_byte(struct buf *buf, char byte, struct error *err)
{
    return buf_append(buf, &byte, 1, err);
}

enum err_code
buf_printf(struct buf *buf, struct error *err, const char *fmt, ...)
{
    char space[256];
    va_list args;
    enum err_code code;
    size_t len;
    int count;

    va_start(args, fmt);
    count = vsnprintf(space, sizeof(space), fmt, args);
    va_end(args);
    if (count < 0)
        return error_nomem(err);
    len = (size_t)count;
    if (len < sizeof(space))
        return buf_append(buf, space, len, err);
    code = buf_reserve(buf, len, err);
    if (code != ERR_OK)
        return code;
    if (grow(buf, len + 1) != ERR_OK) /* the NUL is not counted in `max` */
        return error_nomem(err);
    va_start(args, fmt);
    (void)vsnprintf(buf->ptr + buf->len, len + 1, fmt, args);
    va_end(args);
    buf->len += len;
    return ERR_OK;
}

/* Like grow(), aborting through xalloc's hook. */
static void
xgrow(struct buf *buf, size_t extra)
{
    if (grow(buf, extra) == ERR_OK)
        return;
    buf->ptr = xreallocarray(
        buf->ptr, 1,
        extra > SIZE_MAX / 2 - buf->len ? SIZE_MAX : buf->len + extra);
    buf->cap = buf->len + extra;
}

void
xbuf_append(struct buf *buf, const void *ptr, size_t len)
{
    if (len == 0)
        return;
    xgrow(buf, len);
    memcpy(buf->ptr + buf->len, ptr, len);
    buf->len += len;
}

void
xbuf_append_str(struct buf *buf, struct str s)
{
    xbuf_append(buf, s.ptr, s.len);
}

void
xbuf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args;
    size_t room;
    int count;

    xgrow(buf, 64);
    room = buf->cap - buf->len;
    va_start(args, fmt);
    count = vsnprintf(buf->ptr + buf->len, room, fmt, args);
    va_end(args);
    if (count < 0)
        return;
    if ((size_t)count >= room) {
        xgrow(buf, (size_t)count + 1);
        va_start(args, fmt);
        (void)vsnprintf(buf->ptr + buf->len, (size_t)count + 1, fmt, args);
        va_end(args);
    }
    buf->len += (size_t)count;
}

const char *
xbuf_cstr(struct buf *buf)
{
    xgrow(buf, 1);
    buf->ptr[buf->len] = '\0';
    return buf->ptr;
}

char *
buf_take(struct buf *buf)
{
    char *ptr;

    xbuf_cstr(buf);
    ptr = buf->ptr;
    buf->ptr = NULL;
    buf->len = 0;
    buf->cap = 0;
    return ptr;
}

void
xbuf_append_varint(struct buf *buf, uint64_t value)
{
    char bytes[10];
    size_t len = 0;

    while (value >= 0x80) {
        bytes[len++] = (char)(unsigned char)(value | 0x80);
        value >>= 7;
    }
    bytes[len++] = (char)value;
    xbuf_append(buf, bytes, len);
}

bool
str_get_varint(struct str s, size_t *at, uint64_t *value)
{
    uint64_t result = 0;
    size_t i = *at;
    unsigned shift;

    for (shift = 0; shift < 64; shift += 7) {
        uint64_t bits;

        if (i >= s.len)
            return false;
        bits = (unsigned char)s.ptr[i] & 0x7fU;
        if (shift == 63 && bits > 1)
            return false;
        result |= bits << shift;
        if (((unsigned char)s.ptr[i++] & 0x80) == 0) {
            *value = result;
            *at = i;
            return true;
        }
    }
    return false;
}
