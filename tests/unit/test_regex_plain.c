/* Patterns tried on a record's bytes: none may rule out a record whose text
 * matches, however the JSON was written. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "index/regex_plain.h"
#include "index/regex_raw.h"
#include "stet/regex.h"

static enum regex_plain
plain(const char *pattern, unsigned flags)
{
    struct query_regex regex = {.pattern = {pattern, strlen(pattern)},
                                .flags = flags};

    return regex_plain(&regex);
}

static void
test_known_patterns(void **state)
{
    static const char *const ascii[] = {"abc",
                                        "[0-9]{1,3}[.][0-9]{1,3}",
                                        "[A-Z][a-z]+ing [a-z]+ly",
                                        "(?:kill|murder)s?",
                                        "a\\.b",
                                        "(ab)*+c??",
                                        "[aeiou]{5}",
                                        "x{2,}|y"};
    static const char *const utf8[] = {"[ァ-ヶー]{12,}", "日本", "é+"};
    static const char *const not [] = {
        "",           "a.b",         "^abc",   "abc$",   "\\bkill", "\\d+",
        "a/b",        "a\"b",        "[^a]",   "[ -~]",  "(?=a)b",  "(?i)abc",
        "\\n",        "[[:alpha:]]", "[!-0]",  "(a)\\1", "(*UCP)a", "(?<n>a)",
        "[a\\]b]\\s", "\\Qa\\E",     "[\\\\]", "\\x41",  "a\tb"};

    (void)state;
    for (size_t i = 0; i < sizeof(ascii) / sizeof(ascii[0]); i++)
        if (plain(ascii[i], REGEX_CASE) != PLAIN_ASCII)
            fail_msg("%s", ascii[i]);
    for (size_t i = 0; i < sizeof(utf8) / sizeof(utf8[0]); i++)
        if (plain(utf8[i], REGEX_CASE) != PLAIN_UTF8)
            fail_msg("%s", utf8[i]);
    for (size_t i = 0; i < sizeof(not ) / sizeof(not [0]); i++)
        if (plain(not [i], REGEX_CASE) != PLAIN_NOT)
            fail_msg("%s", not [i]);
    assert_int_equal(plain("sky", 0), PLAIN_UTF8); /* Kelvin, long s */
    assert_int_equal(plain("a b", REGEX_CASE | REGEX_EXTENDED), PLAIN_NOT);
}

static const char *const letters[] = {"a",
                                      "b",
                                      "c",
                                      "k",
                                      "s",
                                      "0",
                                      "1",
                                      ".",
                                      "-",
                                      " ",
                                      "\n",
                                      "\t",
                                      "\"",
                                      "\\",
                                      "/",
                                      "é",
                                      "ж",
                                      "日",
                                      "\xE2\x84\xAA" /* Kelvin */,
                                      "ſ",
                                      "👍",
                                      "{",
                                      "]"};
#define LETTERS (sizeof(letters) / sizeof(letters[0]))

static void
put(char *out, const char *piece)
{
    (void)strncat(out, piece, 500 - strlen(out));
}

static void
random_pattern(char *out, int depth)
{
    static const char *const pieces[] = {
        "a",   "b", "k", "s", "0",     "[a-c]", "[0-9]",  "[k-s]", "[.]",
        "\\.", "-", " ", "é", "[а-я]", "日",    "[a.0-]", "]",     "}"};
    static const char *const repeats[] = {"",  "",    "",      "+",  "*",
                                          "?", "{2}", "{1,3}", "+?", "{2,}"};
    int count = 1 + rand() % 3;

    for (int i = 0; i < count; i++) {
        if (depth < 2 && rand() % 5 == 0) {
            put(out, rand() % 2 ? "(" : "(?:");
            random_pattern(out, depth + 1);
            if (rand() % 2) {
                put(out, "|");
                random_pattern(out, depth + 1);
            }
            put(out, ")");
        } else {
            put(out,
                pieces[(size_t)rand() % (sizeof(pieces) / sizeof(pieces[0]))]);
        }
        put(out,
            repeats[(size_t)rand() % (sizeof(repeats) / sizeof(repeats[0]))]);
    }
}

