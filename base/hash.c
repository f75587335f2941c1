/* SHA-256 and HMAC by libcrypto, random bytes by the kernel, and time-ordered
 * uuids. Streams may be hashed on a thread of their own (hash_aside.c). A
 * thread keeps one context, because most texts are small and making
 * a context costs more than hashing them. */
#include "config.h"

#include "stet/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "hash_aside.h"
#include "stet/xalloc.h"

struct hasher {
    EVP_MD_CTX *ctx;
    struct hash_aside *aside; /* NULL: hashes at once */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;           /* fetched once, lives as long as we do */
static pthread_key_t thread_ctx; /* EVP_MD_CTX of hash_of */

static void
free_ctx(void *ctx)
{
    EVP_MD_CTX_free(ctx);
}

/* libcrypto without SHA-256 is as broken as malloc without memory: take the
 * same way out. */
static _Noreturn void
broken(void)
{
    (void)xreallocarray(NULL, SIZE_MAX, 2);
    __builtin_unreachable();
}

static void
setup(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!sha256 || pthread_key_create(&thread_ctx, free_ctx) != 0)
        broken();
}

static void
start(EVP_MD_CTX *ctx)
{
    if (EVP_DigestInit_ex2(ctx, sha256, NULL) != 1)
        broken();
}

static struct hash
finish(EVP_MD_CTX *ctx)
{
    struct hash hash;
    unsigned len = 0;

    if (EVP_DigestFinal_ex(ctx, hash.bytes, &len) != 1 || len != HASH_SIZE)
        broken();
    return hash;
}

static EVP_MD_CTX *
ctx_of_thread(void)
{
    EVP_MD_CTX *ctx;

    pthread_once(&once, setup);
    ctx = pthread_getspecific(thread_ctx);
    if (!ctx) {
        ctx = EVP_MD_CTX_new();
        if (!ctx || pthread_setspecific(thread_ctx, ctx) != 0)
            broken();
    }
    return ctx;
}

struct hash
hash_of(struct str s)
{
    EVP_MD_CTX *ctx = ctx_of_thread();

    start(ctx);
    if (s.len && EVP_DigestUpdate(ctx, s.ptr, s.len) != 1)
        broken();
    return finish(ctx);
}

struct hasher *
hasher_new(void)
{
    struct hasher *hasher = xcalloc(1, sizeof(*hasher));

    pthread_once(&once, setup);
    hasher->ctx = EVP_MD_CTX_new();
    if (!hasher->ctx)
        broken();
    start(hasher->ctx);
    return hasher;
}

static void
digest(void *ctx, const void *ptr, size_t len)
{
    if (len && EVP_DigestUpdate(ctx, ptr, len) != 1)
        broken();
}

struct hasher *
hasher_new_aside(void)
{
    struct hasher *hasher = hasher_new();

    hasher->aside = hash_aside_new(digest, hasher->ctx);
    return hasher;
}

void
hasher_update(struct hasher *hasher, const void *ptr, size_t len)
{
    if (hasher->aside)
        hash_aside_feed(hasher->aside, ptr, len);
    else
        digest(hasher->ctx, ptr, len);
}

struct hash
hasher_take(struct hasher *hasher)
{
    struct hash hash;

    hash_aside_drain(hasher->aside);
    hash = finish(hasher->ctx);

    start(hasher->ctx);
    return hash;
}

void
hasher_free(struct hasher *hasher)
{
    if (!hasher)
        return;
    hash_aside_free(hasher->aside);
    EVP_MD_CTX_free(hasher->ctx);
    free(hasher);
}

struct hash
hash_hmac(struct str key, struct str s)
{
    uint8_t block[64] = {0};
    uint8_t pad[64];
    struct hasher *hasher = hasher_new();
    struct hash inner;
    struct hash outer;

    if (key.len > sizeof(block)) {
        struct hash short_key = hash_of(key);

        memcpy(block, short_key.bytes, HASH_SIZE);
    } else if (key.len) {
        memcpy(block, key.ptr, key.len);
    }
    for (size_t i = 0; i < sizeof(block); i++)
        pad[i] = block[i] ^ 0x36;
    hasher_update(hasher, pad, sizeof(pad));
    hasher_update(hasher, s.ptr, s.len);
    inner = hasher_take(hasher);
    for (size_t i = 0; i < sizeof(block); i++)
        pad[i] = block[i] ^ 0x5c;
    hasher_update(hasher, pad, sizeof(pad));
    hasher_update(hasher, inner.bytes, HASH_SIZE);
    outer = hasher_take(hasher);
    hasher_free(hasher);
    explicit_bzero(block, sizeof(block));
    explicit_bzero(pad, sizeof(pad));
    return outer;
}

