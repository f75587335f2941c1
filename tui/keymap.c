/* Keys and commands. Bindings are a plain list: a later one wins, so a
 * personal binding takes its key from the default. */
#include "config.h"

#include "tui/keys.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/settings.h"
#include "stet/tui.h"
#include "stet/utf8.h"
#include "stet/width.h"
#include "stet/xalloc.h"

const struct command_info command_table[CMD_COUNT] = {
    [CMD_NONE] = {NULL, "", 0, ""},
#define X(id, name, keys, where, meaning) \
    [CMD_##id] = {name, keys, where, meaning},
    COMMANDS(X)
#undef X
};

static const struct {
    const char *name;
    uint32_t key;
} key_names[] = {
    {"Tab", KEY_IS_TAB},
    {"Enter", KEY_IS_ENTER},
    {"Esc", KEY_IS_ESC},
    {"Backspace", KEY_IS_BACKSPACE},
    {"Space", ' '},
    {"Up", KEY_IS_UP},
    {"Down", KEY_IS_DOWN},
    {"Left", KEY_IS_LEFT},
    {"Right", KEY_IS_RIGHT},
    {"Home", KEY_IS_HOME},
    {"End", KEY_IS_END},
    {"PgUp", KEY_IS_PGUP},
    {"PgDn", KEY_IS_PGDN},
    {"Delete", KEY_IS_DELETE},
    {"Insert", KEY_IS_INSERT},
    {"Shift-Tab", KEY_IS_BACKTAB},
    {"F1", KEY_IS_F1},
    {"F2", KEY_IS_F1 + 1},
    {"F3", KEY_IS_F1 + 2},
    {"F4", KEY_IS_F1 + 3},
    {"F5", KEY_IS_F1 + 4},
    {"F6", KEY_IS_F1 + 5},
    {"F7", KEY_IS_F1 + 6},
    {"F8", KEY_IS_F1 + 7},
    {"F9", KEY_IS_F1 + 8},
    {"F10", KEY_IS_F1 + 9},
    {"F11", KEY_IS_F1 + 10},
    {"F12", KEY_IS_F12},
};
#define KEY_NAMES (sizeof(key_names) / sizeof(key_names[0]))

uint32_t
key_parse(struct str name)
{
    unsigned len;
    uint32_t cp;

    assert(name.ptr || name.len == 0);
    if (str_starts_with(name, STR_LIT("Alt-")) && name.len > 4) {
        cp = key_parse(str_slice(name, 4, name.len));
        return cp ? cp | KEY_WITH_ALT : KEY_IS_NONE;
    }
    if (str_starts_with(name, STR_LIT("Ctrl-")) && name.len > 5) {
        cp = key_parse(str_slice(name, 5, name.len));
        return cp >= KEY_IS_UP ? cp | KEY_WITH_CTRL : KEY_IS_NONE;
    }
    for (size_t i = 0; i < KEY_NAMES; i++)
        if (str_equal(name, str_of(key_names[i].name)))
            return key_names[i].key;
    if (name.len == 2 && name.ptr[0] == '^' && name.ptr[1] >= '@' &&
        name.ptr[1] <= '_')
        return (uint32_t)(name.ptr[1] & 0x1F);
    if (name.len == 0)
        return KEY_IS_NONE;
    cp = utf8_decode(name, 0, &len);
    return len == name.len && cp > ' ' ? cp : KEY_IS_NONE;
}

void
key_format(uint32_t key, char out[KEY_NAME_MAX])
{
    const char *prefix = key & KEY_WITH_ALT    ? "Alt-"
                         : key & KEY_WITH_CTRL ? "Ctrl-"
                                               : "";
    uint32_t base = key & 0xFFFFFF;
    char bytes[5] = "";

    for (size_t i = 0; i < KEY_NAMES; i++)
        if (key_names[i].key == base) {
            (void)snprintf(out, KEY_NAME_MAX, "%s%s", prefix,
                           key_names[i].name);
            return;
        }
    if (base < 0x20)
        (void)snprintf(out, KEY_NAME_MAX, "%s^%c", prefix, (char)(base | 0x40));
    else if (base <= 0x10FFFF && width_is_safe(base))
        (void)snprintf(out, KEY_NAME_MAX, "%s%.*s", prefix,
                       (int)utf8_encode(base, bytes), bytes);
    else
        (void)snprintf(out, KEY_NAME_MAX, "%s<U+%04X>", prefix, (unsigned)base);
}

struct binding {
    uint32_t key;
    unsigned where;
    enum command command;
};

struct keymap {
    struct binding *bindings;
    size_t count, cap;
};

static void
add_binding(struct keymap *map, uint32_t key, enum command command)
{
    if (map->count == map->cap) {
        map->cap = map->cap ? map->cap * 2 : 128;
        map->bindings =
            xreallocarray(map->bindings, map->cap, sizeof(*map->bindings));
    }
    map->bindings[map->count++] =
        (struct binding){key, command_table[command].where, command};
}

/* The next word of *rest; false at the end. */
static bool
next_word(struct str *rest, struct str *word)
{
    size_t len = 0;

    *rest = str_trim(*rest);
    while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != '\t')
        len++;
    *word = str_slice(*rest, 0, len);
    *rest = str_slice(*rest, len, rest->len);
    return len > 0;
}

