/* Applying patch sets to records of every form: where tags go, attribute rows,
 * list texts, additions, records that are not UTF-8. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "stet/fileio.h"
#include "stet/xalloc.h"
#include "tests/lib/patch_draft.h"

static void
check_tags_at(const char *patchset, enum tags_at where, const char *path,
              const char *record, const char *want)
{
    const char *names[] = {"tags/shard"};
    struct apply_options options = default_options();
    struct apply_report report;
    struct error err = ERROR_INIT;
    char *out = draft_path("tags-out");
    char *line = xasprintf("%s\n", record);
    char *got = NULL;

    options.all = true;
    options.tags_at = where;
    if (path)
        options.tags_path = str_of(path);
    write_shard("tags/shard", CONTAINER_PLAIN, line);
    assert_int_equal(
        draft_apply(patchset, names, 1, "tags-out", &options, &report), ERR_OK);
    got = read_shard("tags-out/shard");
    if (!strstr(got, want))
        fail_msg("%s lacks %s", got, want);
    assert_int_equal(folder_remove(out, &err), ERR_OK);
    free(got);
    free(out);
    free(line);
}

static void
test_tags_at(void **state)
{
    struct draft draft;
    struct patch_edit edits[] = {
        edit_of(OP_VERDICT, "bad"), edit_of(OP_TAG, "t"),
        span_edit(OP_TAG, "s", "text", "ex"), edit_of(OP_RATE, "quality")};
    char *patchset;

    (void)state;
    edits[3].has_number = true;
    edits[3].number = 4;
    draft_init(&draft);
    draft_patch(&draft, "1", "text", edits, 4, NULL);
    patchset = draft_write(&draft, "set");
    check_tags_at(patchset, TAGS_STET, NULL,
                  "{\"id\":1,\"text\":\"text\",\"metadata\":\"{}\"}",
                  ",\"metadata\":\"{}\",\"stet\":{\"verdict\":\"bad\",\"tags\":"
                  "[\"t\"],\"rating\":{\"quality\":4},\"spans\":[{\"start\":1,"
                  "\"end\":3,\"tag\":\"s\"}],\"patch\":");
    check_tags_at(patchset, TAGS_STET, NULL, "{\"id\":1,\"text\":\"text\"}",
                  "\"text\",\"stet\":{\"verdict\":\"bad\"");
    check_tags_at(patchset, TAGS_STET, NULL,
                  "{\"id\":1,\"metadata\":{\"stet\":{\"from\":7,\"patch\":"
                  "\"x\",\"tags\":[]},\"a\":1},\"text\":\"text\"}",
                  "\"metadata\":{\"stet\":{\"from\":7,\"verdict\":\"bad\"");
    check_tags_at(patchset, TAGS_PATH, "review.human",
                  "{\"id\":1,\"text\":\"text\"}",
                  "\"text\",\"review\":{\"human\":{\"verdict\":\"bad\"");
    check_tags_at(patchset, TAGS_DOLMA, NULL,
                  "{\"id\":1,\"text\":\"text\",\"attributes\":{\"a\":1}}",
                  "\"attributes\":{\"a\":1,\"stet__human__verdict_bad\":[[0,4,"
                  "1]],\"stet__human__t\":[[0,4,1]],\"stet__human__s\":[[1,3,1]"
                  "],\"stet__human__quality\":[[0,4,4]]}");
    check_tags_at(patchset, TAGS_NONE, NULL, "{\"id\":1,\"text\":\"text\"}",
                  "{\"id\":1,\"text\":\"text\"}\n");
    free(patchset);
}

/* Nothing of the record's own is lost to tags. */
static void
test_place_taken(void **state)
{
    static const struct {
        const char *path, *record;
    } cases[] = {
        {"metadata.stet",
         "{\"id\":1,\"text\":\"t\",\"metadata\":{\"stet\":7}}\n"},
        {"metadata", "{\"id\":1,\"text\":\"t\",\"metadata\":{\"tags\":[1]}}\n"},
        {"text", "{\"id\":1,\"text\":\"t\"}\n"},
        {"id.x", "{\"id\":1,\"text\":\"t\"}\n"},
    };
    struct draft draft;
    struct patch_edit edit = edit_of(OP_VERDICT, "bad");
    const char *names[] = {"taken/shard"};
    struct apply_options options = default_options();
    struct apply_report report;
    char *patchset;

    (void)state;
    draft_init(&draft);
    draft_patch(&draft, "1", "t", &edit, 1, NULL);
    patchset = draft_write(&draft, "set");
    options.tags_at = TAGS_PATH;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        options.tags_path = str_of(cases[i].path);
        write_shard("taken/shard", CONTAINER_PLAIN, cases[i].record);
        assert_int_equal(
            draft_apply(patchset, names, 1, "taken-out", &options, &report),
            ERR_CONFLICT);
    }
    free(patchset);
}

