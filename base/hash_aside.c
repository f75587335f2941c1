/* Hashing beside reading and writing: bytes are copied into a ring of chunks
 * that a thread feeds to the digest in order. */
#include "config.h"

#include "hash_aside.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "stet/xalloc.h"

#define CHUNK ((size_t)256 << 10)
#define CHUNKS 4u

struct hash_aside {
    hash_aside_sink *sink;
    void *ctx;
    pthread_t thread;
    pthread_mutex_t lock; /* guards first, count, ending */
    pthread_cond_t moved; /* a chunk was filled or emptied, or the end */
    size_t lens[CHUNKS];
    unsigned first, count; /* full chunks; the one behind them is filled */
    bool ending;
    size_t used; /* bytes of that one: the feeding thread's own */
    char *space; /* CHUNKS of them */
};

static void *
work(void *arg)
{
    struct hash_aside *aside = arg;

    pthread_setname_np(pthread_self(), "hash");
    pthread_mutex_lock(&aside->lock);
    for (;;) {
        unsigned at = aside->first;

        while (aside->count == 0 && !aside->ending)
            pthread_cond_wait(&aside->moved, &aside->lock);
        if (aside->count == 0)
            break;
        pthread_mutex_unlock(&aside->lock);
        aside->sink(aside->ctx, aside->space + at * CHUNK, aside->lens[at]);
        pthread_mutex_lock(&aside->lock);
        aside->first = (at + 1) % CHUNKS;
        aside->count--;
        pthread_cond_signal(&aside->moved);
    }
    pthread_mutex_unlock(&aside->lock);
    return NULL;
}

struct hash_aside *
hash_aside_new(hash_aside_sink *sink, void *ctx)
{
    struct hash_aside *aside = xcalloc(1, sizeof(*aside));
    sigset_t all;
    sigset_t saved;
    int failed;

    aside->sink = sink;
    aside->ctx = ctx;
    aside->space = xmalloc(CHUNKS * CHUNK);
    pthread_mutex_init(&aside->lock, NULL);
    pthread_cond_init(&aside->moved, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &saved);
    failed = pthread_create(&aside->thread, NULL, work, aside);
    pthread_sigmask(SIG_SETMASK, &saved, NULL);
    if (!failed)
        return aside;
    pthread_cond_destroy(&aside->moved);
    pthread_mutex_destroy(&aside->lock);
    free(aside->space);
    free(aside);
    return NULL;
}

/* The chunk being filled is handed over; there is one free afterwards. */
static void
push(struct hash_aside *aside)
{
    pthread_mutex_lock(&aside->lock);
    aside->lens[(aside->first + aside->count) % CHUNKS] = aside->used;
    aside->count++;
    aside->used = 0;
    pthread_cond_signal(&aside->moved);
    while (aside->count == CHUNKS)
        pthread_cond_wait(&aside->moved, &aside->lock);
    pthread_mutex_unlock(&aside->lock);
}

void
hash_aside_feed(struct hash_aside *aside, const void *ptr, size_t len)
{
    const char *at = ptr;
    unsigned chunk;

    while (len > 0) {
        size_t part = CHUNK - aside->used < len ? CHUNK - aside->used : len;

        pthread_mutex_lock(&aside->lock);
        chunk = (aside->first + aside->count) % CHUNKS;
        pthread_mutex_unlock(&aside->lock);
        memcpy(aside->space + chunk * CHUNK + aside->used, at, part);
        aside->used += part;
        at += part;
        len -= part;
        if (aside->used == CHUNK)
            push(aside);
    }
}

void
hash_aside_drain(struct hash_aside *aside)
{
    if (!aside)
        return;
    if (aside->used > 0)
        push(aside);
    pthread_mutex_lock(&aside->lock);
    while (aside->count > 0)
        pthread_cond_wait(&aside->moved, &aside->lock);
    pthread_mutex_unlock(&aside->lock);
}

void
hash_aside_free(struct hash_aside *aside)
{
    if (!aside)
        return;
    pthread_mutex_lock(&aside->lock);
    aside->ending = true;
    pthread_cond_signal(&aside->moved);
    pthread_mutex_unlock(&aside->lock);
    pthread_join(aside->thread, NULL);
    pthread_cond_destroy(&aside->moved);
    pthread_mutex_destroy(&aside->lock);
    free(aside->space);
    free(aside);
}
