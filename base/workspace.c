/* Finding and making `.stet`. A workspace decides what a program reads and
 * writes, so one that strangers could have written is refused: git's lesson
 * (CVE-2022-24765). */
#include "config.h"

#include "stet/workspace.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stet/xalloc.h"

#define DOT ".stet"
#define GROUP_LIMIT 1024

static bool
in_group(gid_t group)
{
    gid_t groups[GROUP_LIMIT];
    int count;

    if (group == getegid())
        return true;
    count = getgroups(GROUP_LIMIT, groups);
    for (int i = 0; i < count; i++)
        if (groups[i] == group)
            return true;
    return false;
}

/* A team's folder passes its group on to what is made in it. */
static bool
is_shared(const struct stat *status)
{
    return (status->st_mode & S_ISGID) && (status->st_mode & S_IWGRP);
}

static enum err_code
check_owner(const char *path, const struct stat *status, bool trust,
            struct error *err)
{
    bool team = is_shared(status) && in_group(status->st_gid);

    if (trust)
        return ERR_OK;
    if (status->st_uid != geteuid() && !team)
        return error_set(err, ERR_PERM,
                         "%s belongs to another user: not trusted", path);
    if ((status->st_mode & S_IWOTH) ||
        ((status->st_mode & S_IWGRP) && !is_shared(status)))
        return error_set(err, ERR_PERM,
                         "%s is writable by others: not trusted "
                         "(chmod go-w %s)",
                         path, path);
    return ERR_OK;
}

/* `.stet` in `start` or the nearest parent; NULL when there is none. */
static char *
find_dot(const char *start)
{
    char *folder = path_absolute(start);

    for (;;) {
        char *dot = path_join(folder, DOT);
        char *slash;

        if (file_is_folder(dot)) {
            free(folder);
            return dot;
        }
        free(dot);
        slash = strrchr(folder, '/');
        if (!slash || folder[1] == '\0')
            break;
        if (slash == folder)
            slash[1] = '\0';
        else
            *slash = '\0';
    }
    free(folder);
    return NULL;
}

/* Folder of `dot`, or what the configuration says instead. */
static char *
find_root(const char *dot, const struct settings *settings)
{
    struct str set = settings_str(settings, "corpus", "root", "");
    char *parent = path_join(dot, "..");
    char *base = path_absolute(parent);
    char *root;

    free(parent);
    if (set.len > 0) {
        char *name = xstrndup(set);
        char *joined = name[0] == '/' ? xstrdup(name) : path_join(base, name);

        root = path_absolute(joined);
        free(joined);
        free(name);
        free(base);
        return root;
    }
    return base;
}

static enum err_code
load_settings(struct workspace *ws, struct error *err)
{
    char *personal = path_xdg("config", "config");
    enum err_code code;

    ws->settings = settings_new();
    code = settings_load(ws->settings, personal, true, err);
    if (code == ERR_OK)
        code = settings_load(ws->settings, ws->config, false, err);
    free(personal);
    return code;
}

/* Takes over `dot`. */
static enum err_code
open_dot(struct workspace **out, char *dot, bool trust, struct error *err)
{
    struct workspace *ws = xcalloc(1, sizeof(*ws));
    struct stat status;
    enum err_code code = ERR_OK;

    ws->dot = dot;
    ws->index = path_join(dot, "index");
    ws->store = path_join(dot, "review.db");
    ws->config = path_join(dot, "config");
    if (stat(dot, &status) != 0) {
        code = error_errno(err, errno, dot);
    } else {
        ws->shared = is_shared(&status);
        code = check_owner(dot, &status, trust, err);
    }
    if (code == ERR_OK)
        code = load_settings(ws, err);
    if (code == ERR_OK) {
        ws->root = find_root(dot, ws->settings);
        *out = ws;
        ws = NULL;
    }
    workspace_close(ws);
    return code;
}

enum err_code
workspace_open(struct workspace **out, const char *start, bool trust,
               struct error *err)
{
    char *dot = find_dot(start ? start : ".");

    if (!dot)
        return error_set(err, ERR_NOTFOUND,
                         "no .stet here or above; run `stet index SHARD...`");
    return open_dot(out, dot, trust, err);
}

static enum err_code
share(const char *dot, const char *group, struct error *err)
{
    if (group) {
        const struct group *found = getgrnam(group);

        if (!found)
            return error_set(err, ERR_NOTFOUND, "no group \"%s\"", group);
        if (chown(dot, (uid_t)-1, found->gr_gid) != 0)
            return error_errno(err, errno, dot);
    }
    if (chmod(dot, 02770) != 0)
        return error_errno(err, errno, dot);
    return ERR_OK;
}

enum err_code
workspace_create(struct workspace **out, const char *folder, bool shared,
                 const char *group, struct error *err)
{
    char *absolute = path_absolute(folder);
    char *dot = path_join(absolute, DOT);
    bool is_new = !file_is_folder(dot);
    enum err_code code = folder_make(dot, shared ? 0770 : 0700, err);

    free(absolute);
    if (code == ERR_OK && is_new && shared)
        code = share(dot, group, err);
    if (code != ERR_OK) {
        free(dot);
        return code;
    }
    return open_dot(out, dot, false, err);
}

void
workspace_close(struct workspace *ws)
{
    if (!ws)
        return;
    settings_free(ws->settings);
    free(ws->root);
    free(ws->dot);
    free(ws->index);
    free(ws->store);
    free(ws->config);
    free(ws);
}

char *
workspace_path(const struct workspace *ws, const char *name)
{
    return path_join(ws->dot, name);
}

mode_t
workspace_file_mode(const struct workspace *ws)
{
    return ws->shared ? 0660 : 0600;
}

mode_t
workspace_folder_mode(const struct workspace *ws)
{
    return ws->shared ? 02770 : 0700;
}
