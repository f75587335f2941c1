/* Files that are absent or complete. Everything goes through a descriptor of
 * the folder, so that a folder renamed meanwhile changes nothing. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stet/fileio.h"
#include "stet/xalloc.h"

#define BUFFER_SIZE ((size_t)64 << 10)

struct outfile {
    char *path;    /* for messages */
    char *partial; /* name in the folder */
    int folder;
    int fd;
    uint64_t size;
    struct hasher *hasher;
    char *space; /* BUFFER_SIZE bytes not written yet */
    size_t used;
    int errnum; /* of the first failed write: the file is lost then */
};

static void
free_outfile(struct outfile *file)
{
    if (file->fd >= 0)
        close(file->fd);
    if (file->partial && file->folder >= 0)
        unlinkat(file->folder, file->partial, 0);
    if (file->folder >= 0)
        close(file->folder);
    hasher_free(file->hasher);
    free(file->space);
    free(file->partial);
    free(file->path);
    free(file);
}

enum err_code
outfile_open(struct outfile **out, const char *path, struct error *err)
{
    struct outfile *file = xcalloc(1, sizeof(*file));
    char *parent = path_parent(path);
    char *partial = path_partial(path);
    enum err_code code = ERR_OK;

    file->fd = -1;
    file->path = xstrdup(path);
    file->folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file->folder < 0) {
        code = error_errno(err, errno, parent);
        goto out;
    }
    file->fd = openat(file->folder, path_base(partial),
                      O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0660);
    if (file->fd < 0) {
        code = error_errno(err, errno, path);
        goto out;
    }
    file->partial = xstrdup(path_base(partial));
    file->hasher = hasher_new();
    file->space = xmalloc(BUFFER_SIZE);
    *out = file;
    file = NULL;
out:
    if (file)
        free_outfile(file);
    free(parent);
    free(partial);
    return code;
}

void
outfile_hash_aside(struct outfile *file)
{
    hasher_free(file->hasher);
    file->hasher = hasher_new_aside();
}

static enum err_code
write_all(struct outfile *file, const char *ptr, size_t len, struct error *err)
{
    while (len > 0) {
        ssize_t count = write(file->fd, ptr, len);

        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            file->errnum = count < 0 ? errno : EIO;
            return error_errno(err, file->errnum, file->path);
        }
        ptr += count;
        len -= (size_t)count;
    }
    return ERR_OK;
}

static enum err_code
flush(struct outfile *file, struct error *err)
{
    enum err_code code;

    if (file->errnum)
        return error_errno(err, file->errnum, file->path);
    code = write_all(file, file->space, file->used, err);
    file->used = 0;
    return code;
}

enum err_code
outfile_write(struct outfile *file, const void *ptr, size_t len,
              struct error *err)
{
    enum err_code code = ERR_OK;

    if (len == 0)
        return ERR_OK;
    if (file->errnum)
        return error_errno(err, file->errnum, file->path);
    if (len > BUFFER_SIZE - file->used)
        code = flush(file, err);
    if (code != ERR_OK)
        return code;
    if (len >= BUFFER_SIZE) {
        code = write_all(file, ptr, len, err);
    } else {
        memcpy(file->space + file->used, ptr, len);
        file->used += len;
    }
    if (code != ERR_OK)
        return code;
    hasher_update(file->hasher, ptr, len);
    file->size += len;
    return ERR_OK;
}

uint64_t
outfile_size(const struct outfile *file)
{
    return file->size;
}

/* What the disk gives back must be what was written. Dropping the cached
 * pages first makes it likely that the disk is asked. */
static enum err_code
verify_content(struct outfile *file, const struct hash *expected,
               struct error *err)
{
    struct hash found;
    uint64_t at = 0;

    (void)posix_fadvise(file->fd, 0, 0, POSIX_FADV_DONTNEED);
    for (;;) {
        ssize_t count = pread(file->fd, file->space, BUFFER_SIZE, (off_t)at);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return error_errno(err, errno, file->path);
        if (count == 0)
            break;
        hasher_update(file->hasher, file->space, (size_t)count);
        at += (uint64_t)count;
    }
    found = hasher_take(file->hasher);
    if (at != file->size || !hash_equal(&found, expected))
        return error_set(err, ERR_IO,
                         "%s: reads back differently from what was written",
                         file->path);
    return ERR_OK;
}

