/* Building an index and reading it: every container, changes, readers that
 * stay, what is said before. */
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
test_containers(void **state)
{
    struct build_report report;
    struct index *index;
    unsigned score;
    struct error err = ERROR_INIT;
    struct bits bits;

    (void)state;
    make_shard("a.jsonl", CONTAINER_PLAIN, 1500);
    make_shard("b.jsonl.gz", CONTAINER_GZIP, 40);
    make_shard("c.jsonl.zst", CONTAINER_ZSTD, 60);
    report = must_build(true);
    assert_int_equal(report.documents, 1600);
    assert_int_equal(report.added, 1600);
    assert_int_equal(report.shards_indexed, 3);
    assert_int_equal(report.generation, 1);
    assert_int_equal(report.duplicates_of_id, 0);
    assert_int_equal(said.count, 0);
    index = must_open();
    check_all(index, 1600);
    assert_int_equal(count_matches(index, "SELECT count(*) FROM "
                                          "fts('common')"),
                     1600);
    assert_int_equal(count_matches(index, "SELECT count(*) FROM fts('fifth')"),
                     320);
    assert_int_equal(count_matches(index, "SELECT count(*) FROM fts('CAFE')"),
                     1600);
    assert_int_equal(count_matches(index, "SELECT count(*) FROM "
                                          "fts('\"b jsonl gz word7\"')"),
                     1);
    assert_true(index_score_find(index, STR_LIT("tox"), &score));
    assert_false(index_score_find(index, STR_LIT("nothing"), &score));
    assert_int_equal(bits_init(&bits, index_count(index), &err), ERR_OK);
    assert_int_equal(
        index_label_bits(index, LABEL_SOURCE, 0, STR_LIT("s[12]"), &bits, &err),
        ERR_OK);
    assert_int_equal(bits_population(&bits), 0);
    assert_int_equal(
        index_label_bits(index, LABEL_LANG, 0, STR_LIT("d*"), &bits, &err),
        ERR_OK);
    assert_int_equal(bits_population(&bits), 800);
    bits_release(&bits);
    assert_int_equal(count_findings(index), 0);
    index_close(index);
}

static void
test_without_copies(void **state)
{
    static const char *const names[] = {"b.jsonl.gz"};
    struct build_options options = {.seekable = SEEKABLE_NEVER};
    struct build_report report;
    struct error err = ERROR_INIT;
    struct index *index;

    (void)state;
    make_shard("b.jsonl.gz", CONTAINER_GZIP, 40);
    assert_int_equal(build(&options, &report, names, 1, &err), ERR_OK);
    assert_int_equal(report.copy_bytes, 0);
    index = must_open();
    for (uint32_t i = 40; i > 0; i--)
        check_document(index, i - 1);
    check_all(index, 40);
    index_close(index);
}

static void
test_changes(void **state)
{
    struct build_options options = {.message = take_message};
    struct build_report report;
    struct error err = ERROR_INIT;
    struct index *index;
    char *path;
    const char *forget[1];

    (void)state;
    make_shard("a.jsonl", CONTAINER_PLAIN, 100);
    make_shard("b.jsonl.gz", CONTAINER_GZIP, 40);
    report = must_build(true);
    report = must_build(false); /* nothing changed */
    assert_int_equal(report.generation, 1);
    assert_int_equal(report.shards_unchanged, 2);
    assert_int_equal(report.shards_indexed, 0);
    make_shard("c.jsonl.zst", CONTAINER_ZSTD, 10); /* a new one */
    report = must_build(true);
    assert_int_equal(report.generation, 2);
    assert_int_equal(report.shards_indexed, 1);
    assert_int_equal(report.documents, 150);
    make_shard("b.jsonl.gz", CONTAINER_GZIP, 41); /* a changed one */
    report = must_build(false);
    assert_int_equal(report.shards_indexed, 1);
    assert_int_equal(report.documents, 151);
    index = must_open();
    check_all(index, 151);
    assert_int_equal(index_count(index), 191);
    assert_int_equal(index_published_generation(ws), 3);
    index_close(index);
    path = corpus_path("c.jsonl.zst"); /* one that is gone */
    assert_int_equal(unlink(path), 0);
    free(path);
    report = must_build(false);
    assert_int_equal(report.shards_missing, 1);
    assert_int_equal(report.documents, 141);
    forget[0] = "a.jsonl"; /* most of a partition: the rest moves */
    options.forget = forget;
    options.forget_count = 1;
    assert_int_equal(build(&options, &report, NULL, 0, &err), ERR_OK);
    assert_int_equal(report.documents, 41);
    index = must_open();
    check_all(index, 41);
    assert_int_equal(index_count(index), 41);
    index_close(index);
    assert_int_equal(said.count, 0);
}

