/* Journals merged in any order, in any pieces, give the same state. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stet/store.h"
#include "stet/xalloc.h"
#include "tests/lib/review_fixture.h"

enum { ACTS = 250, ITEMS = 9, SHUFFLES = 10 };

static const char *const people[] = {"ana", "kim", "lee", "model/m@1"};
static const char *const verdicts[] = {"good", "bad", "unsure"};
static const char *const tags[] = {"spam", "hate/threat", "ok"};

struct made {
    struct uuid uuid;
    unsigned who;
};

static void
fill_payload(struct annotation *act, uint64_t *random)
{
    static const enum annotation_kind kinds[] = {
        ANNOTATION_VERDICT,  ANNOTATION_VERDICT,   ANNOTATION_TAG,
        ANNOTATION_TAG,      ANNOTATION_UNTAG,     ANNOTATION_SKIP,
        ANNOTATION_ESCALATE, ANNOTATION_SEND_BACK, ANNOTATION_ADJUDICATE,
        ANNOTATION_DROP,     ANNOTATION_KEEP,      ANNOTATION_REWRITE,
        ANNOTATION_NOTE,     ANNOTATION_RATE,
    };
    uint64_t r = fixture_random(random);

    act->kind = kinds[r % (sizeof(kinds) / sizeof(kinds[0]))];
    if (act->kind == ANNOTATION_VERDICT || act->kind == ANNOTATION_ADJUDICATE)
        act->value = str_of(verdicts[(r >> 8) % 3]);
    else if (act->kind == ANNOTATION_TAG || act->kind == ANNOTATION_UNTAG)
        act->value = str_of(tags[(r >> 8) % 3]);
    else if (act->kind == ANNOTATION_SEND_BACK && (r >> 8) % 2)
        act->value = str_of(people[(r >> 9) % 3]);
    else if (act->kind == ANNOTATION_RATE)
        act->value = STR_LIT("safety");
    if (act->kind == ANNOTATION_TAG && (r >> 20) % 3 == 0)
        act->span =
            (struct annotation_span){true, {1, 2 + (r >> 24) % 3}, 1, 2};
    act->text = STR_LIT("text");
}

/* A random history by several people in one store. */
static void
make_history(struct store *store, unsigned count, uint64_t *random,
             unsigned first_person)
{
    struct made made[ACTS];
    struct error err = ERROR_INIT;

    for (unsigned i = 0; i < count; i++) {
        struct annotation act = {.how = HOW_READ};
        struct item_key keys[ITEMS];
        char uuid[UUID_TEXT_SIZE];
        unsigned who = first_person + fixture_random(random) % 2;

        act.reviewer = str_of(people[who]);
        made[i].who = who;
        if (i > 0 && fixture_random(random) % 3 == 0) {
            unsigned target = (unsigned)(fixture_random(random) % i);

            act.kind = ANNOTATION_UNDO;
            act.reviewer = str_of(people[made[target].who]);
            made[i].who = made[target].who;
            uuid_format(&made[target].uuid, uuid);
            act.value = str_of(uuid);
        } else {
            fill_payload(&act, random);
            act.item = fixture_key((unsigned)(fixture_random(random) % ITEMS));
            act.has_item = true;
            if (!act.span.given && fixture_random(random) % 10 == 0) {
                act.has_item = false;
                for (unsigned k = 0; k < ITEMS; k++)
                    keys[k] = fixture_key((k * 7 + i) % ITEMS);
                act.items = keys;
                act.item_count = 1 + fixture_random(random) % ITEMS;
                act.how = HOW_BULK;
            }
        }
        if (store_append(store, &act, 1, -1, &err) != ERR_OK)
            fail_msg("%s", err.message);
        made[i].uuid = act.uuid;
    }
}

struct lines {
    char *text;
    struct str list[4 * ACTS];
    size_t count;
};

