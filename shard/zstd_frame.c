/* Zstandard frame and block headers (RFC 8878, sections 3.1.1.1 and
 * 3.1.1.2). What they claim is only claimed: nobody allocates by it. */
#include "config.h"

#include "shard/zstd_frame.h"

static uint64_t
little_endian(const unsigned char *p, size_t len)
{
    uint64_t value = 0;

    for (size_t i = 0; i < len; i++)
        value |= (uint64_t)p[i] << (8 * i);
    return value;
}

bool
zstd_parse_header(const unsigned char *p, size_t len,
                  struct zstd_frame_header *out)
{
    static const size_t dictionary_sizes[] = {0, 1, 2, 4};
    static const size_t content_sizes[] = {0, 2, 4, 8};
    unsigned descriptor;
    bool single;
    size_t dictionary_size;
    size_t content_size;
    size_t at = 5;

    if (len < at)
        return false;
    descriptor = p[4];
    single = (descriptor >> 5) & 1;
    dictionary_size = dictionary_sizes[descriptor & 3];
    content_size = content_sizes[descriptor >> 6];
    if (single && content_size == 0)
        content_size = 1;
    out->size = at + (single ? 0 : 1) + dictionary_size + content_size;
    if (len < out->size)
        return false;
    if (!single) {
        uint64_t base = UINT64_C(1) << (10 + (p[at] >> 3));

        out->window = base + base / 8 * (p[at] & 7);
        at++;
    }
    out->dictionary = (uint32_t)little_endian(p + at, dictionary_size);
    at += dictionary_size;
    out->content = UINT64_MAX;
    if (content_size > 0)
        out->content =
            little_endian(p + at, content_size) + (content_size == 2 ? 256 : 0);
    if (single)
        out->window = out->content;
    out->checksum = (descriptor >> 2) & 1;
    return true;
}

struct zstd_block
zstd_parse_block(const unsigned char p[ZSTD_BLOCK_HEADER])
{
    uint32_t header = (uint32_t)little_endian(p, ZSTD_BLOCK_HEADER);
    unsigned type = (header >> 1) & 3;
    struct zstd_block block = {.last = header & 1, .reserved = type == 3};

    block.size = type == 1 ? 1 : header >> 3;
    return block;
}
