/* Random access: maps by scanning and by seek table, their packed form, and
 * reads that equal the bytes read in order. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stet/shard.h"
#include "stet/shard_writer.h"

#include "tests/lib/shard_build.h"

/* Read random stretches and compare them with the content. */
static void
check_reads(struct random_source *r, const char *path, struct frame_map *map,
            struct str content, unsigned reads)
{
    struct shard_reader *reader;
    struct error err = ERROR_INIT;
    struct buf out = {0};

    if (shard_reader_open(&reader, path, map, &err) != ERR_OK)
        fail_msg("%s", err.message);
    for (unsigned i = 0; i < reads; i++) {
        uint64_t start = random_below(r, content.len + 1);
        size_t len = (size_t)random_below(r, content.len - start + 1);

        if (random_below(r, 3))
            len = len > 100 ? 100 : len;
        buf_clear(&out);
        xbuf_append(&out, "kept", 4);
        if (shard_reader_read(reader, start, len, &out, &err) != ERR_OK)
            fail_msg("%s", err.message);
        assert_int_equal(out.len, len + 4);
        assert_memory_equal(out.ptr, "kept", 4);
        assert_true(
            str_equal(str_slice(buf_str(&out), 4, out.len),
                      str_slice(content, (size_t)start, (size_t)start + len)));
    }
    buf_clear(&out);
    assert_int_equal(shard_reader_read(reader, content.len, 1, &out, &err),
                     ERR_FORMAT);
    assert_int_equal(shard_reader_read(reader, UINT64_MAX, 1, &out, &err),
                     ERR_FORMAT);
    assert_int_equal(out.len, 0);
    shard_reader_close(reader);
    buf_release(&out);
}

static void
check_pack(const struct frame_map *map)
{
    struct buf packed = {0};
    struct frame_map again = {.frames = 0};
    struct error err = ERROR_INIT;

    frame_map_pack(map, &packed);
    assert_int_equal(frame_map_unpack(&again, buf_str(&packed), &err), ERR_OK);
    assert_int_equal(again.container, map->container);
    assert_int_equal(again.frames, map->frames);
    if (map->in) {
        size_t bytes = (map->frames + 1) * sizeof(*map->in);

        assert_memory_equal(again.in, map->in, bytes);
        assert_memory_equal(again.out, map->out, bytes);
    }
    frame_map_release(&again);
    for (size_t cut = 0; cut < packed.len; cut++)
        assert_int_equal(
            frame_map_unpack(&again, str_slice(buf_str(&packed), 0, cut), &err),
            ERR_FORMAT);
    buf_release(&packed);
}

static void
test_random_layouts(void **state)
{
    struct random_source r;
    unsigned seekables = 0;

    (void)state;
    random_start(&r);
    for (unsigned i = 0; i < 120; i++) {
        struct buf content = {0};
        struct buf file = {0};
        struct layout layout;
        struct frame_map map = {.frames = 0};
        struct error err = ERROR_INIT;
        bool seekable = false;
        enum container container = (enum container)random_below(&r, 3);

        random_lines(&r, random_below(&r, 5000), &content);
        random_shard(&r, container, buf_str(&content), &file, &layout);
        write_file(test_path("shard"), buf_str(&file));
        if (frame_map_scan(&map, test_path("shard"), &seekable, &err))
            fail_msg("%s", err.message);
        if (container == CONTAINER_GZIP && content.len > 0)
            assert_false(seekable);
        if (container == CONTAINER_PLAIN)
            assert_true(seekable);
        if (container == CONTAINER_ZSTD && layout.seek_table)
            assert_true(seekable);
        seekables += seekable && container == CONTAINER_ZSTD;
        if (seekable) {
            check_pack(&map);
            check_reads(&r, test_path("shard"), &map, buf_str(&content), 20);
        }
        frame_map_release(&map);
        buf_release(&content);
        buf_release(&file);
    }
    assert_true(seekables > 0);
}

static void
test_seekable_copy(void **state)
{
    struct random_source r;
    const size_t sizes[] = {0, 1, 999, 1000, 1001, 700000};

    (void)state;
    random_start(&r);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct seekable_options options = {.frame_size = i < 5 ? 1000 : 0};
        struct seekable_writer *writer;
        struct buf content = {0};
        struct buf file = {0};
        struct buf decoded = {0};
        struct frame_map map = {.frames = 0};
        struct error err = ERROR_INIT;
        bool seekable = false;

        random_lines(&r, sizes[i], &content);
        content.len = sizes[i] < content.len ? sizes[i] : content.len;
        assert_int_equal(
            seekable_writer_open(&writer, test_path("copy"), &options, &err),
            ERR_OK);
        for (size_t at = 0; at < content.len;) {
            size_t part = (size_t)random_below(&r, content.len / 3 + 2);

            part = part > content.len - at ? content.len - at : part;
            assert_int_equal(
                seekable_writer_write(writer, content.ptr + at, part, &err),
                ERR_OK);
            at += part;
        }
        assert_int_equal(seekable_writer_commit(writer, &err), ERR_OK);
        read_file(test_path("copy"), &file);
        decode_all(buf_str(&file), CONTAINER_ZSTD, &decoded);
        assert_true(str_equal(buf_str(&decoded), buf_str(&content)));
        assert_int_equal(
            frame_map_scan(&map, test_path("copy"), &seekable, &err), ERR_OK);
        assert_true(seekable);
        frame_map_release(&map);
        if (frame_map_load_seekable(&map, test_path("copy"), &err))
            fail_msg("%s", err.message);
        if (i < 5)
            assert_int_equal(map.frames, (content.len + 999) / 1000);
        check_reads(&r, test_path("copy"), &map, buf_str(&content), 30);
        frame_map_release(&map);
        buf_release(&content);
        buf_release(&file);
        buf_release(&decoded);
    }
}