/* One character as some writer of JSON would write it. */
static void
put_json(struct buf *out, const char *letter, bool escapes)
{
    char escape[16];

    if (letter[0] == '\n')
        (void)buf_append(out, "\\n", 2, NULL);
    else if (letter[0] == '\t')
        (void)buf_append(out, "\\t", 2, NULL);
    else if (letter[0] == '"' || letter[0] == '\\' ||
             (letter[0] == '/' && rand() % 2)) {
        (void)buf_append(out, "\\", 1, NULL);
        (void)buf_append(out, letter, 1, NULL);
    } else if (escapes && !letter[1]) {
        (void)snprintf(escape, sizeof(escape), "\\u%04x",
                       (unsigned)(unsigned char)letter[0]);
        (void)buf_append(out, escape, strlen(escape), NULL);
    } else {
        (void)buf_append(out, letter, strlen(letter), NULL);
    }
}

static void
random_record(struct buf *text, struct buf *record)
{
    int count = rand() % 30;
    bool escapes = rand() % 4 == 0;

    buf_clear(text);
    buf_clear(record);
    (void)buf_append(record, "{\"text\": \"", 10, NULL);
    for (int i = 0; i < count; i++) {
        const char *letter = letters[(size_t)rand() % LETTERS];

        (void)buf_append(text, letter, strlen(letter), NULL);
        put_json(record, letter, escapes && rand() % 2);
    }
    (void)buf_append(record, "\"}", 2, NULL);
}

/* `costly` when it gives up. */
static bool
matches(struct regex *regex, struct str text, bool costly)
{
    struct error err = ERROR_INIT;
    bool found = false;
    size_t start;
    size_t end;

    enum err_code code = regex_find(regex, text, 0, &found, &start, &end, &err);

    if (code == ERR_LIMIT)
        return costly;
    assert_int_equal(code, ERR_OK);
    return found;
}

static void
try_pattern(const char *pattern, unsigned flags, unsigned *matched,
            unsigned *ruled_out)
{
    enum regex_plain kind = plain(pattern, flags);
    struct regex *regex = NULL;
    struct regex *bytes = NULL;
    struct error err = ERROR_INIT;
    struct buf text = {0};
    struct buf record = {0};
    struct str p = {pattern, strlen(pattern)};

    if (regex_compile(&regex, p, flags | REGEX_VALID, &err))
        return; /* {2}{2} and the like */
    assert_int_not_equal(kind, PLAIN_NOT);
    assert_int_equal(
        regex_compile(&bytes, p,
                      flags | (kind == PLAIN_ASCII ? REGEX_BYTES : 0), &err),
        ERR_OK);
    for (int i = 0; i < 40; i++) {
        bool in_text;
        bool in_bytes;

        random_record(&text, &record);
        in_text = matches(regex, buf_str(&text), false);
        in_bytes = matches(bytes, buf_str(&record), true) ||
                   regex_raw_has_escape(buf_str(&record));
        *matched += in_text;
        *ruled_out += !in_bytes;
        if (in_text && !in_bytes)
            fail_msg("/%s/%s: %.*s", pattern, flags & REGEX_CASE ? "" : "i",
                     STR_FMT(buf_str(&record)));
    }
    buf_release(&text);
    buf_release(&record);
    regex_free(regex);
    regex_free(bytes);
}

static void
test_random_patterns(void **state)
{
    const char *given = getenv("STET_TEST_SEED");
    unsigned seed =
        given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    int rounds = getenv("STET_TEST_LONG") ? 200000 : 3000;
    unsigned matched = 0;
    unsigned ruled_out = 0;

    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    for (int i = 0; i < rounds; i++) {
        char pattern[512] = "";

        random_pattern(pattern, 0);
        try_pattern(pattern, rand() % 2 ? REGEX_CASE : 0, &matched, &ruled_out);
    }
    /* both happen, or the test says nothing */
    assert_true(matched > 1000 && ruled_out > 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_patterns),
        cmocka_unit_test(test_random_patterns),
    };

    return cmocka_run_group_tests_name("regex_plain", tests, NULL, NULL);
}
