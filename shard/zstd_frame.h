/* Zstandard frame and block headers (RFC 8878), read without decompressing. */
#ifndef SHARD_ZSTD_FRAME_H
#define SHARD_ZSTD_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZSTD_FRAME_HEADER_MAX 18
#define ZSTD_SKIPPABLE_HEADER 8
#define ZSTD_BLOCK_HEADER 3

static inline uint32_t
le32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static inline bool
zstd_is_frame(const unsigned char *p)
{
    return le32(p) == 0xFD2FB528u;
}

static inline bool
zstd_is_skippable(const unsigned char *p)
{
    return (le32(p) & 0xFFFFFFF0u) == 0x184D2A50u;
}

struct zstd_frame_header {
    size_t size;      /* of the header, magic included */
    uint64_t window;  /* bytes */
    uint64_t content; /* bytes; UINT64_MAX: not stated */
    uint32_t dictionary;
    bool checksum;
};
/* False when `len` bytes do not hold the whole header. The magic was checked.
 */
bool zstd_parse_header(const unsigned char *p, size_t len,
                       struct zstd_frame_header *out);

struct zstd_block {
    bool last;
    bool reserved; /* invalid type */
    uint32_t size; /* bytes that follow the header */
};
struct zstd_block zstd_parse_block(const unsigned char p[ZSTD_BLOCK_HEADER]);

#endif
