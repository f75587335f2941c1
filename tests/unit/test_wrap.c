/* Rows of text: known layouts, and what must hold for any text. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "stet/buf.h"
#include "stet/fileio.h"
#include "stet/width.h"
#include "tui/wrap.h"

static uint64_t seed;

static unsigned
draw(unsigned below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((seed >> 33) % below);
}

/* All rows as "[a][b]". */
static void
assert_rows(struct str text, unsigned cells, bool soft, const char *expected)
{
    struct wrap wrap;
    struct wrap_row row;
    struct buf got = {0};

    wrap_init(&wrap);
    wrap_set(&wrap, text, cells, soft, false);
    row = wrap_at(&wrap, 0);
    do {
        xbuf_printf(&got, "[%.*s]", (int)(row.end - row.start),
                    text.ptr + row.start);
    } while (wrap_next(&wrap, &row));
    assert_string_equal(xbuf_cstr(&got), expected);
    buf_release(&got);
    wrap_release(&wrap);
}

static void
test_breaks_at_words(void **state)
{
    (void)state;
    assert_rows(STR_LIT("one two three"), 8, true, "[one two ][three]");
    assert_rows(STR_LIT("one two three"), 80, true, "[one two three]");
    assert_rows(STR_LIT("a\n\nb\n"), 8, true, "[a][][b]");
    assert_rows(STR_LIT(""), 8, true, "[]");
    assert_rows(STR_LIT("abcdefghij"), 4, true, "[abcd][efgh][ij]");
    assert_rows(STR_LIT("abcdefghij\nx"), 4, false, "[abcdefghij][x]");
    assert_rows(STR_LIT("ab  cd"), 3, true, "[ab  ][cd]");
    assert_rows(STR_LIT("well-known fact"), 6, true, "[well-][known ][fact]");
}

static void
test_wide_and_marks(void **state)
{
    (void)state;
    assert_rows(STR_LIT("日本語"), 4, true, "[日本][語]");
    assert_rows(STR_LIT("日本語"), 3, true, "[日][本][語]");
    /* a hidden character takes its mark's cells: ^[ is two */
    assert_rows(STR_LIT("ab\033cd"), 4, true, "[ab\033][cd]");
    assert_rows(STR_LIT("a\tb"), 9, true, "[a\tb]");
    assert_rows(STR_LIT("e\xCC\x81"
                        "e\xCC\x81"
                        "e"),
                2, true,
                "[e\xCC\x81"
                "e\xCC\x81"
                "][e]");
}

static void
test_moves(void **state)
{
    struct str text = STR_LIT("one\ntwo words here\nend");
    struct wrap wrap;
    struct wrap_row row;

    (void)state;
    wrap_init(&wrap);
    wrap_set(&wrap, text, 5, true, false);
    assert_int_equal(wrap_move(&wrap, 0, 1), 4);
    assert_int_equal(wrap_move(&wrap, 0, 2), 8);
    assert_int_equal(wrap_move(&wrap, 0, 99), 19);
    assert_int_equal(wrap_move(&wrap, text.len, -99), 0);
    assert_int_equal(wrap_line(&wrap, 0), 1);
    assert_int_equal(wrap_line(&wrap, 20), 3);
    assert_int_equal(wrap_line(&wrap, 8), 2);
    row = wrap_at(&wrap, 8);
    assert_false(row.first);
    assert_int_equal(wrap_column(&wrap, &row, 10), 2);
    assert_int_equal(wrap_byte(&wrap, &row, 2), 10);
    assert_int_equal(wrap_byte(&wrap, &row, 99), 13);
    wrap_release(&wrap);
}

static void
fill(struct buf *text, size_t len, bool lines)
{
    static const char *const pieces[] = {"a",
                                         "word",
                                         " ",
                                         "  ",
                                         "\t",
                                         "日",
                                         "é",
                                         "e\xCC\x81",
                                         "\xF0\x9F\x98\x80",
                                         "\xE2\x80\xAE",
                                         "\033",
                                         "\x80",
                                         "\xFF",
                                         "-",
                                         "ไทย",
                                         "\xE2\x80\x8D",
                                         "\r",
                                         ".",
                                         "\xC2\xAD",
                                         "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA",
                                         "\n"};
    const unsigned count = sizeof(pieces) / sizeof(pieces[0]);

    buf_clear(text);
    while (text->len < len) {
        const char *piece = pieces[draw(lines ? count : count - 1)];

        xbuf_append_str(text, str_of(piece));
    }
}

