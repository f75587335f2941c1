/* Random reads of a shard through its frame map. A few decoded frames are
 * kept, since neighbouring documents share them. Every frame must decode to
 * exactly the bytes that the map promised. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "stet/shard.h"

#include "shard/container.h"

#define SLOTS 4
#define READ_IN_MAX (UINT64_C(64) << 20)
#define READ_OUT_MAX (UINT64_C(16) << 20)

struct slot {
    size_t frame;
    uint64_t used; /* clock of the last use; 0: empty */
    char *ptr;
    size_t len;
};

struct shard_reader {
    int fd;
    uint64_t bytes; /* of the file */
    struct frame_map map;
    ZSTD_DCtx *ctx;
    uint64_t clock;
    struct slot slots[SLOTS];
};

enum err_code
shard_reader_open(struct shard_reader **out, const char *path,
                  struct frame_map *map, struct error *err)
{
    struct shard_reader *reader = calloc(1, sizeof(*reader));
    enum err_code code;

    if (!reader)
        return error_nomem(err);
    reader->fd = -1;
    code = file_open_regular(path, &reader->fd, &reader->bytes, err);
    if (code)
        goto out;
    reader->ctx = ZSTD_createDCtx();
    if (!reader->ctx) {
        code = error_nomem(err);
        goto out;
    }
    if (map->container == CONTAINER_GZIP) {
        code = error_set(err, ERR_FORMAT,
                         "gzip cannot be read at random without a copy");
        goto out;
    }
    reader->map = *map;
    *map = (struct frame_map){.container = map->container};
    *out = reader;
    reader = NULL;
out:
    shard_reader_close(reader);
    return code;
}

void
shard_reader_close(struct shard_reader *reader)
{
    if (!reader)
        return;
    if (reader->fd >= 0)
        close(reader->fd);
    for (size_t i = 0; i < SLOTS; i++)
        free(reader->slots[i].ptr);
    ZSTD_freeDCtx(reader->ctx);
    frame_map_release(&reader->map);
    free(reader);
}

/* The frame that holds decompressed byte `offset`; it lies in the map. */
static size_t
find_frame(const struct frame_map *map, uint64_t offset)
{
    size_t low = 0;
    size_t high = map->frames;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (map->out[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static enum err_code
load_frame(struct shard_reader *reader, size_t frame, struct slot *slot,
           struct error *err)
{
    const struct frame_map *map = &reader->map;
    uint64_t in = map->in[frame];
    uint64_t in_len = map->in[frame + 1] - in;
    uint64_t out_len = map->out[frame + 1] - map->out[frame];
    enum err_code code = ERR_OK;
    char *packed = NULL;
    size_t got;

    free(slot->ptr);
    *slot = (struct slot){0};
    if (in_len > READ_IN_MAX || out_len > READ_OUT_MAX || in > reader->bytes ||
        in_len > reader->bytes - in)
        return error_set_at(err, ERR_FORMAT, in,
                            "frame %zu at byte %llu does not lie in the file: "
                            "the shard was changed",
                            frame, (unsigned long long)in);
    packed = malloc((size_t)in_len);
    slot->ptr = malloc((size_t)out_len);
    if (!packed || !slot->ptr) {
        code = error_nomem(err);
        goto out;
    }
    code = file_read_at(reader->fd, in, packed, (size_t)in_len, err);
    if (code)
        goto out;
    got = ZSTD_decompressDCtx(reader->ctx, slot->ptr, (size_t)out_len, packed,
                              (size_t)in_len);
    if (ZSTD_isError(got))
        code =
            error_set_at(err, ERR_FORMAT, in, "zstd frame %zu at byte %llu: %s",
                         frame, (unsigned long long)in, ZSTD_getErrorName(got));
    else if (got != out_len)
        code = error_set_at(err, ERR_FORMAT, in,
                            "zstd frame %zu at byte %llu: %zu bytes instead "
                            "of %llu: the shard was changed",
                            frame, (unsigned long long)in, got,
                            (unsigned long long)out_len);
    if (code)
        goto out;
    slot->frame = frame;
    slot->len = got;
    slot->used = ++reader->clock;
out:
    free(packed);
    if (code) {
        free(slot->ptr);
        *slot = (struct slot){0};
    }
    return code;
}

/* The frame's bytes, from a slot or into the one unused for longest. */
static enum err_code
get_frame(struct shard_reader *reader, size_t frame, struct str *out,
          struct error *err)
{
    struct slot *slot = &reader->slots[0];
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *other = &reader->slots[i];

        if (other->used && other->frame == frame) {
            slot = other;
            break;
        }
        if (other->used < slot->used)
            slot = other;
    }
    if (slot->used && slot->frame == frame)
        slot->used = ++reader->clock;
    else
        code = load_frame(reader, frame, slot, err);
    if (code == ERR_OK)
        *out = (struct str){slot->ptr, slot->len};
    return code;
}

static enum err_code
read_frames(struct shard_reader *reader, uint64_t offset, size_t len,
            struct buf *out, struct error *err)
{
    const struct frame_map *map = &reader->map;
    size_t frame = len ? find_frame(map, offset) : 0;

    while (len > 0) {
        struct str bytes;
        enum err_code code = get_frame(reader, frame, &bytes, err);
        size_t start;
        size_t part;

        if (code)
            return code;
        start = (size_t)(offset - map->out[frame]);
        part = bytes.len - start < len ? bytes.len - start : len;
        code = buf_append(out, bytes.ptr + start, part, err);
        if (code)
            return code;
        offset += part;
        len -= part;
        frame++;
    }
    return ERR_OK;
}

enum err_code
shard_reader_read(struct shard_reader *reader, uint64_t offset, size_t len,
                  struct buf *out, struct error *err)
{
    const struct frame_map *map = &reader->map;
    bool plain = map->container == CONTAINER_PLAIN;
    uint64_t total =
        plain ? reader->bytes : (map->frames ? map->out[map->frames] : 0);
    size_t before = out->len;
    enum err_code code;

    if (offset > total || len > total - offset)
        return error_set_at(err, ERR_FORMAT, offset,
                            "the shard ends at %llu, before %llu + %zu: it was "
                            "changed",
                            (unsigned long long)total,
                            (unsigned long long)offset, len);
    code = buf_reserve(out, len, err);
    if (code || len == 0)
        return code;
    if (plain) {
        code = file_read_at(reader->fd, offset, out->ptr + before, len, err);
        if (code == ERR_OK)
            out->len = before + len;
        return code;
    }
    code = read_frames(reader, offset, len, out, err);
    if (code)
        out->len = before;
    return code;
}
