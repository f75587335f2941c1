/* Paths of members in a record: `attributes."hate/threatening"`. */
#ifndef SHARD_RECORD_PATH_H
#define SHARD_RECORD_PATH_H

#include "stet/buf.h"

#define PATH_PARTS_MAX 32

struct record_path {
    struct buf bytes; /* the decoded keys, one after the other */
    size_t ends[PATH_PARTS_MAX];
    unsigned count;
};

void record_path_release(struct record_path *path);
/* ERR_USAGE with the position when it cannot be read. Not for "". */
enum err_code record_path_parse(struct record_path *path, const char *text,
                                struct error *err);
struct str record_path_part(const struct record_path *path, unsigned part);
/* Append one key to a path in text form, with its '.' and quotes. */
enum err_code record_path_append(struct buf *text, struct str key,
                                 struct error *err);

#endif
