/* The round trip of a text through $EDITOR. */
#ifndef STET_TUI_EDITOR_H
#define STET_TUI_EDITOR_H

#include <stdbool.h>

#include "stet/buf.h"
#include "stet/workspace.h"

#define EDITOR_TEXT_MAX (64u << 20)

/* Run `command` (words, with quotes) on a private file that holds `text`,
 * with the cursor on `line`. The caller has given the terminal away.
 * Fails: ERR_USAGE no or unreadable command; ERR_UNAVAILABLE it cannot be run
 * or ended badly (the text is as it was); ERR_IO; ERR_LIMIT. */
enum err_code editor_run(const struct workspace *ws, const char *command,
                         struct str text, size_t line, struct buf *out,
                         struct error *err);
/* Remove what editors of dead processes left behind. */
void editor_clean(const struct workspace *ws);

/* The argument vector: words of `command`, options that keep the text out of
 * swap, undo and history files, "+LINE", `path`. Ends with NULL. */
char **editor_arguments(const char *command, size_t line, const char *path);
void editor_arguments_free(char **arguments);

#endif
