/* Histories of an item, and what of them is exported under each policy. A
 * history is written as words: REVIEWER:KIND:VALUE[@START-END], '~' before an
 * undone one. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "review/export_state.h"

enum { MAX_ACTS = 16 };

/* The part up to the next ':' or '@'. */
static struct str
take(struct str *rest)
{
    size_t end = 0;
    struct str part;

    while (end < rest->len && rest->ptr[end] != ':' && rest->ptr[end] != '@')
        end++;
    part = str_slice(*rest, 0, end);
    *rest = end < rest->len ? str_slice(*rest, end + 1, rest->len)
                            : (struct str){"", 0};
    return part;
}

static struct annotation
parse_act(struct str word)
{
    struct annotation a = {0};
    struct str rest = word;
    struct str value;
    bool spanned = memchr(word.ptr, '@', word.len) != NULL;

    a.undone = word.ptr[0] == '~';
    if (a.undone)
        rest = str_slice(rest, 1, rest.len);
    a.reviewer = take(&rest);
    assert_true(annotation_kind_parse(take(&rest), &a.kind));
    value = take(&rest);
    a.value = value;
    a.text = value;
    if (a.kind == ANNOTATION_RATE) {
        char digit = '0';

        assert_true(value.len > 1);
        memcpy(&digit, value.ptr + value.len - 1, 1);
        a.number = digit - '0';
        a.value = str_slice(value, 0, value.len - 1);
    }
    if (spanned) {
        char *end = NULL;

        a.span.given = true;
        a.span.bytes.start = strtoul(rest.ptr, &end, 10);
        a.span.bytes.end = strtoul(end + 1, NULL, 10);
    }
    return a;
}

static size_t
parse_history(const char *words, struct annotation *acts)
{
    size_t count = 0;

    while (*words) {
        size_t len = strcspn(words, " ");

        assert_true(count < MAX_ACTS);
        acts[count] = parse_act((struct str){words, len});
        acts[count].seq = (int64_t)count + 1;
        acts[count].lamport = count + 1;
        count++;
        words += len + (words[len] == ' ');
    }
    return count;
}

/* What is exported, as "op:value[@start-end] ..."; "! why" at the end. */
static void
check(const struct export_rules *rules, const char *history, const char *want)
{
    struct annotation acts[MAX_ACTS];
    size_t count = parse_history(history, acts);
    struct decisions made;
    struct arena arena;
    struct buf got = {0};
    struct error err = ERROR_INIT;

    arena_init(&arena, 0);
    assert_int_equal(decisions_make(acts, count, rules, &arena, &made, &err),
                     ERR_OK);
    for (size_t i = 0; i < made.count; i++) {
        const struct annotation *a = made.list[i].a;

        xbuf_printf(&got, "%s%s:%.*s", i ? " " : "",
                    patch_op_name(made.list[i].op), STR_FMT(a->value));
        if (a->kind == ANNOTATION_RATE)
            xbuf_printf(&got, "%.0f", a->number);
        if (a->span.given)
            xbuf_printf(&got, "@%zu-%zu", a->span.bytes.start,
                        a->span.bytes.end);
    }
    if (made.why.ptr)
        xbuf_printf(&got, "%s! %.*s", made.count ? " " : "", STR_FMT(made.why));
    assert_string_equal(xbuf_cstr(&got), want);
    buf_release(&got);
    arena_release(&arena);
}

static const struct export_rules unanimous = {POLICY_UNANIMOUS, 0, false, 99};

static void
test_one_reviewer(void **state)
{
    (void)state;
    check(&unanimous, "", "");
    check(&unanimous, "a:verdict:bad a:verdict:good", "verdict:good");
    check(&unanimous, "a:verdict:bad ~a:verdict:good", "verdict:bad");
    check(&unanimous, "a:rate:q3 a:rate:q4 a:rate:r1", "rate:q4 rate:r1");
    check(&unanimous, "a:tag:y a:tag:x a:tag:y", "tag:x tag:y");
    check(&unanimous, "a:tag:x a:untag:x", "untag:x");
    check(&unanimous, "a:untag:x a:tag:x", "tag:x");
    check(&unanimous, "a:tag:x@0-3 a:tag:x@4-5 a:untag:x@0-3",
          "tag:x@4-5 untag:x@0-3");
    check(&unanimous, "a:tag:x@0-3 a:tag:x a:untag:x", "untag:x");
    check(&unanimous, "a:skip: a:claim: a:reveal: a:escalate:", "");
    check(&unanimous, "a:note:one a:note:one", "note:one note:one");
}

