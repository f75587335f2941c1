/* shard_rewrite: a new shard in which everything that was not edited keeps
 * its bytes. What goes into the file is decoded again on the way and must
 * hash to the input with its splices applied; then the file itself is read
 * back before it is published. */
#include "config.h"

#include "shard/rewrite.h"

#include <stdlib.h>

#define MEMBER_SIZE ((size_t)1 << 20)
#define GZIP_LEVEL 6

enum err_code
rewrite_cancelled(const struct rewrite *rewrite, struct error *err)
{
    if (rewrite->cancel && __atomic_load_n(rewrite->cancel, __ATOMIC_RELAXED))
        return error_set(err, ERR_CANCELLED, "%s",
                         err_code_text(ERR_CANCELLED));
    return ERR_OK;
}

enum err_code
rewrite_emit(struct rewrite *rewrite, struct str bytes, struct error *err)
{
    enum err_code code =
        outfile_write(rewrite->file, bytes.ptr, bytes.len, err);

    if (code == ERR_OK)
        code = rewrite_check_feed(rewrite->check, bytes, err);
    return code;
}

enum err_code
rewrite_decode(struct rewrite *rewrite, struct decoder *decoder,
               struct splicer *splicer, struct error *err)
{
    for (;;) {
        struct str chunk;
        enum err_code code = rewrite_cancelled(rewrite, err);

        if (code == ERR_OK)
            code = decoder->ops->read(decoder, &chunk, err);
        if (code || chunk.len == 0)
            return code;
        code = splicer_feed(splicer, chunk.ptr, chunk.len, err);
        if (code)
            return code;
    }
}

/* No splice: the file as it is. */
static enum err_code
copy_file(struct rewrite *rewrite, struct infile *in, struct error *err)
{
    for (;;) {
        enum err_code code = rewrite_cancelled(rewrite, err);
        size_t len;

        if (code == ERR_OK)
            code = infile_fill(in, 1, err);
        if (code)
            return code;
        len = infile_unread(in);
        if (len == 0)
            break;
        code = outfile_write(rewrite->file, infile_ptr(in), len, err);
        if (code)
            return code;
        infile_advance(in, len);
    }
    rewrite->stats.hash_in = hasher_take(in->hasher);
    return ERR_OK;
}

struct flat { /* plain and gzip: one stream from end to end */
    struct rewrite *rewrite;
    struct framer *framer;
};

static enum err_code
flat_member(void *ctx, struct str packed, struct seek_entry entry,
            struct error *err)
{
    struct flat *flat = ctx;

    (void)entry;
    flat->rewrite->stats.frames_written++;
    return rewrite_emit(flat->rewrite, packed, err);
}

static enum err_code
flat_sink(void *ctx, const void *ptr, size_t len, struct error *err)
{
    struct flat *flat = ctx;

    hasher_update(flat->rewrite->expected, ptr, len);
    return framer_write(flat->framer, ptr, len, err);
}

static enum err_code
rewrite_flat(struct rewrite *rewrite, struct infile *in, struct error *err)
{
    struct framer_options framing = {rewrite->container, GZIP_LEVEL, false,
                                     MEMBER_SIZE, MEMBER_SIZE};
    struct flat flat = {.rewrite = rewrite};
    struct splicer splicer = {.splices = rewrite->splices,
                              .count = rewrite->count,
                              .sink = flat_sink,
                              .ctx = &flat};
    struct decoder *decoder = NULL;
    enum err_code code =
        framer_open(&flat.framer, &framing, flat_member, &flat, err);

    if (code == ERR_OK)
        code = decoder_open(&decoder, in, &shard_default_limits, err);
    if (code == ERR_OK)
        code = rewrite_decode(rewrite, decoder, &splicer, err);
    if (code == ERR_OK)
        code = splicer_finish(&splicer, err);
    if (code == ERR_OK)
        code = framer_flush(flat.framer, err);
    if (code == ERR_OK && outfile_size(rewrite->file) == 0 &&
        rewrite->container == CONTAINER_GZIP)
        code = framer_write_empty(flat.framer, err);
    if (code == ERR_OK)
        rewrite->stats.hash_in = hasher_take(in->hasher);
    decoder_close(decoder);
    framer_close(flat.framer);
    return code;
}

static enum err_code
compare(struct rewrite *rewrite, struct error *err)
{
    struct hash expected = hasher_take(rewrite->expected);
    struct hash got;
    enum err_code code = rewrite_check_finish(rewrite->check, &got, err);

    if (code)
        return code;
    if (!hash_equal(&expected, &got))
        return error_set(err, ERR_IO,
                         "the rewritten shard does not read back as the "
                         "edited one: the input changed meanwhile, or the "
                         "memory is faulty");
    return ERR_OK;
}

static enum err_code
refuse_same_file(const char *in_path, const char *out_path,
                 struct file_stat *in, struct error *err)
{
    struct file_stat out;
    struct error ignored = ERROR_INIT;
    enum err_code code = file_stat(in_path, in, err);

    if (code)
        return code;
    if (file_stat(out_path, &out, &ignored) == ERR_OK &&
        out.inode == in->inode && out.device == in->device)
        return error_set(err, ERR_EXISTS, "input and output are the same file");
    return ERR_OK;
}

static enum err_code
rewrite_content(struct rewrite *rewrite, struct error *err)
{
    struct infile in = {.fd = -1};
    enum err_code code = infile_open(&in, rewrite->in_path, true, err);

    if (code == ERR_OK)
        code = infile_fill(&in, 4, err);
    if (code)
        goto out;
    rewrite->container = container_sniff(
        (struct str){(const char *)infile_ptr(&in), infile_unread(&in)});
    if (rewrite->count == 0) {
        code = copy_file(rewrite, &in, err);
        goto out;
    }
    code = rewrite_check_open(&rewrite->check, rewrite->container, err);
    if (code)
        goto out;
    if (rewrite->container == CONTAINER_ZSTD)
        code = rewrite_zstd(rewrite, err);
    else
        code = rewrite_flat(rewrite, &in, err);
    if (code == ERR_OK)
        code = compare(rewrite, err);
out:
    infile_close(&in);
    return code;
}

enum err_code
shard_rewrite(const char *in_path, const char *out_path,
              const struct splice *splices, size_t count, const int *cancel,
              struct rewrite_stats *stats, struct error *err)
{
    struct rewrite rewrite = {.in_path = in_path,
                              .splices = splices,
                              .count = count,
                              .cancel = cancel};
    struct outfile *file;
    struct file_stat in;
    enum err_code code = splices_check(splices, count, err);

    if (code == ERR_OK)
        code = refuse_same_file(in_path, out_path, &in, err);
    if (code)
        return code;
    rewrite.stats.bytes_in = in.bytes;
    rewrite.expected = hasher_new();
    if (!rewrite.expected)
        return error_nomem(err);
    code = outfile_open(&rewrite.file, out_path, err);
    if (code == ERR_OK)
        code = rewrite_content(&rewrite, err);
    if (code == ERR_OK) {
        file = rewrite.file;
        rewrite.file = NULL;
        rewrite.stats.bytes_out = outfile_size(file);
        code = outfile_commit(file, true, &rewrite.stats.hash_out, err);
    }
    if (code == ERR_OK && stats)
        *stats = rewrite.stats;
    outfile_abort(rewrite.file);
    rewrite_check_close(rewrite.check);
    hasher_free(rewrite.expected);
    return code;
}
