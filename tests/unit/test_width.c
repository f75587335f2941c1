/* Width: every code point, the characters that attack terminals, hostile
 * files. Whatever goes in, only printable code points come out. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>
#include <utf8proc.h>

#include "stet/utf8.h"
#include "stet/width.h"

/* Written from Unicode's lists, not from the code under test: what may never
 * reach a terminal. */
static bool
is_forbidden(uint32_t cp)
{
    static const uint32_t ranges[][2] = {
        {0x00, 0x1F},       {0x7F, 0x9F},       {0xAD, 0xAD},
        {0x34F, 0x34F},     {0x61C, 0x61C},     {0x600, 0x605},
        {0x115F, 0x1160},   {0x180B, 0x180F},   {0x200B, 0x200F},
        {0x2028, 0x202E},   {0x2060, 0x206F},   {0x3164, 0x3164},
        {0xD800, 0xF8FF},   {0xFDD0, 0xFDEF},   {0xFE00, 0xFE0F},
        {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},
        {0xFFFE, 0xFFFF},   {0x1D173, 0x1D17A}, {0x1FFFE, 0x1FFFF},
        {0x40000, 0x10FFFF}};

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (cp >= ranges[i][0] && cp <= ranges[i][1])
            return true;
    return false;
}

static void
check_output(struct str out, bool lines)
{
    unsigned len;

    for (size_t i = 0; i < out.len; i += len) {
        uint32_t cp = utf8_decode(out, i, &len);

        if (lines && (cp == '\n' || cp == '\t'))
            continue;
        if (is_forbidden(cp) || utf8_is_ill_formed(out, i, cp, len))
            fail_msg("U+%04X came through", (unsigned)cp);
    }
}

/* What must hold for the pieces of any text. */
static void
check_pieces(struct str s, bool reveal)
{
    size_t at = 0;

    while (at < s.len) {
        struct piece piece = width_piece(s, at, reveal);

        assert_true(piece.start == at && piece.end > at && piece.end <= s.len);
        assert_true(piece.cells <= 16);
        if (piece.kind == PIECE_HIDDEN) {
            assert_int_equal(piece.cells, strlen(piece.mark));
            assert_true(piece.cells > 0);
            for (const char *p = piece.mark; *p; p++)
                assert_in_range(*p, 0x21, 0x7E);
        } else if (piece.kind == PIECE_TEXT && piece.cells > 0) {
            check_output(str_slice(s, piece.start, piece.end), false);
        } else if (piece.kind == PIECE_TEXT) {
            assert_false(reveal);
        }
        at = piece.end;
    }
    assert_int_equal(at, s.len);
}

static void
check_text(struct str s)
{
    struct buf out = {.max = 0};
    size_t cells = width_cells(s);

    check_pieces(s, false);
    check_pieces(s, true);
    width_escape(s, 0, &out);
    check_output(buf_str(&out), false);
    assert_int_equal(width_cells(buf_str(&out)), cells);
    for (size_t limit = 1; limit < 40; limit += 6) {
        buf_clear(&out);
        width_escape(s, limit, &out);
        assert_true(width_cells(buf_str(&out)) <= limit);
        check_output(buf_str(&out), false);
        if (cells > limit)
            assert_int_equal(out.ptr[out.len - 1], '~');
    }
    buf_clear(&out);
    width_escape_text(s, &out);
    check_output(buf_str(&out), true);
    buf_release(&out);
}

static void
test_every_code_point(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        char p[8] = "a";
        struct str s = {p + 1, utf8_encode(cp, p + 1)};
        struct piece piece = width_piece(s, 0, true);
        bool safe = width_is_safe(cp);

        if (safe && is_forbidden(cp))
            fail_msg("U+%04X is called safe", (unsigned)cp);
        assert_true(piece.start == 0 && piece.end == s.len);
        assert_in_range(piece.cells, cp == '\n' || cp == '\t' ? 0 : 1, 16);
        if (cp != '\n' && cp != '\t')
            assert_int_equal(piece.kind,
                             safe && width_of(cp) ? PIECE_TEXT : PIECE_HIDDEN);
        /* Behind a letter, marks join it. */
        piece = width_piece((struct str){p, s.len + 1}, 0, true);
        assert_true(piece.kind == PIECE_TEXT &&
                    (piece.end == 1 || (safe && piece.end == s.len + 1)));
    }
}