/* Dolma's layout: attribute rows follow their documents. */
static void
test_siblings(void **state)
{
    char *patchset = usual_set("set");
    const char *names[] = {"d/documents/a/shard"};
    struct apply_report report;
    struct apply_options all = default_options();

    (void)state;
    write_shard("d/documents/a/shard", CONTAINER_GZIP, LINES);
    write_shard("d/attributes/tox/a/shard", CONTAINER_GZIP,
                "{\"id\":\"1\",\"attributes\":{\"x\":[[0,3,1]]}}\n"
                "{\"id\":\"\\u0032\",\"attributes\":{}}\n"
                "{\"id\":3,\"attributes\":{\"x\":[]}}\n\n\n"
                "{\"id\":\"4\",\"attributes\":{\"x\":[]}}\n");
    all.all = true;
    write_shard("d/attributes/other/a/another", CONTAINER_PLAIN, "{}\n");
    assert_int_equal(draft_apply(patchset, names, 1, "out", &all, &report),
                     ERR_OK);
    check_shard("out/attributes/tox/a/shard",
                "{\"id\":\"1\",\"attributes\":{}}\n"
                "{\"id\":\"\\u0032\",\"attributes\":{}}\n"
                "{\"id\":3,\"attributes\":{\"x\":[]}}\n\n\n");
    assert_true(is_there("out/documents/a/shard"));
    assert_false(is_there("out/attributes/other"));
    check_shard("out/rescore.ids", "{\"id\":\"1\"}\n{\"id\":\"2\"}\n");
    /* Rows that are not the documents' are refused. */
    write_shard("d/attributes/tox/a/shard", CONTAINER_GZIP,
                "{\"id\":\"2\",\"attributes\":{}}\n\n\n\n\n\n");
    assert_int_equal(draft_apply(patchset, names, 1, "out2", &all, &report),
                     ERR_FORMAT);
    assert_false(is_there("out2"));
    assert_false(is_littered());
    write_shard("d/attributes/tox/a/shard", CONTAINER_GZIP, "{}\n");
    assert_int_equal(draft_apply(patchset, names, 1, "out2", &all, &report),
                     ERR_FORMAT);
    free(patchset);
}

static void
test_segments(void **state)
{
    struct draft draft;
    struct patch_edit within[] = {
        span_edit(OP_REDACT, "*", "one two three", "two")};
    struct patch_edit whole[] = {edit_of(OP_REPLACE, "new")};
    const char *names[] = {"in/shard"};
    struct apply_report report;
    char *patchset;

    (void)state;
    draft_init(&draft);
    draft.shards[0].mapping = 1;
    draft_patch(&draft, "1", "one two three", within, 1, "one * three");
    draft_patch(&draft, "2", "ab", whole, 1, "new");
    patchset = draft_write(&draft, "set");
    write_shard("in/shard", CONTAINER_PLAIN,
                "{\"id\":1,\"texts\":[\"one \",\"two \",\"three\"],\"scores\":["
                "0.1,0.2,0.3]}\n"
                "{\"id\":2,\"texts\":[\"a\",\"b\"],\"scores\":[1,2]}\n");
    assert_int_equal(draft_apply(patchset, names, 1, "out", NULL, &report),
                     ERR_OK);
    check_shard("out/shard",
                "{\"id\":1,\"texts\":[\"one \",\"* \",\"three\"],\"scores\":["
                "0.1,0.2,0.3]}\n"
                "{\"id\":2,\"texts\":[\"new\"],\"scores\":[null]}\n");
    assert_int_equal(report.rewritten_lists, 1);
    free(patchset);
}

