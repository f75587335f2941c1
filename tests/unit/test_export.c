/* Decisions out of the store: what a patch set says of them, and what applying
 * it makes of the shards they were made on. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "review/patch.h"
#include "stet/addition.h"
#include "stet/apply.h"
#include "stet/build.h"
#include "stet/export.h"
#include "stet/fileio.h"
#include "stet/json.h"
#include "stet/resolve.h"
#include "stet/xalloc.h"
#include "tests/lib/review_fixture.h"

/* Document numbers are these lines', from 0. */
static const char first_shard[] =
    "{\"id\":\"a\",\"source\":\"web\",\"text\":\"zero one two\"}\n"
    "{\"id\":\"b\",\"source\":\"web\",\"text\":\"call 555-1234 now\"}\n"
    "{\"id\":\"c\",\"source\":\"news\",\"text\":\"third\"}\n"
    "{\"id\":\"d\",\"source\":\"news\",\"text\":\"fourth\"}\n"
    "{\"id\":\"e\",\"source\":\"news\",\"text\":\"fifth\"}\n"
    "{\"id\":\"f\",\"source\":\"news\",\"text\":\"sixth\"}\n";
static const char second_shard[] =
    "{\"id\":\"g\",\"source\":\"news\",\"text\":\"seventh\"}\n"
    "{\"id\":\"a\",\"source\":\"web\",\"text\":\"zero one two\"}\n"
    "{\"id\":\"h\",\"source\":\"news\",\"text\":\"eighth\"}\n"
    "{\"id\":\"i\",\"source\":\"news\",\"text\":\"ninth\"}\n";

struct world {
    struct fixture *fixture;
    struct store *ana, *kim;
    struct index *index;
    struct resolver *resolver;
    struct arena arena;
    struct error err;
};

static char *
in_folder(struct world *w, const char *name)
{
    return path_join(w->fixture->folder, name);
}

static void
write_shard(struct world *w, const char *name, const char *content)
{
    char *path = in_folder(w, name);

    assert_int_equal(file_write_atomic(path, str_of(content), &w->err), ERR_OK);
    free(path);
}

static int
set_up(void **state)
{
    struct build_options options = {.jobs = 1};
    struct build_report report;
    struct world *w = calloc(1, sizeof(*w));
    char *paths[2];

    w->fixture = fixture_new(NULL);
    w->ana = fixture_store(w->fixture, "ana");
    w->kim = fixture_store(w->fixture, "kim");
    arena_init(&w->arena, 0);
    write_shard(w, "first.jsonl", first_shard);
    write_shard(w, "second.jsonl", second_shard);
    paths[0] = in_folder(w, "first.jsonl");
    paths[1] = in_folder(w, "second.jsonl");
    if (build_run(w->fixture->ws, (const char *const *)paths, 2, &options,
                  &report, &w->err) ||
        index_open(&w->index, w->fixture->ws, &w->err) ||
        resolver_new(&w->resolver, w->index, w->ana, &w->err))
        fail_msg("%s", w->err.message);
    assert_int_equal(index_count(w->index), 10);
    free(paths[0]);
    free(paths[1]);
    *state = w;
    return 0;
}

static int
tear_down(void **state)
{
    struct world *w = *state;

    resolver_free(w->resolver);
    index_close(w->index);
    store_close(w->ana);
    store_close(w->kim);
    arena_release(&w->arena);
    fixture_free(w->fixture);
    free(w);
    return 0;
}

/* The document with this id in the first shard; 'g' on in the second. */
static uint32_t
doc_of(struct world *w, char id)
{
    char path[] = "second.jsonl";
    uint64_t record = id == 'g' ? 0 : (uint64_t)(id - 'h' + 2);
    uint32_t doc = 0;

    if (id < 'g') {
        memcpy(path, "first.jsonl", sizeof("first.jsonl"));
        record = (uint64_t)(id - 'a');
    }
    assert_int_equal(
        index_find_place(w->index, str_of(path), record, &doc, &w->err),
        ERR_OK);
    return doc;
}

static void
act(struct world *w, struct store *store, char id, enum annotation_kind kind,
    struct annotation more)
{
    struct annotation a = more;

    a.kind = kind;
    a.how = HOW_READ;
    a.has_item = true;
    if (resolve_item(w->resolver, doc_of(w, id), &w->arena, &a.item, &w->err) ||
        store_append(store, &a, 1, -1, &w->err))
        fail_msg("%s", w->err.message);
}

