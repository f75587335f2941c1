/* Building an index when things go wrong: damage, bad records, cancel, kill;
 * and what check finds. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "stet/build.h"
#include "stet/db.h"
#include "stet/fileio.h"
#include "stet/index.h"
#include "stet/pool.h"
#include "stet/shard_writer.h"
#include "tests/lib/index_corpus.h"
#include "tests/lib/shard_build.h"

static void
test_damaged(void **state)
{
    char *path;
    struct buf bytes = {0};
    struct build_report report;
    struct index *index;

    (void)state;
    make_shard("a.jsonl.gz", CONTAINER_GZIP, 3000);
    make_shard("b.jsonl", CONTAINER_PLAIN, 5);
    path = corpus_path("a.jsonl.gz");
    read_file(path, &bytes);
    write_file(path, (struct str){bytes.ptr, bytes.len / 2});
    report = must_build(true);
    assert_int_equal(said.count, 1);
    assert_true(said.last.whole_shard);
    assert_string_equal(said.shard, "a.jsonl.gz");
    assert_true(report.documents > 100 && report.documents < 3000);
    index = must_open();
    assert_true(index_shard(index, 0)->damaged);
    assert_false(index_shard(index, 1)->damaged);
    check_all(index, (uint32_t)report.documents);
    index_close(index);
    write_file(path, buf_str(&bytes)); /* mended */
    report = must_build(false);
    assert_int_equal(report.documents, 3005);
    index = must_open();
    check_all(index, 3005);
    index_close(index);
    buf_release(&bytes);
    free(path);
}

static void
test_bad_records(void **state)
{
    static const char *const names[] = {"a.jsonl"};
    static const char lines[] = "{\"id\":1,\"text\":\"one\"}\n"
                                "{\"id\":2,\"text\":}\n"
                                "\n"
                                "{\"id\":3,\"text\":\"three\"}\r\n"
                                "{\"id\":4}\n"
                                "{\"id\":5,\"text\":\"a\xFF z\"}\n"
                                "{\"id\":3,\"text\":\"a\\ud800 z\"}";
    struct build_options options = {.message = take_message, .max_bad = 1};
    struct build_report report;
    struct error err = ERROR_INIT;
    struct index *index;
    char *path = corpus_path("a.jsonl");

    (void)state;
    write_file(path, (struct str){lines, sizeof(lines) - 1});
    report = must_build(true);
    assert_int_equal(report.documents, 4);
    assert_int_equal(report.rejected, 2);
    assert_int_equal(report.bad_utf8, 1);
    assert_int_equal(report.surrogates, 1);
    assert_int_equal(report.duplicates_of_id, 1);
    assert_int_equal(report.blank, 1);
    assert_int_equal(said.count, 2);
    assert_true(said.last.has_record);
    assert_int_equal(said.last.record, 4);
    assert_false(said.last.whole_shard);
    index = must_open();
    assert_int_equal(count_matches(index, "SELECT count(*) FROM "
                                          "fts('\"a z\"')"),
                     2);
    index_close(index);
    assert_int_equal(unlink(path), 0);
    write_file(path, (struct str){lines, sizeof(lines) - 1});
    assert_int_equal(build(&options, &report, names, 1, &err), ERR_OK);
    assert_true(said.last.whole_shard); /* the limit */
    assert_int_equal(report.documents, 2);
    free(path);
}

static void
test_no_text(void **state)
{
    struct build_report report;
    char *path = corpus_path("a.jsonl");

    (void)state;
    write_file(path, STR_LIT("{\"id\":1}\n"));
    make_shard("b.jsonl", CONTAINER_PLAIN, 5);
    report = must_build(true);
    assert_int_equal(report.shards_failed, 1);
    assert_int_equal(report.documents, 5);
    assert_string_equal(said.shard, "a.jsonl");
    free(path);
}

