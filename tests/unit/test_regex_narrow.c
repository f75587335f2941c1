/* What the index leaves out for a pattern must not match it: thousands of
 * patterns by chance against every text, and what is read from patterns by
 * hand. STET_TEST_LONG=1 runs the long form. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "index/dictionary.h"
#include "index/fts.h"
#include "index/regex_need.h"
#include "index/regex_raw.h"
#include "index/regex_terms.h"
#include "stet/json.h"
#include "stet/regex.h"
#include "stet/utf8.h"
#include "tests/lib/regex_chance.h"

/* --- what is read from a pattern --- */

struct reading {
    const char *pattern, *need;
    unsigned flags;
};

static void
test_readings(void **state)
{
    static const struct reading cases[] = {
        {"phone", "\"phone\"", REGEX_CASE},
        {"colou?r", "(or \"colour\" \"color\")", REGEX_CASE},
        {"a|b", "(or \"a\" \"b\")", REGEX_CASE},
        {"kill(ed|er)? him", "(or \"killed him\" \"killer him\" \"kill him\")",
         REGEX_CASE},
        {"\\bfoo.*bar$", "(and \"foo\" \"bar\")", REGEX_CASE},
        {"(abc)+x", "(and \"abc\" \"abcx\")", REGEX_CASE},
        {"(?=abc)x", "(and \"abc\" \"x\")", REGEX_CASE},
        {"(?!abc)x(?<!y)", "\"x\"", REGEX_CASE},
        {"[ab]c", "(or \"ac\" \"bc\")", REGEX_CASE},
        {"[a-z]c[^d]", "\"c\"", REGEX_CASE},
        {"[]a]b", "(or \"]b\" \"ab\")", REGEX_CASE},
        {"a{3}b", "\"aaab\"", REGEX_CASE},
        {"\\Qa.b\\E*c", "(and \"a.\" \"c\")", REGEX_CASE},
        {"a b # c", "\"ab\"", REGEX_CASE | REGEX_EXTENDED},
        {"(?x)a b(?-x) c", "\"ab c\"", REGEX_CASE},
        {"((?x)a b) c", "\"ab c\"", REGEX_CASE},
        {"a(?#b)c", "\"ac\"", REGEX_CASE},
        {"ab\\Q\\E{2}", "\"abb\"", REGEX_CASE},
        {"\\x41\\x{42}\\103D", "(and \"AB\" \"D\")", REGEX_CASE},
        {"(?<name>ab)\\k<name>c", "(and \"ab\" \"c\")", REGEX_CASE},
        {"\xD0\xB8\xD0\xB8", "\"\xD0\xB8\"", REGEX_CASE},
        {"a\xCC\x81z", "(and \"a\" \"z\")", REGEX_CASE},
        {"\xCE\xBA\xCE\xB9\xCF\x83", "\"\xCE\xBA\xCE\xB9\xCF\x83\"",
         REGEX_CASE},
        {"\xCE\xBA\xCE\xB9\xCF\x83", "(and \"\xCE\xBA\" \"\xCF\x83\")", 0},
        /* nothing is certain */
        {"a*", "-", REGEX_CASE},
        {"(?:a|)", "-", REGEX_CASE},
        {"abc|.", "-", REGEX_CASE},
        {"(abc){0}", "-", REGEX_CASE},
        {"\xF0\x9F\x98\x80", "-", REGEX_CASE},
        {"abc(*ACCEPT)def", "-", REGEX_CASE},
        {"(?:abc(?R)?)", "-", REGEX_CASE},
        {"(a)?(?(1)abc|def)ghi", "-", REGEX_CASE},
        {"abc{,3}", "-", REGEX_CASE},
        {"(?xx)[a b]c", "-", REGEX_CASE},
        {"(a)(?1)b", "-", REGEX_CASE},
        {"[[:<:]]abc", "-", REGEX_CASE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct query_regex regex = {str_of(cases[i].pattern),
                                          cases[i].flags};
        struct error err = ERROR_INIT;
        struct need *need = NULL;
        struct buf dump = {0};
        struct arena arena;

        arena_init(&arena, 0);
        assert_int_equal(regex_need(&need, &regex, &arena, &err), ERR_OK);
        regex_need_dump(need, &dump);
        assert_string_equal(xbuf_cstr(&dump), cases[i].need);
        buf_release(&dump);
        arena_release(&arena);
    }
}

/* --- the index of the texts --- */

struct corpus {
    struct buf bytes;
    struct str texts[CHANCE_TEXTS];
    struct buf shown_bytes;
    struct str shown[CHANCE_TEXTS];   /* as a regex sees them */
    struct buf records[CHANCE_TEXTS]; /* as JSON */
    struct db *db;
    char path[32];
};
static struct corpus corpus;

static void
must(enum err_code code, const struct error *err)
{
    if (code != ERR_OK)
        fail_msg("%s", err->message);
}

static void
show_texts(void)
{
    size_t ends[CHANCE_TEXTS];
    struct error err = ERROR_INIT;

    for (size_t i = 0; i < CHANCE_TEXTS; i++) {
        must(utf8_to_display(corpus.texts[i], &corpus.shown_bytes, &err), &err);
        ends[i] = corpus.shown_bytes.len;
    }
    for (size_t i = 0; i < CHANCE_TEXTS; i++) {
        size_t start = i ? ends[i - 1] : 0;

        corpus.shown[i] =
            (struct str){corpus.shown_bytes.ptr + start, ends[i] - start};
    }
}

/* JSON; of some texts with letters that need not be escaped and are. */
static void
write_record(struct buf *out, struct str text)
{
    struct error err = ERROR_INIT;
    struct buf json = {0};
    bool escaped = chance(3) == 0;

    must(json_write_string(&json, text, chance(4) == 0, &err), &err);
    for (size_t i = 0; i < json.len; i++) {
        if (json.ptr[i] == '\\') {
            xbuf_append(out, json.ptr + i++, 2);
            if (json.ptr[i] == 'u') {
                xbuf_append(out, json.ptr + i + 1, 4);
                i += 4;
            }
        } else if (escaped && json.ptr[i] >= '#' && chance(2)) {
            xbuf_printf(out, "\\u%04x", (unsigned)json.ptr[i]);
        } else {
            xbuf_append(out, json.ptr + i, 1);
        }
    }
    buf_release(&json);
}

static int
make_corpus(void **state)
{
    struct error err = ERROR_INIT;
    struct stmt *stmt = NULL;
    int fd;

    (void)state;
    chance_seed("regex");
    chance_texts(&corpus.bytes, corpus.texts);
    show_texts();
    for (size_t i = 0; i < CHANCE_TEXTS; i++)
        write_record(&corpus.records[i], corpus.texts[i]);
    (void)snprintf(corpus.path, sizeof(corpus.path), "/tmp/stet-regex-XXXXXX");
    fd = mkstemp(corpus.path);
    assert_true(fd >= 0);
    close(fd);
    unlink(corpus.path);
    must(db_open(&corpus.db, corpus.path, DB_BUILD, &err), &err);
    must(fts_register(corpus.db, &err), &err);
    must(db_exec(corpus.db,
                 "CREATE VIRTUAL TABLE fts USING"
                 " fts5(text, content='', tokenize='stet');"
                 "CREATE TABLE dictionary(block INTEGER PRIMARY KEY,"
                 " first BLOB NOT NULL, data BLOB NOT NULL); BEGIN",
                 &err),
         &err);
    for (size_t i = 0; i < CHANCE_TEXTS; i++) {
        must(db_stmt(corpus.db, "INSERT INTO fts(rowid, text) VALUES (?1, ?2)",
                     &stmt, &err),
             &err);
        stmt_bind_int(stmt, 1, (int64_t)i + 1);
        stmt_bind_text(stmt, 2, corpus.texts[i]);
        must(stmt_run(stmt, &err), &err);
    }
    must(db_exec(corpus.db, "COMMIT", &err), &err);
    must(dictionary_fill(corpus.db, &err), &err);
    return 0;
}

static int
drop_corpus(void **state)
{
    (void)state;
    db_close(corpus.db);
    unlink(corpus.path);
    buf_release(&corpus.bytes);
    buf_release(&corpus.shown_bytes);
    for (size_t i = 0; i < CHANCE_TEXTS; i++)
        buf_release(&corpus.records[i]);
    return 0;
}

/* --- patterns by chance --- */

struct tally {
    unsigned patterns, useful, matched, raw;
    uint64_t left; /* texts that useful ones left */
};

static void
print_pattern(const struct query_regex *regex, size_t text)
{
    (void)fprintf(stderr, "# flags %u, text %zu, pattern:", regex->flags, text);
    for (size_t i = 0; i < regex->pattern.len; i++) {
        unsigned char byte = (unsigned char)regex->pattern.ptr[i];

        (void)fprintf(stderr, byte > 32 && byte < 127 ? "%c" : "<%02x>", byte);
    }
    (void)fputc('\n', stderr);
}

/* Every text that was left out, and some of those that were not: neither it nor
 * its record must have been. */
static void
check_texts(const struct query_regex *regex, const struct bits *left,
            const struct regex_raw *raw, struct tally *tally)
{
    struct error err = ERROR_INIT;
    struct regex *code = NULL;
    unsigned matched = 0;

    must(regex_compile(&code, regex->pattern, regex->flags | REGEX_VALID, &err),
         &err);
    for (uint32_t i = 0; i < CHANCE_TEXTS; i++) {
        bool found = false;
        size_t start;
        size_t end;

        if (bits_get(left, i) && matched >= 5)
            continue;
        /* too costly: never found, with or without the index */
        if (regex_find(code, corpus.shown[i], 0, &found, &start, &end, &err) !=
                ERR_OK ||
            !found)
            continue;
        matched++;
        if (!bits_get(left, i) ||
            !regex_raw_may(raw, buf_str(&corpus.records[i]), 0)) {
            print_pattern(regex, i);
            fail_msg("text %u matches and was left out", i);
        }
    }
    tally->matched += matched > 0;
    tally->raw += matched > 0 && raw->count > 0;
    regex_free(code);
}

static void
check_pattern(const struct query_regex *regex, struct tally *tally)
{
    struct error err = ERROR_INIT;
    struct need *need = NULL;
    struct regex_raw raw;
    struct bits left = {NULL, 0};
    struct arena arena;
    bool useful = false;

    arena_init(&arena, 0);
    must(regex_need(&need, regex, &arena, &err), &err);
    if (need) {
        must(bits_init(&left, CHANCE_TEXTS, &err), &err);
        bits_fill(&left);
        must(regex_narrow(corpus.db, need, NULL, &left, &useful, &err), &err);
        raw = regex_raw_make(need, regex_is_caseless(regex));
        tally->useful += useful;
        if (useful)
            tally->left += bits_population(&left);
        if (useful || raw.count > 0)
            check_texts(regex, &left, &raw, tally);
        bits_release(&left);
    }
    arena_release(&arena);
}

static void
test_patterns_by_chance(void **state)
{
    unsigned count = getenv("STET_TEST_LONG") ? 100000 : 400;
    struct tally tally = {0};
    struct buf pattern = {0};

    (void)state;
    while (tally.patterns < count) {
        struct query_regex regex;
        struct error err = ERROR_INIT;

        buf_clear(&pattern);
        chance_pattern(corpus.texts, &pattern, &regex.flags);
        regex.pattern = buf_str(&pattern);
        if (regex_check(regex.pattern, regex.flags, &err) != ERR_OK)
            continue;
        tally.patterns++;
        check_pattern(&regex, &tally);
    }
    buf_release(&pattern);
    (void)fprintf(stderr,
                  "# %u patterns, %u narrowed to %.1f %% of the texts; %u "
                  "match, %u of these with a needle\n",
                  tally.patterns, tally.useful,
                  100.0 * (double)tally.left / tally.useful / CHANCE_TEXTS,
                  tally.matched, tally.raw);
    /* otherwise it proves little */
    assert_true(tally.useful > count / 4);
    assert_true(tally.matched > tally.useful / 4);
    assert_true(tally.raw > count / 50);
    assert_true(tally.left < (uint64_t)tally.useful * CHANCE_TEXTS / 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readings),
        cmocka_unit_test_setup_teardown(test_patterns_by_chance, make_corpus,
                                        drop_corpus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
