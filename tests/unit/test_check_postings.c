/* What the check of postings sees, and FTS5's own integrity-check does not:
 * a word too many, a position, a size, the averages. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/check_postings.h"
#include "index/segment.h"
#include "tests/lib/fts_tables.h"

#define TEXTS 200u

static struct texts texts;
static struct table table;

static int
setup(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TEXTS; i++) {
        for (unsigned word = 0; word < i % 17; word++)
            xbuf_printf(&texts.bytes, "w%u common ", i * word % 50);
        end_text(&texts);
    }
    build_by_bulk(&table, &texts, SEGMENT_PAGE_SIZE, 1 << 20, 1);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    table_close(&table);
    clear_texts(&texts);
    return 0;
}

struct seen {
    unsigned count;
    uint32_t last;
    const char *text;
};

static void
see(void *ctx, const struct postings_finding *finding)
{
    struct seen *seen = ctx;

    seen->count++;
    seen->last = finding->document;
    seen->text = finding->text;
}

static struct seen
check(unsigned skipped)
{
    struct postings_check *check = postings_check_new(TEXTS);
    struct seen seen = {0, 0, ""};
    struct error err = ERROR_INIT;

    assert_non_null(check);
    for (uint32_t i = 0; i < TEXTS; i++)
        if (i != skipped)
            postings_check_add(check, i, text_at(&texts, i));
    if (postings_check_compare(check, table.db, NULL, see, &seen, &err) !=
        ERR_OK)
        seen = (struct seen){1, UINT32_MAX, "unreadable"};
    postings_check_free(check);
    return seen;
}

static void
run(const char *sql)
{
    struct error err = ERROR_INIT;

    if (db_exec(table.db, "PRAGMA query_only = OFF; BEGIN", &err) != ERR_OK ||
        db_exec(table.db, sql, &err) != ERR_OK)
        fail_msg("%s: %s", sql, err.message);
    table_reopen(&table);
}

/* What FTS5 itself says to the table. */
static void
assert_fts5_sees_nothing(void)
{
    struct error err = ERROR_INIT;

    assert_int_equal(db_exec(table.db,
                             "INSERT INTO fts(fts) VALUES('integrity-check')",
                             &err),
                     ERR_OK);
}

static void
test_agreement(void **state)
{
    (void)state;
    assert_int_equal(check(TEXTS).count, 0);
}

static void
test_a_text_that_differs(void **state)
{
    struct seen seen;

    (void)state;
    texts.bytes.ptr[texts.ends[41]] = 'v'; /* of the word w... of text 42 */
    seen = check(TEXTS);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last, 42);
    assert_int_equal(check(42).count, 0); /* not given: not compared */
}

/* Two words change places: the same words, other positions. */
static void
test_positions(void **state)
{
    char *at = texts.bytes.ptr + texts.ends[41];
    struct seen seen;

    (void)state;
    assert_memory_equal(at, "w0 common ", 10);
    memcpy(at, "common w0 ", 10);
    seen = check(TEXTS);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last, 42);
}

static void
test_sizes(void **state)
{
    (void)state;
    run("UPDATE fts_docsize SET sz = x'07' WHERE id = 43");
    assert_int_equal(check(TEXTS).count, 2); /* it, and the averages */
    run("DELETE FROM fts_docsize WHERE id > 100");
    assert_true(check(TEXTS).count > 0);
}

static void
test_averages(void **state)
{
    struct seen seen;

    (void)state;
    run("UPDATE fts_data SET block = x'8148810A' WHERE id = 1");
    assert_fts5_sees_nothing();
    seen = check(TEXTS);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last, UINT32_MAX);
}

/* A position list's last byte, one more: for a part of these FTS5 stays
 * silent; we never do. */
static void
test_flipped_postings(void **state)
{
    (void)state;
    run("UPDATE fts_data SET block = CAST(substr(block, 1, 90) || "
        "x'7F' || substr(block, 92) AS BLOB) WHERE id > 100");
    assert_true(check(TEXTS).count > 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_agreement), TEST(test_a_text_that_differs),
        TEST(test_positions), TEST(test_sizes),
        TEST(test_averages),  TEST(test_flipped_postings),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
