/* Private to the rewriting of shards. */
#ifndef SHARD_REWRITE_H
#define SHARD_REWRITE_H

#include "stet/fileio.h"
#include "stet/shard_writer.h"

#include "shard/container.h"
#include "shard/framer.h"
#include "shard/rewrite_check.h"
#include "shard/splicer.h"

struct rewrite {
    const char *in_path;
    enum container container;
    const struct splice *splices;
    size_t count;
    const int *cancel;
    struct outfile *file;
    struct rewrite_check *check;
    struct hasher *expected; /* of the decompressed bytes as they should be */
    struct rewrite_stats stats;
};

enum err_code rewrite_cancelled(const struct rewrite *rewrite,
                                struct error *err);
/* Bytes of the new file. */
enum err_code rewrite_emit(struct rewrite *rewrite, struct str bytes,
                           struct error *err);
/* Feed a decoder's output to the splicer, to its end. */
enum err_code rewrite_decode(struct rewrite *rewrite, struct decoder *decoder,
                             struct splicer *splicer, struct error *err);
/* Write all of a zstd shard. */
enum err_code rewrite_zstd(struct rewrite *rewrite, struct error *err);

#endif
