/* The cells of the screen: clipping, wide characters, hostile text, dumps. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tui/grid.h"
#include "tui/textdraw.h"

static void
assert_dump(const struct grid *grid, const char *expected)
{
    struct buf out = {0};

    grid_dump(grid, &out);
    assert_string_equal(xbuf_cstr(&out), expected);
    buf_release(&out);
}

static void
test_put(void **state)
{
    struct grid grid;

    (void)state;
    grid_init(&grid, 2, 10);
    assert_int_equal(grid_put(&grid, 0, 0, STYLE_BAD, "BAD"), 3);
    grid_put_data(&grid, 1, 1, 5, STYLE_DATA, STR_LIT("abcdefgh"));
    grid_put_data(&grid, 5, 0, 5, STYLE_DATA, STR_LIT("outside"));
    grid_put(&grid, 0, 99, STYLE_BAD, "outside");
    assert_dump(&grid, "screen 10x2 cursor 0,0\n"
                       "|BAD\n"
                       "| abcd~\n"
                       "@0 0-2:bad\n"
                       "@1 1-4:data 5-5:dim\n");
    grid_release(&grid);
}

static void
test_clip(void **state)
{
    struct grid grid;

    (void)state;
    grid_init(&grid, 3, 8);
    grid_clip(&grid, (struct area){1, 2, 1, 4});
    grid_put(&grid, 0, 0, STYLE_NORMAL, "abcdefgh");
    grid_put(&grid, 1, 0, STYLE_NORMAL, "below");
    grid_focus(&grid, 0, 1, true);
    assert_dump(&grid, "screen 8x3 cursor 1,3\n"
                       "|\n"
                       "|  abc~\n"
                       "|\n"
                       "@1 2-4:normal+focus 5-5:dim+focus\n");
    grid_clip(&grid, (struct area){7, 7, 7, 7});
    grid_put(&grid, 0, 0, STYLE_NORMAL, "nowhere");
    grid_release(&grid);
}

static void
test_wide_halves(void **state)
{
    struct grid grid;

    (void)state;
    grid_init(&grid, 1, 6);
    grid_put_data(&grid, 0, 0, 6, STYLE_DATA, STR_LIT("日本"));
    assert_int_equal(grid.cells[0].cells, 2);
    assert_int_equal(grid.cells[1].cells, 0);
    /* drawing over a right half takes the left one along, and back */
    grid_put(&grid, 0, 1, STYLE_NORMAL, "x");
    assert_int_equal(grid.cells[0].bytes[0], ' ');
    grid_put(&grid, 0, 2, STYLE_NORMAL, "y");
    assert_int_equal(grid.cells[3].bytes[0], ' ');
    assert_int_equal(grid.cells[3].cells, 1);
    /* one that does not fit at the edge is cut */
    grid_clear(&grid);
    grid_put_data(&grid, 0, 3, 3, STYLE_DATA, STR_LIT("日本"));
    assert_int_equal(grid.cells[5].bytes[0], '~');
    grid_release(&grid);
}

/* A mark that ends where the room does gives way as a whole. */
static void
test_cut_mark(void **state)
{
    const struct text_look look = {.text = STR_LIT("ab\xE2\x80\xAEx"),
                                   .style = STYLE_DATA};
    struct grid grid;

    (void)state;
    grid_init(&grid, 2, 12);
    assert_int_equal(
        grid_put_data(&grid, 0, 0, 10, STYLE_DATA, STR_LIT("ab\xE2\x80\xAEx")),
        3);
    assert_int_equal(
        grid_put_data(&grid, 1, 0, 4, STYLE_DATA, STR_LIT("ab日x")), 3);
    assert_dump(&grid, "screen 12x2 cursor 0,0\n"
                       "|ab~\n"
                       "|ab~\n"
                       "@0 0-1:data 2-2:dim\n"
                       "@1 0-1:data 2-2:dim\n");
    grid_clear(&grid);
    text_draw_line((struct pen){&grid, 0, 0, 10, STYLE_DATA}, &look);
    assert_dump(&grid, "screen 12x2 cursor 0,0\n"
                       "|ab~\n"
                       "|\n"
                       "@0 0-1:data 2-2:dim\n");
    grid_release(&grid);
}

static void
test_clusters_are_spread(void **state)
{
    struct grid grid;

    (void)state;
    grid_init(&grid, 1, 8);
    /* a flag is two letters of one cell, thumb and skin tone two of two */
    grid_put_data(&grid, 0, 0, 8, STYLE_DATA,
                  STR_LIT("\U0001F1E9\U0001F1EA\U0001F44D\U0001F3FB"));
    for (unsigned i = 0; i < 8; i++)
        assert_true(grid.cells[i].len <= 4);
    /* four marks at most on one base */
    grid_clear(&grid);
    grid_put_data(&grid, 0, 0, 8, STYLE_DATA,
                  STR_LIT("e\u0301\u0301\u0301\u0301"));
    assert_int_equal(grid.cells[0].len, 9);
    grid_release(&grid);
}

/* Whatever the bytes: no cell holds a control, and marks have their style. */
static void
test_hostile(void **state)
{
    struct grid grid;
    char bytes[64];

    (void)state;
    grid_init(&grid, 1, 200);
    for (unsigned i = 0; i < 4096; i++) {
        for (unsigned j = 0; j < sizeof(bytes); j++)
            bytes[j] = (char)((i * 131 + j * j * 37 + i / 7) & 0xFF);
        grid_clear(&grid);
        grid_put_data(&grid, 0, 0, 200, STYLE_DATA,
                      (struct str){bytes, sizeof(bytes)});
        for (unsigned col = 0; col < 200; col++) {
            const struct cell *cell = &grid.cells[col];

            for (unsigned b = 0; b < cell->len; b++) {
                unsigned char byte = (unsigned char)cell->bytes[b];

                assert_true(byte >= 0x20 && byte != 0x7F);
            }
        }
    }
    grid_clear(&grid);
    grid_put_data(&grid, 0, 0, 40, STYLE_DATA, STR_LIT("\033[2J\u202Ex\x9B"));
    assert_dump(&grid,
                "screen 200x1 cursor 0,0\n"
                "|^[[2J<U+202E>x\\x9B\n"
                "@0 0-1:mark 2-4:data 5-12:mark 13-13:data 14-17:mark\n");
    grid_release(&grid);
}

static void
test_bars(void **state)
{
    struct grid grid;

    (void)state;
    grid_init(&grid, 3, 6);
    grid.ascii = true;
    grid_bar(&grid, 0, 0, 4, 0.5, STYLE_BAD);
    grid_bar(&grid, 1, 0, 4, 7, STYLE_BAD);
    grid_bar(&grid, 2, 0, 9, -1, STYLE_BAD);
    assert_dump(&grid, "screen 6x3 cursor 0,0\n"
                       "|##..\n"
                       "|####\n"
                       "|......\n"
                       "@0 0-1:bad 2-3:dim\n"
                       "@1 0-3:bad\n"
                       "@2 0-5:dim\n");
    grid_release(&grid);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put),
        cmocka_unit_test(test_clip),
        cmocka_unit_test(test_wide_halves),
        cmocka_unit_test(test_cut_mark),
        cmocka_unit_test(test_clusters_are_spread),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_bars),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
