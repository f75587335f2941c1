/* JSON trees and the writers: what is parsed is what was written, the last
 * duplicate wins, doubles read back the same. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "stet/arena.h"
#include "stet/json.h"

static struct arena arena;

static const struct json_value *
parse(struct str input)
{
    const struct json_value *value = NULL;
    struct error err = ERROR_INIT;

    if (json_parse(input, &arena, &value, &err) != ERR_OK)
        fail_msg("%s", err.message);
    return value;
}

static void
assert_str(struct str got, struct str want)
{
    if (!str_equal(got, want))
        fail_msg("got '%.*s', not '%.*s'", STR_FMT(got), STR_FMT(want));
}

static void
test_members(void **state)
{
    const struct json_value *v =
        parse(STR_LIT(" {\"a\":1,\"b\":[true,null,-2.5],\"a\\u0062\":\"\\n\","
                      "\"a\":\"last\",\"n\":12345678901234567890}"));
    const struct json_value *item;

    (void)state;
    assert_int_equal(v->type, JSON_OBJECT);
    assert_int_equal(v->raw.len, 79);
    assert_str(json_get_str(v, "a", STR_LIT("none")), STR_LIT("last"));
    assert_str(json_get_str(v, "ab", STR_LIT("none")), STR_LIT("\n"));
    assert_str(json_get_str(v, "b", STR_LIT("none")), STR_LIT("none"));
    assert_int_equal(json_get_int(v->first->key.len ? v : NULL, "a", -7), -7);
    assert_int_equal(json_get_int(v, "n", -7), -7);
    assert_null(json_get(v, "A"));
    assert_null(json_get(NULL, "a"));
    assert_null(json_get(json_get(v, "b"), "a"));
    item = json_get(v, "b");
    assert_str(item->raw, STR_LIT("[true,null,-2.5]"));
    item = item->first;
    assert_int_equal(item->type, JSON_TRUE);
    item = item->next;
    assert_int_equal(item->type, JSON_NULL);
    item = item->next;
    assert_int_equal(item->type, JSON_NUMBER);
    assert_true(item->number == -2.5 && !item->is_int);
    assert_null(item->next);
}

static void
test_scalars_and_ends(void **state)
{
    (void)state;
    assert_int_equal(parse(STR_LIT("-9223372036854775808"))->integer,
                     INT64_MIN);
    assert_str(parse(STR_LIT("\"\""))->string, STR_LIT(""));
    assert_null(parse(STR_LIT("[]"))->first);
    assert_str(parse(STR_LIT(" [[],{}] "))->raw, STR_LIT("[[],{}]"));
    assert_str(parse(STR_LIT("[[1],[2]]"))->first->next->raw, STR_LIT("[2]"));
}

static void
test_errors_leave_output(void **state)
{
    static const char *const bad[] = {"",      "[1",     "{\"a\"}", "1 2",
                                      "\"\\x", "[1,,2]", "nul"};
    const struct json_value *value = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error err = ERROR_INIT;

        assert_int_equal(json_parse(str_of(bad[i]), &arena, &value, &err),
                         ERR_FORMAT);
        assert_null(value);
        assert_true(err.offset <= strlen(bad[i]));
        assert_true(err.message[0]);
    }
}

static void
test_no_memory(void **state)
{
    struct arena small;
    const struct json_value *value = NULL;
    struct error err = ERROR_INIT;

    (void)state;
    arena_init(&small, 1000);
    assert_int_equal(json_parse(STR_LIT("[1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6]"),
                                &small, &value, &err),
                     ERR_NOMEM);
    assert_null(value);
    arena_release(&small);
}

static struct str
write(struct buf *out, struct str s, bool ascii)
{
    struct error err = ERROR_INIT;

    buf_clear(out);
    assert_int_equal(json_write_string(out, s, ascii, &err), ERR_OK);
    return buf_str(out);
}

static void
test_write_string(void **state)
{
    struct buf out = {.max = 0};
    struct error err = ERROR_INIT;

    (void)state;
    assert_str(write(&out, STR_LIT("a\"\\\b\f\n\r\t\0\x1F/\x7F"), false),
               STR_LIT("\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f/\x7F\""));
    assert_str(write(&out, STR_LIT("\xC3\xA9\xF0\x9F\x98\x80\x7F"), true),
               STR_LIT("\"\\u00e9\\ud83d\\ude00\\u007f\""));
    assert_str(
        write(&out, STR_LIT("\xC3\xA9\xED\xA0\x80\xF0\x9F\x98\x80"), false),
        STR_LIT("\"\xC3\xA9\\ud800\xF0\x9F\x98\x80\""));
    /* Ill-formed bytes become U+FFFD a maximal subpart. */
    assert_str(write(&out, STR_LIT("\xF0\x9F\x98z\xFF"), false),
               STR_LIT("\"\xEF\xBF\xBDz\xEF\xBF\xBD\""));
    assert_str(write(&out, STR_LIT("\xFF"), true), STR_LIT("\"\\ufffd\""));
    assert_str(write(&out, STR_LIT(""), false), STR_LIT("\"\""));
    buf_release(&out);
    buf_init(&out, 6);
    assert_int_equal(json_write_string(&out, STR_LIT("12345"), false, &err),
                     ERR_LIMIT);
    assert_int_equal(out.len, 0);
    buf_release(&out);
}

