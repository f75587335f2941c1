/* Decodes what was just written and hashes it: a rewrite is published only
 * when it reads back as what it should be. */
#ifndef SHARD_REWRITE_CHECK_H
#define SHARD_REWRITE_CHECK_H

#include "stet/shard.h"

struct rewrite_check;
enum err_code rewrite_check_open(struct rewrite_check **out,
                                 enum container container, struct error *err);
void rewrite_check_close(struct rewrite_check *check);
/* Compressed bytes of the new file, in order. */
enum err_code rewrite_check_feed(struct rewrite_check *check, struct str bytes,
                                 struct error *err);
/* SHA-256 of the decompressed bytes; ERR_IO when they end inside a frame. */
enum err_code rewrite_check_finish(struct rewrite_check *check,
                                   struct hash *hash, struct error *err);

#endif
