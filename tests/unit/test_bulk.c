/* The bulk builder against FTS5 itself: the same texts through FTS5's inserts
 * give the same tables, byte for byte, whatever the texts, the page size, the
 * memory and the threads. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "index/bulk.h"
#include "index/dictionary.h"
#include "index/fts.h"
#include "index/segment.h"
#include "stet/fileio.h"
#include "stet/hash.h"
#include "stet/utf8.h"

static char *folder;

static int
setup(void **state)
{
    char template[] = "/tmp/stet-bulk-XXXXXX";

    (void)state;
    assert_non_null(mkdtemp(template));
    folder = strdup(template);
    return 0;
}

static int
teardown(void **state)
{
    static const char *const names[] = {"bulk.db", "fts5.db"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *path = path_join(folder, names[i]);

        (void)unlink(path);
        free(path);
    }
    rmdir(folder);
    free(folder);
    return 0;
}

/* --- texts --- */

static uint64_t random_state;

static uint32_t
chance(uint32_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % below;
}

static void
seed_from_clock(const char *test)
{
    const char *given = getenv("STET_TEST_SEED");

    random_bytes(&random_state, sizeof(random_state));
    if (given)
        random_state = strtoull(given, NULL, 0);
    random_state |= 1;
    print_message("%s: STET_TEST_SEED=0x%llx\n", test,
                  (unsigned long long)random_state);
}

struct texts {
    struct buf bytes;
    size_t ends[20000];
    size_t count;
};
static struct texts texts;

static struct str
text_at(size_t i)
{
    size_t start = i ? texts.ends[i - 1] : 0;

    return (struct str){texts.bytes.ptr + start, texts.ends[i] - start};
}

static void
end_text(void)
{
    assert_true(texts.count < 20000);
    texts.ends[texts.count++] = texts.bytes.len;
}

static void
clear_texts(void)
{
    buf_release(&texts.bytes);
    texts.count = 0;
}

static void
add_cp(uint32_t cp)
{
    char bytes[4];

    xbuf_append(&texts.bytes, bytes, utf8_encode(cp, bytes));
}

/* A word that is the same for the same number; small numbers are common. */
static void
add_word(void)
{
    static const uint32_t starts[] = {'a',    0x430,  0x4E00,  0x0E01, 0x627,
                                      0x3042, 0x0915, 0x1F600, 0xAC00, 'A'};
    uint32_t number = chance(1 + chance(1 + chance(60000)));
    uint32_t script = chance(3) ? 0 : number % 10;
    uint32_t length = 1 + number % 7 + (number % 97 ? 0 : number % 90);

    for (uint32_t i = 0; i < length; i++)
        add_cp(starts[script] + (number * 7 + i * (1 + number % 3)) % 24);
    xbuf_append(&texts.bytes, chance(20) ? " " : ".\n", 1);
}

static void
add_text(uint32_t words)
{
    for (uint32_t i = 0; i < words; i++)
        add_word();
    end_text();
}

static void
add_repeated(const char *word, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++)
        xbuf_append_str(&texts.bytes, str_of(word));
    end_text();
}

/* --- both builders --- */

static struct db *
open_table(const char *name, size_t page_size, bool merged_at_once)
{
    static const char schema[] =
        "BEGIN IMMEDIATE;"
        "CREATE TABLE dictionary(block INTEGER PRIMARY KEY,"
        " first BLOB NOT NULL UNIQUE, data BLOB NOT NULL);"
        "CREATE VIRTUAL TABLE fts USING fts5(text, content='',"
        " tokenize='stet', detail=full, columnsize=1);";
    char *path = path_join(folder, name);
    struct error err = ERROR_INIT;
    struct db *db = NULL;
    char text[200];

    (void)unlink(path);
    assert_int_equal(db_open(&db, path, DB_BUILD, &err), ERR_OK);
    assert_int_equal(fts_register(db, &err), ERR_OK);
    assert_int_equal(db_exec(db, schema, &err), ERR_OK);
    (void)snprintf(text, sizeof(text),
                   "INSERT INTO fts(fts, rank) VALUES('pgsz', %zu);"
                   "INSERT INTO fts(fts, rank) VALUES('automerge', 0);"
                   "INSERT INTO fts(fts, rank) VALUES('hashsize', %d);",
                   page_size, merged_at_once ? 1 << 30 : 1 << 20);
    assert_int_equal(db_exec(db, text, &err), ERR_OK);
    free(path);
    return db;
}

static struct db *
reopen(struct db *db, const char *name)
{
    char *path = path_join(folder, name);
    struct error err = ERROR_INIT;

    assert_int_equal(db_exec(db, "COMMIT", &err), ERR_OK);
    db_close(db);
    db = NULL;
    assert_int_equal(db_open(&db, path, DB_BUILD, &err), ERR_OK);
    assert_int_equal(fts_register(db, &err), ERR_OK);
    free(path);
    return db;
}

