/* Themes: how each style looks. Colours by number, without curses. */
#ifndef STET_TUI_THEME_H
#define STET_TUI_THEME_H

#include <stdbool.h>

#include "stet/buf.h"
#include "tui/grid.h"

#define THEMES(X)                     \
    X(DEFAULT, "default")             \
    X(LIGHT, "light")                 \
    X(HIGH_CONTRAST, "high-contrast") \
    X(COLOR_BLIND, "colour-blind")    \
    X(MONO, "mono")

enum theme {
#define X(id, name) THEME_##id,
    THEMES(X)
#undef X
        THEME_COUNT
};

enum look_attribute {
    LOOK_BOLD = 1,
    LOOK_DIM = 2,
    LOOK_UNDERLINE = 4,
    LOOK_REVERSE = 8
};

struct look {
    unsigned attributes;
    short basic; /* foreground of 8 colours; -1: the terminal's own */
    short rich;  /* of 256 */
};

/* Without colours every style of a theme can still be told from the text
 * around it by its attributes or by its words. */
struct look theme_look(enum theme theme, enum style style);
/* It brings white on black, whatever the terminal has. */
bool theme_is_opaque(enum theme theme);

#endif
