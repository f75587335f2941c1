/* Zstd shards: any number of frames, with skippable frames between them and
 * zero padding behind. Frames are told apart here rather than by the library,
 * so that messages name the frame and its byte, a skippable frame's claim is
 * checked by reading, and the frame map of a rewrite comes for free. */
#include "config.h"

#include "shard/container.h"

#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "shard/zstd_frame.h"

#define CHUNK_SIZE ((size_t)128 * 1024) /* the largest block */

struct zstd_decoder {
    struct decoder base;
    ZSTD_DCtx *ctx;
    unsigned max_window_log;
    bool inside;        /* of a data frame */
    bool flush;         /* decoded bytes wait inside the library */
    size_t hint;        /* input bytes up to the end of the next block */
    struct frame frame; /* the present one */
    uint64_t number;    /* of it, from 1, skippable ones counted */
    unsigned char *chunk;
};

static enum err_code
zstd_fail(const struct zstd_decoder *zd, enum err_code code, const char *what,
          struct error *err)
{
    uint64_t at = zd->base.in->offset;

    return error_set_at(
        err, code, at, "zstd frame %llu (byte %llu): %s, at byte %llu",
        (unsigned long long)zd->number, (unsigned long long)zd->frame.in, what,
        (unsigned long long)at);
}

static enum err_code
zstd_frame_end(struct zstd_decoder *zd, struct error *err)
{
    zd->inside = false;
    zd->frame.in_end = zd->base.in->offset;
    zd->frame.out_end = zd->base.out;
    if (zd->frame.out_end > zd->frame.out)
        zd->base.frames++;
    if (!zd->base.hook)
        return ERR_OK;
    return zd->base.hook(zd->base.hook_ctx, &zd->frame, err);
}

static enum err_code
zstd_skip_frame(struct zstd_decoder *zd, struct error *err)
{
    struct infile *in = zd->base.in;
    enum err_code code = infile_fill(in, ZSTD_SKIPPABLE_HEADER, err);
    uint64_t skipped = 0;
    uint32_t claimed;

    if (code)
        return code;
    zd->frame.kind = FRAME_SKIPPABLE;
    if (infile_unread(in) < ZSTD_SKIPPABLE_HEADER)
        return zstd_fail(zd, ERR_FORMAT, "truncated: the file ends", err);
    claimed = le32(infile_ptr(in) + 4);
    infile_advance(in, ZSTD_SKIPPABLE_HEADER);
    code = infile_skip(in, claimed, &skipped, err);
    if (code)
        return code;
    if (skipped < claimed)
        return error_set_at(
            err, ERR_FORMAT, in->offset,
            "zstd frame %llu (byte %llu): truncated: a skippable frame claims "
            "%lu bytes, %llu are left",
            (unsigned long long)zd->number, (unsigned long long)zd->frame.in,
            (unsigned long)claimed, (unsigned long long)skipped);
    return zstd_frame_end(zd, err);
}

static enum err_code
zstd_check_header(struct zstd_decoder *zd, struct error *err)
{
    struct infile *in = zd->base.in;
    struct zstd_frame_header header;
    enum err_code code = infile_fill(in, ZSTD_FRAME_HEADER_MAX, err);

    if (code)
        return code;
    if (!zstd_parse_header(infile_ptr(in), infile_unread(in), &header))
        return zstd_fail(zd, ERR_FORMAT,
                         "truncated: the file ends inside the frame header",
                         err);
    zd->frame.checksum = header.checksum;
    zd->frame.window = header.window;
    if (header.dictionary)
        return error_set_at(
            err, ERR_FORMAT, zd->frame.in,
            "zstd frame %llu (byte %llu): needs dictionary %lu, and "
            "dictionaries are not supported",
            (unsigned long long)zd->number, (unsigned long long)zd->frame.in,
            (unsigned long)header.dictionary);
    if (header.window > UINT64_C(1) << zd->max_window_log)
        return error_set_at(
            err, ERR_LIMIT, zd->frame.in,
            "zstd frame %llu (byte %llu): needs a window of %llu bytes; the "
            "limit (--max-window) is 2^%u",
            (unsigned long long)zd->number, (unsigned long long)zd->frame.in,
            (unsigned long long)header.window, zd->max_window_log);
    return ERR_OK;
}

static enum err_code
zstd_padding(struct zstd_decoder *zd, struct error *err)
{
    struct infile *in = zd->base.in;
    bool zeros = false;
    enum err_code code = ERR_OK;

    if (infile_ptr(in)[0] == 0)
        code = infile_only_zeros(in, &zeros, err);
    if (code)
        return code;
    if (!zeros)
        return error_set_at(err, ERR_FORMAT, in->offset,
                            "bytes after zstd frame %llu are no frame, from "
                            "byte %llu on",
                            (unsigned long long)(zd->number - 1),
                            (unsigned long long)in->offset);
    zd->frame.kind = FRAME_PADDING;
    return zstd_frame_end(zd, err);
}

