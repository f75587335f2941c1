/* Threads: a worker with a queue of jobs, and cancel flags. Results are the
 * jobs' own business (the desk uses a list and a wake pipe). */
#ifndef STET_POOL_H
#define STET_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "stet/error.h"

/* `count` threads that run jobs in order of submission. */
struct pool;
typedef void pool_job(void *arg);

struct pool *pool_new(unsigned count, const char *name);
/* Waits while `limit` jobs are queued (0: no limit). */
void pool_submit(struct pool *pool, pool_job *job, void *arg, size_t limit);
/* Until the queue is empty and nothing runs. */
void pool_wait(struct pool *pool);
/* Waits for running jobs; queued ones still run. NULL allowed. */
void pool_free(struct pool *pool);

/* Do `count` things side by side and take the results in order. What comes out,
 * errors too, is the same for any number of threads: when one fails, those
 * before it are finished, those after it are cancelled. */
struct pool_each {
    size_t count;
    unsigned threads; /* at most; 0: as many as there are cores */
    const char *name; /* of the threads */
    /* On some thread. */
    enum err_code (*work)(void *ctx, size_t number, const int *cancel,
                          struct error *err);
    /* On the calling thread, for 0, 1, 2 ...; NULL allowed. Work is never more
     * than twice the threads ahead of it. */
    enum err_code (*done)(void *ctx, size_t number, struct error *err);
    void (*tick)(void *ctx); /* on the calling thread, now and then; or NULL */
    void *ctx;
    const int *cancel; /* the caller's; NULL allowed */
};
enum err_code pool_each(const struct pool_each *each, struct error *err);

/* A flag shared between threads: 0 until cancelled. */
static inline bool
cancel_is_set(const int *flag)
{
    return flag && __atomic_load_n(flag, __ATOMIC_RELAXED);
}
static inline void
cancel_set(int *flag)
{
    __atomic_store_n(flag, 1, __ATOMIC_RELAXED);
}

/* Cores this process may use (affinity and cgroup quota), at least 1. */
unsigned pool_cores(void);
/* Bytes of memory: min(quarter of RAM, half of the cgroup's limit). */
size_t pool_default_memory(void);

#endif
