/* The query of a bin: what is on a border belongs to one bin only; names and
 * labels that need quotes get them. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "stet/query.h"
#include "tui/bin_query.h"

static void
assert_query(const struct score_def *def, const struct histogram *h,
             uint32_t bin, const char *expected)
{
    struct buf text = {0};
    struct arena arena;
    const struct query *query = NULL;
    struct error err = ERROR_INIT;

    bin_query_range(def, h, bin, &text);
    assert_string_equal(xbuf_cstr(&text), expected);
    arena_init(&arena, 0);
    assert_int_equal(query_parse(&query, buf_str(&text), &arena, &err), ERR_OK);
    arena_release(&arena);
    buf_release(&text);
}

static struct score_def
def_named(char *name, enum score_bad bad)
{
    return (struct score_def){.name = name, .bad = bad};
}

static void
ranges(void **state)
{
    static char plain[] = "toxicity";
    static char odd[] = "self-harm";
    static char field[] = "len";
    double edges[] = {0, 0.5, 1};
    double cuts[] = {0, 0.25, 0.5, 0.75, 1};
    uint64_t on_cut[] = {3, 0, 0, 0, 2};
    struct histogram h = {.bad = SCORE_BAD_HIGH,
                          .bins = 2,
                          .edges = edges,
                          .cut_count = 5,
                          .cuts = cuts,
                          .on_cut = on_cut};
    struct score_def def = def_named(plain, SCORE_BAD_HIGH);

    (void)state;
    assert_query(&def, &h, 0, "toxicity:0..0.5"); /* nothing is at 0.5 */
    on_cut[2] = 1;
    assert_query(&def, &h, 0, "toxicity:0..0.5 -toxicity:0.5");
    assert_query(&def, &h, 1, "toxicity:0.5..1");
    h.bad = SCORE_BAD_LOW;
    assert_query(&def, &h, 0, "toxicity:0..0.5");
    assert_query(&def, &h, 1, "toxicity:0.5..1 -toxicity:0.5");
    def = def_named(odd, SCORE_BAD_LOW);
    assert_query(&def, &h, 0, "score.\"self-harm\":0..0.5");
    def = def_named(field, SCORE_BAD_LOW);
    assert_query(&def, &h, 0, "score.\"len\":0..0.5");
}

static void
scales(void **state)
{
    static char name[] = "quality";
    double edges[] = {-1, 0, 1, 2};
    struct histogram h = {.bad = SCORE_BAD_LOW,
                          .is_scale = true,
                          .bins = 3,
                          .edges = edges,
                          .cut_count = 4,
                          .cuts = edges};
    struct score_def def = def_named(name, SCORE_BAD_LOW);

    (void)state;
    assert_query(&def, &h, 0, "quality:0");
    h.bad = SCORE_BAD_HIGH;
    assert_query(&def, &h, 0, "quality:-1");
    assert_query(&def, &h, 2, "quality:1");
}

static void
labels(void **state)
{
    static char name[] = "class";
    struct score_def def = def_named(name, SCORE_BAD_UNKNOWN);
    struct buf text = {0};

    (void)state;
    bin_query_label(&def, STR_LIT("hate \"speech\""), &text);
    assert_string_equal(xbuf_cstr(&text), "class:\"hate \"\"speech\"\"\"");
    buf_release(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges),
        cmocka_unit_test(scales),
        cmocka_unit_test(labels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
