/* shard_rewrite: a new shard in which everything that was not edited keeps
 * its bytes. Every frame that is made is decoded again by its packer, every
 * frame that is copied is covered by the hash of the input, and the file is
 * read back before it is published. */
#include "config.h"

#include "shard/rewrite.h"

#include <pthread.h>
#include <stdlib.h>

#include "stet/pool.h"

#define GZIP_LEVEL 6
#define GZIP_LEVEL_MAX 9
#define ZSTD_LEVEL 3
#define LARGE_WINDOW (UINT64_C(16) << 20)

static pthread_mutex_t large_window = PTHREAD_MUTEX_INITIALIZER;

void
rewrite_hold_window(uint64_t window)
{
    if (window > LARGE_WINDOW)
        pthread_mutex_lock(&large_window);
}

void
rewrite_drop_window(uint64_t window)
{
    if (window > LARGE_WINDOW)
        pthread_mutex_unlock(&large_window);
}

enum err_code
rewrite_cancelled(const struct rewrite *rewrite, struct error *err)
{
    if (cancel_is_set(rewrite->options.cancel))
        return error_set(err, ERR_CANCELLED, "%s",
                         err_code_text(ERR_CANCELLED));
    return ERR_OK;
}

void
rewrite_progress(const struct rewrite *rewrite, uint64_t bytes)
{
    if (rewrite->options.progress && bytes)
        rewrite->options.progress(rewrite->options.ctx, bytes);
}

struct framer_options
rewrite_framing(const struct rewrite *rewrite)
{
    int level = rewrite->options.level;
    bool zstd = rewrite->to == CONTAINER_ZSTD;

    if (level == 0)
        level = zstd ? ZSTD_LEVEL : GZIP_LEVEL;
    if (!zstd && level > GZIP_LEVEL_MAX)
        level = GZIP_LEVEL_MAX;
    return (struct framer_options){.container = rewrite->to,
                                   .level = level,
                                   .checksum = zstd,
                                   .min = zstd ? FRAME_MIN : FRAME_MAX,
                                   .max = FRAME_MAX,
                                   .check = rewrite->to != CONTAINER_PLAIN,
                                   .threads = rewrite->to == CONTAINER_PLAIN
                                                  ? 0
                                                  : rewrite->options.threads};
}

enum err_code
rewrite_decode(struct rewrite *rewrite, struct decoder *decoder,
               struct splicer *splicer, struct error *err)
{
    uint64_t seen = decoder->in->offset;

    for (;;) {
        struct str chunk;
        enum err_code code = rewrite_cancelled(rewrite, err);

        if (code == ERR_OK)
            code = decoder->ops->read(decoder, &chunk, err);
        if (code)
            return code;
        rewrite_progress(rewrite, decoder->in->offset - seen);
        seen = decoder->in->offset;
        if (chunk.len == 0)
            return ERR_OK;
        code = splicer_feed(splicer, chunk.ptr, chunk.len, err);
        if (code)
            return code;
    }
}

void
rewrite_note(struct rewrite *rewrite, uint64_t in, uint64_t out,
             const uint32_t *checksum)
{
    struct error ignored = ERROR_INIT;
    struct seek_entry entry = {(uint32_t)in, (uint32_t)out,
                               checksum ? *checksum : 0};

    if (!checksum)
        rewrite->table.has_checksums = false;
    if (!rewrite->table_wanted)
        return;
    if (in > UINT32_MAX || out > UINT32_MAX ||
        seektable_add(&rewrite->table, entry, &ignored))
        rewrite->table_wanted = false;
}

enum err_code
rewrite_frame(void *ctx, struct str packed, struct seek_entry entry,
              struct error *err)
{
    struct rewrite *rewrite = ctx;

    rewrite->stats.frames_written++;
    rewrite_note(rewrite, entry.in, entry.out,
                 entry.checksum ? &entry.checksum : NULL);
    return outfile_write(rewrite->file, packed.ptr, packed.len, err);
}

enum err_code
rewrite_table(struct rewrite *rewrite, struct error *err)
{
    struct buf table = {0};
    enum err_code code = ERR_OK;

    if (!rewrite->table_wanted || rewrite->table.count == 0)
        return ERR_OK;
    code = seektable_format(&rewrite->table, &table, err);
    if (code == ERR_OK)
        code = outfile_write(rewrite->file, table.ptr, table.len, err);
    buf_release(&table);
    return code;
}

/* No splice: the file as it is. */
static enum err_code
copy_file(struct rewrite *rewrite, struct error *err)
{
    struct infile *in = rewrite->in;

    for (;;) {
        enum err_code code = rewrite_cancelled(rewrite, err);
        size_t len;

        if (code == ERR_OK)
            code = infile_fill(in, 1, err);
        if (code)
            return code;
        len = infile_unread(in);
        if (len == 0)
            return ERR_OK;
        code = outfile_write(rewrite->file, infile_ptr(in), len, err);
        if (code)
            return code;
        infile_advance(in, len);
        rewrite_progress(rewrite, len);
    }
}

