/* Reading shards in order: every line of every layout, limits, and damage
 * told with its place after the records before it. */
#include "config.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "stet/shard.h"

#include "tests/lib/shard_build.h"

static enum err_code
tee_bytes(void *ctx, const void *ptr, size_t len, struct error *err)
{
    return buf_append(ctx, ptr, len, err);
}

static bool
all_white(struct str line)
{
    for (size_t i = 0; i < line.len; i++)
        if (!memchr(" \t\r", line.ptr[i], 3))
            return false;
    return true;
}

/* Compare a record with the line that begins at content[*at]. */
static void
check_record(const struct record *record, struct str content, size_t *at,
             uint64_t number, uint64_t max_record)
{
    size_t start = *at;
    size_t newline = str_find(content, STR_LIT("\n"), start);
    size_t end = newline == SIZE_MAX ? content.len : newline;
    bool crlf =
        newline != SIZE_MAX && end > start && content.ptr[end - 1] == '\r';
    struct str line;

    *at = newline == SIZE_MAX ? content.len : newline + 1;
    if (start == 0 && str_starts_with(content, STR_LIT("\xEF\xBB\xBF")))
        start = 3;
    line = str_slice(content, start, end - (crlf ? 1 : 0));
    assert_int_equal(record->number, number);
    assert_int_equal(record->offset, start);
    assert_int_equal(record->length, line.len);
    assert_int_equal(record->line_end, newline == SIZE_MAX ? 0 : 1 + crlf);
    if (line.len > max_record) {
        assert_int_equal(record->kind, RECORD_TOO_LONG);
        return;
    }
    assert_int_equal(record->kind,
                     all_white(line) ? RECORD_BLANK : RECORD_LINE);
    assert_true(str_equal(record->raw, line));
}

static void
check_content(const char *path, struct str content, struct str file,
              uint64_t max_record)
{
    struct shard_limits limits = shard_default_limits;
    struct hash hash = hash_of(file);
    struct shard *shard;
    struct record record;
    struct error err = ERROR_INIT;
    struct buf tee = {0};
    size_t at = 0;
    uint64_t number = 0;

    limits.max_record = max_record;
    assert_int_equal(shard_open(&shard, path, &limits, &err), ERR_OK);
    shard_set_tee(shard, tee_bytes, &tee);
    for (;; number++) {
        if (shard_next(shard, &record, &err) != ERR_OK)
            fail_msg("%s", err.message);
        if (record.kind == RECORD_END)
            break;
        check_record(&record, content, &at, number, max_record);
    }
    assert_int_equal(at, content.len);
    assert_true(str_equal(buf_str(&tee), content));
    assert_int_equal(shard_info(shard)->bytes, file.len);
    assert_int_equal(shard_info(shard)->decompressed, content.len);
    assert_int_equal(shard_info(shard)->lines, number);
    assert_true(hash_equal(&shard_info(shard)->file_hash, &hash));
    assert_int_equal(shard_position(shard), file.len);
    shard_close(shard);
    buf_release(&tee);
}

static void
test_random_layouts(void **state)
{
    struct random_source r;

    (void)state;
    random_start(&r);
    for (unsigned i = 0; i < 300; i++) {
        struct buf content = {0};
        struct buf file = {0};
        struct layout layout;
        uint64_t max_record =
            random_below(&r, 3) ? 1 << 20 : random_below(&r, 200);

        if (random_below(&r, 10) == 0)
            xbuf_append(&content, "\xEF\xBB\xBF", 3);
        random_lines(&r, random_below(&r, 3000), &content);
        random_shard(&r, (enum container)random_below(&r, 3), buf_str(&content),
                     &file, &layout);
        write_file(test_path("shard"), buf_str(&file));
        /* A line over the limit loses its BOM's special place; leave it. */
        if (max_record >= 1 << 20 || content.len == 0 ||
            content.ptr[0] != '\xEF')
            check_content(test_path("shard"), buf_str(&content), buf_str(&file),
                          max_record);
        buf_release(&content);
        buf_release(&file);
    }
}

static void
test_large(void **state)
{
    struct random_source r = {11};
    struct buf content = {0};
    struct buf file = {0};

    (void)state;
    random_lines(&r, 1 << 20, &content);
    /* A line over several chunks, then more lines. */
    for (unsigned i = 0; i < 100000; i++)
        xbuf_append(&content, "0123456789", 10);
    xbuf_append(&content, "\r\n", 2);
    random_lines(&r, 1000, &content);
    for (int c = CONTAINER_PLAIN; c <= CONTAINER_ZSTD; c++) {
        struct layout layout;

        buf_clear(&file);
        random_shard(&r, (enum container)c, buf_str(&content), &file, &layout);
        write_file(test_path("shard"), buf_str(&file));
        check_content(test_path("shard"), buf_str(&content), buf_str(&file),
                      64 << 20);
        check_content(test_path("shard"), buf_str(&content), buf_str(&file),
                      100000);
        check_content(test_path("shard"), buf_str(&content), buf_str(&file),
                      1000000);
        check_content(test_path("shard"), buf_str(&content), buf_str(&file),
                      999999);
    }
    buf_release(&content);
    buf_release(&file);
}

