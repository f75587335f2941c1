/* Preferences by name and value. */
#include "config.h"

#include "tui/preferences.h"

#include <stddef.h>
#include <stdlib.h>

#include "stet/tui.h"
#include "stet/width.h"
#include "tui/theme.h"

static const char *const theme_values[] = {
#define X(id, name) name,
    THEMES(X)
#undef X
        NULL};
static const char *const drawing_values[] = {"auto", "ascii", "block", NULL};
static const char *const keyboard_values[] = {"auto", "latin", "azerty", NULL};
static const char *const split_values[] = {"auto", "side", "stacked", NULL};
static const char *const break_values[] = {"60", "off", "15",  "30",
                                           "45", "90",  "120", NULL};
static const char *const text_values[] = {"50", "off", "5", "10",
                                          "20", "100", NULL};
static const char *const switch_values[] = {"off", "on", NULL};

const struct preference_info preference_table[PREFERENCE_COUNT] = {
    [PREFER_THEME] = {"theme", theme_values, "colours"},
    [PREFER_DRAWING] = {"drawing", drawing_values,
                        "bars and rules; auto: block in UTF-8"},
    [PREFER_KEYBOARD] = {"keyboard", keyboard_values,
                         "azerty: its top row gives digits"},
    [PREFER_SPLIT] = {"split", split_values,
                      "list and text; auto: side from 120 columns"},
    [PREFER_MOUSE] = {"mouse", switch_values,
                      "click and wheel; Shift selects text"},
    [PREFER_LIVE] = {"live", switch_values, "search while a query is typed"},
    [PREFER_BREAK] = {"break", break_values,
                      "minutes after which a break is proposed"},
    [PREFER_TEXTS] = {"break-texts", text_values,
                      "the same by texts that the mask's rule is about"},
};

void
preferences_init(struct preferences *preferences)
{
    *preferences = (struct preferences){.value = {[PREFER_LIVE] = 1}};
}

enum preference
preference_find(struct str name)
{
    unsigned i = 0;

    while (i < PREFERENCE_COUNT &&
           !str_equal(name, str_of(preference_table[i].name)))
        i++;
    return (enum preference)i;
}

/* Also git's words for a switch. */
static bool
is_value(const char *name, struct str value)
{
    static const char *const others[][2] = {
        {"on", "yes"}, {"on", "true"}, {"off", "no"}, {"off", "false"}};

    if (str_equal(value, str_of(name)))
        return true;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (str_equal(str_of(name), str_of(others[i][0])) &&
            str_equal(value, str_of(others[i][1])))
            return true;
    return false;
}

enum err_code
preferences_set(struct preferences *preferences, enum preference which,
                struct str value, struct error *err)
{
    const struct preference_info *info = &preference_table[which];
    struct buf message = {0};

    for (unsigned i = 0; info->values[i]; i++)
        if (is_value(info->values[i], value)) {
            preferences->value[which] = i;
            return ERR_OK;
        }
    xbuf_printf(&message, "%s is one of", info->name);
    for (unsigned i = 0; info->values[i]; i++)
        xbuf_printf(&message, "%s %s", i ? "," : "", info->values[i]);
    error_set(err, ERR_USAGE, "%s", xbuf_cstr(&message));
    buf_release(&message);
    return ERR_USAGE;
}

unsigned
preferences_number(const struct preferences *preferences, enum preference which)
{
    return (unsigned)strtoul(preferences_get(preferences, which), NULL, 10);
}

const char *
preferences_get(const struct preferences *preferences, enum preference which)
{
    return preference_table[which].values[preferences->value[which]];
}

static enum err_code
load_setting(struct preferences *preferences, const struct setting *setting,
             struct error *err)
{
    enum preference which = preference_find(setting->key);
    enum err_code code;

    if (which == PREFERENCE_COUNT)
        code = error_set(err, ERR_USAGE, "[desk] has no \"%.*s\"",
                         STR_FMT(setting->key));
    else
        code = preferences_set(preferences, which, setting->value, err);
    if (!code)
        return ERR_OK;
    error_wrap(err, "%s:%u", setting->origin, setting->line);
    err->code = ERR_CONFIG;
    return ERR_CONFIG;
}

enum err_code
preferences_load(struct preferences *preferences,
                 const struct settings *settings, struct error *err)
{
    const struct setting *setting;
    enum err_code code = ERR_OK;

    for (size_t i = 0; !code && (setting = settings_at(settings, i)); i++)
        if (str_equal(setting->section, STR_LIT("desk")))
            code = load_setting(preferences, setting, err);
    return code;
}

const struct tui_preference_help *
tui_preference_table(void)
{
    static struct tui_preference_help table[PREFERENCE_COUNT + 1];

    for (unsigned i = 0; i < PREFERENCE_COUNT; i++)
        table[i] = (struct tui_preference_help){preference_table[i].name,
                                                preference_table[i].values,
                                                preference_table[i].meaning};
    return table;
}
