/* Applying patch sets to small shards, from the file to the folder: what
 * changes, what must not, and what is refused. */
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
check_all_containers(const char *patchset, enum container container,
                     const char *shard)
{
    const char *again[] = {"out/shard"};
    const char *names[] = {"in/shard"};
    char *want = usual_result(patchset);
    struct apply_report report;
    struct apply_options all = default_options();

    (void)shard;
    write_shard("in/shard", container, LINES);
    assert_int_equal(draft_apply(patchset, names, 1, "out", NULL, &report),
                     ERR_OK);
    check_shard("out/shard", want);
    assert_int_equal(report.applied, 7);
    assert_int_equal(report.already, 2); /* keep and note change nothing */
    assert_int_equal(report.conflicts, 0);
    assert_int_equal(report.dropped, 1);
    assert_int_equal(report.shards_changed, 1);
    /* The same again: done before, nothing written. */
    assert_int_equal(draft_apply(patchset, names, 1, "out", NULL, &report),
                     ERR_OK);
    assert_true(report.done_before);
    /* On the result: nothing to do. */
    all.all = true;
    assert_int_equal(draft_apply(patchset, again, 1, "out2", &all, &report),
                     ERR_OK);
    assert_int_equal(report.applied, 0);
    assert_int_equal(report.already, 9);
    assert_int_equal(report.shards_changed, 0);
    check_shard("out2/shard", want);
    free(want);
}

static void
test_plain(void **state)
{
    char *patchset = usual_set("set");

    (void)state;
    check_all_containers(patchset, CONTAINER_PLAIN, "shard");
    free(patchset);
}

static void
test_gzip(void **state)
{
    char *patchset = usual_set("set");

    (void)state;
    check_all_containers(patchset, CONTAINER_GZIP, "shard");
    free(patchset);
}

static void
test_zstd(void **state)
{
    char *patchset = usual_set("set");

    (void)state;
    check_all_containers(patchset, CONTAINER_ZSTD, "shard");
    free(patchset);
}

/* Documents in another order and in other files: found all the same. */
static void
test_resharded(void **state)
{
    char *patchset = usual_set("set");
    const char *names[] = {"in/x", "in/y"};
    struct apply_report report;
    char *got;

    (void)state;
    write_shard("in/x", CONTAINER_GZIP,
                "{\"id\":\"4\",\"text\":\"four\"}\n"
                "{\"id\":\"9\",\"text\":\"nine\"}\n"
                "{\"id\":\"1\",\"text\":\"one bad word\",\"metadata\":{}}\n");
    write_shard("in/y", CONTAINER_PLAIN,
                "{\"id\":3,\"text\":\"three\"}\n"
                "{\"id\":\"2\",\"text\":\"two\"}\n");
    assert_int_equal(draft_apply(patchset, names, 2, "out", NULL, &report),
                     ERR_OK);
    assert_int_equal(report.applied, 7);
    check_shard("out/y", "{\"id\":3,\"text\":\"three\"}\n"
                         "{\"id\":\"2\",\"text\":\"\\\"2\\\"\\n\"}\n");
    got = read_shard("out/x");
    assert_non_null(strstr(got, "{\"id\":\"9\",\"text\":\"nine\"}\n"
                                "{\"id\":\"1\",\"text\":\"one \xf0\x9f"));
    assert_null(strstr(got, "four"));
    free(got);
    free(patchset);
}

/* One byte of a judged text changed: refused, and nothing is there. */
static void
test_conflict(void **state)
{
    char *patchset = usual_set("set");
    const char *names[] = {"in/shard"};
    struct apply_report report;
    struct apply_options partial = default_options();
    char *got;

    (void)state;
    write_shard("in/shard", CONTAINER_PLAIN,
                "{\"id\":\"1\",\"text\":\"one bad word\",\"metadata\":{}}\n"
                "{\"id\":\"2\",\"text\":\"Two\"}\n"
                "{\"id\":3,\"text\":\"three\"}\n"
                "{\"id\":\"4\",\"text\":\"four\"}\n");
    assert_int_equal(draft_apply(patchset, names, 1, "out", NULL, &report),
                     ERR_CONFLICT);
    assert_int_equal(report.conflicts, 1);
    assert_false(is_there("out"));
    got = read_shard("out.conflicts.jsonl");
    assert_non_null(strstr(got, "\"op\":\"replace\""));
    free(got);
    partial.partial = true;
    assert_int_equal(draft_apply(patchset, names, 1, "out", &partial, &report),
                     ERR_OK);
    assert_int_equal(report.conflicts, 1);
    assert_int_equal(report.applied, 6);
    got = read_shard("out/shard");
    assert_non_null(strstr(got, "\"Two\""));
    assert_null(strstr(got, "four"));
    free(got);
    free(patchset);
}

