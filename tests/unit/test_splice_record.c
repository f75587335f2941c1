/* Splices in raw records: the new value is there, every other byte is where it
 * was, and the record still parses. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "review/splice_record.h"
#include "stet/json.h"
#include "stet/utf8.h"

static uint64_t random_state;

static unsigned
random_below(unsigned limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % limit;
}

/* The text token of a record whose only member is "text", as a document. */
static struct document
document_of(struct str raw, struct buf *text)
{
    struct document document = {0};
    struct error err = ERROR_INIT;

    document.raw = raw;
    document.text_start = 8;
    document.text_end = raw.len - 1;
    buf_clear(text);
    assert_int_equal(
        json_decode_string(str_slice(raw, 8, raw.len - 1), text, &err), ERR_OK);
    document.text = buf_str(text);
    return document;
}

static void
splice(const struct document *document, const struct text_edit *edits,
       size_t count, bool whole, struct buf *out)
{
    struct arena arena;
    struct record_splices splices = {0};
    struct error err = ERROR_INIT;

    arena_init(&arena, 0);
    splices.arena = &arena;
    buf_clear(out);
    if (splice_text(document, edits, count, whole, &splices, &err) ||
        splices_apply(document->raw, &splices, out, &err))
        fail_msg("%s", err.message);
    arena_release(&arena);
}

static void
check_text(const char *raw, struct text_edit edit, const char *want)
{
    struct buf text = {0};
    struct buf out = {0};
    struct document document = document_of(str_of(raw), &text);

    splice(&document, &edit, 1, false, &out);
    xbuf_append(&out, "", 1);
    assert_string_equal(out.ptr, want);
    buf_release(&text);
    buf_release(&out);
}

static void
test_escapes_survive(void **state)
{
    (void)state;
    check_text("{\"text\":\"a\\/b\\u0041c\"}",
               (struct text_edit){{4, 5}, STR_LIT("\"\n"), 0, false},
               "{\"text\":\"a\\/b\\u0041\\\"\\n\"}");
    /* pure ASCII stays pure ASCII, raw stays raw */
    check_text("{\"text\":\"\\u00e9x\\ud83d\\ude00\"}",
               (struct text_edit){
                   {2, 3}, STR_LIT("\xe4\xb8\xad\xf0\x9f\x98\x80"), 0, false},
               "{\"text\":\"\\u00e9\\u4e2d\\ud83d\\ude00\\ud83d\\ude00\"}");
    check_text("{\"text\":\"\xc3\xa9x\\u00e9\"}",
               (struct text_edit){{2, 3}, STR_LIT("\xe4\xb8\xad"), 0, false},
               "{\"text\":\"\xc3\xa9\xe4\xb8\xad\\u00e9\"}");
    /* an escaped backslash before a u is no escape of a character */
    check_text("{\"text\":\"\\\\u00e9x\"}",
               (struct text_edit){{6, 7}, STR_LIT("\xc3\xa9"), 0, false},
               "{\"text\":\"\\\\u00e9\xc3\xa9\"}");
    check_text("{\"text\":\"\"}",
               (struct text_edit){{0, 0}, {"a\0b", 3}, 0, false},
               "{\"text\":\"a\\u0000b\"}");
    /* half a pair on either side stays as it was written */
    check_text("{\"text\":\"\\uD83D-\\uDE00\"}",
               (struct text_edit){{3, 4}, STR_LIT("="), 0, false},
               "{\"text\":\"\\uD83D=\\uDE00\"}");
}

static void
append_random_char(struct buf *raw)
{
    static const char *const forms[] = {"a",
                                        "\\u0061",
                                        "\\/",
                                        "/",
                                        "\\n",
                                        "\xc3\xa9",
                                        "\\u00e9",
                                        "\\u00E9",
                                        "\xe4\xb8\xad",
                                        "\\u4e2d",
                                        "\xf0\x9f\x98\x80",
                                        "\\ud83d\\ude00",
                                        "\\uD83D",
                                        "\\\\",
                                        "\\\"",
                                        "{}",
                                        "\\u0000"};

    xbuf_append_str(
        raw, str_of(forms[random_below(sizeof(forms) / sizeof(forms[0]))]));
}

