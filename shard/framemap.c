/* Frame maps: where the frames of a shard begin, found by walking frame and
 * block headers. Nothing is decompressed, no header's word is allocated by;
 * a map that lies is found out by the reader, which compares sizes. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "stet/shard.h"

#include "shard/container.h"
#include "shard/seektable.h"
#include "shard/zstd_frame.h"

#define FRAME_OUT_MAX (UINT64_C(1) << 20)   /* of a shard read in place */
#define FRAME_IN_MAX (UINT64_C(4) << 20)    /* with skippable ones behind */
#define COPY_FRAME_MAX (UINT64_C(16) << 20) /* of a seekable copy */

struct map_builder {
    struct frame_map map;
    size_t cap;
};

void
frame_map_release(struct frame_map *map)
{
    free(map->in);
    free(map->out);
    *map = (struct frame_map){.container = map->container};
}

/* Make room for the ends of one more frame. */
static enum err_code
builder_grow(struct map_builder *builder, struct error *err)
{
    struct frame_map *map = &builder->map;
    size_t cap = builder->cap ? builder->cap * 2 : 64;
    uint64_t *in;
    uint64_t *out;

    if (map->frames + 2 <= builder->cap)
        return ERR_OK;
    in = realloc(map->in, cap * sizeof(*in));
    if (!in) {
        error_nomem(err);
        return ERR_NOMEM; /* as the analyser cannot know */
    }
    map->in = in;
    out = realloc(map->out, cap * sizeof(*out));
    if (!out) {
        error_nomem(err);
        return ERR_NOMEM;
    }
    map->out = out;
    if (builder->cap == 0)
        in[0] = out[0] = 0;
    builder->cap = cap;
    return ERR_OK;
}

/* The next piece of the file: `in` bytes with `out` bytes inside. Pieces
 * without content join the frame before; ahead of the first, none. */
static enum err_code
builder_add(struct map_builder *builder, uint64_t in, uint64_t out,
            struct error *err)
{
    struct frame_map *map = &builder->map;
    enum err_code code = builder_grow(builder, err);
    uint64_t pending; /* end of the pieces so far */

    if (code)
        return code;
    pending = map->in[map->frames] + in;
    if (out == 0) {
        map->in[map->frames] = pending;
        return ERR_OK;
    }
    map->frames++;
    map->in[map->frames] = pending;
    map->out[map->frames] = map->out[map->frames - 1] + out;
    return ERR_OK;
}

struct walk {
    int fd;
    uint64_t bytes; /* of the file */
    uint64_t at;
    struct frame frame; /* the piece last seen */
    uint64_t content;   /* its size as stated; UINT64_MAX: not stated */
};

static enum err_code
walk_truncated(const struct walk *walk, struct error *err)
{
    return error_set_at(err, ERR_FORMAT, walk->bytes,
                        "zstd frame at byte %llu: truncated at byte %llu",
                        (unsigned long long)walk->frame.in,
                        (unsigned long long)walk->bytes);
}

/* Pass the blocks of a data frame. */
static enum err_code
walk_blocks(struct walk *walk, struct error *err)
{
    struct zstd_block block = {0};

    while (!block.last) {
        unsigned char header[ZSTD_BLOCK_HEADER];
        enum err_code code;

        if (walk->bytes - walk->at < sizeof(header))
            return walk_truncated(walk, err);
        code = file_read_at(walk->fd, walk->at, header, sizeof(header), err);
        if (code)
            return code;
        block = zstd_parse_block(header);
        if (block.reserved)
            return error_set_at(err, ERR_FORMAT, walk->at,
                                "zstd frame at byte %llu: reserved block type "
                                "at byte %llu",
                                (unsigned long long)walk->frame.in,
                                (unsigned long long)walk->at);
        walk->at += sizeof(header);
        if (walk->bytes - walk->at < block.size)
            return walk_truncated(walk, err);
        walk->at += block.size;
    }
    if (walk->frame.checksum) {
        if (walk->bytes - walk->at < 4)
            return walk_truncated(walk, err);
        walk->at += 4;
    }
    return ERR_OK;
}

static enum err_code
walk_padding(struct walk *walk, struct error *err)
{
    struct infile in = {.fd = -1};
    int fd = dup(walk->fd);
    bool zeros = false;
    enum err_code code;

    if (fd < 0 || lseek(fd, (off_t)walk->at, SEEK_SET) < 0) {
        if (fd >= 0)
            close(fd);
        return error_set(err, ERR_IO, "cannot seek");
    }
    code = infile_open_fd(&in, fd, false, err);
    if (code == ERR_OK)
        code = infile_only_zeros(&in, &zeros, err);
    infile_close(&in);
    if (code)
        return code;
    if (!zeros)
        return error_set_at(err, ERR_FORMAT, walk->at,
                            "bytes at %llu are no zstd frame",
                            (unsigned long long)walk->at);
    walk->frame.kind = FRAME_PADDING;
    walk->at = walk->bytes;
    return ERR_OK;
}

