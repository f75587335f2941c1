/* Files in the zstd seekable format, which any zstd tool reads. */
#include "config.h"

#include "stet/shard_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "stet/fileio.h"

#include "shard/framer.h"

#define FRAME_SIZE ((size_t)256 * 1024)
#define FRAME_SIZE_MAX ((size_t)16 << 20) /* what the frame map reads */

struct seekable_writer {
    struct outfile *file;
    struct framer *framer;
    struct seektable table;
    struct hasher *hasher; /* of the decompressed bytes */
    const int *cancel;     /* of the check */
};

static enum err_code
write_frame(void *ctx, struct str packed, struct seek_entry entry,
            struct error *err)
{
    struct seekable_writer *writer = ctx;
    enum err_code code = seektable_add(&writer->table, entry, err);

    if (code)
        return code;
    return outfile_write(writer->file, packed.ptr, packed.len, err);
}

enum err_code
seekable_writer_open(struct seekable_writer **out, const char *path,
                     const struct seekable_options *options, struct error *err)
{
    struct seekable_writer *writer = calloc(1, sizeof(*writer));
    struct framer_options framing = {.container = CONTAINER_ZSTD,
                                     .level = 1,
                                     .checksum = true,
                                     .min = FRAME_SIZE,
                                     .max = FRAME_SIZE};
    enum err_code code;

    if (!writer)
        return error_nomem(err);
    if (options && options->level)
        framing.level = options->level;
    if (options && options->frame_size)
        framing.min = framing.max = options->frame_size < FRAME_SIZE_MAX
                                        ? options->frame_size
                                        : FRAME_SIZE_MAX;
    writer->table.has_checksums = true;
    writer->hasher = hasher_new();
    code = framer_open(&writer->framer, &framing, write_frame, writer, err);
    if (code == ERR_OK)
        code = outfile_open(&writer->file, path, err);
    if (code) {
        seekable_writer_abort(writer);
        return code;
    }
    *out = writer;
    return ERR_OK;
}

enum err_code
seekable_writer_write(struct seekable_writer *writer, const void *ptr,
                      size_t len, struct error *err)
{
    hasher_update(writer->hasher, ptr, len);
    return framer_write(writer->framer, ptr, len, err);
}

/* The last frame and the seek table; the file is taken over by the caller. */
static enum err_code
finish(struct seekable_writer *writer, struct outfile **file, struct error *err)
{
    struct buf table = {0};
    enum err_code code = framer_flush(writer->framer, err);

    if (code == ERR_OK)
        code = seektable_format(&writer->table, &table, err);
    if (code == ERR_OK)
        code = outfile_write(writer->file, table.ptr, table.len, err);
    buf_release(&table);
    if (code == ERR_OK) {
        *file = writer->file;
        writer->file = NULL;
    }
    return code;
}

enum err_code
seekable_writer_commit(struct seekable_writer *writer, struct error *err)
{
    struct outfile *file = NULL;
    enum err_code code = finish(writer, &file, err);

    if (code == ERR_OK)
        code = outfile_commit(file, true, NULL, err);
    seekable_writer_abort(writer);
    return code;
}

static enum err_code
hash_chunk(void *ctx, const void *ptr, size_t len, struct error *err)
{
    (void)err;
    hasher_update(ctx, ptr, len);
    return ERR_OK;
}

/* Decode all of it: what comes out must be what went in. */
static enum err_code
check_content(void *ctx, int fd, struct error *err)
{
    struct seekable_writer *writer = ctx;
    struct shard_limits limits = {.max_record = 1, .max_window_log = 31};
    struct hash expected = hasher_take(writer->hasher);
    struct hash found;
    struct record record = {0};
    struct shard *shard = NULL;
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    enum err_code code = own < 0
                             ? error_errno(err, errno, "cannot read it back")
                             : shard_open_fd(&shard, own, "", &limits, err);

    if (code != ERR_OK)
        return code;
    shard_set_cancel(shard, writer->cancel);
    shard_set_tee(shard, hash_chunk, writer->hasher);
    do {
        code = shard_next(shard, &record, err);
    } while (code == ERR_OK && record.kind != RECORD_END);
    shard_close(shard);
    found = hasher_take(writer->hasher);
    if (code == ERR_OK && !hash_equal(&found, &expected))
        code = error_set(err, ERR_IO,
                         "reads back differently from what was "
                         "written");
    return code;
}

enum err_code
seekable_writer_commit_checked(struct seekable_writer *writer, bool replace,
                               const int *cancel, struct error *err)
{
    struct outfile *file = NULL;
    enum err_code code = finish(writer, &file, err);

    writer->cancel = cancel;
    if (code == ERR_OK)
        code =
            outfile_commit_checked(file, replace, check_content, writer, err);
    seekable_writer_abort(writer);
    return code;
}

void
seekable_writer_abort(struct seekable_writer *writer)
{
    if (!writer)
        return;
    outfile_abort(writer->file);
    framer_close(writer->framer);
    seektable_release(&writer->table);
    hasher_free(writer->hasher);
    free(writer);
}
