/* The desk's worker threads. The main thread never waits for them; they never
 * touch its state. A job crosses over twice: submitted, and taken back. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "stet/pool.h"
#include "stet/xalloc.h"
#include "tui/lane.h"

struct lane {
    struct lanes *lanes;
    enum lane_id id;
    struct pool *pool;
    struct lane_context context; /* the lane's thread only */
    enum err_code opened;        /* the same */
    struct error open_error;
    bool tried;
    int cancel;          /* atomic */
    int reload;          /* atomic: open the index anew before the next job */
    uint64_t tickets;    /* main thread */
    uint64_t newest[16]; /* atomic: newest ticket of each replaceable kind */
};

struct lanes {
    struct workspace *ws;
    const char *reviewer;
    int wake_fd;
    struct lane lane[LANE_COUNT];
    unsigned pending; /* main thread */
    pthread_mutex_t lock;
    pthread_cond_t ready;
    bool writer_opened; /* lock */
    struct job *done;   /* lock; newest first */
};

static void
announce(struct lanes *lanes, struct job *job)
{
    ssize_t ignored;

    pthread_mutex_lock(&lanes->lock);
    job->next = lanes->done;
    lanes->done = job;
    pthread_mutex_unlock(&lanes->lock);
    /* A full pipe wakes the loop just as well. */
    ignored = write(lanes->wake_fd, "!", 1);
    (void)ignored;
}

/* Readers wait until the writer has made or migrated the store. */
static void
wait_for_writer(struct lanes *lanes)
{
    pthread_mutex_lock(&lanes->lock);
    while (!lanes->writer_opened)
        pthread_cond_wait(&lanes->ready, &lanes->lock);
    pthread_mutex_unlock(&lanes->lock);
}

static void
writer_is_open(struct lanes *lanes)
{
    pthread_mutex_lock(&lanes->lock);
    lanes->writer_opened = true;
    pthread_cond_broadcast(&lanes->ready);
    pthread_mutex_unlock(&lanes->lock);
}

static enum err_code
open_index(struct lane *lane, struct error *err)
{
    struct lane_context *c = &lane->context;
    enum err_code code = index_open(&c->index, c->ws, err);

    if (!code)
        code = resolver_new(&c->resolver, c->index, c->store, err);
    if (!code) {
        resolver_set_cancel(c->resolver, c->cancel);
        resolver_set_sight(c->resolver, c->sight);
    }
    return code;
}

static void
lane_open(struct lane *lane)
{
    struct lanes *lanes = lane->lanes;
    bool writer = lane->id == LANE_REVIEW;

    lane->tried = true;
    lane->context.ws = lanes->ws;
    lane->context.cancel = &lane->cancel;
    if (lane->id == LANE_TEXT)
        return;
    if (!writer)
        wait_for_writer(lanes);
    lane->opened = store_open(&lane->context.store, lanes->ws, lanes->reviewer,
                              !writer, &lane->open_error);
    if (writer)
        writer_is_open(lanes);
    if (!lane->opened)
        lane->opened = open_index(lane, &lane->open_error);
}

static void
close_index(struct lane *lane)
{
    resolver_free(lane->context.resolver);
    index_close(lane->context.index);
    lane->context.resolver = NULL;
    lane->context.index = NULL;
}

static bool
is_outdated(struct lane *lane, const struct job *job)
{
    return job->replaceable && __atomic_load_n(&lane->newest[job->kind],
                                               __ATOMIC_ACQUIRE) != job->ticket;
}

static void
run_job(void *arg)
{
    struct job *job = arg;
    struct lanes *lanes = job->lanes;
    struct lane *lane = &lanes->lane[job->lane];

    if (!lane->tried)
        lane_open(lane);
    if (__atomic_exchange_n(&lane->reload, 0, __ATOMIC_ACQ_REL) &&
        lane->context.store) {
        close_index(lane);
        lane->opened = open_index(lane, &lane->open_error);
    }
    if (lane->opened) {
        job->code = lane->opened;
        job->err = lane->open_error;
    } else if (is_outdated(lane, job)) {
        job->skipped = true;
    } else {
        __atomic_store_n(&lane->cancel, 0, __ATOMIC_RELEASE);
        job->run(job, &lane->context);
    }
    announce(lanes, job);
}

