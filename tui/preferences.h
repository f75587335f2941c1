/* What a person chooses about the desk: [desk] in the configuration, `:set`.
 * One table gives names, values, completion and manual. */
#ifndef STET_TUI_PREFERENCES_H
#define STET_TUI_PREFERENCES_H

#include "stet/settings.h"

enum preference {
    PREFER_THEME,    /* enum theme */
    PREFER_DRAWING,  /* enum drawing */
    PREFER_KEYBOARD, /* enum keyboard */
    PREFER_SPLIT,    /* enum split */
    PREFER_MOUSE,    /* 0 or 1 */
    PREFER_LIVE,     /* 0 or 1 */
    PREFER_BREAK,    /* preferences_number() */
    PREFER_TEXTS,    /* preferences_number() */
    PREFERENCE_COUNT
};
enum drawing { DRAWING_AUTO, DRAWING_ASCII, DRAWING_BLOCK };
enum split { SPLIT_AUTO, SPLIT_SIDE, SPLIT_STACKED };

struct preference_info {
    const char *name;
    const char *const *values; /* by number; NULL ends */
    const char *meaning;
};
extern const struct preference_info preference_table[PREFERENCE_COUNT];

struct preferences {
    unsigned value[PREFERENCE_COUNT];
};

void preferences_init(struct preferences *preferences);
/* [desk]. ERR_CONFIG with file and line: unknown names and values. */
enum err_code preferences_load(struct preferences *preferences,
                               const struct settings *settings,
                               struct error *err);
/* PREFERENCE_COUNT: no such name. */
enum preference preference_find(struct str name);
/* ERR_USAGE: no such value; the message lists them. */
enum err_code preferences_set(struct preferences *preferences,
                              enum preference which, struct str value,
                              struct error *err);
/* Of a value that is a number; 0: off. */
unsigned preferences_number(const struct preferences *preferences,
                            enum preference which);
const char *preferences_get(const struct preferences *preferences,
                            enum preference which);

#endif