/* Between frames: pass skippable ones, begin the next data frame, or see that
 * there is none. */
static enum err_code
zstd_begin(struct zstd_decoder *zd, bool *end, struct error *err)
{
    struct infile *in = zd->base.in;

    for (;;) {
        enum err_code code = infile_fill(in, 4, err);
        size_t unread = infile_unread(in);

        if (code)
            return code;
        *end = unread == 0;
        if (*end)
            return ERR_OK;
        zd->number++;
        zd->frame = (struct frame){
            .kind = FRAME_DATA, .in = in->offset, .out = zd->base.out};
        if (unread >= 4 && zstd_is_frame(infile_ptr(in))) {
            zd->inside = true;
            zd->hint = 5; /* magic and descriptor */
            ZSTD_DCtx_reset(zd->ctx, ZSTD_reset_session_only);
            return zstd_check_header(zd, err);
        }
        if (unread >= 4 && zstd_is_skippable(infile_ptr(in)))
            code = zstd_skip_frame(zd, err);
        else
            code = zstd_padding(zd, err);
        if (code)
            return code;
    }
}

/* Decode a block at most, because the library forgets what it has decoded in a
 * call that fails; *len bytes of zd->chunk are filled. */
static enum err_code
zstd_step(struct zstd_decoder *zd, size_t *len, struct error *err)
{
    struct infile *in = zd->base.in;
    ZSTD_outBuffer output = {zd->chunk, CHUNK_SIZE, 0};
    ZSTD_inBuffer input;
    enum err_code code = infile_fill(in, 1, err);
    size_t status;

    if (code)
        return code;
    input = (ZSTD_inBuffer){infile_ptr(in), infile_unread(in), 0};
    if (input.size == 0 && !zd->flush)
        return zstd_fail(zd, ERR_FORMAT, "truncated: the file ends", err);
    if (input.size > zd->hint)
        input.size = zd->hint;
    status = ZSTD_decompressStream(zd->ctx, &output, &input);
    infile_advance(in, input.pos);
    *len = output.pos;
    zd->base.out += output.pos;
    if (ZSTD_isError(status)) {
        if (ZSTD_getErrorCode(status) == ZSTD_error_memory_allocation)
            return error_nomem(err);
        return zstd_fail(zd, ERR_FORMAT, ZSTD_getErrorName(status), err);
    }
    zd->flush = output.pos == output.size;
    zd->hint = status;
    return status == 0 ? zstd_frame_end(zd, err) : ERR_OK;
}

static enum err_code
zstd_read(struct decoder *decoder, struct str *chunk, struct error *err)
{
    struct zstd_decoder *zd = (struct zstd_decoder *)decoder;
    size_t len = 0;

    while (len == 0) {
        bool end = false;
        enum err_code code = ERR_OK;

        if (!zd->inside)
            code = zstd_begin(zd, &end, err);
        if (code == ERR_OK && !end)
            code = zstd_step(zd, &len, err);
        if (code)
            return code;
        if (end)
            break;
    }
    *chunk = (struct str){(const char *)zd->chunk, len};
    return ERR_OK;
}

static void
zstd_close(struct decoder *decoder)
{
    struct zstd_decoder *zd = (struct zstd_decoder *)decoder;

    ZSTD_freeDCtx(zd->ctx);
    free(zd->chunk);
    free(zd);
}

static const struct decoder_ops zstd_ops = {CONTAINER_ZSTD, zstd_read,
                                            zstd_close};

enum err_code
zstd_decoder_open(struct decoder **out, unsigned max_window_log,
                  struct error *err)
{
    struct zstd_decoder *zd = calloc(1, sizeof(*zd));

    if (!zd)
        return error_nomem(err);
    zd->base.ops = &zstd_ops;
    zd->ctx = ZSTD_createDCtx();
    zd->chunk = malloc(CHUNK_SIZE);
    zd->max_window_log = max_window_log;
    if (!zd->ctx || !zd->chunk) {
        zstd_close(&zd->base);
        return error_nomem(err);
    }
    /* The header check refuses larger windows; this is the second lock. */
    if (ZSTD_isError(ZSTD_DCtx_setParameter(zd->ctx, ZSTD_d_windowLogMax,
                                            (int)max_window_log))) {
        zstd_close(&zd->base);
        return error_set(err, ERR_LIMIT,
                         "zstd window limit 2^%u is out of "
                         "range",
                         max_window_log);
    }
    *out = &zd->base;
    return ERR_OK;
}
