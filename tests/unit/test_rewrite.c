/* Rewriting: what comes out decompresses to the input with its splices,
 * byte for byte, in every container and layout; frames without a splice are
 * the same bytes; what is damaged gives no output. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stet/fileio.h"
#include "stet/shard_writer.h"

#include "tests/lib/shard_build.h"

#define SPLICES_MAX 40

struct edit {
    struct splice splices[SPLICES_MAX];
    size_t count;
    struct buf words; /* the replacements */
};

/* Edges are where mistakes live: half of the offsets are at one. */
static uint64_t
random_offset(struct random_source *r, const struct layout *layout,
              uint64_t from, uint64_t end)
{
    uint64_t at = from + random_below(r, end - from + 1);

    if (layout->frame_count > 0 && random_below(r, 2)) {
        uint64_t edge =
            layout->starts[random_below(r, layout->frame_count + 1)];

        if (edge >= from && edge <= end)
            at = edge;
    }
    return at;
}

static void
random_edit(struct random_source *r, const struct layout *layout,
            uint64_t total, struct edit *edit)
{
    uint64_t at = 0;
    uint64_t wanted =
        random_below(r, 6) ? random_below(r, 6) : random_below(r, SPLICES_MAX);
    size_t starts[SPLICES_MAX + 1] = {0};

    edit->count = 0;
    buf_clear(&edit->words);
    for (uint64_t i = 0; i < wanted && at <= total; i++) {
        struct splice *splice = &edit->splices[edit->count];
        uint64_t end = random_offset(r, layout, at, total);

        if (random_below(r, 2) && end - at > 50)
            end = at + random_below(r, 50);
        splice->offset = end;
        splice->length = 0;
        if (random_below(r, 4))
            splice->length = random_offset(r, layout, end, total) - end;
        if (random_below(r, 3) && splice->length > 300)
            splice->length = random_below(r, 300);
        starts[edit->count++] = edit->words.len;
        if (random_below(r, 3))
            random_lines(r, random_below(r, 200), &edit->words);
        at = splice->offset + splice->length + random_below(r, 2);
    }
    starts[edit->count] = edit->words.len;
    for (size_t i = 0; i < edit->count; i++)
        edit->splices[i].bytes =
            str_slice(buf_str(&edit->words), starts[i], starts[i + 1]);
}

static void
splice_simply(struct str content, const struct edit *edit, struct buf *out)
{
    size_t at = 0;

    for (size_t i = 0; i < edit->count; i++) {
        const struct splice *splice = &edit->splices[i];

        xbuf_append_str(out, str_slice(content, at, (size_t)splice->offset));
        xbuf_append_str(out, splice->bytes);
        at = (size_t)(splice->offset + splice->length);
    }
    xbuf_append_str(out, str_slice(content, at, content.len));
}

static bool
frame_is_touched(const struct layout *layout, const struct edit *edit,
                 size_t frame)
{
    uint64_t start = layout->starts[frame];
    uint64_t end = layout->starts[frame + 1];
    uint64_t total = layout->starts[layout->frame_count];

    for (size_t i = 0; i < edit->count; i++) {
        uint64_t from = edit->splices[i].offset;
        uint64_t length = edit->splices[i].length;

        if (length == 0 && from == total && frame + 1 == layout->frame_count)
            return true;
        if (end > start && start < from + (length ? length : 1) && end > from)
            return true;
    }
    return false;
}

/* Untouched frames lie in the output, in order, bit for bit. */
static void
check_frames(const struct layout *layout, const struct edit *edit,
             struct str out, const struct rewrite_stats *stats)
{
    size_t at = 0;
    size_t kept = 0;

    for (size_t i = 0; i < layout->frame_count; i++) {
        if (frame_is_touched(layout, edit, i))
            continue;
        at = str_find(out, layout->frames[i], at);
        assert_int_not_equal(at, SIZE_MAX);
        at += layout->frames[i].len;
        kept++;
    }
    assert_int_equal(stats->frames_copied, kept);
}

static void
check_table(const char *path, uint64_t total)
{
    struct frame_map map = {.frames = 0};
    struct error err = ERROR_INIT;

    if (frame_map_load_seekable(&map, path, &err) != ERR_OK)
        fail_msg("%s", err.message);
    assert_int_equal(map.frames ? map.out[map.frames] : 0, total);
    frame_map_release(&map);
}

