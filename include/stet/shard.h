/* Source data: shards of JSON lines, plain, gzip or zstd, told apart by their
 * first bytes. Read in order, or at random through a frame map. Never written.
 */
#ifndef STET_SHARD_H
#define STET_SHARD_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"
#include "stet/hash.h"

enum container { CONTAINER_PLAIN, CONTAINER_GZIP, CONTAINER_ZSTD };
const char *container_name(enum container container);

struct shard_limits {
    uint64_t max_record;     /* bytes; default 64 MiB */
    unsigned max_window_log; /* zstd; default 27 */
    /* decompressed : compressed, counted once 64 MiB were decompressed, and
     * not for the skipped bytes of an over-long record; default 2,000 */
    uint64_t max_ratio;
};
extern const struct shard_limits shard_default_limits;

enum record_kind {
    RECORD_LINE,
    RECORD_BLANK,    /* nothing but white space */
    RECORD_TOO_LONG, /* over max_record: skipped; `length` says how long */
    RECORD_END
};
struct record {
    enum record_kind kind;
    struct str raw;    /* without line end (LF or CRLF) and BOM; borrowed
                        * until the next call */
    uint64_t number;   /* line, from 0 */
    uint64_t offset;   /* of raw in the decompressed bytes (after a BOM) */
    uint64_t length;   /* of the whole line without its line end */
    unsigned line_end; /* bytes: 0 (last line), 1 or 2 */
};

/* What reading showed; complete after RECORD_END. */
struct shard_info {
    enum container container;
    uint64_t bytes;        /* of the file */
    uint64_t decompressed; /* bytes */
    uint64_t frames;       /* zstd frames or gzip members with data */
    uint64_t lines, blank, crlf;
    bool bom;
    struct hash file_hash; /* SHA-256 of the file */
};

struct shard;

/* Open for reading in order. Threads: one handle per thread.
 * Fails: ERR_NOTFOUND, ERR_PERM, ERR_IO; ERR_FORMAT for UTF-16 and for binary
 * that is no JSON lines (said once, from the first bytes). */
enum err_code shard_open(struct shard **out, const char *path,
                         const struct shard_limits *limits, struct error *err);
/* From a descriptor that is read to its end (stdin). Owns fd. */
enum err_code shard_open_fd(struct shard **out, int fd, const char *name,
                            const struct shard_limits *limits,
                            struct error *err);
void shard_close(struct shard *shard);
/* The next line. ERR_FORMAT: the container is damaged or truncated here (the
 * records before it were given); ERR_LIMIT: ratio, window. After a failure
 * the shard is at its end. */
enum err_code shard_next(struct shard *shard, struct record *record,
                         struct error *err);
/* Called with all decompressed bytes in order, before they are split: the
 * tee to a seekable copy. A failure stops the reading. */
typedef enum err_code shard_sink(void *ctx, const void *ptr, size_t len,
                                 struct error *err);
void shard_set_tee(struct shard *shard, shard_sink *sink, void *ctx);
const struct shard_info *shard_info(const struct shard *shard);
/* Compressed bytes read so far: progress. */
uint64_t shard_position(const struct shard *shard);
void shard_set_cancel(struct shard *shard, const int *cancel);

/* Where frames begin, for random access. Frame i holds decompressed bytes
 * [out[i], out[i + 1]) in file bytes [in[i], in[i + 1]) (skippable frames
 * between them belong to the frame before). */
struct frame_map {
    enum container container;
    uint64_t *in, *out; /* frames + 1 each; plain: frames 0, both NULL */
    size_t frames;
};
void frame_map_release(struct frame_map *map);
/* The map of a file that can be read at random as it is: plain, or zstd whose
 * every frame states a content size of at most 1 MiB (read from the frame and
 * block headers, or from a seek table that agrees with them). *seekable says
 * whether it can; nothing is decompressed. */
enum err_code frame_map_scan(struct frame_map *map, const char *path,
                             bool *seekable, struct error *err);
/* The map of our own seekable copy, from its seek table. */
enum err_code frame_map_load_seekable(struct frame_map *map, const char *path,
                                      struct error *err);
/* Packed form kept in a partition. */
void frame_map_pack(const struct frame_map *map, struct buf *out);
enum err_code frame_map_unpack(struct frame_map *map, struct str packed,
                               struct error *err);

/* Random reads; the last few frames are cached. Threads: one per thread. */
struct shard_reader;
/* Takes over *map (which becomes empty). */
enum err_code shard_reader_open(struct shard_reader **out, const char *path,
                                struct frame_map *map, struct error *err);
void shard_reader_close(struct shard_reader *reader);
/* Append bytes [offset, offset + len) of the decompressed shard. Cost: the
 * frames that hold them. ERR_FORMAT: damaged, or shorter than that. */
enum err_code shard_reader_read(struct shard_reader *reader, uint64_t offset,
                                size_t len, struct buf *out, struct error *err);

#endif