static void
check_double(double value, const char *want)
{
    struct buf out = {.max = 0};
    struct error err = ERROR_INIT;

    assert_int_equal(json_write_double(&out, value, &err), ERR_OK);
    if (want)
        assert_string_equal(xbuf_cstr(&out), want);
    assert_true(strtod(xbuf_cstr(&out), NULL) == value || !isfinite(value));
    assert_int_equal(json_validate(buf_str(&out), 0, &err), ERR_OK);
    buf_release(&out);
}

static void
test_write_double(void **state)
{
    (void)state;
    check_double(0.1, "0.1");
    check_double(0.1 + 0.2, "0.30000000000000004");
    check_double(1e22, "1e+22");
    check_double(-0.0, "-0");
    check_double(100, "100");
    check_double(5e-324, "5e-324");
    check_double(1.7976931348623157e308, "1.7976931348623157e+308");
    check_double(2.0 / 3.0, "0.6666666666666666");
    check_double(HUGE_VAL, "null");
    check_double((double)NAN, "null");
    for (int i = 0; i < 20000; i++) {
        uint64_t bits =
            (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand();
        double value;

        memcpy(&value, &bits, sizeof(value));
        check_double(value, NULL);
    }
}

static void
test_writer(void **state)
{
    struct buf out = {.max = 0};
    struct json_out w = {.out = &out};

    (void)state;
    json_open(&w, '{');
    json_key(&w, "a\"");
    json_open(&w, '[');
    json_close(&w, ']');
    json_key(&w, "b");
    json_open(&w, '[');
    json_int(&w, INT64_MIN);
    json_double(&w, 0.5);
    json_str(&w, STR_LIT("x\ny\xFF"));
    json_str(&w, (struct str){NULL, 0});
    json_bool(&w, true);
    json_null(&w);
    json_raw(&w, STR_LIT("{\"k\":1e400}"));
    json_open(&w, '{');
    json_close(&w, '}');
    json_close(&w, ']');
    json_key(&w, "c");
    json_bool(&w, false);
    json_close(&w, '}');
    assert_str(buf_str(&out),
               STR_LIT("{\"a\\\"\":[],\"b\":[-9223372036854775808,0.5,"
                       "\"x\\ny\xEF\xBF\xBD\",\"\",true,null,{\"k\":1e400},"
                       "{}],\"c\":false}"));
    buf_release(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_scalars_and_ends),
        cmocka_unit_test(test_errors_leave_output),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_write_string),
        cmocka_unit_test(test_write_double),
        cmocka_unit_test(test_writer),
    };
    const char *text = getenv("STET_TEST_SEED");
    unsigned seed =
        text ? (unsigned)strtoul(text, NULL, 10) : (unsigned)time(NULL);
    int failed;

    printf("# seed %u\n", seed);
    srand(seed);
    arena_init(&arena, 0);
    failed = cmocka_run_group_tests_name("json_value", tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