static void
test_additions(void **state)
{
    struct draft draft;
    struct patch_edit edit = edit_of(OP_ADD, NULL);
    struct patch patch = {.is_addition = true,
                          .add = STR_LIT("{\"id\":\"stet:1\",\"text\":\"a\"}"),
                          .id_token = STR_LIT("\"stet:1\""),
                          .edits = &edit,
                          .edit_count = 1,
                          .has_after = true};
    const char *names[] = {"in/shard", "in/more"};
    struct apply_options options = default_options();
    struct apply_report report;
    struct error err = ERROR_INIT;
    char *patchset;

    (void)state;
    patch.after = text_id_of(STR_LIT("a"));
    draft_init(&draft);
    patch_count(&draft.counts, &patch);
    assert_int_equal(patch_format(&patch, &draft.body, &err), ERR_OK);
    patchset = draft_write(&draft, "set");
    /* The same text under another id is not the addition. */
    write_shard("in/shard", CONTAINER_PLAIN, "{\"id\":1,\"text\":\"a\"}\n");
    write_shard("in/more", CONTAINER_PLAIN, "{\"id\":2,\"text\":\"b\"}\n");
    options.additions = "new/added.jsonl.zst";
    assert_int_equal(draft_apply(patchset, names, 2, "out", &options, &report),
                     ERR_OK);
    check_shard("out/new/added.jsonl.zst",
                "{\"id\":\"stet:1\",\"text\":\"a\"}\n");
    assert_int_equal(report.added, 1);
    write_shard("in/more", CONTAINER_PLAIN,
                "{\"text\":\"a\", \"id\":\"stet:1\"}\n");
    assert_int_equal(draft_apply(patchset, names, 2, "out2", &options, &report),
                     ERR_OK);
    assert_int_equal(report.added, 0);
    assert_int_equal(report.already, 1);
    options.additions = "../x";
    assert_int_equal(draft_apply(patchset, names, 2, "out3", &options, &report),
                     ERR_USAGE);
    free(patchset);
}

/* Of equal keys the last one is the text, and is what is edited. */
static void
test_equal_keys(void **state)
{
    struct draft draft;
    struct patch_edit edits[] = {edit_of(OP_TAG, "t"),
                                 span_edit(OP_REDACT, "*", "real", "ea")};
    const char *names[] = {"in/shard"};
    struct apply_report report;
    char *patchset;
    char *got;

    (void)state;
    draft_init(&draft);
    draft_patch(&draft, "1", "real", edits, 2, "r*l");
    patchset = draft_write(&draft, "set");
    write_shard("in/shard", CONTAINER_PLAIN,
                "{\"id\":0,\"text\":\"decoy\",\"metadata\":{\"a\":1},\"text\":"
                "\"real\",\"metadata\":{\"b\":2},\"\\u0069d\":1}\n");
    assert_int_equal(draft_apply(patchset, names, 1, "out", NULL, &report),
                     ERR_OK);
    got = read_shard("out/shard");
    assert_non_null(strstr(got,
                           "\"decoy\",\"metadata\":{\"a\":1},\"text\":\"r*l\","
                           "\"metadata\":{\"b\":2,\"stet\":{"));
    free(got);
    free(patchset);
}

/* A record that is not UTF-8 is guarded as a whole. */
static void
test_bad_utf8(void **state)
{
    static const char raw[] = "{\"text\":\"a\xff\"}";
    struct draft draft;
    struct patch_edit edit = edit_of(OP_VERDICT, "bad");
    struct patch patch = {.edits = &edit, .edit_count = 1, .guard_raw = true};
    const char *names[] = {"in/shard"};
    const char *again[] = {"out/shard"};
    struct apply_report report;
    struct error err = ERROR_INIT;
    char *patchset;

    (void)state;
    draft_init(&draft);
    patch.shard = draft.shards[0].path;
    patch.guard = (struct text_id){hash_of(str_of(raw)), sizeof(raw) - 1, 0};
    patch_count(&draft.counts, &patch);
    assert_int_equal(patch_format(&patch, &draft.body, &err), ERR_OK);
    patchset = draft_write(&draft, "set");
    write_shard("in/shard", CONTAINER_PLAIN, "{\"text\":\"a\xff\"}\n");
    assert_int_equal(draft_apply(patchset, names, 1, "out", NULL, &report),
                     ERR_OK);
    assert_int_equal(report.applied, 1);
    assert_int_equal(draft_apply(patchset, again, 1, "out2", NULL, &report),
                     ERR_OK);
    assert_int_equal(report.already, 1);
    assert_int_equal(report.shards_changed, 0);
    free(patchset);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        DRAFT_TEST(test_tags_at),     DRAFT_TEST(test_siblings),
        DRAFT_TEST(test_segments),    DRAFT_TEST(test_additions),
        DRAFT_TEST(test_equal_keys),  DRAFT_TEST(test_bad_utf8),
        DRAFT_TEST(test_place_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
