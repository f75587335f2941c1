/* Uncompressed shards: the file's bytes as they are, without a copy. */
#include "config.h"

#include "shard/container.h"

#include <stdlib.h>

static enum err_code
plain_read(struct decoder *decoder, struct str *chunk, struct error *err)
{
    struct infile *in = decoder->in;
    enum err_code code = infile_fill(in, 1, err);

    if (code)
        return code;
    *chunk = (struct str){(const char *)infile_ptr(in), infile_unread(in)};
    decoder->out += chunk->len;
    infile_advance(in, chunk->len);
    return ERR_OK;
}

static void
plain_close(struct decoder *decoder)
{
    free(decoder);
}

static const struct decoder_ops plain_ops = {CONTAINER_PLAIN, plain_read,
                                             plain_close};

enum err_code
plain_decoder_open(struct decoder **out, struct error *err)
{
    struct decoder *decoder = calloc(1, sizeof(*decoder));

    if (!decoder)
        return error_nomem(err);
    decoder->ops = &plain_ops;
    *out = decoder;
    return ERR_OK;
}
