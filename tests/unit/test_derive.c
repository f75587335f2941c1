/* Derived scores: expressions, their values, ranges and directions; what names
 * of scores mean. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "index/column.h"
#include "index/derive.h"
#include "index/score_name.h"

#define NOTHING ((double)NAN)

/* Scores a, b, c of the documents: a is 0, 1, 2 ..., b is 0.5, c unknown. */
static void
fetch(void *ctx, unsigned score, double *values, uint32_t count)
{
    (void)ctx;
    for (uint32_t i = 0; i < count; i++)
        values[i] = score == 0 ? (double)i : score == 1 ? 0.5 : NOTHING;
}

static struct derived *
parse(const char *text)
{
    struct derived *derived = NULL;
    struct error err = ERROR_INIT;

    if (derived_parse(&derived, str_of(text), &err) != ERR_OK)
        fail_msg("%s: %s", text, err.message);
    for (size_t i = 0; i < derived_name_count(derived); i++)
        derived_bind(derived, i,
                     (unsigned)(derived_name(derived, i).ptr[0] - 'a'));
    return derived;
}

/* Of the document whose a is `a`. */
static double
value(const char *text, unsigned a)
{
    struct derived *derived = parse(text);
    double values[DERIVE_BLOCK];

    derived_run(derived, fetch, NULL, values, DERIVE_BLOCK);
    derived_free(derived);
    return values[a];
}

static bool
same(double found, double wanted)
{
    return fabs(found - wanted) < 1e-11;
}

static void
test_values(void **state)
{
    (void)state;
    assert_true(same(value("a", 3), 3));
    assert_true(same(value("max(a, b)", 0), 0.5));
    assert_true(same(value("max(a, b)", 9), 9));
    assert_true(same(value("min(a,b,0.25)", 9), 0.25));
    assert_true(same(value("mean(a, b, 1)", 3), 1.5));
    assert_true(same(value("1 + 2 * a - 4 / 2", 5), 9));
    assert_true(same(value("(1 + 2) * a", 5), 15));
    assert_true(same(value("2 - 3 - 4", 0), -5));
    assert_true(same(value("16 / 4 / 2", 0), 2));
    assert_true(same(value("-a * -2", 5), 10));
    assert_true(same(value("--a", 5), 5));
    assert_true(same(value("1.5e1 + .5 + 1E-1", 0), 15.6));
    assert_true(same(value("max(min(a, 4), -(b - 1))", 63), 4));
    assert_true(same(value("score.a + 'b' + \"b\"", 1), 2));
}

static void
test_unknown(void **state)
{
    (void)state;
    assert_true(isnan(value("c", 1)));
    assert_true(isnan(value("a + c", 1)));
    assert_true(isnan(value("max(c)", 1)));
    assert_true(isnan(value("mean(c, c)", 1)));
    assert_true(same(value("max(c, a)", 7), 7));
    assert_true(same(value("min(a, c)", 7), 7));
    assert_true(same(value("mean(a, c, b)", 7), 3.75));
    assert_true(isnan(value("b / a", 0)));
    assert_true(isnan(value("0 / a", 0)));
    assert_true(isnan(value("1e308 * 10 * b", 0)));
    assert_true(same(value("max(b / a, 3)", 0), 3) == false);
}

/* What no decimal has: (0.1 + 0.7) / 2 is 0.39999999999999997. */
static void
test_rounding(void **state)
{
    double sum = value("(0.1 + 0.7) / 2", 0);

    (void)state;
    assert_true(sum == derived_round(0.4));
    assert_true(derived_round(0.4) != derived_round(0.40000000001));
    assert_true(derived_round(3) == 3);
    assert_true(derived_round(-0.0) == 0);
    assert_true(isnan(derived_round((double)NAN)));
    assert_true(isnan(derived_round(1e308 * 10)));
}