struct lanes *
lanes_new(struct workspace *ws, const char *reviewer, unsigned sight,
          int wake_fd)
{
    static const char *const names[LANE_COUNT] = {"search", "rows", "document",
                                                  "text", "review"};
    struct lanes *lanes = xcalloc(1, sizeof(*lanes));

    lanes->ws = ws;
    lanes->reviewer = reviewer;
    lanes->wake_fd = wake_fd;
    (void)pthread_mutex_init(&lanes->lock, NULL);
    (void)pthread_cond_init(&lanes->ready, NULL);
    for (int i = 0; i < LANE_COUNT; i++) {
        lanes->lane[i].lanes = lanes;
        lanes->lane[i].id = (enum lane_id)i;
        lanes->lane[i].context.sight = sight;
        lanes->lane[i].pool = pool_new(1, names[i]);
    }
    return lanes;
}

void
lane_submit(struct lanes *lanes, struct job *job)
{
    struct lane *lane = &lanes->lane[job->lane];

    job->ticket = ++lane->tickets;
    if (job->replaceable)
        __atomic_store_n(&lane->newest[job->kind], job->ticket,
                         __ATOMIC_RELEASE);
    lanes->pending++;
    job->lanes = lanes;
    pool_submit(lane->pool, run_job, job, 0);
}

void
lane_tell(const struct job *job, struct job *part)
{
    part->lanes = job->lanes;
    part->is_part = true;
    announce(job->lanes, part);
}

unsigned
lanes_pending(const struct lanes *lanes)
{
    return lanes->pending;
}

struct job *
lanes_take(struct lanes *lanes)
{
    struct job *newest;
    struct job *oldest = NULL;

    pthread_mutex_lock(&lanes->lock);
    newest = lanes->done;
    lanes->done = NULL;
    pthread_mutex_unlock(&lanes->lock);
    while (newest) {
        struct job *next = newest->next;

        newest->next = oldest;
        oldest = newest;
        lanes->pending -= !newest->is_part;
        newest = next;
    }
    return oldest;
}

void
lane_cancel(struct lanes *lanes, enum lane_id id)
{
    cancel_set(&lanes->lane[id].cancel);
}

void
lanes_reload(struct lanes *lanes)
{
    for (int i = 0; i < LANE_COUNT; i++)
        __atomic_store_n(&lanes->lane[i].reload, 1, __ATOMIC_RELEASE);
}

void
job_release(struct job *job)
{
    arena_release(&job->arena);
    if (job->release)
        job->release(job);
    free(job);
}

void
lanes_free(struct lanes *lanes)
{
    if (!lanes)
        return;
    cancel_set(&lanes->lane[LANE_SEARCH].cancel);
    cancel_set(&lanes->lane[LANE_ROWS].cancel);
    cancel_set(&lanes->lane[LANE_DOCUMENT].cancel);
    cancel_set(&lanes->lane[LANE_TEXT].cancel);
    /* A reader may still wait for a writer that nobody asked for anything. */
    writer_is_open(lanes);
    for (int i = 0; i < LANE_COUNT; i++)
        pool_free(lanes->lane[i].pool);
    for (struct job *job = lanes_take(lanes), *next; job; job = next) {
        next = job->next;
        job_release(job);
    }
    for (int i = 0; i < LANE_COUNT; i++) {
        close_index(&lanes->lane[i]);
        store_close(lanes->lane[i].context.store);
    }
    (void)pthread_cond_destroy(&lanes->ready);
    (void)pthread_mutex_destroy(&lanes->lock);
    free(lanes);
}
