/* Queues keep their order; turns and claims share the work out. */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "stet/db.h"
#include "stet/queue.h"
#include "tests/lib/review_fixture.h"

struct world {
    struct fixture *fixture;
    struct store *ana, *kim;
    struct arena arena;
    struct error err;
    struct item_key keys[500];
};

static int
set_up(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    w->fixture = fixture_new(NULL);
    w->ana = fixture_store(w->fixture, "ana");
    w->kim = fixture_store(w->fixture, "kim");
    arena_init(&w->arena, 0);
    for (unsigned i = 0; i < 500; i++)
        w->keys[i] = fixture_key(499 - i);
    *state = w;
    return 0;
}

static int
tear_down(void **state)
{
    struct world *w = *state;

    store_close(w->ana);
    store_close(w->kim);
    arena_release(&w->arena);
    fixture_free(w->fixture);
    free(w);
    return 0;
}

static void
save(struct world *w, const char *name, double overlap)
{
    struct queue_options options = {.name = str_of(name),
                                    .query = STR_LIT("toxicity:0.8.."),
                                    .order = STR_LIT("sort:toxicity"),
                                    .overlap = overlap};

    if (queue_save(w->ana, &options, w->keys, 500, &w->err) != ERR_OK)
        fail_msg("%s", w->err.message);
}

static uint64_t
left(struct world *w, struct store *store, const char *name)
{
    struct queue_info info;

    assert_int_equal(queue_get(store, str_of(name), &w->arena, &info, &w->err),
                     ERR_OK);
    return info.left;
}

static struct turn
turn(struct world *w, struct store *store, const char *queue, unsigned item)
{
    struct item_key key = fixture_key(item);
    struct turn out;

    if (queue_turns(store, str_of(queue), &key, 1, &w->arena, &out, &w->err) !=
        ERR_OK)
        fail_msg("%s", w->err.message);
    return out;
}

static void
test_order_is_kept(void **state)
{
    struct world *w = *state;
    struct item_key *items = NULL;
    struct queue_info info;
    size_t count = 0;

    save(w, "first", 0);
    assert_int_equal(queue_items(w->kim, STR_LIT("first"), &w->arena, &items,
                                 &count, &w->err),
                     ERR_OK);
    assert_int_equal(count, 500);
    for (unsigned i = 0; i < 500; i++)
        assert_true(str_equal(items[i].id_token, w->keys[i].id_token) &&
                    hash_equal(&items[i].text, &w->keys[i].text));
    assert_int_equal(
        queue_get(w->kim, STR_LIT("first"), &w->arena, &info, &w->err), ERR_OK);
    assert_int_equal(info.total, 500);
    assert_int_equal(info.left, 500);
    assert_true(str_equal(info.query, STR_LIT("toxicity:0.8..")));
    assert_int_equal(info.place, 0);
    assert_int_equal(queue_place_put(w->kim, STR_LIT("first"), 17, &w->err),
                     ERR_OK);
    assert_int_equal(
        queue_get(w->kim, STR_LIT("first"), &w->arena, &info, &w->err), ERR_OK);
    assert_int_equal(info.place, 17);
    assert_int_equal(
        queue_get(w->ana, STR_LIT("first"), &w->arena, &info, &w->err), ERR_OK);
    assert_int_equal(info.place, 0);
}

