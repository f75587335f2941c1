/* The words that most text is made of: ASCII letters and digits, folded 16
 * bytes at a time. */
#ifndef INDEX_ASCII_WORD_H
#define INDEX_ASCII_WORD_H

#if defined(__SSE2__) && !defined(STET_NO_SIMD)
#include <emmintrin.h>
#endif

#define ASCII_WORD 16u

/* How many letters and digits `text` begins with, ASCII_WORD at most; these,
 * folded, come first in `folded`. ASCII_WORD bytes of both are accessed. */
static inline unsigned
ascii_word(const char *text, char *folded)
{
#if defined(__SSE2__) && !defined(STET_NO_SIMD)
    const __m128i given = _mm_loadu_si128((const __m128i *)(const void *)text);
    const __m128i lower = _mm_or_si128(given, _mm_set1_epi8(0x20));
    const __m128i letter =
        _mm_and_si128(_mm_cmpgt_epi8(lower, _mm_set1_epi8('a' - 1)),
                      _mm_cmpgt_epi8(_mm_set1_epi8('z' + 1), lower));
    const __m128i digit =
        _mm_and_si128(_mm_cmpgt_epi8(given, _mm_set1_epi8('0' - 1)),
                      _mm_cmpgt_epi8(_mm_set1_epi8('9' + 1), given));
    const unsigned others =
        ~(unsigned)_mm_movemask_epi8(_mm_or_si128(letter, digit));

    _mm_storeu_si128(
        (__m128i *)(void *)folded,
        _mm_or_si128(given, _mm_and_si128(letter, _mm_set1_epi8(0x20))));
    return (unsigned)__builtin_ctz(others | 1u << ASCII_WORD);
#else
    unsigned count = 0;

    for (; count < ASCII_WORD; count++) {
        unsigned char byte = (unsigned char)text[count];
        unsigned char lower = byte | 0x20;
        int letter = lower >= 'a' && lower <= 'z';

        if (!letter && !(byte >= '0' && byte <= '9'))
            break;
        folded[count] = (char)(letter ? lower : byte);
    }
    return count;
#endif
}

#endif
