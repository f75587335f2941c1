/* What most text is made of: letters, digits and separators of ASCII, looked
 * at and folded many bytes at a time. */
#ifndef INDEX_ASCII_WORD_H
#define INDEX_ASCII_WORD_H

#include <stdint.h>

#if defined(__SSE2__) && !defined(STET_NO_SIMD)
#include <emmintrin.h>
#endif

#define ASCII_PIECE 16u /* bytes looked at together */
#define ASCII_BLOCK 64u /* bytes: one for each bit of a mask */

struct ascii_block {
    uint64_t words; /* bit n: byte n is a letter or digit */
    unsigned count; /* bytes before the first that is not ASCII */
    char folded[ASCII_BLOCK + ASCII_PIECE]; /* these bytes, words folded */
};

#if defined(__SSE2__) && !defined(STET_NO_SIMD)

/* *words: its letters and digits; returns the bytes that are not ASCII. */
static inline unsigned
ascii_piece(const char *text, char *folded, unsigned *words)
{
    const __m128i given = _mm_loadu_si128((const __m128i *)(const void *)text);
    const __m128i lower = _mm_or_si128(given, _mm_set1_epi8(0x20));
    const __m128i letter =
        _mm_and_si128(_mm_cmpgt_epi8(lower, _mm_set1_epi8('a' - 1)),
                      _mm_cmpgt_epi8(_mm_set1_epi8('z' + 1), lower));
    const __m128i digit =
        _mm_and_si128(_mm_cmpgt_epi8(given, _mm_set1_epi8('0' - 1)),
                      _mm_cmpgt_epi8(_mm_set1_epi8('9' + 1), given));

    *words = (unsigned)_mm_movemask_epi8(_mm_or_si128(letter, digit));
    _mm_storeu_si128(
        (__m128i *)(void *)folded,
        _mm_or_si128(given, _mm_and_si128(letter, _mm_set1_epi8(0x20))));
    return (unsigned)_mm_movemask_epi8(given);
}

#else

static inline unsigned
ascii_piece(const char *text, char *folded, unsigned *words)
{
    unsigned others = 0;

    *words = 0;
    for (unsigned i = 0; i < ASCII_PIECE; i++) {
        unsigned char byte = (unsigned char)text[i];
        unsigned char lower = byte | 0x20;
        unsigned letter = lower >= 'a' && lower <= 'z';
        unsigned digit = byte >= '0' && byte <= '9';

        folded[i] = (char)(letter ? lower : byte);
        *words |= (letter | digit) << i;
        others |= (unsigned)(byte >= 0x80) << i;
    }
    return others;
}

#endif

/* Look at ASCII_BLOCK bytes, all of which are there. */
static inline void
ascii_block_load(struct ascii_block *block, const char *text)
{
    block->words = 0;
    block->count = ASCII_BLOCK;
    for (unsigned at = 0; at < ASCII_BLOCK; at += ASCII_PIECE) {
        unsigned words;
        unsigned others = ascii_piece(text + at, block->folded + at, &words);

        block->words |= (uint64_t)words << at;
        if (others) {
            block->count = at + (unsigned)__builtin_ctz(others);
            break;
        }
    }
}

#endif
