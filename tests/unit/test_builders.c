/* Both builders' tables, as FTS5 reads them: a table of many segments that
 * FTS5 made and merged, and the bulk builder's one, have the same instances in
 * order, and answer generated queries of all kinds with the same rows in the
 * same order and the same bm25; FTS5's strict check of a table with external
 * content finds nothing. Random texts, and real ones where there are some. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "index/segment.h"
#include "stet/hash.h"
#include "stet/mapping.h"
#include "stet/shard.h"
#include "stet/tokenizer.h"
#include "tests/lib/fts_tables.h"

#define WORDS_MAX 200000u

static struct texts texts;
static struct table fts5, bulk;

/* Some of the texts' tokens, in order: what queries are made of. */
static struct buf words;
static size_t word_ends[WORDS_MAX];
static size_t word_count;

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
seed_from_clock(void)
{
    const char *given = getenv("STET_TEST_SEED");

    random_bytes(&random_state, sizeof(random_state));
    if (given)
        random_state = strtoull(given, NULL, 0);
    random_state |= 1;
    print_message("STET_TEST_SEED=0x%llx\n", (unsigned long long)random_state);
}

static bool
take_word(void *ctx, const struct token *token)
{
    (void)ctx;
    xbuf_append_str(&words, token->folded);
    word_ends[word_count++] = words.len;
    return word_count < WORDS_MAX;
}

static void
take_words(void)
{
    struct tokenizer *tokenizer = tokenizer_new();
    size_t step = texts.count / 2000 + 1;

    for (size_t i = 0; i < texts.count && word_count < WORDS_MAX; i += step)
        tokenizer_run(tokenizer, text_at(&texts, i), take_word, NULL);
    tokenizer_free(tokenizer);
}

static void
forget_all(void)
{
    table_close(&fts5);
    table_close(&bulk);
    clear_texts(&texts);
    buf_release(&words);
    word_count = 0;
}

/* --- texts --- */

static void
random_texts(void)
{
    static const char *const scripts[] = {
        "abcdefghijklmnop",
        "\u0430\u0431\u0432\u0433\u0434\u0435",
        "\u65E5\u672C\u8A9E\u4E2D\u6587",
        "\u0E01\u0E02\u0E04",
        "\u0627\u0628\u062A",
        "\U0001F600\U0001F601"};

    for (unsigned i = 0; i < 1500; i++) {
        uint32_t count = chance(4) ? chance(60) : chance(400);

        for (uint32_t n = 0; n < count; n++) {
            uint32_t number = chance(1 + chance(4000));
            struct str script = str_of(scripts[number % 20 ? 0 : number % 6]);

            if (script.ptr == scripts[0])
                xbuf_printf(&texts.bytes, "%.*s%u ", 1 + (int)(number % 9),
                            script.ptr + number % 7, number / 60);
            else
                xbuf_append_str(&texts.bytes, script);
        }
        end_text(&texts);
    }
}

static void
take_record(const struct mapping *mapping, struct str raw, struct arena *arena)
{
    struct document *document;
    struct error err = ERROR_INIT;

    arena_reset(arena);
    if (mapping_apply(mapping, raw, 0, arena, &document, &err) != ERR_OK ||
        document->flags & (DOC_BAD_UTF8 | DOC_LONE_SURROGATE))
        return;
    xbuf_append_str(&texts.bytes, document->text);
    end_text(&texts);
}

static bool
real_texts(const char *path, unsigned most)
{
    struct shard *shard = NULL;
    struct record record = {0};
    struct mapping mapping;
    struct arena arena;
    struct error err = ERROR_INIT;

    if (shard_open(&shard, path, &shard_default_limits, &err) != ERR_OK)
        return false;
    mapping_init(&mapping);
    mapping.text = strdup("text");
    assert_int_equal(mapping_compile(&mapping, &err), ERR_OK);
    arena_init(&arena, 0);
    while (most > 0 && shard_next(shard, &record, &err) == ERR_OK &&
           record.kind != RECORD_END) {
        if (record.kind == RECORD_LINE)
            take_record(&mapping, record.raw, &arena);
        most--;
    }
    arena_release(&arena);
    mapping_release(&mapping);
    shard_close(shard);
    return true;
}

/* --- comparing --- */

