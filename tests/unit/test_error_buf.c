/* Errors, views and buffers: cutting, limits, hostile varints, patterns. */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stet/buf.h"

static void
test_codes_have_texts_and_statuses(void **state)
{
    (void)state;
    assert_string_equal(err_code_text(ERR_FORMAT), "malformed input");
    assert_int_equal(err_code_exit_status(ERR_OK), 0);
    assert_int_equal(err_code_exit_status(ERR_USAGE), 64);
    assert_int_equal(err_code_exit_status(ERR_CONFIG), 78);
    assert_int_equal(err_code_exit_status((enum err_code)1000), 70);
}

static void
test_message_is_cut_between_characters(void **state)
{
    char text[3 * ERR_MESSAGE_MAX];
    struct error err = ERROR_INIT;

    (void)state;
    for (size_t lead = 0; lead < 4; lead++) {
        size_t len;

        memset(text, 'a', lead);
        for (size_t i = lead; i + 3 < sizeof(text); i += 3)
            memcpy(text + i, "\xe6\xbc\xa2", 4);
        assert_int_equal(error_set(&err, ERR_IO, "%s", text), ERR_IO);
        len = strlen(err.message);
        assert_in_range(len, ERR_MESSAGE_MAX - 4, ERR_MESSAGE_MAX - 1);
        assert_int_equal((len - lead) % 3, 0);
    }
}

static void
test_wrap_puts_the_context_first(void **state)
{
    struct error err = ERROR_INIT;
    char text[2 * ERR_MESSAGE_MAX];

    (void)state;
    error_set_at(&err, ERR_LIMIT, 7, "too big");
    assert_int_equal(error_wrap(&err, "record %d", 3), ERR_LIMIT);
    assert_string_equal(err.message, "record 3: too big");
    assert_int_equal(err.offset, 7);
    error_set(&err, ERR_IO, "again: %s", err.message);
    assert_string_equal(err.message, "again: record 3: too big");
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    error_wrap(&err, "%s", text);
    assert_in_range(strlen(err.message), ERR_MESSAGE_MAX - 4,
                    ERR_MESSAGE_MAX - 1);
}

static void
test_errno_becomes_a_code(void **state)
{
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(error_errno(&err, ENOENT, "f"), ERR_NOTFOUND);
    assert_int_equal(error_errno(&err, EACCES, "f"), ERR_PERM);
    assert_int_equal(error_errno(&err, ENOSPC, "f"), ERR_IO);
    assert_string_equal(err.message, "f: disk full");
    assert_int_equal(error_errno(&err, EIO, "f"), ERR_IO);
    assert_string_equal(err.message, "f: Input/output error");
}

static void
test_buffer_keeps_to_its_maximum(void **state)
{
    struct error err = ERROR_INIT;
    struct buf buf;

    (void)state;
    buf_init(&buf, 5);
    assert_int_equal(buf_append_str(&buf, STR_LIT("abc"), &err), ERR_OK);
    assert_int_equal(buf_append_str(&buf, STR_LIT("def"), &err), ERR_LIMIT);
    assert_true(str_equal(buf_str(&buf), STR_LIT("abc")));
    assert_int_equal(buf_printf(&buf, &err, "%d", 12), ERR_OK);
    assert_int_equal(buf_printf(&buf, &err, "%d", 3), ERR_LIMIT);
    assert_int_equal(buf_append_byte(&buf, 'x', &err), ERR_LIMIT);
    assert_true(str_equal(buf_str(&buf), STR_LIT("abc12")));
    assert_string_equal(xbuf_cstr(&buf), "abc12");
    assert_int_equal(buf_reserve(&buf, SIZE_MAX, &err), ERR_LIMIT);
    buf_release(&buf);
    buf_init(&buf, 0);
    assert_int_equal(buf_reserve(&buf, SIZE_MAX, &err), ERR_NOMEM);
    assert_null(buf.ptr);
}

static void
test_printf_longer_than_any_guess(void **state)
{
    struct error err = ERROR_INIT;
    struct buf a = {0};
    struct buf b = {0};
    char *taken;

    (void)state;
    assert_int_equal(buf_printf(&a, &err, "%1000d|%s", 1, "z"), ERR_OK);
    xbuf_printf(&b, "%1000d|%s", 1, "z");
    assert_int_equal(a.len, 1002);
    assert_true(str_equal(buf_str(&a), buf_str(&b)));
    taken = buf_take(&a);
    assert_int_equal(strlen(taken), 1002);
    assert_null(a.ptr);
    free(taken);
    taken = buf_take(&a);
    assert_string_equal(taken, "");
    free(taken);
    buf_release(&b);
}

