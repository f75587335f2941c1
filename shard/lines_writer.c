/* New shards of JSON lines in any container. An empty one still has a frame or
 * member, so that every tool reads it as an empty file. */
#include "config.h"

#include "stet/shard_writer.h"

#include <stdlib.h>

#include "shard/framer.h"
#include "stet/fileio.h"

#define LINES_FRAME_SIZE ((size_t)256 << 10)

struct lines_writer {
    struct framer *framer;
    struct outfile *file;
    bool written;
};

static enum err_code
write_packed(void *ctx, struct str packed, struct seek_entry entry,
             struct error *err)
{
    (void)entry;
    return outfile_write(ctx, packed.ptr, packed.len, err);
}

enum err_code
lines_writer_open(struct lines_writer **out, const char *path,
                  enum container container, struct error *err)
{
    struct framer_options framing = {.container = container,
                                     .level =
                                         container == CONTAINER_GZIP ? 6 : 3,
                                     .checksum = true,
                                     .min = LINES_FRAME_SIZE,
                                     .max = 4 * LINES_FRAME_SIZE};
    struct lines_writer *writer = calloc(1, sizeof(*writer));
    enum err_code code;

    if (!writer)
        return error_nomem(err);
    code = outfile_open(&writer->file, path, err);
    if (code == ERR_OK)
        code = framer_open(&writer->framer, &framing, write_packed,
                           writer->file, err);
    if (code) {
        lines_writer_abort(writer);
        return code;
    }
    *out = writer;
    return ERR_OK;
}

enum err_code
lines_writer_write(struct lines_writer *writer, struct str bytes,
                   struct error *err)
{
    writer->written = writer->written || bytes.len;
    return framer_write(writer->framer, bytes.ptr, bytes.len, err);
}

enum err_code
lines_writer_commit(struct lines_writer *writer, struct error *err)
{
    enum err_code code = writer->written
                             ? framer_flush(writer->framer, err)
                             : framer_write_empty(writer->framer, err);

    if (code == ERR_OK) {
        code = outfile_commit(writer->file, true, NULL, err);
        writer->file = NULL;
    }
    lines_writer_abort(writer);
    return code;
}

void
lines_writer_abort(struct lines_writer *writer)
{
    if (!writer)
        return;
    outfile_abort(writer->file);
    framer_close(writer->framer);
    free(writer);
}

enum err_code
shard_write_lines(const char *path, enum container container, struct str lines,
                  struct error *err)
{
    struct lines_writer *writer = NULL;
    enum err_code code = lines_writer_open(&writer, path, container, err);

    if (code)
        return code;
    code = lines_writer_write(writer, lines, err);
    if (code == ERR_OK)
        return lines_writer_commit(writer, err);
    lines_writer_abort(writer);
    return code;
}