/* Read what can be read: the number of whole lines, and the failure. */
static enum err_code
read_prefix(const char *path, struct str content, size_t *consumed,
            struct error *err)
{
    struct shard *shard;
    struct record record;
    enum err_code code = shard_open(&shard, path, NULL, err);
    uint64_t number = 0;

    *consumed = 0;
    if (code)
        return code;
    for (;; number++) {
        code = shard_next(shard, &record, err);
        if (code || record.kind == RECORD_END)
            break;
        check_record(&record, content, consumed, number, 64 << 20);
    }
    if (code) {
        struct error again = ERROR_INIT;

        assert_int_equal(shard_next(shard, &record, &again), ERR_OK);
        assert_int_equal(record.kind, RECORD_END);
    }
    shard_close(shard);
    return code;
}

static void
test_truncated(void **state)
{
    struct random_source r = {5};
    struct buf half = {0};
    struct buf content = {0};
    struct buf file = {0};
    size_t edge;

    (void)state;
    random_lines(&r, 1500, &half);
    xbuf_append(&half, half.ptr[half.len - 1] == '\n' ? "" : "\n",
                half.ptr[half.len - 1] != '\n');
    add_zstd_frame(&file, buf_str(&half), true, false);
    edge = file.len;
    add_zstd_frame(&file, buf_str(&half), true, true);
    xbuf_append_str(&content, buf_str(&half));
    xbuf_append_str(&content, buf_str(&half));
    for (size_t cut = 5; cut < file.len; cut++) {
        struct error err = ERROR_INIT;
        size_t consumed;
        enum err_code code;

        write_file(test_path("cut"), str_slice(buf_str(&file), 0, cut));
        code =
            read_prefix(test_path("cut"), buf_str(&content), &consumed, &err);
        assert_int_equal(code, cut == edge ? ERR_OK : ERR_FORMAT);
        /* A frame of one block is read whole or, without it, not at all. */
        assert_int_equal(consumed % half.len, 0);
        assert_true(consumed >= (cut >= edge ? half.len : 0));
        if (cut == edge)
            continue;
        assert_true(err.offset <= cut);
        assert_non_null(strstr(err.message, "records were read before it"));
    }
    buf_clear(&file);
    add_gzip_member(&file, buf_str(&content));
    for (size_t cut = 5; cut < file.len; cut++) {
        struct error err = ERROR_INIT;
        size_t consumed;

        write_file(test_path("cut"), str_slice(buf_str(&file), 0, cut));
        assert_int_equal(
            read_prefix(test_path("cut"), buf_str(&content), &consumed, &err),
            ERR_FORMAT);
        assert_non_null(strstr(err.message, "truncated"));
        assert_true(consumed == 0 || content.ptr[consumed - 1] == '\n');
    }
    buf_release(&half);
    buf_release(&content);
    buf_release(&file);
}

/* The lines are the very same, or the damage is told. */
static void
check_flip(struct str content, struct str file)
{
    struct shard *shard = NULL;
    struct record record = {.kind = RECORD_LINE};
    struct error err = ERROR_INIT;
    struct buf seen = {0};
    enum err_code code;

    write_file(test_path("flip"), file);
    code = shard_open(&shard, test_path("flip"), NULL, &err);
    if (code == ERR_OK)
        shard_set_tee(shard, tee_bytes, &seen);
    while (code == ERR_OK && record.kind != RECORD_END)
        code = shard_next(shard, &record, &err);
    if (code == ERR_OK)
        assert_true(str_equal(buf_str(&seen), content));
    else
        assert_true(code == ERR_FORMAT || code == ERR_LIMIT);
    shard_close(shard);
    buf_release(&seen);
}

/* A flipped bit anywhere: no crash, and with checksums never silent. (In the
 * first bytes it makes a file of another kind.) */
static void
test_flipped(void **state)
{
    struct random_source r = {6};
    struct buf content = {0};
    struct buf file = {0};

    (void)state;
    random_lines(&r, 1200, &content);
    for (int zstd = 0; zstd < 2; zstd++) {
        buf_clear(&file);
        if (zstd)
            add_zstd_frame(&file, buf_str(&content), true, true);
        else
            add_gzip_member(&file, buf_str(&content));
        for (size_t i = zstd ? 5 : 2; i < file.len; i++) {
            char bit = (char)(1 << random_below(&r, 8));

            file.ptr[i] ^= bit;
            check_flip(buf_str(&content), buf_str(&file));
            file.ptr[i] ^= bit;
        }
    }
    buf_release(&content);
    buf_release(&file);
}

