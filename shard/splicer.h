/* Splices applied to a stream of decompressed bytes. */
#ifndef SHARD_SPLICER_H
#define SHARD_SPLICER_H

#include "stet/shard_writer.h"

struct splicer {
    const struct splice *splices;
    size_t count, next;
    uint64_t at;       /* offset of the next byte fed */
    uint64_t skip_end; /* bytes before it are replaced */
    shard_sink *sink;
    void *ctx;
};
/* ERR_FORMAT when the splices are not sorted or overlap. */
enum err_code splices_check(const struct splice *splices, size_t count,
                            struct error *err);
enum err_code splicer_feed(struct splicer *splicer, const char *ptr, size_t len,
                           struct error *err);
/* The stream has ended: insert what belongs there. ERR_FORMAT when a splice
 * lies past the end. */
enum err_code splicer_finish(struct splicer *splicer, struct error *err);

#endif
