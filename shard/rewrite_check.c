/* The second opinion on a rewrite: the library's own decoders, fed with the
 * very bytes that go into the file. */
#include "config.h"

#include "shard/rewrite_check.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#define CHUNK_SIZE ((size_t)128 * 1024)

struct rewrite_check {
    enum container container;
    struct hasher *hasher;
    ZSTD_DCtx *zstd;
    z_stream gzip;
    bool gzip_open;
    bool inside; /* of a frame or member */
    unsigned char *chunk;
};

enum err_code
rewrite_check_open(struct rewrite_check **out, enum container container,
                   struct error *err)
{
    struct rewrite_check *check = calloc(1, sizeof(*check));
    bool ok;

    if (!check)
        return error_nomem(err);
    check->container = container;
    check->hasher = hasher_new();
    check->chunk = malloc(CHUNK_SIZE);
    ok = check->hasher && check->chunk;
    if (ok && container == CONTAINER_ZSTD) {
        check->zstd = ZSTD_createDCtx();
        ok = check->zstd != NULL;
    } else if (ok && container == CONTAINER_GZIP) {
        check->gzip_open = inflateInit2(&check->gzip, 15 + 16) == Z_OK;
        ok = check->gzip_open;
    }
    if (!ok) {
        rewrite_check_close(check);
        return error_nomem(err);
    }
    *out = check;
    return ERR_OK;
}

void
rewrite_check_close(struct rewrite_check *check)
{
    if (!check)
        return;
    hasher_free(check->hasher);
    ZSTD_freeDCtx(check->zstd);
    if (check->gzip_open)
        inflateEnd(&check->gzip);
    free(check->chunk);
    free(check);
}

static enum err_code
feed_zstd(struct rewrite_check *check, struct str bytes, struct error *err)
{
    ZSTD_inBuffer input = {bytes.ptr, bytes.len, 0};
    bool full = false; /* more may wait inside the library */

    while (input.pos < input.size || full) {
        ZSTD_outBuffer output = {check->chunk, CHUNK_SIZE, 0};
        size_t status = ZSTD_decompressStream(check->zstd, &output, &input);

        if (ZSTD_isError(status))
            return error_set(err, ERR_IO,
                             "the rewritten shard does not read back: %s",
                             ZSTD_getErrorName(status));
        hasher_update(check->hasher, check->chunk, output.pos);
        check->inside = status != 0;
        full = output.pos == output.size && check->inside;
    }
    return ERR_OK;
}

static enum err_code
feed_gzip(struct rewrite_check *check, struct str bytes, struct error *err)
{
    z_stream *z = &check->gzip;

    z->next_in = (unsigned char *)(uintptr_t)bytes.ptr;
    z->avail_in = (uInt)bytes.len;
    do {
        int status;

        z->next_out = check->chunk;
        z->avail_out = (uInt)CHUNK_SIZE;
        status = inflate(z, Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
            return error_set(err, ERR_IO,
                             "the rewritten shard does not read back: %s",
                             z->msg ? z->msg : "damaged");
        hasher_update(check->hasher, check->chunk, CHUNK_SIZE - z->avail_out);
        check->inside = status != Z_STREAM_END;
        if (!check->inside)
            inflateReset(z);
    } while (z->avail_in > 0 || z->avail_out == 0);
    return ERR_OK;
}

enum err_code
rewrite_check_feed(struct rewrite_check *check, struct str bytes,
                   struct error *err)
{
    if (bytes.len == 0)
        return ERR_OK;
    if (check->container == CONTAINER_ZSTD)
        return feed_zstd(check, bytes, err);
    if (check->container == CONTAINER_GZIP)
        return feed_gzip(check, bytes, err);
    hasher_update(check->hasher, bytes.ptr, bytes.len);
    return ERR_OK;
}

enum err_code
rewrite_check_finish(struct rewrite_check *check, struct hash *hash,
                     struct error *err)
{
    if (check->inside)
        return error_set(err, ERR_IO,
                         "the rewritten shard does not read back: it ends "
                         "inside a frame");
    *hash = hasher_take(check->hasher);
    return ERR_OK;
}
