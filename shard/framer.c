/* Cuts bytes into frames (zstd) or members (gzip) of bounded size, each
 * compressed alone, preferably ending where a line ends. */
#include "config.h"

#include "shard/framer.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "shard/zstd_frame.h"

struct framer {
    struct framer_options options;
    framer_sink *sink;
    void *ctx;
    struct buf pending; /* bytes of the frame being filled */
    char *packed;       /* room for one compressed frame */
    size_t packed_cap;
    ZSTD_CCtx *zstd;
    z_stream gzip;
    bool gzip_open;
};

static enum err_code
open_codec(struct framer *framer, struct error *err)
{
    const struct framer_options *o = &framer->options;

    if (o->container == CONTAINER_ZSTD) {
        framer->zstd = ZSTD_createCCtx();
        if (!framer->zstd ||
            ZSTD_isError(ZSTD_CCtx_setParameter(
                framer->zstd, ZSTD_c_compressionLevel, o->level)) ||
            ZSTD_isError(ZSTD_CCtx_setParameter(
                framer->zstd, ZSTD_c_checksumFlag, o->checksum)))
            return error_nomem(err);
        framer->packed_cap = ZSTD_compressBound(o->max);
    } else if (o->container == CONTAINER_GZIP) {
        if (deflateInit2(&framer->gzip, o->level, Z_DEFLATED, 15 + 16, 8,
                         Z_DEFAULT_STRATEGY) != Z_OK)
            return error_nomem(err);
        framer->gzip_open = true;
        framer->packed_cap = deflateBound(&framer->gzip, (uLong)o->max);
    }
    if (framer->packed_cap == 0)
        return ERR_OK;
    framer->packed = malloc(framer->packed_cap);
    return framer->packed ? ERR_OK : error_nomem(err);
}

enum err_code
framer_open(struct framer **out, const struct framer_options *options,
            framer_sink *sink, void *ctx, struct error *err)
{
    struct framer *framer = calloc(1, sizeof(*framer));
    enum err_code code;

    if (!framer)
        return error_nomem(err);
    framer->options = *options;
    framer->sink = sink;
    framer->ctx = ctx;
    code = open_codec(framer, err);
    if (code == ERR_OK)
        code = buf_reserve(&framer->pending, options->max, err);
    if (code) {
        framer_close(framer);
        return code;
    }
    *out = framer;
    return ERR_OK;
}

void
framer_close(struct framer *framer)
{
    if (!framer)
        return;
    ZSTD_freeCCtx(framer->zstd);
    if (framer->gzip_open)
        deflateEnd(&framer->gzip);
    buf_release(&framer->pending);
    free(framer->packed);
    free(framer);
}

void
framer_set_checksum(struct framer *framer, bool checksum)
{
    framer->options.checksum = checksum;
    if (framer->zstd)
        ZSTD_CCtx_setParameter(framer->zstd, ZSTD_c_checksumFlag, checksum);
}

static enum err_code
pack_zstd(struct framer *framer, struct str *packed, struct seek_entry *entry,
          struct error *err)
{
    size_t len =
        ZSTD_compress2(framer->zstd, framer->packed, framer->packed_cap,
                       framer->pending.ptr, framer->pending.len);

    if (ZSTD_isError(len))
        return error_set(err, ERR_IO, "zstd: %s", ZSTD_getErrorName(len));
    /* The frame's own checksum is the one that a seek table wants. */
    if (framer->options.checksum)
        entry->checksum = le32((const unsigned char *)framer->packed + len - 4);
    *packed = (struct str){framer->packed, len};
    return ERR_OK;
}

static enum err_code
pack_gzip(struct framer *framer, struct str *packed, struct error *err)
{
    z_stream *z = &framer->gzip;

    deflateReset(z);
    z->next_in = (unsigned char *)framer->pending.ptr;
    z->avail_in = (uInt)framer->pending.len;
    z->next_out = (unsigned char *)framer->packed;
    z->avail_out = (uInt)framer->packed_cap;
    if (deflate(z, Z_FINISH) != Z_STREAM_END)
        return error_set(err, ERR_IO, "gzip: cannot compress");
    *packed = (struct str){framer->packed, framer->packed_cap - z->avail_out};
    return ERR_OK;
}

static enum err_code
emit(struct framer *framer, struct error *err)
{
    struct seek_entry entry = {.out = (uint32_t)framer->pending.len};
    struct str packed = buf_str(&framer->pending);
    enum err_code code = ERR_OK;

    if (framer->options.container == CONTAINER_ZSTD)
        code = pack_zstd(framer, &packed, &entry, err);
    else if (framer->options.container == CONTAINER_GZIP)
        code = pack_gzip(framer, &packed, err);
    if (code)
        return code;
    entry.in = (uint32_t)packed.len;
    code = framer->sink(framer->ctx, packed, entry, err);
    buf_clear(&framer->pending);
    return code;
}

/* How many of `len` more bytes belong to the present frame; *cut: it ends
 * behind them. */
static size_t
frame_share(const struct framer *framer, const char *ptr, size_t len, bool *cut)
{
    size_t have = framer->pending.len;
    size_t min = framer->options.min;
    size_t space = framer->options.max - have;
    const char *newline;

    if (len > space)
        len = space;
    *cut = len == space;
    if (have < min) {
        if (have + len < min || min == framer->options.max)
            return len;
        newline = memchr(ptr + (min - have) - 1, '\n', len - (min - have) + 1);
    } else {
        newline = memchr(ptr, '\n', len);
    }
    if (!newline)
        return len;
    *cut = true;
    return (size_t)(newline + 1 - ptr);
}

enum err_code
framer_write(struct framer *framer, const void *ptr, size_t len,
             struct error *err)
{
    const char *at = ptr;

    while (len > 0) {
        bool cut = false;
        size_t share = frame_share(framer, at, len, &cut);
        enum err_code code = buf_append(&framer->pending, at, share, err);

        if (code == ERR_OK && cut)
            code = emit(framer, err);
        if (code)
            return code;
        at += share;
        len -= share;
    }
    return ERR_OK;
}

enum err_code
framer_flush(struct framer *framer, struct error *err)
{
    return framer->pending.len > 0 ? emit(framer, err) : ERR_OK;
}

enum err_code
framer_write_empty(struct framer *framer, struct error *err)
{
    return emit(framer, err);
}