static enum err_code
sync_content(struct outfile *file, struct error *err)
{
    const char *name = path_base(file->path);
    struct stat replaced;

    if (fstatat(file->folder, name, &replaced, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(replaced.st_mode) &&
        fchmod(file->fd, replaced.st_mode & 0777) != 0)
        return error_errno(err, errno, file->path);
    if (fsync(file->fd) != 0)
        return error_errno(err, errno, file->path);
    return ERR_OK;
}

/* Some file systems cannot sync a folder and say EINVAL. */
static enum err_code
sync_folder(struct outfile *file, struct error *err)
{
    if (fsync(file->folder) != 0 && errno != EINVAL)
        return error_errno(err, errno, file->path);
    return ERR_OK;
}

static enum err_code
rename_file(struct outfile *file, bool replace, struct error *err)
{
    const char *name = path_base(file->path);
    unsigned flags = replace ? 0 : RENAME_NOREPLACE;
    struct stat there;
    int failed =
        renameat2(file->folder, file->partial, file->folder, name, flags);

    if (failed != 0 && flags && (errno == EINVAL || errno == ENOSYS)) {
        /* This file system cannot do both at once. */
        if (fstatat(file->folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0)
            return error_errno(err, EEXIST, file->path);
        failed = renameat(file->folder, file->partial, file->folder, name);
    }
    if (failed != 0)
        return error_errno(err, errno, file->path);
    free(file->partial);
    file->partial = NULL;
    return ERR_OK;
}

enum err_code
outfile_commit(struct outfile *file, bool verify, struct hash *hash,
               struct error *err)
{
    struct hash content;
    enum err_code code = flush(file, err);

    if (code == ERR_OK)
        code = sync_content(file, err);
    if (code != ERR_OK)
        goto out;
    content = hasher_take(file->hasher);
    if (verify)
        code = verify_content(file, &content, err);
    if (code == ERR_OK)
        code = rename_file(file, true, err);
    if (code == ERR_OK)
        code = sync_folder(file, err);
    if (code == ERR_OK && hash)
        *hash = content;
out:
    free_outfile(file);
    return code;
}

enum err_code
outfile_commit_checked(struct outfile *file, bool replace, outfile_check *check,
                       void *ctx, struct error *err)
{
    enum err_code code = flush(file, err);

    if (code == ERR_OK)
        code = sync_content(file, err);
    if (code == ERR_OK && lseek(file->fd, 0, SEEK_SET) != 0)
        code = error_errno(err, errno, file->path);
    (void)posix_fadvise(file->fd, 0, 0, POSIX_FADV_DONTNEED);
    if (code == ERR_OK)
        code = check(ctx, file->fd, err);
    if (code == ERR_OK)
        code = rename_file(file, replace, err);
    if (code == ERR_OK)
        code = sync_folder(file, err);
    free_outfile(file);
    return code;
}

void
outfile_abort(struct outfile *file)
{
    if (file)
        free_outfile(file);
}

enum err_code
file_write_atomic(const char *path, struct str content, struct error *err)
{
    struct outfile *file = NULL;
    enum err_code code = outfile_open(&file, path, err);

    if (code != ERR_OK)
        return code;
    code = outfile_write(file, content.ptr, content.len, err);
    if (code == ERR_OK)
        return outfile_commit(file, false, NULL, err);
    outfile_abort(file);
    return code;
}

static enum err_code
accept_any(void *ctx, int fd, struct error *err)
{
    (void)ctx;
    (void)fd;
    (void)err;
    return ERR_OK;
}

enum err_code
file_write_new(const char *path, struct str content, struct error *err)
{
    struct outfile *file = NULL;
    enum err_code code = outfile_open(&file, path, err);

    if (code != ERR_OK)
        return code;
    code = outfile_write(file, content.ptr, content.len, err);
    if (code == ERR_OK)
        return outfile_commit_checked(file, false, accept_any, NULL, err);
    outfile_abort(file);
    return code;
}
