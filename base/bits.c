/* Sets of document numbers as plain words. Invariant: bits past `count` in
 * the last word are zero, so that population and NOT need no special case. */
#include "config.h"

#include "stet/bits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static size_t
word_count(const struct bits *bits)
{
    return ((size_t)bits->count + 63) / 64;
}

static void
clear_tail(struct bits *bits)
{
    if (bits->count & 63)
        bits->words[bits->count >> 6] &=
            (UINT64_C(1) << (bits->count & 63)) - 1;
}

enum err_code
bits_init(struct bits *bits, uint32_t count, struct error *err)
{
    size_t words = ((size_t)count + 63) / 64;
    uint64_t *ptr = calloc(words ? words : 1, sizeof(*ptr));

    if (!ptr)
        return error_nomem(err);
    bits->words = ptr;
    bits->count = count;
    return ERR_OK;
}

void
bits_release(struct bits *bits)
{
    free(bits->words);
    bits->words = NULL;
    bits->count = 0;
}

void
bits_swap(struct bits *a, struct bits *b)
{
    struct bits former = *a;

    *a = *b;
    *b = former;
}

void
bits_set_range(struct bits *bits, uint32_t start, uint32_t end)
{
    uint32_t first = start >> 6;
    uint32_t last = end >> 6;
    uint64_t head = UINT64_MAX << (start & 63);
    uint64_t tail = (UINT64_C(1) << (end & 63)) - 1;

    assert(end <= bits->count);
    if (start >= end)
        return;
    if (first == last) {
        bits->words[first] |= head & tail;
        return;
    }
    bits->words[first] |= head;
    if (last > first + 1)
        memset(bits->words + first + 1, 0xff,
               (last - first - 1) * sizeof(*bits->words));
    if (tail) /* else `last` may lie behind the array */
        bits->words[last] |= tail;
}

void
bits_fill(struct bits *bits)
{
    bits_set_range(bits, 0, bits->count);
}

void
bits_clear(struct bits *bits)
{
    memset(bits->words, 0, word_count(bits) * sizeof(*bits->words));
}

void
bits_slice(struct bits *out, const struct bits *bits, uint32_t first)
{
    const uint64_t *from = bits->words + (first >> 6);
    size_t left = word_count(bits) - (first >> 6);
    size_t words = word_count(out);
    unsigned shift = first & 63;

    assert(first <= bits->count && out->count <= bits->count - first);
    for (size_t i = 0; i < words; i++) {
        out->words[i] = from[i] >> shift;
        if (shift && i + 1 < left)
            out->words[i] |= from[i + 1] << (64 - shift);
    }
    clear_tail(out);
}

void
bits_and(struct bits *bits, const struct bits *other)
{
    size_t words = word_count(bits);

    assert(bits->count == other->count);
    for (size_t i = 0; i < words; i++)
        bits->words[i] &= other->words[i];
}

void
bits_or(struct bits *bits, const struct bits *other)
{
    size_t words = word_count(bits);

    assert(bits->count == other->count);
    for (size_t i = 0; i < words; i++)
        bits->words[i] |= other->words[i];
}

void
bits_and_not(struct bits *bits, const struct bits *other)
{
    size_t words = word_count(bits);

    assert(bits->count == other->count);
    for (size_t i = 0; i < words; i++)
        bits->words[i] &= ~other->words[i];
}

void
bits_not(struct bits *bits)
{
    size_t words = word_count(bits);

    for (size_t i = 0; i < words; i++)
        bits->words[i] = ~bits->words[i];
    clear_tail(bits);
}

uint32_t
bits_population(const struct bits *bits)
{
    size_t words = word_count(bits);
    uint64_t sum = 0;

    for (size_t i = 0; i < words; i++)
        sum += (unsigned)__builtin_popcountll(bits->words[i]);
    return (uint32_t)sum;
}

uint32_t
bits_next(const struct bits *bits, uint32_t from)
{
    size_t words = word_count(bits);
    size_t i = from >> 6;
    uint64_t word;

    if (from >= bits->count)
        return UINT32_MAX;
    word = bits->words[i] & (UINT64_MAX << (from & 63));
    while (!word && ++i < words)
        word = bits->words[i];
    if (!word)
        return UINT32_MAX;
    return (uint32_t)(i * 64) + (uint32_t)__builtin_ctzll(word);
}
