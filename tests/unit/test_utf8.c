/* UTF-8 against an oracle written from the bit patterns: decode naively, then
 * refuse what is overlong, too large or a surrogate. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "stet/utf8.h"

static unsigned char
at(const char *p, size_t i)
{
    return (unsigned char)p[i];
}

/* Length of the well-formed character at p, 0 if there is none. */
static unsigned
oracle_char(const char *p, size_t len, uint32_t *cp, bool surrogates)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned want;
    unsigned i;
    uint32_t value;

    if (at(p, 0) < 0x80) {
        *cp = at(p, 0);
        return 1;
    }
    want = at(p, 0) >> 5 == 6 ? 2 : at(p, 0) >> 4 == 14 ? 3 : 4;
    if (want == 4 && at(p, 0) >> 3 != 30)
        return 0;
    if (want > len)
        return 0;
    value = at(p, 0) & (0xFFu >> (want + 1));
    for (i = 1; i < want; i++) {
        if (at(p, i) >> 6 != 2)
            return 0;
        value = value * 64 + (at(p, i) & 63);
    }
    if (value < least[want] || value > 0x10FFFF ||
        (!surrogates && value >> 11 == 0x1B))
        return 0;
    *cp = value;
    return want;
}

/* Whether p[0..len) begins some well-formed strict character of `want`. */
static bool
begins_char(const char *p, size_t len)
{
    char full[4];
    uint32_t cp;
    static const char fill[][3] = {
        {'\x80', '\x80', '\x80'}, {'\xBF', '\xBF', '\xBF'},
        {'\x9F', '\xBF', '\xBF'}, {'\x8F', '\xBF', '\xBF'},
        {'\xA0', '\x80', '\x80'}, {'\x90', '\x80', '\x80'}};

    for (size_t k = 0; k < sizeof(fill) / sizeof(fill[0]); k++) {
        memcpy(full, p, len);
        memcpy(full + len, fill[k], 4 - len);
        for (unsigned n = (unsigned)len + 1; n <= 4; n++)
            if (oracle_char(full, n, &cp, false) == n)
                return true;
    }
    return false;
}

/* Unicode table 3-8: the longest prefix that begins a well-formed character,
 * or else one byte. */
static unsigned
oracle_subpart(const char *p, size_t len)
{
    unsigned n = 1;

    while (n < len && n < 3 && begins_char(p, n + 1))
        n++;
    return n;
}

static void
check_decode(const char *p, size_t len)
{
    struct str s = {p, len};
    uint32_t want_cp = 0;
    uint32_t cp;
    unsigned want_len = oracle_char(p, len, &want_cp, true);
    unsigned used;
    bool ill = want_len == 0;

    if (ill) {
        want_len = oracle_subpart(p, len);
        want_cp = 0xFFFD;
    }
    cp = utf8_decode(s, 0, &used);
    if (cp != want_cp || used != want_len ||
        utf8_is_ill_formed(s, 0, cp, used) != ill)
        fail_msg("%02X %02X %02X %02X (%zu): U+%04X in %u, not U+%04X in %u",
                 at(p, 0), len > 1 ? at(p, 1) : 0, len > 2 ? at(p, 2) : 0,
                 len > 3 ? at(p, 3) : 0, len, (unsigned)cp, used,
                 (unsigned)want_cp, want_len);
}

static void
check_whole(const char *p, size_t len)
{
    struct str s = {p, len};
    size_t i = 0;
    size_t j = 0;
    size_t prefix = SIZE_MAX;
    uint32_t cp;

    while (i < len) {
        unsigned n = oracle_char(p + i, len - i, &cp, false);

        if (!n) {
            prefix = i;
            break;
        }
        i += n;
    }
    while (j < len) {
        unsigned n = oracle_char(p + j, len - j, &cp, true);

        if (!n)
            break;
        j += n;
    }
    assert_int_equal(utf8_is_valid(s), i == len);
    assert_int_equal(utf8_valid_prefix(s, 0), i == len ? len : prefix);
    assert_int_equal(utf8_is_wtf8(s), j == len);
}

static void
test_short_exhaustive(void **state)
{
    char p[3];

    (void)state;
    for (unsigned a = 0; a < 256; a++) {
        p[0] = (char)a;
        check_decode(p, 1);
        check_whole(p, 1);
        for (unsigned b = 0; b < 256; b++) {
            p[1] = (char)b;
            check_decode(p, 2);
            check_whole(p, 2);
            /* Third bytes only matter after two that may go on. */
            for (unsigned c = 0; c < 256; c += a < 0xC0 ? 51 : 1) {
                p[2] = (char)c;
                if (a >= 0xC0 && (b >= 0x70 && b < 0xD0))
                    check_decode(p, 3);
                check_whole(p, 3);
            }
        }
    }
}