/* Spans find their place by their quotes in a text that changed. */
static void
test_quotes_in_changed_text(void **state)
{
    static const char text[] = "The first sentence stays here, as long as is "
                               "needed for context. SECRET. And then the "
                               "second sentence, which is long enough too.";
    struct draft draft;
    struct patch_edit edits[] = {span_edit(OP_REDACT, "[x]", text, "SECRET"),
                                 edit_of(OP_NOTE, "n")};
    struct patch_edit doubted[] = {edit_of(OP_VERDICT, "bad"), edits[0]};
    const char *names[] = {"in/shard"};
    const char *again[] = {"out/shard"};
    struct apply_report report;
    char *patchset;

    (void)state;
    write_shard("in/shard", CONTAINER_PLAIN,
                "{\"id\":1,\"text\":\"New: The first sentence stays here, as "
                "long as is needed for context. SECRET. And then the second "
                "sentence, which is long enough too.\"}\n");
    draft_init(&draft);
    draft_patch(&draft, "1", text, edits, 2, "wrong");
    patchset = draft_write(&draft, "set");
    assert_int_equal(draft_apply(patchset, names, 1, "out", NULL, &report),
                     ERR_OK);
    check_shard("out/shard",
                "{\"id\":1,\"text\":\"New: The first sentence stays here, as "
                "long as is needed for context. [x]. And then the second "
                "sentence, which is long enough too.\"}\n");
    assert_int_equal(draft_apply(patchset, again, 1, "out2", NULL, &report),
                     ERR_OK);
    assert_int_equal(report.applied, 0);
    free(patchset);
    /* A verdict holds only for the text that was judged. */
    draft_init(&draft);
    draft_patch(&draft, "1", text, doubted, 2, "wrong");
    patchset = draft_write(&draft, "set");
    assert_int_equal(draft_apply(patchset, names, 1, "out3", NULL, &report),
                     ERR_CONFLICT);
    assert_int_equal(report.conflicts, 1);
    assert_int_equal(report.applied, 1);
    free(patchset);
    /* Twice in the text: not by position. */
    write_shard("in/shard", CONTAINER_PLAIN,
                "{\"id\":1,\"text\":\"here, as long as is needed for context. "
                "SECRET. And then the second sentence, which here, as long as "
                "is needed for context. SECRET. And then the second sentence, "
                "which\"}\n");
    draft_init(&draft);
    draft_patch(&draft, "1", text, edits, 1, "wrong");
    patchset = draft_write(&draft, "set");
    assert_int_equal(draft_apply(patchset, names, 1, "out4", NULL, &report),
                     ERR_CONFLICT);
    free(patchset);
}

