/* Motions of the span selection. Words: runs of what is neither blank nor
 * ASCII punctuation; a wide character is a word by itself. Sentences end
 * behind . ! ? (and their wide twins) before a blank, and at empty lines. */
#include "config.h"

#include "tui/motion.h"

#include <string.h>

#include "stet/utf8.h"
#include "stet/width.h"

#define MOTION_MAX 8192 /* bytes that are looked at */

enum word_class { CLASS_BLANK, CLASS_SIGN, CLASS_WORD, CLASS_WIDE };

size_t
motion_right(struct str text, size_t at)
{
    if (at >= text.len)
        return text.len;
    do
        at = width_piece(text, at, false).end;
    while (at < text.len && width_piece(text, at, false).cells == 0 &&
           width_piece(text, at, false).kind == PIECE_TEXT);
    return at;
}

size_t
motion_left(struct str text, size_t at)
{
    size_t from;
    size_t last;

    if (at == 0)
        return 0;
    /* pieces do not cross ASCII: start behind the last one */
    from = at - 1;
    while (from > 0 && at - from < 128 && (unsigned char)text.ptr[from] >= 0x80)
        from--;
    from = utf8_is_boundary(text, from) ? from : utf8_prev(text, from);
    for (last = from; from < at; from = motion_right(text, from))
        last = from;
    return last;
}

static enum word_class
class_at(struct str text, size_t at)
{
    unsigned char byte = (unsigned char)text.ptr[at];
    unsigned len;

    if (byte <= ' ')
        return CLASS_BLANK;
    if (byte >= 0x80)
        return width_of(utf8_decode(text, at, &len)) == 2 ? CLASS_WIDE
                                                          : CLASS_WORD;
    if ((byte >= '0' && byte <= '9') || byte == '_' || byte == '\'' ||
        ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z'))
        return CLASS_WORD;
    return CLASS_SIGN;
}

size_t
motion_word_end(struct str text, size_t at)
{
    size_t limit = text.len - at > MOTION_MAX ? at + MOTION_MAX : text.len;
    enum word_class class;

    while (at < limit && class_at(text, at) == CLASS_BLANK)
        at++;
    if (at >= limit)
        return at;
    class = class_at(text, at);
    do
        at = motion_right(text, at);
    while (at < limit && class != CLASS_WIDE && class_at(text, at) == class);
    return at;
}

size_t
motion_word_start(struct str text, size_t at)
{
    size_t limit = at > MOTION_MAX ? at - MOTION_MAX : 0;
    size_t before = motion_left(text, at);
    enum word_class class;

    while (before > limit && class_at(text, before) == CLASS_BLANK)
        before = motion_left(text, before);
    if (before >= at)
        return at;
    at = before;
    class = class_at(text, at);
    while (at > limit && class != CLASS_WIDE) {
        before = motion_left(text, at);
        if (class_at(text, before) != class)
            break;
        at = before;
    }
    return at;
}

/* Whether a sentence ends right before `at`. */
static bool
is_sentence_end(struct str text, size_t at)
{
    static const char *const wide[] = {"\xE3\x80\x82", "\xEF\xBC\x81",
                                       "\xEF\xBC\x9F"};
    size_t sign = at;

    if (at >= 2 && text.ptr[at - 1] == '\n' && text.ptr[at - 2] == '\n')
        return true;
    for (size_t i = 0; i < 3 && at >= 3; i++)
        if (memcmp(text.ptr + at - 3, wide[i], 3) == 0)
            return true;
    if (at < text.len && class_at(text, at) != CLASS_BLANK)
        return false;
    while (sign > 0 &&
           (text.ptr[sign - 1] == '"' || text.ptr[sign - 1] == ')' ||
            text.ptr[sign - 1] == '\''))
        sign--;
    return sign > 0 && (text.ptr[sign - 1] == '.' ||
                        text.ptr[sign - 1] == '!' || text.ptr[sign - 1] == '?');
}

size_t
motion_sentence_end(struct str text, size_t at)
{
    size_t limit = text.len - at > MOTION_MAX ? at + MOTION_MAX : text.len;

    /* from behind an end: the next sentence */
    while (at < limit && class_at(text, at) == CLASS_BLANK)
        at++;
    while (at < limit) {
        at = utf8_next(text, at);
        if (is_sentence_end(text, at))
            return at;
    }
    return limit == text.len ? text.len : at;
}

size_t
motion_sentence_start(struct str text, size_t at)
{
    size_t limit = at > MOTION_MAX ? at - MOTION_MAX : 0;

    while (at > limit && class_at(text, at - 1) == CLASS_BLANK)
        at--;
    while (at > limit) {
        at = utf8_prev(text, at - 1);
        if (at > limit && is_sentence_end(text, at))
            break;
    }
    while (at < text.len && class_at(text, at) == CLASS_BLANK)
        at++;
    return at;
}

struct span
motion_word(struct str text, size_t at)
{
    size_t end;
    size_t start;

    if (text.len == 0)
        return (struct span){0, 0};
    end = motion_word_end(text, at < text.len ? at : text.len - 1);
    start = motion_word_start(text, end);
    return (struct span){start, end};
}

struct span
motion_sentence(struct str text, size_t at)
{
    size_t end = motion_sentence_end(text, at < text.len ? at : text.len);
    size_t start = motion_sentence_start(text, end);

    return (struct span){start < end ? start : end, end};
}

#define LINE_MAX_BYTES ((size_t)1 << 20)

/* The nearest boundary of a character at or before `at`. */
static size_t
boundary(struct str text, size_t at)
{
    return utf8_is_boundary(text, at) ? at : utf8_prev(text, at);
}

static size_t
line_start(struct str text, size_t at)
{
    size_t limit = at > LINE_MAX_BYTES ? at - LINE_MAX_BYTES : 0;
    const char *lf =
        at > limit ? memrchr(text.ptr + limit, '\n', at - limit) : NULL;

    return lf ? (size_t)(lf - text.ptr) + 1 : boundary(text, limit);
}

static size_t
line_end(struct str text, size_t at)
{
    size_t limit =
        text.len - at > LINE_MAX_BYTES ? at + LINE_MAX_BYTES : text.len;
    const char *lf =
        at < limit ? memchr(text.ptr + at, '\n', limit - at) : NULL;

    return lf ? (size_t)(lf - text.ptr) : boundary(text, limit);
}

struct span
motion_line(struct str text, size_t at)
{
    at = at < text.len ? at : text.len;
    return (struct span){line_start(text, at), line_end(text, at)};
}

static bool
is_blank(struct str text, struct span line)
{
    while (line.start < line.end && class_at(text, line.start) == CLASS_BLANK)
        line.start++;
    return line.start == line.end;
}

struct span
motion_paragraph(struct str text, size_t at)
{
    struct span all = motion_line(text, at);
    size_t low = all.start > LINE_MAX_BYTES ? all.start - LINE_MAX_BYTES : 0;
    size_t high = text.len - all.end > LINE_MAX_BYTES ? all.end + LINE_MAX_BYTES
                                                      : text.len;

    if (is_blank(text, all))
        return all;
    while (all.start > low && text.ptr[all.start - 1] == '\n') {
        struct span line = motion_line(text, all.start - 1);

        if (is_blank(text, line))
            break;
        all.start = line.start;
    }
    while (all.end < high && text.ptr[all.end] == '\n') {
        struct span line = motion_line(text, all.end + 1);

        if (is_blank(text, line))
            break;
        all.end = line.end;
    }
    return all;
}
