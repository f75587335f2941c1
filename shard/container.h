/* The reading side of shards, private to this folder: the file as bytes
 * (infile), and what turns them into decompressed bytes (decoder). */
#ifndef SHARD_CONTAINER_H
#define SHARD_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stet/buf.h"
#include "stet/hash.h"
#include "stet/shard.h"

/* A window of a file, moved forward. Unread bytes: buf[at .. len). */
struct infile {
    int fd;
    unsigned char *buf;
    size_t at, len;
    uint64_t offset;       /* of buf[at] in the file */
    uint64_t left;         /* bytes still to be read from fd; UINT64_MAX: all */
    bool end;              /* nothing is left behind buf[len] */
    bool stream;           /* a signal ends the reading: ERR_CANCELLED */
    struct hasher *hasher; /* of all bytes read, in order; NULL: none */
};

/* Takes over fd. */
enum err_code infile_open_fd(struct infile *in, int fd, bool with_hash,
                             struct error *err);
/* Regular files only. */
enum err_code infile_open(struct infile *in, const char *path, bool with_hash,
                          struct error *err);
/* Bytes [start, end) of the file. */
enum err_code infile_open_range(struct infile *in, const char *path,
                                uint64_t start, uint64_t end,
                                struct error *err);
/* Hash on a thread of its own: before the first byte. */
void infile_hash_aside(struct infile *in);
void infile_close(struct infile *in);
/* Make at least `want` (at most 64 KiB) unread bytes available, or all that
 * are left. */
enum err_code infile_fill(struct infile *in, size_t want, struct error *err);
static inline size_t
infile_unread(const struct infile *in)
{
    return in->len - in->at;
}
static inline const unsigned char *
infile_ptr(const struct infile *in)
{
    return in->buf + in->at;
}
static inline void
infile_advance(struct infile *in, size_t len)
{
    in->at += len;
    in->offset += len;
}
/* Skip bytes; *skipped is less than `len` at the end of the file. */
enum err_code infile_skip(struct infile *in, uint64_t len, uint64_t *skipped,
                          struct error *err);
/* Whether only zero bytes are left; reads up to the first other byte. */
enum err_code infile_only_zeros(struct infile *in, bool *yes,
                                struct error *err);
/* Open a regular file for reading. */
enum err_code file_open_regular(const char *path, int *fd, uint64_t *bytes,
                                struct error *err);
/* pread of exactly `len` bytes; ERR_FORMAT when the file ends before. */
enum err_code file_read_at(int fd, uint64_t offset, void *out, size_t len,
                           struct error *err);

/* One piece of a zstd file, in order and without gaps. */
enum frame_kind { FRAME_DATA, FRAME_SKIPPABLE, FRAME_PADDING };
struct frame {
    enum frame_kind kind;
    bool checksum;
    uint64_t in, in_end;   /* file bytes */
    uint64_t out, out_end; /* decompressed bytes */
    uint64_t window;       /* bytes that decoding needs; of data */
};
typedef enum err_code frame_hook(void *ctx, const struct frame *frame,
                                 struct error *err);

/* All pieces of a zstd file, by headers alone. *sized: every data frame states
 * its content's size, up to which decoding will hold it; else `out` and
 * `out_end` mean nothing from the first that does not. */
enum err_code frame_walk(const char *path, frame_hook *hook, void *ctx,
                         bool *sized, struct error *err);

struct decoder;
struct decoder_ops {
    enum container container;
    /* The next decompressed bytes, borrowed until the next call; an empty
     * chunk means the end. After an error the decoder is only closed. */
    enum err_code (*read)(struct decoder *decoder, struct str *chunk,
                          struct error *err);
    void (*close)(struct decoder *decoder);
};
/* First member of every decoder. */
struct decoder {
    const struct decoder_ops *ops;
    struct infile *in;
    uint64_t out;     /* decompressed bytes given */
    uint64_t frames;  /* with data */
    frame_hook *hook; /* zstd: told of every frame at its end; may be NULL */
    void *hook_ctx;
};
enum container container_sniff(struct str head);
/* Choose by the first bytes. Borrows `in`. */
enum err_code decoder_open(struct decoder **out, struct infile *in,
                           const struct shard_limits *limits,
                           struct error *err);
void decoder_close(struct decoder *decoder);
enum err_code plain_decoder_open(struct decoder **out, struct error *err);
enum err_code gzip_decoder_open(struct decoder **out, struct error *err);
enum err_code zstd_decoder_open(struct decoder **out, unsigned max_window_log,
                                struct error *err);

/* Refuse content that is no JSON lines, by its first bytes. */
enum err_code content_check(struct str head, enum container container,
                            struct error *err);

/* Splits decompressed bytes into lines. */
struct jsonl {
    struct buf carry; /* the part of a line that came in earlier chunks */
    uint64_t max_record;
    uint64_t length; /* of the pending line so far */
    uint64_t number; /* of the pending line */
    uint64_t start;  /* its offset */
    bool skipping;   /* over the limit: only counted */
    bool given;      /* carry was lent out by the last record */
    char last;       /* last byte of the pending line */
};
void jsonl_init(struct jsonl *jsonl, uint64_t max_record);
void jsonl_release(struct jsonl *jsonl);
/* Take bytes from the front of *chunk up to a line's end; *complete when a
 * record was filled. */
enum err_code jsonl_take(struct jsonl *jsonl, struct str *chunk,
                         struct record *record, bool *complete,
                         struct error *err);
/* The last line, when it has no line end; else RECORD_END. */
void jsonl_finish(struct jsonl *jsonl, struct record *record);

#endif
