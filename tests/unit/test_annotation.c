/* Journal lines: what is written reads back the same, hostile strings
 * included; what is malformed is refused with the reason. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stet/annotation.h"
#include "stet/fileio.h"

static const char zero_bytes[] = "a\0b";

#define VIEW(literal)                  \
    {                                  \
        (literal), sizeof(literal) - 1 \
    }
static const struct str hostile[] = {
    VIEW("plain"),
    VIEW("quote \" backslash \\ slash /"),
    VIEW("line\nbreak\r\n\ttab"),
    VIEW("\x01\x1b[2J\x7f"),
    {zero_bytes, 3},
    VIEW("\xc3\xa9\xe2\x80\xae\xf0\x9f\x92\xa9"),
    VIEW("\xed\xa0\x80 lone \xed\xbf\xbf"),
    VIEW("{\"uuid\":1}"),
    VIEW("\xe2\x80\xa8"),
};
#define HOSTILE (sizeof(hostile) / sizeof(hostile[0]))

static const struct str tokens[] = {
    VIEW("\"a\""),  VIEW("12"),           VIEW("18446744073709551616"),
    VIEW("1.0e3"),  VIEW("\"\\u0000\""),  VIEW("\"\\ud800\""),
    VIEW("\"12\""), VIEW("\"\xff\xfe\""),
};
#define TOKENS (sizeof(tokens) / sizeof(tokens[0]))

static void
assert_same(struct str a, struct str b)
{
    assert_int_equal(a.len, b.len);
    if (a.len)
        assert_memory_equal(a.ptr, b.ptr, a.len);
}

static void
assert_same_item(const struct item_key *a, const struct item_key *b)
{
    assert_same(a->source, b->source);
    assert_int_equal(a->source.ptr == NULL, b->source.ptr == NULL);
    assert_same(a->id_token, b->id_token);
    assert_int_equal(a->id_token.ptr == NULL, b->id_token.ptr == NULL);
    assert_true(hash_equal(&a->text, &b->text));
}

static void
assert_same_annotation(const struct annotation *a, const struct annotation *b)
{
    assert_memory_equal(&a->uuid, &b->uuid, sizeof(a->uuid));
    assert_int_equal(a->lamport, b->lamport);
    assert_int_equal(a->at_us, b->at_us);
    assert_same(a->reviewer, b->reviewer);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->has_item, b->has_item);
    if (a->has_item)
        assert_same_item(&a->item, &b->item);
    assert_int_equal(a->item_count, b->item_count);
    for (size_t i = 0; i < a->item_count; i++)
        assert_same_item(&a->items[i], &b->items[i]);
    assert_same(a->query, b->query);
    assert_same(a->value, b->value);
    assert_true(a->number == b->number);
    assert_same(a->text, b->text);
    assert_int_equal(a->text.ptr == NULL, b->text.ptr == NULL);
    assert_memory_equal(&a->span.bytes, &b->span.bytes, sizeof(a->span.bytes));
    assert_int_equal(a->span.start_cp, b->span.start_cp);
    assert_int_equal(a->span.end_cp, b->span.end_cp);
    assert_same(a->reason, b->reason);
    assert_int_equal(a->how, b->how);
    assert_int_equal(a->ms, b->ms);
    assert_true(a->share == b->share);
    assert_int_equal(a->visible, b->visible);
    assert_same(a->queue, b->queue);
    assert_int_equal(a->position, b->position);
    assert_same(a->policy, b->policy);
}

static struct annotation
base_act(enum annotation_kind kind)
{
    struct annotation a = {.kind = kind,
                           .lamport = 77,
                           .at_us = INT64_C(1763600000123456),
                           .reviewer = STR_LIT("ana"),
                           .how = HOW_READ};

    a.uuid = uuid_make();
    return a;
}

static void
round_trip(const struct annotation *a)
{
    struct error err = ERROR_INIT;
    struct arena arena;
    struct buf line = {0};
    struct buf again = {0};
    struct annotation back = {0};

    arena_init(&arena, 0);
    assert_int_equal(annotation_format(a, &line, &err), ERR_OK);
    assert_int_equal(str_find(buf_str(&line), STR_LIT("\n"), 0), SIZE_MAX);
    if (annotation_parse(buf_str(&line), &arena, &back, &err) != ERR_OK)
        fail_msg("%s: %.*s", err.message, (int)line.len, line.ptr);
    assert_same_annotation(a, &back);
    assert_int_equal(annotation_format(&back, &again, &err), ERR_OK);
    assert_same(buf_str(&line), buf_str(&again));
    buf_release(&line);
    buf_release(&again);
    arena_release(&arena);
}

static void
test_hostile_strings(void **state)
{
    (void)state;
    for (size_t i = 0; i < HOSTILE; i++) {
        struct annotation a = base_act(ANNOTATION_REWRITE);

        a.has_item = true;
        a.item = (struct item_key){hostile[i], tokens[i % TOKENS],
                                   hash_of(hostile[i])};
        a.text = hostile[i];
        a.reason = hostile[i];
        a.queue = hostile[i];
        a.position = (uint32_t)i;
        a.span = (struct annotation_span){true, {2, 9}, 1, 3};
        a.ms = UINT32_MAX;
        a.share = 1.0 / 3;
        a.visible = (unsigned)i & VISIBLE_ALL;
        round_trip(&a);
    }
}

static void
test_every_token_and_absence(void **state)
{
    (void)state;
    for (size_t i = 0; i < TOKENS; i++) {
        struct annotation a = base_act(ANNOTATION_VERDICT);

        a.has_item = true;
        a.item.id_token = tokens[i];
        a.value = STR_LIT("good");
        round_trip(&a);
        a.item.source = STR_LIT("");
        round_trip(&a);
        a.item.id_token = (struct str){NULL, 0};
        round_trip(&a);
    }
}

static void
test_every_kind(void **state)
{
    static const char undone[] = "0190a5f2-7b1c-7abc-8def-0123456789ab";
    char hex[HASH_HEX_SIZE];
    struct hash hash = hash_of(STR_LIT("policy"));

    (void)state;
    hash_format(&hash, hex);
    for (unsigned k = 0; k < ANNOTATION_KIND_COUNT; k++) {
        struct annotation a = base_act((enum annotation_kind)k);
        enum annotation_kind back = ANNOTATION_KIND_COUNT;

        a.has_item = k != ANNOTATION_ADD && k != ANNOTATION_EXPORT &&
                     k != ANNOTATION_UNDO && k != ANNOTATION_FAILURE &&
                     k != ANNOTATION_STATUS;
        a.value = k == ANNOTATION_UNDO ? STR_LIT(undone) : STR_LIT("x");
        a.text = k == ANNOTATION_STATUS ? STR_LIT("edited") : STR_LIT("text");
        a.number = k == ANNOTATION_RATE ? -0.1 : 0;
        a.policy = str_of(hex);
        a.how = (enum annotation_how)(k % 6);
        if (k == ANNOTATION_REDACT)
            a.span = (struct annotation_span){true, {0, 5}, 0, 5};
        if (k == ANNOTATION_INSERT)
            a.span = (struct annotation_span){true, {5, 5}, 4, 4};
        round_trip(&a);
        assert_true(annotation_kind_parse(
            str_of(annotation_kind_name((enum annotation_kind)k)), &back));
        assert_int_equal(back, k);
    }
}

static void
test_bulk_list(void **state)
{
    struct item_key keys[50];
    struct annotation a = base_act(ANNOTATION_TAG);

    (void)state;
    for (size_t i = 0; i < 50; i++)
        keys[i] = (struct item_key){hostile[i % HOSTILE], tokens[i % TOKENS],
                                    hash_of(hostile[(i + 1) % HOSTILE])};
    a.items = keys;
    a.item_count = 50;
    a.value = STR_LIT("hate/threat");
    a.query = STR_LIT("\"a b\" toxicity:0.8..");
    a.how = HOW_BULK;
    round_trip(&a);
}

#define HEAD                                                \
    "{\"uuid\":\"0190a5f2-7b1c-7abc-8def-0123456789ab\","   \
    "\"lamport\":1,\"at\":\"2026-11-20T10:41:07.123456Z\"," \
    "\"reviewer\":\"ana\",\"how\":\"read\""
#define ITEM                                                             \
    ",\"item\":{\"text\":"                                               \
    "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" \
    "\"}"

static void
test_malformed_lines(void **state)
{
    static const char *const lines[] = {
        "",
        "[]",
        "{}",
        "{\"uuid\":1}",
        HEAD "}",
        HEAD ",\"kind\":\"verdict\"" ITEM "}",
        HEAD ",\"kind\":\"verdict\",\"value\":\"good\"}",
        HEAD ",\"kind\":\"frobnicate\",\"value\":\"good\"" ITEM "}",
        HEAD ",\"kind\":\"verdict\",\"value\":5" ITEM "}",
        HEAD ",\"kind\":\"verdict\",\"value\":\"good\",\"item\":{}}",
        HEAD ",\"kind\":\"verdict\",\"value\":\"good\",\"items\":[]}",
        HEAD ",\"kind\":\"verdict\",\"value\":\"good\",\"share\":2" ITEM "}",
        HEAD ",\"kind\":\"verdict\",\"value\":\"good\",\"ms\":-1" ITEM "}",
        HEAD ",\"kind\":\"verdict\",\"value\":\"good\",\"policy\":\"x\"" ITEM
             "}",
        HEAD ",\"kind\":\"redact\",\"value\":\"[X]\"" ITEM "}",
        HEAD ",\"kind\":\"tag\",\"value\":\"a b\"" ITEM "}",
        HEAD ",\"kind\":\"undo\",\"value\":\"x\"}",
        HEAD ",\"kind\":\"tag\",\"value\":\"a\",\"span\":{\"bytes\":[3,1],"
             "\"cp\":[0,1]}" ITEM "}",
        HEAD ",\"kind\":\"tag\",\"value\":\"a\",\"span\":{\"bytes\":[1]}" ITEM
             "}",
        HEAD ",\"kind\":\"note\",\"text\":\"x\",\"lamport\":9e99" ITEM "}",
        HEAD ",\"kind\":\"note\",\"text\":\"x\","
             "\"lamport\":4503599627370497" ITEM "}",
        HEAD ",\"kind\":\"note\",\"text\":\"x\",\"reviewer\":\"a,b\"" ITEM "}",
        HEAD ",\"kind\":\"note\",\"text\":\"x\",\"visible\":[\"all\"]" ITEM "}",
    };
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct error err = ERROR_INIT;
        struct annotation out = {0};

        if (annotation_parse(str_of(lines[i]), &arena, &out, &err) !=
            ERR_FORMAT)
            fail_msg("line %zu was taken: %s", i, lines[i]);
        assert_true(strlen(err.message) > 0);
        assert_int_equal(out.lamport, 0);
    }
    arena_release(&arena);
}

static void
test_unknown_members_are_ignored(void **state)
{
    struct error err = ERROR_INIT;
    struct arena arena;
    struct annotation out = {0};

    (void)state;
    arena_init(&arena, 0);
    assert_int_equal(
        annotation_parse(STR_LIT(HEAD ",\"kind\":\"note\",\"text\":\"x\","
                                      "\"later\":{\"a\":[1]}" ITEM "}"),
                         &arena, &out, &err),
        ERR_OK);
    assert_int_equal(out.kind, ANNOTATION_NOTE);
    arena_release(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_strings),
        cmocka_unit_test(test_every_token_and_absence),
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_bulk_list),
        cmocka_unit_test(test_malformed_lines),
        cmocka_unit_test(test_unknown_members_are_ignored),
    };

    return cmocka_run_group_tests_name("annotation", tests, NULL, NULL);
}
