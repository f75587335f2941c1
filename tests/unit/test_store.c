/* The store: durable appends, derived state, history, journal, policy. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stet/db.h"
#include "stet/fileio.h"
#include "stet/store.h"
#include "tests/lib/review_fixture.h"

struct world {
    struct fixture *fixture;
    struct store *store; /* ana's */
    struct arena arena;
    struct error err;
};

static int
set_up(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    w->fixture = fixture_new(NULL);
    w->store = fixture_store(w->fixture, "ana");
    arena_init(&w->arena, 0);
    *state = w;
    return 0;
}

static int
tear_down(void **state)
{
    struct world *w = *state;
    struct error err = ERROR_INIT;
    uint64_t count = 0;

    if (w->store) {
        assert_int_equal(store_check(w->store, &count, &err), ERR_OK);
        store_close(w->store);
    }
    arena_release(&w->arena);
    fixture_free(w->fixture);
    free(w);
    return 0;
}

#define assert_str(view, literal)                             \
    do {                                                      \
        assert_int_equal((view).len, strlen(literal));        \
        assert_memory_equal((view).ptr, literal, (view).len); \
    } while (0)

static void
test_verdict_replaces(void **state)
{
    struct world *w = *state;
    struct item_state s;

    s = fixture_state(w->store, 1, "ana", &w->arena);
    assert_int_equal(s.item, 0);
    assert_int_equal(s.version, 0);
    fixture_append(w->store, ANNOTATION_VERDICT, 1, "good");
    fixture_append(w->store, ANNOTATION_VERDICT, 1, "bad");
    s = fixture_state(w->store, 1, "ana", &w->arena);
    assert_str(s.verdict, "bad");
    assert_int_equal(s.flags, STATE_JUDGED);
    assert_int_equal(s.reviewers, 1);
    assert_true(s.judged_us > 0);
    s = fixture_state(w->store, 1, "kim", &w->arena);
    assert_int_equal(s.flags, 0);
    s = fixture_state(w->store, 1, NULL, &w->arena);
    assert_str(s.verdict, "bad");
}

static void
test_fills_and_keeps_everything(void **state)
{
    struct world *w = *state;
    struct annotation act = fixture_act(ANNOTATION_TAG, 3, "hate/threat");
    struct item_key key = fixture_key(3);
    struct annotation *list = NULL;
    size_t count = 0;

    act.span = (struct annotation_span){true, {4, 10}, 3, 8};
    act.reason = STR_LIT("because\n\"x\"");
    act.ms = 1234;
    act.share = 0.25;
    act.visible = VISIBLE_SCORES | VISIBLE_PEERS;
    act.queue = STR_LIT("first");
    act.position = 7;
    assert_int_equal(store_append(w->store, &act, 1, -1, &w->err), ERR_OK);
    assert_int_equal(act.lamport, 1);
    assert_int_equal(act.seq, 1);
    assert_str(act.reviewer, "ana");
    assert_int_equal(act.policy.len, 64);
    assert_int_equal(
        store_item_history(w->store, &key, &w->arena, &list, &count, &w->err),
        ERR_OK);
    assert_int_equal(count, 1);
    assert_memory_equal(list[0].uuid.bytes, act.uuid.bytes, 16);
    assert_int_equal(list[0].at_us, act.at_us);
    assert_str(list[0].value, "hate/threat");
    assert_str(list[0].reason, "because\n\"x\"");
    assert_true(list[0].span.given);
    assert_int_equal(list[0].span.bytes.end, 10);
    assert_int_equal(list[0].span.end_cp, 8);
    assert_int_equal(list[0].ms, 1234);
    assert_true(list[0].share > 0.24 && list[0].share < 0.26);
    assert_int_equal(list[0].visible, 3);
    assert_str(list[0].queue, "first");
    assert_int_equal(list[0].position, 7);
    assert_int_equal(fixture_state(w->store, 3, NULL, &w->arena).flags,
                     STATE_SPANS);
}