static struct db *
build_by_fts5(size_t page_size)
{
    static const char add[] = "INSERT INTO fts(rowid, text) VALUES(?1, ?2)";
    struct db *db = open_table("fts5.db", page_size, true);
    struct error err = ERROR_INIT;
    struct stmt *stmt;

    assert_int_equal(db_stmt(db, add, &stmt, &err), ERR_OK);
    for (size_t i = 0; i < texts.count; i++) {
        stmt_bind_int(stmt, 1, (int64_t)i + 1);
        stmt_bind_text(stmt, 2, text_at(i));
        assert_int_equal(stmt_run(stmt, &err), ERR_OK);
    }
    db = reopen(db, "fts5.db");
    assert_int_equal(db_exec(db, "BEGIN", &err), ERR_OK);
    assert_int_equal(dictionary_fill(db, &err), ERR_OK);
    assert_int_equal(db_exec(db, "COMMIT", &err), ERR_OK);
    return db;
}

static struct db *
build_by_bulk(size_t page_size, uint64_t memory, unsigned threads)
{
    char *aside = path_join(folder, "aside");
    struct bulk_options options = {
        .db = open_table("bulk.db", page_size, true),
        .aside = aside,
        .memory = memory,
        .threads = threads,
        .page_size = page_size,
    };
    struct bulk *bulk = bulk_new(&options);
    struct error err = ERROR_INIT;

    for (size_t i = 0; i < texts.count; i++)
        assert_int_equal(bulk_add(bulk, text_at(i), &err), ERR_OK);
    assert_int_equal(bulk_finish(bulk, &err), ERR_OK);
    bulk_free(bulk);
    assert_int_equal(access(aside, F_OK), -1);
    free(aside);
    return reopen(options.db, "bulk.db");
}

/* Rows of two columns, an integer or bytes each. */
static void
assert_same_rows(struct db *a, struct db *b, const char *sql)
{
    struct error err = ERROR_INIT;
    struct stmt *x;
    struct stmt *y;
    bool more = true;

    assert_int_equal(db_stmt(a, sql, &x, &err), ERR_OK);
    assert_int_equal(db_stmt(b, sql, &y, &err), ERR_OK);
    for (unsigned row = 0; more; row++) {
        bool other;

        assert_int_equal(stmt_step(x, &more, &err), ERR_OK);
        assert_int_equal(stmt_step(y, &other, &err), ERR_OK);
        if (more != other)
            fail_msg("%s: %s ends at row %u", sql, more ? "bulk" : "FTS5", row);
        for (int i = 0; more && i < 2; i++)
            if (!str_equal(stmt_text(x, i), stmt_text(y, i)))
                fail_msg("%s: row %u differs in column %d (%lld)", sql, row, i,
                         (long long)stmt_int(x, 0));
    }
}

static void
assert_sound(struct db *db)
{
    struct error err = ERROR_INIT;

    assert_int_equal(
        db_exec(db, "INSERT INTO fts(fts) VALUES('integrity-check')", &err),
        ERR_OK);
}

static void
assert_equal_tables(size_t page_size, uint64_t memory, unsigned threads)
{
    struct db *fts5 = build_by_fts5(page_size);
    struct db *bulk = build_by_bulk(page_size, memory, threads);

    assert_same_rows(bulk, fts5,
                     "SELECT id, block FROM fts_data WHERE id <> 10 "
                     "ORDER BY id");
    assert_same_rows(bulk, fts5,
                     "SELECT term, pgno FROM fts_idx ORDER BY segid, term");
    assert_same_rows(bulk, fts5, "SELECT id, sz FROM fts_docsize ORDER BY id");
    assert_same_rows(bulk, fts5,
                     "SELECT first, data FROM dictionary ORDER BY block");
    assert_sound(bulk);
    db_close(bulk);
    db_close(fts5);
}

/* --- tests --- */

#define MUCH (UINT64_C(1) << 30)

static void
test_random_texts_give_equal_tables(void **state)
{
    static const size_t sizes[] = {64, 97, 256, 1000, SEGMENT_PAGE_SIZE};
    unsigned rounds = getenv("STET_TEST_LONG") ? 300 : 15;

    (void)state;
    seed_from_clock("random texts");
    for (unsigned round = 0; round < rounds; round++) {
        uint32_t count = chance(1 + chance(1500));
        uint32_t most = 1 + chance(1 + chance(300));
        size_t page_size = sizes[round % 5];

        for (uint32_t i = 0; i < count; i++)
            add_text(chance(5) ? chance(most) : 0);
        if (chance(2))
            add_repeated("again ", chance(30000));
        if (chance(3))
            add_repeated("x", chance(5000));
        for (uint32_t i = 0; i < count / 2; i++)
            add_text(chance(most));
        print_message("round %u: %zu texts, %zu bytes, pages of %zu\n", round,
                      texts.count, texts.bytes.len, page_size);
        assert_equal_tables(page_size, chance(2) ? MUCH : 1, 1 + chance(3));
        clear_texts();
    }
}

static void
test_nothing(void **state)
{
    (void)state;
    assert_equal_tables(SEGMENT_PAGE_SIZE, MUCH, 1);
    end_text();
    end_text();
    assert_equal_tables(SEGMENT_PAGE_SIZE, MUCH, 1);
    clear_texts();
}

