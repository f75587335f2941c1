/* Files of rows beside their documents: found, read in step, shown with a
 * document; what is said when they do not fit. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "stet/fileio.h"
#include "stet/row_files.h"
#include "stet/shard_writer.h"
#include "tests/lib/index_corpus.h"
#include "tests/lib/shard_build.h"

static void
write_named(const char *name, const char *text)
{
    char *path = corpus_path(name);

    write_file(path, str_of(text));
    free(path);
}

static void
make_row_folders(void)
{
    static const char *const folders[] = {"documents", "attributes/t",
                                          "attributes/u"};
    struct error err = ERROR_INIT;

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        char *path = corpus_path(folders[i]);

        assert_int_equal(folder_make(path, 0700, &err), ERR_OK);
        free(path);
    }
}

/* Dolma's layout: attributes in files beside the documents. */
static void
test_attribute_files(void **state)
{
    struct error err = ERROR_INIT;
    const struct document *document;
    struct index *index;
    struct arena arena;
    unsigned tox = 0;
    unsigned kind = 0;

    (void)state;
    make_row_folders();
    write_named("documents/x.jsonl", "{\"id\":\"a\",\"text\":\"one\"}\n"
                                     "\n"
                                     "{\"id\":\"b\",\"text\":\"two\"}\n"
                                     "{\"id\":\"c\",\"text\":\"six\"}\n");
    write_named("attributes/t/x.jsonl",
                "{\"id\":\"a\",\"attributes\":{\"tox\":0.5}}\n"
                "\n"
                "{\"id\":\"b\",\"attributes\":{\"tox\":0.25}}\n"
                "{\"id\":\"c\",\"attributes\":{\"tox\":1}}\n");
    write_named("attributes/u/x.jsonl", /* out of step from the third line on */
                "{\"id\":\"a\",\"attributes\":{\"more\":7}}\n"
                "\n"
                "{\"id\":\"c\",\"attributes\":{\"more\":8}}\n");
    assert_int_equal(must_build(true).documents, 3);
    assert_int_equal(said.count, 1);
    assert_non_null(strstr(said.shard, "attributes/u/x.jsonl"));
    index = must_open();
    assert_true(index_score_find(index, STR_LIT("tox"), &tox));
    assert_true(index_score_find(index, STR_LIT("more"), &kind));
    assert_true(index_score(index, tox, 0) == 0.5);
    assert_true(index_score(index, tox, 2) == 1);
    assert_true(index_score(index, kind, 0) == 7);
    assert_true(isnan(index_score(index, kind, 1)));
    arena_init(&arena, 0);
    assert_int_equal(index_document(index, 1, &arena, &document, &err), ERR_OK);
    assert_true(document->scores[tox] == 0.25);
    arena_release(&arena);
    index_close(index);
    assert_int_equal(must_build(false).shards_indexed, 0);
    write_named("attributes/t/x.jsonl", "{\"attributes\":{\"tox\":0.75}}\n");
    assert_int_equal(must_build(false).shards_indexed, 1);
    index = must_open();
    assert_true(index_score_find(index, STR_LIT("tox"), &tox));
    assert_true(index_score(index, tox, index_count(index) - 3) == 0.75);
    index_close(index);
}

/* Index the one shard again after its file of rows was written anew. */
static void
must_say_of_rows(const char *rows, const char *want)
{
    memset(&said, 0, sizeof(said));
    write_named("attributes/t/x.jsonl", rows);
    assert_int_equal(must_build(false).rows_failed, want ? 1 : 0);
    if (want && !strstr(said.text, want))
        fail_msg("said '%s', not '%s'", said.text, want);
    if (!want)
        assert_int_equal(said.count, 0);
}