static void
test_retry_is_not_doubled(void **state)
{
    struct world *w = *state;
    struct annotation act = fixture_act(ANNOTATION_VERDICT, 1, "good");
    struct annotation again;
    int64_t head = 0;

    act.uuid = uuid_make();
    again = act;
    assert_int_equal(store_append(w->store, &act, 1, 0, &w->err), ERR_OK);
    /* The state moved by our own first attempt: still no conflict. */
    assert_int_equal(store_append(w->store, &again, 1, 0, &w->err), ERR_OK);
    assert_int_equal(again.seq, act.seq);
    assert_int_equal(again.lamport, act.lamport);
    assert_int_equal(store_head(w->store, &head, &w->err), ERR_OK);
    assert_int_equal(head, 1);
}

static void
test_expected_version(void **state)
{
    struct world *w = *state;
    struct store *kim = fixture_store(w->fixture, "kim");
    struct item_state seen;
    struct annotation act = fixture_act(ANNOTATION_VERDICT, 1, "bad");
    int64_t head = 0;

    fixture_append(w->store, ANNOTATION_VERDICT, 1, "good");
    seen = fixture_state(w->store, 1, NULL, &w->arena);
    fixture_append(kim, ANNOTATION_SKIP, 1, NULL);
    assert_int_equal(store_append(w->store, &act, 1, seen.version, &w->err),
                     ERR_CONFLICT);
    assert_int_equal(act.lamport, 0);
    assert_int_equal(act.seq, 0);
    assert_int_equal(store_head(w->store, &head, &w->err), ERR_OK);
    assert_int_equal(head, 2);
    seen = fixture_state(w->store, 1, NULL, &w->arena);
    assert_int_equal(store_append(w->store, &act, 1, seen.version, &w->err),
                     ERR_OK);
    store_close(kim);
}

static void
test_refuses_malformed(void **state)
{
    struct world *w = *state;
    struct annotation acts[] = {
        fixture_act(ANNOTATION_VERDICT, 1, "excellent"),
        fixture_act(ANNOTATION_TAG, 1, "two words"),
        fixture_act(ANNOTATION_TAG, 1, ""),
        fixture_act(ANNOTATION_TAG, 1, "none"),
        fixture_act(ANNOTATION_TAG, 1, "-x"),
        fixture_act(ANNOTATION_TAG, 1, "bidi\xe2\x80\xae"),
        fixture_act(ANNOTATION_TAG, 1, "bad\xff"),
        fixture_act(ANNOTATION_REWRITE, 1, ""),
        fixture_act(ANNOTATION_NOTE, 1, ""),
        fixture_act(ANNOTATION_REDACT, 1, "[X]"),
        fixture_act(ANNOTATION_INSERT, 1, NULL),
        fixture_act(ANNOTATION_EXPORT, 1, NULL),
        fixture_act(ANNOTATION_UNDO, 1, "no uuid"),
        fixture_act(ANNOTATION_SEND_BACK, 1, "a,b"),
    };
    int64_t head = 0;

    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        enum err_code code = store_append(w->store, &acts[i], 1, -1, &w->err);

        if (code != ERR_USAGE)
            print_message("act %zu: %s\n", i, w->err.message);
        assert_int_equal(code, ERR_USAGE);
    }
    assert_int_equal(store_head(w->store, &head, &w->err), ERR_OK);
    assert_int_equal(head, 0);
    /* All or nothing. */
    acts[1] = fixture_act(ANNOTATION_TAG, 1, "fine");
    acts[0] = fixture_act(ANNOTATION_TAG, 2, "fine");
    assert_int_equal(store_append(w->store, acts, 3, -1, &w->err), ERR_USAGE);
    assert_int_equal(store_head(w->store, &head, &w->err), ERR_OK);
    assert_int_equal(head, 0);
}

