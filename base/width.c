/* What text looks like in cells. An allow-list of code points, not a parser of
 * escape sequences: whatever is not on it is spelled out in ASCII. */
#include "config.h"

#include "stet/width.h"

#include <assert.h>
#include <stdio.h>
#include <utf8proc.h>

#include "stet/utf8.h"

#define ZWNJ 0x200Cu
#define ZWJ 0x200Du
#define VS15 0xFE0Eu
#define VS16 0xFE0Fu
#define SOFT_HYPHEN 0xADu
#define GRAPHEME_CELLS_MAX 8 /* longer clusters are drawn in parts */

static unsigned char
byte_at(struct str s, size_t at)
{
    return (unsigned char)s.ptr[at];
}

static bool
is_printable_ascii(uint32_t cp)
{
    return cp >= 0x20 && cp < 0x7F;
}

/* Characters of visible categories that draw nothing and so can hide data:
 * variation selectors, fillers, the grapheme joiner. */
static bool
is_invisible(uint32_t cp)
{
    return cp == 0x034F || cp == 0x115F || cp == 0x1160 || cp == 0x17B4 ||
           cp == 0x17B5 || (cp >= 0x180B && cp <= 0x180F) || cp == 0x3164 ||
           (cp >= 0xFE00 && cp <= 0xFE0F) || cp == 0xFFA0 ||
           (cp >= 0xE0100 && cp <= 0xE01EF);
}

/* Invisible and needed by some scripts and emoji: shown only on request. */
static bool
is_harmless(uint32_t cp)
{
    return cp == SOFT_HYPHEN || cp == ZWNJ || cp == ZWJ || cp == VS15 ||
           cp == VS16 || (cp >= 0x180B && cp <= 0x180F);
}

bool
width_is_safe(uint32_t cp)
{
    utf8proc_category_t category;

    if (cp < 0xA0)
        return is_printable_ascii(cp);
    if (cp > 0x10FFFF || is_invisible(cp))
        return false;
    /* Letters, marks, numbers, punctuation, symbols, spaces. */
    category = utf8proc_category((utf8proc_int32_t)cp);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_ZS;
}

/* utf8proc's width, except where wcwidth(), with which terminals and ncurses
 * place text, has another: spacing marks take a cell, conjoining jamo none,
 * hexagrams and numbers on black squares two. */
unsigned
width_of(uint32_t cp)
{
    int cells;

    if (cp < 0x300)
        return 1;
    if ((cp >= 0x1160 && cp <= 0x11FF) || (cp >= 0xD7B0 && cp <= 0xD7FF))
        return 0;
    if ((cp >= 0x4DC0 && cp <= 0x4DFF) || (cp >= 0x3248 && cp <= 0x324F))
        return 2;
    cells = utf8proc_charwidth((utf8proc_int32_t)cp);
    if (cells == 0 &&
        utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_MC)
        return 1;
    return cells > 0 ? (unsigned)cells : 0;
}

static void
set_mark(struct piece *piece, const char *mark, size_t len)
{
    assert(len < PIECE_MARK_MAX);
    memcpy(piece->mark, mark, len);
    piece->mark[len] = '\0';
    piece->kind = PIECE_HIDDEN;
    piece->cells = (unsigned)len;
}

static void
mark_bytes(struct piece *piece, struct str s)
{
    static const char hex[] = "0123456789ABCDEF";
    char mark[PIECE_MARK_MAX];
    size_t len = 0;

    for (size_t at = piece->start; at < piece->end; at++) {
        mark[len++] = '\\';
        mark[len++] = 'x';
        mark[len++] = hex[byte_at(s, at) >> 4];
        mark[len++] = hex[byte_at(s, at) & 0xF];
    }
    set_mark(piece, mark, len);
}

static void
mark_code_point(struct piece *piece, uint32_t cp)
{
    char mark[PIECE_MARK_MAX];
    int len;

    if (cp < 0x20 || cp == 0x7F) {
        mark[0] = '^';
        mark[1] = (char)(cp ^ 0x40);
        len = 2;
    } else {
        len = snprintf(mark, sizeof(mark), "<U+%04X>", (unsigned)cp);
    }
    set_mark(piece, mark, (size_t)len);
}

/* Take in what belongs to the grapheme whose first code point ended at
 * piece->end: safe code points only, with few marks on each that has cells. */
static void
extend_grapheme(struct piece *piece, struct str s, uint32_t cp)
{
    utf8proc_int32_t state = 0;
    unsigned marks = 0;

    while (piece->end < s.len && byte_at(s, piece->end) >= 0x80) {
        unsigned len;
        unsigned cells;
        uint32_t next = utf8_decode(s, piece->end, &len);

        if (utf8_is_ill_formed(s, piece->end, next, len) ||
            !width_is_safe(next) ||
            utf8proc_grapheme_break_stateful((utf8proc_int32_t)cp,
                                             (utf8proc_int32_t)next, &state))
            return;
        cells = width_of(next);
        marks = cells ? 0 : marks + 1;
        if (marks > PIECE_MARKS_MAX ||
            piece->cells + cells > GRAPHEME_CELLS_MAX)
            return;
        piece->end += len;
        piece->cells += cells;
        cp = next;
    }
}

