/* Chooses the decoder of a container by the first bytes of the file; names
 * and extensions lie. */
#include "config.h"

#include "shard/container.h"

#include "shard/zstd_frame.h"

const char *
container_name(enum container container)
{
    static const char *const names[] = {"plain", "gzip", "zstd"};

    return names[container];
}

enum container
container_sniff(struct str head)
{
    const unsigned char *p = (const unsigned char *)head.ptr;

    if (head.len >= 2 && p[0] == 0x1f && p[1] == 0x8b)
        return CONTAINER_GZIP;
    if (head.len >= 4 && (zstd_is_frame(p) || zstd_is_skippable(p)))
        return CONTAINER_ZSTD;
    return CONTAINER_PLAIN;
}

enum err_code
decoder_open(struct decoder **out, struct infile *in,
             const struct shard_limits *limits, struct error *err)
{
    struct decoder *decoder = NULL;
    enum err_code code = infile_fill(in, 4, err);
    struct str head;

    if (code)
        return code;
    head = (struct str){(const char *)infile_ptr(in), infile_unread(in)};
    switch (container_sniff(head)) {
    case CONTAINER_GZIP:
        code = gzip_decoder_open(&decoder, err);
        break;
    case CONTAINER_ZSTD:
        code = zstd_decoder_open(&decoder, limits->max_window_log, err);
        break;
    case CONTAINER_PLAIN:
        code = plain_decoder_open(&decoder, err);
        break;
    }
    if (code)
        return code;
    decoder->in = in;
    *out = decoder;
    return ERR_OK;
}

void
decoder_close(struct decoder *decoder)
{
    if (decoder)
        decoder->ops->close(decoder);
}
