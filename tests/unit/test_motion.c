/* Motions of the span selection, the word diff, the editor's arguments. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stet/fileio.h"
#include "stet/utf8.h"
#include "tui/editor.h"
#include "tui/motion.h"
#include "tui/worddiff.h"

static uint64_t seed;

static unsigned
draw(unsigned below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((seed >> 33) % below);
}

static void
expect_span(struct span got, size_t start, size_t end)
{
    assert_int_equal(got.start, start);
    assert_int_equal(got.end, end);
}

static void
test_lines_and_paragraphs(void **state)
{
    struct str text = STR_LIT("one\ntwo\n \nthree\n\n\nfour");

    (void)state;
    expect_span(motion_line(text, 0), 0, 3);
    expect_span(motion_line(text, 3), 0, 3); /* its line feed belongs to it */
    expect_span(motion_line(text, 4), 4, 7);
    expect_span(motion_line(text, 17), 17, 17);
    expect_span(motion_line(text, text.len), 18, 22);
    expect_span(motion_line(STR_LIT(""), 0), 0, 0);
    expect_span(motion_paragraph(text, 5), 0, 7);
    expect_span(motion_paragraph(text, 8), 8, 9); /* a blank one is itself */
    expect_span(motion_paragraph(text, 12), 10, 15);
    expect_span(motion_paragraph(text, text.len), 18, 22);
    expect_span(motion_paragraph(STR_LIT("a\nb\n"), 0), 0, 3);
}

static void
test_words(void **state)
{
    struct str text = STR_LIT("It's one, two. 日本 x");

    (void)state;
    assert_int_equal(motion_word_end(text, 0), 4);
    assert_int_equal(motion_word_end(text, 4), 8);
    assert_int_equal(motion_word_end(text, 8), 9);
    assert_int_equal(motion_word_end(text, 14), 18); /* one wide character */
    assert_int_equal(motion_word_start(text, 8), 5);
    assert_int_equal(motion_word_start(text, 5), 0);
    assert_int_equal(motion_word_start(text, 0), 0);
    assert_int_equal(motion_word_end(text, text.len), text.len);
}

static void
test_graphemes(void **state)
{
    struct str text = STR_LIT("ae\xCC\x81\xE6\x97\xA5z");

    (void)state;
    assert_int_equal(motion_right(text, 0), 1);
    assert_int_equal(motion_right(text, 1), 4);
    assert_int_equal(motion_left(text, 4), 1);
    assert_int_equal(motion_left(text, 7), 4);
    assert_int_equal(motion_left(text, 0), 0);
    assert_int_equal(motion_right(text, text.len), text.len);
}

static void
test_sentences(void **state)
{
    struct str text = STR_LIT("One is 3.5 long. \"Two!\" Three\n\nFour。五。");
    struct span span = motion_sentence(text, 5);

    (void)state;
    assert_int_equal(span.start, 0);
    assert_int_equal(span.end, 16);
    span = motion_sentence(text, 18);
    assert_int_equal(span.start, 17);
    assert_int_equal(span.end, 23);
    span = motion_sentence(text, 26);
    assert_int_equal(span.start, 24);
    assert_int_equal(span.end, 31);
    span = motion_sentence(text, 33);
    assert_int_equal(span.start, 31);
    assert_int_equal(span.end, 38);
}

/* Motions stay inside, go forward, land between characters. */
static void
test_any_motion(void **state)
{
    static const char *const parts[] = {"a",  " ",         ".", "\n",
                                        "日", "e\xCC\x81", "!", "\xE2\x80\x8D",
                                        "'",  "\t",        "\""};
    struct buf text = {0};

    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        struct str s;

        buf_clear(&text);
        for (unsigned i = draw(60); i > 0; i--)
            xbuf_append_str(&text, str_of(parts[draw(11)]));
        s = buf_str(&text);
        for (size_t at = 0; at < s.len; at = utf8_next(s, at)) {
            struct span span = motion_sentence(s, at);

            assert_true(motion_right(s, at) > at);
            assert_true(motion_right(s, at) <= s.len);
            assert_true(at == 0 || motion_left(s, at) < at);
            assert_true(motion_word_end(s, at) >= at);
            assert_true(motion_word_start(s, at) <= at);
            assert_true(span.start <= span.end && span.end <= s.len);
            assert_true(utf8_is_boundary(s, span.start));
            assert_true(utf8_is_boundary(s, span.end));
            assert_true(utf8_is_boundary(s, motion_word_end(s, at)));
        }
    }
    buf_release(&text);
}