/* A text that a former export made becomes the present one. */
static void
test_former(void **state)
{
    struct draft draft;
    struct patch_edit edit = edit_of(OP_REPLACE, "second");
    struct patch_former former = {
        text_id_of(STR_LIT("first")), {0, 5}, STR_LIT("second")};
    struct patch patch = {.id_token = STR_LIT("1"),
                          .edits = &edit,
                          .edit_count = 1,
                          .formers = &former,
                          .former_count = 1,
                          .has_after = true};
    const char *names[] = {"in/shard"};
    struct apply_report report;
    struct error err = ERROR_INIT;
    char *patchset;

    (void)state;
    draft_init(&draft);
    patch.shard = draft.shards[0].path;
    patch.guard = text_id_of(STR_LIT("original"));
    patch.after = text_id_of(STR_LIT("second"));
    patch_count(&draft.counts, &patch);
    assert_int_equal(patch_format(&patch, &draft.body, &err), ERR_OK);
    patchset = draft_write(&draft, "set");
    write_shard("in/shard", CONTAINER_PLAIN, "{\"id\":1,\"text\":\"first\"}\n");
    assert_int_equal(draft_apply(patchset, names, 1, "out", NULL, &report),
                     ERR_OK);
    check_shard("out/shard", "{\"id\":1,\"text\":\"second\"}\n");
    write_shard("in/shard", CONTAINER_PLAIN,
                "{\"id\":1,\"text\":\"original\"}\n");
    assert_int_equal(draft_apply(patchset, names, 1, "out2", NULL, &report),
                     ERR_OK);
    check_shard("out2/shard", "{\"id\":1,\"text\":\"second\"}\n");
    write_shard("in/shard", CONTAINER_PLAIN, "{\"id\":1,\"text\":\"third\"}\n");
    assert_int_equal(draft_apply(patchset, names, 1, "out3", NULL, &report),
                     ERR_CONFLICT);
    free(patchset);
}

/* Documents without ids: told apart by text; a decision holds for all. */
static void
test_without_ids(void **state)
{
    struct draft draft;
    struct patch_edit drop = edit_of(OP_DROP, NULL);
    struct patch_edit replace = edit_of(OP_REPLACE, "new");
    const char *names[] = {"in/shard"};
    struct apply_report report;
    char *patchset;

    (void)state;
    draft_init(&draft);
    draft_patch(&draft, NULL, "same", &drop, 1, NULL);
    draft_patch(&draft, NULL, "old", &replace, 1, "new");
    patchset = draft_write(&draft, "set");
    write_shard("in/shard", CONTAINER_PLAIN,
                "{\"text\":\"new\",\"n\":1}\n{\"text\":\"same\"}\n"
                "{\"text\":\"old\"}\n{\"text\":\"same\"}\n");
    assert_int_equal(draft_apply(patchset, names, 1, "out", NULL, &report),
                     ERR_OK);
    check_shard("out/shard",
                "{\"text\":\"new\",\"n\":1}\n{\"text\":\"new\"}\n");
    assert_int_equal(report.dropped, 2);
    free(patchset);
    /* The same text under other ids is another document, unless it is the
     * only one that can be meant; even then it is not dropped. */
    draft_init(&draft);
    draft_patch(&draft, "\"gone\"", "same", &replace, 1, "new");
    patchset = draft_write(&draft, "set");
    write_shard("in/shard", CONTAINER_PLAIN,
                "{\"id\":\"x\",\"text\":\"same\"}\n"
                "{\"id\":\"y\",\"text\":\"same\"}\n");
    assert_int_equal(draft_apply(patchset, names, 1, "out2", NULL, &report),
                     ERR_CONFLICT);
    write_shard("in/shard", CONTAINER_PLAIN,
                "{\"id\":\"x\",\"text\":\"same\"}\n"
                "{\"id\":\"y\",\"text\":\"other\"}\n");
    assert_int_equal(draft_apply(patchset, names, 1, "out3", NULL, &report),
                     ERR_OK);
    check_shard("out3/shard", "{\"id\":\"x\",\"text\":\"new\"}\n"
                              "{\"id\":\"y\",\"text\":\"other\"}\n");
    free(patchset);
    draft_init(&draft);
    draft_patch(&draft, "\"gone\"", "same", &drop, 1, NULL);
    patchset = draft_write(&draft, "set");
    assert_int_equal(draft_apply(patchset, names, 1, "out4", NULL, &report),
                     ERR_CONFLICT);
    free(patchset);
}