static void
test_random_texts(void **state)
{
    struct buf raw = {0};
    struct buf text = {0};
    struct buf out = {0};
    struct buf again = {0};
    struct buf want = {0};
    struct error err = ERROR_INIT;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct text_edit edits[3];
        struct document document;
        size_t count = 0;
        size_t at = 0;

        buf_clear(&raw);
        buf_clear(&want);
        xbuf_append_str(&raw, STR_LIT("{\"text\":\""));
        for (unsigned i = random_below(20); i > 0; i--)
            append_random_char(&raw);
        xbuf_append_str(&raw, STR_LIT("\"}"));
        document = document_of(buf_str(&raw), &text);
        while (count < 3) {
            size_t start = at;
            size_t end;

            for (unsigned i = 1 + random_below(6); i && start < text.len; i--)
                start = utf8_next(buf_str(&text), start);
            end = start;
            for (unsigned i = random_below(4); i && end < text.len; i--)
                end = utf8_next(buf_str(&text), end);
            edits[count] = (struct text_edit){
                {start, end}, STR_LIT("\xf0\x9f\x98\x81\"\\"), count, false};
            count++;
            if (end == text.len)
                break;
            at = end;
        }
        if (edits_apply(buf_str(&text), edits, count, &want, &err))
            continue;
        splice(&document, edits, count, false, &out);
        document_of(buf_str(&out), &again);
        assert_true(str_equal(buf_str(&again), buf_str(&want)));
        assert_memory_equal(out.ptr, raw.ptr, 9);
    }
    buf_release(&raw);
    buf_release(&text);
    buf_release(&out);
    buf_release(&again);
    buf_release(&want);
}

/* {"texts":["ab","","cd","e"]} */
static void
check_segments(struct text_edit *edits, size_t count, bool whole,
               const char *want)
{
    struct segment segments[4] = {{{0, 2}, 10, 14, 0},
                                  {{2, 2}, 15, 17, 0},
                                  {{2, 4}, 18, 22, 0},
                                  {{4, 5}, 23, 26, 0}};
    struct document document = {0};
    struct buf out = {0};

    document.raw = STR_LIT("{\"texts\":[\"ab\",\"\",\"cd\",\"e\"]}");
    document.text = STR_LIT("abcde");
    document.text_start = 9;
    document.text_end = 27;
    document.flags = DOC_SEGMENTS;
    document.segments = segments;
    document.segment_count = 4;
    splice(&document, edits, count, whole, &out);
    xbuf_append(&out, "", 1);
    assert_string_equal(out.ptr, want);
    buf_release(&out);
}

static void
test_segments(void **state)
{
    struct text_edit within = {{1, 2}, STR_LIT("X"), 0, false};
    struct text_edit across = {{1, 5}, STR_LIT("X"), 0, false};
    struct text_edit border = {{2, 3}, STR_LIT("X"), 0, false};
    struct text_edit insert = {{2, 2}, STR_LIT("X"), 0, false};
    struct text_edit several[] = {{{0, 1}, STR_LIT("1"), 0, false},
                                  {{1, 3}, STR_LIT("2"), 1, false},
                                  {{3, 4}, STR_LIT("3"), 2, false},
                                  {{5, 5}, STR_LIT("4"), 3, false}};

    (void)state;
    check_segments(&within, 1, false, "{\"texts\":[\"aX\",\"\",\"cd\",\"e\"]}");
    check_segments(&across, 1, false, "{\"texts\":[\"aX\",\"\",\"\",\"\"]}");
    check_segments(&border, 1, false, "{\"texts\":[\"ab\",\"\",\"Xd\",\"e\"]}");
    check_segments(&insert, 1, false,
                   "{\"texts\":[\"abX\",\"\",\"cd\",\"e\"]}");
    check_segments(several, 4, false, "{\"texts\":[\"12\",\"\",\"3\",\"e4\"]}");
    check_segments(&across, 1, true, "{\"texts\":[\"X\"]}");
}

static void
check_members(const char *raw, const char *path, const char *key,
              const char *value, const char *want)
{
    struct arena arena;
    struct record_splices splices = {0};
    struct member_path parsed;
    struct member member = {str_of(key), str_of(value)};
    struct buf out = {0};
    struct error err = ERROR_INIT;
    const struct json_value *tree = NULL;
    enum err_code code;

    arena_init(&arena, 0);
    splices.arena = &arena;
    parsed.count = 0;
    if (*path)
        assert_int_equal(member_path_parse(str_of(path), &arena, &parsed, &err),
                         ERR_OK);
    code = splice_members(str_of(raw), &parsed, &member, 1, &splices, &err);
    if (!want) {
        assert_int_equal(code, ERR_CONFLICT);
    } else {
        assert_int_equal(code, ERR_OK);
        assert_int_equal(splices_apply(str_of(raw), &splices, &out, &err),
                         ERR_OK);
        assert_int_equal(json_parse(buf_str(&out), &arena, &tree, &err),
                         ERR_OK);
        xbuf_append(&out, "", 1);
        assert_string_equal(out.ptr, want);
    }
    buf_release(&out);
    arena_release(&arena);
}

