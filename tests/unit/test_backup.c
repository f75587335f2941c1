/* Copies of the store and the way back. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "stet/fileio.h"
#include "stet/store.h"
#include "stet/xalloc.h"
#include "tests/lib/review_fixture.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define FIRST_DAY_US INT64_C(1763600000000000)

static size_t
count_backups(struct fixture *fixture, const char *start)
{
    struct error err = ERROR_INIT;
    char *folder = workspace_path(fixture->ws, "backup");
    struct names names = {NULL, 0};
    size_t count = 0;

    assert_int_equal(folder_list(folder, false, &names, &err), ERR_OK);
    for (size_t i = 0; i < names.count; i++)
        count += str_starts_with(str_of(names.names[i]), str_of(start));
    names_free(&names);
    free(folder);
    return count;
}

static void
test_daily_keeps_seven(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct error err = ERROR_INIT;
    char *newest = NULL;
    struct store *store = NULL;

    (void)state;
    for (int day = 0; day < 10; day++) {
        for (int times = 0; times < 2; times++) {
            time_set_us(FIRST_DAY_US + day * DAY_US);
            store = fixture_store(fixture, "ana");
            fixture_append(store, ANNOTATION_VERDICT, (unsigned)day, "good");
            store_close(store);
        }
    }
    time_set_us(0);
    assert_int_equal(count_backups(fixture, "review-"), 7);
    /* The last day's copy is of its first opening: 18 annotations. */
    newest = workspace_path(fixture->ws, "backup/review-2025-11-29.db");
    assert_true(file_exists(newest));
    assert_int_equal(store_restore(fixture->ws, newest, true, &err), ERR_OK);
    store = fixture_store(fixture, "ana");
    {
        uint64_t count = 0;

        assert_int_equal(store_check(store, &count, &err), ERR_OK);
        assert_int_equal(count, 18);
    }
    store_close(store);
    free(newest);
    fixture_free(fixture);
}

static void
test_restore_refuses_to_lose(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct error err = ERROR_INIT;
    char *copy = xasprintf("%s/copy.db", fixture->folder);
    struct store *store = fixture_store(fixture, "ana");
    struct arena arena;
    uint64_t count = 0;

    (void)state;
    arena_init(&arena, 0);
    fixture_append(store, ANNOTATION_VERDICT, 1, "good");
    assert_int_equal(store_backup(store, copy, &err), ERR_OK);
    assert_int_equal(store_backup(store, copy, &err), ERR_EXISTS);
    fixture_append(store, ANNOTATION_VERDICT, 1, "bad");
    /* In use: not under anyone's feet. */
    assert_int_equal(store_restore(fixture->ws, copy, true, &err), ERR_BUSY);
    store_close(store);
    assert_int_equal(store_restore(fixture->ws, copy, false, &err),
                     ERR_CONFLICT);
    store = fixture_store(fixture, "ana");
    assert_true(str_equal(fixture_state(store, 1, NULL, &arena).verdict,
                          STR_LIT("bad")));
    store_close(store);
    assert_int_equal(store_restore(fixture->ws, copy, true, &err), ERR_OK);
    assert_int_equal(count_backups(fixture, "before-restore-"), 1);
    store = fixture_store(fixture, "ana");
    assert_true(str_equal(fixture_state(store, 1, NULL, &arena).verdict,
                          STR_LIT("good")));
    assert_int_equal(store_check(store, &count, &err), ERR_OK);
    assert_int_equal(count, 1);
    store_close(store);
    /* Nothing to lose: no force needed. */
    assert_int_equal(store_restore(fixture->ws, copy, false, &err), ERR_OK);
    assert_int_equal(store_restore(fixture->ws, "/nowhere.db", false, &err),
                     ERR_NOTFOUND);
    arena_release(&arena);
    free(copy);
    fixture_free(fixture);
}

static void
test_damaged_store_comes_back(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct error err = ERROR_INIT;
    char *copy = xasprintf("%s/copy.db", fixture->folder);
    struct store *store = fixture_store(fixture, "ana");
    struct store *broken = NULL;
    uint64_t count = 0;
    FILE *file = NULL;

    (void)state;
    fixture_append(store, ANNOTATION_VERDICT, 1, "good");
    assert_int_equal(store_backup(store, copy, &err), ERR_OK);
    store_close(store);
    file = fopen(fixture->ws->store, "r+b");
    assert_non_null(file);
    for (int i = 0; i < 2000; i++)
        (void)fputc("damage"[i % 6], file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(store_open(&broken, fixture->ws, "ana", false, &err),
                     ERR_FORMAT);
    assert_non_null(strstr(err.message, "restore"));
    /* A damaged backup does not replace anything. */
    assert_int_equal(
        store_restore(fixture->ws, fixture->ws->store, false, &err),
        ERR_FORMAT);
    assert_int_equal(store_restore(fixture->ws, copy, false, &err), ERR_OK);
    store = fixture_store(fixture, "ana");
    assert_int_equal(store_check(store, &count, &err), ERR_OK);
    assert_int_equal(count, 1);
    store_close(store);
    free(copy);
    fixture_free(fixture);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_daily_keeps_seven),
        cmocka_unit_test(test_restore_refuses_to_lose),
        cmocka_unit_test(test_damaged_store_comes_back),
    };

    return cmocka_run_group_tests_name("backup", tests, NULL, NULL);
}