static void
test_mistakes(void **state)
{
    static const struct {
        const char *text;
        size_t at;
    } bad[] = {
        {"", 0},      {"a +", 3},    {"a b", 2},     {"max(a", 5},
        {"max()", 4}, {"sum(a)", 0}, {"(a", 2},      {"a)", 1},
        {"'a", 0},    {"a,b", 1},    {"1x", 0},      {"0x10", 0},
        {"a $ b", 2}, {"''", 2},     {"1e999", 0},   {"a\n+b", 1},
        {"1e+", 0},   {"score.", 6}, {"max(a,)", 6}, {"nan * 2 ^", 8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct derived *derived = NULL;
        struct error err = ERROR_INIT;

        if (derived_parse(&derived, str_of(bad[i].text), &err) != ERR_USAGE)
            fail_msg("taken: %s", bad[i].text);
        if (err.offset != bad[i].at)
            fail_msg("%s: at %d", bad[i].text, (int)err.offset);
        assert_null(derived);
    }
}

static void
test_limits(void **state)
{
    struct buf text = {0};
    struct error err = ERROR_INIT;
    struct derived *derived = NULL;

    (void)state;
    for (int i = 0; i < 40; i++)
        xbuf_printf(&text, "(");
    assert_int_equal(derived_parse(&derived, buf_str(&text), &err), ERR_USAGE);
    buf_clear(&text);
    for (int i = 0; i < 40; i++)
        xbuf_printf(&text, "%sa", i ? "," : "max(");
    xbuf_printf(&text, ")");
    assert_int_equal(derived_parse(&derived, buf_str(&text), &err), ERR_USAGE);
    buf_clear(&text);
    for (int i = 0; i < 600; i++)
        xbuf_printf(&text, "%sa", i ? "+" : "");
    assert_int_equal(derived_parse(&derived, buf_str(&text), &err), ERR_USAGE);
    text.len = 301;
    assert_int_equal(derived_parse(&derived, buf_str(&text), &err), ERR_OK);
    derived_free(derived);
    buf_release(&text);
}

static void
check_trait(const char *text, double low, double high, enum score_bad bad)
{
    struct score_def defs[] = {
        {NULL, NULL, SCORE_NUMBER, SCORE_BAD_HIGH, 0, 1, NOTHING},
        {NULL, NULL, SCORE_NUMBER, SCORE_BAD_HIGH, -2, 3, NOTHING},
        {NULL, NULL, SCORE_NUMBER, SCORE_BAD_LOW, 1, 5, NOTHING},
        {NULL, NULL, SCORE_NUMBER, SCORE_BAD_UNKNOWN, NOTHING, NOTHING,
         NOTHING},
    };
    struct score_def def = {0};
    struct derived *derived = parse(text);

    derived_describe(derived, defs, &def);
    derived_free(derived);
    if (isnan(low) != isnan(def.min) || (!isnan(low) && !same(def.min, low)) ||
        isnan(high) != isnan(def.max) ||
        (!isnan(high) && !same(def.max, high)) || def.bad != bad)
        fail_msg("%s: %g..%g, bad %d", text, def.min, def.max, def.bad);
}

static void
test_traits(void **state)
{
    (void)state;
    check_trait("max(a, b)", -2, 3, SCORE_BAD_HIGH);
    check_trait("0.7 * a + 0.3 * b", -0.6, 1.6, SCORE_BAD_HIGH);
    check_trait("a - b", -3, 3, SCORE_BAD_UNKNOWN);
    check_trait("a - c", -5, 0, SCORE_BAD_HIGH);
    check_trait("max(a, c)", 0, 5, SCORE_BAD_UNKNOWN);
    check_trait("1 - a", 0, 1, SCORE_BAD_LOW);
    check_trait("-c / 5", -1, -0.2, SCORE_BAD_HIGH);
    check_trait("a / c", 0, 1, SCORE_BAD_HIGH);
    check_trait("a * c", 0, 5, SCORE_BAD_UNKNOWN);
    check_trait("c / a", NOTHING, NOTHING, SCORE_BAD_UNKNOWN);
    check_trait("a * a", 0, 1, SCORE_BAD_HIGH);
    check_trait("d + a", NOTHING, NOTHING, SCORE_BAD_UNKNOWN);
    check_trait("mean(a, d)", NOTHING, NOTHING, SCORE_BAD_UNKNOWN);
}

/* Whatever a column narrowed comes back as the decimal that it was. */
static void
test_widen(void **state)
{
    (void)state;
    assert_true(column_widen(0.8f) == 0.8);
    assert_true(column_widen(-0.1f) == -0.1);
    assert_true(column_widen(16777216.0f) == 16777216);
    for (unsigned i = 0; i < 200000; i++) {
        unsigned bits = i * 2654435761u + 12345;
        float narrow;

        memcpy(&narrow, &bits, sizeof(narrow));
        if (!isfinite(narrow))
            continue;
        assert_true((float)column_widen(narrow) == narrow);
        assert_true(column_is_narrow(column_widen(narrow)));
    }
}

static const char *
find(const struct score_names *names, const struct score_def *defs,
     const char *name)
{
    unsigned found[4];
    size_t count = score_names_find(names, str_of(name), found, 4);

    if (count == 0)
        return "none";
    return count == 1 ? defs[found[0]].name : "many";
}

static void
test_names(void **state)
{
    static char words[][24] = {
        "toxicity",         "toxicity@v6", "toxicity@v10", "hate/threatening",
        "hate-threatening", "self-harm",   "llm@2025",     "x.y",
    };
    struct score_def defs[8] = {{0}};
    struct settings *settings = settings_new();
    struct error err = ERROR_INIT;
    struct score_names *names;

    (void)state;
    for (size_t i = 0; i < 8; i++)
        defs[i].name = words[i];
    assert_int_equal(settings_parse(settings,
                                    STR_LIT("[score \"hate/threatening\"]\n"
                                            "alias = ht, threat\n"
                                            "[score \"toxicity\"]\nalias=tox\n"
                                            "[score \"x.y\"]\nalias=two\n"
                                            "[score \"self-harm\"]\nalias=two\n"
                                            "[score \"toxicity@v6\"]\n"
                                            "alias=old\n"),
                                    "config", false, &err),
                     ERR_OK);
    names = score_names_new(defs, 8, settings);
    assert_string_equal(find(names, defs, "toxicity"), "toxicity@v10");
    assert_string_equal(find(names, defs, "toxicity@"), "toxicity");
    assert_string_equal(find(names, defs, "toxicity@v6"), "toxicity@v6");
    assert_string_equal(find(names, defs, "toxicity@v7"), "none");
    assert_string_equal(find(names, defs, "tox"), "toxicity@v10");
    assert_string_equal(find(names, defs, "tox@v6"), "toxicity@v6");
    assert_string_equal(find(names, defs, "old"), "toxicity@v6");
    assert_string_equal(find(names, defs, "ht"), "hate/threatening");
    assert_string_equal(find(names, defs, "threat"), "hate/threatening");
    assert_string_equal(find(names, defs, "hate_threatening"), "many");
    assert_string_equal(find(names, defs, "hate-threatening"),
                        "hate-threatening");
    assert_string_equal(find(names, defs, "self_harm"), "self-harm");
    assert_string_equal(find(names, defs, "x_y"), "x.y");
    assert_string_equal(find(names, defs, "two"), "many");
    assert_string_equal(find(names, defs, "llm"), "llm@2025");
    assert_string_equal(find(names, defs, ""), "none");
    assert_string_equal(find(names, defs, "@"), "none");
    assert_int_equal(score_names_versions(names, 0), 3);
    assert_int_equal(score_names_versions(names, 6), 1);
    score_names_free(names);
    settings_free(settings);
}

static void
test_versions(void **state)
{
    static const char *const order[] = {
        "", "1", "1.2", "1.10", "2.0", "v6", "v7", "v07b", "v10", "v10.1", "w"};

    (void)state;
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        for (size_t j = 0; j < sizeof(order) / sizeof(order[0]); j++) {
            int found =
                score_version_compare(str_of(order[i]), str_of(order[j]));

            if ((i < j && found >= 0) || (i == j && found != 0) ||
                (i > j && found <= 0))
                fail_msg("%s and %s: %d", order[i], order[j], found);
        }
    assert_true(score_version_compare((struct str){NULL, 0}, STR_LIT("")) < 0);
    assert_true(score_version_compare(STR_LIT("v1"), STR_LIT("v01")) != 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),   cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_rounding), cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_limits),   cmocka_unit_test(test_traits),
        cmocka_unit_test(test_widen),    cmocka_unit_test(test_names),
        cmocka_unit_test(test_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