static void
test_safe_samples(void **state)
{
    static const uint32_t safe[] = {
        ' ',    '~',    0xA0,   0xE9,   0x301,   0x416,   0x5D0,   0x627,
        0x915,  0x93F,  0xE01,  0x1100, 0x1161,  0x3042,  0x4E2D,  0xAC00,
        0x2588, 0x3000, 0xFFFC, 0xFFFD, 0x1F600, 0x1F1E6, 0x1F3FD, 0x20000};
    (void)state;
    for (size_t i = 0; i < sizeof(safe) / sizeof(safe[0]); i++)
        if (!width_is_safe(safe[i]))
            fail_msg("U+%04X is called unsafe", (unsigned)safe[i]);
    assert_int_equal(width_of('a'), 1);
    assert_int_equal(width_of(0x301), 0);
    assert_int_equal(width_of(0x93F), 1);
    assert_int_equal(width_of(0x1161), 0);
    assert_int_equal(width_of(0x4E2D), 2);
    assert_int_equal(width_of(0x1F600), 2);
    assert_int_equal(width_of(0xFF71), 1);
}

static void
check_escaped(struct str s, size_t cells, const char *want)
{
    struct buf out = {.max = 0};

    width_escape(s, cells, &out);
    assert_string_equal(xbuf_cstr(&out), want);
    if (cells == 0)
        assert_int_equal(width_cells(s), width_cells(buf_str(&out)));
    buf_release(&out);
}

static void
test_marks(void **state)
{
    (void)state;
    check_escaped(STR_LIT("a\x1B[31m\x7F\0\r\n\t"), 0, "a^[[31m^?^@^M^J^I");
    check_escaped(STR_LIT("\xC2\x9B\xE2\x80\xAE\xE2\x80\x8B\xF3\xA0\x81\x81"),
                  0, "<U+009B><U+202E><U+200B><U+E0041>");
    check_escaped(STR_LIT("\x9B|\xF0\x9F\x98|\xFF\xED\xA0\x80"), 0,
                  "\\x9B|\\xF0\\x9F\\x98|\\xFF<U+D800>");
    check_escaped(STR_LIT("\xE2\x80\xA8\xEE\x80\x80\xF4\x8F\xBF\xBF\xCD\xB8"),
                  0, "<U+2028><U+E000><U+10FFFF><U+0378>");
    check_escaped(STR_LIT("\xEF\xBF\xBD"), 0, "\xEF\xBF\xBD");
    /* Dropped: soft hyphen, ZWJ, ZWNJ, VS16. */
    check_escaped(
        STR_LIT("so\xC2\xADjoin\xE2\x80\x8Dn\xE2\x80\x8C.\xEF\xB8\x8F"), 0,
        "sojoinn.");
}

static void
test_cut(void **state)
{
    (void)state;
    check_escaped(STR_LIT("abcdef"), 6, "abcdef");
    check_escaped(STR_LIT("abcdef"), 5, "abcd~");
    check_escaped(STR_LIT("abcdef"), 1, "~");
    check_escaped(STR_LIT(""), 1, "");
    check_escaped(STR_LIT("\xE4\xB8\xAD\xE4\xB8\xAD"), 3, "\xE4\xB8\xAD~");
    check_escaped(STR_LIT("\xE4\xB8\xAD\xE4\xB8\xAD"), 2, "~");
    check_escaped(STR_LIT("ab\x1B"), 3, "ab~");
    check_escaped(STR_LIT("abc\xE2\x80\x8D"), 3, "abc");
}

static void
check_count(struct str s, size_t want)
{
    assert_int_equal(width_count_hidden(s), want);
}

static void
test_count_hidden(void **state)
{
    (void)state;
    check_count(STR_LIT("plain text\n\twith lines \xC3\xA9\xCC\x81"), 0);
    check_count(STR_LIT("\x1B[0m \xE2\x80\xAE \xC2\xAD \xFF\xFE"), 5);
    /* woman ZWJ laptop; heart VS16; man, skin tone, ZWJ, rocket */
    check_count(STR_LIT("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB"), 0);
    check_count(STR_LIT("\xE2\x9D\xA4\xEF\xB8\x8F"), 0);
    check_count(STR_LIT("\xF0\x9F\x91\xA8\xF0\x9F\x8F\xBD\xE2\x80\x8D"
                        "\xF0\x9F\x9A\x80"),
                0);
    /* The same characters where they join nothing. */
    check_count(STR_LIT("a\xE2\x80\x8D"
                        "b\xEF\xB8\x8F"),
                2);
    check_count(STR_LIT("\xF0\x9F\x91\xA9\xE2\x80\x8Dx"), 1);
    check_count(STR_LIT("\xF0\x9F\x91\xA9 \xEF\xB8\x8F"), 1);
    check_count(STR_LIT("\xF0\x9F\x91\xA9\xE2\x80\x8D\xE2\x80\x8D"
                        "\xF0\x9F\x92\xBB"),
                2);
}

