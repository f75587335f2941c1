/* Files: whole reads, durable atomic writes, folders, locks, names. */
#ifndef STET_FILEIO_H
#define STET_FILEIO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "stet/buf.h"
#include "stet/hash.h"

/* Append a whole regular file of at most `max` bytes. Fails: ERR_LIMIT. */
enum err_code file_read(const char *path, size_t max, struct buf *out,
                        struct error *err);

/* A file that is absent or complete: temporary ".NAME.partial-RANDOM" beside
 * the target (O_EXCL, O_NOFOLLOW) -> write -> fsync -> re-read and compare the
 * hash -> rename -> fsync the folder. Never retries a failed fsync. The mode
 * is that of the file it replaces, else 0660 less the umask (which cli/ sets
 * to 077, or to 007 in a shared workspace). */
struct outfile;
enum err_code outfile_open(struct outfile **out, const char *path,
                           struct error *err);
/* Hash what will be written on a thread of its own: before the first byte. */
void outfile_hash_aside(struct outfile *file);
enum err_code outfile_write(struct outfile *file, const void *ptr, size_t len,
                            struct error *err);
uint64_t outfile_size(const struct outfile *file);
/* Publish. `verify`: re-read and compare. `hash` (NULL allowed): of the
 * content. The handle is gone afterwards, also on failure. */
enum err_code outfile_commit(struct outfile *file, bool verify,
                             struct hash *hash, struct error *err);
/* Publish after `check`, which is given a descriptor of the complete file, at
 * its start, to read it back. Unless `replace`, only where nothing is:
 * ERR_EXISTS. */
typedef enum err_code outfile_check(void *ctx, int fd, struct error *err);
enum err_code outfile_commit_checked(struct outfile *file, bool replace,
                                     outfile_check *check, void *ctx,
                                     struct error *err);
void outfile_abort(struct outfile *file); /* removes it; NULL allowed */
/* All at once. */
enum err_code file_write_atomic(const char *path, struct str content,
                                struct error *err);
/* The same, only where nothing is: ERR_EXISTS. */
enum err_code file_write_new(const char *path, struct str content,
                             struct error *err);

struct file_stat {
    uint64_t bytes;
    int64_t mtime_ns;
    uint64_t inode, device;
};
/* Regular files only: ERR_NOTFOUND, ERR_PERM, ERR_IO (folder, fifo). */
enum err_code file_stat(const char *path, struct file_stat *out,
                        struct error *err);
bool file_exists(const char *path);
bool file_is_folder(const char *path);
/* Bytes free for us on the file system of `path`. */
enum err_code file_free_space(const char *path, uint64_t *out,
                              struct error *err);
enum err_code file_sync_folder(const char *path, struct error *err);
/* fsync the folder that holds `path`. */
enum err_code file_sync_parent(const char *path, struct error *err);
/* ERR_UNAVAILABLE where locks and fsync are not to be relied upon: `path`, or
 * the folder it would be in, is on a network file system. */
enum err_code file_check_local(const char *path, struct error *err);
/* The decision behind it: the name of a network file system with this
 * statfs(2) magic, or NULL. `type` is the type in /proc/self/mountinfo, asked
 * for FUSE only ("fuse.sshfs"). */
const char *file_network_name(uint64_t magic, const char *type);
enum err_code file_hash(const char *path, struct hash *out, const int *cancel,
                        struct error *err);
/* mkdir -p; `mode` (less the umask) for those created. */
enum err_code folder_make(const char *path, mode_t mode, struct error *err);
/* rm -r; missing is fine. Does not follow links. */
enum err_code folder_remove(const char *path, struct error *err);
/* Regular file names under `path` sorted by bytes; recursively when asked
 * (then relative paths). Links to files count, links to folders are not
 * followed. Caller frees with names_free. */
struct names {
    char **names;
    size_t count;
};
enum err_code folder_list(const char *path, bool recursive, struct names *out,
                          struct error *err);
/* The folders right under `path`, sorted, links to folders among them. */
enum err_code folder_list_folders(const char *path, struct names *out,
                                  struct error *err);
void names_free(struct names *names);

/* flock on a file that is created when missing. `wait` false: ERR_BUSY.
 * ERR_CANCELLED when a signal ends the waiting. Held until the descriptor is
 * closed. */
enum err_code file_lock(const char *path, bool exclusive, bool wait, int *fd,
                        struct error *err);

/* "a/b" joined; absolute and cleaned paths; caller frees. */
char *path_join(const char *folder, const char *name);
char *path_absolute(const char *path); /* no link resolution */
/* `path` below `root`: relative path (caller frees), else NULL. Both absolute
 * and clean. */
char *path_relative(const char *root, const char *path);
const char *path_base(const char *path); /* borrows */
char *path_parent(const char *path);     /* "." for a bare name */
/* A name for a temporary file beside `path`, as outfile uses. */
char *path_partial(const char *path);
/* Whether the name is one of path_partial's: litter, once its writer is
 * known to be gone. */
bool path_is_partial(const char *name);
/* XDG's folder for stet, or `name` in it ("" for the folder): kind "config",
 * "state" or "runtime" (state's folder where there is none). Caller frees. */
char *path_xdg(const char *kind, const char *name);

/* Now: UTC microseconds since 1970. STET_TEST_NOW overrides it in tests
 * (set by cli/ through time_set). */
int64_t time_now_us(void);
void time_set_us(int64_t fixed); /* 0: the real clock */
int64_t time_monotonic_us(void);
/* RFC 3339 UTC, "2026-11-20T10:41:07.123456Z". */
#define TIME_TEXT_SIZE 32
void time_format(int64_t us, char text[TIME_TEXT_SIZE]);
/* RFC 3339; also without a zone, or a bare date: then local time. */
bool time_parse(struct str text, int64_t *us);

#endif
