/* A pseudo-terminal with a small shell on it and libvterm behind it. */
#include "config.h"

#include "tests/lib/pty_screen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

struct pty_screen {
    int master;
    int order[2];  /* to the shell: 'c' */
    int report[2]; /* from it: struct job_report */
    pid_t shell, job;
    enum pty_status status;
    int value;
    unsigned rows, cols;
    int record;
    int64_t sent_us, first_us, last_us;
    struct termios before;
    VTerm *vterm;
    VTermScreen *screen;
    struct pty_check check;
};

struct job_report {
    enum pty_status status;
    int value; /* PTY_RUNS: the process id */
};

static int64_t
now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The shell: starts the job, waits for it, takes the terminal back when it
 * stops, and gives it again when told to. */
static void
tell(int fd, enum pty_status status, int value)
{
    struct job_report report = {status, value};

    if (write(fd, &report, sizeof(report)) != sizeof(report))
        _exit(125);
}

static void
start_job(char *const argv[])
{
    setpgid(0, 0);
    tcsetpgrp(STDIN_FILENO, getpid());
    for (int i = 1; i < NSIG; i++)
        (void)signal(i, SIG_DFL);
    execvp(argv[0], argv);
    _exit(127);
}

static volatile sig_atomic_t hung_up;

static void
on_hangup(int signal)
{
    (void)signal;
    hung_up = 1;
}

static void
run_shell(char *const argv[], int order, int report)
{
    struct sigaction hangup = {.sa_handler = on_hangup};
    pid_t job;
    int status;

    (void)signal(SIGTTOU, SIG_IGN);
    (void)signal(SIGTTIN, SIG_IGN);
    (void)signal(SIGTSTP, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGQUIT, SIG_IGN);
    sigaction(SIGHUP, &hangup, NULL);
    job = fork();
    if (job == 0)
        start_job(argv);
    setpgid(job, job);
    tcsetpgrp(STDIN_FILENO, job);
    tell(report, PTY_RUNS, job);
    for (;;) {
        char c;

        if (waitpid(job, &status, WUNTRACED) != job) {
            if (hung_up)
                kill(-job, SIGHUP);
            hung_up = 0;
            continue;
        }
        tcsetpgrp(STDIN_FILENO, getpid());
        if (WIFEXITED(status)) {
            tell(report, PTY_EXITED, WEXITSTATUS(status));
            break;
        }
        if (WIFSIGNALED(status)) {
            tell(report, PTY_KILLED, WTERMSIG(status));
            break;
        }
        tell(report, PTY_STOPPED, WSTOPSIG(status));
        if (read(order, &c, 1) != 1)
            break;
        tcsetpgrp(STDIN_FILENO, job);
        kill(-job, SIGCONT);
    }
    /* The terminal stays as it is until it was looked at. */
    (void)!read(order, &status, 1);
    _exit(0);
}

static bool
take_terminal(const char *name)
{
    int slave;

    setsid();
    slave = open(name, O_RDWR);
    if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) != 0)
        return false;
    for (int fd = 0; fd < 3; fd++)
        dup2(slave, fd);
    if (slave > 2)
        close(slave);
    return true;
}

static void
set_size(int fd, unsigned rows, unsigned cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows,
                           .ws_col = (unsigned short)cols};

    (void)ioctl(fd, TIOCSWINSZ, &size);
}

static bool
fork_shell(struct pty_screen *pty, char *const argv[])
{
    char name[128];

    if (grantpt(pty->master) != 0 || unlockpt(pty->master) != 0 ||
        ptsname_r(pty->master, name, sizeof(name)) != 0 ||
        pipe2(pty->order, O_CLOEXEC) != 0 || pipe2(pty->report, O_CLOEXEC) != 0)
        return false;
    set_size(pty->master, pty->rows, pty->cols);
    pty->shell = fork();
    if (pty->shell == 0) {
        close(pty->master);
        close(pty->order[1]);
        close(pty->report[0]);
        if (!take_terminal(name))
            _exit(126);
        run_shell(argv, pty->order[0], pty->report[1]);
    }
    close(pty->order[0]);
    close(pty->report[1]);
    pty->order[0] = pty->report[1] = -1;
    return pty->shell > 0;
}

