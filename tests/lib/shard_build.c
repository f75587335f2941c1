/* Shards of every layout for the tests. Aborts on any failure of its own. */
#include "config.h"

#include "tests/lib/shard_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "stet/fileio.h"

#define CHECK(condition)                                             \
    do {                                                             \
        if (!(condition)) {                                          \
            printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                 \
        }                                                            \
    } while (0)

static char folder[256];
static char path_buffer[1024];

void
random_start(struct random_source *r)
{
    const char *seed = getenv("STET_TEST_SEED");

    r->state = seed ? strtoull(seed, NULL, 10)
                    : (uint64_t)time(NULL) * 1000 + (uint64_t)getpid();
    printf("# STET_TEST_SEED=%llu\n", (unsigned long long)r->state);
}

uint64_t
random_below(struct random_source *r, uint64_t bound)
{
    uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    z ^= z >> 31;
    return bound ? z % bound : 0;
}

const char *
test_folder(void)
{
    const char *tmp = getenv("TMPDIR");

    if (!folder[0]) {
        (void)snprintf(folder, sizeof(folder), "%s/stet-test-XXXXXX",
                       tmp ? tmp : "/tmp");
        CHECK(mkdtemp(folder));
    }
    return folder;
}

void
test_folder_remove(void)
{
    struct error err = ERROR_INIT;

    if (folder[0])
        folder_remove(folder, &err);
    folder[0] = '\0';
}

const char *
test_path(const char *name)
{
    (void)snprintf(path_buffer, sizeof(path_buffer), "%s/%s", test_folder(),
                   name);
    return path_buffer;
}

const char *
data_path(const char *name)
{
    static bool said;
    const char *root = getenv("STET_TEST_DATA");

    if (!root || !file_is_folder(root)) {
        if (!said)
            printf("# no test data: STET_TEST_DATA names no folder\n");
        said = true;
        return NULL;
    }
    (void)snprintf(path_buffer, sizeof(path_buffer), "%s/%s", root, name);
    return path_buffer;
}

void
write_file(const char *path, struct str bytes)
{
    FILE *file = fopen(path, "wb");

    CHECK(file);
    CHECK(fwrite(bytes.ptr ? bytes.ptr : "", 1, bytes.len, file) == bytes.len);
    CHECK(fclose(file) == 0);
}

void
read_file(const char *path, struct buf *out)
{
    struct error err = ERROR_INIT;

    CHECK(file_read(path, SIZE_MAX / 2, out, &err) == ERR_OK);
}

void
add_zstd_frame(struct buf *out, struct str bytes, bool checksum,
               bool content_size)
{
    ZSTD_CCtx *ctx = ZSTD_createCCtx();
    size_t bound = ZSTD_compressBound(bytes.len);
    char *packed = malloc(bound);
    size_t len;

    CHECK(ctx && packed);
    ZSTD_CCtx_setParameter(ctx, ZSTD_c_compressionLevel, 1);
    ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, checksum);
    ZSTD_CCtx_setParameter(ctx, ZSTD_c_contentSizeFlag, content_size);
    len = ZSTD_compress2(ctx, packed, bound, bytes.ptr ? bytes.ptr : "",
                         bytes.len);
    CHECK(!ZSTD_isError(len));
    xbuf_append(out, packed, len);
    free(packed);
    ZSTD_freeCCtx(ctx);
}

static void
add_le32(struct buf *out, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        char byte = (char)(value >> (8 * i) & 0xFF);

        xbuf_append(out, &byte, 1);
    }
}

void
add_skippable(struct buf *out, struct str bytes)
{
    add_le32(out, 0x184D2A53u);
    add_le32(out, (uint32_t)bytes.len);
    xbuf_append_str(out, bytes);
}

