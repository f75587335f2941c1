/* Compresses one frame or member at a time, and reads back what it made. One
 * for each thread. */
#ifndef SHARD_PACKER_H
#define SHARD_PACKER_H

#include "stet/shard.h"

#include "shard/seektable.h"

struct packing {
    enum container container;
    int level;
    bool checksum; /* zstd */
    bool check;    /* decode it again and compare */
    size_t max;    /* bytes of content, at most */
};

struct packer;
enum err_code packer_open(struct packer **out, const struct packing *packing,
                          struct error *err);
void packer_close(struct packer *packer); /* NULL allowed */
/* Replace *packed by the content as one frame; entry.checksum is set when it
 * has one. ERR_IO: it does not read back as the content. */
enum err_code packer_pack(struct packer *packer, struct str content,
                          bool checksum, struct buf *packed,
                          struct seek_entry *entry, struct error *err);

#endif
