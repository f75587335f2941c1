/* Hunks of random texts, carried out by hand, against a table of the longest
 * common subsequence. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "review/line_diff.h"

static uint64_t random_state;

static unsigned
random_below(unsigned limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % limit;
}

static void
put_plain(struct str line, struct buf *out)
{
    xbuf_append_str(out, line);
}

/* The next line with its end. */
static struct str
take_line(struct str *rest)
{
    size_t end = str_find(*rest, STR_LIT("\n"), 0);
    struct str line;

    end = end == SIZE_MAX ? rest->len : end + 1;
    line = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end, rest->len);
    return line;
}

static size_t
count_lines(struct str text)
{
    size_t count = 0;

    while (text.len) {
        (void)take_line(&text);
        count++;
    }
    return count;
}

static unsigned long
take_number(struct str *rest)
{
    unsigned long number = 0;

    while (rest->len && rest->ptr[0] >= '0' && rest->ptr[0] <= '9') {
        number = 10 * number + (unsigned long)(rest->ptr[0] - '0');
        *rest = str_slice(*rest, 1, rest->len);
    }
    return number;
}

struct hunk {
    unsigned long start[2], count[2];
};

static struct hunk
parse_hunk(struct str line)
{
    struct hunk hunk = {{0, 0}, {1, 1}};

    assert_true(str_starts_with(line, STR_LIT("@@ -")));
    line = str_slice(line, 4, line.len);
    for (unsigned side = 0; side < 2; side++) {
        hunk.start[side] = take_number(&line);
        if (line.ptr[0] == ',') {
            line = str_slice(line, 1, line.len);
            hunk.count[side] = take_number(&line);
        }
        line = str_slice(line, side ? 1 : 2, line.len);
    }
    return hunk;
}

/* What the diff makes of a text; *changes counts its changed lines. */
static void
carry_out(struct str diff, struct str old_text, struct buf *out,
          unsigned *changes)
{
    unsigned long at[2] = {0, 0};

    while (diff.len) {
        struct hunk hunk = parse_hunk(take_line(&diff));
        unsigned long seen[2] = {0, 0};

        for (unsigned side = 0; side < 2; side++)
            hunk.start[side] -= hunk.count[side] > 0;
        for (; at[0] < hunk.start[0]; at[0]++, at[1]++)
            xbuf_append_str(out, take_line(&old_text));
        assert_int_equal(at[1], hunk.start[1]);
        while (seen[0] < hunk.count[0] || seen[1] < hunk.count[1]) {
            struct str line = take_line(&diff);
            struct str content = str_slice(line, 1, line.len);
            char sign = line.ptr[0];

            if (diff.len && diff.ptr[0] == '\\') {
                content.len--;
                (void)take_line(&diff);
            }
            assert_true(sign == ' ' || sign == '-' || sign == '+');
            if (sign != '+') {
                assert_true(str_equal(take_line(&old_text), content));
                seen[0]++;
            }
            if (sign != '-') {
                xbuf_append_str(out, content);
                seen[1]++;
            }
            *changes += sign != ' ';
        }
        at[0] += seen[0];
        at[1] += seen[1];
    }
    xbuf_append_str(out, old_text);
}

enum { MAX_LINES = 40 };

static size_t
split(struct str text, struct str lines[MAX_LINES])
{
    size_t count = 0;

    while (text.len)
        lines[count++] = take_line(&text);
    return count;
}

/* The fewest lines that must change. */
static unsigned
fewest(struct str a, struct str b)
{
    static unsigned common[MAX_LINES + 1][MAX_LINES + 1];
    struct str x[MAX_LINES];
    struct str y[MAX_LINES];
    size_t n = split(a, x);
    size_t m = split(b, y);

    for (size_t i = 0; i <= n; i++)
        for (size_t k = 0; k <= m; k++)
            common[i][k] =
                i == 0 || k == 0                      ? 0
                : str_equal(x[i - 1], y[k - 1])       ? common[i - 1][k - 1] + 1
                : common[i - 1][k] > common[i][k - 1] ? common[i - 1][k]
                                                      : common[i][k - 1];
    return (unsigned)(n + m) - 2 * common[n][m];
}

static void
make_text(struct buf *out, unsigned kinds)
{
    buf_clear(out);
    for (unsigned i = random_below(MAX_LINES); i; i--) {
        char letter = (char)('a' + random_below(kinds));

        xbuf_append(out, &letter, 1);
        xbuf_append(out, "\n", 1);
    }
    if (out->len && random_below(3) == 0)
        out->len--;
}

static void
test_random(void **state)
{
    struct buf a = {0};
    struct buf b = {0};

    (void)state;
    for (unsigned round = 0; round < 5000; round++) {
        struct error err = ERROR_INIT;
        struct buf diff = {0};
        struct buf got = {0};
        unsigned changes = 0;

        make_text(&a, 2 + round % 9);
        make_text(&b, 2 + round % 9);
        assert_int_equal(
            line_diff(buf_str(&a), buf_str(&b), put_plain, &diff, &err),
            ERR_OK);
        carry_out(buf_str(&diff), buf_str(&a), &got, &changes);
        assert_true(str_equal(buf_str(&got), buf_str(&b)));
        assert_int_equal(changes, fewest(buf_str(&a), buf_str(&b)));
        buf_release(&diff);
        buf_release(&got);
    }
    buf_release(&a);
    buf_release(&b);
}

/* Too many changes for the search: all between the ends. */
static void
test_large(void **state)
{
    struct error err = ERROR_INIT;
    struct buf a = {0};
    struct buf b = {0};
    struct buf diff = {0};
    struct buf got = {0};
    unsigned changes = 0;

    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        xbuf_printf(&a, "%u\n", i);
        xbuf_printf(&b, "%u\n", i % 3000 < 10 ? i : i + 7000);
    }
    assert_int_equal(
        line_diff(buf_str(&a), buf_str(&b), put_plain, &diff, &err), ERR_OK);
    carry_out(buf_str(&diff), buf_str(&a), &got, &changes);
    assert_true(str_equal(buf_str(&got), buf_str(&b)));
    assert_int_equal(changes, 2 * 2990);
    assert_int_equal(count_lines(buf_str(&diff)), 1 + 3 + 2 * 2990);
    buf_release(&a);
    buf_release(&b);
    buf_release(&diff);
    buf_release(&got);
}

static void
test_form(void **state)
{
    struct error err = ERROR_INIT;
    struct buf diff = {0};

    (void)state;
    assert_int_equal(line_diff(STR_LIT("a\nb\nc"), STR_LIT("a\nB\nc"),
                               put_plain, &diff, &err),
                     ERR_OK);
    assert_string_equal(xbuf_cstr(&diff), "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"
                                          "\\ No newline at end of file\n");
    buf_clear(&diff);
    assert_int_equal(
        line_diff(STR_LIT("same"), STR_LIT("same"), put_plain, &diff, &err),
        ERR_OK);
    assert_int_equal(diff.len, 0);
    assert_int_equal(
        line_diff(STR_LIT(""), STR_LIT("a\n"), put_plain, &diff, &err), ERR_OK);
    assert_string_equal(xbuf_cstr(&diff), "@@ -0,0 +1 @@\n+a\n");
    buf_release(&diff);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_form),
    };

    random_state = (uint64_t)time(NULL);
    printf("# seed %llu\n", (unsigned long long)random_state);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
