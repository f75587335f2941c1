/* $EDITOR: fork and exec, no shell. The text lies in a file of mode 0600 in a
 * folder of mode 0700 below .stet/drafts whose name holds our process id, so
 * that a later desk knows which ones are left from a crash. */
#include "config.h"

#include "tui/editor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <dirent.h>

#include "stet/fileio.h"
#include "stet/xalloc.h"
#include "tui/child.h"

#define ARGUMENTS_MAX 32
#define EDIT_PREFIX "edit-"

/* The next word of a command line, quotes taken off; NULL at its end. */
static char *
take_word(const char **rest)
{
    struct buf word = {0};
    const char *p = *rest;
    char quote = 0;

    while (*p == ' ' || *p == '\t')
        p++;
    if (!*p)
        return NULL;
    for (; *p && (quote || (*p != ' ' && *p != '\t')); p++) {
        if (quote && *p == quote)
            quote = 0;
        else if (!quote && (*p == '"' || *p == '\''))
            quote = *p;
        else if (*p == '\\' && quote != '\'' && p[1])
            xbuf_append(&word, ++p, 1);
        else
            xbuf_append(&word, p, 1);
    }
    *rest = p;
    (void)xbuf_cstr(&word);
    return buf_take(&word);
}

static bool
is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

char **
editor_arguments(const char *command, size_t line, const char *path)
{
    static const char *const vims[] = {
        "vim", "nvim", "gvim", "vim.basic", "vim.tiny", "vim.nox", NULL};
    static const char *const liners[] = {
        "vi",      "vim",  "nvim",  "gvim",  "vim.basic",   "vim.tiny",
        "vim.nox", "nano", "pico",  "emacs", "emacsclient", "kak",
        "joe",     "mg",   "micro", "ne",    "ed",          NULL};
    char **arguments = xcalloc(ARGUMENTS_MAX + 12, sizeof(*arguments));
    size_t count = 0;
    const char *name;
    char *word;

    while (count < ARGUMENTS_MAX && (word = take_word(&command)))
        arguments[count++] = word;
    if (count == 0) {
        free(arguments);
        return NULL;
    }
    name = path_base(arguments[0]);
    if (is_one_of(name, vims)) {
        arguments[count++] = xstrdup("-n");
        arguments[count++] = xstrdup("-i");
        arguments[count++] = xstrdup("NONE");
        arguments[count++] = xstrdup("--cmd");
        arguments[count++] = xstrdup("set noundofile nobackup nowritebackup");
    }
    if (strcmp(name, "ed") != 0 && is_one_of(name, liners))
        arguments[count++] = xasprintf("+%zu", line);
    arguments[count] = xstrdup(path);
    return arguments;
}

void
editor_arguments_free(char **arguments)
{
    for (char **p = arguments; p && *p; p++)
        free(*p);
    free(arguments);
}

static enum err_code
write_file(const char *path, struct str text, struct error *err)
{
    int fd =
        open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    size_t at = 0;

    if (fd < 0)
        return error_errno(err, errno, path);
    while (at < text.len) {
        ssize_t done = write(fd, text.ptr + at, text.len - at);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            error_errno(err, errno, path);
            close(fd);
            return err->code;
        }
        at += (size_t)done;
    }
    if (close(fd) != 0)
        return error_errno(err, errno, path);
    return ERR_OK;
}

static enum err_code
run_and_wait(char **arguments, struct error *err)
{
    int status = 0;
    enum err_code code = child_run(arguments, -1, &status, err);

    if (code == ERR_UNAVAILABLE)
        return error_set(err, code, "cannot run %s", arguments[0]);
    if (!code && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
        return error_set(err, ERR_UNAVAILABLE, "%s failed: nothing is changed",
                         arguments[0]);
    return code;
}

enum err_code
editor_run(const struct workspace *ws, const char *command, struct str text,
           size_t line, struct buf *out, struct error *err)
{
    char *drafts = workspace_path(ws, "drafts");
    char *folder =
        xasprintf("%s/" EDIT_PREFIX "%ld-XXXXXX", drafts, (long)getpid());
    char *path = NULL;
    char **arguments = NULL;
    bool made = false;
    enum err_code code = folder_make(drafts, workspace_folder_mode(ws), err);

    if (code)
        goto out;
    if (!mkdtemp(folder)) { /* mode 0700 */
        code = error_errno(err, errno, folder);
        goto out;
    }
    made = true;
    path = path_join(folder, "text.txt");
    code = write_file(path, text, err);
    if (code)
        goto out;
    arguments = editor_arguments(command, line, path);
    code = arguments ? run_and_wait(arguments, err)
                     : error_set(err, ERR_USAGE, "no editor is set");
    if (!code)
        code = file_read(path, EDITOR_TEXT_MAX, out, err);
out:
    if (made) {
        struct error ignored = ERROR_INIT;

        (void)folder_remove(folder, &ignored);
    }
    editor_arguments_free(arguments);
    free(path);
    free(folder);
    free(drafts);
    return code;
}

static bool
is_left_behind(const char *name)
{
    char *end;
    long pid;

    if (strncmp(name, EDIT_PREFIX, strlen(EDIT_PREFIX)) != 0)
        return false;
    pid = strtol(name + strlen(EDIT_PREFIX), &end, 10);
    return pid > 0 && *end == '-' && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

void
editor_clean(const struct workspace *ws)
{
    char *drafts = workspace_path(ws, "drafts");
    DIR *dir = opendir(drafts);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        struct error ignored = ERROR_INIT;
        char *path;

        if (!is_left_behind(entry->d_name))
            continue;
        path = path_join(drafts, entry->d_name);
        (void)folder_remove(path, &ignored);
        free(path);
    }
    if (dir)
        closedir(dir);
    free(drafts);
}
