/* SHA-256 by libcrypto: the identity of texts, records and files. */
#ifndef STET_HASH_H
#define STET_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"

#define HASH_SIZE 32
#define HASH_HEX_SIZE 65 /* with the NUL */

struct hash {
    uint8_t bytes[HASH_SIZE];
};

struct hasher; /* running SHA-256 */

struct hash hash_of(struct str s);
struct hasher *hasher_new(void);
/* One that hashes on a thread of its own, for streams of megabytes. What it is
 * fed is copied. */
struct hasher *hasher_new_aside(void);
void hasher_update(struct hasher *hasher, const void *ptr, size_t len);
/* The digest of what was fed so far; the hasher starts anew. */
struct hash hasher_take(struct hasher *hasher);
void hasher_free(struct hasher *hasher);

/* HMAC-SHA-256 (RFC 2104): reviewers' pseudonyms in patches. */
struct hash hash_hmac(struct str key, struct str s);

bool hash_equal(const struct hash *a, const struct hash *b);
int hash_compare(const struct hash *a, const struct hash *b);
void hash_format(const struct hash *hash, char hex[HASH_HEX_SIZE]);
bool hash_parse(struct str hex, struct hash *hash); /* exactly 64 digits */
/* First 8 bytes, big-endian: keys of sorted look-up tables. */
uint64_t hash_prefix(const struct hash *hash);

/* Random bytes from the kernel; uuids of annotations (version 7, RFC 9562:
 * milliseconds first, so journals sort by time). */
void random_bytes(void *out, size_t len);
struct uuid {
    uint8_t bytes[16];
};
#define UUID_TEXT_SIZE 37
struct uuid uuid_make(void);
void uuid_format(const struct uuid *uuid, char text[UUID_TEXT_SIZE]);
bool uuid_parse(struct str text, struct uuid *uuid);

#endif
