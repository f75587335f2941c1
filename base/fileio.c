/* Reading, measuring, hashing and locking files. Whatever a path names, a
 * fifo or a device is never opened: that could block or act. */
#include "config.h"

#include "stet/fileio.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "stet/pool.h"
#include "stet/xalloc.h"

#define READ_SIZE ((size_t)256 << 10)

static enum err_code
check_regular(const char *path, const struct stat *stat, struct error *err)
{
    if (S_ISREG(stat->st_mode))
        return ERR_OK;
    return error_set(err, ERR_IO, "%s: %s, not a regular file", path,
                     S_ISDIR(stat->st_mode) ? "a folder" : "special");
}

/* Asked before and after: the name may change its meaning in between, and
 * O_NONBLOCK keeps even that from hanging. */
static enum err_code
open_regular(const char *path, int *out, struct stat *stat_out,
             struct error *err)
{
    enum err_code code;
    int fd;

    if (stat(path, stat_out) != 0)
        return error_errno(err, errno, path);
    code = check_regular(path, stat_out, err);
    if (code != ERR_OK)
        return code;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return error_errno(err, errno, path);
    if (fstat(fd, stat_out) != 0)
        code = error_errno(err, errno, path);
    else
        code = check_regular(path, stat_out, err);
    if (code == ERR_OK)
        *out = fd;
    else
        close(fd);
    return code;
}

/* Up to `len` bytes; 0 at the end. */
static enum err_code
read_some(int fd, const char *path, char *out, size_t len, size_t *got,
          struct error *err)
{
    ssize_t count;

    do
        count = read(fd, out, len);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return error_errno(err, errno, path);
    *got = (size_t)count;
    return ERR_OK;
}

enum err_code
file_read(const char *path, size_t max, struct buf *out, struct error *err)
{
    struct stat stat;
    enum err_code code;
    size_t start = out->len;
    int fd = -1;

    code = open_regular(path, &fd, &stat, err);
    if (code != ERR_OK)
        return code;
    if ((uint64_t)stat.st_size > max)
        goto limit;
    /* The size is a hint: files of /proc say 0, others may grow. */
    code = buf_reserve(out, (size_t)stat.st_size, err);
    while (code == ERR_OK) {
        char space[4096];
        size_t got = 0;

        code = read_some(fd, path, space, sizeof(space), &got, err);
        if (code != ERR_OK || got == 0)
            break;
        if (got > max - (out->len - start))
            goto limit;
        code = buf_append(out, space, got, err);
    }
    goto out;
limit:
    code = error_set(err, ERR_LIMIT, "%s: larger than %zu bytes", path, max);
out:
    if (code != ERR_OK)
        out->len = start;
    close(fd);
    return code;
}

enum err_code
file_hash(const char *path, struct hash *out, const int *cancel,
          struct error *err)
{
    struct hasher *hasher = NULL;
    char *space = NULL;
    struct stat stat;
    enum err_code code;
    size_t got = 0;
    int fd = -1;

    code = open_regular(path, &fd, &stat, err);
    if (code != ERR_OK)
        return code;
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    space = xmalloc(READ_SIZE);
    hasher = hasher_new();
    do {
        if (cancel_is_set(cancel)) {
            code = error_set(err, ERR_CANCELLED, "%s",
                             err_code_text(ERR_CANCELLED));
            break;
        }
        code = read_some(fd, path, space, READ_SIZE, &got, err);
        if (code == ERR_OK)
            hasher_update(hasher, space, got);
    } while (code == ERR_OK && got > 0);
    if (code == ERR_OK)
        *out = hasher_take(hasher);
    hasher_free(hasher);
    free(space);
    close(fd);
    return code;
}

enum err_code
file_stat(const char *path, struct file_stat *out, struct error *err)
{
    struct stat found;
    enum err_code code;

    if (stat(path, &found) != 0)
        return error_errno(err, errno, path);
    code = check_regular(path, &found, err);
    if (code != ERR_OK)
        return code;
    out->bytes = (uint64_t)found.st_size;
    out->mtime_ns =
        (int64_t)found.st_mtim.tv_sec * 1000000000 + found.st_mtim.tv_nsec;
    out->inode = found.st_ino;
    out->device = found.st_dev;
    return ERR_OK;
}

bool
file_exists(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0;
}