static void
rewrite_once(struct random_source *r, enum container container, size_t size)
{
    struct buf content = {0};
    struct buf file = {0};
    struct buf want = {0};
    struct buf got = {0};
    struct buf out = {0};
    struct edit edit = {.count = 0};
    struct layout layout;
    struct rewrite_stats stats = {0};
    struct error err = ERROR_INIT;
    struct hash hash;
    char *in_path = strdup(test_path("in"));
    char *out_path = strdup(test_path("out"));

    if (size > 0)
        random_lines(r, size, &content);
    random_shard(r, container, buf_str(&content), &file, &layout);
    random_edit(r, &layout, content.len, &edit);
    write_file(in_path, buf_str(&file));
    if (shard_rewrite(in_path, out_path, edit.splices, edit.count, NULL, &stats,
                      &err) != ERR_OK)
        fail_msg("%s", err.message);
    read_file(out_path, &out);
    if (edit.count == 0) {
        assert_true(str_equal(buf_str(&out), buf_str(&file)));
    } else {
        decode_all(buf_str(&out), container, &got);
        splice_simply(buf_str(&content), &edit, &want);
        assert_true(str_equal(buf_str(&got), buf_str(&want)));
        check_frames(&layout, &edit, buf_str(&out), &stats);
        if (layout.seek_table)
            check_table(out_path, want.len);
    }
    hash = hash_of(buf_str(&file));
    assert_true(hash_equal(&hash, &stats.hash_in));
    hash = hash_of(buf_str(&out));
    assert_true(hash_equal(&hash, &stats.hash_out));
    assert_int_equal(stats.bytes_in, file.len);
    assert_int_equal(stats.bytes_out, out.len);
    (void)remove(out_path);
    free(in_path);
    free(out_path);
    buf_release(&content);
    buf_release(&file);
    buf_release(&want);
    buf_release(&got);
    buf_release(&out);
    buf_release(&edit.words);
}

static void
test_random(void **state)
{
    struct random_source r;

    (void)state;
    random_start(&r);
    for (unsigned i = 0; i < 150; i++)
        for (int c = CONTAINER_PLAIN; c <= CONTAINER_ZSTD; c++)
            rewrite_once(&r, (enum container)c,
                         random_below(&r, 8) ? random_below(&r, 8000) : 0);
    for (int c = CONTAINER_PLAIN; c <= CONTAINER_ZSTD; c++)
        rewrite_once(&r, (enum container)c, 3 << 20);
}

/* The file that these splices and options make, and its hash. */
static struct hash
rewritten(const struct edit *edit, const struct rewrite_options *options,
          struct buf *out)
{
    struct rewrite_stats stats = {0};
    struct error err = ERROR_INIT;
    char *in_path = strdup(test_path("in"));
    char *out_path = strdup(test_path("out"));

    if (shard_rewrite(in_path, out_path, edit->splices, edit->count, options,
                      &stats, &err) != ERR_OK)
        fail_msg("%s", err.message);
    buf_clear(out);
    read_file(out_path, out);
    (void)remove(out_path);
    free(in_path);
    free(out_path);
    return stats.hash_out;
}

static void
same_for_threads(struct random_source *r, enum container container, size_t size)
{
    struct buf content = {0};
    struct buf file = {0};
    struct buf out = {0};
    struct edit edit = {.count = 0};
    struct layout layout;
    struct hash alone;

    random_lines(r, size, &content);
    random_shard(r, container, buf_str(&content), &file, &layout);
    do
        random_edit(r, &layout, content.len, &edit);
    while (edit.count == 0);
    write_file(test_path("in"), buf_str(&file));
    alone = rewritten(&edit, NULL, &out);
    for (unsigned threads = 1; threads <= 5; threads += 2) {
        struct rewrite_options options = {.threads = threads};
        struct hash more = rewritten(&edit, &options, &out);

        assert_true(hash_equal(&alone, &more));
        more = hash_of(buf_str(&out));
        assert_true(hash_equal(&alone, &more));
    }
    buf_release(&content);
    buf_release(&file);
    buf_release(&out);
    buf_release(&edit.words);
}

