/* Highlights and snippets: where the words of a query lie in a text. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "stet/search.h"

/* The text with its highlights in brackets. */
static void
mark(const char *query_text, struct str text, struct buf *out)
{
    const struct query *query = NULL;
    struct error err = ERROR_INIT;
    struct arena arena;
    struct span *spans = NULL;
    size_t count = 0;
    size_t at = 0;

    arena_init(&arena, 0);
    if (query_parse(&query, str_of(query_text), &arena, &err) != ERR_OK)
        fail_msg("%s: %s", query_text, err.message);
    assert_int_equal(
        search_highlight(query, text, &arena, &spans, &count, &err), ERR_OK);
    for (size_t i = 0; i < count; i++) {
        assert_true(spans[i].start >= at && spans[i].end > spans[i].start &&
                    spans[i].end <= text.len);
        xbuf_append_str(out, str_slice(text, at, spans[i].start));
        xbuf_printf(out, "[");
        xbuf_append_str(out, str_slice(text, spans[i].start, spans[i].end));
        xbuf_printf(out, "]");
        at = spans[i].end;
    }
    xbuf_append_str(out, str_slice(text, at, text.len));
    arena_release(&arena);
}

static void
expect(const char *query, const char *text, const char *marked)
{
    struct buf out = {0};

    mark(query, str_of(text), &out);
    if (strcmp(xbuf_cstr(&out), marked) != 0)
        fail_msg("%s: %s, not %s", query, xbuf_cstr(&out), marked);
    buf_release(&out);
}

static void
test_words(void **state)
{
    (void)state;
    expect("fox", "The FOX, the foxes.", "The [FOX], the foxes.");
    expect("fox*", "The FOX, the foxes.", "The [FOX], the [foxes].");
    expect("\"the fox\"", "the the fox", "the [the fox]");
    expect("\"a b\" \"b c\"", "a b c", "[a b c]");
    expect("a b", "a b", "[a] [b]");
    expect("\"a a b\"", "a a a b", "a [a a b]");
    expect("\"the qu\"*", "the quick, the slow", "[the quick], the slow");
    expect("NEAR(fox dog, 3)", "dog fox", "[dog] [fox]");
    expect("cafe", "Caf\xC3\xA9!", "[Caf\xC3\xA9]!");
    expect("caf\xC3\xA9", "Cafe\xCC\x81!", "[Cafe\xCC\x81]!");
    expect("self-harm", "self  harm", "[self  harm]");
    expect("toxicity:1", "toxicity 1", "toxicity 1");
    expect("", "text", "text");
    expect("a", "", "");
}

/* Only what is searched for. */
static void
test_not(void **state)
{
    (void)state;
    expect("a -b", "a b c", "[a] b c");
    expect("a -(b -c)", "a b c", "[a] b [c]");
    expect("a OR (b c)", "a b c", "[a] [b] [c]");
}

static void
test_scripts(void **state)
{
    (void)state;
    expect("\xE8\xAF\xB4", "\xE5\xB0\x8F\xE8\xAF\xB4\xE9\x87\x8C",
           "\xE5\xB0\x8F[\xE8\xAF\xB4]\xE9\x87\x8C");
    expect("\xE5\xB0\x8F\xE8\xAF\xB4", "\xE5\xB0\x8F\xE8\xAF\xB4\xE9\x87\x8C",
           "[\xE5\xB0\x8F\xE8\xAF\xB4]\xE9\x87\x8C");
    expect("\xF0\x9F\x98\x80", "a\xF0\x9F\x98\x80z", "a[\xF0\x9F\x98\x80]z");
}

static void
test_regexes(void **state)
{
    (void)state;
    expect("/o./", "The fox, the foxes.", "The f[ox], the f[ox]es.");
    expect("/THE|x*/i", "The fox the", "[The] fo[x] [the]");
    expect("fox /x, t/", "The fox, the foxes.", "The [fox, t]he foxes.");
    expect("/a\\Kb/ -/c/", "abc", "a[b]c");
    expect("/(?=a)/ /\\b/", "a b", "a b");
    expect("/(a+)+$/", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
    expect("/\xEF\xBF\xBD+/", "a\xED\xA0\x80z", "a[\xED\xA0\x80]z");
    expect("/z./", "\xFF\xE2\x82z\xFFz\xE2\x82",
           "\xFF\xE2\x82[z\xFF][z\xE2\x82]");
}

/* Bytes that are no characters: offsets stay those of the text. */
static void
test_hostile(void **state)
{
    static const char text[] = "a\xED\xA0\x80 fox\0fox \xFFzz fox\xE2\x82";
    struct buf out = {0};

    (void)state;
    mark("fox zz", (struct str){text, sizeof(text) - 1}, &out);
    assert_int_equal(out.len, sizeof(text) - 1 + 8);
    assert_memory_equal(
        out.ptr, "a\xED\xA0\x80 [fox]\0[fox] \xFF[zz] [fox]\xE2\x82", out.len);
    buf_release(&out);
}

static void
test_list(void **state)
{
    char path[] = "/tmp/stet-list-XXXXXX";
    int fd = mkstemp(path);
    static const char lines[] = "brown fox\r\n\n...\nLazy";
    struct buf query = {0};

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, lines, sizeof(lines) - 1), sizeof(lines) - 1);
    close(fd);
    xbuf_printf(&query, "dog list:%s", path);
    expect(xbuf_cstr(&query), "lazy dog, brown fox, fox",
           "[lazy] [dog], [brown fox], fox");
    unlink(path);
    expect(xbuf_cstr(&query), "lazy dog", "lazy [dog]");
    buf_release(&query);
}

static void
expect_snippet(const char *text, size_t start, size_t end, size_t max,
               const char *want)
{
    struct span span = {start, end};
    struct str s = str_of(text);
    struct span got = search_snippet(s, &span, end > start ? 1 : 0, max);

    assert_true(got.start <= got.end && got.end <= s.len);
    assert_true(got.end - got.start <= max);
    s = str_slice(s, got.start, got.end);
    if (!str_equal(s, str_of(want)))
        fail_msg("\"%.*s\", not \"%s\"", STR_FMT(s), want);
}

static void
test_snippet(void **state)
{
    (void)state;
    expect_snippet("short", 0, 0, 10, "short");
    expect_snippet("0123456789abc", 0, 0, 10, "0123456789");
    expect_snippet("0123456789abc", 2, 4, 10, "0123456789");
    expect_snippet("one two three four five", 14, 18, 12, "four five");
    expect_snippet("onetwothreefourfive", 11, 15, 8, "eefourfi");
    expect_snippet("a \xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9 b", 0, 0, 5,
                   "a \xC3\xA9");
    expect_snippet("\xE5\xB0\x8F\xE8\xAF\xB4\xE9\x87\x8C\xE5\xB0\x8F", 9, 12, 7,
                   "\xE5\xB0\x8F");
    expect_snippet("a long text then x", 17, 18, 4, "x");
    expect_snippet("abcdefghij", 2, 9, 4, "bcde");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),   cmocka_unit_test(test_not),
        cmocka_unit_test(test_scripts), cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_regexes), cmocka_unit_test(test_list),
        cmocka_unit_test(test_snippet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
