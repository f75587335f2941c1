/* Places of words, read all at once and by seeking rows, against what FTS5
 * itself says of them, however the segments were written; and damaged pages
 * are refused or read within bounds. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/doclist_read.h"
#include "index/doclist_seek.h"
#include "index/segment.h"
#include "tests/lib/fts_tables.h"

#define ROWS 3000u

static struct texts texts;

/* Frequent and rare words; some rows have one so often that its places go on
 * over many pages, with rows without it before and behind. */
static int
setup(void **state)
{
    uint32_t random = 1;

    (void)state;
    for (unsigned i = 0; i < ROWS; i++) {
        unsigned words = i % 50 == 7 ? 0 : 5 + i % 20;

        for (unsigned word = 0; word < words; word++) {
            random = random * 1664525 + 1013904223;
            xbuf_printf(&texts.bytes, "w%x and ",
                        (random >> 8) % (1 + (random >> 20)));
        }
        if (i % 3 == 0)
            xbuf_append_str(&texts.bytes, STR_LIT("third "));
        for (unsigned again = 0; i % 700 == 3 && again < 3000; again++)
            xbuf_append_str(&texts.bytes, STR_LIT("often "));
        end_text(&texts);
    }
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    clear_texts(&texts);
    return 0;
}

/* The places of a word: of row r they are [starts[r], starts[r + 1]). */
struct places {
    uint32_t *list;
    size_t count;
    size_t starts[ROWS + 2];
};

static void
add_place(struct places *places, uint32_t row, uint32_t place)
{
    assert_in_range(row, 1, ROWS);
    places->list =
        realloc(places->list, (places->count + 1) * sizeof(*places->list));
    assert_non_null(places->list);
    places->list[places->count++] = place;
    for (uint32_t at = row + 1; at < ROWS + 2; at++)
        places->starts[at] = places->count;
}

/* As FTS5 has them. */
static void
expect_places(struct table *table, const char *word, struct places *places)
{
    static const char instances[] =
        "SELECT doc, offset FROM temp.instance WHERE term = ?1 "
        "ORDER BY doc, offset";
    struct error err = ERROR_INIT;
    struct stmt *stmt = NULL;
    bool more = true;

    *places = (struct places){0};
    assert_int_equal(db_stmt(table->db, instances, &stmt, &err), ERR_OK);
    stmt_bind_text(stmt, 1, str_of(word));
    while (stmt_step(stmt, &more, &err) == ERR_OK && more)
        add_place(places, (uint32_t)stmt_int(stmt, 0),
                  (uint32_t)stmt_int(stmt, 1));
    assert_int_equal(err.code, ERR_OK);
    stmt_reset(stmt);
}

struct reading {
    const struct places *expected;
    size_t at[ROWS + 1]; /* places of each row that came */
};

static void
take_place(void *ctx, uint32_t row, uint32_t place)
{
    struct reading *reading = ctx;
    const struct places *expected = reading->expected;
    size_t at;

    assert_in_range(row, 1, ROWS);
    at = expected->starts[row] + reading->at[row]++;
    assert_true(at < expected->starts[row + 1]);
    assert_int_equal(place, expected->list[at]);
}

static void
check_read(struct table *table, const char *word, const struct places *expected)
{
    static struct reading reading;
    const struct doclist_wanted wanted = {
        .term = str_of(word),
        .rows = ROWS,
        .place = take_place,
        .ctx = &reading,
    };
    struct error err = ERROR_INIT;

    memset(&reading, 0, sizeof(reading));
    reading.expected = expected;
    assert_int_equal(doclist_read(table->db, &wanted, &err), ERR_OK);
    for (uint32_t row = 1; row <= ROWS; row++)
        assert_int_equal(reading.at[row],
                         expected->starts[row + 1] - expected->starts[row]);
}

static void
check_row(const struct places *expected, uint32_t row, const uint32_t *list,
          size_t count)
{
    assert_int_equal(count, expected->starts[row + 1] - expected->starts[row]);
    if (count > 0)
        assert_memory_equal(list, expected->list + expected->starts[row],
                            count * sizeof(*list));
}