static void
check_row(struct wrap *wrap, const struct wrap_row *row)
{
    size_t at = row->start;
    unsigned cells = 0;
    unsigned hanging = 0;

    assert_true(row->start <= row->end && row->end <= row->next);
    assert_true(row->next - row->end <= 1);
    while (at < row->end) {
        struct str text = {wrap->text.ptr, row->end};
        struct piece piece = width_piece(text, at, wrap->reveal);

        assert_true(piece.end <= row->end);
        assert_true(piece.kind != PIECE_NEWLINE);
        cells += piece.kind == PIECE_TAB ? wrap_tab_cells(cells) : piece.cells;
        if (wrap->text.ptr[at] == ' ')
            hanging++;
        else if (piece.cells > 0 || piece.kind == PIECE_TAB)
            hanging = 0;
        at = piece.end;
    }
    assert_int_equal(at, row->end);
    if (wrap->soft && wrap->cells >= 16) {
        assert_true(row->cells <= wrap->cells);
        assert_true(cells - hanging <= wrap->cells);
    }
}

/* Rows cover the text, forwards and backwards, from any byte. */
static void
check_cover(struct wrap *wrap)
{
    struct wrap_row row = wrap_at(wrap, 0);
    struct wrap_row back;
    size_t count = 1;

    assert_int_equal(row.start, 0);
    for (;; count++) {
        size_t next = row.next;
        size_t before = row.start;

        check_row(wrap, &row);
        if (!wrap_next(wrap, &row))
            break;
        assert_int_equal(row.start, next);
        back = row;
        assert_true(wrap_prev(wrap, &back));
        assert_int_equal(back.start, before);
        assert_int_equal(back.next, next);
    }
    assert_int_equal(row.next, wrap->text.len);
    for (unsigned i = 0; i < 50; i++) {
        size_t at = draw((unsigned)wrap->text.len + 1);
        struct wrap_row found = wrap_at(wrap, at);

        assert_true(found.start <= at);
        assert_true(at < found.next || found.next == wrap->text.len);
    }
    for (; count > 1; count--)
        assert_true(wrap_prev(wrap, &row));
    assert_false(wrap_prev(wrap, &row));
}

static void
test_any_text(void **state)
{
    struct buf text = {0};
    struct wrap wrap;

    (void)state;
    wrap_init(&wrap);
    for (unsigned i = 0; i < 60; i++) {
        fill(&text, draw(i % 10 == 0 ? 30000 : 600), i % 3 != 0);
        wrap_forget(&wrap);
        wrap_set(&wrap, buf_str(&text), 1 + draw(120), i % 4 != 0, draw(2));
        check_cover(&wrap);
    }
    wrap_release(&wrap);
    buf_release(&text);
}

/* Wherever one comes from, rows are the same. */
static void
test_long_line_is_stable(void **state)
{
    struct buf text = {0};
    struct wrap near;
    struct wrap far;

    (void)state;
    fill(&text, 100000, false);
    wrap_init(&near);
    wrap_init(&far);
    wrap_set(&near, buf_str(&text), 77, true, false);
    for (unsigned i = 0; i < 200; i++) {
        size_t at = draw((unsigned)text.len);
        struct wrap_row a = wrap_at(&near, at);
        struct wrap_row b;

        wrap_forget(&far);
        wrap_set(&far, buf_str(&text), 77, true, false);
        b = wrap_at(&far, at);
        assert_int_equal(a.start, b.start);
        assert_int_equal(a.next, b.next);
    }
    wrap_release(&near);
    wrap_release(&far);
    buf_release(&text);
}

static void
test_ends_of_5_mb(void **state)
{
    struct buf text = {0};
    struct wrap wrap;
    struct wrap_row row;

    (void)state;
    while (text.len < 5u << 20)
        xbuf_append_str(&text, STR_LIT("no line feed in here, "));
    wrap_init(&wrap);
    wrap_set(&wrap, buf_str(&text), 80, true, false);
    row = wrap_at(&wrap, text.len);
    assert_int_equal(row.next, text.len);
    for (unsigned i = 0; i < 1000; i++)
        assert_true(wrap_prev(&wrap, &row));
    assert_true(text.len - row.start < 80 * 1001);
    wrap_release(&wrap);
    buf_release(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_breaks_at_words),
        cmocka_unit_test(test_wide_and_marks),
        cmocka_unit_test(test_moves),
        cmocka_unit_test(test_any_text),
        cmocka_unit_test(test_long_line_is_stable),
        cmocka_unit_test(test_ends_of_5_mb),
    };

    seed = (uint64_t)time_now_us();
    if (getenv("STET_TEST_SEED"))
        seed = strtoull(getenv("STET_TEST_SEED"), NULL, 10);
    printf("# seed %llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
