/* Keys: how they are numbered and written ("a", "^D", "PgDn", "Alt-b"). */
#ifndef STET_TUI_KEYS_H
#define STET_TUI_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"
#include "tui/commands.h"

/* Characters are their code points, control characters too. */
enum {
    KEY_IS_NONE = 0,
    KEY_IS_TAB = 9,
    KEY_IS_ENTER = 13,
    KEY_IS_ESC = 27,
    KEY_IS_BACKSPACE = 127,
    KEY_IS_UP = 0x200000, /* behind Unicode */
    KEY_IS_DOWN,
    KEY_IS_LEFT,
    KEY_IS_RIGHT,
    KEY_IS_HOME,
    KEY_IS_END,
    KEY_IS_PGUP,
    KEY_IS_PGDN,
    KEY_IS_DELETE,
    KEY_IS_INSERT,
    KEY_IS_BACKTAB,
    KEY_IS_F1, /* to F12 */
    KEY_IS_F12 = KEY_IS_F1 + 11,
    KEY_IS_RESIZE,
    KEY_IS_PASTE, /* the text comes from term_paste() */
    KEY_IS_MOUSE, /* what it did comes from term_mouse_event() */
    KEY_IS_UNKNOWN,
    KEY_WITH_ALT = 0x1000000,
    KEY_WITH_CTRL = 0x2000000 /* of special keys */
};

enum mouse_kind { MOUSE_CLICK, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };
struct mouse {
    enum mouse_kind kind;
    unsigned row, col; /* of the screen */
};

#define KEY_NAME_MAX 24
uint32_t key_parse(struct str name); /* KEY_IS_NONE: no such key */
void key_format(uint32_t key, char out[KEY_NAME_MAX]);

struct settings;

/* Which key runs which command where. */
struct keymap;
struct keymap *keymap_new(void); /* the defaults */
void keymap_free(struct keymap *map);
/* More keys for a command, taken from any that has them in the same places;
 * all or none. ERR_USAGE: unknown command or key. */
enum err_code keymap_bind(struct keymap *map, struct str command,
                          struct str keys, struct error *err);
/* The sections [keys] and [keys "place"]: command = keys. Adds to the defaults;
 * `settings` must outlive the map. ERR_CONFIG with file and line: an
 * unknown command, key or place, or a key that the same file gives to another
 * command there. */
enum err_code keymap_load(struct keymap *map, const struct settings *settings,
                          struct error *err);
enum command keymap_find(const struct keymap *map, unsigned where,
                         uint32_t key);
/* The command's keys as they are now, separated by spaces. */
void keymap_keys(const struct keymap *map, enum command command,
                 struct buf *out);
/* The first of them; empty when there is none. */
void keymap_key(const struct keymap *map, enum command command,
                char out[KEY_NAME_MAX]);

enum command desk_command_find(struct str name); /* CMD_NONE */
/* "FILE", "+x -y": what the command takes; ptr NULL: nothing. */
struct str desk_command_argument(enum command command);

#endif