struct pty_screen *
pty_open(char *const argv[], unsigned rows, unsigned cols)
{
    struct pty_screen *pty = calloc(1, sizeof(*pty));
    struct job_report started;

    if (!pty)
        return NULL;
    pty->rows = rows;
    pty->cols = cols;
    pty->record = -1;
    pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (pty->master < 0 || tcgetattr(pty->master, &pty->before) != 0 ||
        !fork_shell(pty, argv) ||
        read(pty->report[0], &started, sizeof(started)) != sizeof(started)) {
        free(pty);
        return NULL;
    }
    pty->job = started.value;
    pty->vterm = vterm_new((int)rows, (int)cols);
    vterm_set_utf8(pty->vterm, 1);
    pty->screen = vterm_obtain_screen(pty->vterm);
    vterm_screen_enable_altscreen(pty->screen, 1);
    vterm_screen_reset(pty->screen, 1);
    pty_check_init(&pty->check);
    return pty;
}

void
pty_close(struct pty_screen *pty)
{
    if (!pty)
        return;
    if (pty->status != PTY_EXITED && pty->status != PTY_KILLED)
        kill(pty->job, SIGKILL);
    kill(pty->shell, SIGKILL);
    waitpid(pty->shell, NULL, 0);
    if (pty->master >= 0)
        close(pty->master);
    close(pty->order[1]);
    close(pty->report[0]);
    vterm_free(pty->vterm);
    free(pty);
}

static void
take_report(struct pty_screen *pty)
{
    struct job_report report;

    if (read(pty->report[0], &report, sizeof(report)) == sizeof(report)) {
        pty->status = report.status;
        pty->value = report.value;
    } else {
        pty->status = PTY_KILLED;
        pty->value = 0;
    }
}

static void
take_output(struct pty_screen *pty)
{
    char bytes[65536];
    ssize_t got = read(pty->master, bytes, sizeof(bytes));
    size_t answer;

    if (got <= 0)
        return;
    pty->last_us = now_us();
    if (!pty->first_us)
        pty->first_us = pty->last_us;
    if (pty->record >= 0)
        (void)!write(pty->record, bytes, (size_t)got);
    pty_check_feed(&pty->check, bytes, (size_t)got);
    vterm_input_write(pty->vterm, bytes, (size_t)got);
    vterm_screen_flush_damage(pty->screen);
    answer = vterm_output_read(pty->vterm, bytes, sizeof(bytes));
    if (answer)
        (void)!write(pty->master, bytes, answer);
}

/* Wait at most `ms` for output or a report; false: there was neither. */
static bool
step(struct pty_screen *pty, int64_t ms)
{
    struct pollfd fds[] = {{pty->master, POLLIN, 0},
                           {pty->report[0], POLLIN, 0}};
    bool ended = pty->status == PTY_EXITED || pty->status == PTY_KILLED;

    if (ended)
        fds[1].fd = -1;
    if (poll(fds, 2, ms < 0 ? 0 : (int)ms) <= 0)
        return false;
    if (fds[0].revents & POLLIN)
        take_output(pty);
    else if (fds[1].revents)
        take_report(pty);
    else
        return false;
    return true;
}

bool
pty_quiet(struct pty_screen *pty, int quiet_ms, int max_ms)
{
    int64_t end = now_us() + (int64_t)max_ms * 1000;

    while (now_us() < end)
        if (!step(pty, quiet_ms))
            return true;
    return false;
}

static bool
screen_holds(const struct pty_screen *pty, const char *text)
{
    char row[8192];

    for (unsigned i = 0; i < pty->rows; i++)
        if (pty_row(pty, i, row, sizeof(row)) && strstr(row, text))
            return true;
    return false;
}

