/* Sets of document numbers, one bit each. Plain words, so that a set over 10^7
 * documents is 1.25 MB and AND/OR/NOT run at memory speed. */
#ifndef STET_BITS_H
#define STET_BITS_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/error.h"

struct bits {
    uint64_t *words;
    uint32_t count; /* of bits; those past it in the last word are 0 */
};

/* All clear. ERR_NOMEM. */
enum err_code bits_init(struct bits *bits, uint32_t count, struct error *err);
void bits_release(struct bits *bits);
void bits_swap(struct bits *a, struct bits *b);
static inline bool
bits_get(const struct bits *bits, uint32_t at)
{
    return (bits->words[at >> 6] >> (at & 63)) & 1;
}
static inline void
bits_set(struct bits *bits, uint32_t at)
{
    bits->words[at >> 6] |= UINT64_C(1) << (at & 63);
}
static inline void
bits_unset(struct bits *bits, uint32_t at)
{
    bits->words[at >> 6] &= ~(UINT64_C(1) << (at & 63));
}
void bits_set_range(struct bits *bits, uint32_t start, uint32_t end);
void bits_fill(struct bits *bits);
void bits_clear(struct bits *bits);
/* The out->count bits of `bits` from `first` on, which it has. */
void bits_slice(struct bits *out, const struct bits *bits, uint32_t first);
void bits_and(struct bits *bits, const struct bits *other);
void bits_or(struct bits *bits, const struct bits *other);
void bits_and_not(struct bits *bits, const struct bits *other);
void bits_not(struct bits *bits);
uint32_t bits_population(const struct bits *bits);
/* First set bit at or after `from`, or UINT32_MAX. */
uint32_t bits_next(const struct bits *bits, uint32_t from);

#endif
