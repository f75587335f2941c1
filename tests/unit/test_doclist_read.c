/* The reader of doclists against FTS5 itself: the rows and places of every
 * term, however the segments were written; and damaged pages are refused. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/doclist_read.h"
#include "index/segment.h"
#include "tests/lib/fts_tables.h"

#define ROWS 3000u

static struct texts texts;

/* Words of many lengths, rare ones and some in nearly every text, often. */
static void
make_texts(void)
{
    uint32_t state = 1;

    for (unsigned i = 0; i < ROWS; i++) {
        unsigned words = i % 50 == 7 ? 0 : 5 + i % 20;

        for (unsigned word = 0; word < words; word++) {
            state = state * 1664525 + 1013904223;
            xbuf_printf(&texts.bytes, "w%x and ",
                        (state >> 8) % (1 + (state >> 20)));
            if (state >> 29 == 0)
                xbuf_printf(&texts.bytes, "ziege %.*s ", (int)(i % 90),
                            "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
                            "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz");
        }
        for (unsigned again = 0; i % 1000 == 3 && again < 4000; again++)
            xbuf_append_str(&texts.bytes, STR_LIT("ziege "));
        end_text(&texts);
    }
}

static int
setup(void **state)
{
    (void)state;
    make_texts();
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    clear_texts(&texts);
    return 0;
}

/* --- what is read --- */

static uint32_t places[ROWS + 1];
static uint32_t read_rows;

static void
take_row(void *ctx, uint32_t row, uint32_t count)
{
    (void)ctx;
    assert_in_range(row, 1, ROWS);
    places[row] += count;
    read_rows++;
}

static enum err_code
read_term(struct table *table, const char *term, bool prefix)
{
    const struct doclist_wanted wanted = {
        .term = str_of(term),
        .prefix = prefix,
        .places = true,
        .rows = ROWS,
        .row = take_row,
    };
    struct error err = ERROR_INIT;

    memset(places, 0, sizeof(places));
    read_rows = 0;
    return doclist_read(table->db, &wanted, &err);
}

/* What FTS5 says of the terms at or after `term` and before `end`. */
static void
subtract_expected(struct table *table, struct str term, struct str end)
{
    static const char instances[] =
        "SELECT doc FROM temp.instance WHERE term >= ?1 AND term < ?2";
    struct error err = ERROR_INIT;
    struct stmt *stmt = NULL;
    bool more = true;

    assert_int_equal(db_stmt(table->db, instances, &stmt, &err), ERR_OK);
    stmt_bind_text(stmt, 1, term);
    stmt_bind_text(stmt, 2, end);
    while (stmt_step(stmt, &more, &err) == ERR_OK && more)
        places[stmt_int(stmt, 0)]--;
    assert_int_equal(err.code, ERR_OK);
    stmt_reset(stmt);
}

static void
expect_equal(struct table *table, const char *term, bool prefix)
{
    struct buf end = {0};

    xbuf_append_str(&end, str_of(term));
    xbuf_append(&end, prefix ? "\x7f" : "", 1); /* no term has a NUL or DEL */
    if (read_term(table, term, prefix) != ERR_OK)
        fail_msg("%s cannot be read", term);
    subtract_expected(table, str_of(term), buf_str(&end));
    for (uint32_t row = 1; row <= ROWS; row++)
        if (places[row] != 0)
            fail_msg("%s%s, row %u: %d places too many", term,
                     prefix ? "*" : "", row, (int)places[row]);
    buf_release(&end);
}

static void
expect_all_equal(struct table *table)
{
    static const char *const some[] = {
        "a",  "an",  "and",   "ant",    "w",      "w0", "w00",
        "w1", "zie", "ziege", "ziegen", "zzzzzz", "0",  "~"};
    struct error err = ERROR_INIT;

    assert_int_equal(db_exec(table->db,
                             "PRAGMA query_only = OFF;"
                             "CREATE VIRTUAL TABLE temp.instance "
                             "USING fts5vocab(main, fts, instance)",
                             &err),
                     ERR_OK);
    for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
        expect_equal(table, some[i], false);
        expect_equal(table, some[i], true);
    }
    for (unsigned number = 0; number < 4096; number += 1 + number / 16) {
        char term[16];

        (void)snprintf(term, sizeof(term), "w%x", number);
        expect_equal(table, term, false);
        expect_equal(table, term, true);
    }
    table_close(table);
}

static void
test_bulk(void **state)
{
    static const size_t sizes[] = {64, 97, 1000, SEGMENT_PAGE_SIZE};
    struct table table;

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        build_by_bulk(&table, &texts, sizes[i], 1 << 20, 2);
        expect_all_equal(&table);
    }
}

static void
test_fts5_in_one_segment_and_in_many(void **state)
{
    struct table table;

    (void)state;
    build_by_fts5(&table, &texts, 128, ONE_SEGMENT);
    expect_all_equal(&table);
    build_by_fts5(&table, &texts, SEGMENT_PAGE_SIZE, 1 << 16);
    expect_all_equal(&table);
}

