/* A shard's file as a forward window of bytes, hashed on the way. Never opens
 * for writing, and never waits on a fifo that was named as a shard. */
#include "config.h"

#include "shard/container.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define INFILE_SIZE ((size_t)256 * 1024)
#define INFILE_WANT_MAX ((size_t)64 * 1024)

enum err_code
file_open_regular(const char *path, int *fd, uint64_t *bytes, struct error *err)
{
    struct stat st;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (file < 0)
        return error_errno(err, errno, "cannot open");
    if (fstat(file, &st) != 0) {
        int saved = errno;

        close(file);
        return error_errno(err, saved, "cannot stat");
    }
    if (!S_ISREG(st.st_mode)) {
        close(file);
        return error_set(err, ERR_IO, "%s",
                         S_ISDIR(st.st_mode) ? "is a folder, not a file"
                                             : "is not a regular file");
    }
    *fd = file;
    *bytes = (uint64_t)st.st_size;
    return ERR_OK;
}

enum err_code
file_read_at(int fd, uint64_t offset, void *out, size_t len, struct error *err)
{
    size_t done = 0;

    while (done < len) {
        uint64_t at = offset + done;
        ssize_t got = pread(fd, (char *)out + done, len - done, (off_t)at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_errno(err, errno, "cannot read");
        if (got == 0)
            return error_set_at(err, ERR_FORMAT, at,
                                "the file ends at byte %llu, inside what was "
                                "to be read",
                                (unsigned long long)at);
        done += (size_t)got;
    }
    return ERR_OK;
}

enum err_code
infile_open_fd(struct infile *in, int fd, bool with_hash, struct error *err)
{
    *in = (struct infile){.fd = fd, .left = UINT64_MAX};
    in->buf = malloc(INFILE_SIZE);
    if (with_hash)
        in->hasher = hasher_new();
    if (!in->buf || (with_hash && !in->hasher)) {
        infile_close(in);
        return error_nomem(err);
    }
    return ERR_OK;
}

enum err_code
infile_open(struct infile *in, const char *path, bool with_hash,
            struct error *err)
{
    uint64_t bytes = 0;
    int fd = -1;
    enum err_code code = file_open_regular(path, &fd, &bytes, err);

    if (code)
        return code;
    return infile_open_fd(in, fd, with_hash, err);
}

enum err_code
infile_open_range(struct infile *in, const char *path, uint64_t start,
                  uint64_t end, struct error *err)
{
    enum err_code code = infile_open(in, path, false, err);

    if (code)
        return code;
    if (lseek(in->fd, (off_t)start, SEEK_SET) < 0) {
        int saved = errno;

        infile_close(in);
        return error_errno(err, saved, "cannot seek");
    }
    in->offset = start;
    in->left = end - start;
    return ERR_OK;
}

void
infile_hash_aside(struct infile *in)
{
    hasher_free(in->hasher);
    in->hasher = hasher_new_aside();
}

void
infile_close(struct infile *in)
{
    if (in->fd >= 0)
        close(in->fd);
    free(in->buf);
    hasher_free(in->hasher);
    *in = (struct infile){.fd = -1};
}

enum err_code
infile_fill(struct infile *in, size_t want, struct error *err)
{
    if (want > INFILE_WANT_MAX)
        want = INFILE_WANT_MAX;
    if (infile_unread(in) >= want || in->end)
        return ERR_OK;
    memmove(in->buf, in->buf + in->at, in->len - in->at);
    in->len -= in->at;
    in->at = 0;
    while (in->len < want && !in->end) {
        size_t space = INFILE_SIZE - in->len;
        ssize_t got;

        if (space > in->left)
            space = (size_t)in->left;
        got = space ? read(in->fd, in->buf + in->len, space) : 0;
        if (got < 0 && errno == EINTR && in->stream)
            return error_set(err, ERR_CANCELLED, "%s",
                             err_code_text(ERR_CANCELLED));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_errno(err, errno, "cannot read");
        if (in->hasher && got > 0)
            hasher_update(in->hasher, in->buf + in->len, (size_t)got);
        in->len += (size_t)got;
        if (in->left != UINT64_MAX)
            in->left -= (uint64_t)got;
        in->end = got == 0;
    }
    return ERR_OK;
}

enum err_code
infile_skip(struct infile *in, uint64_t len, uint64_t *skipped,
            struct error *err)
{
    uint64_t done = 0;

    while (done < len) {
        enum err_code code = infile_fill(in, 1, err);
        size_t part = infile_unread(in);

        if (code)
            return code;
        if (part == 0)
            break;
        if (part > len - done)
            part = (size_t)(len - done);
        infile_advance(in, part);
        done += part;
    }
    *skipped = done;
    return ERR_OK;
}

enum err_code
infile_only_zeros(struct infile *in, bool *yes, struct error *err)
{
    for (;;) {
        enum err_code code = infile_fill(in, 1, err);

        if (code)
            return code;
        if (infile_unread(in) == 0) {
            *yes = true;
            return ERR_OK;
        }
        while (in->at < in->len && in->buf[in->at] == 0)
            infile_advance(in, 1);
        if (in->at < in->len) {
            *yes = false;
            return ERR_OK;
        }
    }
}
