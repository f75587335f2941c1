/* Undo and redo: order, sessions, bulk, other people's, undo of undo. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
    uint64_t count = 0;

    assert_int_equal(store_check(w->store, &count, &w->err), ERR_OK);
    store_close(w->store);
    arena_release(&w->arena);
    fixture_free(w->fixture);
    free(w);
    return 0;
}

/* What `u` and `^R` do; whether there was something. */
static bool
press_undo(struct world *w)
{
    struct annotation act;
    bool earlier = false;

    if (store_undo_peek(w->store, &w->arena, &act, &earlier, &w->err) != ERR_OK)
        return false;
    assert_int_equal(store_undo(w->store, &act.uuid, &w->err), ERR_OK);
    return true;
}

static bool
press_redo(struct world *w)
{
    struct annotation act;

    if (store_redo_peek(w->store, &w->arena, &act, &w->err) != ERR_OK)
        return false;
    assert_int_equal(act.kind, ANNOTATION_UNDO);
    assert_int_equal(store_undo(w->store, &act.uuid, &w->err), ERR_OK);
    return true;
}

static const char *
verdict(struct world *w, unsigned item)
{
    struct str v = fixture_state(w->store, item, "ana", &w->arena).verdict;

    return v.len ? arena_copy(&w->arena, v).ptr : "";
}

static void
test_all_the_way_and_back(void **state)
{
    static const char *const values[] = {"good", "bad", "unsure"};
    struct world *w = *state;

    for (unsigned i = 0; i < 30; i++)
        fixture_append(w->store, ANNOTATION_VERDICT, i % 7, values[i % 3]);
    for (unsigned round = 0; round < 3; round++) {
        char *before = fixture_dump(w->fixture);
        char *after = NULL;

        for (unsigned i = 0; i < 30; i++)
            assert_true(press_undo(w));
        assert_false(press_undo(w));
        for (unsigned i = 0; i < 7; i++)
            assert_string_equal(verdict(w, i), "");
        for (unsigned i = 0; i < 30; i++) {
            assert_true(press_redo(w));
            assert_string_equal(verdict(w, i % 7), values[i % 3]);
        }
        assert_false(press_redo(w));
        after = fixture_dump(w->fixture);
        /* The same states; only undone undos are added. */
        assert_true(strlen(after) > strlen(before));
        free(before);
        free(after);
    }
}

static void
test_redo_dies_with_a_new_act(void **state)
{
    struct world *w = *state;

    fixture_append(w->store, ANNOTATION_VERDICT, 1, "good");
    fixture_append(w->store, ANNOTATION_VERDICT, 2, "bad");
    assert_true(press_undo(w));
    fixture_append(w->store, ANNOTATION_REVEAL, 3, NULL); /* decides nothing */
    assert_true(press_redo(w));
    assert_true(press_undo(w));
    fixture_append(w->store, ANNOTATION_VERDICT, 3, "bad");
    assert_false(press_redo(w));
    assert_true(press_undo(w)); /* item 3 */
    assert_true(press_undo(w)); /* item 1 */
    assert_string_equal(verdict(w, 1), "");
    assert_true(press_redo(w));
    assert_string_equal(verdict(w, 1), "good");
    assert_true(press_redo(w));
    assert_string_equal(verdict(w, 3), "bad");
    assert_false(press_redo(w));
    assert_string_equal(verdict(w, 2), "");
}

static void
test_others_are_not_touched(void **state)
{
    struct world *w = *state;
    struct store *kim = fixture_store(w->fixture, "kim");
    struct uuid theirs = fixture_append(kim, ANNOTATION_VERDICT, 1, "bad");
    struct annotation act;
    bool earlier = false;

    assert_int_equal(
        store_undo_peek(w->store, &w->arena, &act, &earlier, &w->err),
        ERR_NOTFOUND);
    assert_int_equal(store_undo(w->store, &theirs, &w->err), ERR_PERM);
    fixture_append(w->store, ANNOTATION_VERDICT, 1, "good");
    assert_true(press_undo(w));
    assert_int_equal(fixture_state(w->store, 1, "kim", &w->arena).verdict.len,
                     3);
    assert_int_equal(fixture_state(w->store, 1, NULL, &w->arena).verdict.len,
                     3);
    theirs = uuid_make();
    assert_int_equal(store_undo(w->store, &theirs, &w->err), ERR_NOTFOUND);
    store_close(kim);
}

static void
test_earlier_session(void **state)
{
    struct world *w = *state;
    struct annotation act;
    bool earlier = false;

    fixture_append(w->store, ANNOTATION_VERDICT, 1, "good");
    assert_int_equal(
        store_undo_peek(w->store, &w->arena, &act, &earlier, &w->err), ERR_OK);
    assert_false(earlier);
    store_close(w->store);
    w->store = fixture_store(w->fixture, "ana");
    assert_int_equal(
        store_undo_peek(w->store, &w->arena, &act, &earlier, &w->err), ERR_OK);
    assert_true(earlier);
    fixture_append(w->store, ANNOTATION_CLAIM, 1, NULL);
    assert_int_equal(
        store_undo_peek(w->store, &w->arena, &act, &earlier, &w->err), ERR_OK);
    assert_int_equal(act.kind, ANNOTATION_VERDICT);
    assert_true(act.has_item);
    assert_int_equal(act.item.id_token.len, strlen("\"doc-1\""));
}