static void
test_threads(void **state)
{
    struct random_source r;

    (void)state;
    random_start(&r);
    for (int c = CONTAINER_PLAIN; c <= CONTAINER_ZSTD; c++) {
        same_for_threads(&r, (enum container)c, 7 << 20);
        same_for_threads(&r, (enum container)c, 3000);
    }
}

/* Any container becomes any other, with and without splices. */
static void
recode_once(struct random_source *r, enum container from, enum container to)
{
    struct buf content = {0};
    struct buf file = {0};
    struct buf want = {0};
    struct buf got = {0};
    struct buf out = {0};
    struct edit edit = {.count = 0};
    struct layout layout;
    struct rewrite_options options = {.recode = true,
                                      .container = to,
                                      .level = random_below(r, 2) ? 0 : 1,
                                      .threads = 2};

    random_lines(r, random_below(r, 4) ? 20000 : 2 << 20, &content);
    random_shard(r, from, buf_str(&content), &file, &layout);
    random_edit(r, &layout, content.len, &edit);
    write_file(test_path("in"), buf_str(&file));
    (void)rewritten(&edit, &options, &out);
    decode_all(buf_str(&out), to, &got);
    splice_simply(buf_str(&content), &edit, &want);
    assert_true(str_equal(buf_str(&got), buf_str(&want)));
    if (to == CONTAINER_ZSTD && from != to && want.len > 0) {
        write_file(test_path("in"), buf_str(&out));
        check_table(test_path("in"), want.len);
    }
    buf_release(&content);
    buf_release(&file);
    buf_release(&want);
    buf_release(&got);
    buf_release(&out);
    buf_release(&edit.words);
}

static void
test_recode(void **state)
{
    struct random_source r;

    (void)state;
    random_start(&r);
    for (unsigned i = 0; i < 4; i++)
        for (int from = CONTAINER_PLAIN; from <= CONTAINER_ZSTD; from++)
            for (int to = CONTAINER_PLAIN; to <= CONTAINER_ZSTD; to++)
                recode_once(&r, (enum container)from, (enum container)to);
}

/* A splice over the end of a frame, a skippable frame and the next frame. */
static void
test_splice_over_skippable(void **state)
{
    struct buf file = {0};
    struct buf out = {0};
    struct buf got = {0};
    struct splice splice = {4, 6, STR_LIT("XY")};
    struct rewrite_stats stats;
    struct error err = ERROR_INIT;
    char *in_path = strdup(test_path("in"));

    (void)state;
    add_zstd_frame(&file, STR_LIT("one\ntwo\n"), true, true);
    add_skippable(&file, STR_LIT("kept"));
    add_zstd_frame(&file, STR_LIT("three\nfour\n"), false, false);
    write_file(in_path, buf_str(&file));
    assert_int_equal(shard_rewrite(in_path, test_path("out"), &splice, 1, NULL,
                                   &stats, &err),
                     ERR_OK);
    read_file(test_path("out"), &out);
    decode_all(buf_str(&out), CONTAINER_ZSTD, &got);
    assert_true(str_equal(buf_str(&got), STR_LIT("one\nXYree\nfour\n")));
    assert_int_not_equal(str_find(buf_str(&out), STR_LIT("kept"), 0), SIZE_MAX);
    assert_int_equal(stats.frames_copied, 0);
    free(in_path);
    buf_release(&file);
    buf_release(&out);
    buf_release(&got);
}

/* Large lines: re-encoded frames are cut at line ends, within the sizes. */
static void
test_frame_sizes(void **state)
{
    struct random_source r = {7};
    struct buf content = {0};
    struct buf file = {0};
    struct buf out = {0};
    struct frame_map map;
    struct splice splice = {100, 1, STR_LIT("")};
    struct error err = ERROR_INIT;
    bool seekable = false;
    char *in_path = strdup(test_path("in"));

    (void)state;
    random_lines(&r, 2 << 20, &content);
    add_zstd_frame(&file, buf_str(&content), false, false);
    write_file(in_path, buf_str(&file));
    assert_int_equal(
        shard_rewrite(in_path, test_path("out"), &splice, 1, NULL, NULL, &err),
        ERR_OK);
    assert_int_equal(frame_map_scan(&map, test_path("out"), &seekable, &err),
                     ERR_OK);
    assert_true(seekable);
    assert_true(map.frames > 4);
    for (size_t i = 0; i + 1 < map.frames; i++) {
        assert_in_range(map.out[i + 1] - map.out[i], 256 << 10, 1 << 20);
        /* The input lost one byte before every frame's end. */
        assert_int_equal(content.ptr[map.out[i + 1]], '\n');
    }
    free(in_path);
    frame_map_release(&map);
    buf_release(&content);
    buf_release(&file);
    buf_release(&out);
}