static void
test_overlap(void **state)
{
    struct draft draft;
    struct patch_edit edits[] = {
        span_edit(OP_REPLACE, "x", "one two three", "one two"),
        span_edit(OP_REDACT, "y", "one two three", "two three"),
        edit_of(OP_VERDICT, "good")};
    const char *names[] = {"in/shard"};
    struct apply_report report;
    struct apply_options partial = default_options();
    char *patchset;

    (void)state;
    draft_init(&draft);
    draft_patch(&draft, "1", "one two three", edits, 3, "?");
    patchset = draft_write(&draft, "set");
    write_shard("in/shard", CONTAINER_PLAIN,
                "{\"id\":1,\"text\":\"one two three\"}\n");
    assert_int_equal(draft_apply(patchset, names, 1, "out", NULL, &report),
                     ERR_CONFLICT);
    assert_int_equal(report.conflicts, 2);
    partial.partial = true;
    partial.tags_at = TAGS_NONE;
    assert_int_equal(draft_apply(patchset, names, 1, "out", &partial, &report),
                     ERR_OK);
    assert_int_equal(report.shards_changed, 0);
    free(patchset);
}

static void
test_refusals(void **state)
{
    char *patchset = usual_set("set");
    const char *names[] = {"in/shard", "in/shard"};
    const char *missing[] = {"in/none"};
    const char *inside[] = {"out/in/shard"};
    struct apply_report report;

    (void)state;
    write_shard("in/shard", CONTAINER_PLAIN, LINES);
    assert_int_equal(draft_apply(patchset, names, 2, "out", NULL, &report),
                     ERR_USAGE);
    assert_int_equal(draft_apply(patchset, missing, 1, "out", NULL, &report),
                     ERR_NOTFOUND);
    assert_int_equal(draft_apply(patchset, names, 0, "out", NULL, &report),
                     ERR_USAGE);
    assert_false(is_there("out"));
    write_shard("out/in/shard", CONTAINER_PLAIN, LINES);
    assert_int_equal(draft_apply(patchset, inside, 1, "out", NULL, &report),
                     ERR_USAGE);
    assert_int_equal(draft_apply(patchset, names, 1, "out", NULL, &report),
                     ERR_EXISTS);
    free(patchset);
}

static enum err_code
run_filter(const char *patchset, const char *in, struct buf *out,
           struct apply_report *report)
{
    struct apply_options options = default_options();
    struct error err = ERROR_INIT;
    char *path = draft_path(in);
    FILE *from = fopen(path, "rb");
    FILE *to = tmpfile();
    enum err_code code;
    int c;

    assert_non_null(from);
    assert_non_null(to);
    code = apply_filter(patchset, fileno(from), fileno(to), &options, report,
                        &err);
    rewind(to);
    while ((c = fgetc(to)) != EOF)
        xbuf_append(out, &(char){(char)c}, 1);
    (void)fclose(from);
    (void)fclose(to);
    free(path);
    return code;
}

static void
test_filter(void **state)
{
    char *patchset = usual_set("set");
    char *want = usual_result(patchset);
    struct apply_report report;
    struct buf out = {0};

    (void)state;
    write_shard("in", CONTAINER_PLAIN, LINES);
    assert_int_equal(run_filter(patchset, "in", &out, &report), ERR_OK);
    assert_true(str_equal(buf_str(&out), str_of(want)));
    /* Another shard of the corpus passes as it is. */
    buf_clear(&out);
    write_shard("in", CONTAINER_PLAIN, "{\"id\":\"7\",\"text\":\"x\"}\n");
    assert_int_equal(run_filter(patchset, "in", &out, &report), ERR_OK);
    assert_true(
        str_equal(buf_str(&out), STR_LIT("{\"id\":\"7\",\"text\":\"x\"}\n")));
    /* A conflict: not a byte. */
    buf_clear(&out);
    write_shard("in", CONTAINER_PLAIN, "{\"id\":\"2\",\"text\":\"x\"}\n");
    assert_int_equal(run_filter(patchset, "in", &out, &report), ERR_CONFLICT);
    assert_int_equal(out.len, 0);
    buf_release(&out);
    free(want);
    free(patchset);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        DRAFT_TEST(test_plain),    DRAFT_TEST(test_gzip),
        DRAFT_TEST(test_zstd),     DRAFT_TEST(test_resharded),
        DRAFT_TEST(test_conflict), DRAFT_TEST(test_quotes_in_changed_text),
        DRAFT_TEST(test_former),   DRAFT_TEST(test_without_ids),
        DRAFT_TEST(test_overlap),  DRAFT_TEST(test_refusals),
        DRAFT_TEST(test_filter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
