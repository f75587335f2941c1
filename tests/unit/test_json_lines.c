/* JSON for people: indented it is the same value; a line for each member. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stet/json.h"
#include "stet/json_lines.h"

static void
expect_indented(const char *json, const char *want)
{
    struct buf out = {0};
    struct error err = ERROR_INIT;

    assert_int_equal(json_indent(str_of(json), &out, &err), ERR_OK);
    assert_string_equal(xbuf_cstr(&out), want);
    buf_release(&out);
}

static void
test_indent(void **state)
{
    (void)state;
    expect_indented("{\"a\":1.50,\"b\":[],\"c\":{}}",
                    "{\n  \"a\": 1.50,\n  \"b\": [],\n  \"c\": {}\n}");
    expect_indented(" [ {\"a\" : [1,2]} , null ]",
                    "[\n  {\n    \"a\": [\n      1,\n      2\n    ]\n  },\n"
                    "  null\n]");
    expect_indented("\"\\u001b[31m\"", "\"\\u001b[31m\"");
    expect_indented("[[[]]]", "[\n  [\n    []\n  ]\n]");
}

static void
test_mistakes(void **state)
{
    struct buf out = {0};
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(json_indent(STR_LIT("{\"a\":}"), &out, &err), ERR_FORMAT);
    assert_int_equal(err.offset, 5);
    assert_int_equal(json_member_lines(STR_LIT("{"), SIZE_MAX, &out, &err),
                     ERR_FORMAT);
    buf_clear(&out);
    for (int i = 0; i < 200; i++)
        xbuf_append(&out, "[", 1);
    {
        struct buf lines = {0};

        assert_int_equal(json_indent(buf_str(&out), &lines, &err), ERR_LIMIT);
        assert_int_equal(
            json_member_lines(buf_str(&out), SIZE_MAX, &lines, &err),
            ERR_LIMIT);
        buf_release(&lines);
    }
    buf_release(&out);
}

static void
test_members(void **state)
{
    const char *json = "{\"id\":\"a\\n1\",\"text\":\"secret\",\"m\":{\"url\":"
                       "\"u\",\"n\":[1,2,\"x\"],\"o\":[{\"k\":null}]},"
                       "\"e\":{}}";
    struct buf out = {0};
    struct error err = ERROR_INIT;
    size_t skip = (size_t)(strstr(json, "\"secret\"") - json);

    (void)state;
    assert_int_equal(json_member_lines(str_of(json), skip, &out, &err), ERR_OK);
    assert_string_equal(xbuf_cstr(&out), "id  a\n1\nm.url  u\n"
                                         "m.n  [1,2,\"x\"]\nm.o[0].k  null\n"
                                         "e  {}\n");
    buf_release(&out);
}

static void
test_long_values(void **state)
{
    struct buf json = {0};
    struct buf out = {0};
    struct error err = ERROR_INIT;

    (void)state;
    xbuf_append_str(&json, STR_LIT("{\"s\":\""));
    for (int i = 0; i < 1000; i++)
        xbuf_append_str(&json, STR_LIT("\xC3\xA9"));
    xbuf_append_str(&json, STR_LIT("\",\"l\":["));
    for (int i = 0; i < 100; i++)
        xbuf_printf(&json, "%s{\"i\":%d}", i ? "," : "", i);
    xbuf_append_str(&json, STR_LIT("]}"));
    assert_int_equal(json_member_lines(buf_str(&json), SIZE_MAX, &out, &err),
                     ERR_OK);
    assert_non_null(strstr(xbuf_cstr(&out), "\xC3\xA9... (2000 bytes)\n"));
    assert_non_null(strstr(xbuf_cstr(&out), "l[49].i  49\nl  ... (more"));
    assert_null(strstr(xbuf_cstr(&out), "l[50]"));
    buf_release(&json);
    buf_release(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_indent),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_long_values),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("json_lines", tests, NULL, NULL);
}
