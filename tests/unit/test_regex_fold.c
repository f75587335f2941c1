/* What the index finds for a pattern rests on three facts of Unicode, which are
 * checked here over all code points: whatever PCRE2 holds for the same letter
 * without regard to case folds alike; marks behind a literal's last character
 * leave the start of what it folds to; what composes of a separator separates.
 * STET_TEST_LONG=1 runs the long form. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <utf8proc.h>

#include "index/fold.h"
#include "index/regex_need.h"
#include "stet/regex.h"
#include "stet/utf8.h"

#define CPS 0x110000u

struct folded {
    int32_t cps[FOLD_RESULT_MAX];
    size_t count;
};

static struct folded
fold(const uint32_t *unit, size_t count)
{
    struct folded folded;

    folded.count = fold_unit(unit, count, folded.cps);
    return folded;
}

static bool
starts_with(const struct folded *long_one, const struct folded *start)
{
    return long_one->count >= start->count &&
           memcmp(long_one->cps, start->cps,
                  start->count * sizeof(*start->cps)) == 0;
}

static bool
is_scalar(uint32_t cp)
{
    return cp < 0xD800 || cp > 0xDFFF;
}

static void
add_cp(struct buf *out, uint32_t cp)
{
    char bytes[4];

    xbuf_append(out, bytes, utf8_encode(cp, bytes));
}

/* What is needed of a pattern, dumped; caller's buffer. */
static const char *
needed(const char *pattern, unsigned flags, struct buf *dump)
{
    const struct query_regex regex = {str_of(pattern), flags};
    struct error err = ERROR_INIT;
    struct need *need = NULL;
    struct arena arena;

    arena_init(&arena, 0);
    assert_int_equal(regex_need(&need, &regex, &arena, &err), ERR_OK);
    buf_clear(dump);
    regex_need_dump(need, dump);
    arena_release(&arena);
    return xbuf_cstr(dump);
}

/* --- case --- */

static uint8_t cased[CPS]; /* has another case, as utf8proc knows */

static void
mark_cased(uint32_t cp, utf8proc_int32_t other)
{
    if (other < 0 || (uint32_t)other == cp || (uint32_t)other >= CPS)
        return;
    cased[cp] = 1;
    cased[other] = 1;
}

static void
find_cased(struct buf *text)
{
    for (uint32_t cp = 0; cp < CPS; cp++) {
        int32_t parts[8];
        int boundary = 0;

        if (!is_scalar(cp))
            continue;
        mark_cased(cp, utf8proc_tolower((int32_t)cp));
        mark_cased(cp, utf8proc_toupper((int32_t)cp));
        mark_cased(cp, utf8proc_totitle((int32_t)cp));
        if (utf8proc_decompose_char((int32_t)cp, parts, 8, UTF8PROC_CASEFOLD,
                                    &boundary) == 1)
            mark_cased(cp, parts[0]);
    }
    for (uint32_t cp = 0; cp < CPS; cp++)
        if (cased[cp])
            add_cp(text, cp);
}

typedef void each_match(const void *ctx, uint32_t cp);

static void
for_matches(const char *pattern, struct str text, each_match *each,
            const void *ctx)
{
    struct error err = ERROR_INIT;
    struct regex *regex = NULL;
    size_t start = 0;
    size_t end = 0;
    bool found = true;

    assert_int_equal(regex_compile(&regex, str_of(pattern),
                                   REGEX_DOTALL | REGEX_VALID, &err),
                     ERR_OK);
    while (found) {
        unsigned len;

        assert_int_equal(
            regex_find(regex, text, end, &found, &start, &end, &err), ERR_OK);
        if (found)
            each(ctx, utf8_decode(text, start, &len));
    }
    regex_free(regex);
}

static unsigned pairs;

/* Two cases of one letter: for the index they must be the same. */
static void
check_pair(const void *ctx, uint32_t other)
{
    uint32_t cp = *(const uint32_t *)ctx;
    struct folded a = fold(&cp, 1);
    struct folded b = fold(&other, 1);

    pairs += cp != other;
    if (a.count != b.count || !starts_with(&a, &b))
        fail_msg("U+%04X and U+%04X match and fold apart", (unsigned)cp,
                 (unsigned)other);
    if (fold_continues(other) != fold_continues(cp)) {
        struct buf dump = {0};
        char pattern[32];

        (void)snprintf(pattern, sizeof(pattern), "\\x{%x}",
                       (unsigned)(fold_continues(cp) ? other : cp));
        assert_string_equal(needed(pattern, 0, &dump), "-");
        buf_release(&dump);
    }
}

