/* Other programs, run by the desk: an editor, a command that a person typed,
 * tmux. Arguments as they are, no shell of ours. */
#ifndef STET_TUI_CHILD_H
#define STET_TUI_CHILD_H

#include "stet/buf.h"
#include "stet/error.h"

/* On the terminal, until it ends; meanwhile the keyboard's signals are the
 * child's, which gets default ones. `input`: its standard input, or -1 for
 * ours; `*status` as of waitpid(). Main thread, the screen left to it.
 * Fails: ERR_UNAVAILABLE it cannot be run; fork()'s. */
enum err_code child_run(char *const *arguments, int input, int *status,
                        struct error *err);
/* The same in two steps, to feed it in between. */
struct child {
    int pid;
    struct child_signals *former;
};
enum err_code child_start(struct child *child, char *const *arguments,
                          int input, struct error *err);
enum err_code child_wait(struct child *child, int *status, struct error *err);

/* Away from the terminal, with `text` as its standard input, at most
 * `limit_ms`. Any thread. Fails: ERR_UNAVAILABLE it cannot be run, or did not
 * end well in time. */
enum err_code child_feed(char *const *arguments, struct str text, int limit_ms,
                         struct error *err);
/* Everything into a pipe or file; false when the reader has gone. */
bool child_write(int fd, struct str text);

#endif