bool
file_is_folder(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

enum err_code
file_free_space(const char *path, uint64_t *out, struct error *err)
{
    struct statvfs found;

    if (statvfs(path, &found) != 0)
        return error_errno(err, errno, path);
    *out = (uint64_t)found.f_bavail * found.f_frsize;
    return ERR_OK;
}

enum err_code
file_lock(const char *path, bool exclusive, bool wait, int *fd,
          struct error *err)
{
    int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    int operation = (exclusive ? LOCK_EX : LOCK_SH) | (wait ? 0 : LOCK_NB);
    enum err_code code = ERR_OK;
    int opened = open(path, O_RDWR | O_CREAT | flags, 0660);

    if (opened < 0 && !exclusive && (errno == EACCES || errno == EROFS))
        opened = open(path, O_RDONLY | flags);
    if (opened < 0)
        return error_errno(err, errno, path);
    if (flock(opened, operation) == 0) {
        *fd = opened;
        return ERR_OK;
    }
    if (errno == EWOULDBLOCK)
        code = error_set(err, ERR_BUSY, "%s: locked by another process", path);
    else if (errno == EINTR)
        code =
            error_set(err, ERR_CANCELLED, "%s", err_code_text(ERR_CANCELLED));
    else
        code = error_errno(err, errno, path);
    close(opened);
    return code;
}

/* 9p is not among them: it brings a host's folders into its own virtual
 * machines and containers, where there is nothing else. */
static const struct {
    uint64_t magic;
    const char *name;
} network_magics[] = {
    {0x6969, "NFS"},        {0x517B, "SMB"},        {0xFF534D42, "CIFS"},
    {0xFE534D42, "SMB2"},   {0x0BD00BD0, "Lustre"}, {0x00C36400, "Ceph"},
    {0x5346414F, "AFS"},    {0x6B414653, "AFS"},    {0x01161970, "GFS2"},
    {0x7461636F, "OCFS2"},  {0x47504653, "GPFS"},   {0x73757245, "Coda"},
    {0x19830326, "BeeGFS"}, {0xAAD7AAEA, "PanFS"},  {0x20030528, "OrangeFS"},
    {0x564C, "NCP"},
};

static const char *const network_fuse_types[] = {
    "fuse.sshfs",         "fuse.s3fs",      "fuse.rclone",    "fuse.glusterfs",
    "fuse.gcsfuse",       "fuse.davfs2",    "fuse.curlftpfs", "fuse.juicefs",
    "fuse.goofys",        "fuse.ceph",      "fuse.ceph-fuse", "fuse.mfs",
    "fuse.moosefs",       "fuse.seaweedfs", "fuse.smbnetfs",  "fuse.mount-s3",
    "fuse.mountpoint-s3", "fuse.blobfuse",  "fuse.blobfuse2",
};

#define FUSE_MAGIC 0x65735546

const char *
file_network_name(uint64_t magic, const char *type)
{
    for (size_t i = 0; i < sizeof(network_magics) / sizeof(network_magics[0]);
         i++)
        if (network_magics[i].magic == magic)
            return network_magics[i].name;
    if (magic != FUSE_MAGIC || !type)
        return NULL;
    for (size_t i = 0;
         i < sizeof(network_fuse_types) / sizeof(network_fuse_types[0]); i++)
        if (strcmp(network_fuse_types[i], type) == 0)
            return network_fuse_types[i];
    return NULL;
}

/* A line of mountinfo: two numbers, then MAJOR:MINOR. */
static bool
is_mount_of(const char *line, dev_t device)
{
    char *end = NULL;
    unsigned long number;

    for (int word = 0; word < 2; word++) {
        line = strchr(line, ' ');
        if (!line)
            return false;
        line++;
    }
    number = strtoul(line, &end, 10);
    return end != line && *end == ':' && number == major(device) &&
           strtoul(end + 1, NULL, 10) == minor(device);
}

/* The type of the mounted file system with this device; empty when unknown.
 * A line: id parent major:minor root point options [more]... - type source */
static void
type_of_device(dev_t device, char *type, size_t size)
{
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    char *line = NULL;
    size_t cap = 0;

    type[0] = '\0';
    while (mounts && getline(&line, &cap, mounts) > 0) {
        const char *dash = strstr(line, " - ");
        size_t len;

        if (!dash || !is_mount_of(line, device))
            continue;
        dash += 3;
        len = strcspn(dash, " \n");
        if (len < size) {
            memcpy(type, dash, len);
            type[len] = '\0';
        }
        break;
    }
    free(line);
    if (mounts)
        (void)fclose(mounts);
}

enum err_code
file_check_local(const char *path, struct error *err)
{
    char *parent = path_parent(path);
    struct statfs found;
    struct stat place;
    char type[64] = "";
    const char *name;
    enum err_code code = ERR_OK;

    if ((statfs(path, &found) != 0 && statfs(parent, &found) != 0) ||
        (stat(path, &place) != 0 && stat(parent, &place) != 0)) {
        code = error_errno(err, errno, path);
        goto out;
    }
    if ((uint32_t)found.f_type == FUSE_MAGIC)
        type_of_device(place.st_dev, type, sizeof(type));
    name = file_network_name((uint32_t)found.f_type, type);
    if (name)
        code = error_set(err, ERR_UNAVAILABLE,
                         "%s: on a network file system (%s), where locks and "
                         "syncs are not reliable: keep the store on a local "
                         "disk",
                         path, name);
out:
    free(parent);
    return code;
}
