/* New shard files: seekable zstd, and rewritten shards in which everything
 * that was not edited keeps its bytes. */
#ifndef STET_SHARD_WRITER_H
#define STET_SHARD_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/shard.h"

/* Writes the zstd seekable format (facebook/zstd contrib/seekable_format):
 * independent frames of `frame_size` decompressed bytes with checksums, then
 * a seek table in a skippable frame. Any zstd tool reads the file. */
struct seekable_writer;
struct seekable_options {
    int level;         /* zstd level; 0: 1 */
    size_t frame_size; /* 0: 256 KiB */
};
/* Atomic: nothing is at `path` before the commit. */
enum err_code seekable_writer_open(struct seekable_writer **out,
                                   const char *path,
                                   const struct seekable_options *options,
                                   struct error *err);
enum err_code seekable_writer_write(struct seekable_writer *writer,
                                    const void *ptr, size_t len,
                                    struct error *err);
/* Publish; the handle is gone, also on failure. */
enum err_code seekable_writer_commit(struct seekable_writer *writer,
                                     struct error *err);
/* Publish after decoding what was written and comparing it with what was given;
 * unless `replace`, only where nothing is (ERR_EXISTS). `cancel` may be
 * NULL. */
enum err_code seekable_writer_commit_checked(struct seekable_writer *writer,
                                             bool replace, const int *cancel,
                                             struct error *err);
void seekable_writer_abort(struct seekable_writer *writer);

/* A shard as a seekable file with the same decompressed bytes, decoded and
 * compared before it gets its name. */
struct seekable_copy {
    const char *from; /* path, for messages when it is read from `fd` */
    int fd;           /* -1: open `from`; else owned, read to its end */
    const char *to;
    struct seekable_options options;
    struct shard_limits limits;
    bool stream;  /* from a pipe, whose writer may die: an empty input and one
                   * that ends within a record are refused (ERR_FORMAT) */
    bool replace; /* what is at `to` */
    const int *cancel;
    /* Called now and then with the compressed bytes read; NULL allowed. */
    void (*progress)(void *ctx, uint64_t bytes);
    void *ctx;
};
/* Fails: as shard_open and shard_next; ERR_EXISTS; nothing is at `to` then.
 * `info` (NULL allowed): what was read. */
enum err_code seekable_copy(const struct seekable_copy *job,
                            struct shard_info *info, struct error *err);

/* Replace decompressed bytes [offset, offset + length) by `bytes`. Sorted by
 * offset, not overlapping. */
struct splice {
    uint64_t offset;
    uint64_t length;
    struct str bytes;
};
struct rewrite_stats {
    uint64_t frames_copied, frames_written;
    uint64_t bytes_in, bytes_out;  /* file bytes */
    struct hash hash_in, hash_out; /* SHA-256 of the files */
};
struct rewrite_options {
    bool recode; /* make it `container`, if it is not */
    enum container container;
    int level;        /* 0: 3 for zstd, 6 for gzip */
    unsigned threads; /* that compress and hash beside the caller's */
    const int *cancel;
    /* File bytes of the input that were dealt with since the last call. */
    void (*progress)(void *ctx, uint64_t bytes);
    void *ctx;
};
/* Write `out_path` (atomic) = `in_path` with the splices applied; the same
 * container unless told. zstd: frames without a splice are copied compressed,
 * the smallest runs of whole frames around splices are re-encoded (checksums if
 * the frame had one; frames of 256 KiB to 1 MiB cut at line ends); a shard
 * that is re-encoded whole gets a seek table, another one if it had one,
 * without checksums if any frame was copied. gzip: members of 1 MiB. plain:
 * plain. The same bytes for any number of threads. Every new frame is decoded
 * again and compared, the file is read back before it gets its name.
 * `options` and `stats` may be NULL. The input is never opened for writing. */
enum err_code shard_rewrite(const char *in_path, const char *out_path,
                            const struct splice *splices, size_t count,
                            const struct rewrite_options *options,
                            struct rewrite_stats *stats, struct error *err);

/* A new JSON-lines shard, line by line. `container` as named; gzip members and
 * zstd frames of 256 KiB to 1 MiB. Atomic: nothing is at `path` before the
 * commit, after which the handle is gone, also on failure. */
struct lines_writer;
enum err_code lines_writer_open(struct lines_writer **out, const char *path,
                                enum container container, struct error *err);
enum err_code lines_writer_write(struct lines_writer *writer, struct str bytes,
                                 struct error *err);
enum err_code lines_writer_commit(struct lines_writer *writer,
                                  struct error *err);
void lines_writer_abort(struct lines_writer *writer); /* NULL allowed */

/* The same from whole lines (additions). */
enum err_code shard_write_lines(const char *path, enum container container,
                                struct str lines, struct error *err);

#endif
