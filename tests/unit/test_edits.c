/* Edits against an oracle that works on an array of code points, and quotes
 * against a search that tries every place. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "review/edits.h"
#include "stet/utf8.h"

static uint64_t random_state;

static unsigned
random_below(unsigned limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % limit;
}

static const uint32_t alphabet[] = {'a',    'b',   ' ',    '\n',   0,
                                    0xe9,   0x301, 0x4e2d, 0x65e5, 0x1f600,
                                    0x200d, '{',   '}',    '"',    '\\'};

static uint32_t
random_cp(void)
{
    return alphabet[random_below(sizeof(alphabet) / sizeof(alphabet[0]))];
}

static void
append_cp(struct buf *out, uint32_t cp)
{
    char bytes[4];

    xbuf_append(out, bytes, utf8_encode(cp, bytes));
}

/* A random text of at most `max` code points; offsets[i]: byte of the i-th. */
static unsigned
random_text(struct buf *out, size_t *offsets, unsigned max)
{
    unsigned count = random_below(max + 1);

    buf_clear(out);
    for (unsigned i = 0; i < count; i++) {
        if (offsets)
            offsets[i] = out->len;
        append_cp(out, random_cp());
    }
    if (offsets)
        offsets[count] = out->len;
    return count;
}

enum { MAX_CP = 60, MAX_EDITS = 8 };

/* The oracle: per gap an insert, per code point the number of its edit. */
static void
oracle_apply(struct str text, const size_t *offsets, unsigned count,
             const struct text_edit *edits, size_t edit_count, struct buf *out)
{
    for (unsigned i = 0; i <= count; i++) {
        bool covered = false;

        for (size_t k = 0; k < edit_count; k++)
            if (edits[k].span.start == edits[k].span.end &&
                edits[k].span.start == offsets[i])
                xbuf_append_str(out, edits[k].text);
        for (size_t k = 0; k < edit_count; k++) {
            if (edits[k].span.start == edits[k].span.end)
                continue;
            if (edits[k].span.start == offsets[i])
                xbuf_append_str(out, edits[k].text);
            covered |= edits[k].span.start <= offsets[i] &&
                       offsets[i] < edits[k].span.end;
        }
        if (i < count && !covered)
            xbuf_append_str(out, str_slice(text, offsets[i], offsets[i + 1]));
    }
}

/* Whether an edit clashes with any other. */
static bool
oracle_conflict(const struct text_edit *edits, size_t count, size_t i)
{
    for (size_t k = 0; k < count; k++) {
        if (k != i) {
            struct span a = edits[i].span;
            struct span b = edits[k].span;
            bool a_insert = a.start == a.end;
            bool b_insert = b.start == b.end;

            if (a_insert && b_insert) {
                if (a.start == b.start)
                    return true;
            } else if (a_insert) {
                if (b.start < a.start && a.start < b.end)
                    return true;
            } else if (b_insert) {
                if (a.start < b.start && b.start < a.end)
                    return true;
            } else if (a.start < b.end && b.start < a.end) {
                return true;
            }
        }
    }
    return false;
}

static void
test_random_edits(void **state)
{
    unsigned conflicts = 0;
    unsigned applied = 0;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct buf text = {0};
        struct buf pieces[MAX_EDITS] = {{0}};
        struct buf got = {0};
        struct buf want = {0};
        struct error err = ERROR_INIT;
        struct text_edit edits[MAX_EDITS];
        size_t offsets[MAX_CP + 1];
        unsigned count = random_text(&text, offsets, MAX_CP);
        unsigned edit_count = random_below(MAX_EDITS + 1);
        size_t clashing = 0;
        bool fine;

        for (unsigned i = 0; i < edit_count; i++) {
            unsigned start = random_below(count + 1);
            unsigned end = start + random_below(5);

            if (end > count)
                end = count;
            random_text(&pieces[i], NULL, 4);
            edits[i] = (struct text_edit){
                {offsets[start], offsets[end]}, buf_str(&pieces[i]), i, false};
        }
        for (size_t i = 0; i < edit_count; i++)
            clashing += oracle_conflict(edits, edit_count, i);
        assert_int_equal(edits_sort(edits, edit_count), clashing);
        for (size_t i = 0; i < edit_count; i++)
            assert_int_equal(edits[i].clash,
                             oracle_conflict(edits, edit_count, i));
        fine = clashing == 0;
        if (fine) {
            applied++;
            oracle_apply(buf_str(&text), offsets, count, edits, edit_count,
                         &want);
            assert_int_equal(
                edits_apply(buf_str(&text), edits, edit_count, &got, &err),
                ERR_OK);
            assert_true(str_equal(buf_str(&got), buf_str(&want)));
            assert_true(utf8_is_valid(buf_str(&got)));
        } else {
            conflicts++;
        }
        for (unsigned i = 0; i < MAX_EDITS; i++)
            buf_release(&pieces[i]);
        buf_release(&text);
        buf_release(&got);
        buf_release(&want);
    }
    assert_true(applied > 1000 && conflicts > 1000);
}