static void
split_lines(struct lines *lines, char *text, size_t len)
{
    struct str all = {text, len};

    lines->text = text;
    for (size_t at = 0; at < len;) {
        size_t end = str_find(all, STR_LIT("\n"), at);

        lines->list[lines->count++] = str_slice(all, at, end + 1);
        at = end + 1;
    }
}

static void
shuffle(struct lines *lines, uint64_t *random)
{
    for (size_t i = lines->count; i > 1; i--) {
        size_t j = fixture_random(random) % i;
        struct str swap = lines->list[j];

        lines->list[j] = lines->list[i - 1];
        lines->list[i - 1] = swap;
    }
}

/* In pieces of random size, some of them twice. */
static void
merge_lines(struct store *store, const struct lines *lines, uint64_t *random)
{
    struct error err = ERROR_INIT;
    uint64_t total = 0;

    for (size_t at = 0; at < lines->count;) {
        size_t count = 1 + fixture_random(random) % 60;
        struct buf piece = {0};
        uint64_t added = 0;
        uint64_t known = 0;

        if (count > lines->count - at)
            count = lines->count - at;
        for (size_t i = 0; i < count; i++)
            xbuf_append_str(&piece, lines->list[at + i]);
        if (store_merge(store, buf_str(&piece), &added, &known, &err) != ERR_OK)
            fail_msg("%s", err.message);
        total += added;
        if (fixture_random(random) % 4 == 0) {
            assert_int_equal(
                store_merge(store, buf_str(&piece), &added, &known, &err),
                ERR_OK);
            assert_int_equal(added, 0);
            assert_int_equal(known, count);
        }
        at += count;
        buf_release(&piece);
    }
    assert_int_equal(total, lines->count);
}

static void
test_any_order_gives_the_same_state(void **state)
{
    struct fixture *source = fixture_new(NULL);
    struct store *store = fixture_store(source, "ana");
    struct lines *lines = xcalloc(1, sizeof(*lines));
    uint64_t random = fixture_seed();
    struct error err = ERROR_INIT;
    char *expected = NULL;
    char *journal = NULL;
    size_t len = 0;
    size_t undone = 0;

    (void)state;
    make_history(store, ACTS, &random, 0);
    expected = fixture_dump(source);
    undone = str_find(str_of(expected), STR_LIT("undone"), 0);
    assert_int_not_equal(undone, SIZE_MAX);
    journal = fixture_journal(store, &len);
    split_lines(lines, journal, len);
    assert_int_equal(lines->count, ACTS);
    for (unsigned round = 0; round < SHUFFLES; round++) {
        struct fixture *target = fixture_new(NULL);
        struct store *copy = fixture_store(target, "zoe");
        char *dump = NULL;
        char *again = NULL;
        uint64_t count = 0;
        size_t again_len = 0;

        shuffle(lines, &random);
        merge_lines(copy, lines, &random);
        dump = fixture_dump(target);
        assert_string_equal(dump, expected);
        if (store_check(copy, &count, &err) != ERR_OK)
            fail_msg("%s", err.message);
        assert_int_equal(count, ACTS);
        again = fixture_journal(copy, &again_len);
        if (round == 0) { /* the journal comes out byte for byte */
            char *first = fixture_journal(store, &len);

            assert_int_equal(again_len, len);
            assert_memory_equal(again, first, len);
            free(first);
        }
        free(again);
        free(dump);
        store_close(copy);
        fixture_free(target);
    }
    free(lines);
    free(journal);
    free(expected);
    store_close(store);
    fixture_free(source);
}