static void
test_graphemes(void **state)
{
    struct str zalgo = STR_LIT("a\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81"
                               "\xCC\x81z");
    struct str flag = STR_LIT("\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA"
                              "\xF0\x9F\x87\xA9");
    struct str family = STR_LIT("\xF0\x9F\x91\xA9\xE2\x80\x8D"
                                "\xF0\x9F\x92\xBB");
    struct piece piece = width_piece(zalgo, 0, false);

    (void)state;
    assert_int_equal(piece.end, 1 + 4 * 2);
    assert_int_equal(piece.cells, 1);
    piece = width_piece(zalgo, piece.end, false);
    assert_int_equal(piece.kind, PIECE_HIDDEN);
    assert_string_equal(piece.mark, "<U+0301>");
    piece = width_piece(flag, 0, false);
    assert_int_equal(piece.end, 8);
    assert_int_equal(piece.cells, 2);
    piece = width_piece(family, 0, false);
    assert_int_equal(piece.end, 4);
    assert_int_equal(piece.cells, 2);
    piece = width_piece(family, 4, false);
    assert_true(piece.kind == PIECE_TEXT && piece.cells == 0);
    piece = width_piece(family, 4, true);
    assert_true(piece.kind == PIECE_HIDDEN);
    assert_string_equal(piece.mark, "<U+200D>");
    piece = width_piece(family, 7, false);
    assert_true(piece.kind == PIECE_TEXT && piece.cells == 2);
    /* A Hangul syllable of three jamo; two letters with spacing marks. */
    piece =
        width_piece(STR_LIT("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB"), 0, false);
    assert_true(piece.end == 9 && piece.cells == 2);
    piece = width_piece(STR_LIT("\xE0\xA4\x95\xE0\xA4\xBF"), 0, false);
    assert_true(piece.end == 6 && piece.cells == 2);
}

static void
test_random(void **state)
{
    static const uint32_t pool[] = {
        'a',    ' ',     '\n',    0x1B,    0x301,   0x93F,  0x94D,  0x200D,
        0xFE0F, 0x1F469, 0x4E2D,  0x1F1E6, 0x1F3FD, 0xD800, 0x1100, 0x1161,
        0x11A8, 0x202E,  0xE0041, 0x600,   0x110BD, 0xD4E};

    (void)state;
    for (int round = 0; round < 3000; round++) {
        char p[160];
        size_t len = 0;
        size_t want = (size_t)rand() % 150;

        while (len < want) {
            if (rand() % 8 == 0)
                p[len++] = (char)rand();
            else
                len += utf8_encode(
                    pool[(size_t)rand() % (sizeof(pool) / sizeof(pool[0]))],
                    p + len);
        }
        check_text((struct str){p, len});
    }
}

static void
check_file(const char *folder, const char *name, bool *found)
{
    char path[4096];
    char line[8192];
    FILE *file;
    size_t n;

    (void)snprintf(path, sizeof(path), "%s/hostile/%s", folder, name);
    file = fopen(path, "rb");
    if (!file)
        return;
    *found = true;
    while ((n = fread(line, 1, sizeof(line), file)) > 0)
        check_text((struct str){line, n});
    (void)fclose(file);
}

static void
test_hostile_files(void **state)
{
    static const char *const names[] = {"utf8-stress.txt",
                                        "utf8-demo.txt",
                                        "naughty-strings.txt",
                                        "terminal-escapes.jsonl",
                                        "terminal-escapes-raw.jsonl",
                                        "unicode.jsonl",
                                        "flipped.jsonl.zst"};
    const char *folder = getenv("STET_TEST_DATA");
    bool found = false;

    (void)state;
    for (size_t i = 0; folder && i < sizeof(names) / sizeof(names[0]); i++)
        check_file(folder, names[i], &found);
    if (!found) {
        print_message("hostile files were not found: set STET_TEST_DATA\n");
        skip();
    }
}

static void
test_ascii_is_fast(void **state)
{
    size_t len = 5000000;
    char *text = malloc(len);
    struct timespec start;
    struct timespec end;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', len);
    clock_gettime(CLOCK_MONOTONIC, &start);
    assert_int_equal(width_cells((struct str){text, len}), len);
    clock_gettime(CLOCK_MONOTONIC, &end);
    print_message("5 MB of ASCII: %.1f ms\n",
                  (double)(end.tv_sec - start.tv_sec) * 1e3 +
                      (double)(end.tv_nsec - start.tv_nsec) / 1e6);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_point),
        cmocka_unit_test(test_safe_samples),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_count_hidden),
        cmocka_unit_test(test_graphemes),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_hostile_files),
        cmocka_unit_test(test_ascii_is_fast),
    };
    const char *text = getenv("STET_TEST_SEED");
    unsigned seed =
        text ? (unsigned)strtoul(text, NULL, 10) : (unsigned)time(NULL);

    printf("# seed %u\n", seed);
    srand(seed);
    return cmocka_run_group_tests_name("width", tests, NULL, NULL);
}