/* A place outside all edits keeps the character that stands there. */
static void
test_move(void **state)
{
    struct str text = STR_LIT("0123456789");
    struct text_edit edits[] = {{{2, 2}, STR_LIT("ab"), 0, false},
                                {{4, 6}, STR_LIT("x"), 1, false},
                                {{8, 9}, STR_LIT(""), 2, false}};
    struct buf out = {0};
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(edits_apply(text, edits, 3, &out, &err), ERR_OK);
    assert_true(str_equal(buf_str(&out), STR_LIT("01ab23x679")));
    assert_int_equal(edits_move(edits, 3, 0, false), 0);
    assert_int_equal(edits_move(edits, 3, 2, false), 4);
    assert_int_equal(edits_move(edits, 3, 2, true), 2);
    assert_int_equal(edits_move(edits, 3, 4, false), 6);
    assert_int_equal(edits_move(edits, 3, 5, false), 6);
    assert_int_equal(edits_move(edits, 3, 5, true), 7);
    assert_int_equal(edits_move(edits, 3, 6, false), 7);
    assert_int_equal(edits_move(edits, 3, 8, false), 9);
    assert_int_equal(edits_move(edits, 3, 9, true), 9);
    assert_int_equal(edits_move(edits, 3, 10, true), 10);
    buf_release(&out);
}

static void
test_between(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct buf from = {0};
        struct buf to = {0};
        struct buf got = {0};
        struct error err = ERROR_INIT;
        struct text_edit edit;

        random_text(&from, NULL, 6);
        random_text(&to, NULL, 6);
        edit = edits_between(buf_str(&from), buf_str(&to));
        assert_true(utf8_is_valid(edit.text));
        assert_int_equal(edits_apply(buf_str(&from), &edit, 1, &got, &err),
                         ERR_OK);
        assert_true(str_equal(buf_str(&got), buf_str(&to)));
        buf_release(&from);
        buf_release(&to);
        buf_release(&got);
    }
}

/* Every place tried, with the rule that a short side touches the edge. */
static unsigned
oracle_quote(struct str text, const struct quote *quote, struct span *span)
{
    size_t whole = quote->before.len + quote->quote.len + quote->after.len;
    unsigned found = 0;

    for (size_t at = 0; at + whole <= text.len; at++) {
        size_t middle = at + quote->before.len;

        if (utf8_count(quote->before) < CONTEXT_CP && at != 0)
            continue;
        if (utf8_count(quote->after) < CONTEXT_CP && at + whole != text.len)
            continue;
        if (!str_equal(str_slice(text, at, middle), quote->before) ||
            !str_equal(str_slice(text, middle, middle + quote->quote.len),
                       quote->quote) ||
            !str_equal(str_slice(text, middle + quote->quote.len, at + whole),
                       quote->after))
            continue;
        found++;
        *span = (struct span){middle, middle + quote->quote.len};
    }
    return found > 1 ? 2 : found;
}

static void
test_quotes(void **state)
{
    unsigned seen[3] = {0};

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct buf text = {0};
        struct buf changed = {0};
        size_t offsets[161];
        unsigned period = 1 + random_below(3);
        unsigned count = 1 + random_below(160);
        unsigned start;
        unsigned end;
        struct quote quote;
        struct span got = {0, 0};
        struct span want = {0, 0};
        unsigned found;

        /* Periodic texts, so that quotes occur often, also overlapping. */
        for (unsigned i = 0; i < count; i++) {
            offsets[i] = text.len;
            append_cp(&text, alphabet[5 + i % period]);
        }
        offsets[count] = text.len;
        start = random_below(count + 1);
        end = start + random_below(count - start + 1);
        quote = quote_take(buf_str(&text),
                           (struct span){offsets[start], offsets[end]});
        /* Sometimes in another text: a character changed or put in. */
        for (unsigned i = 0; i < count; i++) {
            if (random_below(100) < 1)
                append_cp(&changed, 'z');
            xbuf_append_str(&changed, str_slice(buf_str(&text), offsets[i],
                                                offsets[i + 1]));
        }
        found = oracle_quote(buf_str(&changed), &quote, &want);
        seen[found]++;
        assert_int_equal(quote_find(buf_str(&changed), &quote, &got), found);
        if (found == QUOTE_ONE) {
            assert_int_equal(got.start, want.start);
            assert_int_equal(got.end, want.end);
        }
        buf_release(&text);
        buf_release(&changed);
    }
    assert_true(seen[0] > 100 && seen[1] > 100 && seen[2] > 100);
}

static void
test_quote_of_empty_text(void **state)
{
    struct quote quote = quote_take((struct str){NULL, 0}, (struct span){0, 0});
    struct span span = {7, 7};

    (void)state;
    assert_int_equal(quote_find((struct str){NULL, 0}, &quote, &span),
                     QUOTE_ONE);
    assert_int_equal(span.start, 0);
    assert_int_equal(quote_find(STR_LIT("x"), &quote, &span), QUOTE_NONE);
}

/* U+D83D and U+DE00 with something between them must not become U+1F600. */
static void
test_surrogates_are_not_joined(void **state)
{
    struct str text = STR_LIT("\xed\xa0\xbdx\xed\xb8\x80");
    struct text_edit edit = {{3, 4}, {"", 0}, 0, false};
    struct buf out = {0};
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(edits_apply(text, &edit, 1, &out, &err), ERR_CONFLICT);
    buf_clear(&out);
    edit.text = STR_LIT("y");
    assert_int_equal(edits_apply(text, &edit, 1, &out, &err), ERR_OK);
    buf_release(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_edits),
        cmocka_unit_test(test_move),
        cmocka_unit_test(test_between),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_quote_of_empty_text),
        cmocka_unit_test(test_surrogates_are_not_joined),
    };
    const char *seed = getenv("STET_TEST_SEED");

    random_state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
    (void)fprintf(stderr, "# STET_TEST_SEED=%llu\n",
                  (unsigned long long)random_state);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