static void
test_long_boundaries(void **state)
{
    static const unsigned char edge[] = {0x00, 0x7F, 0x80, 0x81, 0x8F, 0x90,
                                         0x9F, 0xA0, 0xBE, 0xBF, 0xC0, 0xFF};
    size_t n = sizeof(edge);
    char p[4];

    (void)state;
    for (unsigned a = 0xE0; a < 256; a++) {
        for (size_t i = 0; i < n * n * n; i++) {
            p[0] = (char)a;
            p[1] = (char)edge[i / (n * n)];
            p[2] = (char)edge[i / n % n];
            p[3] = (char)edge[i % n];
            check_decode(p, 4);
            check_whole(p, 4);
        }
    }
}

static void
test_encode_every_code_point(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        char p[4];
        uint32_t back = 0;
        unsigned n = utf8_encode(cp, p);
        unsigned used;

        if (oracle_char(p, n, &back, true) != n || back != cp ||
            utf8_decode((struct str){p, n}, 0, &used) != cp || used != n)
            fail_msg("U+%04X", (unsigned)cp);
    }
}

/* Random mixtures of whole and broken characters. */
static size_t
random_text(char *out, size_t max, bool whole)
{
    size_t len = 0;
    size_t want = (size_t)rand() % (max - 4);

    while (len < want) {
        unsigned kind = (unsigned)rand() % 8;

        if (kind < 3)
            out[len++] = (char)('a' + rand() % 26);
        else if (kind == 3)
            len += utf8_encode(0x80 + (unsigned)rand() % 0x780, out + len);
        else if (kind == 4)
            len += utf8_encode(0x800 + (unsigned)rand() % 0xF800, out + len);
        else if (kind == 5)
            len +=
                utf8_encode(0x10000 + (unsigned)rand() % 0x100000, out + len);
        else if (!whole)
            out[len++] = (char)(0x80 + rand() % 0x80);
    }
    return len;
}

static void
check_boundaries(struct str s)
{
    size_t start = 0;

    while (start < s.len) {
        unsigned len;

        utf8_decode(s, start, &len);
        for (size_t i = start; i < start + len; i++) {
            assert_int_equal(utf8_prev(s, i), start);
            assert_int_equal(utf8_next(s, i), start + len);
            assert_int_equal(utf8_is_boundary(s, i), i == start);
        }
        start += len;
    }
    assert_int_equal(start, s.len);
    assert_true(utf8_is_boundary(s, s.len));
    assert_int_equal(utf8_next(s, s.len), s.len);
}

static void
test_boundaries_and_counts(void **state)
{
    char p[80];

    (void)state;
    for (int round = 0; round < 20000; round++) {
        bool whole = round % 2;
        struct str s = {p, random_text(p, sizeof(p), whole)};
        uint64_t count = 0;
        unsigned len;

        check_boundaries(s);
        check_whole(p, s.len);
        for (size_t i = 0; whole && i <= s.len; i += len, count++) {
            assert_int_equal(utf8_offset_of_cp(s, count), i);
            if (i == s.len)
                break;
            utf8_decode(s, i, &len);
        }
        if (whole) {
            assert_int_equal(utf8_count(s), count);
            assert_true(utf8_offset_of_cp(s, count + 1) == SIZE_MAX);
        }
    }
}

static void
check_display(struct str s, struct str want)
{
    struct buf out = {.max = 0};
    struct error err = ERROR_INIT;

    assert_int_equal(utf8_to_display(s, &out, &err), ERR_OK);
    assert_int_equal(out.len, want.len);
    assert_memory_equal(out.ptr, want.ptr, want.len);
    buf_release(&out);
}

static void
test_display(void **state)
{
    struct buf small;
    struct error err = ERROR_INIT;

    (void)state;
    /* The example of Unicode table 3-8, between ASCII. */
    check_display(STR_LIT("a\xF1\x80\x80\xE1\x80\xC2"
                          "b\x80"
                          "c\x80\xBF"
                          "d"),
                  STR_LIT("a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
                          "b\xEF\xBF\xBD"
                          "c\xEF\xBF\xBD\xEF\xBF\xBD"
                          "d"));
    /* Lone surrogates keep the offsets behind them. */
    check_display(STR_LIT("x\xED\xA0\x80y\xED\xBF\xBF\xC3\xA9"),
                  STR_LIT("x\xEF\xBF\xBDy\xEF\xBF\xBD\xC3\xA9"));
    buf_init(&small, 8);
    assert_int_equal(buf_append(&small, "1234", 4, &err), ERR_OK);
    assert_int_equal(utf8_to_display(STR_LIT("ab\xFF\xFF"), &small, &err),
                     ERR_LIMIT);
    assert_int_equal(small.len, 4);
    buf_release(&small);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_exhaustive),
        cmocka_unit_test(test_long_boundaries),
        cmocka_unit_test(test_encode_every_code_point),
        cmocka_unit_test(test_boundaries_and_counts),
        cmocka_unit_test(test_display),
    };
    const char *text = getenv("STET_TEST_SEED");
    unsigned seed =
        text ? (unsigned)strtoul(text, NULL, 10) : (unsigned)time(NULL);

    printf("# seed %u\n", seed);
    srand(seed);
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
