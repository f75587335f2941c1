/* Gzip shards: any number of members, read as one stream. Zero bytes after
 * the last member are padding; anything else there is an error, which gzip
 * itself only warns of. */
#include "config.h"

#include "shard/container.h"

#include <stdlib.h>
#include <zlib.h>

#define CHUNK_SIZE ((size_t)256 * 1024)

struct gzip_decoder {
    struct decoder base;
    z_stream stream;
    bool inside; /* of a member */
    bool member_has_data;
    uint64_t member; /* file offset of its first byte */
    uint64_t members;
    unsigned char *chunk;
    struct error pending; /* told after the bytes before it were given */
};

static enum err_code
gzip_fail(const struct gzip_decoder *gz, const char *what, struct error *err)
{
    uint64_t at = gz->base.in->offset;

    return error_set_at(
        err, ERR_FORMAT, at, "gzip member %llu (byte %llu): %s at byte %llu",
        (unsigned long long)gz->members, (unsigned long long)gz->member, what,
        (unsigned long long)at);
}

/* Between members: begin the next one, or see that there is none. */
static enum err_code
gzip_begin(struct gzip_decoder *gz, bool *end, struct error *err)
{
    struct infile *in = gz->base.in;
    enum err_code code = infile_fill(in, 2, err);
    const unsigned char *p;
    bool zeros = false;

    if (code)
        return code;
    p = infile_ptr(in);
    *end = infile_unread(in) == 0;
    if (*end)
        return ERR_OK;
    if (infile_unread(in) >= 2 && p[0] == 0x1f && p[1] == 0x8b) {
        gz->inside = true;
        gz->member_has_data = false;
        gz->member = in->offset;
        gz->members++;
        inflateReset(&gz->stream);
        return ERR_OK;
    }
    if (p[0] == 0)
        code = infile_only_zeros(in, &zeros, err);
    if (code)
        return code;
    *end = zeros;
    if (!zeros)
        return error_set_at(err, ERR_FORMAT, in->offset,
                            "bytes after the last gzip member are no member, "
                            "from byte %llu on",
                            (unsigned long long)in->offset);
    return ERR_OK;
}

/* Decode some; *len bytes of gz->chunk are filled. */
static enum err_code
gzip_step(struct gzip_decoder *gz, size_t *len, struct error *err)
{
    struct infile *in = gz->base.in;
    z_stream *z = &gz->stream;
    enum err_code code = infile_fill(in, 1, err);
    size_t fed;
    int status;

    if (code)
        return code;
    fed = infile_unread(in);
    if (fed == 0)
        return gzip_fail(gz, "truncated: the file ends", err);
    z->next_in = in->buf + in->at;
    z->avail_in = (uInt)fed;
    z->next_out = gz->chunk;
    z->avail_out = (uInt)CHUNK_SIZE;
    status = inflate(z, Z_NO_FLUSH);
    infile_advance(in, fed - z->avail_in);
    *len = CHUNK_SIZE - z->avail_out;
    if (*len && !gz->member_has_data) {
        gz->member_has_data = true;
        gz->base.frames++;
    }
    if (status == Z_STREAM_END)
        gz->inside = false;
    else if (status == Z_MEM_ERROR)
        return error_nomem(err);
    else if (status != Z_OK && status != Z_BUF_ERROR)
        gzip_fail(gz, z->msg ? z->msg : "damaged", &gz->pending);
    return ERR_OK;
}

static enum err_code
gzip_read(struct decoder *decoder, struct str *chunk, struct error *err)
{
    struct gzip_decoder *gz = (struct gzip_decoder *)decoder;
    size_t len = 0;

    while (len == 0) {
        bool end = false;
        enum err_code code = ERR_OK;

        if (gz->pending.code) {
            *err = gz->pending;
            return err->code;
        }
        if (!gz->inside)
            code = gzip_begin(gz, &end, err);
        if (code == ERR_OK && !end)
            code = gzip_step(gz, &len, err);
        if (code)
            return code;
        if (end)
            break;
    }
    *chunk = (struct str){(const char *)gz->chunk, len};
    decoder->out += len;
    return ERR_OK;
}

static void
gzip_close(struct decoder *decoder)
{
    struct gzip_decoder *gz = (struct gzip_decoder *)decoder;

    inflateEnd(&gz->stream);
    free(gz->chunk);
    free(gz);
}

static const struct decoder_ops gzip_ops = {CONTAINER_GZIP, gzip_read,
                                            gzip_close};

enum err_code
gzip_decoder_open(struct decoder **out, struct error *err)
{
    struct gzip_decoder *gz = calloc(1, sizeof(*gz));

    if (!gz)
        return error_nomem(err);
    gz->base.ops = &gzip_ops;
    gz->chunk = malloc(CHUNK_SIZE);
    if (!gz->chunk || inflateInit2(&gz->stream, 15 + 16) != Z_OK) {
        gzip_close(&gz->base);
        return error_nomem(err);
    }
    *out = &gz->base;
    return ERR_OK;
}