static void
assert_same_instances(void)
{
    static const char vocabulary[] = "CREATE VIRTUAL TABLE temp.instance "
                                     "USING fts5vocab(main, fts, instance)";
    static const char all[] = "SELECT term, doc, offset FROM temp.instance";
    struct error err = ERROR_INIT;
    struct stmt *x;
    struct stmt *y;
    bool more = true;
    uint64_t count = 0;

    assert_int_equal(db_exec(fts5.db, vocabulary, &err), ERR_OK);
    assert_int_equal(db_exec(bulk.db, vocabulary, &err), ERR_OK);
    assert_int_equal(db_stmt(fts5.db, all, &x, &err), ERR_OK);
    assert_int_equal(db_stmt(bulk.db, all, &y, &err), ERR_OK);
    for (; more; count++) {
        bool other;

        assert_int_equal(stmt_step(x, &more, &err), ERR_OK);
        assert_int_equal(stmt_step(y, &other, &err), ERR_OK);
        assert_int_equal(more, other);
        if (more && (!str_equal(stmt_text(x, 0), stmt_text(y, 0)) ||
                     stmt_int(x, 1) != stmt_int(y, 1) ||
                     stmt_int(x, 2) != stmt_int(y, 2)))
            fail_msg("instance %llu differs", (unsigned long long)count);
    }
    assert_true(count > 1000);
}

static void
add_word(struct buf *query, size_t word, size_t max_bytes)
{
    size_t start = word ? word_ends[word - 1] : 0;
    size_t len = word_ends[word] - start;

    while (len > max_bytes || (len < word_ends[word] - start &&
                               (words.ptr[start + len] & 0xC0) == 0x80))
        len--;
    xbuf_printf(query, "\"");
    xbuf_append(query, words.ptr + start, len ? len : word_ends[word] - start);
    xbuf_printf(query, "\"");
}

static void
add_phrase(struct buf *query, size_t word)
{
    uint32_t count = 2 + chance(3);

    for (uint32_t i = 0; i < count && word + i < word_count; i++) {
        if (i > 0)
            xbuf_printf(query, " + ");
        add_word(query, word + i, SIZE_MAX);
    }
}

static void
add_leaf(struct buf *query)
{
    size_t word = chance((uint32_t)word_count);

    switch (chance(6)) {
    case 0:
        add_phrase(query, word);
        break;
    case 1:
        add_word(query, word, 1 + chance(4));
        xbuf_printf(query, " *");
        break;
    case 2:
        xbuf_printf(query, "NEAR(");
        add_word(query, word, SIZE_MAX);
        xbuf_printf(query, " ");
        add_word(query, (word + 1 + chance(8)) % word_count, SIZE_MAX);
        xbuf_printf(query, ", %u)", chance(12));
        break;
    case 3:
        xbuf_printf(query, "^");
        add_word(query, word, SIZE_MAX);
        break;
    default:
        add_word(query, word, SIZE_MAX);
        break;
    }
}

static void
add_query(struct buf *query, unsigned depth)
{
    static const char *const joins[] = {" AND ", " OR ", " NOT "};

    if (depth == 0 || chance(3) == 0) {
        add_leaf(query);
        return;
    }
    xbuf_printf(query, "(");
    add_query(query, depth - 1);
    xbuf_printf(query, "%s", joins[chance(3)]);
    add_query(query, depth - 1);
    xbuf_printf(query, ")");
}

static uint64_t
bits_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

/* Rows of a query; bm25 by the bits. */
static void
assert_same_answers(const char *query, const char *sql)
{
    struct error err = ERROR_INIT;
    struct stmt *x;
    struct stmt *y;
    bool more = true;

    assert_int_equal(db_stmt(fts5.db, sql, &x, &err), ERR_OK);
    assert_int_equal(db_stmt(bulk.db, sql, &y, &err), ERR_OK);
    stmt_bind_text(x, 1, str_of(query));
    stmt_bind_text(y, 1, str_of(query));
    while (more) {
        bool other = false;

        if (stmt_step(x, &more, &err) != ERR_OK ||
            stmt_step(y, &other, &err) != ERR_OK)
            fail_msg("%s: %s", query, err.message);
        if (more != other || (more && stmt_int(x, 0) != stmt_int(y, 0)))
            fail_msg("%s: other rows", query);
        if (!more)
            break;
        if (bits_of(stmt_double(x, 1)) != bits_of(stmt_double(y, 1)))
            fail_msg("%s: another bm25", query);
    }
}

