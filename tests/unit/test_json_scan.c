/* The scanner: tokens and offsets, what it refuses and where, JSONTestSuite,
 * string decoding, numbers. Built a second time for the loop without SIMD. */
#include "config.h"

#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stet/json.h"
#include "stet/utf8.h"

/* One letter a token, with offsets: "{0-1 k1-4 ..." */
static void
describe(struct str input, struct buf *out)
{
    static const char letters[] = "nftdsk[{]}.";
    struct json_scan scan;
    struct json_token token = {.type = JSON_NULL};
    struct error err = ERROR_INIT;

    json_scan_init(&scan, input, 0);
    while (token.type != JSON_END) {
        if (json_next(&scan, &token, &err) != ERR_OK) {
            xbuf_printf(out, "!%u", (unsigned)err.offset);
            return;
        }
        xbuf_printf(out, "%c%zu-%zu", letters[token.type], token.start,
                    token.end);
        if (token.flags)
            xbuf_printf(out, "/%u", token.flags);
        xbuf_append(out, " ", token.type == JSON_END ? 0 : 1);
    }
}

static void
check_tokens(struct str input, const char *want)
{
    struct buf out = {.max = 0};
    /* A copy of the exact size, so that a read past its end is caught. */
    char *copy = malloc(input.len ? input.len : 1);

    assert_non_null(copy);
    memcpy(copy, input.ptr, input.len);
    describe((struct str){copy, input.len}, &out);
    assert_string_equal(xbuf_cstr(&out), want);
    buf_release(&out);
    free(copy);
}

static void
test_tokens(void **state)
{
    (void)state;
    check_tokens(STR_LIT("null"), "n0-4 .4-4");
    check_tokens(STR_LIT(" [1, -0.5e+3 ,true,\tfalse]\r\n"),
                 "[1-2 d2-3 d5-12 t14-18 f20-25 ]25-26 .28-28");
    check_tokens(STR_LIT("{\"a\" : {} , \"\":[[]]}"),
                 "{0-1 k1-4 {7-8 }8-9 k12-14 [15-16 [16-17 ]17-18 ]18-19 "
                 "}19-20 .20-20");
    check_tokens(STR_LIT("\"0123456789abcdef0123456789\\n\""),
                 "s0-30/1 .30-30");
    check_tokens(STR_LIT("\"\\ud83d\\ude00\\ud83d\""), "s0-20/3 .20-20");
    check_tokens(STR_LIT("\"\\ud83d\\u0041\""), "s0-14/3 .14-14");
    check_tokens(STR_LIT("\"\\ude00\\ud83d\\ude00\""), "s0-20/3 .20-20");
    check_tokens(STR_LIT("\"\xC3\xA9\xF0\x9F\x98\x80\""), "s0-8 .8-8");
    check_tokens(STR_LIT("\"\xC3\xA9\xFF\xC3 \""), "s0-7/4 .7-7");
    check_tokens(STR_LIT("\"\xED\xA0\x80\""), "s0-5/4 .5-5");
    check_tokens(STR_LIT("\"\x7F\""), "s0-3 .3-3");
}

static void
test_refusals(void **state)
{
    (void)state;
    check_tokens(STR_LIT(""), "!0");
    check_tokens(STR_LIT("  "), "!2");
    check_tokens(STR_LIT("\xEF\xBB\xBF{}"), "!0");
    check_tokens(STR_LIT("NaN"), "!0");
    check_tokens(STR_LIT("Infinity"), "!0");
    check_tokens(STR_LIT("-Infinity"), "!1");
    check_tokens(STR_LIT("nulL"), "!3");
    check_tokens(STR_LIT("[1 2]"), "[0-1 d1-2 !3");
    check_tokens(STR_LIT("[1,]"), "[0-1 d1-2 !3");
    check_tokens(STR_LIT("[1}"), "[0-1 d1-2 !2");
    check_tokens(STR_LIT("{\"a\":1]"), "{0-1 k1-4 d5-6 !6");
    check_tokens(STR_LIT("{\"a\":1,}"), "{0-1 k1-4 d5-6 !7");
    check_tokens(STR_LIT("{\"a\"}"), "{0-1 k1-4 !4");
    check_tokens(STR_LIT("{a:1}"), "{0-1 !1");
    check_tokens(STR_LIT("{\"a\":}"), "{0-1 k1-4 !5");
    check_tokens(STR_LIT("01"), "d0-1 !1");
    check_tokens(STR_LIT("1."), "!2");
    check_tokens(STR_LIT("1e+"), "!3");
    check_tokens(STR_LIT("-"), "!1");
    check_tokens(STR_LIT("+1"), "!0");
    check_tokens(STR_LIT("1 x"), "d0-1 !2");
    check_tokens(STR_LIT("\"abc"), "!4");
    check_tokens(STR_LIT("\"0123456789abcdef"), "!17");
    check_tokens(STR_LIT("\"a\nb\""), "!2");
    check_tokens(STR_LIT("\"0123456789\0abcdefghij\""), "!11");
    check_tokens(STR_LIT("\"\\x\""), "!2");
    check_tokens(STR_LIT("\"\\u12G4\""), "!5");
    check_tokens(STR_LIT("\"\\u12"), "!5");
    check_tokens(STR_LIT("\"\\"), "!2");
    check_tokens(STR_LIT("[\xFF]"), "[0-1 !1");
}