struct piece
width_piece(struct str s, size_t at, bool reveal)
{
    struct piece piece = {PIECE_TEXT, at, at + 1, 1, ""};
    unsigned len;
    uint32_t cp;

    assert(at < s.len);
    cp = byte_at(s, at);
    if (is_printable_ascii(cp) &&
        (at + 1 == s.len || byte_at(s, at + 1) < 0x80))
        return piece;
    if (cp == '\n' || cp == '\t') {
        piece.kind = cp == '\n' ? PIECE_NEWLINE : PIECE_TAB;
        piece.cells = 0;
        return piece;
    }
    cp = utf8_decode(s, at, &len);
    piece.end = at + len;
    if (utf8_is_ill_formed(s, at, cp, len)) {
        mark_bytes(&piece, s);
    } else if (!reveal && is_harmless(cp)) {
        piece.cells = 0;
    } else if (!width_is_safe(cp) || width_of(cp) == 0) {
        mark_code_point(&piece, cp);
    } else {
        piece.cells = width_of(cp);
        extend_grapheme(&piece, s, cp);
    }
    return piece;
}

/* Where the run of printable ASCII that starts at s[at] ends. */
static size_t
skip_ascii(struct str s, size_t at)
{
    const uint64_t each = UINT64_C(0x0101010101010101);

    while (s.len - at >= 8) {
        uint64_t word;

        memcpy(&word, s.ptr + at, sizeof(word));
        /* A byte under 0x20 borrows into its top bit, one over 0x7E carries
         * into it. */
        if (((word - each * 0x20) | (word + each) | word) & each * 0x80)
            break;
        at += 8;
    }
    while (at < s.len && is_printable_ascii(byte_at(s, at)))
        at++;
    return at;
}

/* The same, but without a last character that a mark may follow. */
static size_t
skip_whole_ascii(struct str s, size_t at)
{
    size_t end = skip_ascii(s, at);

    return end > at && end < s.len && byte_at(s, end) >= 0x80 ? end - 1 : end;
}

size_t
width_cells(struct str s)
{
    size_t cells = 0;
    size_t at = 0;

    while (at < s.len) {
        size_t end = skip_whole_ascii(s, at);
        struct piece piece;

        cells += end - at;
        if (end == s.len)
            break;
        piece = width_piece(s, end, false);
        cells += piece.kind == PIECE_NEWLINE || piece.kind == PIECE_TAB
                     ? 2
                     : piece.cells;
        at = piece.end;
    }
    return cells;
}

static bool
is_pictograph(uint32_t cp)
{
    return utf8proc_get_property((utf8proc_int32_t)cp)->boundclass ==
           UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

/* Characters that continue an emoji between a pictograph and a joiner. */
static bool
continues_emoji(uint32_t cp)
{
    return cp == VS15 || cp == VS16 || (cp >= 0x1F3FB && cp <= 0x1F3FF);
}

size_t
width_count_hidden(struct str s)
{
    size_t count = 0;
    size_t at = 0;
    bool emoji = false; /* the text up to here ends in one */

    while (at < s.len) {
        size_t end = skip_whole_ascii(s, at);
        struct piece piece;
        uint32_t first;
        unsigned len;

        emoji = emoji && end == at;
        if (end == s.len)
            break;
        piece = width_piece(s, end, true);
        at = piece.end;
        first = utf8_decode(s, piece.start, &len);
        if (piece.kind == PIECE_HIDDEN) {
            bool joined = emoji && (continues_emoji(first) ||
                                    (first == ZWJ && at < s.len &&
                                     is_pictograph(utf8_decode(s, at, &len))));

            count += !joined;
            emoji = joined;
        } else {
            emoji = piece.kind == PIECE_TEXT &&
                    (is_pictograph(first) || (emoji && continues_emoji(first)));
        }
    }
    return count;
}

/* Append what the piece looks like, unless the terminal may take it as more
 * than text. Newline and tab become marks. */
static unsigned
append_piece(struct buf *out, struct str s, struct piece *piece)
{
    if (piece->kind == PIECE_NEWLINE || piece->kind == PIECE_TAB)
        mark_code_point(piece, byte_at(s, piece->start));
    if (piece->kind == PIECE_HIDDEN)
        xbuf_append(out, piece->mark, piece->cells);
    else if (piece->cells > 0)
        xbuf_append_str(out, str_slice(s, piece->start, piece->end));
    return piece->cells;
}

void
width_escape(struct str s, size_t cells, struct buf *out)
{
    size_t used = 0;
    size_t at = 0;
    size_t cut = out->len; /* the output's length up to which "~" has room */

    while (at < s.len) {
        struct piece piece = width_piece(s, at, false);

        if (used < cells)
            cut = out->len;
        used += append_piece(out, s, &piece);
        at = piece.end;
        if (cells && used > cells) {
            out->len = cut;
            xbuf_append(out, "~", 1);
            return;
        }
    }
}

void
width_escape_text(struct str s, struct buf *out)
{
    size_t at = 0;

    while (at < s.len) {
        size_t end = skip_whole_ascii(s, at);
        struct piece piece;

        xbuf_append_str(out, str_slice(s, at, end));
        if (end == s.len)
            break;
        piece = width_piece(s, end, false);
        if (piece.kind == PIECE_NEWLINE || piece.kind == PIECE_TAB)
            xbuf_append(out, s.ptr + end, 1);
        else
            append_piece(out, s, &piece);
        at = piece.end;
    }
}

bool
width_is_right_to_left(struct str s)
{
    size_t letters = 0;
    size_t right = 0;
    size_t end = s.len < 65536 ? s.len : 65536;

    for (size_t at = 0; at < end;) {
        unsigned len;
        uint32_t cp = utf8_decode(s, at, &len);
        int class;

        at += len;
        if (cp < 0x80) {
            letters += (cp | 0x20) >= 'a' && (cp | 0x20) <= 'z';
            continue;
        }
        class = utf8proc_get_property((utf8proc_int32_t)cp)->bidi_class;
        letters += class == UTF8PROC_BIDI_CLASS_L;
        right +=
            class == UTF8PROC_BIDI_CLASS_R || class == UTF8PROC_BIDI_CLASS_AL;
    }
    return right > 0 && right * 9 >= letters;
}