static void
assert_same_queries(unsigned count)
{
    struct buf query = {0};

    for (unsigned i = 0; i < count; i++) {
        buf_clear(&query);
        add_query(&query, chance(4));
        assert_same_answers(xbuf_cstr(&query),
                            "SELECT rowid, 0 FROM fts WHERE fts MATCH ?1");
        assert_same_answers(xbuf_cstr(&query),
                            "SELECT rowid, bm25(fts) FROM fts "
                            "WHERE fts MATCH ?1 ORDER BY rank, rowid");
        assert_same_answers(xbuf_cstr(&query),
                            "SELECT rowid, 0 FROM fts WHERE fts MATCH ?1 "
                            "ORDER BY rowid DESC");
    }
    buf_release(&query);
}

/* The segment under a table that has its texts: then FTS5 looks closely. */
static void
assert_strict_check(void)
{
    static const char sql[] =
        "BEGIN;"
        "CREATE VIRTUAL TABLE strict USING fts5(text, content='given',"
        " content_rowid='id', tokenize='stet');"
        "DELETE FROM strict_data; DELETE FROM strict_idx;"
        "DELETE FROM strict_docsize;"
        "INSERT INTO strict_data SELECT * FROM fts_data;"
        "INSERT INTO strict_idx SELECT * FROM fts_idx;"
        "INSERT INTO strict_docsize SELECT * FROM fts_docsize;";
    static const char add[] = "INSERT INTO given VALUES(?1, ?2)";
    struct error err = ERROR_INIT;
    struct stmt *stmt;

    assert_int_equal(db_exec(bulk.db,
                             "CREATE TABLE given(id INTEGER PRIMARY KEY, text)",
                             &err),
                     ERR_OK);
    assert_int_equal(db_stmt(bulk.db, add, &stmt, &err), ERR_OK);
    for (size_t i = 0; i < texts.count; i++) {
        stmt_bind_int(stmt, 1, (int64_t)i + 1);
        stmt_bind_text(stmt, 2, text_at(&texts, i));
        assert_int_equal(stmt_run(stmt, &err), ERR_OK);
    }
    assert_int_equal(db_exec(bulk.db, sql, &err), ERR_OK);
    table_reopen(&bulk);
    if (db_exec(bulk.db,
                "INSERT INTO strict(strict, rank) "
                "VALUES('integrity-check', 1)",
                &err) != ERR_OK)
        fail_msg("%s", err.message);
}

static void
compare(unsigned queries)
{
    take_words();
    build_by_fts5(&fts5, &texts, SEGMENT_PAGE_SIZE, 1u << 16);
    build_by_bulk(&bulk, &texts, SEGMENT_PAGE_SIZE, UINT64_C(1) << 20, 2);
    assert_same_instances();
    assert_same_queries(queries);
    assert_strict_check();
    forget_all();
}

static unsigned
query_count(unsigned few)
{
    return getenv("STET_TEST_LONG") ? 10000 : few;
}

static void
test_random_texts(void **state)
{
    (void)state;
    seed_from_clock();
    random_texts();
    compare(query_count(300));
}

static void
test_real_texts(void **state)
{
    static const char *const names[] = {
        "docs/aozora-00000.json.gz", "docs/udhr-00000.json.gz",
        "docs/man-00000.jsonl", "docs/tang-00000.jsonl.zst",
        "flagged/civil-spans-00000.jsonl"};
    const char *data = getenv("STET_TEST_DATA");
    bool found = true;

    (void)state;
    for (size_t i = 0; found && i < sizeof(names) / sizeof(names[0]); i++) {
        char path[1024];

        (void)snprintf(path, sizeof(path), "%s/%s", data ? data : "", names[i]);
        found = real_texts(path, getenv("STET_TEST_LONG") ? 3000 : 150);
    }
    if (!found) {
        print_message("skipped: the folder of test data is not there\n");
        clear_texts(&texts);
        skip();
    }
    seed_from_clock();
    compare(query_count(200));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_texts),
        cmocka_unit_test(test_real_texts),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