static struct annotation
value(const char *text)
{
    return (struct annotation){.value = str_of(text)};
}

static struct annotation
text(const char *content)
{
    return (struct annotation){.text = str_of(content)};
}

static struct annotation
on_span(struct annotation a, size_t start, size_t end)
{
    a.span = (struct annotation_span){true, {start, end}, start, end};
    return a;
}

static struct export_report
export_to(struct world *w, const char *name,
          const struct export_options *options)
{
    struct export_options standard = {.yes = true};
    struct export_report report;
    char *path = in_folder(w, name);

    if (export_run(&(struct export_source){w->fixture->ws, w->ana, w->index},
                   options ? options : &standard, path, &w->arena, &report,
                   &w->err))
        fail_msg("%s", w->err.message);
    free(path);
    return report;
}

static char *
read_file(struct world *w, const char *name)
{
    char *path = in_folder(w, name);
    struct buf out = {0};

    if (file_read(path, 1 << 20, &out, &w->err))
        fail_msg("%s: %s", name, w->err.message);
    free(path);
    xbuf_append(&out, "", 1);
    return buf_take(&out);
}

static struct apply_report
apply(struct world *w, const char *patchset, const char *in, const char *out)
{
    struct apply_options options = {.limits = shard_default_limits,
                                    .all = true};
    struct apply_report report;
    char *set = in_folder(w, patchset);
    char *folder = in_folder(w, out);
    char *from = in_folder(w, in);
    char *paths[2] = {path_join(from, "first.jsonl"),
                      path_join(from, "second.jsonl")};

    if (apply_run(set, (const char *const *)paths, 2, folder, &options, &report,
                  &w->err))
        fail_msg("%s", w->err.message);
    free(set);
    free(folder);
    free(from);
    free(paths[0]);
    free(paths[1]);
    return report;
}

static void
check_holds(struct world *w, const char *name, const char *part)
{
    char *content = read_file(w, name);

    if (!strstr(content, part))
        fail_msg("%s lacks %s:\n%s", name, part, content);
    free(content);
}

static void
check_lacks(struct world *w, const char *name, const char *part)
{
    char *content = read_file(w, name);

    if (strstr(content, part))
        fail_msg("%s has %s:\n%s", name, part, content);
    free(content);
}

/* The usual decisions, and the shards that come of them. */
static void
test_round(void **state)
{
    struct world *w = *state;
    struct export_report report;
    struct apply_report done;
    struct annotation add;

    act(w, w->ana, 'a', ANNOTATION_VERDICT, value("bad"));
    act(w, w->ana, 'a', ANNOTATION_TAG, value("hate/threat"));
    act(w, w->ana, 'a', ANNOTATION_TAG, on_span(value("slur"), 5, 8));
    act(w, w->ana, 'b', ANNOTATION_REDACT, on_span(value("[phone]"), 5, 13));
    act(w, w->ana, 'c', ANNOTATION_REWRITE, text("new \"third\"\n"));
    act(w, w->ana, 'd', ANNOTATION_DROP, value(""));
    act(w, w->ana, 'e', ANNOTATION_TAG, value("gone"));
    act(w, w->ana, 'e', ANNOTATION_UNTAG, value("gone"));
    act(w, w->ana, 'f', ANNOTATION_ESCALATE, value(""));
    act(w, w->ana, 'f', ANNOTATION_VERDICT, value("bad"));
    act(w, w->ana, 'f', ANNOTATION_ESCALATE, value(""));
    act(w, w->ana, 'g', ANNOTATION_SKIP, value(""));
    assert_int_equal(
        addition_make(&add, STR_LIT("written"), NULL, &w->arena, &w->err),
        ERR_OK);
    assert_int_equal(store_append(w->ana, &add, 1, -1, &w->err), ERR_OK);
    report = export_to(w, "set", NULL);
    assert_int_equal(report.conflicts, 0);
    /* a in two places, b, c, d, e's untag, and the addition */
    assert_int_equal(report.patches, 7);
    check_lacks(w, "set", "ana");
    check_lacks(w, "set", "555-1234");
    check_lacks(w, "set", "sixth");
    act(w, w->ana, 'f', ANNOTATION_RESOLVE, value(""));
    report = export_to(w, "resolved", NULL);
    assert_int_equal(report.patches, 8);
    check_holds(w, "resolved", "\"id\":\"f\"");
    done = apply(w, "set", ".", "out");
    assert_int_equal(done.conflicts, 0);
    assert_int_equal(done.dropped, 1);
    assert_int_equal(done.added, 1);
    check_holds(w, "out/first.jsonl",
                "\"text\":\"zero one two\",\"stet\":{\"verdict\":\"bad\","
                "\"tags\":[\"hate/threat\"],\"spans\":[{\"start\":5,\"end\":8,"
                "\"tag\":\"slur\"}],");
    check_holds(w, "out/second.jsonl", "\"verdict\":\"bad\"");
    check_holds(w, "out/first.jsonl", "\"call [phone] now\"}\n");
    check_holds(w, "out/first.jsonl", "\"new \\\"third\\\"\\n\"}\n");
    check_lacks(w, "out/first.jsonl", "fourth");
    check_holds(w, "out/first.jsonl",
                "{\"id\":\"f\",\"source\":\"news\",\"text\":\"sixth\"}\n");
    done = apply(w, "set", "out", "again");
    assert_int_equal(done.applied, 1); /* the addition is in no shard given */
    assert_int_equal(done.shards_changed, 0);
}