static void
check_cased(const void *ctx, uint32_t cp)
{
    if (!cased[cp])
        fail_msg("U+%04X has another case for PCRE2 alone, %s", (unsigned)cp,
                 (const char *)ctx);
}

/* [first, end) */
static void
add_range(struct buf *text, uint32_t first, uint32_t end)
{
    for (uint32_t cp = first; cp < end; cp++)
        if (is_scalar(cp))
            add_cp(text, cp);
}

/* Between blocks, by a class; within one, by a back reference. */
static void
check_nothing_else_is_cased(void)
{
    uint32_t end = getenv("STET_TEST_LONG") ? CPS : 0x2000;
    struct buf text = {0};

    for (uint32_t block = 0; block < end; block += 0x100) {
        char pattern[64];

        if (!is_scalar(block))
            continue;
        buf_clear(&text);
        add_range(&text, block, block + 0x100);
        for_matches("(.)(?=.*\\1)", buf_str(&text), check_cased, "same block");
        buf_clear(&text);
        /* blocks below were compared with this one already */
        add_range(&text, block + 0x100, CPS);
        (void)snprintf(pattern, sizeof(pattern), "[\\x{%x}-\\x{%x}]",
                       (unsigned)block, (unsigned)block + 0xFF);
        for_matches(pattern, buf_str(&text), check_cased, "other block");
    }
    buf_release(&text);
}

static void
test_case_folds_away(void **state)
{
    struct buf text = {0};

    (void)state;
    find_cased(&text);
    for (uint32_t cp = 0; cp < CPS; cp++) {
        char pattern[32];

        if (!cased[cp])
            continue;
        (void)snprintf(pattern, sizeof(pattern), "\\x{%x}", (unsigned)cp);
        for_matches(pattern, buf_str(&text), check_pair, &cp);
    }
    assert_true(pairs > 2500);
    buf_release(&text);
    check_nothing_else_is_cased();
}

/* --- marks behind --- */

/* What canonical decompositions begin with, and a sample of all. */
static bool
is_interesting(uint32_t cp, const uint8_t *firsts)
{
    return firsts[cp] || cp < 0x80 ||
           cp % (getenv("STET_TEST_LONG") ? 997 : 4801) == 0;
}

static void
find_firsts(uint8_t *firsts)
{
    for (uint32_t cp = 0; cp < CPS; cp++) {
        int32_t parts[8];
        int boundary = 0;

        if (!is_scalar(cp) || (cp > 0xAC00 + 28 && cp < 0xD7A4))
            continue;
        if (utf8proc_decompose_char((int32_t)cp, parts, 8, UTF8PROC_DECOMPOSE,
                                    &boundary) > 1)
            firsts[parts[0]] = 1;
    }
}

static void
check_marks(uint32_t cp, uint32_t step)
{
    struct folded alone = fold(&cp, 1);
    char pattern[32];
    struct buf dump = {0};
    bool kept;

    (void)snprintf(pattern, sizeof(pattern), "\\x{%x}", (unsigned)cp);
    kept = strcmp(needed(pattern, REGEX_CASE, &dump), "-") != 0;
    buf_release(&dump);
    for (uint32_t mark = 0x300; kept && mark < 0xE0200; mark++) {
        const uint32_t unit[2] = {cp, mark};
        struct folded joined;

        if (mark == 0x20000)
            mark = 0xE0000;
        if ((step > 1 && mark > 0x3100 && mark % step) || !is_scalar(mark) ||
            !fold_continues(mark))
            continue;
        joined = fold(unit, 2);
        if (!starts_with(&joined, &alone))
            fail_msg("U+%04X with U+%04X folds to another start", (unsigned)cp,
                     (unsigned)mark);
    }
}

static void
test_marks_leave_the_start(void **state)
{
    uint32_t step = getenv("STET_TEST_LONG") ? 1 : 13;
    static uint8_t firsts[CPS];
    unsigned checked = 0;

    (void)state;
    find_firsts(firsts);
    for (uint32_t cp = 1; cp < CPS; cp++) {
        if (!is_scalar(cp) || !is_interesting(cp, firsts))
            continue;
        if (step > 1 && firsts[cp] && cp > 0x80 && cp % 5)
            continue;
        check_marks(cp, step);
        checked++;
    }
    assert_true(checked > 200);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_case_folds_away),
        cmocka_unit_test(test_marks_leave_the_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
