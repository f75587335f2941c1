/* Folding of one unit (a character and what continues it), and what a code
 * point is to the tokenizer. The tables are those of docs/tokenizer.md. */
#ifndef INDEX_FOLD_H
#define INDEX_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FOLD_UNIT_MAX 32     /* code points of a unit that count */
#define FOLD_RESULT_MAX 2048 /* code points a unit can become */
#define FOLD_ZWJ 0x200Du

enum glyph { /* what a folded code point is */
             GLYPH_SEPARATOR,
             GLYPH_WORD,
             GLYPH_UNSPACED, /* a token by itself */
             GLYPH_EMOJI,
             GLYPH_MARK
};
enum glyph fold_glyph(uint32_t cp);

/* Whether `cp` belongs to the unit of the character before it. */
bool fold_continues(uint32_t cp);
bool fold_is_emoji(uint32_t cp);
bool fold_is_indicator(uint32_t cp); /* half of a flag */
bool fold_is_ignorable(uint32_t cp);

/* Fold the unit's code points (at most FOLD_UNIT_MAX count); returns how many
 * are in `out`. */
size_t fold_unit(const uint32_t *unit, size_t count,
                 int32_t out[FOLD_RESULT_MAX]);

#endif
