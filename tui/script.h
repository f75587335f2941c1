/* Keys from a file: demonstrations, bug reports, screen tests.
 *
 * A line holds key names separated by spaces ("j j ^D PgDn x"). Other lines:
 *   # a remark
 *   :command ...      typed, with Enter
 *   %type TEXT        typed as it is, without Enter
 *   %paste TEXT       as if pasted
 *   %click COL,ROW    the mouse, also %up and %down for its wheel
 *   %wait MS          time passes
 *   %size COLSxROWS   the screen is resized
 *   %dump FILE        the screen as it is now, like :dump
 *
 * After each step the desk waits until its work is done and draws. */
#ifndef STET_TUI_SCRIPT_H
#define STET_TUI_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"
#include "tui/keys.h"

struct script;

enum step_kind {
    STEP_END,
    STEP_KEY,
    STEP_PASTE,
    STEP_MOUSE,
    STEP_WAIT,
    STEP_SIZE,
    STEP_DUMP
};
struct step {
    enum step_kind kind;
    uint32_t key;
    struct mouse mouse;
    struct str text; /* of a paste, a file; borrowed from the script */
    unsigned ms, cols, rows;
};

enum err_code script_open(struct script **out, const char *path,
                          struct error *err);
enum err_code script_parse(struct script **out, struct str text,
                           const char *name, struct error *err);
void script_close(struct script *script);
/* ERR_USAGE with file and line for what is not understood. */
enum err_code script_next(struct script *script, struct step *step,
                          struct error *err);

#endif