/* Every byte value at every place of a string longer than a SIMD group. */
static void
test_every_byte_in_strings(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        for (size_t at = 1; at < 40; at++) {
            char text[42];
            bool accepted;
            struct error err = ERROR_INIT;

            memset(text, 'a', sizeof(text));
            text[0] = text[41] = '"';
            text[at] = (char)byte;
            accepted = json_validate((struct str){text, sizeof(text)}, 0,
                                     &err) == ERR_OK;
            if (accepted != (byte >= 0x20 && byte != '"' && byte != '\\'))
                fail_msg("byte 0x%02X at %zu", byte, at);
            if (byte < 0x20)
                assert_int_equal(err.offset, at);
        }
    }
}

static void
test_every_escape(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        char text[] = {'"', '\\', (char)byte, '"'};
        struct error err = ERROR_INIT;
        bool want = byte && strchr("\"\\/bfnrt", (int)byte);

        if ((json_validate((struct str){text, 4}, 0, &err) == ERR_OK) != want)
            fail_msg("escape 0x%02X", byte);
    }
}

/* Every pair of escapes around the limits of the surrogates. */
static void
test_surrogate_limits(void **state)
{
    static const uint32_t units[] = {0xD7FF, 0xD800, 0xD801, 0xDBFE, 0xDBFF,
                                     0xDC00, 0xDC01, 0xDFFE, 0xDFFF, 0xE000};
    size_t n = sizeof(units) / sizeof(units[0]);

    (void)state;
    for (size_t i = 0; i < n * n; i++) {
        uint32_t a = units[i / n];
        uint32_t b = units[i % n];
        bool a_high = a >= 0xD800 && a <= 0xDBFF;
        bool b_low = b >= 0xDC00 && b <= 0xDFFF;
        bool lone = (a >> 11 == 0x1B || b >> 11 == 0x1B) && !(a_high && b_low);
        char text[20];
        char want[8];
        struct buf out = {.max = 0};
        struct error err = ERROR_INIT;
        struct json_scan scan;
        struct json_token token;
        unsigned len;

        (void)snprintf(text, sizeof(text), "\"\\u%04X\\u%04x\"", a, b);
        json_scan_init(&scan, str_of(text), 0);
        assert_int_equal(json_next(&scan, &token, &err), ERR_OK);
        assert_int_equal(token.flags,
                         JSON_ESCAPED | (lone ? JSON_LONE_SURROGATE : 0));
        if (a_high && b_low) {
            len = utf8_encode(0x10000 + ((a - 0xD800) << 10) + (b - 0xDC00),
                              want);
        } else {
            len = utf8_encode(a, want);
            len += utf8_encode(b, want + len);
        }
        assert_int_equal(json_decode_string(str_of(text), &out, &err), ERR_OK);
        assert_true(str_equal(buf_str(&out), (struct str){want, len}));
        buf_release(&out);
    }
}

static void
test_messages(void **state)
{
    struct error err = ERROR_INIT;

    (void)state;
    json_validate(STR_LIT("[1;2]"), 0, &err);
    assert_string_equal(err.message, "expected ',' or ']', found ';'");
    json_validate(STR_LIT("{\"a\""), 0, &err);
    assert_string_equal(err.message, "expected ':', found the end");
    json_validate(STR_LIT("\"\x1B\""), 0, &err);
    assert_string_equal(
        err.message,
        "expected an escape for a control character, found byte 0x1B");
}

