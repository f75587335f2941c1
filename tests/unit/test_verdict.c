/* The verdict set, the closed taxonomy, and the hash of the policy. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stet/store.h"

static struct settings *
parse(const char *text)
{
    struct error err = ERROR_INIT;
    struct settings *settings = settings_new();

    if (settings_parse(settings, str_of(text), "config", false, &err) != ERR_OK)
        fail_msg("%s", err.message);
    return settings;
}

static void
assert_set(const char *config, const char *expected)
{
    struct error err = ERROR_INIT;
    struct settings *settings = parse(config);
    struct verdict_set set = {NULL, 0};
    char text[200] = "";
    size_t len = 0;

    if (verdict_set_load(&set, settings, &err) != ERR_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < set.count; i++)
        len += (size_t)snprintf(
            text + len, sizeof(text) - len, "%s/%c/%d ", set.defs[i].value,
            set.defs[i].key ? set.defs[i].key : '-', set.defs[i].digit);
    assert_string_equal(text, expected);
    verdict_set_release(&set);
    settings_free(settings);
}

static void
test_forms(void **state)
{
    (void)state;
    assert_set("", "good/a/1 bad/x/2 unsure/-/3 ");
    assert_set("[verdict]\nvalues = ok no:n  maybe::9\n",
               "ok/-/-1 no/n/-1 maybe/-/9 ");
    assert_set("[verdict]\nvalue = ok:o:1\nvalue = no:n:2\n", "ok/o/1 no/n/2 ");
    assert_set("[verdict]\nvalues = ok:o:1\nvalue = no:n:2\n",
               "ok/o/1 no/n/2 ");
    assert_set("[verdict]\nvalues = ok:o:1\nvalues = no:n:2\n", "no/n/2 ");
}

static void
test_sides(void **state)
{
    struct error err = ERROR_INIT;
    struct settings *settings =
        parse("[verdict]\nvalues = safe:a unsafe:x toxic:y bad:b\n"
              "bad = unsafe toxic\n");
    struct verdict_set set = {NULL, 0};

    (void)state;
    assert_int_equal(verdict_set_load(&set, settings, &err), ERR_OK);
    assert_int_equal(verdict_set_side(&set, STR_LIT("unsafe")), VERDICT_BAD);
    assert_int_equal(verdict_set_side(&set, STR_LIT("toxic")), VERDICT_BAD);
    assert_int_equal(verdict_set_side(&set, STR_LIT("bad")), VERDICT_NEITHER);
    assert_int_equal(verdict_set_side(&set, STR_LIT("safe")), VERDICT_NEITHER);
    verdict_set_release(&set);
    settings_free(settings);

    settings = parse("");
    assert_int_equal(verdict_set_load(&set, settings, &err), ERR_OK);
    assert_int_equal(verdict_set_side(&set, STR_LIT("good")), VERDICT_GOOD);
    assert_int_equal(verdict_set_side(&set, STR_LIT("bad")), VERDICT_BAD);
    assert_int_equal(verdict_set_side(&set, STR_LIT("unsure")),
                     VERDICT_NEITHER);
    verdict_set_release(&set);
    settings_free(settings);

    settings = parse("[verdict]\ngood = fine\n");
    assert_int_equal(verdict_set_load(&set, settings, &err), ERR_CONFIG);
    settings_free(settings);
}

static void
test_refused(void **state)
{
    static const char *const values[] = {
        "ok:oo:1", "ok:o:11", "ok:o:x",      "ok:o:1:2", "ok:o no:o",
        ":o:1",    "a\tb,c",  "ok::1 no::1", "ok ok",    "none",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct error err = ERROR_INIT;
        struct verdict_set set = {NULL, 0};
        char config[100];
        struct settings *settings = NULL;

        (void)snprintf(config, sizeof(config), "[verdict]\nvalues = %s\n",
                       values[i]);
        settings = parse(config);
        if (verdict_set_load(&set, settings, &err) != ERR_CONFIG)
            fail_msg("taken: %s", values[i]);
        assert_non_null(strstr(err.message, "config:2"));
        assert_int_equal(set.count, 0);
        settings_free(settings);
    }
}

static void
hash_config(const char *config, char hex[HASH_HEX_SIZE])
{
    struct settings *settings = parse(config);

    policy_hash(settings, hex);
    settings_free(settings);
}

static void
test_policy_hash(void **state)
{
    static const char *const shaping[] = {
        "[verdict]\nvalues = good:a:1 bad:x:2\n",
        "[tag \"hate\"]\nkey = h\n",
        "[tag \"hatee\"]\nkey = h\n",
        "[tag \"hate\"]\nguide = g.md\n",
        "[policy]\nblind = peers\n",
        "[policy]\nblind = scores\n",
        "[policy]\nmask = toxicity:0.9..\n",
        "[policy]\ntags = closed\n",
    };
    enum { COUNT = sizeof(shaping) / sizeof(shaping[0]) };
    char plain[HASH_HEX_SIZE];
    char hexes[COUNT][HASH_HEX_SIZE];

    (void)state;
    hash_config("", plain);
    for (size_t i = 0; i < COUNT; i++) {
        hash_config(shaping[i], hexes[i]);
        assert_string_not_equal(hexes[i], plain);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(hexes[i], hexes[j]);
    }
    hash_config("[policy]\ndwell = 250\nreviewers = ana\n"
                "[score \"t\"]\npath = a.t\n",
                hexes[0]);
    assert_string_equal(hexes[0], plain);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_sides),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_policy_hash),
    };

    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
