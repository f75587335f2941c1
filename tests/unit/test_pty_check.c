/* The judge of terminal output itself: what curses writes passes, everything
 * that data could smuggle in is found, and modes left on are named. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/pty_check.h"

static uint64_t
findings_of(const char *bytes, size_t len)
{
    struct pty_check check;

    pty_check_init(&check);
    pty_check_feed(&check, bytes, len);
    pty_check_end(&check);
    return check.findings;
}

#define FINDINGS(literal) findings_of("" literal, sizeof(literal) - 1)

static void
test_passes(void **state)
{
    (void)state;
    assert_int_equal(FINDINGS("plain text\r\n\ttab\b"), 0);
    assert_int_equal(FINDINGS("\xC3\xA9 \xE4\xB8\xAD \xF0\x9F\x98\x80"), 0);
    assert_int_equal(FINDINGS("\033[?1049h\033[22;0;0t\033[1;24r\033(B"), 0);
    assert_int_equal(FINDINGS("\033[m\033[4l\033[?7h\033[?1h\033=\033[H"), 0);
    assert_int_equal(FINDINGS("\033[38;5;12m\033[1;7mx\033[39;49m\033[10X"), 0);
    assert_int_equal(FINDINGS("\033[?2026h\033[3;7Hx\033[K\033[?2026l"), 0);
    assert_int_equal(FINDINGS("\033]104\a\033[?12l\033[?25h\033M\0337\0338"),
                     0);
}

static void
test_finds(void **state)
{
    static const char *const bad[] = {
        "\033]0;title\a",   /* a title */
        "\033]52;c;eA==\a", /* the clipboard */
        "\033P+q\033\\",    /* DCS */
        "\033[6n",          /* a question */
        "\033[c",           /* another */
        "\033[?1003h",      /* every move of the mouse */
        "\033[?3h",         /* 132 columns */
        "\033[8;50;200t",   /* the window's size */
        "\033[21t",         /* its title */
        "\033c",            /* reset */
        "\033[!p",          /* soft reset */
        "\033(A",           /* another character set */
        "\033#8",           /* alignment */
        "\033[?25",         /* an end inside a sequence */
        "\033[1\n",         /* a control inside a sequence */
        "\a",               /* the bell */
        "\x0E",             /* shift out */
        "\x7F",             /* DEL */
        "\xC2\x9B\x32J",    /* CSI of eight bits, */
        "\x9B\x32J",        /* raw too */
        "\xC0\x80",         /* an overlong NUL */
        "\xED\xA0\x80",     /* a surrogate */
        "\xF4\x90\x80\x80", /* past the end */
        "\xE4\xB8",         /* cut */
        "\xE2\x80\xAE",     /* right-to-left override */
        "\xE2\x81\xA6",     /* isolate */
        "\xE2\x80\x8B",     /* zero width space */
        "\xE2\x80\xA8",     /* line separator */
        "\xEF\xBB\xBF",     /* byte order mark */
        "\xF3\xA0\x81\x81", /* tag character */
        "\xEE\x80\x80",     /* private use */
        "\xEF\xBF\xBF",     /* noncharacter */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (findings_of(bad[i], strlen(bad[i])) == 0)
            fail_msg("%zu passes", i);
    assert_true(findings_of("a\0b", 3) > 0);
}

/* However the output is cut into reads, the answer is the same. */
static void
test_cut_anywhere(void **state)
{
    static const char bytes[] = "\xE4\xB8\xAD\033[1;2Hx\033]0;t\a\xC2\x9B\033c";
    uint64_t whole = FINDINGS("\xE4\xB8\xAD\033[1;2Hx\033]0;t\a\xC2\x9B\033c");

    (void)state;
    assert_int_equal(whole, 3);
    for (size_t cut = 0; cut < sizeof(bytes); cut++) {
        struct pty_check check;

        pty_check_init(&check);
        pty_check_feed(&check, bytes, cut);
        pty_check_feed(&check, bytes + cut, sizeof(bytes) - 1 - cut);
        pty_check_end(&check);
        assert_int_equal(check.findings, whole);
    }
}

static void
test_modes(void **state)
{
    static const char on[] =
        "\033[?1049h\033[?25l\033[?2004h\033[?1000h\033[?2026h"
        "\033=\033[4h\033[1;38;5;9m\033(0";
    static const char off[] =
        "\033[?1049l\033[?25h\033[?2004l\033[?1000l\033[?2026l"
        "\033>\033[4l\033[22;39m\033(B";
    struct pty_check check;
    char modes[256];

    (void)state;
    pty_check_init(&check);
    pty_check_feed(&check, on, sizeof(on) - 1);
    pty_check_modes(&check, modes, sizeof(modes));
    assert_string_equal(modes, " alternate-screen hidden-cursor bracketed-paste"
                               " mouse synchronized-output keypad insert"
                               " attributes line-drawing");
    pty_check_feed(&check, off, sizeof(off) - 1);
    pty_check_modes(&check, modes, sizeof(modes));
    assert_string_equal(modes, "");
    assert_int_equal(check.findings, 0);
}

/* One that a crash cut short hides nothing of what follows. */
static void
test_cut_sequence(void **state)
{
    static const char bytes[] = "\033[?2026h\033[3\033[?2026l";
    struct pty_check check;
    char modes[256];

    (void)state;
    pty_check_init(&check);
    pty_check_feed(&check, bytes, sizeof(bytes) - 1);
    assert_int_equal(check.findings, 1);
    pty_check_feed(&check, "\033[?2026h\033\033[?2026l", 17);
    assert_int_equal(check.findings, 2);
    pty_check_modes(&check, modes, sizeof(modes));
    assert_string_equal(modes, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passes),
        cmocka_unit_test(test_finds),
        cmocka_unit_test(test_cut_sequence),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_modes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