/* Same state, same bytes, however often it was exported. */
static void
test_deterministic(void **state)
{
    struct world *w = *state;
    char *one;
    char *two;

    act(w, w->ana, 'c', ANNOTATION_REWRITE, text("new"));
    act(w, w->ana, 'a', ANNOTATION_VERDICT, value("good"));
    export_to(w, "one", NULL);
    export_to(w, "two", NULL);
    one = read_file(w, "one");
    two = read_file(w, "two");
    assert_string_equal(one, two);
    free(one);
    free(two);
}

static void
test_policies(void **state)
{
    struct world *w = *state;
    struct export_options options = {.yes = true};
    struct export_report report;

    act(w, w->ana, 'a', ANNOTATION_VERDICT, value("good"));
    act(w, w->kim, 'a', ANNOTATION_VERDICT, value("bad"));
    act(w, w->ana, 'b', ANNOTATION_VERDICT, value("bad"));
    act(w, w->kim, 'b', ANNOTATION_VERDICT, value("bad"));
    act(w, w->ana, 'c', ANNOTATION_VERDICT, value("bad"));
    act(w, w->kim, 'd', ANNOTATION_DROP, value(""));
    act(w, w->ana, 'd', ANNOTATION_REWRITE, text("better"));
    report = export_to(w, "set", NULL);
    assert_int_equal(report.patches, 2); /* b, c */
    assert_int_equal(report.conflicts, 2);
    check_holds(w, "set.conflicts.jsonl", "reviewers differ about the verdict");
    check_holds(w, "set.conflicts.jsonl", "dropping or keeping");
    options.policy = POLICY_LAST;
    report = export_to(w, "last", &options);
    assert_int_equal(report.patches, 5);
    assert_int_equal(report.conflicts, 0);
    check_holds(w, "last", "\"better\"");
    check_lacks(w, "last", "\"good\",\"reviewer\"");
    options.policy = POLICY_AGREE;
    options.agree = 2;
    report = export_to(w, "two", &options);
    assert_int_equal(report.patches, 1); /* b */
    assert_int_equal(report.conflicts, 3);
    options.policy = POLICY_ADJUDICATED;
    act(w, w->kim, 'a', ANNOTATION_ADJUDICATE, value("unsure"));
    report = export_to(w, "settled", &options);
    assert_int_equal(report.patches, 2); /* both places of a */
    check_holds(w, "settled", "\"value\":\"unsure\"");
}

/* A text that an export made is known to the exports after it. */
static void
test_former(void **state)
{
    struct world *w = *state;
    struct apply_report done;

    act(w, w->ana, 'c', ANNOTATION_REWRITE, text("first rewrite"));
    act(w, w->ana, 'b', ANNOTATION_REDACT, on_span(value("*"), 5, 8));
    export_to(w, "one", NULL);
    apply(w, "one", ".", "out");
    act(w, w->ana, 'c', ANNOTATION_REWRITE, text("second rewrite"));
    act(w, w->ana, 'b', ANNOTATION_REDACT, on_span(value("+"), 9, 13));
    export_to(w, "two", NULL);
    check_lacks(w, "two", "call ");
    check_lacks(w, "two", "\"quote\"");
    done = apply(w, "two", "out", "out2");
    assert_int_equal(done.conflicts, 0);
    check_holds(w, "out2/first.jsonl", "\"second rewrite\"");
    check_holds(w, "out2/first.jsonl", "\"call *-+ now\"");
    /* And from the originals, of course. */
    done = apply(w, "two", ".", "out3");
    assert_int_equal(done.conflicts, 0);
    check_holds(w, "out3/first.jsonl", "\"call *-+ now\"");
    /* Undone: the original comes back. */
    {
        struct annotation newest;
        bool earlier;

        assert_int_equal(
            store_undo_peek(w->ana, &w->arena, &newest, &earlier, &w->err),
            ERR_OK);
        assert_int_equal(store_undo(w->ana, &newest.uuid, &w->err), ERR_OK);
    }
    export_to(w, "three", NULL);
    apply(w, "three", "out2", "out4");
    check_holds(w, "out4/first.jsonl", "\"call *-1234 now\"");
}