void
add_gzip_member(struct buf *out, struct str bytes)
{
    z_stream z = {0};
    size_t bound;
    unsigned char *packed;

    CHECK(deflateInit2(&z, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    bound = deflateBound(&z, (uLong)bytes.len) + 32;
    packed = malloc(bound);
    CHECK(packed);
    z.next_in = (unsigned char *)(uintptr_t)bytes.ptr;
    z.avail_in = (uInt)bytes.len;
    z.next_out = packed;
    z.avail_out = (uInt)bound;
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    xbuf_append(out, packed, bound - z.avail_out);
    deflateEnd(&z);
    free(packed);
}

static void
decode_zstd(struct str file, struct buf *out)
{
    ZSTD_DCtx *ctx = ZSTD_createDCtx();
    ZSTD_inBuffer input = {file.ptr, file.len, 0};
    char chunk[4096];
    size_t status = 0;
    size_t made = 0;

    CHECK(ctx);
    while (input.pos < input.size || (status != 0 && made == sizeof(chunk))) {
        ZSTD_outBuffer output = {chunk, sizeof(chunk), 0};
        const char *rest = file.ptr + input.pos;

        /* Zero padding behind the last frame. */
        if (status == 0 && input.pos < input.size && *rest == 0)
            break;
        status = ZSTD_decompressStream(ctx, &output, &input);
        CHECK(!ZSTD_isError(status));
        made = output.pos;
        xbuf_append(out, chunk, made);
    }
    CHECK(status == 0);
    ZSTD_freeDCtx(ctx);
}

static void
decode_gzip(struct str file, struct buf *out)
{
    z_stream z = {0};
    char chunk[4096];
    int status = Z_OK;

    CHECK(inflateInit2(&z, 31) == Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)file.ptr;
    z.avail_in = (uInt)file.len;
    while (z.avail_in > 0) {
        z.next_out = (unsigned char *)chunk;
        z.avail_out = sizeof(chunk);
        status = inflate(&z, Z_NO_FLUSH);
        CHECK(status == Z_OK || status == Z_STREAM_END);
        xbuf_append(out, chunk, sizeof(chunk) - z.avail_out);
        if (status == Z_STREAM_END)
            inflateReset(&z);
    }
    CHECK(file.len == 0 || status == Z_STREAM_END);
    inflateEnd(&z);
}

void
decode_all(struct str file, enum container container, struct buf *out)
{
    if (container == CONTAINER_ZSTD)
        decode_zstd(file, out);
    else if (container == CONTAINER_GZIP)
        decode_gzip(file, out);
    else
        xbuf_append_str(out, file);
}

void
random_lines(struct random_source *r, size_t len, struct buf *out)
{
    size_t end = out->len + len;

    while (out->len < end) {
        uint64_t words = random_below(r, 8) == 0 ? random_below(r, 400)
                                                 : random_below(r, 30);

        xbuf_printf(out, "{\"text\":\"");
        for (uint64_t i = 0; i < words; i++)
            xbuf_printf(out, "%llu ",
                        (unsigned long long)random_below(r, 100000));
        xbuf_printf(out, "\"}%s\n", random_below(r, 20) ? "" : "\r");
        if (random_below(r, 30) == 0)
            xbuf_append(out, "\n", 1);
    }
    if (len > 0 && random_below(r, 3) == 0)
        out->len--; /* no line end behind the last line */
}

static void
add_seek_table(struct buf *out, const struct buf *entries, uint32_t count)
{
    add_le32(out, 0x184D2A5Eu);
    add_le32(out, (uint32_t)entries->len + 9);
    xbuf_append_str(out, buf_str(entries));
    add_le32(out, count);
    xbuf_append(out, "\0", 1);
    add_le32(out, 0x8F92EAB1u);
}

static void
random_zstd(struct random_source *r, struct str content, struct buf *file,
            struct layout *layout)
{
    struct buf entries = {0};
    size_t offsets[257] = {0};
    uint32_t count = 0;
    size_t at = 0;
    uint64_t frames = random_below(r, 3) ? 1 + random_below(r, 40) : 1;

    layout->seek_table = random_below(r, 3) == 0;
    while (at < content.len || layout->frame_count == 0) {
        size_t left = content.len - at;
        size_t len = layout->frame_count + 1 >= frames
                         ? left
                         : (size_t)random_below(r, 2 * left / frames + 2);
        size_t before = file->len;

        len = len > left ? left : len;
        if (random_below(r, 10) == 0) {
            add_skippable(file, STR_LIT("not data"));
            add_le32(&entries, (uint32_t)(file->len - before));
            add_le32(&entries, 0);
            count++;
            before = file->len;
        }
        if (len == 0 && left > 0)
            len = random_below(r, 2);
        offsets[layout->frame_count] = before;
        layout->starts[layout->frame_count++] = at;
        add_zstd_frame(file, str_slice(content, at, at + len),
                       random_below(r, 2), random_below(r, 4));
        offsets[layout->frame_count] = file->len;
        add_le32(&entries, (uint32_t)(file->len - before));
        add_le32(&entries, (uint32_t)len);
        count++;
        at += len;
        CHECK(layout->frame_count < 256);
    }
    layout->starts[layout->frame_count] = content.len;
    if (layout->seek_table)
        add_seek_table(file, &entries, count);
    else if (random_below(r, 5) == 0)
        xbuf_append(file, "\0\0\0\0\0\0\0", random_below(r, 8));
    for (size_t i = 0; i < layout->frame_count; i++) {
        size_t end =
            offsets[i] + ZSTD_findFrameCompressedSize(file->ptr + offsets[i],
                                                      file->len - offsets[i]);

        layout->frames[i] = str_slice(buf_str(file), offsets[i], end);
    }
    buf_release(&entries);
}

void
random_shard(struct random_source *r, enum container container,
             struct str content, struct buf *file, struct layout *layout)
{
    size_t at = 0;

    *layout = (struct layout){.container = container};
    if (container == CONTAINER_ZSTD) {
        random_zstd(r, content, file, layout);
        return;
    }
    if (container == CONTAINER_PLAIN) {
        xbuf_append_str(file, content);
        return;
    }
    do {
        size_t left = content.len - at;
        size_t len = (size_t)random_below(r, left + 1);

        if (random_below(r, 2) == 0)
            len = left;
        add_gzip_member(file, str_slice(content, at, at + len));
        at += len;
    } while (at < content.len);
}