/* Rows out of step: both counts, and the first record that differs. */
static void
test_rows_out_of_step(void **state)
{
    struct index *index;
    unsigned tox = 0;

    (void)state;
    make_row_folders();
    write_named("documents/x.jsonl", "{\"id\":\"a\",\"text\":\"one\"}\n"
                                     "{\"id\":2,\"text\":\"two\"}\n"
                                     "{\"text\":\"six\"}\n");
    write_named("attributes/t/x.jsonl", "");
    must_build(true);
    must_say_of_rows("{\"id\":\"a\",\"attributes\":{\"tox\":0.5}}\n"
                     "{\"id\":2,\"attributes\":{\"tox\":0.5}}\n"
                     "{\"attributes\":{\"tox\":0.25}}\n\n\n",
                     NULL);
    index = must_open();
    assert_true(index_score_find(index, STR_LIT("tox"), &tox));
    assert_true(index_score(index, tox, index_count(index) - 1) == 0.25);
    index_close(index);
    must_say_of_rows("{\"id\":\"a\",\"attributes\":{}}\n"
                     "{\"id\":3,\"attributes\":{\"tox\":0.5}}\n",
                     "2 rows for 3 records; at record 1 the row is \"3\", the "
                     "document \"2\": rows from there on are not taken");
    must_say_of_rows("{\"id\":\"a\",\"attributes\":{\"tox\":1}}\n\n"
                     "{\"attributes\":{}}\n",
                     "3 rows for 3 records; at record 1 the row is blank, the "
                     "document \"2\"");
    must_say_of_rows("{\"id\":\"a\"}\n{\"id\":2}\n",
                     "2 rows for 3 records; at record 2 there is no row, the "
                     "document without an id");
    must_say_of_rows("{}\n{}\n{}\n{\"id\":\"more\"}\n",
                     "4 rows for 3 records; no record for row 3");
    must_say_of_rows("\x1F\x8B\x08 nothing", "gzip");
    memset(&said, 0, sizeof(said));
    write_named("attributes/t/x.jsonl", "{\"attributes\":{\"tox\":1}}\nbad\n"
                                        "{\"attributes\":{\"tox\":0.75}}\n");
    assert_int_equal(must_build(false).rows_rejected, 1);
    assert_non_null(strstr(said.text, "expected a value"));
    index = must_open();
    assert_true(index_score(index, tox, index_count(index) - 1) == 0.75);
    assert_true(isnan(index_score(index, tox, index_count(index) - 2)));
    index_close(index);
}

/* 300 documents and, beside them, rows of very different lengths, with blank
 * lines at the same places. */
static void
write_many_rows(enum container container)
{
    struct buf documents = {0};
    struct buf rows = {0};
    struct error err = ERROR_INIT;
    char *path = corpus_path("attributes/t/x.jsonl");

    for (unsigned i = 0; i < 300; i++) {
        const char *end = i == 299 ? "" : i % 7 ? "\n" : "\r\n\n";

        xbuf_printf(&documents, "{\"id\":%u,\"text\":\"\xC3\xA9 word %u\"}%s",
                    i, i, end);
        xbuf_printf(&rows,
                    "{\"id\":%u,\"pad\":\"%*s\",\"attributes\":"
                    "{\"hate\":[[2,6,%u]]}}%s",
                    i, (int)(i * 37 % 2000), "", i, end);
    }
    write_named("documents/x.jsonl", xbuf_cstr(&documents));
    (void)unlink(path);
    assert_int_equal(shard_write_lines(path, container, buf_str(&rows), &err),
                     ERR_OK);
    buf_release(&documents);
    buf_release(&rows);
    free(path);
}

static void
check_row_spans(void)
{
    struct index *index = must_open();
    struct error err = ERROR_INIT;
    struct arena arena;

    arena_init(&arena, 0);
    for (uint32_t left = index_count(index); left > 0; left -= 23) {
        const struct document *document = NULL;
        uint32_t doc = left - 1;
        double want = doc - (index_count(index) - 300);

        assert_int_equal(index_document(index, doc, &arena, &document, &err),
                         ERR_OK);
        assert_int_equal(document->span_count, 1);
        assert_true(document->spans[0].value == want);
        assert_int_equal(document->spans[0].span.start, 3);
        assert_int_equal(document->spans[0].span.end, 7);
        if (left - 1 < index_count(index) - 300 + 23)
            break;
    }
    arena_release(&arena);
    index_close(index);
}

/* Spans of rows, in place, through a copy, and without random access. */
static void
test_row_spans(void **state)
{
    static const enum container containers[] = {CONTAINER_PLAIN, CONTAINER_GZIP,
                                                CONTAINER_ZSTD};
    static const char *const names[] = {"documents/x.jsonl"};
    struct error err = ERROR_INIT;

    (void)state;
    make_row_folders();
    for (unsigned i = 0; i < 9; i++) {
        struct build_options options = {
            .message = take_message, .seekable = (enum seekable_policy)(i / 3)};
        struct build_report report;

        write_many_rows(containers[i % 3]);
        assert_int_equal(build(&options, &report, names, 1, &err), ERR_OK);
        assert_int_equal(report.rows_failed, 0);
        assert_int_equal(report.shards_indexed, 1);
        assert_int_equal(said.count, 0);
        check_row_spans();
    }
}