bool
hash_equal(const struct hash *a, const struct hash *b)
{
    return memcmp(a->bytes, b->bytes, HASH_SIZE) == 0;
}

int
hash_compare(const struct hash *a, const struct hash *b)
{
    return memcmp(a->bytes, b->bytes, HASH_SIZE);
}

static const char hex_digits[] = "0123456789abcdef";

/* 0-15, or -1. */
static int
hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

void
hash_format(const struct hash *hash, char hex[HASH_HEX_SIZE])
{
    for (size_t i = 0; i < HASH_SIZE; i++) {
        hex[2 * i] = hex_digits[hash->bytes[i] >> 4];
        hex[2 * i + 1] = hex_digits[hash->bytes[i] & 15];
    }
    hex[2 * HASH_SIZE] = '\0';
}

bool
hash_parse(struct str hex, struct hash *hash)
{
    struct hash parsed;

    if (hex.len != (size_t)2 * HASH_SIZE)
        return false;
    for (size_t i = 0; i < HASH_SIZE; i++) {
        int high = hex_value(hex.ptr[2 * i]);
        int low = hex_value(hex.ptr[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        parsed.bytes[i] = (uint8_t)(high * 16 + low);
    }
    *hash = parsed;
    return true;
}

uint64_t
hash_prefix(const struct hash *hash)
{
    uint64_t prefix = 0;

    for (size_t i = 0; i < 8; i++)
        prefix = prefix << 8 | hash->bytes[i];
    return prefix;
}

void
random_bytes(void *out, size_t len)
{
    char *at = out;

    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            broken();
        at += got;
        len -= (size_t)got;
    }
}

static pthread_mutex_t uuid_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t uuid_last; /* milliseconds << 12 | counter; under uuid_lock */

/* The 12 bits behind the time are a counter (RFC 9562, 6.2, method 1), so
 * that uuids of one process sort in the order they were made, also when the
 * clock is set back. */
static uint64_t
next_stamp(uint64_t random)
{
    struct timespec now = {0};
    uint64_t stamp;

    clock_gettime(CLOCK_REALTIME, &now);
    stamp = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    /* Start in the lower half: room to count within the millisecond. */
    stamp = stamp << 12 | (random & 0x7ff);
    pthread_mutex_lock(&uuid_lock);
    if (stamp <= uuid_last)
        stamp = uuid_last + 1;
    uuid_last = stamp;
    pthread_mutex_unlock(&uuid_lock);
    return stamp;
}

struct uuid
uuid_make(void)
{
    struct uuid uuid;
    uint64_t random;
    uint64_t stamp;

    random_bytes(&random, sizeof(random));
    random_bytes(uuid.bytes + 8, 8);
    stamp = next_stamp(random);
    for (size_t i = 0; i < 6; i++)
        uuid.bytes[i] = (uint8_t)(stamp >> (52 - 8 * i));
    uuid.bytes[6] = (uint8_t)(0x70 | ((stamp >> 8) & 0x0f));
    uuid.bytes[7] = (uint8_t)stamp;
    uuid.bytes[8] = (uint8_t)(0x80 | (uuid.bytes[8] & 0x3f));
    return uuid;
}

static bool
is_dash_place(size_t at)
{
    return at == 8 || at == 13 || at == 18 || at == 23;
}

void
uuid_format(const struct uuid *uuid, char text[UUID_TEXT_SIZE])
{
    size_t at = 0;

    for (size_t i = 0; i < sizeof(uuid->bytes); i++) {
        if (is_dash_place(at))
            text[at++] = '-';
        text[at++] = hex_digits[uuid->bytes[i] >> 4];
        text[at++] = hex_digits[uuid->bytes[i] & 15];
    }
    text[at] = '\0';
}

bool
uuid_parse(struct str text, struct uuid *uuid)
{
    struct uuid parsed;
    size_t at = 0;

    if (text.len != UUID_TEXT_SIZE - 1)
        return false;
    for (size_t i = 0; i < sizeof(parsed.bytes); i++) {
        int high;
        int low;

        if (is_dash_place(at) && text.ptr[at++] != '-')
            return false;
        high = hex_value(text.ptr[at++]);
        low = hex_value(text.ptr[at++]);
        if (high < 0 || low < 0)
            return false;
        parsed.bytes[i] = (uint8_t)(high * 16 + low);
    }
    *uuid = parsed;
    return true;
}
