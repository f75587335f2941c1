/* Threads that run jobs in order of submission, and what this process may use
 * of the machine. */
#include "config.h"

#include "stet/pool.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stet/fileio.h"
#include "stet/xalloc.h"

struct queued {
    struct queued *next;
    pool_job *job;
    void *arg;
};

struct pool {
    pthread_mutex_t lock;    /* guards everything below */
    pthread_cond_t work;     /* a job came, or the end */
    pthread_cond_t progress; /* a job was taken, or one is done */
    struct queued *head;
    struct queued **tail;
    size_t waiting; /* in the queue */
    unsigned running;
    bool ending;
    unsigned count;
    char name[16]; /* as shown by ps -L; written before the threads start */
    pthread_t *threads;
};

static void *
work(void *arg)
{
    struct pool *pool = arg;

    pthread_setname_np(pthread_self(), pool->name);
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        struct queued *queued;

        while (!pool->head && !pool->ending)
            pthread_cond_wait(&pool->work, &pool->lock);
        queued = pool->head;
        if (!queued)
            break;
        pool->head = queued->next;
        if (!pool->head)
            pool->tail = &pool->head;
        pool->waiting--;
        pool->running++;
        pthread_cond_broadcast(&pool->progress);
        pthread_mutex_unlock(&pool->lock);
        queued->job(queued->arg);
        free(queued);
        pthread_mutex_lock(&pool->lock);
        pool->running--;
        pthread_cond_broadcast(&pool->progress);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

struct pool *
pool_new(unsigned count, const char *name)
{
    struct pool *pool = xcalloc(1, sizeof(*pool));
    sigset_t all;
    sigset_t saved;

    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->progress, NULL);
    pool->tail = &pool->head;
    (void)snprintf(pool->name, sizeof(pool->name), "%s", name);
    pool->threads = xcalloc(count, sizeof(*pool->threads));
    /* Signals belong to the main thread; those of faults cannot be blocked
     * with any effect. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &saved);
    while (pool->count < count &&
           pthread_create(&pool->threads[pool->count], NULL, work, pool) == 0)
        pool->count++;
    pthread_sigmask(SIG_SETMASK, &saved, NULL);
    return pool;
}

void
pool_submit(struct pool *pool, pool_job *job, void *arg, size_t limit)
{
    struct queued *queued;

    if (pool->count == 0) { /* no thread could be had: slower, but right */
        job(arg);
        return;
    }
    queued = xcalloc(1, sizeof(*queued));
    queued->job = job;
    queued->arg = arg;
    pthread_mutex_lock(&pool->lock);
    while (limit && pool->waiting >= limit)
        pthread_cond_wait(&pool->progress, &pool->lock);
    *pool->tail = queued;
    pool->tail = &queued->next;
    pool->waiting++;
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

void
pool_wait(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->waiting > 0 || pool->running > 0)
        pthread_cond_wait(&pool->progress, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void
pool_free(struct pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->count; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->progress);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool);
}

/* The text of `file` of this process's cgroup or of one above it: `levels`
 * says how many above. False when there is none. */
static bool
read_cgroup(const char *file, unsigned levels, struct buf *out)
{
    static const char root[] = "/sys/fs/cgroup";
    struct error ignored = ERROR_INIT;
    struct buf self = {0};
    struct buf path = {0};
    size_t at;
    bool found = false;

    if (file_read("/proc/self/cgroup", 65536, &self, &ignored) != ERR_OK)
        goto out;
    at = str_find(buf_str(&self), STR_LIT("0::/"), 0);
    if (at == SIZE_MAX)
        goto out;
    at += 3;
    xbuf_printf(&path, "%s", root);
    while (at < self.len && self.ptr[at] != '\n')
        xbuf_append(&path, &self.ptr[at++], 1);
    while (path.len > sizeof(root) - 1 && path.ptr[path.len - 1] == '/')
        path.len--;
    for (; levels > 0; levels--) {
        if (path.len <= sizeof(root) - 1)
            goto out;
        while (path.ptr[path.len - 1] != '/')
            path.len--;
        path.len--;
    }
    xbuf_printf(&path, "/%s", file);
    buf_clear(out);
    found = file_read(xbuf_cstr(&path), 4096, out, &ignored) == ERR_OK;
out:
    buf_release(&self);
    buf_release(&path);
    return found;
}

#define CGROUP_LEVELS 16

unsigned
pool_cores(void)
{
    cpu_set_t set;
    struct buf text = {0};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        cores = CPU_COUNT(&set);
    for (unsigned level = 0; level < CGROUP_LEVELS; level++) {
        char *rest = NULL;
        long quota;
        long period;

        if (!read_cgroup("cpu.max", level, &text))
            continue;
        quota = strtol(xbuf_cstr(&text), &rest, 10);
        period = strtol(rest, NULL, 10);
        if (quota <= 0 || period <= 0 || quota > LONG_MAX - period)
            continue; /* also "max 100000" */
        if ((quota + period - 1) / period < cores)
            cores = (quota + period - 1) / period;
    }
    buf_release(&text);
    return cores < 1 ? 1 : (unsigned)cores;
}

size_t
pool_default_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long page = sysconf(_SC_PAGESIZE);
    struct buf text = {0};
    uint64_t memory = (uint64_t)1 << 30;

    if (pages > 0 && page > 0)
        memory = (uint64_t)pages * (uint64_t)page / 4;
    for (unsigned level = 0; level < CGROUP_LEVELS; level++) {
        char *rest = NULL;
        unsigned long long limit;

        if (!read_cgroup("memory.max", level, &text))
            continue;
        limit = strtoull(xbuf_cstr(&text), &rest, 10);
        if (rest != text.ptr && limit / 2 < memory) /* else "max" */
            memory = limit / 2;
    }
    buf_release(&text);
    return memory > SIZE_MAX ? SIZE_MAX : (size_t)memory;
}
