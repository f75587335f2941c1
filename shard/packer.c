/* One frame (zstd) or member (gzip), compressed alone. The check is the
 * library's own decoder on the very bytes that go into the file. */
#include "config.h"

#include "shard/packer.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "shard/zstd_frame.h"

struct packer {
    struct packing packing;
    ZSTD_CCtx *zstd;
    ZSTD_DCtx *zstd_check;
    z_stream gzip, gzip_check;
    bool gzip_open, gzip_check_open;
    size_t bound; /* bytes that content can become */
    char *again;  /* what it reads back as */
};

static enum err_code
open_zstd(struct packer *packer, struct error *err)
{
    const struct packing *p = &packer->packing;

    packer->zstd = ZSTD_createCCtx();
    if (!packer->zstd || ZSTD_isError(ZSTD_CCtx_setParameter(
                             packer->zstd, ZSTD_c_compressionLevel, p->level)))
        return error_nomem(err);
    packer->bound = ZSTD_compressBound(p->max);
    if (p->check)
        packer->zstd_check = ZSTD_createDCtx();
    return p->check && !packer->zstd_check ? error_nomem(err) : ERR_OK;
}

static enum err_code
open_gzip(struct packer *packer, struct error *err)
{
    const struct packing *p = &packer->packing;

    if (deflateInit2(&packer->gzip, p->level, Z_DEFLATED, 15 + 16, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return error_nomem(err);
    packer->gzip_open = true;
    packer->bound = deflateBound(&packer->gzip, (uLong)p->max);
    if (p->check)
        packer->gzip_check_open =
            inflateInit2(&packer->gzip_check, 15 + 16) == Z_OK;
    return p->check && !packer->gzip_check_open ? error_nomem(err) : ERR_OK;
}

enum err_code
packer_open(struct packer **out, const struct packing *packing,
            struct error *err)
{
    struct packer *packer = calloc(1, sizeof(*packer));
    enum err_code code = ERR_OK;

    if (!packer)
        return error_nomem(err);
    packer->packing = *packing;
    if (packing->container == CONTAINER_ZSTD)
        code = open_zstd(packer, err);
    else if (packing->container == CONTAINER_GZIP)
        code = open_gzip(packer, err);
    if (!code && packing->check) {
        packer->again = malloc(packing->max + 1);
        if (!packer->again)
            code = error_nomem(err);
    }
    if (code) {
        packer_close(packer);
        return code;
    }
    *out = packer;
    return ERR_OK;
}

void
packer_close(struct packer *packer)
{
    if (!packer)
        return;
    ZSTD_freeCCtx(packer->zstd);
    ZSTD_freeDCtx(packer->zstd_check);
    if (packer->gzip_open)
        deflateEnd(&packer->gzip);
    if (packer->gzip_check_open)
        inflateEnd(&packer->gzip_check);
    free(packer->again);
    free(packer);
}

static enum err_code
pack_zstd(struct packer *packer, struct str content, bool checksum,
          struct buf *packed, struct error *err)
{
    size_t len;

    ZSTD_CCtx_setParameter(packer->zstd, ZSTD_c_checksumFlag, checksum);
    len = ZSTD_compress2(packer->zstd, packed->ptr, packer->bound, content.ptr,
                         content.len);
    if (ZSTD_isError(len))
        return error_set(err, ERR_IO, "zstd: %s", ZSTD_getErrorName(len));
    packed->len = len;
    return ERR_OK;
}

static enum err_code
pack_gzip(struct packer *packer, struct str content, struct buf *packed,
          struct error *err)
{
    z_stream *z = &packer->gzip;

    deflateReset(z);
    z->next_in = (unsigned char *)(uintptr_t)content.ptr;
    z->avail_in = (uInt)content.len;
    z->next_out = (unsigned char *)packed->ptr;
    z->avail_out = (uInt)packer->bound;
    if (deflate(z, Z_FINISH) != Z_STREAM_END)
        return error_set(err, ERR_IO, "gzip: cannot compress");
    packed->len = packer->bound - z->avail_out;
    return ERR_OK;
}

/* Bytes that a frame decodes to, in `again`; SIZE_MAX: it does not. */
static size_t
unpack(struct packer *packer, struct str packed)
{
    z_stream *z = &packer->gzip_check;
    size_t len;

    if (packer->packing.container == CONTAINER_ZSTD) {
        len = ZSTD_decompressDCtx(packer->zstd_check, packer->again,
                                  packer->packing.max + 1, packed.ptr,
                                  packed.len);
        return ZSTD_isError(len) ? SIZE_MAX : len;
    }
    inflateReset(z);
    z->next_in = (unsigned char *)(uintptr_t)packed.ptr;
    z->avail_in = (uInt)packed.len;
    z->next_out = (unsigned char *)packer->again;
    z->avail_out = (uInt)packer->packing.max + 1;
    if (inflate(z, Z_FINISH) != Z_STREAM_END || z->avail_in > 0)
        return SIZE_MAX;
    return packer->packing.max + 1 - z->avail_out;
}

enum err_code
packer_pack(struct packer *packer, struct str content, bool checksum,
            struct buf *packed, struct seek_entry *entry, struct error *err)
{
    enum container container = packer->packing.container;
    enum err_code code;

    *entry = (struct seek_entry){.in = (uint32_t)content.len,
                                 .out = (uint32_t)content.len};
    buf_clear(packed);
    if (container == CONTAINER_PLAIN)
        return buf_append_str(packed, content, err);
    code = buf_reserve(packed, packer->bound, err);
    if (!code && container == CONTAINER_ZSTD)
        code = pack_zstd(packer, content, checksum, packed, err);
    else if (!code)
        code = pack_gzip(packer, content, packed, err);
    if (code)
        return code;
    /* The frame's own checksum is the one that a seek table wants. */
    if (container == CONTAINER_ZSTD && checksum)
        entry->checksum =
            le32((const unsigned char *)packed->ptr + packed->len - 4);
    entry->in = (uint32_t)packed->len;
    if (packer->packing.check &&
        (unpack(packer, buf_str(packed)) != content.len ||
         (content.len > 0 &&
          memcmp(packer->again, content.ptr, content.len) != 0)))
        return error_set(err, ERR_IO,
                         "a compressed frame does not read back as what it "
                         "was made of: the memory may be faulty");
    return ERR_OK;
}