static void
test_varints(void **state)
{
    static const uint64_t values[] = {
        0,
        1,
        127,
        128,
        300,
        16383,
        16384,
        (uint64_t)1 << 32,
        1u << 21,
        UINT64_MAX,
        UINT64_MAX >> 1,
    };
    struct buf buf = {0};
    uint64_t value = 0;
    size_t at = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        xbuf_append_varint(&buf, values[i]);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        assert_true(str_get_varint(buf_str(&buf), &at, &value));
        assert_int_equal(value, values[i]);
    }
    assert_int_equal(at, buf.len);
    assert_false(str_get_varint(buf_str(&buf), &at, &value));
    buf_release(&buf);
}

static void
test_bad_varints_are_refused(void **state)
{
    /* Exact heap sizes, so that a read outside is seen by ASan. */
    static const struct str bad[] = {
        {"", 0},
        {"\x80", 1},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff", 9},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10},
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char *copy = malloc(bad[i].len ? bad[i].len : 1);
        struct str s = {copy, bad[i].len};
        uint64_t value = 42;
        size_t at = 0;

        assert_non_null(copy);
        memcpy(copy, bad[i].ptr, bad[i].len);
        assert_false(str_get_varint(s, &at, &value));
        assert_int_equal(at, 0);
        assert_int_equal(value, 42);
        at = SIZE_MAX;
        assert_false(str_get_varint(s, &at, &value));
        free(copy);
    }
}

static void
test_views(void **state)
{
    struct str text = STR_LIT("one two\0three");

    (void)state;
    assert_int_equal(str_find(text, STR_LIT("t"), 0), 4);
    assert_int_equal(str_find(text, STR_LIT("t"), 5), 8);
    assert_int_equal(str_find(text, STR_LIT("threes"), 0), SIZE_MAX);
    assert_int_equal(str_find(text, STR_LIT(""), text.len), text.len);
    assert_int_equal(str_find(text, STR_LIT(""), text.len + 1), SIZE_MAX);
    assert_true(str_starts_with(text, STR_LIT("one")));
    assert_true(str_ends_with(text, STR_LIT("\0three")));
    assert_false(str_ends_with(STR_LIT("e"), STR_LIT("ee")));
    assert_int_equal(str_compare(STR_LIT("a"), STR_LIT("ab")), -1);
    assert_int_equal(str_compare(STR_LIT("\xff"), STR_LIT("a")), 1);
    assert_int_equal(str_compare(STR_LIT(""), (struct str){NULL, 0}), 0);
    assert_true(str_equal(str_trim(STR_LIT(" \t a b\r\n")), STR_LIT("a b")));
    assert_int_equal(str_trim(STR_LIT(" \n ")).len, 0);
}

static void
test_glob(void **state)
{
    char many[2001];

    (void)state;
    assert_true(
        str_glob(STR_LIT("*example.org*"), STR_LIT("http://example.org/x")));
    assert_true(str_glob(STR_LIT("a?c"), STR_LIT("abc")));
    assert_true(str_glob(STR_LIT("*"), STR_LIT("")));
    assert_true(str_glob(STR_LIT("a*b*c"), STR_LIT("aXbXbXc")));
    assert_false(str_glob(STR_LIT("a*b"), STR_LIT("aXbX")));
    assert_false(str_glob(STR_LIT("?"), STR_LIT("")));
    assert_false(str_glob(STR_LIT(""), STR_LIT("x")));
    /* Exponential in a naive matcher. */
    memset(many, 'a', sizeof(many));
    assert_false(str_glob(STR_LIT("*a*a*a*a*a*a*a*a*a*a*a*a*b"),
                          (struct str){many, sizeof(many)}));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_have_texts_and_statuses),
        cmocka_unit_test(test_message_is_cut_between_characters),
        cmocka_unit_test(test_wrap_puts_the_context_first),
        cmocka_unit_test(test_errno_becomes_a_code),
        cmocka_unit_test(test_buffer_keeps_to_its_maximum),
        cmocka_unit_test(test_printf_longer_than_any_guess),
        cmocka_unit_test(test_varints),
        cmocka_unit_test(test_bad_varints_are_refused),
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_glob),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
