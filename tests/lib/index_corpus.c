/* A workspace in a private folder, and the shards and builds of it. */
#include "config.h"

#include "tests/lib/index_corpus.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "stet/db.h"
#include "stet/fileio.h"
#include "stet/pool.h"
#include "stet/shard_writer.h"
#include "tests/lib/shard_build.h"

struct workspace *ws;

/* What the last run said. */
struct said said;

void
take_message(void *ctx, const struct build_message *message)
{
    (void)ctx;
    said.count++;
    said.whole += message->whole_shard;
    said.last = *message;
    (void)snprintf(said.shard, sizeof(said.shard), "%s",
                   message->shard ? message->shard : "");
    (void)snprintf(said.text, sizeof(said.text), "%s", message->text);
    if (said.cancel_on_message)
        cancel_set(said.cancel_on_message);
}

int
corpus_setup(void **state)
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

int
corpus_teardown(void **state)
{
    (void)state;
    workspace_close(ws);
    ws = NULL;
    test_folder_remove();
    return 0;
}

char *
corpus_path(const char *name)
{
    return path_join(ws->root, name);
}

/* Documents "NAME-0" ... of distinct words; some sizes, some scores. */
void
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

void
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

enum err_code
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
struct build_report
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

struct index *
must_open(void)
{
    struct index *index = NULL;
    struct error err = ERROR_INIT;

    if (index_open(&index, ws, &err) != ERR_OK)
        fail_msg("%s", err.message);
    return index;
}

int64_t
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
void
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

void
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
ignore_finding(void *ctx, const struct check_finding *finding)
{
    (void)finding;
    ++*(unsigned *)ctx;
}

unsigned
count_findings(struct index *index)
{
    struct error err = ERROR_INIT;
    unsigned count = 0;

    assert_int_equal(
        index_check(index, true, NULL, ignore_finding, &count, &err), ERR_OK);
    return count;
}