static void
test_closed_tags_and_own_verdicts(void **state)
{
    struct fixture *fixture =
        fixture_new("[verdict]\n values = keepit:k:1 tossit:t:2\n"
                    "[tag \"hate/threat\"]\n key = ht\n"
                    "[policy]\n tags = closed\n reviewers = ana, kim\n");
    struct error err = ERROR_INIT;
    struct store *store = fixture_store(fixture, "kim");
    struct store *other = NULL;
    struct annotation act = fixture_act(ANNOTATION_TAG, 1, "hate/threat");
    struct annotation unknown = fixture_act(ANNOTATION_TAG, 1, "hate");
    struct annotation verdict = fixture_act(ANNOTATION_VERDICT, 1, "good");

    (void)state;
    assert_int_equal(store_append(store, &act, 1, -1, &err), ERR_OK);
    assert_int_equal(store_append(store, &unknown, 1, -1, &err), ERR_USAGE);
    assert_int_equal(store_append(store, &verdict, 1, -1, &err), ERR_USAGE);
    verdict.value = STR_LIT("tossit");
    assert_int_equal(store_append(store, &verdict, 1, -1, &err), ERR_OK);
    assert_int_equal(store_open(&other, fixture->ws, "eve", false, &err),
                     ERR_CONFIG);
    assert_non_null(strstr(err.message, "ana, kim"));
    assert_int_equal(store_open(&other, fixture->ws, "a\nb", false, &err),
                     ERR_CONFIG);
    store_close(store);
    fixture_free(fixture);
}

static void
test_bulk_is_one(void **state)
{
    struct world *w = *state;
    struct item_key keys[100];
    struct annotation act = {.kind = ANNOTATION_TAG,
                             .how = HOW_BULK,
                             .value = STR_LIT("spam"),
                             .query = STR_LIT("buy now"),
                             .items = keys,
                             .item_count = 100};
    int64_t head = 0;

    for (unsigned i = 0; i < 100; i++)
        keys[i] = fixture_key(i);
    assert_int_equal(store_append(w->store, &act, 1, -1, &w->err), ERR_OK);
    assert_int_equal(store_head(w->store, &head, &w->err), ERR_OK);
    assert_int_equal(head, 1);
    for (unsigned i = 0; i < 100; i++)
        assert_str(fixture_state(w->store, i, "ana", &w->arena).tags, "spam");
    assert_int_equal(store_undo(w->store, &act.uuid, &w->err), ERR_OK);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(fixture_state(w->store, i, "ana", &w->arena).tags.len,
                         0);
}

static enum err_code
count_visit(void *ctx, const struct annotation *a, struct error *err)
{
    int64_t *counts = ctx;

    (void)err;
    counts[0]++;
    if (counts[1] != 0 && (int64_t)a->lamport != counts[1] + counts[2])
        counts[3]++; /* out of order */
    counts[1] = (int64_t)a->lamport;
    return ERR_OK;
}

static void
test_journal_pages_and_filters(void **state)
{
    struct world *w = *state;
    struct journal_filter filter = {0};
    struct item_key key = fixture_key(3);
    int64_t counts[4] = {0, 0, 1, 0};
    int64_t back[4] = {0, 0, -1, 0};
    int64_t few[4] = {0, 0, 1, 0};

    for (unsigned i = 0; i < 450; i++)
        fixture_append(w->store, ANNOTATION_TAG, i % 10, "x");
    assert_int_equal(
        store_journal(w->store, &filter, count_visit, counts, &w->err), ERR_OK);
    assert_int_equal(counts[0], 450);
    assert_int_equal(counts[3], 0);
    filter.newest_first = true;
    assert_int_equal(
        store_journal(w->store, &filter, count_visit, back, &w->err), ERR_OK);
    assert_int_equal(back[0], 450);
    assert_int_equal(back[3], 0);
    filter = (struct journal_filter){.item = &key, .limit = 20};
    few[2] = 10;
    assert_int_equal(
        store_journal(w->store, &filter, count_visit, few, &w->err), ERR_OK);
    assert_int_equal(few[0], 20);
    assert_int_equal(few[3], 0);
    filter = (struct journal_filter){.reviewer = STR_LIT("kim")};
    few[0] = 0;
    assert_int_equal(
        store_journal(w->store, &filter, count_visit, few, &w->err), ERR_OK);
    assert_int_equal(few[0], 0);
}