static void
put_diff(struct buf *out, struct str old, struct str new_text)
{
    static const char *const open[] = {"", "[-", "{+"};
    static const char *const shut[] = {"", "-]", "+}"};
    struct worddiff diff;

    worddiff_make(&diff, old, new_text);
    for (size_t i = 0; i < diff.count; i++) {
        xbuf_append_str(out, str_of(open[diff.parts[i].kind]));
        xbuf_append_str(out, diff.parts[i].text);
        xbuf_append_str(out, str_of(shut[diff.parts[i].kind]));
    }
    worddiff_release(&diff);
}

static void
assert_diff(const char *old, const char *new_text, const char *expected)
{
    struct buf out = {0};

    put_diff(&out, str_of(old), str_of(new_text));
    assert_string_equal(xbuf_cstr(&out), expected);
    buf_release(&out);
}

static void
test_diff(void **state)
{
    (void)state;
    assert_diff("same", "same", "same");
    assert_diff("a b c", "a x c", "a [-b-]{+x+} c");
    assert_diff("", "new", "{+new+}");
    assert_diff("old", "", "[-old-]");
    assert_diff("one two", "one", "one[- two-]");
    assert_diff("x\ny\nz\n", "x\nq\nz\n", "x\n[-y-]{+q+}\nz\n");
    assert_diff("日本", "日中", "日[-本-]{+中+}");
}

/* Equal and removed parts make the old text, equal and added the new one. */
static void
test_any_diff(void **state)
{
    static const char *const parts[] = {"a", "b", " ", "\n", "日", ", "};
    struct buf old = {0};
    struct buf new_text = {0};
    struct buf back[2] = {{0}, {0}};

    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        struct worddiff diff;

        buf_clear(&old);
        buf_clear(&new_text);
        for (unsigned i = draw(80); i > 0; i--)
            xbuf_append_str(&old, str_of(parts[draw(6)]));
        for (unsigned i = draw(80); i > 0; i--)
            xbuf_append_str(&new_text, str_of(parts[draw(6)]));
        worddiff_make(&diff, buf_str(&old), buf_str(&new_text));
        buf_clear(&back[0]);
        buf_clear(&back[1]);
        for (size_t i = 0; i < diff.count; i++) {
            if (diff.parts[i].kind != DIFF_ADDED)
                xbuf_append_str(&back[0], diff.parts[i].text);
            if (diff.parts[i].kind != DIFF_REMOVED)
                xbuf_append_str(&back[1], diff.parts[i].text);
        }
        assert_true(str_equal(buf_str(&back[0]), buf_str(&old)));
        assert_true(str_equal(buf_str(&back[1]), buf_str(&new_text)));
        worddiff_release(&diff);
    }
    buf_release(&old);
    buf_release(&new_text);
    buf_release(&back[0]);
    buf_release(&back[1]);
}

static void
test_too_different(void **state)
{
    struct buf old = {0};
    struct buf new_text = {0};
    struct worddiff diff;

    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        xbuf_printf(&old, "o%u ", i);
        xbuf_printf(&new_text, "n%u ", i);
    }
    worddiff_make(&diff, buf_str(&old), buf_str(&new_text));
    assert_true(diff.coarse);
    assert_int_equal(diff.count, 2);
    worddiff_release(&diff);
    buf_release(&old);
    buf_release(&new_text);
}

static void
assert_arguments(const char *command, const char *expected)
{
    char **arguments = editor_arguments(command, 7, "/p");
    struct buf out = {0};

    for (char **p = arguments; *p; p++)
        xbuf_printf(&out, "<%s>", *p);
    assert_string_equal(xbuf_cstr(&out), expected);
    buf_release(&out);
    editor_arguments_free(arguments);
}

static void
test_editor_arguments(void **state)
{
    (void)state;
    assert_arguments("nano -w", "<nano><-w><+7></p>");
    assert_arguments("/usr/bin/vim",
                     "</usr/bin/vim><-n><-i><NONE><--cmd>"
                     "<set noundofile nobackup nowritebackup><+7></p>");
    assert_arguments("'my editor' \"a b\" c\\ d", "<my editor><a b><c d></p>");
    assert_arguments("ed -s", "<ed><-s></p>");
    assert_arguments("sh -c $(touch x)", "<sh><-c><$(touch><x)></p>");
    assert_null(editor_arguments("  ", 1, "/p"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_and_paragraphs),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_graphemes),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_any_motion),
        cmocka_unit_test(test_diff),
        cmocka_unit_test(test_any_diff),
        cmocka_unit_test(test_too_different),
        cmocka_unit_test(test_editor_arguments),
    };

    seed = (uint64_t)time_now_us();
    if (getenv("STET_TEST_SEED"))
        seed = strtoull(getenv("STET_TEST_SEED"), NULL, 10);
    printf("# seed %llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