/* Two hosts that work apart, with the same Lamport numbers. */
static void
test_two_hosts(void **state)
{
    struct fixture *hosts[2] = {fixture_new(NULL), fixture_new(NULL)};
    struct store *stores[2] = {fixture_store(hosts[0], "ana"),
                               fixture_store(hosts[1], "lee")};
    struct error err = ERROR_INIT;
    uint64_t random = fixture_seed();
    char *journals[2];
    size_t lens[2];
    char *dumps[2];
    uint64_t added = 0;
    uint64_t known = 0;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        make_history(stores[i], 60, &random, 2 * i);
        journals[i] = fixture_journal(stores[i], &lens[i]);
    }
    for (unsigned i = 0; i < 2; i++) {
        struct str other = {journals[1 - i], lens[1 - i]};

        assert_int_equal(store_merge(stores[i], other, &added, &known, &err),
                         ERR_OK);
        assert_int_equal(added, 60);
        dumps[i] = fixture_dump(hosts[i]);
    }
    assert_string_equal(dumps[0], dumps[1]);
    /* The next act comes after all that was seen. */
    fixture_append(stores[0], ANNOTATION_VERDICT, 1, "good");
    for (unsigned i = 0; i < 2; i++) {
        free(journals[i]);
        free(dumps[i]);
        store_close(stores[i]);
        fixture_free(hosts[i]);
    }
}

#define UUID_A "0190a5f2-7b1c-7abc-8def-00000000000a"
#define UUID_B "0190a5f2-7b1c-7abc-8def-00000000000b"
#define UUID_C "0190a5f2-7b1c-7abc-8def-00000000000c"
#define LINE(uuid, lamport, who, rest)                            \
    "{\"uuid\":\"" uuid "\",\"lamport\":" lamport                 \
    ",\"at\":\"2026-11-20T10:41:07.123456Z\",\"reviewer\":\"" who \
    "\",\"how\":\"read\"," rest "}\n"
#define GOOD                                                      \
    "\"kind\":\"verdict\",\"value\":\"good\",\"item\":{\"text\":" \
    "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}"
#define UNDO(uuid) "\"kind\":\"undo\",\"value\":\"" uuid "\""

static void
test_hostile_journals(void **state)
{
    static const char circle[] =
        LINE(UUID_A, "5", "ana", GOOD) LINE(UUID_B, "6", "ana", UNDO(UUID_C))
            LINE(UUID_C, "7", "ana", UNDO(UUID_B));
    static const char self[] = LINE(UUID_B, "9", "ana", UNDO(UUID_B));
    static const char foreign[] =
        LINE(UUID_A, "5", "ana", GOOD) LINE(UUID_C, "7", "eve", UNDO(UUID_A));
    static const char *const journals[] = {circle, self, foreign};
    struct error err = ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct fixture *fixture = fixture_new(NULL);
        struct store *store = fixture_store(fixture, "zoe");
        struct store_counts counts;
        struct str who = {NULL, 0};
        uint64_t added = 0;
        uint64_t known = 0;

        if (store_merge(store, str_of(journals[i]), &added, &known, &err) !=
            ERR_OK)
            fail_msg("%s", err.message);
        assert_int_equal(store_check(store, &added, &err), ERR_OK);
        assert_int_equal(store_count(store, who, &counts, &err), ERR_OK);
        assert_int_equal(counts.judged, i != 1);
        store_close(store);
        fixture_free(fixture);
    }
}

static void
test_bad_line_changes_nothing(void **state)
{
    static const char lines[] = LINE(UUID_A, "5", "ana", GOOD) "{\"uuid\":\n";
    struct fixture *fixture = fixture_new(NULL);
    struct store *store = fixture_store(fixture, "zoe");
    struct error err = ERROR_INIT;
    uint64_t added = 0;
    uint64_t known = 0;
    int64_t head = 0;

    (void)state;
    assert_int_equal(store_merge(store, STR_LIT(lines), &added, &known, &err),
                     ERR_FORMAT);
    assert_non_null(strstr(err.message, "line 2"));
    assert_int_equal(store_head(store, &head, &err), ERR_OK);
    assert_int_equal(head, 0);
    store_close(store);
    fixture_free(fixture);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order_gives_the_same_state),
        cmocka_unit_test(test_two_hosts),
        cmocka_unit_test(test_hostile_journals),
        cmocka_unit_test(test_bad_line_changes_nothing),
    };

    return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
