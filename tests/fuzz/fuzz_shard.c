/* Any bytes as a shard file: reading in order ends, lines cover the content,
 * and where the file can be read at random it gives the same bytes. */
#include "config.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stet/shard.h"
#include "tests/fuzz/fuzz.h"

#define CONTENT_MAX ((size_t)4 << 20)

static enum err_code
keep(void *ctx, const void *ptr, size_t len, struct error *err)
{
    struct buf *content = ctx;

    if (content->len + len > CONTENT_MAX)
        return error_set(err, ERR_CANCELLED, "enough");
    return buf_append(content, ptr, len, err);
}

static enum err_code
read_in_order(int fd, struct buf *content)
{
    const struct shard_limits limits = {
        .max_record = 300, .max_window_log = 20, .max_ratio = 1000};
    struct shard *shard = NULL;
    struct record record = {.kind = RECORD_LINE};
    struct error err = ERROR_INIT;
    uint64_t at = 0;
    enum err_code code = shard_open_fd(&shard, fd, "input", &limits, &err);

    if (code)
        return code;
    shard_set_tee(shard, keep, content);
    for (uint64_t number = 0; code == ERR_OK; number++) {
        code = shard_next(shard, &record, &err);
        if (code || record.kind == RECORD_END)
            break;
        FUZZ_CHECK(record.number == number);
        FUZZ_CHECK(record.offset == at || (at == 0 && record.offset == 3));
        FUZZ_CHECK(record.kind == RECORD_TOO_LONG ||
                   record.raw.len == record.length);
        at = record.offset + record.length + record.line_end;
        FUZZ_CHECK(at <= content->len);
        if (record.kind != RECORD_TOO_LONG && record.raw.len > 0)
            FUZZ_CHECK(memcmp(record.raw.ptr, content->ptr + record.offset,
                              record.raw.len) == 0);
    }
    if (code == ERR_OK)
        FUZZ_CHECK(at == content->len);
    else
        FUZZ_CHECK(err.message[0] != '\0');
    shard_close(shard);
    return code;
}

static void
read_at_random(const char *path, enum err_code in_order, struct str content)
{
    struct frame_map map = {.frames = 0};
    struct shard_reader *reader = NULL;
    struct error err = ERROR_INIT;
    struct buf out = {.max = 0};
    bool seekable = false;
    uint64_t total;

    if (frame_map_scan(&map, path, &seekable, &err) || !seekable)
        return;
    total = map.frames ? map.out[map.frames] : 0;
    if (map.container == CONTAINER_PLAIN)
        total = content.len;
    if (total <= CONTENT_MAX &&
        shard_reader_open(&reader, path, &map, &err) == ERR_OK) {
        enum err_code code =
            shard_reader_read(reader, 0, (size_t)total, &out, &err);

        if (code == ERR_OK && in_order == ERR_OK)
            FUZZ_CHECK(str_equal(buf_str(&out), content));
    }
    shard_reader_close(reader);
    frame_map_release(&map);
    buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf content = {.max = 0};
    char path[64];
    enum err_code code;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    int reading;

    if (fd < 0)
        return 0;
    FUZZ_CHECK(write(fd, data, size) == (ssize_t)size);
    FUZZ_CHECK(lseek(fd, 0, SEEK_SET) == 0);
    reading = dup(fd);
    FUZZ_CHECK(reading >= 0);
    code = read_in_order(reading, &content);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    read_at_random(path, code, buf_str(&content));
    close(fd);
    buf_release(&content);
    return 0;
}
