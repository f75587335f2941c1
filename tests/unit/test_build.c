/* Building an index and reading it: every container, changes, damage, cancel,
 * kill, readers that stay, and what check finds. */
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
#include "tests/lib/shard_build.h"

static struct workspace *ws;

/* What the last run said. */
static struct {
    unsigned count, whole;
    struct build_message last;
    char shard[128];
    char text[ERR_MESSAGE_MAX];
    int *cancel_on_message;
} said;

static void
take_message(void *ctx, const struct build_message *message)
{
    (void)ctx;
    said.count++;
    said.whole += message->whole_shard;
    said.last = *message;
    snprintf(said.shard, sizeof(said.shard), "%s",
             message->shard ? message->shard : "");
    snprintf(said.text, sizeof(said.text), "%s", message->text);
    if (said.cancel_on_message)
        cancel_set(said.cancel_on_message);
}

static int
setup(void **state)
{
    struct error err = ERROR_INIT;
    char *folder = path_join(test_folder(), "corpus");

    (void)state;
    setenv("XDG_CONFIG_HOME", test_folder(), 1);
    memset(&said, 0, sizeof(said));
    assert_int_equal(folder_make(folder, 0700, &err), ERR_OK);
    assert_int_equal(workspace_create(&ws, folder, false, NULL, &err), ERR_OK);
    free(folder);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    workspace_close(ws);
    ws = NULL;
    test_folder_remove();
    return 0;
}

static char *
corpus_path(const char *name)
{
    return path_join(ws->root, name);
}

/* Documents "NAME-0" ... of distinct words; some sizes, some scores. */
static void
make_lines(struct buf *out, const char *name, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        xbuf_printf(out,
                    "{\"id\":\"%s-%u\",\"text\":\"common %s word%u "
                    "caf\\u00e9 \\u65e5\\u672c %s\",\"source\":\"s%u\","
                    "\"metadata\":{\"lang\":\"%s\"},\"attributes\":{",
                    name, i, name, i, i % 5 ? "" : "fifth", i % 3,
                    i % 2 ? "de" : "fr");
        if (i % 4)
            xbuf_printf(out, "\"tox\":%g,", i / 1000.0);
        xbuf_printf(out, "\"even\":%u}}\n", i % 2 == 0);
    }
}

static void
make_shard(const char *name, enum container container, unsigned count)
{
    char *path = corpus_path(name);
    struct buf lines = {0};
    struct error err = ERROR_INIT;

    make_lines(&lines, name, count);
    (void)unlink(path);
    assert_int_equal(shard_write_lines(path, container, buf_str(&lines), &err),
                     ERR_OK);
    buf_release(&lines);
    free(path);
}

static enum err_code
build(const struct build_options *options, struct build_report *report,
      const char *const *names, size_t count, struct error *err)
{
    char *paths[16] = {NULL};
    enum err_code code;

    for (size_t i = 0; i < count; i++)
        paths[i] = corpus_path(names[i]);
    code =
        build_run(ws, (const char *const *)paths, count, options, report, err);
    for (size_t i = 0; i < count; i++)
        free(paths[i]);
    return code;
}

/* Run with the defaults over the whole corpus folder, or re-check. */
static struct build_report
must_build(bool whole_folder)
{
    static const char *const folder[] = {"."};
    struct build_options options = {.jobs = 2, .message = take_message};
    struct build_report report;
    struct error err = ERROR_INIT;

    if (build(&options, &report, folder, whole_folder, &err) != ERR_OK)
        fail_msg("%s", err.message);
    return report;
}

static struct index *
must_open(void)
{
    struct index *index = NULL;
    struct error err = ERROR_INIT;

    if (index_open(&index, ws, &err) != ERR_OK)
        fail_msg("%s", err.message);
    return index;
}