static void
check_refused(struct str file, const struct splice *splices, size_t count,
              enum err_code code)
{
    struct error err = ERROR_INIT;
    char *in_path = strdup(test_path("in"));

    write_file(in_path, file);
    assert_int_equal(shard_rewrite(in_path, test_path("out"), splices, count,
                                   NULL, NULL, &err),
                     code);
    assert_int_equal(err.code, code);
    assert_false(file_exists(test_path("out")));
    free(in_path);
}

static void
test_refusals(void **state)
{
    const struct splice late = {9, 0, STR_LIT("x")};
    const struct splice over = {5, 4, STR_LIT("x")};
    const struct splice twice[] = {{2, 3, STR_LIT("x")}, {4, 1, STR_LIT("y")}};
    const struct splice good = {0, 1, STR_LIT("x")};
    struct buf file = {0};
    struct names names;
    struct error err = ERROR_INIT;
    const int cancel = 1;
    const struct rewrite_options cancelled = {.cancel = &cancel};
    char *path;

    (void)state;
    check_refused(STR_LIT("12345678"), &late, 1, ERR_FORMAT);
    check_refused(STR_LIT("12345678"), &over, 1, ERR_FORMAT);
    check_refused(STR_LIT("12345678"), twice, 2, ERR_FORMAT);
    add_zstd_frame(&file, STR_LIT("12345678"), true, true);
    check_refused(buf_str(&file), &late, 1, ERR_FORMAT);
    check_refused(buf_str(&file), &over, 1, ERR_FORMAT);
    check_refused(str_slice(buf_str(&file), 0, file.len - 2), &good, 1,
                  ERR_FORMAT);
    path = strdup(test_path("in"));
    write_file(path, buf_str(&file));
    assert_int_equal(
        shard_rewrite(path, test_path("out"), &good, 1, &cancelled, NULL, &err),
        ERR_CANCELLED);
    assert_int_equal(shard_rewrite(path, path, &good, 1, NULL, NULL, &err),
                     ERR_EXISTS);
    /* No temporary file stays behind. */
    assert_int_equal(folder_list(test_folder(), true, &names, &err), ERR_OK);
    assert_int_equal(names.count, 1);
    names_free(&names);
    free(path);
    buf_release(&file);
}

static void
check_lines(enum container container, struct str lines)
{
    struct buf out = {0};
    struct buf got = {0};
    struct error err = ERROR_INIT;

    assert_int_equal(
        shard_write_lines(test_path("lines"), container, lines, &err), ERR_OK);
    read_file(test_path("lines"), &out);
    decode_all(buf_str(&out), container, &got);
    assert_true(str_equal(buf_str(&got), lines));
    buf_release(&out);
    buf_release(&got);
}

static void
test_write_lines(void **state)
{
    struct random_source r = {3};
    struct buf lines = {0};

    (void)state;
    random_lines(&r, 3 << 20, &lines);
    for (int c = CONTAINER_PLAIN; c <= CONTAINER_ZSTD; c++) {
        check_lines((enum container)c, buf_str(&lines));
        check_lines((enum container)c, STR_LIT(""));
        check_lines((enum container)c, STR_LIT("{}\n"));
    }
    buf_release(&lines);
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
        cmocka_unit_test_teardown(test_random, teardown),
        cmocka_unit_test_teardown(test_threads, teardown),
        cmocka_unit_test_teardown(test_recode, teardown),
        cmocka_unit_test_teardown(test_splice_over_skippable, teardown),
        cmocka_unit_test_teardown(test_frame_sizes, teardown),
        cmocka_unit_test_teardown(test_refusals, teardown),
        cmocka_unit_test_teardown(test_write_lines, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
