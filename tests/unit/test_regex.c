/* Regular expressions: case, offsets, invalid text, and patterns that cost. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stet/regex.h"
#include "stet/xalloc.h"

/* Where `pattern` is first found, or SIZE_MAX; *end behind it. */
static size_t
find(const char *pattern, unsigned flags, struct str text, size_t *end)
{
    struct error err = ERROR_INIT;
    struct regex *regex = NULL;
    size_t start = 0;
    bool found = false;

    assert_int_equal(regex_compile(&regex, str_of(pattern), flags, &err),
                     ERR_OK);
    assert_int_equal(regex_find(regex, text, 0, &found, &start, end, &err),
                     ERR_OK);
    regex_free(regex);
    return found ? start : SIZE_MAX;
}

static void
test_case_and_unicode(void **state)
{
    size_t end = 0;

    (void)state;
    assert_int_equal(
        find("\xc3\xa9t\xc3\xa9", 0, STR_LIT("l'\xc3\x89T\xc3\x89"), &end), 2);
    assert_int_equal(end, 7);
    assert_int_equal(find("T", REGEX_CASE, STR_LIT("tT"), &end), 1);
    assert_int_equal(
        find("^\\w+$", 0, STR_LIT("\xe6\xbc\xa2\xe5\xad\x97"), &end), 0);
    assert_int_equal(find("a.c", REGEX_LITERAL, STR_LIT("abc A.C"), &end), 4);
    assert_int_equal(find("x", 0, (struct str){NULL, 0}, &end), SIZE_MAX);
}

static void
test_find_goes_on(void **state)
{
    struct str text = STR_LIT("ab\0ab ab");
    struct error err = ERROR_INIT;
    struct regex *regex = NULL;
    size_t start = 0;
    size_t end = 0;
    size_t count = 0;
    bool found = true;

    (void)state;
    assert_int_equal(regex_compile(&regex, STR_LIT("AB"), 0, &err), ERR_OK);
    while (found) {
        assert_int_equal(
            regex_find(regex, text, end, &found, &start, &end, &err), ERR_OK);
        count += found;
    }
    assert_int_equal(count, 3);
    assert_int_equal(regex_find(regex, text, 99, &found, &start, &end, &err),
                     ERR_OK);
    assert_false(found);
    regex_free(regex);
}

static void
test_invalid_text_is_searched(void **state)
{
    size_t end = 0;

    (void)state;
    assert_int_equal(
        find("needle", 0, STR_LIT("\xff\xfe\x80 needle \xe6"), &end), 4);
}

static void
test_bad_patterns_say_where(void **state)
{
    struct error err = ERROR_INIT;
    struct regex *regex = NULL;
    char pattern[5000];

    (void)state;
    assert_int_equal(regex_compile(&regex, STR_LIT("ab(c"), 0, &err),
                     ERR_FORMAT);
    assert_int_equal(err.offset, 4);
    assert_int_equal(regex_compile(&regex, STR_LIT("a\xff"), 0, &err),
                     ERR_FORMAT);
    assert_null(regex);
    memset(pattern, 'a', sizeof(pattern));
    assert_int_equal(
        regex_compile(&regex, (struct str){pattern, sizeof(pattern)}, 0, &err),
        ERR_LIMIT);
}

static void
test_costly_patterns_stop(void **state)
{
    static const char *const patterns[] = {
        "(a+)+$",
        "(a|aa)+$",
        "(?:a?){40}a{40}b",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
        "(.*)*(.*)*(.*)*[^a-z ]{9}x",
    };
    size_t len = (size_t)1 << 16;
    char *text = xmalloc(len);

    (void)state;
    memset(text, 'a', len);
    text[len - 1] = '!';
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        struct error err = ERROR_INIT;
        struct regex *regex = NULL;
        enum err_code code;
        size_t start = 0;
        size_t end = 0;
        bool found = false;

        assert_int_equal(regex_compile(&regex, str_of(patterns[i]), 0, &err),
                         ERR_OK);
        code = regex_find(regex, (struct str){text, len}, 0, &found, &start,
                          &end, &err);
        if (code != ERR_OK)
            assert_int_equal(code, ERR_LIMIT);
        if (i == 0) /* exponential: this one cannot end by itself */
            assert_int_equal(code, ERR_LIMIT);
        regex_free(regex);
    }
    free(text);
}

static void
test_deep_recursion_needs_the_interpreter(void **state)
{
    size_t len = (size_t)1 << 15;
    char *text = xmalloc(len);
    struct error err = ERROR_INIT;
    struct regex *regex = NULL;
    enum err_code code;
    size_t start = 0;
    size_t end = 0;
    bool found = false;

    (void)state;
    memset(text, '(', len / 2);
    memset(text + len / 2, ')', len / 2);
    assert_int_equal(regex_compile(&regex, STR_LIT("^(\\((?1)*\\))$"), 0, &err),
                     ERR_OK);
    code = regex_find(regex, (struct str){text, len}, 0, &found, &start, &end,
                      &err);
    /* Over the JIT's stack, within the interpreter's heap. */
    assert_int_equal(code, ERR_OK);
    assert_true(found);
    assert_int_equal(end, len);
    regex_free(regex);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_case_and_unicode),
        cmocka_unit_test(test_find_goes_on),
        cmocka_unit_test(test_invalid_text_is_searched),
        cmocka_unit_test(test_bad_patterns_say_where),
        cmocka_unit_test(test_costly_patterns_stop),
        cmocka_unit_test(test_deep_recursion_needs_the_interpreter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
