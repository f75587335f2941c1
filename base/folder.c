/* Folders: make, list, remove, sync. Walks go from descriptor to descriptor
 * and never through a link, so nobody can lead them astray meanwhile. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stet/fileio.h"
#include "stet/xalloc.h"

#define DEPTH_MAX 128

enum err_code
file_sync_folder(const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err_code code = ERR_OK;

    if (fd < 0)
        return error_errno(err, errno, path);
    /* Some file systems cannot sync a folder and say EINVAL. */
    if (fsync(fd) != 0 && errno != EINVAL)
        code = error_errno(err, errno, path);
    close(fd);
    return code;
}

enum err_code
file_sync_parent(const char *path, struct error *err)
{
    char *parent = path_parent(path);
    enum err_code code = file_sync_folder(parent, err);

    free(parent);
    return code;
}

enum err_code
folder_make(const char *path, mode_t mode, struct error *err)
{
    enum err_code code = ERR_OK;
    char *parent;

    if (mkdir(path, mode) == 0)
        return ERR_OK;
    if (errno == EEXIST && file_is_folder(path))
        return ERR_OK;
    if (errno != ENOENT)
        return error_errno(err, errno, path);
    parent = path_parent(path);
    /* A parent that is there was made meanwhile, or it is hopeless: the second
     * try tells. */
    if (strcmp(parent, path) == 0)
        code = error_errno(err, ENOENT, path);
    else if (!file_exists(parent))
        code = folder_make(parent, mode, err);
    free(parent);
    if (code == ERR_OK && mkdir(path, mode) != 0 &&
        !(errno == EEXIST && file_is_folder(path)))
        code = error_errno(err, errno, path);
    return code;
}

static bool
is_dots(const char *name)
{
    return name[0] == '.' &&
           (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* A stream over `fd`, which it owns from now on, also on failure. */
static enum err_code
open_stream(int fd, const char *path, DIR **out, struct error *err)
{
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    int errnum = errno;

    if (!stream) {
        if (fd >= 0)
            close(fd);
        return error_errno(err, errnum, path);
    }
    *out = stream;
    return ERR_OK;
}

/* The next entry but "." and ".."; NULL at the end. */
static enum err_code
next_entry(DIR *stream, const char *path, const struct dirent **out,
           struct error *err)
{
    do {
        errno = 0;
        *out = readdir(stream);
    } while (*out && is_dots((*out)->d_name));
    if (!*out && errno)
        return error_errno(err, errno, path);
    return ERR_OK;
}

static enum err_code
remove_content(int fd, const char *path, unsigned depth, struct error *err)
{
    DIR *stream = NULL;
    const struct dirent *entry = NULL;
    enum err_code code = open_stream(fd, path, &stream, err);

    if (code != ERR_OK)
        return code;
    if (depth == 0)
        code = error_set(err, ERR_LIMIT, "%s: folders nested deeper than %d",
                         path, DEPTH_MAX);
    while (code == ERR_OK) {
        const char *name;
        char *below;

        code = next_entry(stream, path, &entry, err);
        if (code != ERR_OK || !entry)
            break;
        name = entry->d_name;
        if (unlinkat(dirfd(stream), name, 0) == 0 || errno == ENOENT)
            continue;
        below = path_join(path, name);
        if (errno != EISDIR && errno != EPERM)
            code = error_errno(err, errno, below);
        else
            code = remove_content(
                openat(dirfd(stream), name,
                       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                below, depth - 1, err);
        if (code == ERR_OK &&
            unlinkat(dirfd(stream), name, AT_REMOVEDIR) != 0 && errno != ENOENT)
            code = error_errno(err, errno, below);
        free(below);
    }
    closedir(stream);
    return code;
}

enum err_code
folder_remove(const char *path, struct error *err)
{
    enum err_code code;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT)
        return ERR_OK;
    code = remove_content(fd, path, DEPTH_MAX, err);
    if (code == ERR_OK && rmdir(path) != 0 && errno != ENOENT)
        code = error_errno(err, errno, path);
    return code;
}

struct listing {
    struct names *names;
    size_t cap;
    bool recursive;
    bool folders; /* instead of files */
};

static void
add_name(struct listing *listing, char *name)
{
    struct names *names = listing->names;

    if (names->count == listing->cap) {
        listing->cap = listing->cap ? listing->cap * 2 : 32;
        names->names =
            xreallocarray(names->names, listing->cap, sizeof(char *));
    }
    names->names[names->count++] = name;
}

/* `prefix`: the relative path of the folder behind `fd`, "" at the top. */
static enum err_code
list_content(int fd, const char *prefix, unsigned depth,
             struct listing *listing, struct error *err)
{
    DIR *stream = NULL;
    const struct dirent *entry = NULL;
    enum err_code code = open_stream(fd, *prefix ? prefix : ".", &stream, err);

    if (code != ERR_OK)
        return code;
    if (depth == 0)
        code = error_set(err, ERR_LIMIT, "%s: folders nested deeper than %d",
                         prefix, DEPTH_MAX);
    while (code == ERR_OK) {
        struct stat stat;
        char *name;

        code = next_entry(stream, prefix, &entry, err);
        if (code != ERR_OK || !entry)
            break;
        if (fstatat(dirfd(stream), entry->d_name, &stat, 0) != 0)
            continue; /* a dangling link, or gone */
        name = path_join(prefix, entry->d_name);
        if (listing->folders ? S_ISDIR(stat.st_mode) : S_ISREG(stat.st_mode)) {
            add_name(listing, name);
            continue;
        }
        if (S_ISDIR(stat.st_mode) && listing->recursive) {
            int below = openat(dirfd(stream), entry->d_name,
                               O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

            if (below >= 0 || (errno != ELOOP && errno != ENOTDIR))
                code = list_content(below, name, depth - 1, listing, err);
        }
        free(name);
    }
    closedir(stream);
    return code;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum err_code
list(const char *path, bool recursive, bool folders, struct names *out,
     struct error *err)
{
    struct names names = {NULL, 0};
    struct listing listing = {&names, 0, recursive, folders};
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err_code code;

    if (fd < 0)
        return error_errno(err, errno, path);
    code = list_content(fd, "", DEPTH_MAX, &listing, err);
    if (code != ERR_OK) {
        names_free(&names);
        return error_wrap(err, "%s", path);
    }
    if (names.count)
        qsort(names.names, names.count, sizeof(char *), compare_names);
    *out = names;
    return ERR_OK;
}

enum err_code
folder_list(const char *path, bool recursive, struct names *out,
            struct error *err)
{
    return list(path, recursive, false, out, err);
}

enum err_code
folder_list_folders(const char *path, struct names *out, struct error *err)
{
    return list(path, false, true, out, err);
}

void
names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i]);
    free(names->names);
    names->names = NULL;
    names->count = 0;
}