static enum err_code
validate_depth(unsigned levels, unsigned max, struct error *err)
{
    char text[1024];

    for (unsigned i = 0; i < levels; i++) {
        text[i] = '[';
        text[2 * levels - 1 - i] = ']';
    }
    return json_validate((struct str){text, 2 * (size_t)levels}, max, err);
}

static void
test_depth(void **state)
{
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(validate_depth(128, 0, &err), ERR_OK);
    assert_int_equal(validate_depth(129, 0, &err), ERR_LIMIT);
    assert_int_equal(err.offset, 128);
    assert_int_equal(validate_depth(256, 256, &err), ERR_OK);
    assert_int_equal(validate_depth(257, 256, &err), ERR_LIMIT);
    assert_int_equal(validate_depth(1, 1, &err), ERR_OK);
    assert_int_equal(validate_depth(2, 1, &err), ERR_LIMIT);
}

static void
test_skip(void **state)
{
    struct str input = STR_LIT("{\"a\":[{\"x\":[]},2],\"b\":7,\"c\":8}");
    struct json_scan scan;
    struct json_token token;
    struct error err = ERROR_INIT;
    size_t end = 0;

    (void)state;
    json_scan_init(&scan, input, 0);
    assert_int_equal(json_next(&scan, &token, &err), ERR_OK);
    assert_int_equal(json_next(&scan, &token, &err), ERR_OK);
    assert_int_equal(json_next(&scan, &token, &err), ERR_OK);
    assert_int_equal(token.type, JSON_ARRAY);
    assert_int_equal(json_skip(&scan, &token, &end, &err), ERR_OK);
    assert_int_equal(end, 17);
    assert_int_equal(json_next(&scan, &token, &err), ERR_OK);
    assert_int_equal(token.type, JSON_KEY);
    assert_int_equal(json_skip(&scan, &token, &end, &err), ERR_OK);
    assert_int_equal(end, 23);
    assert_int_equal(json_next(&scan, &token, &err), ERR_OK);
    assert_int_equal(json_next(&scan, &token, &err), ERR_OK);
    assert_int_equal(json_skip(&scan, &token, &end, &err), ERR_OK);
    assert_int_equal(end, 29);
    assert_int_equal(json_next(&scan, &token, &err), ERR_OK);
    assert_int_equal(token.type, JSON_OBJECT_END);
}

static void
test_failed_call_repeats(void **state)
{
    struct json_scan scan;
    struct json_token token = {.type = JSON_END, .start = 77};
    struct error err = ERROR_INIT;

    (void)state;
    json_scan_init(&scan, STR_LIT("[\"ab"), 0);
    assert_int_equal(json_next(&scan, &token, &err), ERR_OK);
    token.start = 77;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(json_next(&scan, &token, &err), ERR_FORMAT);
        assert_int_equal(err.offset, 4);
        assert_int_equal(token.start, 77);
    }
}

static void
check_decoded(struct str raw, struct str want)
{
    struct buf out = {.max = 0};
    struct error err = ERROR_INIT;

    assert_int_equal(json_decode_string(raw, &out, &err), ERR_OK);
    assert_int_equal(out.len, want.len);
    if (want.len)
        assert_memory_equal(out.ptr, want.ptr, want.len);
    buf_release(&out);
}