static void
test_members(void **state)
{
    (void)state;
    check_members("{\"metadata\" : { \"a\": 1 } }", "metadata", "stet", "{}",
                  "{\"metadata\" : { \"a\": 1,\"stet\":{} } }");
    check_members("{\"metadata\":{}}", "metadata", "stet", "2",
                  "{\"metadata\":{\"stet\":2}}");
    check_members("{\"metadata\":{\"stet\":[1,{\"x\":2}],\"n\":9e999}}",
                  "metadata", "stet", "2",
                  "{\"metadata\":{\"stet\":2,\"n\":9e999}}");
    /* the last of equal keys, however it is written */
    check_members("{\"m\":{\"k\":1,\"k\":2,\"\\u006b\":3}}", "m", "k", "0",
                  "{\"m\":{\"k\":1,\"k\":2,\"\\u006b\":0}}");
    check_members("{\"m\":{\"k\":1},\"m\":{\"j\":1}}", "m", "k", "0",
                  "{\"m\":{\"k\":1},\"m\":{\"j\":1,\"k\":0}}");
    check_members("{\"x\":1}", "a.\"b.c\"", "k", "true",
                  "{\"x\":1,\"a\":{\"b.c\":{\"k\":true}}}");
    check_members("{}", "", "stet", "1", "{\"stet\":1}");
    check_members(" {\"a\":1} ", "", "stet", "1", " {\"a\":1,\"stet\":1} ");
    check_members("{\"m\":\"{}\"}", "m", "k", "1", NULL);
    check_members("{\"m\":[{}]}", "m", "k", "1", NULL);
    check_members("\"bare\"", "", "k", "1", NULL);
    check_members("\"bare\"", "m", "k", "1", NULL);
}

static void
test_without(void **state)
{
    static const char *const records[] = {
        "{\"metadata\" : { \"a\": 1 } }", "{\"metadata\":{}}",
        "{\"metadata\":{\"a\":{\"b\":[1,2]}, \"c\" : null\t}}"};
    struct member_path path = {{STR_LIT("metadata")}, 1};
    struct member member = {STR_LIT("stet"), STR_LIT("{\"v\":1}")};

    (void)state;
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        struct str raw = str_of(records[i]);
        struct arena arena;
        struct record_splices splices = {0};
        struct buf out = {0};
        struct buf back = {0};
        struct error err = ERROR_INIT;

        arena_init(&arena, 0);
        splices.arena = &arena;
        assert_int_equal(splice_members(raw, &path, &member, 1, &splices, &err),
                         ERR_OK);
        assert_int_equal(splices_apply(raw, &splices, &out, &err), ERR_OK);
        assert_int_equal(record_without(buf_str(&out), &path, STR_LIT("stet"),
                                        false, &back, &err),
                         ERR_OK);
        assert_true(str_equal(buf_str(&back), raw));
        buf_release(&out);
        buf_release(&back);
        arena_release(&arena);
    }
}

static void
test_paths(void **state)
{
    static const char *const bad[] = {
        "",     ".",   "a.",     ".a",
        "a..b", "\"a", "\"a\"b", "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q"};
    struct arena arena;
    struct member_path path;
    struct error err = ERROR_INIT;

    (void)state;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(member_path_parse(str_of(bad[i]), &arena, &path, &err),
                         ERR_USAGE);
    assert_int_equal(
        member_path_parse(STR_LIT("a.\"b.\\\"c\".d"), &arena, &path, &err),
        ERR_OK);
    assert_int_equal(path.count, 3);
    assert_true(str_equal(path.keys[1], STR_LIT("b.\"c")));
    arena_release(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escapes_survive),
        cmocka_unit_test(test_random_texts),
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_without),
        cmocka_unit_test(test_paths),
    };
    const char *seed = getenv("STET_TEST_SEED");

    random_state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
    (void)fprintf(stderr, "# STET_TEST_SEED=%llu\n",
                  (unsigned long long)random_state);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
