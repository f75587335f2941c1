/* The desk: the terminal interface in which reviewers read and decide. */
#ifndef STET_TUI_H
#define STET_TUI_H

#include <stdbool.h>

#include "stet/error.h"
#include "stet/workspace.h"

struct tui_options {
    const char *query; /* NULL: the start view */
    const char *queue; /* named queue, or NULL */
    const char *reviewer;
    const char *script; /* keys from a file instead of the terminal, or NULL */
    unsigned columns, rows; /* of a script's screen; 0: 80x24 */
    bool blind;             /* hide scores too, whatever the policy */
    bool secure;            /* no pipe, clipboard, $EDITOR, export */
    const char *editor;     /* command line of $VISUAL or $EDITOR, or NULL */
    bool in_tmux;           /* $TMUX is set */
    const char *term;       /* $TERM */
    bool no_color;          /* $NO_COLOR */
    bool ascii;             /* no UTF-8 drawing characters */
};

/* Run until the reviewer quits. Restores the terminal whatever happens.
 * ERR_UNAVAILABLE: no usable terminal (the message names the subcommands). */
enum err_code tui_run(struct workspace *ws, const struct tui_options *options,
                      struct error *err);

/* One line a command: keys, name, where it works, what it takes ("" if
 * nothing), what it does (beginning with what it takes); the source of help,
 * key bar and the manual's key table. NULL name at the end. */
struct tui_command_help {
    const char *name, *keys, *context, *argument, *meaning;
};
const struct tui_command_help *tui_command_table(void);

/* What [desk] and :set know; NULL name at the end. */
struct tui_preference_help {
    const char *name;
    const char *const *values; /* NULL ends */
    const char *meaning;
};
const struct tui_preference_help *tui_preference_table(void);

#endif