static void
test_pipe(void **state)
{
    struct shard *shard;
    struct record record;
    struct error err = ERROR_INIT;
    int fds[2];

    (void)state;
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "{\"a\":1}\r\n\n{}", 12), 12);
    close(fds[1]);
    assert_int_equal(shard_open_fd(&shard, fds[0], "stdin", NULL, &err),
                     ERR_OK);
    assert_int_equal(shard_next(shard, &record, &err), ERR_OK);
    assert_true(str_equal(record.raw, STR_LIT("{\"a\":1}")));
    assert_int_equal(shard_next(shard, &record, &err), ERR_OK);
    assert_int_equal(record.kind, RECORD_BLANK);
    assert_int_equal(shard_next(shard, &record, &err), ERR_OK);
    assert_true(str_equal(record.raw, STR_LIT("{}")));
    assert_int_equal(record.line_end, 0);
    assert_int_equal(shard_next(shard, &record, &err), ERR_OK);
    assert_int_equal(record.kind, RECORD_END);
    assert_int_equal(shard_info(shard)->crlf, 1);
    assert_int_equal(shard_info(shard)->blank, 1);
    shard_close(shard);
}

static enum err_code
open_bytes(struct str bytes, const char *want)
{
    struct shard *shard = NULL;
    struct error err = ERROR_INIT;
    enum err_code code;

    write_file(test_path("content"), bytes);
    code = shard_open(&shard, test_path("content"), NULL, &err);
    if (want && !strstr(err.message, want))
        fail_msg("'%s' lacks '%s'", err.message, want);
    shard_close(shard);
    return code;
}

static void
test_content(void **state)
{
    char binary[600];

    (void)state;
    assert_int_equal(open_bytes(STR_LIT("\xFF\xFE{\0"), "UTF-16 (little"),
                     ERR_FORMAT);
    assert_int_equal(open_bytes(STR_LIT("\0{\0\"\0a"), "UTF-16 (big"),
                     ERR_FORMAT);
    assert_int_equal(open_bytes(STR_LIT("PAR1\x15"), "Parquet"), ERR_FORMAT);
    assert_int_equal(open_bytes(STR_LIT("[\n{},\n{}\n]\n"), "first byte ["),
                     ERR_FORMAT);
    assert_int_equal(open_bytes(STR_LIT("[{},\n{}]"), "first byte ["),
                     ERR_FORMAT);
    /* One bad record is not a bad file. */
    assert_int_equal(open_bytes(STR_LIT("[1,2]\n{}\n"), NULL), ERR_OK);
    assert_int_equal(open_bytes(STR_LIT(""), NULL), ERR_OK);
    for (size_t i = 0; i < sizeof(binary); i++)
        binary[i] = (char)(i * 7 % 31);
    binary[0] = 'x';
    assert_int_equal(open_bytes((struct str){binary, sizeof(binary)}, "binary"),
                     ERR_FORMAT);
}

static void
test_open_failures(void **state)
{
    struct shard_limits limits = shard_default_limits;
    struct shard *shard = NULL;
    struct record record;
    struct error err = ERROR_INIT;
    struct buf content = {0};
    struct buf file = {0};
    struct random_source r = {1};
    int cancel = 1;

    (void)state;
    assert_int_equal(shard_open(&shard, test_path("none"), NULL, &err),
                     ERR_NOTFOUND);
    assert_int_equal(shard_open(&shard, test_folder(), NULL, &err), ERR_IO);
    assert_int_equal(mkfifo(test_path("fifo"), 0600), 0);
    assert_int_equal(shard_open(&shard, test_path("fifo"), NULL, &err), ERR_IO);
    assert_null(shard);
    random_lines(&r, 100000, &content);
    add_zstd_frame(&file, buf_str(&content), false, false);
    write_file(test_path("window"), buf_str(&file));
    limits.max_window_log = 10;
    assert_int_equal(shard_open(&shard, test_path("window"), &limits, &err),
                     ERR_OK);
    assert_int_equal(shard_next(shard, &record, &err), ERR_LIMIT);
    assert_non_null(strstr(err.message, "2^10"));
    shard_close(shard);
    assert_int_equal(shard_open(&shard, test_path("window"), NULL, &err),
                     ERR_OK);
    shard_set_cancel(shard, &cancel);
    assert_int_equal(shard_next(shard, &record, &err), ERR_CANCELLED);
    shard_close(shard);
    buf_release(&content);
    buf_release(&file);
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
        cmocka_unit_test_teardown(test_large, teardown),
        cmocka_unit_test_teardown(test_truncated, teardown),
        cmocka_unit_test_teardown(test_flipped, teardown),
        cmocka_unit_test_teardown(test_pipe, teardown),
        cmocka_unit_test_teardown(test_content, teardown),
        cmocka_unit_test_teardown(test_open_failures, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