static void
test_clock_may_jump(void **state)
{
    struct world *w = *state;

    time_set_us(INT64_C(1700000000000000));
    fixture_append(w->store, ANNOTATION_VERDICT, 1, "good");
    time_set_us(INT64_C(1600000000000000));
    fixture_append(w->store, ANNOTATION_VERDICT, 1, "bad");
    time_set_us(0);
    assert_str(fixture_state(w->store, 1, NULL, &w->arena).verdict, "bad");
}

static void
test_same_text_other_id_is_another(void **state)
{
    struct world *w = *state;
    struct item_key a = fixture_key(1);
    struct item_key b = a;
    struct item_state s;
    struct str nobody = {NULL, 0};

    fixture_append(w->store, ANNOTATION_VERDICT, 1, "good");
    b.id_token = STR_LIT("1");
    assert_int_equal(store_state(w->store, &b, nobody, &w->arena, &s, &w->err),
                     ERR_OK);
    assert_int_equal(s.item, 0);
    b = a;
    b.source = (struct str){NULL, 0};
    assert_int_equal(store_state(w->store, &b, nobody, &w->arena, &s, &w->err),
                     ERR_OK);
    assert_int_equal(s.item, 0);
}

static void
test_newer_and_foreign_files_are_refused(void **state)
{
    struct world *w = *state;
    struct store *store = NULL;
    struct db *db = NULL;

    store_close(w->store);
    w->store = NULL;
    assert_int_equal(db_open(&db, w->fixture->ws->store, DB_STORE, &w->err),
                     ERR_OK);
    assert_int_equal(db_set_version(db, 0x73746574, 99, &w->err), ERR_OK);
    assert_int_equal(store_open(&store, w->fixture->ws, "ana", false, &w->err),
                     ERR_CONFIG);
    assert_non_null(strstr(w->err.message, "newer"));
    assert_int_equal(db_set_version(db, 0x12345678, 1, &w->err), ERR_OK);
    db_close(db);
    assert_int_equal(store_open(&store, w->fixture->ws, "ana", false, &w->err),
                     ERR_FORMAT);
}

/* In an older store a judgement of one's own had ended an escalation. */
static void
test_escalations_come_back(void **state)
{
    struct world *w = *state;
    struct db *db = NULL;

    fixture_append(w->store, ANNOTATION_ESCALATE, 1, NULL);
    fixture_append(w->store, ANNOTATION_VERDICT, 1, "bad");
    fixture_append(w->store, ANNOTATION_ESCALATE, 2, NULL);
    fixture_append(w->store, ANNOTATION_SEND_BACK, 2, "kim");
    fixture_append(w->store, ANNOTATION_ESCALATE, 3, NULL);
    store_close(w->store);
    assert_int_equal(db_open(&db, w->fixture->ws->store, DB_STORE, &w->err),
                     ERR_OK);
    assert_int_equal(
        db_exec(db, "UPDATE state SET flags = flags & ~4 WHERE item = 1",
                &w->err),
        ERR_OK);
    /* what later versions add */
    assert_int_equal(
        db_exec(db, "DROP INDEX annotation_failure; DROP INDEX state_escalated",
                &w->err),
        ERR_OK);
    assert_int_equal(db_set_version(db, 0x73746574, 2, &w->err), ERR_OK);
    db_close(db);
    w->store = fixture_store(w->fixture, "ana"); /* checked at the end */
    assert_true(fixture_state(w->store, 1, NULL, &w->arena).flags &
                STATE_ESCALATED);
    assert_true(fixture_state(w->store, 1, "ana", &w->arena).flags &
                STATE_ESCALATED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_verdict_replaces),
        T(test_fills_and_keeps_everything),
        T(test_retry_is_not_doubled),
        T(test_expected_version),
        T(test_refuses_malformed),
        cmocka_unit_test(test_closed_tags_and_own_verdicts),
        T(test_bulk_is_one),
        T(test_journal_pages_and_filters),
        T(test_clock_may_jump),
        T(test_same_text_other_id_is_another),
        T(test_newer_and_foreign_files_are_refused),
        T(test_escalations_come_back),
    };

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