struct flat {
    struct framer *framer;
};

static enum err_code
flat_sink(void *ctx, const void *ptr, size_t len, struct error *err)
{
    struct flat *flat = ctx;

    return framer_write(flat->framer, ptr, len, err);
}

static enum err_code
widest(void *ctx, const struct frame *frame, struct error *err)
{
    uint64_t *window = ctx;

    (void)err;
    if (frame->kind == FRAME_DATA && frame->window > *window)
        *window = frame->window;
    return ERR_OK;
}

static enum err_code
decode_flat(struct rewrite *rewrite, struct flat *flat, struct error *err)
{
    struct splicer splicer = {.splices = rewrite->splices,
                              .count = rewrite->count,
                              .sink = flat_sink,
                              .ctx = flat};
    struct decoder *decoder = NULL;
    enum err_code code =
        decoder_open(&decoder, rewrite->in, &shard_default_limits, err);

    if (code == ERR_OK)
        code = rewrite_decode(rewrite, decoder, &splicer, err);
    if (code == ERR_OK)
        code = splicer_finish(&splicer, err);
    decoder_close(decoder);
    return code;
}

enum err_code
rewrite_flat(struct rewrite *rewrite, struct error *err)
{
    struct framer_options framing = rewrite_framing(rewrite);
    struct flat flat = {NULL};
    uint64_t window = 0;
    bool sized;
    enum err_code code = ERR_OK;

    if (rewrite->container == CONTAINER_ZSTD)
        code = frame_walk(rewrite->in_path, widest, &window, &sized, err);
    if (code)
        return code;
    rewrite_hold_window(window);
    rewrite->table_wanted = rewrite->to == CONTAINER_ZSTD;
    code = framer_open(&flat.framer, &framing, rewrite_frame, rewrite, err);
    if (code == ERR_OK)
        code = decode_flat(rewrite, &flat, err);
    if (code == ERR_OK)
        code = framer_flush(flat.framer, err);
    if (code == ERR_OK && outfile_size(rewrite->file) == 0 &&
        rewrite->to != CONTAINER_PLAIN)
        code = framer_write_empty(flat.framer, err);
    if (code == ERR_OK)
        code = rewrite_table(rewrite, err);
    framer_close(flat.framer);
    rewrite_drop_window(window);
    return code;
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
    struct infile *in = rewrite->in;
    uint64_t left = 0;
    enum err_code code = infile_fill(in, 4, err);

    if (code)
        return code;
    rewrite->container = container_sniff(
        (struct str){(const char *)infile_ptr(in), infile_unread(in)});
    rewrite->to = rewrite->options.recode ? rewrite->options.container
                                          : rewrite->container;
    if (rewrite->to == rewrite->container && rewrite->count == 0)
        code = copy_file(rewrite, err);
    else if (rewrite->to == rewrite->container && rewrite->to == CONTAINER_ZSTD)
        code = rewrite_zstd(rewrite, err);
    else
        code = rewrite_flat(rewrite, err);
    if (code == ERR_OK)
        code = infile_skip(in, UINT64_MAX, &left, err);
    if (code == ERR_OK)
        rewrite->stats.hash_in = hasher_take(in->hasher);
    return code;
}

static enum err_code
open_files(struct rewrite *rewrite, const char *out_path, struct error *err)
{
    enum err_code code = infile_open(rewrite->in, rewrite->in_path, true, err);

    if (code == ERR_OK)
        code = outfile_open(&rewrite->file, out_path, err);
    if (code == ERR_OK && rewrite->options.threads > 0) {
        infile_hash_aside(rewrite->in);
        outfile_hash_aside(rewrite->file);
    }
    return code;
}

enum err_code
shard_rewrite(const char *in_path, const char *out_path,
              const struct splice *splices, size_t count,
              const struct rewrite_options *options,
              struct rewrite_stats *stats, struct error *err)
{
    struct infile source = {.fd = -1};
    struct rewrite rewrite = {.in_path = in_path,
                              .splices = splices,
                              .count = count,
                              .in = &source,
                              .table.has_checksums = true};
    struct outfile *file;
    struct file_stat in;
    enum err_code code = splices_check(splices, count, err);

    if (options)
        rewrite.options = *options;
    if (code == ERR_OK)
        code = refuse_same_file(in_path, out_path, &in, err);
    if (code)
        return code;
    rewrite.stats.bytes_in = in.bytes;
    code = open_files(&rewrite, out_path, err);
    if (code == ERR_OK)
        code = rewrite_content(&rewrite, err);
    infile_close(&source);
    if (code == ERR_OK) {
        file = rewrite.file;
        rewrite.file = NULL;
        rewrite.stats.bytes_out = outfile_size(file);
        code = outfile_commit(file, true, &rewrite.stats.hash_out, err);
    }
    if (code == ERR_OK && stats)
        *stats = rewrite.stats;
    outfile_abort(rewrite.file);
    seektable_release(&rewrite.table);
    return code;
}