static void
test_abort(void **state)
{
    struct seekable_writer *writer;
    struct error err = ERROR_INIT;
    FILE *file;

    (void)state;
    assert_int_equal(
        seekable_writer_open(&writer, test_path("copy"), NULL, &err), ERR_OK);
    assert_int_equal(seekable_writer_write(writer, "abc", 3, &err), ERR_OK);
    seekable_writer_abort(writer);
    seekable_writer_abort(NULL);
    file = fopen(test_path("copy"), "rb");
    assert_null(file);
}

/* A seek table or a map that lies is found out, without a crash. */
static void
test_lies(void **state)
{
    struct random_source r = {3};
    struct buf content = {0};
    struct buf file = {0};
    struct buf bad = {0};
    struct error err = ERROR_INIT;
    struct seekable_options options = {.frame_size = 500};
    struct seekable_writer *writer;

    (void)state;
    random_lines(&r, 3000, &content);
    assert_int_equal(
        seekable_writer_open(&writer, test_path("copy"), &options, &err),
        ERR_OK);
    assert_int_equal(
        seekable_writer_write(writer, content.ptr, content.len, &err), ERR_OK);
    assert_int_equal(seekable_writer_commit(writer, &err), ERR_OK);
    read_file(test_path("copy"), &file);
    for (size_t i = 1; i < 120 && i < file.len; i++) {
        struct frame_map map = {.frames = 0};
        struct shard_reader *reader;
        struct buf out = {0};

        buf_clear(&bad);
        xbuf_append_str(&bad, buf_str(&file));
        bad.ptr[file.len - i] ^= (char)(1 << random_below(&r, 8));
        write_file(test_path("bad"), buf_str(&bad));
        if (frame_map_load_seekable(&map, test_path("bad"), &err) == ERR_OK &&
            shard_reader_open(&reader, test_path("bad"), &map, &err) ==
                ERR_OK) {
            if (shard_reader_read(reader, 0, content.len, &out, &err) == ERR_OK)
                assert_true(str_equal(buf_str(&out), buf_str(&content)));
            shard_reader_close(reader);
        }
        buf_release(&out);
        frame_map_release(&map);
    }
    buf_release(&content);
    buf_release(&file);
    buf_release(&bad);
}

static void
test_shorter_file(void **state)
{
    struct buf file = {0};
    struct buf out = {0};
    struct frame_map map;
    struct shard_reader *reader;
    struct error err = ERROR_INIT;
    bool seekable = false;

    (void)state;
    add_zstd_frame(&file, STR_LIT("0123456789"), true, true);
    add_zstd_frame(&file, STR_LIT("abcdefghij"), true, true);
    write_file(test_path("shard"), buf_str(&file));
    assert_int_equal(frame_map_scan(&map, test_path("shard"), &seekable, &err),
                     ERR_OK);
    assert_int_equal(map.frames, 2);
    write_file(test_path("shard"), str_slice(buf_str(&file), 0, file.len - 3));
    assert_int_equal(shard_reader_open(&reader, test_path("shard"), &map, &err),
                     ERR_OK);
    assert_int_equal(shard_reader_read(reader, 2, 5, &out, &err), ERR_OK);
    assert_true(str_equal(buf_str(&out), STR_LIT("23456")));
    assert_int_equal(shard_reader_read(reader, 8, 5, &out, &err), ERR_FORMAT);
    assert_int_equal(out.len, 5);
    shard_reader_close(reader);
    assert_int_equal(frame_map_scan(&map, test_path("shard"), &seekable, &err),
                     ERR_FORMAT);
    buf_release(&file);
    buf_release(&out);
}

static int
teardown(void **state)
{
    (void)state;
    test_folder_remove();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_random_layouts, teardown),
        cmocka_unit_test_teardown(test_seekable_copy, teardown),
        cmocka_unit_test_teardown(test_abort, teardown),
        cmocka_unit_test_teardown(test_lies, teardown),
        cmocka_unit_test_teardown(test_shorter_file, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