static void
check_seek(struct table *table, const char *word, const struct places *expected,
           uint32_t first, uint32_t step)
{
    struct doclist_seek *seek = NULL;
    struct error err = ERROR_INIT;
    const uint32_t *list;
    size_t count;

    assert_int_equal(
        doclist_seek_new(&seek, table->db, str_of(word), ROWS, &err), ERR_OK);
    for (uint32_t row = first; row <= ROWS; row += step) {
        /* twice the same: a word may be asked for again */
        for (int again = 0; again < 2; again++) {
            assert_int_equal(doclist_seek_row(seek, row, &list, &count, &err),
                             ERR_OK);
            check_row(expected, row, list, count);
        }
    }
    doclist_seek_free(seek);
}

static void
check_next(struct table *table, const char *word, const struct places *expected,
           uint32_t step)
{
    struct doclist_seek *seek = NULL;
    struct error err = ERROR_INIT;
    uint32_t from = 1;
    uint32_t row = 1;

    assert_int_equal(
        doclist_seek_new(&seek, table->db, str_of(word), ROWS, &err), ERR_OK);
    while (row != 0 && from <= ROWS) {
        uint32_t wanted = from;
        const uint32_t *list;
        size_t count;

        while (wanted <= ROWS &&
               expected->starts[wanted + 1] == expected->starts[wanted])
            wanted++;
        assert_int_equal(
            doclist_seek_next(seek, from, &row, &list, &count, &err), ERR_OK);
        assert_int_equal(row, wanted <= ROWS ? wanted : 0);
        if (row != 0)
            check_row(expected, row, list, count);
        from = row + step;
    }
    doclist_seek_free(seek);
}

static void
check_all(struct table *table)
{
    static const char *const words[] = {"and",  "often", "third", "w0",
                                        "w1",   "w7",    "wff",   "w300",
                                        "none", "a",     "zz"};
    static const uint32_t steps[] = {1, 2, 7, 50, 333, 1499};
    struct error err = ERROR_INIT;

    assert_int_equal(db_exec(table->db,
                             "PRAGMA query_only = OFF;"
                             "CREATE VIRTUAL TABLE temp.instance "
                             "USING fts5vocab(main, fts, instance)",
                             &err),
                     ERR_OK);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        static struct places expected;

        expect_places(table, words[i], &expected);
        check_read(table, words[i], &expected);
        for (size_t j = 0; j < sizeof(steps) / sizeof(*steps); j++) {
            check_seek(table, words[i], &expected, 1, steps[j]);
            check_seek(table, words[i], &expected, steps[j] / 2 + 2, steps[j]);
            check_next(table, words[i], &expected, steps[j]);
        }
        free(expected.list);
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
        check_all(&table);
    }
}

static void
test_fts5_in_one_segment_and_in_many(void **state)
{
    struct table table;

    (void)state;
    build_by_fts5(&table, &texts, 128, ONE_SEGMENT);
    check_all(&table);
    build_by_fts5(&table, &texts, SEGMENT_PAGE_SIZE, 1 << 16);
    check_all(&table);
}

/* Any byte of any page may be wrong: it is an error or other places, within
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
        static const char *const words[] = {"and", "often", "third", "w1"};
        struct doclist_seek *seek = NULL;
        enum err_code code;
        char sql[300];

        random = random * 1664525 + 1013904223;
        (void)snprintf(
            sql, sizeof(sql),
            "PRAGMA query_only = OFF; SAVEPOINT damage;"
            "UPDATE fts_data SET block = CAST(substr(block, 1, %u) || "
            "x'%02X' || substr(block, %u) AS BLOB) WHERE id > 100 "
            "AND id %% 7 = %u",
            (random >> 8) % 200, random >> 24, (random >> 8) % 200 + 2, i % 7);
        assert_int_equal(db_exec(table.db, sql, &err), ERR_OK);
        code =
            doclist_seek_new(&seek, table.db, str_of(words[i % 4]), ROWS, &err);
        for (uint32_t row = 1; code == ERR_OK && row <= ROWS;
             row += 1 + i % 40) {
            const uint32_t *list;
            size_t count;

            code = doclist_seek_row(seek, row, &list, &count, &err);
        }
        refused += code != ERR_OK;
        doclist_seek_free(seek);
        err = (struct error)ERROR_INIT;
        assert_int_equal(
            db_exec(table.db, "ROLLBACK TO damage; RELEASE damage", &err),
            ERR_OK);
    }
    assert_true(refused > rounds / 20);
    table_close(&table);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bulk),
        cmocka_unit_test(test_fts5_in_one_segment_and_in_many),
        cmocka_unit_test(test_damage),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
