/* For tests of shards: files in every layout, built and decoded by the
 * libraries alone, so that the code under test is not its own judge. */
#ifndef TESTS_SHARD_BUILD_H
#define TESTS_SHARD_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"
#include "stet/shard.h"

/* A seeded generator; the seed is printed, STET_TEST_SEED sets it. */
struct random_source {
    uint64_t state;
};
void random_start(struct random_source *r);
uint64_t random_below(struct random_source *r, uint64_t bound);

/* A private folder, removed by test_folder_remove. */
const char *test_folder(void);
void test_folder_remove(void);
/* Paths live until the next call. */
const char *test_path(const char *name);
/* NULL when the data folder is missing (said once). */
const char *data_path(const char *name);
void write_file(const char *path, struct str bytes);
void read_file(const char *path, struct buf *out);

/* Append one frame; the flags are of the frame header. */
void add_zstd_frame(struct buf *out, struct str bytes, bool checksum,
                    bool content_size);
void add_skippable(struct buf *out, struct str bytes);
void add_gzip_member(struct buf *out, struct str bytes);
/* All decompressed bytes of a container, by the libraries. */
void decode_all(struct str file, enum container container, struct buf *out);

/* Random JSON-like lines, about `len` bytes. */
void random_lines(struct random_source *r, size_t len, struct buf *out);

/* How a random shard was laid out. */
struct layout {
    enum container container;
    bool seek_table;
    struct str frames[256]; /* compressed data frames, in `file` */
    uint64_t starts[257];   /* their decompressed offsets, and the end */
    size_t frame_count;
};
void random_shard(struct random_source *r, enum container container,
                  struct str content, struct buf *file, struct layout *layout);

#endif