static void
test_cancel(void **state)
{
    static const char *const names[] = {"."};
    static int cancel;
    struct build_options options = {
        .jobs = 1, .message = take_message, .cancel = &cancel};
    struct build_report report;
    struct error err = ERROR_INIT;
    struct buf lines = {0};
    struct index *index;
    char *path = corpus_path("b.jsonl");

    (void)state;
    make_shard("a.jsonl", CONTAINER_PLAIN, 100);
    make_lines(&lines, "b", 50);
    xbuf_printf(&lines, "bad\n"); /* its message cancels */
    make_lines(&lines, "B", 50);
    write_file(path, buf_str(&lines));
    make_shard("c.jsonl", CONTAINER_PLAIN, 100);
    cancel = 0;
    said.cancel_on_message = &cancel;
    assert_int_equal(build(&options, &report, names, 1, &err), ERR_OK);
    assert_true(report.cancelled);
    assert_int_equal(report.shards_indexed, 1);
    index = must_open();
    check_all(index, 100);
    index_close(index);
    cancel = 0;
    said.cancel_on_message = NULL;
    assert_int_equal(build(&options, &report, names, 1, &err), ERR_OK);
    assert_false(report.cancelled);
    assert_int_equal(report.documents, 300);
    index = must_open();
    check_all(index, 300);
    index_close(index);
    buf_release(&lines);
    free(path);
}

static void
test_busy(void **state)
{
    struct build_options options = {.jobs = 1};
    char *folder = path_join(ws->dot, "index");
    char *lock = path_join(folder, "lock");
    struct build_report report;
    struct error err = ERROR_INIT;
    int fd = -1;

    (void)state;
    assert_int_equal(folder_make(folder, 0700, &err), ERR_OK);
    assert_int_equal(file_lock(lock, true, false, &fd, &err), ERR_OK);
    assert_int_equal(build(&options, &report, NULL, 0, &err), ERR_BUSY);
    close(fd);
    free(folder);
    free(lock);
}

static unsigned
count_litter(void)
{
    struct names names;
    struct error err = ERROR_INIT;
    unsigned copies = 0; /* one is wanted */
    unsigned count = 0;

    assert_int_equal(folder_list(ws->index, true, &names, &err), ERR_OK);
    for (size_t i = 0; i < names.count; i++)
        count += strncmp(names.names[i], "tmp-", 4) == 0 ||
                 (strncmp(names.names[i], "shards/", 7) == 0 && ++copies > 1) ||
                 strstr(names.names[i], ".partial-") != NULL;
    names_free(&names);
    return count;
}

/* Killed at any moment: the former generation or the new one, never half. */
static void
test_kill(void **state)
{
    struct random_source random;
    unsigned size = 400;

    (void)state;
    random_start(&random);
    make_shard("a.jsonl", CONTAINER_PLAIN, size);
    make_shard("b.jsonl.gz", CONTAINER_GZIP, 200);
    must_build(true);
    for (int round = 0; round < 8; round++) {
        unsigned delay = (unsigned)random_below(&random, 120000);
        struct build_report report;
        struct index *index;
        pid_t child;
        int status;

        make_shard("a.jsonl", CONTAINER_PLAIN, size + 1);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct build_options options = {.jobs = 2};
            struct error err = ERROR_INIT;

            _exit(build_run(ws, NULL, 0, &options, &report, &err) != ERR_OK);
        }
        usleep(delay);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        index = must_open();
        assert_true(index_live_count(index) == size + 200 ||
                    index_live_count(index) == size + 201);
        index_close(index);
        report = must_build(false);
        size++;
        assert_int_equal(report.documents, size + 200);
        assert_int_equal(count_litter(), 0);
    }
    {
        struct index *index = must_open();

        check_all(index, size + 200);
        index_close(index);
    }
}

static void
test_check_finds_damage(void **state)
{
    struct buf bytes = {0};
    struct index *index;
    char *path = path_join(ws->index, "part-0001.tox.col");

    (void)state;
    make_shard("a.jsonl", CONTAINER_PLAIN, 100);
    must_build(true);
    read_file(path, &bytes);
    bytes.len -= 4;
    write_file(path, buf_str(&bytes));
    index = must_open();
    assert_int_equal(count_findings(index), 1);
    index_close(index);
    free(path);
    path = corpus_path("a.jsonl");
    assert_int_equal(unlink(path), 0);
    index = must_open();
    assert_int_equal(count_findings(index), 2);
    index_close(index);
    buf_release(&bytes);
    free(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CORPUS_TEST(test_damaged),
        CORPUS_TEST(test_bad_records),
        CORPUS_TEST(test_no_text),
        CORPUS_TEST(test_cancel),
        CORPUS_TEST(test_busy),
        CORPUS_TEST(test_kill),
        CORPUS_TEST(test_check_finds_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
