/* SQLite's variable-length integers: seven bits a byte, the highest first, 1
 * to 9 bytes ("Database File Format", section 1.6). FTS5 uses them, too. */
#ifndef INDEX_VARINT_H
#define INDEX_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VARINT_MAX 9 /* bytes */

/* Writes up to VARINT_MAX bytes; returns how many. */
static inline size_t
varint_put(uint8_t *out, uint64_t value)
{
    uint8_t bytes[10];
    size_t count = 0;

    if (value < 0x80) {
        out[0] = (uint8_t)value;
        return 1;
    }
    if (value < 0x4000) {
        out[0] = (uint8_t)(value >> 7 | 0x80);
        out[1] = (uint8_t)(value & 0x7f);
        return 2;
    }
    if (value >> 56) { /* the ninth byte holds eight bits */
        out[8] = (uint8_t)value;
        value >>= 8;
        for (size_t i = 8; i-- > 0; value >>= 7)
            out[i] = (uint8_t)(value | 0x80);
        return VARINT_MAX;
    }
    for (; value; value >>= 7)
        bytes[count++] = (uint8_t)(value | 0x80);
    bytes[0] &= 0x7f;
    for (size_t i = 0; i < count; i++)
        out[i] = bytes[count - 1 - i];
    return count;
}

/* Reads 1 to VARINT_MAX bytes, which must be there; returns how many. */
static inline size_t
varint_get(const uint8_t *in, uint64_t *out)
{
    uint64_t value = 0;

    for (size_t i = 0; i < VARINT_MAX - 1; i++) {
        value = value << 7 | (in[i] & 0x7f);
        if (!(in[i] & 0x80)) {
            *out = value;
            return i + 1;
        }
    }
    *out = value << 8 | in[VARINT_MAX - 1];
    return VARINT_MAX;
}

/* The next one of [*at, end), which moves behind it; false: it does not end
 * there. */
static inline bool
varint_take(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
    size_t room = (size_t)(end - *at);

    if (room < VARINT_MAX) {
        size_t size = 1;

        while (size <= room && (*at)[size - 1] & 0x80)
            size++;
        if (size > room)
            return false;
    }
    *at += varint_get(*at, value);
    return true;
}

static inline size_t
varint_size(uint64_t value)
{
    size_t count = 1;

    while (count < VARINT_MAX && value >> 7) {
        value >>= 7;
        count++;
    }
    return count;
}

#endif