static void
test_decode(void **state)
{
    struct buf out;
    struct error err = ERROR_INIT;

    (void)state;
    check_decoded(STR_LIT("\"\""), STR_LIT(""));
    check_decoded(STR_LIT("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\""),
                  STR_LIT("a\"\\/\b\f\n\r\tz"));
    check_decoded(STR_LIT("\"\\u0000\\u00e9\\u20AC\\uD83D\\uDE00\""),
                  STR_LIT("\0\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
    check_decoded(STR_LIT("\"\\ud83d\\ud83d\\ude00\\ude00\""),
                  STR_LIT("\xED\xA0\xBD\xF0\x9F\x98\x80\xED\xB8\x80"));
    check_decoded(STR_LIT("\"\\ud83dx\\udfff\""),
                  STR_LIT("\xED\xA0\xBDx\xED\xBF\xBF"));
    check_decoded(STR_LIT("\"\xF0\x9F\x98\\n\xFF\xC3\""),
                  STR_LIT("\xEF\xBF\xBD\n\xEF\xBF\xBD\xEF\xBF\xBD"));
    /* The raw bytes of a surrogate are three ill-formed subparts. */
    check_decoded(STR_LIT("\"\xED\xA0\x80\""),
                  STR_LIT("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"));
    buf_init(&out, 5);
    assert_int_equal(json_decode_string(STR_LIT("\"123\\n56\""), &out, &err),
                     ERR_LIMIT);
    assert_int_equal(out.len, 0);
    assert_int_equal(json_decode_string(STR_LIT("\"\\q\""), &out, &err),
                     ERR_FORMAT);
    assert_int_equal(json_decode_string(STR_LIT("\"\\"), &out, &err),
                     ERR_FORMAT);
    assert_int_equal(json_decode_string(STR_LIT("\""), &out, &err), ERR_FORMAT);
    buf_release(&out);
}

static void
check_number(struct str raw, double want, bool want_int, int64_t want_value)
{
    bool is_int = !want_int;
    int64_t value = 0;
    double got = json_number(raw, &is_int, &value);

    if (got != want || signbit(got) != signbit(want))
        fail_msg("%.*s: %.17g, not %.17g", STR_FMT(raw), got, want);
    assert_int_equal(is_int, want_int);
    if (want_int)
        assert_true(value == want_value);
}

/* Numbers of every length, with and without a point, as strtod reads them. */
static void
test_short_numbers(void **state)
{
    uint64_t seed = 20261127;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        char text[32];
        size_t len;
        size_t point;
        bool is_int;
        int64_t integer;
        double got;
        double want;

        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        len = 1 + seed % 17;
        (void)snprintf(text, sizeof(text), "%s%0*" PRIu64, i % 3 ? "" : "-",
                       (int)len, (seed >> 3) % UINT64_C(100000000000000000));
        point = (seed >> 40) % strlen(text);
        if (point > 1)
            text[point] = '.';
        if (text[strlen(text) - 1] == '.')
            continue;
        got = json_number(str_of(text), &is_int, &integer);
        want = strtod(text, NULL);
        if (got != want || signbit(got) != signbit(want))
            fail_msg("%s: %.17g, not %.17g", text, got, want);
    }
}

static void
test_numbers(void **state)
{
    (void)state;
    check_number(STR_LIT("0"), 0, true, 0);
    check_number(STR_LIT("-0"), -0.0, true, 0);
    check_number(STR_LIT("9223372036854775807"), 9223372036854775807.0, true,
                 INT64_MAX);
    check_number(STR_LIT("-9223372036854775808"), -9223372036854775808.0, true,
                 INT64_MIN);
    check_number(STR_LIT("9223372036854775808"), 9223372036854775808.0, false,
                 0);
    check_number(STR_LIT("-9223372036854775809"), -9223372036854775809.0, false,
                 0);
    check_number(STR_LIT("1.0"), 1, false, 0);
    check_number(STR_LIT("1e2"), 100, false, 0);
    check_number(STR_LIT("1e400"), HUGE_VAL, false, 0);
    check_number(STR_LIT("-1e400"), -HUGE_VAL, false, 0);
    check_number(STR_LIT("1e-400"), 0, false, 0);
}

/* Numbers of thousands of digits are rounded as if all had been read. */
static void
test_long_numbers(void **state)
{
    struct buf text = {.max = 0};

    (void)state;
    xbuf_printf(&text, "1%05000d", 0);
    check_number(buf_str(&text), HUGE_VAL, false, 0);
    xbuf_printf(&text, "e-5000");
    check_number(buf_str(&text), 1, false, 0);
    buf_clear(&text);
    xbuf_printf(&text, "-0.%05000d25e5001", 0);
    check_number(buf_str(&text), -2.5, false, 0);
    buf_clear(&text);
    /* Half way between two doubles, then just above it. */
    xbuf_printf(&text, "9007199254740993.%02000d", 0);
    check_number(buf_str(&text), 9007199254740992.0, false, 0);
    xbuf_printf(&text, "1");
    check_number(buf_str(&text), 9007199254740994.0, false, 0);
    buf_clear(&text);
    xbuf_printf(&text, "0.%02000de99999999999999999999", 0);
    check_number(buf_str(&text), 0, false, 0);
    buf_clear(&text);
    xbuf_printf(&text, "1e%0100d", 7);
    check_number(buf_str(&text), 1e7, false, 0);
    buf_release(&text);
}

static bool
read_file(const char *folder, const char *name, struct buf *out)
{
    struct buf path = {.max = 0};
    char chunk[4096];
    size_t n;
    FILE *file;

    xbuf_printf(&path, "%s/%s", folder, name);
    file = fopen(xbuf_cstr(&path), "rb");
    buf_release(&path);
    if (!file)
        return false;
    buf_clear(out);
    while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
        xbuf_append(out, chunk, n);
    (void)fclose(file);
    return true;
}

/* JSONTestSuite without exceptions: ill-formed UTF-8 inside a string is
 * accepted and flagged by design, and no n_ file asks for more. */
static void
check_suite_file(const char *name, struct str content, int counts[128])
{
    struct error err = ERROR_INIT;
    enum err_code code = json_validate(content, 0, &err);

    counts[(unsigned char)name[0] & 127]++;
    if (name[0] == 'y' && code != ERR_OK)
        fail_msg("%s: %s at %u", name, err.message, (unsigned)err.offset);
    if (name[0] == 'n' && code == ERR_OK)
        fail_msg("%s was accepted", name);
    if (code != ERR_OK)
        assert_true(err.offset <= content.len);
}

static void
test_suite(void **state)
{
    const char *data = getenv("STET_TEST_DATA");
    struct buf folder = {.max = 0};
    struct buf content = {.max = 0};
    int counts[128] = {0};
    DIR *dir;
    struct dirent *entry;

    (void)state;
    xbuf_printf(&folder, "%s/hostile/jsontestsuite", data ? data : ".");
    dir = opendir(xbuf_cstr(&folder));
    if (!dir) {
        print_message("JSONTestSuite was not found: set STET_TEST_DATA\n");
        buf_release(&folder);
        skip();
        return;
    }
    while ((entry = readdir(dir))) {
        if (strncmp(entry->d_name + 1, "_", 1) != 0)
            continue;
        assert_true(read_file(xbuf_cstr(&folder), entry->d_name, &content));
        check_suite_file(entry->d_name, buf_str(&content), counts);
    }
    closedir(dir);
    assert_in_range(counts['y'], 90, 200);
    assert_in_range(counts['n'], 180, 300);
    assert_in_range(counts['i'], 30, 100);
    buf_release(&content);
    buf_release(&folder);
}

/* Escapes at all places of what is copied together. */
static void
test_decode_clean(void **state)
{
    static const char *const escapes[] = {"\\n", "\\\\", "\\u00e9",
                                          "\\ud83d\\ude00\\t", "\\ud800"};
    char direct[256];

    (void)state;
    for (size_t before = 0; before < 70; before++)
        for (size_t behind = 0; behind < 36; behind++) {
            struct error err = ERROR_INIT;
            struct buf raw = {0};
            struct buf out = {0};

            xbuf_printf(&raw, "\"");
            for (size_t i = 0; i < before; i++)
                xbuf_printf(&raw, "%c", (char)('a' + i % 26));
            xbuf_printf(&raw, "%s", escapes[(before + behind) % 5]);
            for (size_t i = 0; i < behind; i++)
                xbuf_printf(&raw, "%c", (char)('A' + i % 26));
            xbuf_printf(&raw, "\"");
            memset(direct, '#', sizeof(direct));
            assert_int_equal(json_decode_string(buf_str(&raw), &out, &err),
                             ERR_OK);
            assert_int_equal(json_decode_clean(buf_str(&raw), direct), out.len);
            assert_memory_equal(direct, out.ptr, out.len);
            for (size_t i = raw.len; i < sizeof(direct); i++)
                assert_int_equal(direct[i], '#');
            buf_release(&raw);
            buf_release(&out);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_decode_clean),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_every_byte_in_strings),
        cmocka_unit_test(test_every_escape),
        cmocka_unit_test(test_surrogate_limits),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_skip),
        cmocka_unit_test(test_failed_call_repeats),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_short_numbers),
        cmocka_unit_test(test_long_numbers),
        cmocka_unit_test(test_suite),
    };

    return cmocka_run_group_tests_name("json_scan", tests, NULL, NULL);
}