/* Partitions that close early, as in little memory; numbers follow the order
 * of paths all the same. */
static void
test_many_partitions(void **state)
{
    static const char *const names[] = {"."};
    struct build_options options = {
        .jobs = 2, .memory = 160 * 60, .message = take_message};
    struct build_report report;
    struct error err = ERROR_INIT;
    struct index *index;
    char name[32];

    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        (void)snprintf(name, sizeof(name), "%c.jsonl", 'a' + (int)i);
        make_shard(name, i % 3 ? CONTAINER_PLAIN : CONTAINER_ZSTD, 20 + i);
    }
    assert_int_equal(build(&options, &report, names, 1, &err), ERR_OK);
    assert_int_equal(report.documents, 306);
    index = must_open();
    assert_true(index_partition_count(index) > 3);
    check_all(index, 306);
    for (uint32_t i = 1; i < index_shard_count(index); i++)
        assert_true(strcmp(index_shard(index, i - 1)->path,
                           index_shard(index, i)->path) < 0);
    assert_int_equal(count_findings(index), 0);
    index_close(index);
}

/* Partitions of which little is left are built again. */
static void
test_compaction(void **state)
{
    struct build_report report;
    struct index *index;

    (void)state;
    make_shard("a.jsonl", CONTAINER_PLAIN, 100);
    make_shard("b.jsonl", CONTAINER_PLAIN, 10);
    must_build(true);
    make_shard("a.jsonl", CONTAINER_PLAIN, 101);
    report = must_build(false);
    assert_int_equal(report.shards_indexed, 2);
    index = must_open();
    assert_int_equal(index_partition_count(index), 1);
    check_all(index, 111);
    index_close(index);
}

/* Other content under the same size and time: only --rehash sees it, and a
 * reader that opens the document. */
static void
test_rehash(void **state)
{
    static const char *const names[] = {"a.jsonl"};
    struct build_options options = {.message = take_message};
    char *path = NULL;
    const struct document *document;
    struct build_report report;
    struct error err = ERROR_INIT;
    struct index *index;
    struct arena arena;
    struct stat before;
    struct timespec times[2];
    struct buf bytes = {0};

    (void)state;
    make_shard("a.jsonl", CONTAINER_PLAIN, 20);
    must_build(true);
    path = corpus_path("a.jsonl");
    assert_int_equal(stat(path, &before), 0);
    read_file(path, &bytes);
    memcpy(bytes.ptr + str_find(buf_str(&bytes), STR_LIT("common"), 0),
           "comMon", 6);
    write_file(path, buf_str(&bytes));
    times[0] = before.st_atim;
    times[1] = before.st_mtim;
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    report = must_build(false);
    assert_int_equal(report.shards_unchanged, 1);
    index = must_open();
    arena_init(&arena, 0);
    assert_int_equal(index_document(index, 0, &arena, &document, &err),
                     ERR_CONFLICT);
    assert_non_null(strstr(err.message, "changed since it was indexed"));
    assert_int_equal(index_document(index, 1, &arena, &document, &err), ERR_OK);
    arena_release(&arena);
    assert_true(count_findings(index) >= 1);
    index_close(index);
    options.rehash = true;
    assert_int_equal(build(&options, &report, names, 1, &err), ERR_OK);
    assert_int_equal(report.shards_indexed, 1);
    index = must_open();
    check_all(index, 20);
    index_close(index);
    buf_release(&bytes);
    free(path);
}

