/* fork and exec, and waiting. */
#include "config.h"

#include "tui/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stet/fileio.h"
#include "stet/xalloc.h"

struct child_signals {
    struct sigaction interrupt, quit, stop;
};

/* In the child. */
static void
become(char *const *arguments, int input, int output)
{
    static const int defaults[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTERM,
                                   SIGHUP, SIGCONT, SIGSEGV, SIGBUS,
                                   SIGILL, SIGFPE,  SIGABRT, SIGPIPE};
    struct sigaction action = {.sa_handler = SIG_DFL};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(defaults) / sizeof(int); i++)
        sigaction(defaults[i], &action, NULL);
    if (input >= 0)
        (void)dup2(input, STDIN_FILENO);
    if (output >= 0) {
        (void)dup2(output, STDOUT_FILENO);
        (void)dup2(output, STDERR_FILENO);
    }
    execvp(arguments[0], arguments);
    _exit(127);
}

static struct child_signals *
leave_signals(void)
{
    struct child_signals *former = xcalloc(1, sizeof(*former));
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction stop = {.sa_handler = SIG_DFL};

    sigemptyset(&ignore.sa_mask);
    sigemptyset(&stop.sa_mask);
    sigaction(SIGTSTP, &stop, &former->stop);
    sigaction(SIGINT, &ignore, &former->interrupt);
    sigaction(SIGQUIT, &ignore, &former->quit);
    return former;
}

static void
take_signals(struct child *child)
{
    struct child_signals *former = child->former;

    child->former = NULL;
    if (!former)
        return;
    sigaction(SIGTSTP, &former->stop, NULL);
    sigaction(SIGINT, &former->interrupt, NULL);
    sigaction(SIGQUIT, &former->quit, NULL);
    free(former);
}

enum err_code
child_start(struct child *child, char *const *arguments, int input,
            struct error *err)
{
    child->former = leave_signals();
    child->pid = (int)fork();
    if (child->pid == 0)
        become(arguments, input, -1);
    if (child->pid > 0)
        return ERR_OK;
    error_errno(err, errno, "fork");
    take_signals(child);
    return err->code;
}

enum err_code
child_wait(struct child *child, int *status, struct error *err)
{
    while (waitpid(child->pid, status, 0) < 0)
        if (errno != EINTR)
            break;
    take_signals(child);
    if (WIFEXITED(*status) && WEXITSTATUS(*status) == 127)
        return error_set(err, ERR_UNAVAILABLE, "the program cannot be run");
    return ERR_OK;
}

enum err_code
child_run(char *const *arguments, int input, int *status, struct error *err)
{
    struct child child;
    enum err_code code = child_start(&child, arguments, input, err);

    return code ? code : child_wait(&child, status, err);
}

bool
child_write(int fd, struct str text)
{
    size_t at = 0;

    while (at < text.len) {
        ssize_t done = write(fd, text.ptr + at, text.len - at);

        if (done < 0 && errno != EINTR)
            return false;
        at += done > 0 ? (size_t)done : 0;
    }
    return true;
}

/* As much as it takes before `until`. */
static void
feed(int fd, struct str text, int64_t until)
{
    size_t at = 0;

    while (at < text.len) {
        struct pollfd out = {fd, POLLOUT, 0};
        int64_t left = (until - time_monotonic_us()) / 1000;
        ssize_t done;

        if (left <= 0 || poll(&out, 1, (int)left) <= 0)
            return;
        done = write(fd, text.ptr + at, text.len - at);
        if (done < 0 && errno != EINTR && errno != EAGAIN)
            return;
        at += done > 0 ? (size_t)done : 0;
    }
}

static bool
ends_well(pid_t pid, int64_t until)
{
    int status = 1;

    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (time_monotonic_us() > until) {
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, &status, 0);
            return false;
        }
        (void)poll(NULL, 0, 5);
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

enum err_code
child_feed(char *const *arguments, struct str text, int limit_ms,
           struct error *err)
{
    int64_t until = time_monotonic_us() + limit_ms * INT64_C(1000);
    int fds[2];
    int none = open("/dev/null", O_WRONLY | O_CLOEXEC);
    pid_t pid;
    bool good;

    if (none < 0 || pipe2(fds, O_CLOEXEC) != 0) {
        error_errno(err, errno, arguments[0]);
        if (none >= 0)
            (void)close(none);
        return err->code;
    }
    pid = fork();
    if (pid == 0)
        become(arguments, fds[0], none);
    (void)close(none);
    (void)close(fds[0]);
    (void)fcntl(fds[1], F_SETFL, O_NONBLOCK);
    if (pid > 0)
        feed(fds[1], text, until);
    (void)close(fds[1]);
    good = pid > 0 && ends_well(pid, until);
    return good ? ERR_OK
                : error_set(err, ERR_UNAVAILABLE, "%s failed", arguments[0]);
}