static void
test_undo_of_undo_of_undo(void **state)
{
    struct world *w = *state;
    struct uuid a = fixture_append(w->store, ANNOTATION_VERDICT, 1, "good");
    struct uuid at = a;

    for (unsigned depth = 1; depth < 40; depth++) {
        char text[UUID_TEXT_SIZE];
        struct annotation undo = {.kind = ANNOTATION_UNDO};

        uuid_format(&at, text);
        undo.value = str_of(text);
        assert_int_equal(store_append(w->store, &undo, 1, -1, &w->err), ERR_OK);
        at = undo.uuid;
        assert_string_equal(verdict(w, 1), depth % 2 ? "" : "good");
    }
}

static void
test_undoing_twice_is_one(void **state)
{
    struct world *w = *state;
    struct uuid a = fixture_append(w->store, ANNOTATION_VERDICT, 1, "good");

    assert_int_equal(store_undo(w->store, &a, &w->err), ERR_OK);
    assert_int_equal(store_undo(w->store, &a, &w->err), ERR_OK);
    assert_string_equal(verdict(w, 1), "");
    assert_true(press_redo(w)); /* takes back one of the two undos */
    assert_string_equal(verdict(w, 1), "");
    assert_true(press_redo(w));
    assert_string_equal(verdict(w, 1), "good");
}

static void
test_bulk_undone_and_redone_as_one(void **state)
{
    struct world *w = *state;
    struct item_key keys[300];
    struct annotation act = {.kind = ANNOTATION_VERDICT,
                             .how = HOW_BULK,
                             .value = STR_LIT("bad"),
                             .items = keys,
                             .item_count = 300};

    for (unsigned i = 0; i < 300; i++)
        keys[i] = fixture_key(i);
    fixture_append(w->store, ANNOTATION_VERDICT, 5, "good");
    assert_int_equal(store_append(w->store, &act, 1, -1, &w->err), ERR_OK);
    assert_string_equal(verdict(w, 5), "bad");
    assert_true(press_undo(w));
    assert_string_equal(verdict(w, 5), "good");
    assert_string_equal(verdict(w, 299), "");
    assert_true(press_redo(w));
    assert_string_equal(verdict(w, 5), "bad");
    assert_string_equal(verdict(w, 299), "bad");
}

static enum err_code
keep_last(void *ctx, const struct annotation *a, struct error *err)
{
    struct annotation *out = ctx;

    (void)err;
    if (a->item_count || a->items)
        *out = *a;
    return ERR_OK;
}

static void
test_one_is_brought_back_alone(void **state)
{
    struct world *w = *state;
    struct uuid a = fixture_append(w->store, ANNOTATION_VERDICT, 1, "good");
    struct uuid b = fixture_append(w->store, ANNOTATION_VERDICT, 2, "bad");
    struct store *kim = fixture_store(w->fixture, "kim");
    struct annotation found;

    assert_int_equal(store_redo(w->store, &a, &w->err), ERR_NOTFOUND);
    assert_int_equal(store_undo(w->store, &a, &w->err), ERR_OK);
    assert_int_equal(store_undo(w->store, &a, &w->err), ERR_OK);
    assert_int_equal(store_undo(w->store, &b, &w->err), ERR_OK);
    assert_int_equal(store_redo(kim, &a, &w->err), ERR_NOTFOUND);
    assert_int_equal(store_redo(w->store, &a, &w->err), ERR_OK);
    assert_string_equal(verdict(w, 1), "good");
    assert_string_equal(verdict(w, 2), "");
    assert_int_equal(store_annotation(kim, &b, &w->arena, &found, &w->err),
                     ERR_OK);
    assert_true(found.undone && found.has_item);
    found.uuid.bytes[3] ^= 1;
    assert_int_equal(
        store_annotation(kim, &found.uuid, &w->arena, &found, &w->err),
        ERR_NOTFOUND);
    store_close(kim);
}

static void
test_journal_counts_bulk(void **state)
{
    struct world *w = *state;
    struct item_key keys[300];
    struct annotation act = {.kind = ANNOTATION_VERDICT,
                             .how = HOW_BULK,
                             .value = STR_LIT("bad"),
                             .items = keys,
                             .item_count = 300};
    struct annotation seen = {0};
    struct journal_filter filter = {.bulk_counted = true};

    for (unsigned i = 0; i < 300; i++)
        keys[i] = fixture_key(i);
    fixture_append(w->store, ANNOTATION_VERDICT, 5, "good");
    assert_int_equal(store_append(w->store, &act, 1, -1, &w->err), ERR_OK);
    assert_int_equal(
        store_journal(w->store, &filter, keep_last, &seen, &w->err), ERR_OK);
    assert_int_equal(seen.item_count, 300);
    assert_true(seen.has_item);
    assert_null(seen.items);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_all_the_way_and_back),
        T(test_redo_dies_with_a_new_act),
        T(test_others_are_not_touched),
        T(test_earlier_session),
        T(test_undo_of_undo_of_undo),
        T(test_undoing_twice_is_one),
        T(test_bulk_undone_and_redone_as_one),
        T(test_one_is_brought_back_alone),
        T(test_journal_counts_bulk),
    };

    return cmocka_run_group_tests_name("undo", tests, NULL, NULL);
}