struct keymap *
keymap_new(void)
{
    struct keymap *map = xcalloc(1, sizeof(*map));

    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
        struct str rest = str_of(command_table[i].keys);
        struct str word;

        while (next_word(&rest, &word))
            add_binding(map, key_parse(word), (enum command)i);
    }
    return map;
}

void
keymap_free(struct keymap *map)
{
    if (!map)
        return;
    free(map->bindings);
    free(map);
}

enum command
desk_command_find(struct str name)
{
    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++)
        if (str_equal(name, str_of(command_table[i].name)))
            return (enum command)i;
    return CMD_NONE;
}

enum err_code
keymap_bind(struct keymap *map, struct str command, struct str keys,
            struct error *err)
{
    enum command found = desk_command_find(command);
    struct str rest = keys;
    struct str word;

    if (found == CMD_NONE)
        return error_set(err, ERR_USAGE, "no command \"%.*s\"",
                         STR_FMT(command));
    while (next_word(&rest, &word))
        if (key_parse(word) == KEY_IS_NONE)
            return error_set(err, ERR_USAGE, "no key \"%.*s\"", STR_FMT(word));
    rest = keys;
    while (next_word(&rest, &word))
        add_binding(map, key_parse(word), found);
    return ERR_OK;
}

enum err_code
keymap_load(struct keymap *map, const struct settings *settings,
            struct error *err)
{
    const struct setting *setting;

    for (size_t i = 0; (setting = settings_at(settings, i)); i++) {
        enum err_code code;

        if (!str_equal(setting->section, STR_LIT("keys")))
            continue;
        code = keymap_bind(map, setting->key, setting->value, err);
        if (code) {
            error_wrap(err, "%s:%u", setting->origin, setting->line);
            err->code = ERR_CONFIG;
            return ERR_CONFIG;
        }
    }
    return ERR_OK;
}

enum command
keymap_find(const struct keymap *map, unsigned where, uint32_t key)
{
    for (size_t i = map->count; i > 0; i--) {
        const struct binding *binding = &map->bindings[i - 1];

        if (binding->key == key && (binding->where & where))
            return binding->command;
    }
    return CMD_NONE;
}

/* Whether a key still runs its command somewhere. */
static bool
is_alive(const struct keymap *map, const struct binding *binding)
{
    for (unsigned where = 1; where < IN_ANY; where <<= 1)
        if ((binding->where & where) &&
            keymap_find(map, where, binding->key) == binding->command)
            return true;
    return false;
}

void
keymap_keys(const struct keymap *map, enum command command, struct buf *out)
{
    bool any = false;

    for (size_t i = 0; i < map->count; i++) {
        char name[KEY_NAME_MAX];

        if (map->bindings[i].command != command ||
            !is_alive(map, &map->bindings[i]))
            continue;
        key_format(map->bindings[i].key, name);
        xbuf_printf(out, "%s%s", any ? " " : "", name);
        any = true;
    }
}

void
keymap_key(const struct keymap *map, enum command command,
           char out[KEY_NAME_MAX])
{
    out[0] = '\0';
    for (size_t i = 0; i < map->count; i++)
        if (map->bindings[i].command == command &&
            is_alive(map, &map->bindings[i])) {
            key_format(map->bindings[i].key, out);
            return;
        }
}

static const char *
where_word(unsigned where)
{
    switch (where) {
    case IN_ANY:
        return "anywhere";
    case IN_SPAN:
        return "span";
    case IN_DIFF:
        return "rewrite";
    case IN_LOG:
        return "log";
    case IN_AUDIT:
        return "audit";
    case IN_SHEET:
        return "sheet";
    case IN_WORK:
    case IN_DOCUMENT:
        return "document";
    case IN_START | IN_LIST:
        return "lists";
    default:
        return "views";
    }
}

const struct tui_command_help *
tui_command_table(void)
{
    static struct tui_command_help table[CMD_COUNT];

    if (table[0].name)
        return table;
    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
        const struct command_info *info = &command_table[i];

        table[i - 1] = (struct tui_command_help){
            info->name, info->keys, where_word(info->where), info->meaning};
    }
    return table;
}
