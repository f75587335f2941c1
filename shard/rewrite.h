/* Private to the rewriting of shards. */
#ifndef SHARD_REWRITE_H
#define SHARD_REWRITE_H

#include "stet/fileio.h"
#include "stet/shard_writer.h"

#include "shard/container.h"
#include "shard/framer.h"
#include "shard/splicer.h"

/* Bounds of the frames that are written. */
#define FRAME_MIN ((size_t)256 * 1024)
#define FRAME_MAX ((size_t)1 << 20)

struct rewrite {
    const char *in_path;
    enum container container; /* of the input */
    enum container to;        /* of the output */
    const struct splice *splices;
    size_t count;
    struct rewrite_options options;
    struct outfile *file;
    struct infile *in;      /* hashes all of the input */
    struct seektable table; /* of the new file */
    bool table_wanted;
    struct rewrite_stats stats;
};

enum err_code rewrite_cancelled(const struct rewrite *rewrite,
                                struct error *err);
void rewrite_progress(const struct rewrite *rewrite, uint64_t bytes);
/* The frames to come, as options and output say. */
struct framer_options rewrite_framing(const struct rewrite *rewrite);
/* Feed a decoder's output to the splicer, to its end. */
enum err_code rewrite_decode(struct rewrite *rewrite, struct decoder *decoder,
                             struct splicer *splicer, struct error *err);
/* Note a frame of the new file for its seek table. Sizes that do not fit it, or
 * a frame without a known checksum, cost the table or its checksums, not the
 * rewrite. */
void rewrite_note(struct rewrite *rewrite, uint64_t in, uint64_t out,
                  const uint32_t *checksum);
/* A framer_sink; the context is the rewrite. */
enum err_code rewrite_frame(void *ctx, struct str packed,
                            struct seek_entry entry, struct error *err);
/* The seek table, if there is to be one. */
enum err_code rewrite_table(struct rewrite *rewrite, struct error *err);

/* One stream from end to end: `in` is at the start. */
enum err_code rewrite_flat(struct rewrite *rewrite, struct error *err);
/* zstd to zstd. */
enum err_code rewrite_zstd(struct rewrite *rewrite, struct error *err);

/* Windows over 16 MiB are decoded one at a time in the whole process, so that
 * many threads need no more memory than one. */
void rewrite_hold_window(uint64_t window);
void rewrite_drop_window(uint64_t window);

#endif