/* A reader keeps its generation: files stay until it is gone. */
static void
test_reader_stays(void **state)
{
    struct index *old;
    struct index *index;
    char *first = path_join(ws->index, "part-0001.db");

    (void)state;
    make_shard("b.jsonl.gz", CONTAINER_GZIP, 40);
    must_build(true);
    old = must_open();
    make_shard("b.jsonl.gz", CONTAINER_GZIP, 50);
    must_build(false);
    make_shard("b.jsonl.gz", CONTAINER_GZIP, 60);
    must_build(false);
    assert_int_equal(index_generation(old), 1);
    assert_int_equal(index_published_generation(ws), 3);
    assert_true(file_exists(first));
    check_all(old, 40); /* from its own seekable copy */
    index_close(old);
    make_shard("b.jsonl.gz", CONTAINER_GZIP, 70);
    must_build(false);
    assert_false(file_exists(first));
    index = must_open();
    check_all(index, 70);
    index_close(index);
    free(first);
}

static void
test_plan_and_explain(void **state)
{
    struct build_options options = {.jobs = 1};
    char *path = corpus_path("a.jsonl");
    const char *names[1];
    struct build_plan plan;
    struct error err = ERROR_INIT;
    struct buf text = {0};

    (void)state;
    make_shard("a.jsonl", CONTAINER_PLAIN, 100);
    make_shard("b.jsonl.gz", CONTAINER_GZIP, 100);
    names[0] = ws->root;
    assert_int_equal(build_plan(ws, names, 1, &options, &plan, &err), ERR_OK);
    assert_int_equal(plan.shards_new, 2);
    assert_true(plan.index_bytes > 1000 && plan.copy_bytes > 100);
    assert_true(plan.free_bytes > 0);
    assert_int_equal(build_explain(ws, path, &options, &text, &err), ERR_OK);
    assert_non_null(strstr(xbuf_cstr(&text), "a.jsonl: plain"));
    assert_non_null(strstr(xbuf_cstr(&text), "attributes.tox"));
    must_build(true);
    assert_int_equal(build_plan(ws, NULL, 0, &options, &plan, &err), ERR_OK);
    assert_int_equal(plan.shards_new + plan.shards_changed, 0);
    assert_int_equal(plan.shards_unchanged, 2);
    buf_release(&text);
    free(path);
}

/* A score whose path the user changes is read again everywhere. */
static void
test_score_redefined(void **state)
{
    struct error err = ERROR_INIT;
    struct index *index;
    unsigned score = 0;

    (void)state;
    make_shard("a.jsonl", CONTAINER_PLAIN, 10);
    must_build(true);
    assert_int_equal(settings_store(ws->config, "score", "tox", "path",
                                    STR_LIT("attributes.other"), &err),
                     ERR_OK);
    assert_int_equal(settings_store(ws->config, "score", "even", "bad",
                                    STR_LIT("low"), &err),
                     ERR_OK);
    workspace_close(ws);
    {
        char *folder = path_join(test_folder(), "corpus");

        assert_int_equal(workspace_open(&ws, folder, false, &err), ERR_OK);
        free(folder);
    }
    assert_int_equal(must_build(false).shards_indexed, 1);
    index = must_open();
    assert_true(index_score_find(index, STR_LIT("tox"), &score));
    assert_true(isnan(index_score(index, score, 1)));
    assert_true(index_score_find(index, STR_LIT("even"), &score));
    assert_int_equal(index_score_def(index, score)->bad, SCORE_BAD_LOW);
    index_close(index);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CORPUS_TEST(test_containers),      CORPUS_TEST(test_without_copies),
        CORPUS_TEST(test_changes),         CORPUS_TEST(test_many_partitions),
        CORPUS_TEST(test_compaction),      CORPUS_TEST(test_rehash),
        CORPUS_TEST(test_reader_stays),    CORPUS_TEST(test_plan_and_explain),
        CORPUS_TEST(test_score_redefined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