static int64_t
count_matches(struct index *index, const char *sql)
{
    int64_t total = 0;

    for (unsigned i = 0; i < index_partition_count(index); i++) {
        struct error err = ERROR_INIT;
        int64_t count = 0;

        if (db_get_int(index_partition_db(index, i), sql, 0, 0, 0, &count,
                       &err) != ERR_OK)
            fail_msg("%s", err.message);
        total += count;
    }
    return total;
}

/* Read a document back and find it by hash, id and place. */
static void
check_document(struct index *index, uint32_t doc)
{
    struct document_place place;
    const struct document *document = NULL;
    struct error err = ERROR_INIT;
    struct arena arena;
    struct str id;
    struct str source;
    uint32_t *docs;
    uint32_t found;
    size_t count;

    arena_init(&arena, 0);
    if (index_document(index, doc, &arena, &document, &err) != ERR_OK)
        fail_msg("%s", err.message);
    assert_int_equal(index_place(index, doc, &place, &err), ERR_OK);
    assert_int_equal(document->record, place.record);
    assert_int_equal(document->text.len, place.text_bytes);
    assert_int_equal(document->text_cp, place.text_cp);
    assert_int_equal(index_identity(index, doc, &arena, &id, &source, &err),
                     ERR_OK);
    assert_true(str_equal(id, document->id_token));
    assert_true(str_equal(source, document->source));
    assert_true(
        str_equal(index_label(index, LABEL_LANG, 0, doc), document->lang));
    for (unsigned i = 0; i < index_score_count(index); i++) {
        double value = index_score(index, i, doc);

        if (isnan(document->scores[i]))
            assert_true(isnan(value));
        else
            assert_true(value ==
                        index_score_round(index, i, doc, document->scores[i]));
    }
    assert_int_equal(index_find_hash(index, &document->text_hash, &arena, &docs,
                                     &count, &err),
                     ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(docs[0], doc);
    assert_int_equal(
        index_find_id(index, id, source, &arena, &docs, &count, &err), ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(docs[0], doc);
    assert_int_equal(
        index_find_id(index, id, STR_LIT("other"), &arena, &docs, &count, &err),
        ERR_OK);
    assert_int_equal(count, 0);
    assert_int_equal(
        index_find_place(index, str_of(index_shard(index, place.shard)->path),
                         place.record, &found, &err),
        ERR_OK);
    assert_int_equal(found, doc);
    arena_release(&arena);
}

static void
check_all(struct index *index, uint32_t live)
{
    uint32_t count = 0;

    assert_int_equal(index_live_count(index), live);
    for (uint32_t doc = bits_next(index_live(index), 0); doc != UINT32_MAX;
         doc = bits_next(index_live(index), doc + 1)) {
        check_document(index, doc);
        count++;
    }
    assert_int_equal(count, live);
}

static void
ignore_finding(void *ctx, const char *shard, const char *text)
{
    (void)shard;
    (void)text;
    ++*(unsigned *)ctx;
}

static unsigned
count_findings(struct index *index)
{
    struct error err = ERROR_INIT;
    unsigned count = 0;

    assert_int_equal(
        index_check(index, true, NULL, ignore_finding, &count, &err), ERR_OK);
    return count;
}

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

static unsigned
count_litter(void)
{
    struct names names;
    struct error err = ERROR_INIT;
    unsigned count = 0;

    assert_int_equal(folder_list(ws->index, true, &names, &err), ERR_OK);
    for (size_t i = 0; i < names.count; i++)
        count += strncmp(names.names[i], "tmp-", 4) == 0 ||
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_containers),
        TEST(test_without_copies),
        TEST(test_changes),
        TEST(test_compaction),
        TEST(test_rehash),
        TEST(test_damaged),
        TEST(test_bad_records),
        TEST(test_no_text),
        TEST(test_cancel),
        TEST(test_busy),
        TEST(test_reader_stays),
        TEST(test_kill),
        TEST(test_check_finds_damage),
        TEST(test_plan_and_explain),
        TEST(test_score_redefined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
