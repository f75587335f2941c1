/* Any bytes as a seek table and as a packed frame map: refused, or a map that
 * is in order and reads without leaving the file. */
#include "config.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stet/shard.h"
#include "tests/fuzz/fuzz.h"

static void
check_map(const struct frame_map *map)
{
    for (size_t i = 0; i < map->frames; i++) {
        FUZZ_CHECK(map->in[i] < map->in[i + 1]);
        FUZZ_CHECK(map->out[i] < map->out[i + 1]);
    }
}

static void
check_reading(const char *path, struct frame_map *map)
{
    struct shard_reader *reader = NULL;
    struct error err = ERROR_INIT;
    struct buf out = {.max = 1 << 20};
    uint64_t total = map->frames ? map->out[map->frames] : 0;

    if (map->container == CONTAINER_PLAIN)
        total = 100;
    if (shard_reader_open(&reader, path, map, &err) != ERR_OK)
        return;
    for (uint64_t at = 0; at < total && at < 5000; at += 977) {
        size_t len = total - at < 100 ? (size_t)(total - at) : 100;

        buf_clear(&out);
        if (shard_reader_read(reader, at, len, &out, &err) == ERR_OK)
            FUZZ_CHECK(out.len == len);
        else
            FUZZ_CHECK(out.len == 0);
    }
    shard_reader_close(reader);
    buf_release(&out);
}

static void
check_unpack(struct str packed, const char *path)
{
    struct frame_map map = {.frames = 0};
    struct frame_map twin = {.frames = 0};
    struct error err = ERROR_INIT;
    struct buf again = {.max = 0};

    if (frame_map_unpack(&map, packed, &err) != ERR_OK)
        return;
    check_map(&map);
    frame_map_pack(&map, &again);
    FUZZ_CHECK(frame_map_unpack(&twin, buf_str(&again), &err) == ERR_OK);
    FUZZ_CHECK(twin.frames == map.frames);
    check_reading(path, &map);
    frame_map_release(&map);
    frame_map_release(&twin);
    buf_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame_map map = {.frames = 0};
    struct error err = ERROR_INIT;
    char path[64];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    if (fd < 0)
        return 0;
    FUZZ_CHECK(write(fd, data, size) == (ssize_t)size);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (frame_map_load_seekable(&map, path, &err) == ERR_OK) {
        check_map(&map);
        check_reading(path, &map);
    }
    frame_map_release(&map);
    check_unpack((struct str){(const char *)data, size}, path);
    close(fd);
    return 0;
}
