/* Files: whole reads, durable atomic writes, folders, locks, names. */
#ifndef STET_FILEIO_H
#define STET_FILEIO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "stet/buf.h"
#include "stet/hash.h"

/* Read a whole regular file of at most `max` bytes. */
enum err_code file_read(const char *path, size_t max, struct buf *out,
                        struct error *err);

/* A file that is absent or complete: temporary beside the target (O_EXCL,
 * O_NOFOLLOW, 0600) -> write -> fsync -> re-read and compare the hash ->
 * rename -> fsync the folder. Never retries a failed fsync. */
struct outfile;
enum err_code outfile_open(struct outfile **out, const char *path,
                           struct error *err);
enum err_code outfile_write(struct outfile *file, const void *ptr, size_t len,
                            struct error *err);
uint64_t outfile_size(const struct outfile *file);
/* Publish. `verify`: re-read and compare. `hash` (NULL allowed): of the
 * content. The handle is gone afterwards, also on failure. */
enum err_code outfile_commit(struct outfile *file, bool verify,
                             struct hash *hash, struct error *err);
void outfile_abort(struct outfile *file); /* removes it; NULL allowed */
/* All at once. */
enum err_code file_write_atomic(const char *path, struct str content,
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
enum err_code file_hash(const char *path, struct hash *out, const int *cancel,
                        struct error *err);
/* mkdir -p with the given mode for the last ones created. */
enum err_code folder_make(const char *path, mode_t mode, struct error *err);
/* rm -r; missing is fine. Does not follow links. */
enum err_code folder_remove(const char *path, struct error *err);
/* Sorted regular file names (not paths) under `path`, recursively when asked
 * (then relative paths). Caller frees with names_free. */
struct names {
    char **names;
    size_t count;
};
enum err_code folder_list(const char *path, bool recursive, struct names *out,
                          struct error *err);
void names_free(struct names *names);

/* flock on a file that is created when missing. `wait` false: ERR_BUSY.
 * The lock is held until the descriptor is closed. */
enum err_code file_lock(const char *path, bool exclusive, bool wait, int *fd,
                        struct error *err);

/* "a/b" joined; absolute and cleaned paths; caller frees. */
char *path_join(const char *folder, const char *name);
char *path_absolute(const char *path); /* no link resolution */
/* `path` below `root`: relative path (caller frees), else NULL. Both absolute
 * and clean. */
char *path_relative(const char *root, const char *path);
const char *path_base(const char *path); /* borrows */
/* XDG: kind "config" | "state" | "runtime"; caller frees. */
char *path_xdg(const char *kind, const char *name);

/* Now: UTC microseconds since 1970. STET_TEST_NOW overrides it in tests
 * (set by cli/ through time_set). */
int64_t time_now_us(void);
void time_set_us(int64_t fixed); /* 0: the real clock */
int64_t time_monotonic_us(void);
/* RFC 3339 UTC, "2026-11-20T10:41:07.123456Z". */
#define TIME_TEXT_SIZE 32
void time_format(int64_t us, char text[TIME_TEXT_SIZE]);
bool time_parse(struct str text, int64_t *us); /* also a bare date, local */

#endif