/* The next piece; false in *more at the end. */
static enum err_code
walk_next(struct walk *walk, bool *more, struct error *err)
{
    unsigned char head[ZSTD_FRAME_HEADER_MAX];
    struct zstd_frame_header header;
    size_t have = sizeof(head);
    enum err_code code;

    *more = walk->at < walk->bytes;
    if (!*more)
        return ERR_OK;
    if (have > walk->bytes - walk->at)
        have = (size_t)(walk->bytes - walk->at);
    code = file_read_at(walk->fd, walk->at, head, have, err);
    if (code)
        return code;
    walk->frame = (struct frame){.kind = FRAME_DATA, .in = walk->at};
    walk->content = 0;
    if (have >= ZSTD_SKIPPABLE_HEADER && zstd_is_skippable(head)) {
        uint64_t size = ZSTD_SKIPPABLE_HEADER + (uint64_t)le32(head + 4);

        walk->frame.kind = FRAME_SKIPPABLE;
        if (walk->bytes - walk->at < size)
            return walk_truncated(walk, err);
        walk->at += size;
    } else if (have >= 4 && zstd_is_frame(head)) {
        if (!zstd_parse_header(head, have, &header))
            return walk_truncated(walk, err);
        walk->frame.checksum = header.checksum;
        walk->frame.window = header.window;
        walk->content = header.content;
        walk->at += header.size;
        code = walk_blocks(walk, err);
    } else {
        code = walk_padding(walk, err);
    }
    walk->frame.in_end = walk->at;
    return code;
}

/* The content size of the piece just walked, from its header or, where it
 * states none, from an agreeing seek table; UINT64_MAX: unknown, or they
 * disagree. */
static uint64_t
content_size(const struct walk *walk, const struct seektable *table,
             size_t piece)
{
    const struct seek_entry *entry;

    if (piece >= table->count)
        return walk->content;
    entry = &table->entries[piece];
    if (entry->in != walk->frame.in_end - walk->frame.in)
        return UINT64_MAX;
    if (walk->content == UINT64_MAX || walk->content == entry->out)
        return entry->out;
    return UINT64_MAX;
}

static enum err_code
scan_zstd(struct map_builder *builder, int fd, uint64_t bytes, bool *seekable,
          struct error *err)
{
    struct walk walk = {.fd = fd, .bytes = bytes};
    struct seektable table = {0};
    struct error ignored = ERROR_INIT;
    struct frame_map *map = &builder->map;
    bool found = false;
    bool more = true;
    enum err_code code = builder_grow(builder, err);

    /* A seek table that does not fit the file is as good as none. */
    if (code == ERR_OK)
        seektable_read(&table, fd, bytes, &found, &ignored);
    *seekable = true;
    for (size_t piece = 0; code == ERR_OK && *seekable; piece++) {
        uint64_t content;

        code = walk_next(&walk, &more, err);
        if (code || !more || walk.frame.kind == FRAME_PADDING)
            break;
        content = content_size(&walk, &table, piece);
        if (content > FRAME_OUT_MAX) {
            *seekable = false;
            break;
        }
        code = builder_add(builder, walk.frame.in_end - walk.frame.in, content,
                           err);
        if (code == ERR_OK && map->frames > 0 &&
            map->in[map->frames] - map->in[map->frames - 1] > FRAME_IN_MAX)
            *seekable = false;
    }
    seektable_release(&table);
    return code;
}

enum err_code
frame_walk(const char *path, frame_hook *hook, void *ctx, bool *sized,
           struct error *err)
{
    struct walk walk = {.fd = -1};
    uint64_t out = 0;
    bool more = true;
    enum err_code code = file_open_regular(path, &walk.fd, &walk.bytes, err);

    if (code)
        return code;
    *sized = true;
    while (!code) {
        code = walk_next(&walk, &more, err);
        if (code || !more)
            break;
        walk.frame.out = out;
        if (walk.content > UINT64_MAX - 1 - out)
            *sized = false;
        else
            out += walk.content;
        walk.frame.out_end = out;
        code = hook(ctx, &walk.frame, err);
    }
    close(walk.fd);
    return code;
}

