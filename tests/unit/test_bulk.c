/* The bulk builder against FTS5 itself: the same texts through FTS5's inserts
 * give the same tables, byte for byte, whatever the texts, the page size, the
 * memory and the threads. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/bulk.h"
#include "index/dictionary.h"
#include "index/segment.h"
#include "stet/hash.h"
#include "stet/utf8.h"
#include "tests/lib/fts_tables.h"

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

static struct texts texts;

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
    end_text(&texts);
}

static void
add_repeated(const char *word, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++)
        xbuf_append_str(&texts.bytes, str_of(word));
    end_text(&texts);
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
        must_build_equal(&texts, page_size, chance(2) ? MUCH : 1,
                         1 + chance(3));
        clear_texts(&texts);
    }
}

static void
test_nothing(void **state)
{
    (void)state;
    must_build_equal(&texts, SEGMENT_PAGE_SIZE, MUCH, 1);
    end_text(&texts);
    end_text(&texts);
    must_build_equal(&texts, SEGMENT_PAGE_SIZE, MUCH, 1);
    clear_texts(&texts);
}

static void
test_doclist_index_of_several_levels(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 9000; i++)
        add_repeated(i % 3 ? "and " : "and so on and on ", 1 + i % 7);
    must_build_equal(&texts, 64, MUCH, 2);
    clear_texts(&texts);
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
    must_build_equal(&texts, SEGMENT_PAGE_SIZE, 1, 2);
    clear_texts(&texts);
}

/* Few and many words with the same first 7, 8, 9, 16 and 17 bytes, some the
 * beginnings of others. */
static void
test_words_with_equal_beginnings(void **state)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    static const size_t beginnings[] = {7, 8, 9, 16, 17};

    (void)state;
    seed_from_clock("equal beginnings");
    for (uint32_t words = 0; words < 3000; words++) {
        uint32_t group = chance(1 + chance(100));

        xbuf_append(&texts.bytes, &letters[group % 26], 1);
        xbuf_append(&texts.bytes, &letters[group / 26], 1);
        xbuf_append(&texts.bytes, letters, beginnings[group % 5] - 2);
        for (uint32_t i = chance(4); i > 0; i--)
            xbuf_append(&texts.bytes, &letters[chance(8)], 1);
        xbuf_append(&texts.bytes, " ", 1);
        if (chance(50) == 0)
            end_text(&texts);
    }
    end_text(&texts);
    must_build_equal(&texts, SEGMENT_PAGE_SIZE, MUCH, 2);
    clear_texts(&texts);
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
    must_build_equal(&texts, SEGMENT_PAGE_SIZE, MUCH, 1);
    clear_texts(&texts);
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
    struct table table;

    (void)state;
    add_repeated("apple banana apple ", 2);
    add_repeated("banana cherry ", 1);
    add_repeated("damson ", 1);
    build_by_bulk(&table, &texts, SEGMENT_PAGE_SIZE, MUCH, 1);
    assert_int_equal(
        dictionary_foreach(table.db, STR_LIT("b"), list_term, &some, &err),
        ERR_OK);
    assert_string_equal(xbuf_cstr(&some.terms), "banana cherry damson ");
    assert_int_equal(some.documents, 4);
    assert_int_equal(
        dictionary_find(table.db, STR_LIT("banana"), &documents, &err), ERR_OK);
    assert_int_equal(documents, 2);
    assert_int_equal(
        dictionary_find(table.db, STR_LIT("banan"), &documents, &err), ERR_OK);
    assert_int_equal(documents, 0);
    assert_int_equal(dictionary_find(table.db, STR_LIT("a"), &documents, &err),
                     ERR_OK);
    assert_int_equal(documents, 0);
    buf_release(&some.terms);
    table_close(&table);
    clear_texts(&texts);
}

static void
test_dictionary_of_many_blocks(void **state)
{
    struct listed all = {.most = UINT32_MAX};
    struct listed last = {.most = 1};
    struct error err = ERROR_INIT;
    struct table table;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        char word[64];

        (void)snprintf(word, sizeof(word), "w%05uabcdefghijklmnopqrstuvw ", i);
        xbuf_append_str(&texts.bytes, str_of(word));
    }
    end_text(&texts);
    build_by_bulk(&table, &texts, SEGMENT_PAGE_SIZE, MUCH, 1);
    assert_int_equal(dictionary_foreach(table.db, (struct str){NULL, 0},
                                        list_term, &all, &err),
                     ERR_OK);
    assert_int_equal(all.documents, 20000);
    assert_true(str_equal(buf_str(&all.terms), buf_str(&texts.bytes)));
    assert_int_equal(dictionary_foreach(table.db, STR_LIT("w17777abd"),
                                        list_term, &last, &err),
                     ERR_OK);
    assert_memory_equal(last.terms.ptr, "w17778abc", 9);
    buf_release(&all.terms);
    buf_release(&last.terms);
    table_close(&table);
    clear_texts(&texts);
}

static void
test_disk_trouble_is_said(void **state)
{
    struct table table;
    struct bulk_options options = {
        .aside = "/nonexistent/aside",
        .memory = 1,
        .threads = 2,
        .page_size = SEGMENT_PAGE_SIZE,
    };
    struct error err = ERROR_INIT;
    struct bulk *bulk;
    enum err_code code = ERR_OK;

    (void)state;
    table_open(&table, SEGMENT_PAGE_SIZE);
    options.db = table.db;
    bulk = bulk_new(&options);
    add_text(20000);
    for (unsigned i = 0; i < 100 && code == ERR_OK; i++)
        code = bulk_add(bulk, text_at(&texts, 0), &err);
    if (code == ERR_OK)
        code = bulk_finish(bulk, &err);
    assert_int_equal(code, ERR_NOTFOUND);
    assert_non_null(strstr(err.message, "/nonexistent/aside"));
    bulk_free(bulk);
    table_close(&table);
    clear_texts(&texts);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test(name)
    const struct CMUnitTest tests[] = {
        TEST(test_nothing),
        TEST(test_random_texts_give_equal_tables),
        TEST(test_doclist_index_of_several_levels),
        TEST(test_one_text_over_many_pages_and_chunks),
        TEST(test_words_with_equal_beginnings),
        TEST(test_ten_million_tokens),
        TEST(test_dictionary),
        TEST(test_dictionary_of_many_blocks),
        TEST(test_disk_trouble_is_said),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