static void
test_since(void **state)
{
    struct world *w = *state;
    struct export_options options = {.yes = true, .since_last = true};
    struct export_report report;

    act(w, w->ana, 'a', ANNOTATION_VERDICT, value("good"));
    act(w, w->ana, 'b', ANNOTATION_VERDICT, value("good"));
    report = export_to(w, "one", &options);
    assert_int_equal(report.patches, 3);
    report = export_to(w, "two", &options);
    assert_int_equal(report.patches, 0);
    act(w, w->ana, 'b', ANNOTATION_TAG, value("new"));
    report = export_to(w, "three", &options);
    assert_int_equal(report.patches, 1);
    assert_int_equal(report.edits, 2); /* the whole current state */
}

static void
test_balance(void **state)
{
    struct world *w = *state;
    struct export_options options = {0};
    struct export_report report;
    char *path = in_folder(w, "set");

    /* One of seven "news" is less than a fifth; one of three "web" is not. */
    act(w, w->ana, 'c', ANNOTATION_DROP, value(""));
    report = export_to(w, "set", &options);
    assert_false(report.stopped);
    act(w, w->ana, 'b', ANNOTATION_DROP, value(""));
    (void)remove(path);
    report = export_to(w, "set", &options);
    assert_true(report.stopped);
    assert_false(file_exists(path));
    options.yes = true;
    report = export_to(w, "set", &options);
    assert_false(report.stopped);
    assert_true(file_exists(path));
    free(path);
}

static void
test_beside(void **state)
{
    struct world *w = *state;
    struct export_options options = {.yes = true, .beside = true};
    struct export_report report;
    struct apply_report done;

    act(w, w->ana, 'a', ANNOTATION_REWRITE, text("better"));
    act(w, w->ana, 'a', ANNOTATION_TAG, value("bad-example"));
    report = export_to(w, "set", &options);
    assert_int_equal(report.patches, 3); /* two places, one addition */
    done = apply(w, "set", ".", "out");
    assert_int_equal(done.added, 1);
    check_holds(w, "out/first.jsonl",
                "\"zero one two\",\"stet\":{\"tags\":["
                "\"bad-example\"]");
    check_holds(w, "set",
                "\"text\":\"better\",\"stet\":{"
                "\"rewrite_of\":{\"source\":\"web\",\"id\":\"a\"");
}

static void
test_query(void **state)
{
    struct world *w = *state;
    struct export_options options = {.yes = true,
                                     .query = STR_LIT("source:web")};
    struct export_report report;

    act(w, w->ana, 'b', ANNOTATION_VERDICT, value("good"));
    act(w, w->ana, 'c', ANNOTATION_VERDICT, value("good"));
    report = export_to(w, "set", &options);
    assert_int_equal(report.patches, 1);
}

/* Overlapping edits cannot be one patch; the rest is exported. */
static void
test_overlap(void **state)
{
    struct world *w = *state;
    struct export_report report;

    act(w, w->ana, 'b', ANNOTATION_REDACT, on_span(value("x"), 0, 6));
    act(w, w->kim, 'b', ANNOTATION_REDACT, on_span(value("y"), 5, 9));
    act(w, w->ana, 'c', ANNOTATION_VERDICT, value("good"));
    report = export_to(w, "set", NULL);
    assert_int_equal(report.patches, 1);
    assert_int_equal(report.conflicts, 1);
    check_holds(w, "set.conflicts.jsonl", "overlap");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_round),  TEST(test_deterministic), TEST(test_policies),
        TEST(test_former), TEST(test_since),         TEST(test_balance),
        TEST(test_beside), TEST(test_query),         TEST(test_overlap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
