/* Themes and preferences: every state can be told without colour. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/keyboard.h"
#include "tui/preferences.h"
#include "tui/theme.h"

/* What is told from plain text by no word of its own must have an attribute. */
static void
test_data_styles_in_mono(void **state)
{
    (void)state;
    for (int style = STYLE_DATA + 1; style < STYLE_COUNT; style++) {
        struct look look = theme_look(THEME_MONO, (enum style)style);

        assert_int_not_equal(look.attributes, 0);
        assert_int_equal(look.basic, -1);
        assert_int_equal(look.rich, -1);
    }
}

/* What the bands, hits and the diff mean must not depend on colour alone. */
static void
test_neighbours_differ_without_color(void **state)
{
    static const enum style groups[][3] = {
        {STYLE_DATA_LOW, STYLE_DATA_MIDDLE, STYLE_DATA_HIGH},
        {STYLE_DATA_HIT, STYLE_DATA_FOUND, STYLE_DATA_CHOSEN},
        {STYLE_DATA_REMOVED, STYLE_DATA_ADDED, STYLE_DATA}};

    (void)state;
    for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++)
        for (int i = 0; i < 3; i++) {
            unsigned a = theme_look(THEME_MONO, groups[g][i]).attributes;
            unsigned b =
                theme_look(THEME_MONO, groups[g][(i + 1) % 3]).attributes;

            assert_int_not_equal(a, b);
        }
}

static void
test_themes_know_every_style(void **state)
{
    (void)state;
    for (int theme = 0; theme < THEME_COUNT; theme++)
        for (int style = 0; style < STYLE_COUNT; style++) {
            struct look look = theme_look((enum theme)theme, (enum style)style);

            assert_in_range(look.basic + 1, 0, 8);
            assert_in_range(look.rich + 1, 0, 256);
            assert_true(theme_is_opaque((enum theme)theme) == false ||
                        !(look.attributes & LOOK_DIM));
        }
    /* orange against blue, never red against green */
    assert_int_equal(theme_look(THEME_COLOR_BLIND, STYLE_BAD).rich, 214);
    assert_int_equal(theme_look(THEME_COLOR_BLIND, STYLE_GOOD).rich, 39);
}

static enum err_code
load(struct preferences *preferences, const char *text, struct error *err)
{
    struct settings *settings = settings_new();
    enum err_code code =
        settings_parse(settings, str_of(text), "config", false, err);

    assert_int_equal(code, ERR_OK);
    preferences_init(preferences);
    code = preferences_load(preferences, settings, err);
    settings_free(settings);
    return code;
}

static void
test_preferences(void **state)
{
    struct preferences preferences;
    struct error err = ERROR_INIT;

    (void)state;
    assert_int_equal(load(&preferences, "", &err), ERR_OK);
    assert_int_equal(preferences.value[PREFER_MOUSE], 0);
    assert_string_equal(preferences_get(&preferences, PREFER_LIVE), "on");
    assert_int_equal(load(&preferences,
                          "[desk]\ntheme = light\nmouse = yes\nlive = false\n"
                          "keyboard = azerty\n",
                          &err),
                     ERR_OK);
    assert_int_equal(preferences.value[PREFER_THEME], THEME_LIGHT);
    assert_int_equal(preferences.value[PREFER_MOUSE], 1);
    assert_int_equal(preferences.value[PREFER_LIVE], 0);
    assert_int_equal(preferences.value[PREFER_KEYBOARD], KEYBOARD_AZERTY);
    assert_int_equal(load(&preferences, "[desk]\n\ntheme = pink\n", &err),
                     ERR_CONFIG);
    assert_string_equal(err.message,
                        "config:3: theme is one of default, light, "
                        "high-contrast, colour-blind, mono");
    assert_int_equal(load(&preferences, "[desk]\ncolor = blue\n", &err),
                     ERR_CONFIG);
    assert_string_equal(err.message, "config:2: [desk] has no \"color\"");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data_styles_in_mono),
        cmocka_unit_test(test_neighbours_differ_without_color),
        cmocka_unit_test(test_themes_know_every_style),
        cmocka_unit_test(test_preferences),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
