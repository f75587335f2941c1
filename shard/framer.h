/* The writing side: bytes in, whole frames or members out. */
#ifndef SHARD_FRAMER_H
#define SHARD_FRAMER_H

#include "stet/shard.h"

#include "shard/seektable.h"

struct framer_options {
    enum container container; /* plain: bytes pass as they are */
    int level;
    bool checksum;    /* zstd */
    size_t min, max;  /* decompressed bytes of a frame; between them it is cut
                       * behind a line end */
    bool check;       /* decode every frame again and compare */
    unsigned threads; /* that compress beside the caller's; 0: it does */
};
/* Receives one frame, in order, on the caller's thread; entry.checksum is set
 * when it has one. */
typedef enum err_code framer_sink(void *ctx, struct str packed,
                                  struct seek_entry entry, struct error *err);

struct framer;
enum err_code framer_open(struct framer **out,
                          const struct framer_options *options,
                          framer_sink *sink, void *ctx, struct error *err);
void framer_close(struct framer *framer);
enum err_code framer_write(struct framer *framer, const void *ptr, size_t len,
                           struct error *err);
/* End the last frame; the sink has them all. More may be written, to a new
 * one. */
enum err_code framer_flush(struct framer *framer, struct error *err);
/* One frame without content. */
enum err_code framer_write_empty(struct framer *framer, struct error *err);
/* For the frames to come. */
void framer_set_checksum(struct framer *framer, bool checksum);

#endif