/* Up to any row: the same rows, and none behind it. */
static void
test_until(void **state)
{
    static const char *const some[] = {"a", "and", "w", "w1", "zie", "zzzzzz"};
    static const uint32_t untils[] = {1, 2, 17, 100, ROWS / 2, ROWS - 1, ROWS};
    static const size_t sizes[] = {64, 1000, SEGMENT_PAGE_SIZE};
    static uint32_t all[ROWS + 1];
    struct table table;

    (void)state;
    for (size_t i = 0; i < 3 * 6 * 7; i++) {
        const char *term = some[i / 7 % 6];
        struct doclist_wanted wanted = {.term = str_of(term),
                                        .prefix = i % 2 == 0,
                                        .places = true,
                                        .rows = ROWS,
                                        .until = untils[i % 7],
                                        .row = take_row};
        struct error err = ERROR_INIT;

        if (i % (6 * 7) == 0)
            build_by_bulk(&table, &texts, sizes[i / (6 * 7)], 1 << 20, 2);
        assert_int_equal(read_term(&table, term, wanted.prefix), ERR_OK);
        memcpy(all, places, sizeof(all));
        memset(places, 0, sizeof(places));
        assert_int_equal(doclist_read(table.db, &wanted, &err), ERR_OK);
        for (uint32_t row = 1; row <= ROWS; row++)
            assert_int_equal(places[row], row <= wanted.until ? all[row] : 0);
        if (i % (6 * 7) == 6 * 7 - 1)
            table_close(&table);
    }
}

static void
test_cancel(void **state)
{
    static const int set = 1;
    const struct doclist_wanted wanted = {
        .term = STR_LIT("and"), .rows = ROWS, .cancel = &set, .row = take_row};
    struct error err = ERROR_INIT;
    struct table table;

    (void)state;
    build_by_bulk(&table, &texts, SEGMENT_PAGE_SIZE, 1 << 20, 1);
    read_rows = 0;
    assert_int_equal(doclist_read(table.db, &wanted, &err), ERR_CANCELLED);
    assert_int_equal(read_rows, 0);
    table_close(&table);
}

/* Any byte of any page may be wrong: it is an error or another row, within
 * bounds; the sanitizers watch. */
static void
test_damage(void **state)
{
    unsigned refused = 0;
    unsigned rounds = getenv("STET_TEST_LONG") ? 3000 : 150;
    struct error err = ERROR_INIT;
    struct table table;
    uint32_t random = 7;

    (void)state;
    build_by_bulk(&table, &texts, 200, 1 << 20, 1);
    for (unsigned i = 0; i < rounds; i++) {
        char sql[300];

        random = random * 1664525 + 1013904223;
        (void)snprintf(
            sql, sizeof(sql),
            "PRAGMA query_only = OFF; SAVEPOINT damage;"
            "UPDATE fts_data SET block = CAST(substr(block, 1, %u) || "
            "x'%02X' || substr(block, %u) AS BLOB) WHERE id > 100 "
            "AND id %% 7 = %u",
            random % 40, (random >> 8) & 0xff, random % 40 + 2, i % 7);
        assert_int_equal(db_exec(table.db, sql, &err), ERR_OK);
        refused += read_term(&table, "and", false) != ERR_OK;
        refused += read_term(&table, "w", true) != ERR_OK;
        (void)read_term(&table, "", true);
        assert_int_equal(
            db_exec(table.db, "ROLLBACK TO damage; RELEASE damage", &err),
            ERR_OK);
    }
    assert_true(refused > rounds / 10);
    assert_int_equal(read_term(&table, "and", false), ERR_OK);
    table_close(&table);
}

static void
test_damaged_structure(void **state)
{
    static const char *const records[] = {
        "x''",
        "x'00000000'",
        "x'0000000001010000'",
        "x'00000000010100000101'",
        "x'000000000101000001FFFFFFFFFFFFFFFFFF0105'",
        "x'0000000001FF7F00'"};
    struct error err = ERROR_INIT;
    struct table table;

    (void)state;
    build_by_bulk(&table, &texts, SEGMENT_PAGE_SIZE, 1 << 20, 1);
    for (size_t i = 0; i < sizeof(records) / sizeof(*records); i++) {
        char sql[200];

        (void)snprintf(sql, sizeof(sql),
                       "PRAGMA query_only = OFF;"
                       "UPDATE fts_data SET block = %s WHERE id = 10",
                       records[i]);
        assert_int_equal(db_exec(table.db, sql, &err), ERR_OK);
        assert_int_equal(read_term(&table, "and", false), ERR_FORMAT);
    }
    table_close(&table);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bulk),
        cmocka_unit_test(test_fts5_in_one_segment_and_in_many),
        cmocka_unit_test(test_until),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_damaged_structure),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}