static void
test_doclist_index_of_several_levels(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 9000; i++)
        add_repeated(i % 3 ? "and " : "and so on and on ", 1 + i % 7);
    assert_equal_tables(64, MUCH, 2);
    clear_texts();
}

static void
test_one_text_over_many_pages_and_chunks(void **state)
{
    (void)state;
    seed_from_clock("one text");
    add_text(10);
    add_text(150000); /* longer than a chunk: inverted alone */
    add_repeated("w", 1 << 20);
    add_text(10);
    assert_equal_tables(SEGMENT_PAGE_SIZE, 1, 2);
    clear_texts();
}

/* More places of one word than are dealt out at once. */
static void
test_ten_million_tokens(void **state)
{
    (void)state;
    if (!getenv("STET_TEST_LONG")) {
        print_message("skipped: STET_TEST_LONG is not set\n");
        skip();
    }
    add_text(100000);
    add_repeated("b a b ", 10 << 20);
    add_text(1000);
    assert_equal_tables(SEGMENT_PAGE_SIZE, MUCH, 1);
    clear_texts();
}

struct listed {
    struct buf terms;
    uint64_t documents;
    unsigned most;
};

static bool
list_term(void *ctx, struct str term, uint32_t documents)
{
    struct listed *listed = ctx;

    xbuf_append_str(&listed->terms, term);
    xbuf_append_str(&listed->terms, STR_LIT(" "));
    listed->documents += documents;
    return --listed->most > 0;
}

static void
test_dictionary(void **state)
{
    struct listed some = {.most = 3};
    struct error err = ERROR_INIT;
    uint32_t documents = 99;
    struct db *db;

    (void)state;
    add_repeated("apple banana apple ", 2);
    add_repeated("banana cherry ", 1);
    add_repeated("damson ", 1);
    db = build_by_bulk(SEGMENT_PAGE_SIZE, MUCH, 1);
    assert_int_equal(
        dictionary_foreach(db, STR_LIT("b"), list_term, &some, &err), ERR_OK);
    assert_string_equal(xbuf_cstr(&some.terms), "banana cherry damson ");
    assert_int_equal(some.documents, 4);
    assert_int_equal(dictionary_find(db, STR_LIT("banana"), &documents, &err),
                     ERR_OK);
    assert_int_equal(documents, 2);
    assert_int_equal(dictionary_find(db, STR_LIT("banan"), &documents, &err),
                     ERR_OK);
    assert_int_equal(documents, 0);
    assert_int_equal(dictionary_find(db, STR_LIT("a"), &documents, &err),
                     ERR_OK);
    assert_int_equal(documents, 0);
    buf_release(&some.terms);
    db_close(db);
    clear_texts();
}

static void
test_dictionary_of_many_blocks(void **state)
{
    struct listed all = {.most = UINT32_MAX};
    struct listed last = {.most = 1};
    struct error err = ERROR_INIT;
    struct db *db;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        char word[64];

        (void)snprintf(word, sizeof(word), "w%05uabcdefghijklmnopqrstuvw ", i);
        xbuf_append_str(&texts.bytes, str_of(word));
    }
    end_text();
    db = build_by_bulk(SEGMENT_PAGE_SIZE, MUCH, 1);
    assert_int_equal(
        dictionary_foreach(db, (struct str){NULL, 0}, list_term, &all, &err),
        ERR_OK);
    assert_int_equal(all.documents, 20000);
    assert_true(str_equal(buf_str(&all.terms), buf_str(&texts.bytes)));
    assert_int_equal(
        dictionary_foreach(db, STR_LIT("w17777abd"), list_term, &last, &err),
        ERR_OK);
    assert_memory_equal(last.terms.ptr, "w17778abc", 9);
    buf_release(&all.terms);
    buf_release(&last.terms);
    db_close(db);
    clear_texts();
}

static void
test_disk_trouble_is_said(void **state)
{
    struct bulk_options options = {
        .db = open_table("bulk.db", SEGMENT_PAGE_SIZE, true),
        .aside = "/nonexistent/aside",
        .memory = 1,
        .threads = 2,
        .page_size = SEGMENT_PAGE_SIZE,
    };
    struct bulk *bulk = bulk_new(&options);
    struct error err = ERROR_INIT;
    enum err_code code = ERR_OK;

    (void)state;
    add_text(20000);
    for (unsigned i = 0; i < 100 && code == ERR_OK; i++)
        code = bulk_add(bulk, text_at(0), &err);
    if (code == ERR_OK)
        code = bulk_finish(bulk, &err);
    assert_int_equal(code, ERR_NOTFOUND);
    assert_non_null(strstr(err.message, "/nonexistent/aside"));
    bulk_free(bulk);
    db_close(options.db);
    clear_texts();
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_nothing),
        TEST(test_random_texts_give_equal_tables),
        TEST(test_doclist_index_of_several_levels),
        TEST(test_one_text_over_many_pages_and_chunks),
        TEST(test_ten_million_tokens),
        TEST(test_dictionary),
        TEST(test_dictionary_of_many_blocks),
        TEST(test_disk_trouble_is_said),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