/* A file of rows that changes after it was indexed: its spans are lost, what
 * columns keep is not. */
static void
test_rows_changed(void **state)
{
    struct error err = ERROR_INIT;
    const struct document *document = NULL;
    struct index *index;
    struct arena arena;

    (void)state;
    make_row_folders();
    write_many_rows(CONTAINER_PLAIN);
    must_build(true);
    write_named("attributes/t/x.jsonl", "{}\n");
    index = must_open();
    arena_init(&arena, 0);
    assert_int_equal(index_document(index, 5, &arena, &document, &err), ERR_OK);
    assert_int_equal(document->span_count, 0);
    assert_true(document->scores[0] == 5);
    arena_release(&arena);
    index_close(index);
}

/* RedPajama's signals: known by url, or by the number at the end of the id. */
static void
test_signals(void **state)
{
    struct error err = ERROR_INIT;
    const struct document *document = NULL;
    struct index *index;
    struct arena arena;
    unsigned score = 0;

    (void)state;
    write_named("head.json",
                "{\"raw_content\":\"ab\",\"url\":\"u/1\",\"digest\":\"d\"}\n"
                "{\"raw_content\":\"cd\",\"digest\":\"e\"}\n"
                "{\"raw_content\":\"ef\",\"digest\":\"f\"}\n");
    write_named("head.signals.json",
                "{\"id\":\"x/head.json/7\",\"metadata\":{\"url\":\"u\\/1\"},"
                "\"quality_signals\":{\"q\":[[0,1,0.5],[1,2,0.25]]}}\n"
                "{\"id\":\"x/head.json/1\",\"quality_signals\":"
                "{\"q\":[[1,2,0.75]]}}\n"
                "{\"id\":\"x/head.json/3\",\"quality_signals\":"
                "{\"q\":[[1,2,1]]}}\n");
    assert_int_equal(must_build(true).documents, 3);
    assert_int_equal(said.count, 1);
    assert_non_null(strstr(said.text, "3 rows for 3 records; at record 2 the "
                                      "row is \"x/head.json/3\""));
    index = must_open();
    arena_init(&arena, 0);
    assert_true(index_score_find(index, STR_LIT("q"), &score));
    assert_true(index_score(index, score, 0) == 0.5);
    assert_true(index_score(index, score, 1) == 0.75);
    assert_true(isnan(index_score(index, score, 2)));
    assert_int_equal(index_document(index, 0, &arena, &document, &err), ERR_OK);
    assert_int_equal(document->span_count, 2);
    assert_int_equal(index_document(index, 2, &arena, &document, &err), ERR_OK);
    assert_int_equal(document->span_count, 0);
    arena_release(&arena);
    index_close(index);
}

/* Names: other compression, the last `documents`, files that are no rows. */
static void
test_row_names(void **state)
{
    char *shard = corpus_path("documents/a/documents/x.json.gz");
    char *other = corpus_path("documents/a/attributes/t/x.json");
    struct error err = ERROR_INIT;
    struct names names;
    char *folder;

    (void)state;
    folder = corpus_path("documents/a/documents");
    assert_int_equal(folder_make(folder, 0700, &err), ERR_OK);
    free(folder);
    folder = corpus_path("documents/a/attributes/t");
    assert_int_equal(folder_make(folder, 0700, &err), ERR_OK);
    free(folder);
    row_files_list(shard, &names);
    assert_int_equal(names.count, 0);
    names_free(&names);
    write_named("documents/a/attributes/t/x.json", "");
    write_named("documents/a/attributes/t/x.jsonl", "");
    write_named("documents/a/documents/x.signals.json.zst", "");
    row_files_list(shard, &names);
    assert_int_equal(names.count, 2);
    assert_string_equal(names.names[0], other);
    assert_true(row_file_is_signals(names.names[1]));
    assert_false(row_file_is(names.names[1])); /* no such documents */
    write_file(shard, STR_LIT(""));
    assert_true(row_file_is(names.names[1]));
    assert_true(row_file_is(names.names[0]));
    assert_false(row_file_is(shard));
    names_free(&names);
    free(shard);
    free(other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CORPUS_TEST(test_attribute_files), CORPUS_TEST(test_rows_out_of_step),
        CORPUS_TEST(test_row_spans),       CORPUS_TEST(test_rows_changed),
        CORPUS_TEST(test_signals),         CORPUS_TEST(test_row_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