static void
test_names_and_replacing(void **state)
{
    struct world *w = *state;
    struct queue_options options = {.name = STR_LIT("first")};
    struct queue_info *list = NULL;
    struct item_key twice[3] = {w->keys[4], w->keys[2], w->keys[4]};
    size_t count = 0;

    save(w, "first", 0);
    assert_int_equal(queue_save(w->ana, &options, twice, 3, &w->err),
                     ERR_EXISTS);
    assert_int_equal(left(w, w->ana, "first"), 500);
    options.replace = true;
    assert_int_equal(queue_save(w->ana, &options, twice, 3, &w->err), ERR_OK);
    assert_int_equal(left(w, w->ana, "first"), 2);
    options.name = STR_LIT("no spaces");
    assert_int_equal(queue_save(w->ana, &options, twice, 3, &w->err),
                     ERR_USAGE);
    assert_int_equal(queue_list(w->ana, &w->arena, &list, &count, &w->err),
                     ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(queue_remove(w->ana, STR_LIT("first"), &w->err), ERR_OK);
    assert_int_equal(queue_remove(w->ana, STR_LIT("first"), &w->err),
                     ERR_NOTFOUND);
}

static void
test_turns(void **state)
{
    struct world *w = *state;

    save(w, "q", 0);
    assert_int_equal(turn(w, w->ana, "q", 7).turn, TURN_OPEN);
    fixture_append(w->ana, ANNOTATION_TAG, 7, "x");
    assert_int_equal(turn(w, w->ana, "q", 7).turn, TURN_OPEN);
    fixture_append(w->ana, ANNOTATION_VERDICT, 7, "good");
    assert_int_equal(turn(w, w->ana, "q", 7).turn, TURN_DONE);
    assert_int_equal(turn(w, w->kim, "q", 7).turn, TURN_DONE);
    /* Outside a queue another's judgement does not close it. */
    assert_int_equal(turn(w, w->kim, "", 7).turn, TURN_OPEN);
    fixture_append(w->kim, ANNOTATION_SEND_BACK, 7, "ana");
    assert_int_equal(turn(w, w->ana, "q", 7).turn, TURN_OPEN);
    fixture_append(w->ana, ANNOTATION_SKIP, 8, NULL);
    assert_int_equal(turn(w, w->ana, "q", 8).turn, TURN_DONE);
    assert_int_equal(turn(w, w->kim, "q", 8).turn, TURN_OPEN);
    fixture_append(w->ana, ANNOTATION_ESCALATE, 9, NULL);
    assert_int_equal(turn(w, w->kim, "q", 9).turn, TURN_DONE);
    assert_int_equal(left(w, w->ana, "q"), 498); /* not 8, not 9 */
    assert_int_equal(left(w, w->kim, "q"), 498); /* not 7, not 9 */
    /* Escalated is done for all, everywhere, even when it was sent back. */
    assert_int_equal(turn(w, w->kim, "", 9).turn, TURN_DONE);
    fixture_append(w->ana, ANNOTATION_VERDICT, 9, "bad");
    fixture_append(w->ana, ANNOTATION_SEND_BACK, 9, "ana");
    fixture_append(w->kim, ANNOTATION_ESCALATE, 9, NULL);
    assert_int_equal(turn(w, w->ana, "q", 9).turn, TURN_DONE);
    fixture_append(w->ana, ANNOTATION_RESOLVE, 9, NULL);
    assert_int_equal(turn(w, w->ana, "q", 9).turn, TURN_OPEN);
    fixture_append(w->kim, ANNOTATION_ESCALATE, 10, NULL);
    fixture_append(w->ana, ANNOTATION_RESOLVE, 10, NULL);
    assert_int_equal(turn(w, w->kim, "q", 10).turn, TURN_OPEN);
    assert_int_equal(left(w, w->kim, "q"), 498); /* not 7, not 9: ana did */
}

static void
test_overlap_is_a_fixed_share(void **state)
{
    struct world *w = *state;
    unsigned twice = 0;

    save(w, "some", 0.2);
    save(w, "all", 1);
    for (unsigned i = 0; i < 500; i++)
        fixture_append(w->ana, ANNOTATION_VERDICT, i, "good");
    for (unsigned i = 0; i < 500; i++) {
        enum queue_turn mine = turn(w, w->kim, "some", i).turn;

        twice += mine == TURN_OPEN;
        assert_int_equal(turn(w, w->kim, "some", i).turn, mine);
        assert_int_equal(turn(w, w->kim, "all", i).turn, TURN_OPEN);
        if (i % 20 == 0) /* a batch agrees with single calls */
            fixture_append(w->kim, ANNOTATION_VERDICT, i, "bad");
    }
    assert_in_range(twice, 60, 145); /* 100 expected, 5 deviations */
    assert_int_equal(left(w, w->ana, "all"), 0);
    assert_int_equal(left(w, w->kim, "all"), 475);
}

static void
test_given_to(void **state)
{
    struct world *w = *state;
    struct queue_info info;

    save(w, "q", 0);
    assert_int_equal(
        queue_give(w->ana, STR_LIT("q"), STR_LIT("lee, kim"), &w->err), ERR_OK);
    assert_int_equal(left(w, w->ana, "q"), 0);
    assert_int_equal(left(w, w->kim, "q"), 500);
    assert_int_equal(queue_get(w->ana, STR_LIT("q"), &w->arena, &info, &w->err),
                     ERR_OK);
    assert_true(str_equal(info.reviewers, STR_LIT("lee, kim")));
    assert_int_equal(
        queue_give(w->ana, STR_LIT("none"), STR_LIT("kim"), &w->err),
        ERR_NOTFOUND);
    assert_int_equal(queue_give(w->ana, STR_LIT("q"), STR_LIT("a\nb"), &w->err),
                     ERR_USAGE);
}

static void
test_split(void **state)
{
    struct world *w = *state;
    struct item_key *items = NULL;
    size_t count = 0;

    save(w, "q", 0);
    assert_int_equal(queue_split(w->ana, STR_LIT("q"), 3, &w->err), ERR_OK);
    assert_int_equal(left(w, w->ana, "q-1"), 167);
    assert_int_equal(left(w, w->ana, "q-3"), 166);
    assert_int_equal(
        queue_items(w->ana, STR_LIT("q-2"), &w->arena, &items, &count, &w->err),
        ERR_OK);
    assert_int_equal(count, 167);
    for (unsigned i = 0; i < count; i++)
        assert_true(str_equal(items[i].id_token, w->keys[3 * i + 1].id_token));
    assert_int_equal(queue_split(w->ana, STR_LIT("q"), 3, &w->err), ERR_EXISTS);
    assert_int_equal(queue_split(w->ana, STR_LIT("q"), 1, &w->err), ERR_USAGE);
}

/* Another process claims; fork() makes another owner. */
static void
claim_in_child(struct world *w, unsigned item, bool release, pid_t *alive)
{
    int ready[2];
    int status = 0;
    pid_t child;

    assert_int_equal(pipe(ready), 0);
    child = fork();

    if (child == 0) {
        struct error err = ERROR_INIT;
        struct store *kim = fixture_store(w->fixture, "kim");
        struct item_key key = fixture_key(item);
        bool ok = claim_take(kim, &key, false, &err) == ERR_OK;

        if (release)
            store_close(kim);
        /* A claim by a living process: it waits to be told. */
        if (!release && alive)
            (void)!write(ready[1], ok ? "+" : "-", 1);
        if (!release && alive)
            (void)pause();
        _exit(ok ? 0 : 1);
    }
    if (!release && alive) {
        char answer = '-';

        assert_int_equal(read(ready[0], &answer, 1), 1);
        assert_int_equal(answer, '+');
        *alive = child;
    } else {
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    close(ready[0]);
    close(ready[1]);
}

static void
end_child(pid_t child)
{
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void
expire_claims(struct world *w)
{
    struct db *db = NULL;

    assert_int_equal(db_open(&db, w->fixture->ws->store, DB_STORE, &w->err),
                     ERR_OK);
    assert_int_equal(
        db_exec(db, "UPDATE claim SET until_us = until_us - 15*60*1000000",
                &w->err),
        ERR_OK);
    db_close(db);
}

static void
test_claims(void **state)
{
    struct world *w = *state;
    struct item_key key = fixture_key(3);
    struct item_key fifth = fixture_key(5);
    struct annotation *history = NULL;
    size_t count = 0;
    struct turn t;
    pid_t kim = 0;

    save(w, "q", 0);
    assert_int_equal(claim_take(w->ana, &key, false, &w->err), ERR_OK);
    assert_int_equal(claim_take(w->ana, &key, false, &w->err), ERR_OK);
    assert_int_equal(turn(w, w->ana, "q", 3).turn, TURN_OPEN);
    assert_int_equal(claim_release(w->ana, &key, &w->err), ERR_OK);

    claim_in_child(w, 3, false, &kim);
    t = turn(w, w->ana, "q", 3);
    assert_int_equal(t.turn, TURN_TAKEN);
    assert_true(str_equal(t.owner, STR_LIT("kim")));
    assert_int_equal(claim_take(w->ana, &key, false, &w->err), ERR_CONFLICT);
    assert_non_null(strstr(w->err.message, "kim"));
    expire_claims(w);
    assert_int_equal(turn(w, w->ana, "q", 3).turn, TURN_OPEN);
    assert_int_equal(claim_take(w->ana, &key, false, &w->err), ERR_OK);
    assert_int_equal(claim_release(w->ana, NULL, &w->err), ERR_OK);
    end_child(kim);

    claim_in_child(w, 4, true, NULL); /* closed: freed */
    assert_int_equal(turn(w, w->ana, "q", 4).turn, TURN_OPEN);

    claim_in_child(w, 5, false, NULL); /* crashed: freed when asked for */
    assert_int_equal(claim_take(w->ana, &fifth, false, &w->err), ERR_OK);
    /* Moving on frees what was held. */
    assert_int_equal(claim_move(w->ana, &key, &w->err), ERR_OK);
    claim_in_child(w, 5, false, NULL);
    assert_int_equal(claim_release(w->ana, NULL, &w->err), ERR_OK);

    claim_in_child(w, 3, false, &kim);
    assert_int_equal(claim_move(w->ana, &key, &w->err), ERR_CONFLICT);
    assert_int_equal(claim_take(w->ana, &key, true, &w->err), ERR_OK);
    end_child(kim);
    assert_int_equal(turn(w, w->ana, "q", 3).turn, TURN_OPEN);
    assert_int_equal(
        store_item_history(w->ana, &key, &w->arena, &history, &count, &w->err),
        ERR_OK);
    assert_int_equal(count, 1); /* the take-over is journalled */
    assert_int_equal(history[0].kind, ANNOTATION_CLAIM);
}

static void
test_memory(void **state)
{
    struct world *w = *state;
    struct item_key key = fixture_key(3);
    struct str text = {NULL, 0};

    assert_int_equal(store_draft_get(w->ana, &key, &w->arena, &text, &w->err),
                     ERR_NOTFOUND);
    assert_int_equal(
        store_draft_put(w->ana, &key, STR_LIT("half a\0rewrite"), &w->err),
        ERR_OK);
    assert_int_equal(store_draft_get(w->ana, &key, &w->arena, &text, &w->err),
                     ERR_OK);
    assert_true(str_equal(text, STR_LIT("half a\0rewrite")));
    assert_int_equal(store_draft_get(w->kim, &key, &w->arena, &text, &w->err),
                     ERR_NOTFOUND);
    assert_true(fixture_state(w->ana, 3, "ana", &w->arena).flags & STATE_DRAFT);
    assert_false(fixture_state(w->kim, 3, "kim", &w->arena).flags &
                 STATE_DRAFT);
    assert_int_equal(store_draft_remove(w->ana, &key, &w->err), ERR_OK);
    assert_int_equal(store_draft_get(w->ana, &key, &w->arena, &text, &w->err),
                     ERR_NOTFOUND);
    assert_int_equal(store_note_put(w->ana, "last", STR_LIT("q"), &w->err),
                     ERR_OK);
    assert_int_equal(store_note_get(w->ana, "last", &w->arena, &text, &w->err),
                     ERR_OK);
    assert_true(str_equal(text, STR_LIT("q")));
    assert_int_equal(store_note_get(w->kim, "last", &w->arena, &text, &w->err),
                     ERR_NOTFOUND);
}

static void
test_counts(void **state)
{
    struct world *w = *state;
    struct store_counts counts;
    struct name_count *names = NULL;
    size_t count = 0;
    struct str all = {NULL, 0};

    for (unsigned i = 0; i < 30; i++)
        fixture_append(w->ana, ANNOTATION_VERDICT, i, i % 3 ? "good" : "bad");
    fixture_append(w->kim, ANNOTATION_SKIP, 40, NULL);
    fixture_append(w->kim, ANNOTATION_TAG, 40, "b");
    fixture_append(w->kim, ANNOTATION_TAG, 41, "b");
    fixture_append(w->kim, ANNOTATION_TAG, 41, "a");
    fixture_append(w->kim, ANNOTATION_DROP, 42, NULL);
    assert_int_equal(store_count(w->ana, all, &counts, &w->err), ERR_OK);
    assert_int_equal(counts.annotations, 35);
    assert_int_equal(counts.items, 33);
    assert_int_equal(counts.judged, 31);
    assert_int_equal(counts.skipped, 1);
    assert_int_equal(counts.dropped, 1);
    assert_int_equal(counts.today, 31);
    assert_int_equal(store_count(w->ana, STR_LIT("kim"), &counts, &w->err),
                     ERR_OK);
    assert_int_equal(counts.annotations, 5);
    assert_int_equal(counts.judged, 1);
    assert_int_equal(
        store_verdict_counts(w->ana, &w->arena, &names, &count, &w->err),
        ERR_OK);
    assert_int_equal(count, 2);
    assert_true(str_equal(names[0].name, STR_LIT("good")));
    assert_int_equal(names[0].count, 20);
    assert_int_equal(
        store_tag_counts(w->ana, &w->arena, &names, &count, &w->err), ERR_OK);
    assert_int_equal(count, 2);
    assert_true(str_equal(names[0].name, STR_LIT("b")));
    assert_int_equal(names[0].count, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_order_is_kept), T(test_names_and_replacing),
        T(test_turns),         T(test_overlap_is_a_fixed_share),
        T(test_given_to),      T(test_split),
        T(test_claims),        T(test_memory),
        T(test_counts),
    };

    return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
