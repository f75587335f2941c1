/* The pseudo-terminal for scripts: pty_drive [-s COLSxROWS] [-r FILE] PROGRAM
 * [ARG...] reads a command a line and answers "NUMBER-OF-LINES WORDS" and so
 * many lines. tests/lib/pty.py speaks this; the table below lists them. */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/pty_screen.h"

struct drive {
    struct pty_screen *pty;
    unsigned rows;
};

struct drive_command {
    const char *name;
    void (*run)(struct drive *drive, char *argument);
};

/* "\e" ESC, "\r", "\n", "\t", "\\", "\xHH" in place; the length. */
static size_t
unescape(char *text)
{
    char *to = text;

    for (const char *at = text; *at; at++) {
        char hex[3] = {0};

        if (*at != '\\' || !at[1]) {
            *to++ = *at;
            continue;
        }
        switch (*++at) {
        case 'e':
            *to++ = '\033';
            break;
        case 'r':
            *to++ = '\r';
            break;
        case 'n':
            *to++ = '\n';
            break;
        case 't':
            *to++ = '\t';
            break;
        case 'x':
            if (at[1] && at[2]) {
                hex[0] = at[1];
                hex[1] = at[2];
                *to++ = (char)strtoul(hex, NULL, 16);
                at += 2;
            }
            break;
        default:
            *to++ = *at;
        }
    }
    *to = '\0';
    return (size_t)(to - text);
}

static void
do_send(struct drive *drive, char *argument)
{
    pty_send(drive->pty, argument, unescape(argument));
    puts("0 ok");
}

/* Send, wait until it is quiet, say how long first and last output took. */
static void
do_press(struct drive *drive, char *argument)
{
    int64_t sent;
    int64_t first;
    int64_t last;

    pty_send(drive->pty, argument, unescape(argument));
    (void)pty_quiet(drive->pty, 30, 5000);
    pty_times(drive->pty, &sent, &first, &last);
    printf("0 %lld %lld\n", (long long)(first ? first - sent : -1),
           (long long)(last ? last - sent : -1));
}

static void
do_quiet(struct drive *drive, char *argument)
{
    char *end;
    int quiet = (int)strtol(argument, &end, 10);
    int most = (int)strtol(end, NULL, 10);

    puts(pty_quiet(drive->pty, quiet, most) ? "0 yes" : "0 no");
}

static void
do_until(struct drive *drive, char *argument)
{
    char *text;
    int most = (int)strtol(argument, &text, 10);

    text += *text == ' ';
    unescape(text);
    puts(pty_until(drive->pty, text, most) ? "0 yes" : "0 no");
}

static void
do_screen(struct drive *drive, char *argument)
{
    char row[8192];
    int cursor_row;
    int cursor_col;

    (void)argument;
    pty_cursor(drive->pty, &cursor_row, &cursor_col);
    printf("%u %d %d\n", drive->rows, cursor_row, cursor_col);
    for (unsigned i = 0; i < drive->rows; i++)
        puts(pty_row(drive->pty, i, row, sizeof(row)) ? row : "");
}

static void
do_size(struct drive *drive, char *argument)
{
    char *end;
    unsigned cols = (unsigned)strtoul(argument, &end, 10);
    unsigned rows = (unsigned)strtoul(*end ? end + 1 : end, NULL, 10);

    pty_resize(drive->pty, rows, cols);
    drive->rows = rows;
    puts("0 ok");
}

static void
do_signal(struct drive *drive, char *argument)
{
    pty_signal(drive->pty, (int)strtol(argument, NULL, 10));
    puts("0 ok");
}

static void
do_continue(struct drive *drive, char *argument)
{
    (void)argument;
    pty_continue(drive->pty);
    puts("0 ok");
}

static void
do_hangup(struct drive *drive, char *argument)
{
    (void)argument;
    pty_hang_up(drive->pty);
    puts("0 ok");
}

static void
do_pid(struct drive *drive, char *argument)
{
    (void)argument;
    printf("0 %ld\n", (long)pty_pid(drive->pty));
}

static void
do_wait(struct drive *drive, char *argument)
{
    static const char *const words[] = {"runs", "stopped", "exited", "killed"};
    int value;
    enum pty_status status =
        pty_wait(drive->pty, (int)strtol(argument, NULL, 10), &value);

    printf("0 %s %d\n", words[status], value);
}

/* Whether the terminal is as it was: settings, then modes still on. */
static void
do_restored(struct drive *drive, char *argument)
{
    char modes[256];

    (void)argument;
    pty_check_modes(pty_checker(drive->pty), modes, sizeof(modes));
    printf("0 %s%s\n", pty_is_restored(drive->pty) ? "settings" : "changed",
           modes);
}

static void
do_check(struct drive *drive, char *argument)
{
    struct pty_check *check = pty_checker(drive->pty);
    unsigned kept = check->findings < PTY_FINDINGS_KEPT
                        ? (unsigned)check->findings
                        : PTY_FINDINGS_KEPT;

    (void)argument;
    printf("%u %llu %llu\n", kept, (unsigned long long)check->findings,
           (unsigned long long)check->offset);
    for (unsigned i = 0; i < kept; i++)
        puts(check->kept[i]);
}

static const struct drive_command commands[] = {
    {"send", do_send},         {"press", do_press},   {"quiet", do_quiet},
    {"until", do_until},       {"screen", do_screen}, {"size", do_size},
    {"signal", do_signal},     {"wait", do_wait},     {"continue", do_continue},
    {"restored", do_restored}, {"check", do_check},   {"hangup", do_hangup},
    {"pid", do_pid},
};

static void
run_line(struct drive *drive, char *line)
{
    char *argument = strchr(line, ' ');

    if (argument)
        *argument++ = '\0';
    else
        argument = line + strlen(line);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(commands[i].name, line) == 0) {
            commands[i].run(drive, argument);
            return;
        }
    printf("0 unknown command %s\n", line);
}

int
main(int argc, char **argv)
{
    struct drive drive = {NULL, 24};
    unsigned cols = 80;
    int option;
    int record = -1;
    char *line = NULL;
    char *end;
    size_t size = 0;
    ssize_t len;

    while ((option = getopt(argc, argv, "+s:r:")) != -1) {
        if (option == 's') {
            cols = (unsigned)strtoul(optarg, &end, 10);
            drive.rows = (unsigned)strtoul(*end ? end + 1 : end, NULL, 10);
        } else if (option == 'r') {
            record =
                open(optarg, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        } else {
            return 64;
        }
    }
    if (optind >= argc)
        return 64;
    (void)signal(SIGPIPE, SIG_IGN);
    drive.pty = pty_open(argv + optind, drive.rows, cols);
    if (!drive.pty) {
        perror("pty_drive");
        return 71;
    }
    pty_record(drive.pty, record);
    while ((len = getline(&line, &size, stdin)) > 0) {
        if (line[len - 1] == '\n')
            line[len - 1] = '\0';
        run_line(&drive, line);
        (void)fflush(stdout);
    }
    free(line);
    pty_close(drive.pty);
    return 0;
}
