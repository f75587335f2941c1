/* What keys do: `?` over a view, and `:map`. */
#include "config.h"

#include "tui/app.h"
#include "tui/view.h"

/* A command that wants to know more is begun in the prompt. */
static void
help_picked(struct app *app, struct picker *picker,
            const struct picker_item *item, struct str typed, uint32_t key)
{
    struct buf line = {0};

    (void)picker;
    (void)typed;
    (void)key;
    if (!item)
        return;
    if (!desk_command_argument((enum command)item->id).ptr) {
        app_run(app, (enum command)item->id, (struct str){0}, KEY_IS_NONE);
        return;
    }
    xbuf_printf(&line, "%s ", command_table[item->id].name);
    app_prompt(app, ASK_COMMAND, ":", buf_str(&line));
    buf_release(&line);
}

/* "D        :diff" */
static void
add_command(struct app *app, enum command command)
{
    struct buf label = {0};
    struct buf keys = {0};

    keymap_keys(app->keymap, command, &keys);
    xbuf_printf(&label, "%-9s :%s", keys.len ? xbuf_cstr(&keys) : "",
                command_table[command].name);
    picker_add(&app->picker, buf_str(&label), command_table[command].meaning,
               (int)command, false);
    buf_release(&label);
    buf_release(&keys);
}

static void
open_table(struct app *app, const char *title, unsigned where)
{
    picker_open(&app->picker, title, help_picked);
    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++)
        if (command_table[i].where & where)
            add_command(app, (enum command)i);
}

void
app_open_help(struct app *app)
{
    struct view *view = app_view(app);

    open_table(app, "help", view->ops->where(view));
}

/* "J: next (list, text)" */
static void
tell_key(struct app *app, struct str word, uint32_t key)
{
    struct buf text = {0};
    enum command last = CMD_NONE;

    for (unsigned i = 0; i < CONTEXT_COUNT; i++) {
        enum command command = keymap_find(app->keymap, 1u << i, key);

        if (command != CMD_NONE && command == last)
            xbuf_printf(&text, ", %s", context_words[i]);
        else if (command != CMD_NONE)
            xbuf_printf(&text, "%s%s (%s", text.len ? "), " : "",
                        command_table[command].name, context_words[i]);
        last = command != CMD_NONE ? command : last;
    }
    if (text.len)
        app_say(app, false, "%.*s: %s)", STR_FMT(word), xbuf_cstr(&text));
    else
        app_say(app, false, "%.*s: nothing", STR_FMT(word));
    buf_release(&text);
}

static void
tell_command(struct app *app, enum command command)
{
    struct buf keys = {0};

    keymap_keys(app->keymap, command, &keys);
    app_say(app, false, "%s: %s", command_table[command].name,
            keys.len ? xbuf_cstr(&keys) : "no key");
    buf_release(&keys);
}

void
app_map(struct app *app, struct str words)
{
    size_t space = str_find(words, STR_LIT(" "), 0);
    struct str name = space == SIZE_MAX ? words : str_slice(words, 0, space);
    struct str keys = space == SIZE_MAX
                          ? (struct str){NULL, 0}
                          : str_trim(str_slice(words, space, words.len));
    enum command command = desk_command_find(name);
    struct error err = ERROR_INIT;
    struct buf shown = {0};

    if (!words.len) {
        open_table(app, "all keys", IN_ANY);
        return;
    }
    width_escape(name, 30, &shown);
    if (!keys.len && command == CMD_NONE && key_parse(name) != KEY_IS_NONE)
        tell_key(app, buf_str(&shown), key_parse(name));
    else if (!keys.len && command != CMD_NONE)
        tell_command(app, command);
    else if (command == CMD_NONE)
        app_say(app, true, "no command \"%s\"; :map COMMAND KEY...",
                xbuf_cstr(&shown));
    else if (keymap_bind(app->keymap, name, keys, &err)) {
        buf_clear(&shown);
        width_escape(str_of(err.message), 0, &shown);
        app_say(app, true, "%s", xbuf_cstr(&shown));
    } else
        app_say(app, false,
                "until you quit; [keys] in the configuration keeps it");
    buf_release(&shown);
}
