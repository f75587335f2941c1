/* Edits on text, and quotes that find their place in a changed text. All
 * edits name the original text, so they are applied in one sweep. */
#include "config.h"

#include "edits.h"

#include <stdlib.h>
#include <string.h>

#include "stet/utf8.h"

static size_t
step_back(struct str text, size_t at, unsigned steps)
{
    for (; steps > 0 && at > 0; steps--)
        at = utf8_prev(text, at - 1);
    return at;
}

static size_t
step_forward(struct str text, size_t at, unsigned steps)
{
    for (; steps > 0 && at < text.len; steps--)
        at = utf8_next(text, at);
    return at;
}

struct quote
quote_take(struct str text, struct span span)
{
    size_t start = step_back(text, span.start, CONTEXT_CP);
    size_t end = step_forward(text, span.end, CONTEXT_CP);

    if (text.len == 0)
        text.ptr = "";
    return (struct quote){str_slice(text, start, span.start),
                          str_slice(text, span.start, span.end),
                          str_slice(text, span.end, end)};
}

/* Whether the three parts stand at `at`. */
static bool
stands_at(struct str text, const struct quote *quote, size_t at)
{
    const struct str parts[3] = {quote->before, quote->quote, quote->after};

    for (unsigned i = 0; i < 3; i++) {
        if (parts[i].len > text.len - at)
            return false;
        if (!str_equal(str_slice(text, at, at + parts[i].len), parts[i]))
            return false;
        at += parts[i].len;
    }
    return true;
}

/* The places of the whole pattern, at most two of them. */
static unsigned
search(struct str text, const struct quote *quote, size_t *place)
{
    struct buf pattern = {0};
    struct error ignored = ERROR_INIT;
    unsigned found = 0;
    size_t at = 0;

    if (buf_append_str(&pattern, quote->before, &ignored) ||
        buf_append_str(&pattern, quote->quote, &ignored) ||
        buf_append_str(&pattern, quote->after, &ignored)) {
        buf_release(&pattern);
        return 0;
    }
    while (found < 2) {
        size_t next = str_find(text, buf_str(&pattern), at);

        if (next == SIZE_MAX)
            break;
        if (found++ == 0)
            *place = next;
        at = next + 1;
    }
    buf_release(&pattern);
    return found;
}

enum quote_found
quote_find(struct str text, const struct quote *quote, struct span *span)
{
    size_t whole = quote->before.len + quote->quote.len + quote->after.len;
    bool at_start = utf8_count(quote->before) < CONTEXT_CP;
    bool at_end = utf8_count(quote->after) < CONTEXT_CP;
    size_t place = 0;

    if (text.len == 0)
        text.ptr = "";
    if (whole > text.len)
        return QUOTE_NONE;
    if (at_start || at_end) {
        place = at_start ? 0 : text.len - whole;
        if ((at_start && at_end && whole != text.len) ||
            !stands_at(text, quote, place))
            return QUOTE_NONE;
    } else {
        unsigned found = search(text, quote, &place);

        if (found != 1)
            return found ? QUOTE_MANY : QUOTE_NONE;
    }
    span->start = place + quote->before.len;
    span->end = span->start + quote->quote.len;
    return QUOTE_ONE;
}

static int
compare_edits(const void *left, const void *right)
{
    const struct text_edit *a = left;
    const struct text_edit *b = right;

    if (a->span.start != b->span.start)
        return a->span.start < b->span.start ? -1 : 1;
    if (a->span.end != b->span.end)
        return a->span.end < b->span.end ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static bool
clashes(const struct span *former, const struct span *span)
{
    bool inserts = former->start == former->end && span->start == span->end;

    return span->start < former->end ||
           (inserts && former->start == span->start);
}

size_t
edits_sort(struct text_edit *edits, size_t count)
{
    size_t widest = 0;
    size_t found = 0;

    if (count > 1)
        qsort(edits, count, sizeof(*edits), compare_edits);
    for (size_t i = 0; i < count; i++)
        edits[i].clash = false;
    for (size_t i = 1; i < count; i++) {
        size_t others[2] = {i - 1, widest};

        for (unsigned k = 0; k < 2; k++) {
            struct text_edit *other = &edits[others[k]];

            if (!clashes(&other->span, &edits[i].span))
                continue;
            found += !other->clash;
            found += !edits[i].clash;
            other->clash = true;
            edits[i].clash = true;
        }
        if (edits[i].span.end > edits[widest].span.end)
            widest = i;
    }
    return found;
}

/* Whether a high surrogate's three bytes are followed by a low one's. */
static bool
has_split_pair(struct str text)
{
    const char *at = text.ptr;
    const char *end = NULL;

    if (text.len < 6)
        return false;
    end = text.ptr + text.len;
    while (end - at >= 6 &&
           (at = memchr(at, 0xed, (size_t)(end - at) - 5)) != NULL) {
        const unsigned char *bytes = (const unsigned char *)at;

        if ((bytes[1] & 0xf0) == 0xa0 && bytes[3] == 0xed &&
            (bytes[4] & 0xf0) == 0xb0)
            return true;
        at++;
    }
    return false;
}

enum err_code
edits_apply(struct str text, const struct text_edit *edits, size_t count,
            struct buf *out, struct error *err)
{
    enum err_code code = ERR_OK;
    size_t first = out->len;
    size_t at = 0;

    if (text.len == 0)
        text.ptr = "";
    for (size_t i = 0; i < count && !code; i++) {
        code =
            buf_append_str(out, str_slice(text, at, edits[i].span.start), err);
        if (!code)
            code = buf_append_str(out, edits[i].text, err);
        at = edits[i].span.end;
    }
    if (!code)
        code = buf_append_str(out, str_slice(text, at, text.len), err);
    if (code)
        return code;
    if (has_split_pair(str_slice(buf_str(out), first, out->len)))
        return error_set(err, ERR_CONFLICT,
                         "the new text would join two surrogate halves");
    return ERR_OK;
}

size_t
edits_move(const struct text_edit *edits, size_t count, size_t at, bool end)
{
    size_t grown = 0;
    size_t shrunk = 0;

    for (size_t i = 0; i < count; i++) {
        const struct span *span = &edits[i].span;
        bool insert = span->start == span->end;

        if (span->start > at || (span->start == at && (end || !insert)))
            break;
        if (!insert && at < span->end)
            return span->start + grown - shrunk + (end ? edits[i].text.len : 0);
        grown += edits[i].text.len;
        shrunk += span->end - span->start;
    }
    return at + grown - shrunk;
}

struct text_edit
edits_between(struct str from, struct str to)
{
    size_t shorter = from.len < to.len ? from.len : to.len;
    size_t head = 0;
    size_t tail = 0;

    while (head < shorter && from.ptr[head] == to.ptr[head])
        head++;
    while (head > 0 &&
           (!utf8_is_boundary(from, head) || !utf8_is_boundary(to, head)))
        head--;
    while (tail < shorter - head &&
           from.ptr[from.len - 1 - tail] == to.ptr[to.len - 1 - tail])
        tail++;
    while (tail > 0 && (!utf8_is_boundary(from, from.len - tail) ||
                        !utf8_is_boundary(to, to.len - tail)))
        tail--;
    if (to.len == 0)
        to.ptr = "";
    return (struct text_edit){
        {head, from.len - tail}, str_slice(to, head, to.len - tail), 0, false};
}
