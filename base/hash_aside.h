/* A stream of bytes handed to another thread, in order. */
#ifndef BASE_HASH_ASIDE_H
#define BASE_HASH_ASIDE_H

#include <stddef.h>

struct hash_aside;
typedef void hash_aside_sink(void *ctx, const void *ptr, size_t len);

/* NULL when no thread can be had. */
struct hash_aside *hash_aside_new(hash_aside_sink *sink, void *ctx);
/* Copies the bytes; waits while the sink is far behind. */
void hash_aside_feed(struct hash_aside *aside, const void *ptr, size_t len);
/* Until the sink has seen all; it is not called again before the next feed.
 * NULL allowed. */
void hash_aside_drain(struct hash_aside *aside);
void hash_aside_free(struct hash_aside *aside); /* NULL allowed */

#endif
