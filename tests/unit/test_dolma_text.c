/* Edits as pieces for Dolma's mixer: what they make of a text is what the
 * edits make, and each keeps the mixer's rules. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "review/dolma_text.h"
#include "stet/utf8.h"

static uint64_t random_state;

static unsigned
random_below(unsigned limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % limit;
}

static const char *const parts[] = {"a",
                                    "b",
                                    "{",
                                    "}",
                                    "{}",
                                    "",
                                    "$",
                                    "\xe4\xb8\xad",
                                    "\xf0\x9f\x98\x80",
                                    "e\xcc\x81"};

static struct str
random_part(void)
{
    return str_of(parts[random_below(sizeof(parts) / sizeof(parts[0]))]);
}

static bool
has_braces(struct str text)
{
    return str_find(text, STR_LIT("{}"), 0) != SIZE_MAX;
}

/* The pieces carried out by hand. */
static void
replace(struct str text, const struct dolma_pieces *pieces, struct buf *out)
{
    size_t at = 0;

    for (size_t i = 0; i < pieces->count; i++) {
        const struct dolma_piece *piece = &pieces->list[i];

        assert_true(piece->span.start >= at);
        assert_true(piece->span.end > piece->span.start);
        assert_true(piece->span.end <= text.len);
        assert_true(utf8_is_boundary(text, piece->span.start));
        assert_true(utf8_is_boundary(text, piece->span.end));
        assert_false(has_braces(piece->text));
        assert_true(piece->number < pieces->texts);
        for (size_t k = 0; k < i; k++)
            assert_int_equal(str_equal(pieces->list[k].text, piece->text),
                             pieces->list[k].number == piece->number);
        xbuf_append_str(out, str_slice(text, at, piece->span.start));
        xbuf_append_str(out, piece->text);
        at = piece->span.end;
    }
    xbuf_append_str(out, str_slice(text, at, text.len));
}

static void
check(struct str text, struct text_edit *edits, size_t count, bool must_fit)
{
    struct arena arena;
    struct error err = ERROR_INIT;
    struct dolma_pieces pieces;
    struct buf want = {0};
    struct buf got = {0};

    arena_init(&arena, 0);
    assert_int_equal(edits_sort(edits, count), 0);
    assert_int_equal(edits_apply(text, edits, count, &want, &err), ERR_OK);
    assert_int_equal(
        dolma_pieces_make(text, edits, count, &arena, &pieces, &err), ERR_OK);
    assert_true(pieces.fits || !must_fit);
    if (pieces.fits) {
        assert_true(pieces.texts <= DOLMA_TEXTS_MAX);
        replace(text, &pieces, &got);
        assert_true(str_equal(buf_str(&got), buf_str(&want)));
    } else {
        assert_true(text.len == 0 || has_braces(buf_str(&want)) ||
                    count > DOLMA_TEXTS_MAX);
    }
    buf_release(&want);
    buf_release(&got);
    arena_release(&arena);
}

/* Edits in order of place, as far as a text goes; often side by side. */
static size_t
random_edits(struct str text, struct text_edit *edits, size_t max,
             struct buf *texts)
{
    size_t at = 0;
    size_t count = 0;
    bool inserted = false;

    while (count < max) {
        for (unsigned gap = random_below(3); gap && at < text.len; gap--) {
            at = utf8_next(text, at);
            inserted = false;
        }
        size_t end = at;

        for (unsigned len = random_below(3); len && end < text.len; len--)
            end = utf8_next(text, end);
        if (end == at && inserted)
            break;
        buf_clear(&texts[count]);
        for (unsigned i = random_below(4); i; i--)
            xbuf_append_str(&texts[count], random_part());
        inserted = end == at;
        edits[count] =
            (struct text_edit){{at, end}, buf_str(&texts[count]), count, false};
        count++;
        at = end;
    }
    return count;
}

static void
test_random(void **state)
{
    enum { MAX = 40 };
    struct text_edit edits[MAX];
    struct buf texts[MAX] = {{0}};
    struct buf text = {0};

    (void)state;
    for (unsigned round = 0; round < 4000; round++) {
        buf_clear(&text);
        for (unsigned i = random_below(round % 2 ? 4 : 60); i; i--)
            xbuf_append_str(&text, random_part());
        size_t count =
            random_edits(buf_str(&text), edits, 1 + random_below(MAX), texts);

        check(buf_str(&text), edits, count, false);
    }
    for (unsigned i = 0; i < MAX; i++)
        buf_release(&texts[i]);
    buf_release(&text);
}

static void
test_ends(void **state)
{
    struct text_edit edits[3] = {
        {{0, 0}, STR_LIT("start"), 0, false},
        {{0, 2}, STR_LIT(""), 1, false},
        {{2, 2}, STR_LIT("end"), 2, false},
    };
    struct text_edit braces = {{5, 5}, STR_LIT("if (x) {}"), 0, false};

    (void)state;
    check(STR_LIT("ab"), edits, 3, true);
    check(STR_LIT("a"), &(struct text_edit){{1, 1}, STR_LIT("b"), 0, false}, 1,
          true);
    check(STR_LIT("abcde"), &braces, 1, true);
    check(STR_LIT(""), &(struct text_edit){{0, 0}, STR_LIT("b"), 0, false}, 1,
          false);
    check(STR_LIT("a"), &(struct text_edit){{0, 1}, STR_LIT("{}"), 0, false}, 1,
          false);
}

/* A replacement that ends in '{' before a '}' of the text makes no "{}" that
 * the mixer would see. */
static void
test_neighbours(void **state)
{
    struct text_edit edit = {{0, 1}, STR_LIT("{"), 0, false};
    struct text_edit insert = {{0, 0}, STR_LIT("x{"), 0, false};

    (void)state;
    check(STR_LIT("a}"), &edit, 1, true);
    check(STR_LIT("}ab"), &insert, 1, true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_neighbours),
    };

    random_state = (uint64_t)time(NULL);
    printf("# seed %llu\n", (unsigned long long)random_state);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