enum err_code
frame_map_scan(struct frame_map *map, const char *path, bool *seekable,
               struct error *err)
{
    struct map_builder builder = {0};
    unsigned char head[4];
    uint64_t bytes;
    bool can = false;
    int fd = -1;
    enum err_code code = file_open_regular(path, &fd, &bytes, err);
    size_t have;

    if (code)
        return code;
    have = bytes < sizeof(head) ? (size_t)bytes : sizeof(head);
    code = file_read_at(fd, 0, head, have, err);
    if (code)
        goto out;
    builder.map.container = container_sniff((struct str){(char *)head, have});
    if (builder.map.container == CONTAINER_ZSTD)
        code = scan_zstd(&builder, fd, bytes, &can, err);
    else
        can = builder.map.container == CONTAINER_PLAIN;
    if (code)
        goto out;
    *seekable = can;
    if (can) {
        *map = builder.map;
        builder.map = (struct frame_map){0};
    }
out:
    close(fd);
    frame_map_release(&builder.map);
    return code;
}

enum err_code
frame_map_load_seekable(struct frame_map *map, const char *path,
                        struct error *err)
{
    struct map_builder builder = {.map.container = CONTAINER_ZSTD};
    struct seektable table = {0};
    uint64_t bytes;
    bool found = false;
    int fd = -1;
    enum err_code code = file_open_regular(path, &fd, &bytes, err);

    if (code)
        return code;
    code = seektable_read(&table, fd, bytes, &found, err);
    if (code == ERR_OK && !found)
        code = error_set_at(err, ERR_FORMAT, bytes,
                            "no seek table at the end of the file");
    if (code == ERR_OK)
        code = builder_grow(&builder, err);
    for (size_t i = 0; code == ERR_OK && i < table.count; i++) {
        if (table.entries[i].out > COPY_FRAME_MAX ||
            (table.entries[i].in == 0 && table.entries[i].out > 0))
            code = error_set_at(err, ERR_FORMAT, table.frames_end,
                                "seek table: frame %zu claims %lu bytes in %lu",
                                i, (unsigned long)table.entries[i].out,
                                (unsigned long)table.entries[i].in);
        else
            code = builder_add(&builder, table.entries[i].in,
                               table.entries[i].out, err);
    }
    if (code == ERR_OK) {
        *map = builder.map;
        builder.map = (struct frame_map){0};
    }
    close(fd);
    seektable_release(&table);
    frame_map_release(&builder.map);
    return code;
}

void
frame_map_pack(const struct frame_map *map, struct buf *out)
{
    xbuf_append_varint(out, (uint64_t)map->container);
    xbuf_append_varint(out, map->frames);
    if (map->in)
        xbuf_append_varint(out, map->in[0]);
    for (size_t i = 0; map->in && i < map->frames; i++) {
        xbuf_append_varint(out, map->in[i + 1] - map->in[i]);
        xbuf_append_varint(out, map->out[i + 1] - map->out[i]);
    }
}

static enum err_code
bad_pack(size_t at, struct error *err)
{
    return error_set_at(err, ERR_FORMAT, at, "damaged frame map at byte %zu",
                        at);
}

enum err_code
frame_map_unpack(struct frame_map *map, struct str packed, struct error *err)
{
    struct map_builder builder = {0};
    uint64_t container;
    uint64_t frames;
    size_t at = 0;
    enum err_code code = ERR_OK;

    if (!str_get_varint(packed, &at, &container) ||
        container > CONTAINER_ZSTD || !str_get_varint(packed, &at, &frames))
        return bad_pack(at, err);
    builder.map.container = (enum container)container;
    if (container == CONTAINER_ZSTD)
        code = builder_grow(&builder, err);
    else if (frames > 0)
        return bad_pack(at, err);
    if (code == ERR_OK && container == CONTAINER_ZSTD) {
        uint64_t first;

        if (!str_get_varint(packed, &at, &first) || first > INT64_MAX)
            code = bad_pack(at, err);
        else
            builder.map.in[0] = first;
    }
    for (uint64_t i = 0; code == ERR_OK && i < frames; i++) {
        uint64_t in;
        uint64_t out;

        if (!str_get_varint(packed, &at, &in) ||
            !str_get_varint(packed, &at, &out) || in == 0 || out == 0 ||
            in > UINT32_MAX || out > UINT32_MAX)
            code = bad_pack(at, err);
        else
            code = builder_add(&builder, in, out, err);
    }
    if (code == ERR_OK && at != packed.len)
        code = bad_pack(at, err);
    if (code) {
        frame_map_release(&builder.map);
        return code;
    }
    *map = builder.map;
    return ERR_OK;
}