bool
pty_until(struct pty_screen *pty, const char *text, int max_ms)
{
    int64_t end = now_us() + (int64_t)max_ms * 1000;

    for (;;) {
        if (screen_holds(pty, text))
            return true;
        if (now_us() >= end)
            return false;
        (void)step(pty, 20);
    }
}

enum pty_status
pty_wait(struct pty_screen *pty, int max_ms, int *value)
{
    int64_t end = now_us() + (int64_t)max_ms * 1000;

    while (pty->status == PTY_RUNS && now_us() < end)
        (void)step(pty, 20);
    (void)pty_quiet(pty, 20, 1000);
    *value = pty->value;
    return pty->status;
}

void
pty_send(struct pty_screen *pty, const void *bytes, size_t len)
{
    const char *at = bytes;

    pty->sent_us = now_us();
    pty->first_us = pty->last_us = 0;
    while (len > 0) {
        ssize_t done = write(pty->master, at, len);

        if (done <= 0)
            return;
        at += done;
        len -= (size_t)done;
    }
}

void
pty_times(const struct pty_screen *pty, int64_t *sent, int64_t *first,
          int64_t *last)
{
    *sent = pty->sent_us;
    *first = pty->first_us;
    *last = pty->last_us;
}

void
pty_resize(struct pty_screen *pty, unsigned rows, unsigned cols)
{
    /* libvterm is not made for less than 2 x 2; the program is. */
    pty->rows = rows < 2 ? 2 : rows;
    pty->cols = cols < 2 ? 2 : cols;
    vterm_set_size(pty->vterm, (int)pty->rows, (int)pty->cols);
    set_size(pty->master, rows, cols);
}

pid_t
pty_pid(const struct pty_screen *pty)
{
    return pty->job;
}

void
pty_signal(struct pty_screen *pty, int signal)
{
    kill(pty->job, signal);
}

void
pty_continue(struct pty_screen *pty)
{
    pty->status = PTY_RUNS;
    (void)!write(pty->order[1], "c", 1);
}

void
pty_hang_up(struct pty_screen *pty)
{
    close(pty->master);
    pty->master = -1;
}

bool
pty_is_restored(const struct pty_screen *pty)
{
    struct termios now;

    return tcgetattr(pty->master, &now) == 0 &&
           now.c_iflag == pty->before.c_iflag &&
           now.c_oflag == pty->before.c_oflag &&
           now.c_cflag == pty->before.c_cflag &&
           now.c_lflag == pty->before.c_lflag &&
           memcmp(now.c_cc, pty->before.c_cc, sizeof(now.c_cc)) == 0;
}

struct pty_check *
pty_checker(struct pty_screen *pty)
{
    return &pty->check;
}

static size_t
encode(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | (cp >> 18 & 7));
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

bool
pty_row(const struct pty_screen *pty, unsigned row, char *out, size_t size)
{
    size_t len = 0;
    size_t kept = 0;

    if (row >= pty->rows)
        return false;
    for (int col = 0; col < (int)pty->cols; col++) {
        VTermPos at = {(int)row, col};
        VTermScreenCell cell;

        if (!vterm_screen_get_cell(pty->screen, at, &cell) ||
            cell.chars[0] == (uint32_t)-1)
            continue;
        if (len + 4 * VTERM_MAX_CHARS_PER_CELL + 1 > size)
            break;
        if (!cell.chars[0])
            out[len++] = ' ';
        for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++)
            len += encode(cell.chars[i], out + len);
        if (cell.chars[0] && cell.chars[0] != ' ')
            kept = len;
    }
    out[kept] = '\0';
    return true;
}

void
pty_cursor(const struct pty_screen *pty, int *row, int *col)
{
    VTermPos at;

    vterm_state_get_cursorpos(vterm_obtain_state(pty->vterm), &at);
    *row = at.row;
    *col = at.col;
}

void
pty_record(struct pty_screen *pty, int fd)
{
    pty->record = fd;
}
