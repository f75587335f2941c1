/* A program on a pseudo-terminal of its own, as a job of a small shell: what
 * it draws (by libvterm), the bytes it sends (judged by pty_check.h), keys,
 * sizes and signals. The shell makes ^Z work: an orphan cannot be stopped. */
#ifndef STET_TESTS_PTY_SCREEN_H
#define STET_TESTS_PTY_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/lib/pty_check.h"

enum pty_status { PTY_RUNS, PTY_STOPPED, PTY_EXITED, PTY_KILLED };

struct pty_screen;

/* argv[0] is looked up on PATH. NULL: errno says why. */
struct pty_screen *pty_open(char *const argv[], unsigned rows, unsigned cols);
/* Kills what still runs. */
void pty_close(struct pty_screen *pty);

/* Take in output until there was none for `quiet_ms` or `max_ms` are over;
 * false: it never was quiet. */
bool pty_quiet(struct pty_screen *pty, int quiet_ms, int max_ms);
/* Until the screen holds `text`. */
bool pty_until(struct pty_screen *pty, const char *text, int max_ms);
/* Until the program stopped or ended. `value`: signal or exit status. */
enum pty_status pty_wait(struct pty_screen *pty, int max_ms, int *value);

void pty_send(struct pty_screen *pty, const void *bytes, size_t len);
/* When the last pty_send() was, and when the first and the last output came
 * after it, in monotonic microseconds; 0: none. */
void pty_times(const struct pty_screen *pty, int64_t *sent, int64_t *first,
               int64_t *last);
void pty_resize(struct pty_screen *pty, unsigned rows, unsigned cols);
pid_t pty_pid(const struct pty_screen *pty);
void pty_signal(struct pty_screen *pty, int signal);
/* Into the foreground and on, as `fg` does. */
void pty_continue(struct pty_screen *pty);
/* The terminal goes away. */
void pty_hang_up(struct pty_screen *pty);

/* The terminal's settings are those from before the program. */
bool pty_is_restored(const struct pty_screen *pty);
struct pty_check *pty_checker(struct pty_screen *pty);
/* Row `row` as UTF-8 without blanks at the end; false: no such row. */
bool pty_row(const struct pty_screen *pty, unsigned row, char *out,
             size_t size);
void pty_cursor(const struct pty_screen *pty, int *row, int *col);
/* Everything written since the start goes to this descriptor, too. */
void pty_record(struct pty_screen *pty, int fd);

#endif
