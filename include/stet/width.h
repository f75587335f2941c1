/* The one door between data and the terminal: what each piece of text looks
 * like in cells, and visible stand-ins for everything that must not reach a
 * terminal. Width by utf8proc; our own, so that list, wrap and cursor agree. */
#ifndef STET_WIDTH_H
#define STET_WIDTH_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"

enum piece_kind {
    PIECE_TEXT,    /* a grapheme that may be drawn as it is */
    PIECE_NEWLINE, /* LF */
    PIECE_TAB,
    PIECE_HIDDEN /* drawn as `mark`, e.g. "^[", "<U+202E>", "\x9B" */
};

#define PIECE_MARK_MAX 16
#define PIECE_MARKS_MAX 4 /* combining marks drawn after one base */

/* One unit of display: a grapheme cluster or one hidden character. ZWJ
 * sequences are split at the joiner, so that every terminal agrees. Every code
 * point of a TEXT piece with cells is safe; several may have cells (a flag, a
 * letter with a spacing mark), each with its marks. */
struct piece {
    enum piece_kind kind;
    size_t start, end; /* bytes in the text */
    unsigned cells;    /* of the grapheme or of `mark`; 0 for newline, tab */
    char mark[PIECE_MARK_MAX]; /* NUL-terminated, for PIECE_HIDDEN */
};

/* The piece that starts at s[at], where the text or another piece starts; the
 * answer does not depend on what is before it. Ill-formed bytes are HIDDEN.
 * With `reveal` off, invisible but harmless characters (ZWJ, ZWNJ, VS15/16,
 * soft hyphen, Mongolian selectors) are kind TEXT with 0 cells: draw nothing
 * for them. Controls, bidi controls, tag characters, unassigned code points and
 * marks without a base or after four others are always HIDDEN. */
struct piece width_piece(struct str s, size_t at, bool reveal);

/* Whether a code point may be sent to a terminal as it is. The allow-list. */
bool width_is_safe(uint32_t cp);
/* Cells of a code point that is safe: 0, 1 or 2. */
unsigned width_of(uint32_t cp);
/* Cells of the text as width_piece draws it, newline and tab as marks. */
size_t width_cells(struct str s);

/* Whether a tenth of the letters in the text's first 64 KiB are of scripts
 * written from right to left (which a terminal may draw in logical order). */
bool width_is_right_to_left(struct str s);

/* Hidden characters in the text: what the header counts, as `reveal` shows
 * them. Newline, tab, and ZWJ and VS15/16 that belong to emoji do not count. */
size_t width_count_hidden(struct str s);

/* One line, safe for a terminal, a log or an error message, in at most `cells`
 * cells ("~" at the end when cut; 0: no limit). Newline and tab become marks.
 * Appends to *out, which is plain UTF-8 afterwards. */
void width_escape(struct str s, size_t cells, struct buf *out);
/* The same for several lines: LF and TAB pass. */
void width_escape_text(struct str s, struct buf *out);

#endif
