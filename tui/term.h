/* The terminal: paints a grid, gives keys. The only user of curses. */
#ifndef STET_TUI_TERM_H
#define STET_TUI_TERM_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/tui.h"
#include "tui/grid.h"
#include "tui/keys.h"
#include "tui/theme.h"

struct terminal;

/* Fails: ERR_UNAVAILABLE not a terminal, TERM=dumb, or no entry that works
 * (the message names the subcommands). One at a time. */
enum err_code term_open(struct terminal **out,
                        const struct tui_options *options, struct error *err);
void
term_close(struct terminal *term); /* NULL allowed; restores the terminal */
/* What was used instead of an unknown $TERM; NULL: it was known. */
const char *term_fallback(const struct terminal *term);
void term_size(const struct terminal *term, unsigned *rows, unsigned *cols);

/* Wait for input, for `wake_fd` or `timeout_ms` (-1: for ever). */
enum { TERM_INPUT = 1, TERM_WAKE = 2, TERM_SIGNAL = 4 };
unsigned term_wait(struct terminal *term, int wake_fd, int timeout_ms);
/* The next key that is there already; KEY_IS_NONE: none. */
uint32_t term_key(struct terminal *term);
/* What was pasted, after KEY_IS_PASTE; until the next key. */
struct str term_paste(const struct terminal *term);
/* After KEY_IS_MOUSE. */
struct mouse term_mouse_event(const struct terminal *term);
/* The signal that asks us to end (SIGTERM, SIGHUP, SIGINT), or 0. */
int term_signal(const struct terminal *term);
bool term_stop_wanted(struct terminal *term); /* SIGTSTP from outside; once */

void term_paint(struct terminal *term, const struct grid *grid);
/* Offer the clipboard a text (OSC 52); false: it is too long. */
bool term_copy(const struct terminal *term, struct str text);
void term_theme(struct terminal *term, enum theme theme);
/* Clicks and the wheel as keys, or not: then the terminal selects text. */
void term_mouse(struct terminal *term, bool on);
void term_redraw(struct terminal *term); /* everything at the next paint */
/* Leave the screen to others: for the editor, and for ^Z. */
void term_leave(struct terminal *term);
void term_return(struct terminal *term);
/* Stop this process as ^Z does; false: nobody could continue it. */
bool term_suspend(struct terminal *term);

#endif
