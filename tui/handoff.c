/* Hand-offs: the clipboard, and a command that the person types. What is
 * covered or escalated is never handed over; in secure mode nothing is. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stet/xalloc.h"
#include "tui/app.h"
#include "tui/child.h"
#include "tui/term.h"

/* NULL: it may; else why not. */
static const char *
why_not(const struct app *app, const struct desk_document *document)
{
    if (app->options->secure)
        return "secure: nothing leaves the desk";
    if (!document || !document->document)
        return "no document yet";
    if ((document->mine.flags | document->effective.flags) & STATE_ESCALATED)
        return "it is escalated: its text stays here";
    if (document->masked)
        return desk_covered(document);
    return NULL;
}

static void
copy(struct app *app, struct str text, const char *what)
{
    if (app->options->in_tmux) {
        desk_tmux_copy(app->desk, text, what);
        return;
    }
    if (!app->term)
        app_say(app, true, "no terminal to copy with");
    else if (!term_copy(app->term, text))
        app_say(app, true, "%s is too long for the clipboard; | pipes it",
                what);
    else
        app_say(app, false, "%s copied", what);
}

void
app_copy_ids(struct app *app)
{
    const struct desk_document *document = desk_document(app->desk);
    uint32_t marked = desk_list(app->desk)->marked;
    struct buf ids = {0};
    struct buf safe = {0};
    char what[64] = "the id";

    if (app->options->secure) {
        app_say(app, true, "secure: nothing leaves the desk");
        return;
    }
    if (marked) {
        if (desk_marked_ids(app->desk, &ids)) {
            app_say(app, false, "the ids are being loaded: once more");
            buf_release(&ids);
            return;
        }
        (void)snprintf(what, sizeof(what), "%u ids", (unsigned)marked);
    } else if (document && document->document) {
        xbuf_append_str(&ids, document->document->id);
    }
    width_escape_text(buf_str(&ids), &safe);
    if (safe.len)
        copy(app, buf_str(&safe), what);
    else
        app_say(app, true, "no document yet");
    buf_release(&ids);
    buf_release(&safe);
}

/* Marks stand in for characters that a shell or an editor might obey. */
void
app_copy_text(struct app *app, const struct span *span)
{
    const struct desk_document *document = desk_document(app->desk);
    const char *why = why_not(app, document);
    struct str text;
    struct buf safe = {0};

    if (why) {
        app_say(app, true, "%s", why);
        return;
    }
    text = document->document->text;
    if (span)
        text = str_slice(text, span->start, span->end);
    width_escape_text(text, &safe);
    copy(app, buf_str(&safe), span ? "the span" : "the text");
    buf_release(&safe);
}

/* Until Enter: what the command wrote is to be read. */
static void
wait_for_enter(int status)
{
    char line[80];
    int len = WIFEXITED(status)
                  ? snprintf(line, sizeof(line), "\n[exit %d; Enter goes back]",
                             WEXITSTATUS(status))
                  : snprintf(line, sizeof(line), "\n[ended; Enter goes back]");
    char byte = 0;

    (void)child_write(STDOUT_FILENO, (struct str){line, (size_t)len});
    while (byte != '\n' && byte != '\r')
        if (read(STDIN_FILENO, &byte, 1) <= 0 && errno != EINTR)
            return;
}

/* The marked documents come from a lane; it closes the pipe. */
static void
await_lane(struct app *app)
{
    while (desk_is_busy(app->desk)) {
        struct pollfd wake = {desk_wake_fd(app->desk), POLLIN, 0};

        (void)poll(&wake, 1, 100);
        (void)desk_poll(app->desk);
    }
}

static enum err_code
run(struct app *app, struct str command, struct str text, struct error *err)
{
    char *line = xstrndup(command);
    char shell[] = "sh";
    char option[] = "-c";
    char *arguments[] = {shell, option, line, NULL};
    bool marked = !text.ptr;
    struct child child;
    int status = 0;
    int fds[2];
    enum err_code code = ERR_OK;

    if (pipe2(fds, O_CLOEXEC) != 0)
        code = error_errno(err, errno, "pipe");
    if (code) {
        free(line);
        return code;
    }
    if (app->term)
        term_leave(app->term);
    code = child_start(&child, arguments, fds[0], err);
    (void)close(fds[0]);
    if (!code && marked)
        desk_write_marked(app->desk, fds[1]);
    else if (!code)
        (void)child_write(fds[1], text);
    if (code || !marked)
        (void)close(fds[1]);
    if (!code)
        code = child_wait(&child, &status, err);
    if (app->term) {
        if (!code)
            wait_for_enter(status);
        term_return(app->term);
    }
    if (marked)
        await_lane(app);
    free(line);
    if (!code && (!WIFEXITED(status) || WEXITSTATUS(status)))
        code = error_set(err, ERR_UNAVAILABLE, "the command failed (%d)",
                         WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return code;
}

void
app_pipe(struct app *app, const struct span *span, struct str command)
{
    const struct desk_document *document = desk_document(app->desk);
    bool marked = desk_list(app->desk)->marked > 0 && !span;
    const char *why = why_not(app, document);
    struct str text = {NULL, 0};
    struct error err = ERROR_INIT;

    if (marked && !app->options->secure)
        why = NULL;
    if (why || !command.len) {
        app_say(app, true, "%s", why ? why : "nothing is run");
        return;
    }
    if (!marked) {
        text = document->document->text;
        if (span)
            text = str_slice(text, span->start, span->end);
        if (!text.ptr)
            text = STR_LIT("");
    }
    if (run(app, command, text, &err))
        app_say(app, true, "%s", err.message);
    else if (!marked)
        app_say(app, false, "%zu bytes given", text.len);
}
