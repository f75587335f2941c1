/* Keys and pasted text go to whoever is on top: a question, the prompt, an
 * overlay, the view. */
#include "config.h"

#include "tui/input.h"

#include "stet/fileio.h"
#include "tui/ask.h"
#include "tui/view.h"

/* What was said has been read when the next command comes; `:` leaves it, so
 * that `:dump` can write it. */
static void
message_is_read(struct app *app)
{
    app->note[0] = '\0';
    app->seen_message = desk_message(app->desk)->serial;
}

void
input_answer(struct app *app, bool yes)
{
    app_answer *answer = app->answer;

    app->question[0] = '\0';
    app->answer = NULL;
    if (answer)
        answer(app, app->answer_ctx, yes);
}

static bool
is_character(uint32_t key)
{
    return key > 0x20 && key <= 0x10FFFF && key != KEY_IS_BACKSPACE;
}

static void
key_to_question(struct app *app, uint32_t key)
{
    bool yes;

    if (is_character(key) && key >= 0x80 && keyboard_latin(key))
        key = keyboard_latin(key);
    yes = key == 'y' || key == 'Y';
    message_is_read(app);
    input_answer(app, yes);
    if (!yes)
        app_say(app, false, "not done");
}

/* A letter that no map knows is often another keyboard layout's. */
static void
unknown_key(struct app *app, uint32_t key)
{
    char name[KEY_NAME_MAX];

    key_format(key, name);
    if (key >= 0x80 && key <= 0x10FFFF)
        app_say(app, true, "%s: another keyboard layout? ? lists the keys",
                name);
    else
        app_say(app, true, "%s does nothing here; ? lists the keys", name);
}

static enum command
find_bound(const struct app *app, unsigned where, uint32_t key)
{
    enum command command = keymap_find(app->keymap, where, key);

    if (command == CMD_NONE && (where & (IN_DOCUMENT | IN_ADJUDICATE)) &&
        app_verdict_of_key(app, key))
        command = CMD_VERDICT;
    return command;
}

/* The command of a key, else of the one in its place on a Latin keyboard. */
static enum command
find_command(struct app *app, unsigned where, uint32_t *key)
{
    enum command command = find_bound(app, where, *key);
    unsigned *keyboard = &app->preferences.value[PREFER_KEYBOARD];
    uint32_t latin;

    if (command != CMD_NONE || !is_character(*key))
        return command;
    latin = keyboard_digit((enum keyboard) * keyboard, *key);
    if (latin && *keyboard == KEYBOARD_AUTO)
        *keyboard = KEYBOARD_AZERTY;
    if (!latin && *key >= 0x80)
        latin = keyboard_latin(*key);
    if (latin)
        *key = latin;
    return latin ? find_bound(app, where, latin) : CMD_NONE;
}

static void
key_to_view(struct app *app, uint32_t key)
{
    struct view *view = app_view(app);
    uint32_t pressed = key;
    enum command command;

    if (view->ops->key && view->ops->key(view, key)) {
        message_is_read(app);
        return;
    }
    command = find_command(app, view->ops->where(view), &key);
    if (command != CMD_COMMAND)
        message_is_read(app);
    if (command == CMD_NONE)
        unknown_key(app, pressed);
    else
        app_run(app, command, (struct str){0}, key);
}

/* These work from prompts, too: who typed half a note may need the shell. */
static bool
works_always(enum command command)
{
    return command == CMD_SUSPEND || command == CMD_BLANK;
}

static void
unblank(struct app *app)
{
    app->blank = false;
    desk_was_blank(app->desk, time_monotonic_us() - app->blank_us);
}

void
input_key(struct app *app, uint32_t key)
{
    enum command command = keymap_find(app->keymap, IN_START, key);

    desk_sign(app->desk);
    if (app->blank) /* any key brings the screen back, and does no more */
        unblank(app);
    else if (works_always(command) && !is_character(key))
        app_run(app, command, (struct str){0}, key);
    else if (app->question[0])
        key_to_question(app, key);
    else if (app->prompt.active)
        ask_key(app, key);
    else if (app->picker.active)
        picker_key(app, &app->picker, key);
    else if (app_view(app))
        key_to_view(app, key);
}

void
input_paste(struct app *app, struct str text)
{
    struct view *view = app_view(app);

    desk_sign(app->desk);
    if (app->blank)
        return;
    if (app->prompt.active)
        ask_paste(app, text);
    else if (app->picker.active)
        picker_paste(&app->picker, text);
    else if (!view || !view->ops->paste || !view->ops->paste(view, text))
        app_say(app, false, "pasted text goes into a prompt only");
}

void
input_mouse(struct app *app, const struct mouse *mouse)
{
    struct view *view = app_view(app);

    desk_sign(app->desk);
    if (app->blank || app->question[0] || app->prompt.active)
        return;
    if (app->picker.active) {
        if (mouse->kind != MOUSE_CLICK)
            picker_key(app, &app->picker,
                       mouse->kind == MOUSE_WHEEL_UP ? KEY_IS_UP : KEY_IS_DOWN);
        return;
    }
    message_is_read(app);
    if (view && view->ops->mouse)
        view->ops->mouse(view, mouse);
}
