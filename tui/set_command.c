/* `:set`, and what a preference changes. */
#include "config.h"

#include "tui/app.h"
#include "tui/term.h"

void
app_prefer(struct app *app)
{
    const unsigned *value = app->preferences.value;
    bool ascii = app->options->ascii || app->options->script;

    app->grid.ascii = value[PREFER_DRAWING] == DRAWING_AUTO
                          ? ascii
                          : value[PREFER_DRAWING] == DRAWING_ASCII;
    if (!app->term)
        return;
    term_theme(app->term, (enum theme)value[PREFER_THEME]);
    term_mouse(app->term, value[PREFER_MOUSE] != 0);
}

static void
set_picked(struct app *app, struct picker *picker,
           const struct picker_item *item, struct str typed, uint32_t key)
{
    struct buf line = {0};

    (void)picker;
    (void)typed;
    (void)key;
    if (!item)
        return;
    xbuf_printf(&line, "set %s ", preference_table[item->id].name);
    app_prompt(app, ASK_COMMAND, ":", buf_str(&line));
    buf_release(&line);
}

static void
open_table(struct app *app)
{
    picker_open(&app->picker, "set", set_picked);
    for (unsigned i = 0; i < PREFERENCE_COUNT; i++) {
        struct buf label = {0};

        xbuf_printf(&label, "%-11s %s", preference_table[i].name,
                    preferences_get(&app->preferences, (enum preference)i));
        picker_add(&app->picker, buf_str(&label), preference_table[i].meaning,
                   (int)i, false);
        buf_release(&label);
    }
}

/* "theme", "theme light", "theme=light", "nomouse" */
void
app_set(struct app *app, struct str words)
{
    struct str name = words;
    struct str value = {NULL, 0};
    struct error err = ERROR_INIT;
    enum preference which;
    struct buf shown = {0};

    if (!words.len) {
        open_table(app);
        return;
    }
    for (size_t i = 0; i < words.len && !value.ptr; i++)
        if (words.ptr[i] == ' ' || words.ptr[i] == '=') {
            name = str_slice(words, 0, i);
            value = str_trim(str_slice(words, i + 1, words.len));
        }
    which = preference_find(name);
    if (which == PREFERENCE_COUNT && str_starts_with(name, STR_LIT("no"))) {
        which = preference_find(str_slice(name, 2, name.len));
        value = STR_LIT("off");
    } else if (which == PREFER_MOUSE || which == PREFER_LIVE) {
        value = value.len ? value : STR_LIT("on");
    }
    width_escape(name, 30, &shown);
    if (which == PREFERENCE_COUNT)
        app_say(app, true, "no setting \"%s\"; :set lists them",
                xbuf_cstr(&shown));
    else if (value.len &&
             preferences_set(&app->preferences, which, value, &err))
        app_say(app, true, "%s", err.message);
    else
        app_say(app, false, "%s is %s", preference_table[which].name,
                preferences_get(&app->preferences, which));
    buf_release(&shown);
    app_prefer(app);
}