static void
test_fate(void **state)
{
    (void)state;
    check(&unanimous, "a:rewrite:new a:drop:", "drop:");
    check(&unanimous, "a:drop: a:rewrite:new", "replace:new");
    check(&unanimous, "a:drop: a:keep:", "keep:");
    check(&unanimous, "a:redact:x@0-2 a:rewrite:new", "replace:new");
    check(&unanimous, "a:redact:x@0-2 a:redact:y@0-2", "redact:y@0-2");
    check(&unanimous, "a:redact:x@4-6 a:insert:y@0-0 a:tag:t",
          "tag:t insert:y@0-0 redact:x@4-6");
    check(&unanimous, "a:drop: a:verdict:bad a:tag:t",
          "verdict:bad tag:t drop:");
}

static void
test_several(void **state)
{
    (void)state;
    check(&unanimous, "a:verdict:bad b:verdict:bad", "verdict:bad");
    check(&unanimous, "a:verdict:bad b:tag:t", "verdict:bad tag:t");
    check(&unanimous, "a:verdict:bad b:verdict:good",
          "! reviewers differ about the verdict");
    check(&unanimous, "a:verdict:bad b:verdict:good b:verdict:bad",
          "verdict:bad");
    check(&unanimous, "a:tag:t b:untag:t", "! reviewers differ about a tag");
    check(&unanimous, "a:drop: b:rewrite:new",
          "! reviewers differ about dropping or keeping it");
    check(&unanimous, "a:drop: b:drop: b:tag:t", "tag:t drop:");
    check(&unanimous, "a:redact:x@0-2 b:redact:y@0-2",
          "! reviewers differ about the text");
    check(&unanimous, "a:redact:x@0-2 b:redact:y@5-6",
          "redact:x@0-2 redact:y@5-6");
    check(&unanimous, "a:rate:q1 b:rate:q2",
          "! reviewers differ about a rating");
    /* A model is no reviewer. */
    check(&unanimous, "a:verdict:bad model/m:verdict:good", "verdict:bad");
    check(&(struct export_rules){POLICY_UNANIMOUS, 0, true, 99},
          "a:verdict:bad model/m:verdict:good",
          "! reviewers differ about the verdict");
    /* What came after the export began does not count. */
    check(&(struct export_rules){POLICY_UNANIMOUS, 0, false, 1},
          "a:verdict:bad b:verdict:good", "verdict:bad");
}

static void
test_adjudication(void **state)
{
    const struct export_rules settled = {POLICY_ADJUDICATED, 0, false, 99};

    (void)state;
    check(&unanimous, "a:verdict:bad b:verdict:good c:adjudicate:unsure",
          "verdict:unsure");
    check(&unanimous, "a:verdict:bad c:adjudicate:good b:verdict:bad",
          "verdict:good");
    check(&settled, "a:verdict:bad", "! not adjudicated");
    check(&settled, "a:skip:", "");
    check(&settled, "a:verdict:bad b:tag:t c:adjudicate:good",
          "verdict:good tag:t");
    check(&settled, "a:drop: b:rewrite:new c:keep: c:adjudicate:good",
          "verdict:good keep:");
}

static void
test_last(void **state)
{
    const struct export_rules last = {POLICY_LAST, 0, false, 99};

    (void)state;
    check(&last, "a:verdict:bad b:verdict:good", "verdict:good");
    check(&last, "a:tag:t b:untag:t", "untag:t");
    check(&last, "a:drop: b:rewrite:new", "replace:new");
    check(&last, "a:rewrite:new b:drop:", "drop:");
    check(&last, "a:redact:x@0-5 b:redact:y@3-8", "redact:y@3-8");
    check(&last, "a:redact:x@0-3 b:redact:y@3-8", "redact:x@0-3 redact:y@3-8");
    check(&last, "a:rewrite:new b:redact:y@3-8", "redact:y@3-8");
}

static void
test_agree(void **state)
{
    const struct export_rules two = {POLICY_AGREE, 2, false, 99};

    (void)state;
    check(&two, "a:verdict:bad b:verdict:bad c:verdict:good",
          "verdict:bad ! too few reviewers agree on the verdict");
    check(&two, "a:verdict:bad a:verdict:bad",
          "! too few reviewers agree on the verdict");
    check(&two, "a:tag:t b:tag:t a:tag:u",
          "tag:t ! too few reviewers agree on a tag");
    check(&two, "a:drop: b:drop: c:rewrite:new",
          "drop: ! too few reviewers agree on the text");
    check(&two, "a:drop: b:drop: c:keep: d:keep:",
          "! reviewers differ about dropping or keeping it");
    check(&two, "a:verdict:bad c:adjudicate:good", "verdict:good");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_reviewer),
        cmocka_unit_test(test_fate),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_adjudication),
        cmocka_unit_test(test_last),
        cmocka_unit_test(test_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
