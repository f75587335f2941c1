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

const char *const context_words[CONTEXT_COUNT] = {
#define X(id, word) [CONTEXT_##id] = (word),
    CONTEXTS(X)
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
    const char *origin; /* file; NULL: a default, or :map */
    unsigned line;
};

struct keymap {
    struct binding *bindings;
    size_t count, cap;
};

static void
add_binding(struct keymap *map, const struct binding *binding)
{
    if (map->count == map->cap) {
        map->cap = map->cap ? map->cap * 2 : 128;
        map->bindings =
            xreallocarray(map->bindings, map->cap, sizeof(*map->bindings));
    }
    map->bindings[map->count++] = *binding;
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
            add_binding(map, &(struct binding){key_parse(word),
                                               command_table[i].where,
                                               (enum command)i, NULL, 0});
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

/* What one line binds: a command in the places `in`. */
struct bind {
    struct str command, keys;
    unsigned in;
    const char *origin;
    unsigned line;
};

/* Another line of the same file that gives the key to another command: one of
 * them would do nothing. Later files may take keys from earlier ones. */
static const struct binding *
find_conflict(const struct keymap *map, const struct binding *binding)
{
    if (!binding->origin)
        return NULL;
    for (size_t i = 0; i < map->count; i++) {
        const struct binding *other = &map->bindings[i];

        if (other->origin && other->key == binding->key &&
            (other->where & binding->where) &&
            other->command != binding->command &&
            strcmp(other->origin, binding->origin) == 0)
            return other;
    }
    return NULL;
}

static enum err_code
bind_key(struct keymap *map, struct str word, const struct binding *binding,
         struct error *err)
{
    const struct binding *conflict = find_conflict(map, binding);

    if (binding->key == KEY_IS_NONE)
        return error_set(err, ERR_USAGE, "no key \"%.*s\"", STR_FMT(word));
    if (conflict)
        return error_set(err, ERR_USAGE,
                         "%.*s cannot run %s: it runs %s since line %u",
                         STR_FMT(word), command_table[binding->command].name,
                         command_table[conflict->command].name, conflict->line);
    add_binding(map, binding);
    return ERR_OK;
}

static enum err_code
bind_keys(struct keymap *map, const struct bind *bind, struct error *err)
{
    enum command command = desk_command_find(bind->command);
    struct binding binding = {
        .command = command, .origin = bind->origin, .line = bind->line};
    struct str rest = bind->keys;
    struct str word;
    size_t before = map->count;
    enum err_code code = ERR_OK;

    if (command == CMD_NONE)
        return error_set(err, ERR_USAGE, "no command \"%.*s\"",
                         STR_FMT(bind->command));
    binding.where = command_table[command].where & bind->in;
    if (!binding.where)
        return error_set(err, ERR_USAGE, "%s does not work there",
                         command_table[command].name);
    while (!code && next_word(&rest, &word)) {
        binding.key = key_parse(word);
        code = bind_key(map, word, &binding, err);
    }
    if (code)
        map->count = before;
    return code;
}

enum err_code
keymap_bind(struct keymap *map, struct str command, struct str keys,
            struct error *err)
{
    return bind_keys(map, &(struct bind){command, keys, IN_ANY, NULL, 0}, err);
}

/* [keys "span"]: in that place only; 0: there is none of that name. */
static unsigned
context_of(struct str word)
{
    if (!word.len)
        return IN_ANY;
    for (unsigned i = 0; i < CONTEXT_COUNT; i++)
        if (str_equal(word, str_of(context_words[i])))
            return 1u << i;
    return 0;
}

static enum err_code
load_setting(struct keymap *map, const struct setting *setting,
             struct error *err)
{
    const struct bind bind = {setting->key, setting->value,
                              context_of(setting->sub), setting->origin,
                              setting->line};
    enum err_code code = ERR_OK;

    if (!bind.in)
        code = error_set(err, ERR_USAGE, "no place \"%.*s\" for keys",
                         STR_FMT(setting->sub));
    if (!code)
        code = bind_keys(map, &bind, err);
    if (!code)
        return ERR_OK;
    error_wrap(err, "%s:%u", setting->origin, setting->line);
    err->code = ERR_CONFIG;
    return ERR_CONFIG;
}

enum err_code
keymap_load(struct keymap *map, const struct settings *settings,
            struct error *err)
{
    const struct setting *setting;
    enum err_code code = ERR_OK;

    for (size_t i = 0; !code && (setting = settings_at(settings, i)); i++)
        if (str_equal(setting->section, STR_LIT("keys")))
            code = load_setting(map, setting, err);
    return code;
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

/* How many of a command's digits follow each other: "0-9" instead of ten. */
static size_t
digits_from(const struct keymap *map, size_t at)
{
    const struct binding *first = &map->bindings[at];
    size_t count = 0;

    while (
        at + count < map->count && first->key >= '0' &&
        first->key + count <= '9' && first[count].command == first->command &&
        first[count].key == first->key + count && is_alive(map, &first[count]))
        count++;
    return count;
}

void
keymap_keys(const struct keymap *map, enum command command, struct buf *out)
{
    const char *gap = "";

    for (size_t i = 0; i < map->count; i++) {
        size_t digits;
        char name[KEY_NAME_MAX];

        if (map->bindings[i].command != command ||
            !is_alive(map, &map->bindings[i]))
            continue;
        key_format(map->bindings[i].key, name);
        xbuf_printf(out, "%s%s", gap, name);
        gap = " ";
        digits = digits_from(map, i);
        if (digits > 2) {
            i += digits - 1;
            xbuf_printf(out, "-%c", (char)map->bindings[i].key);
        }
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

/* "list, text"; the caller frees nothing: the table lives as long as we do. */
static const char *
where_words(unsigned where)
{
    struct buf words = {0};

    if (where == IN_ANY)
        return "everywhere";
    for (unsigned i = 0; i < CONTEXT_COUNT; i++)
        if (where & (1u << i))
            xbuf_printf(&words, "%s%s", words.len ? ", " : "",
                        context_words[i]);
    (void)xbuf_cstr(&words);
    return buf_take(&words);
}

struct str
desk_command_argument(enum command command)
{
    struct str meaning = str_of(command_table[command].meaning);
    size_t colon = str_find(meaning, STR_LIT(": "), 0);

    if (!meaning.len || (meaning.ptr[0] >= 'a' && meaning.ptr[0] <= 'z') ||
        colon == SIZE_MAX)
        return (struct str){NULL, 0};
    return str_slice(meaning, 0, colon);
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
            info->name, info->keys, where_words(info->where),
            xstrndup(desk_command_argument((enum command)i)), info->meaning};
    }
    return table;
}
