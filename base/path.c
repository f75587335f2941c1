/* Names of files, by their bytes alone: links are not resolved, so that what
 * the user wrote is what messages and manifests show. */
#include "config.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "stet/fileio.h"
#include "stet/xalloc.h"

char *
path_join(const char *folder, const char *name)
{
    size_t len = strlen(folder);

    if (name[0] == '/' || len == 0)
        return xstrdup(name);
    if (name[0] == '\0')
        return xstrdup(folder);
    return xasprintf("%s%s%s", folder, folder[len - 1] == '/' ? "" : "/", name);
}

/* `path` is absolute; "." and "" vanish, ".." takes its forerunner along. */
static char *
clean(const char *path)
{
    struct buf out = {0};

    while (*path) {
        size_t len = strcspn(path, "/");

        if (len == 2 && path[0] == '.' && path[1] == '.') {
            while (out.len > 0 && out.ptr[--out.len] != '/')
                continue;
        } else if (len > 0 && !(len == 1 && path[0] == '.')) {
            xbuf_append(&out, "/", 1);
            xbuf_append(&out, path, len);
        }
        path += len;
        path += strspn(path, "/");
    }
    if (out.len == 0)
        xbuf_append(&out, "/", 1);
    return buf_take(&out);
}

char *
path_absolute(const char *path)
{
    char *here = NULL;
    char *joined;
    char *cleaned;

    if (path[0] == '/')
        return clean(path);
    here = getcwd(NULL, 0);
    /* A deleted working folder has no name; the root is as good as any. */
    joined = xasprintf("%s/%s", here ? here : "", path);
    cleaned = clean(joined);
    free(joined);
    free(here);
    return cleaned;
}

char *
path_relative(const char *root, const char *path)
{
    size_t len = strlen(root);

    if (len > 0 && root[len - 1] == '/')
        len--;
    if (strncmp(root, path, len) != 0)
        return NULL;
    if (path[len] == '\0' || (path[len] == '/' && path[len + 1] == '\0'))
        return xstrdup(".");
    if (path[len] != '/')
        return NULL;
    return xstrdup(path + len + 1);
}

const char *
path_base(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

char *
path_parent(const char *path)
{
    size_t len = strlen(path);

    while (len > 1 && path[len - 1] == '/')
        len--;
    while (len > 0 && path[len - 1] != '/')
        len--;
    while (len > 1 && path[len - 1] == '/')
        len--;
    return len ? xstrndup((struct str){path, len}) : xstrdup(".");
}

char *
path_partial(const char *path)
{
    const char *base = path_base(path);
    int folder_len = (int)(base - path);
    uint64_t random;

    random_bytes(&random, sizeof(random));
    /* Cut: the long name of the target must not make this one too long. */
    return xasprintf("%.*s.%.200s.partial-%016llx", folder_len, path, base,
                     (unsigned long long)random);
}

bool
path_is_partial(const char *name)
{
    static const char mark[] = ".partial-";
    const char *base = path_base(name);
    size_t len = strlen(base);
    size_t tail = sizeof(mark) - 1 + 16;

    return base[0] == '.' && len > tail &&
           memcmp(base + len - tail, mark, sizeof(mark) - 1) == 0 &&
           strspn(base + len - 16, "0123456789abcdef") == 16;
}

/* The user's home; caller frees. */
static char *
home(void)
{
    const char *set = getenv("HOME");
    struct passwd entry;
    struct passwd *found = NULL;
    char space[4096];

    if (set && set[0] == '/')
        return xstrdup(set);
    if (getpwuid_r(getuid(), &entry, space, sizeof(space), &found) == 0 &&
        found && found->pw_dir)
        return xstrdup(found->pw_dir);
    return xstrdup("/");
}

char *
path_xdg(const char *kind, const char *name)
{
    const char *variable = "XDG_CONFIG_HOME";
    const char *below_home = ".config";
    const char *set;
    char *folder;
    char *path;

    if (strcmp(kind, "config") != 0) {
        variable = "XDG_STATE_HOME";
        below_home = ".local/state";
    }
    set = getenv(variable);
    if (strcmp(kind, "runtime") == 0) {
        const char *runtime = getenv("XDG_RUNTIME_DIR");

        if (runtime && runtime[0] == '/')
            set = runtime;
    }
    if (set && set[0] == '/') { /* the XDG says: ignore relative ones */
        folder = path_join(set, "stet");
    } else {
        char *start = home();

        folder = xasprintf("%s/%s/stet", start, below_home);
        free(start);
    }
    path = path_join(folder, name);
    free(folder);
    return path;
}
