/* The seek table of the zstd seekable format: the last skippable frame of a
 * file says how large every frame is, compressed and not. */
#ifndef SHARD_SEEKTABLE_H
#define SHARD_SEEKTABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"

#define SEEKTABLE_FRAMES_MAX 0x8000000u /* of the format */

/* One frame. */
struct seek_entry {
    uint32_t in, out;  /* bytes of the frame in the file, decompressed */
    uint32_t checksum; /* XXH64 of the content, low half */
};
struct seektable {
    struct seek_entry *entries;
    size_t count;
    size_t cap;
    uint64_t frames_end; /* file offset of the table's own frame */
    bool has_checksums;
};
void seektable_release(struct seektable *table);
enum err_code seektable_add(struct seektable *table, struct seek_entry entry,
                            struct error *err);
/* Read the table at the end of a file. *found is false when there is none.
 * ERR_FORMAT: there is one, but its sizes do not fit the file. */
enum err_code seektable_read(struct seektable *table, int fd, uint64_t bytes,
                             bool *found, struct error *err);
/* Append the skippable frame. */
enum err_code seektable_format(const struct seektable *table, struct buf *out,
                               struct error *err);

#endif
