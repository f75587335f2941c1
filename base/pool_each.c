/* Many things done by some threads, their results taken in order, so that
 * nothing which is seen depends on who was faster. */
#include "config.h"

#include "stet/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "stet/xalloc.h"

#define TICK_NS 100000000L
#define AHEAD 2u /* things begun or waiting for their turn, for each thread */

struct job {
    struct run *run;
    size_t number;
    int cancel;
    bool finished;
    enum err_code code;
    struct error err;
};

struct run {
    const struct pool_each *each;
    pthread_mutex_t lock; /* guards jobs and failed */
    pthread_cond_t finished;
    struct job *jobs; /* a ring, by number */
    size_t window;
    size_t submitted, next; /* the calling thread's own */
    bool failed;            /* nothing more is begun */
};

static void
run_job(void *arg)
{
    struct job *job = arg;
    struct run *run = job->run;
    struct error err = ERROR_INIT;
    enum err_code code =
        run->each->work(run->each->ctx, job->number, &job->cancel, &err);

    pthread_mutex_lock(&run->lock);
    job->code = code;
    job->err = err;
    job->finished = true;
    for (size_t i = 0; code && i < run->window; i++)
        if (run->jobs[i].number > job->number)
            cancel_set(&run->jobs[i].cancel);
    run->failed = run->failed || code;
    pthread_cond_signal(&run->finished);
    pthread_mutex_unlock(&run->lock);
}

static void
submit(struct run *run, struct pool *pool)
{
    for (;;) {
        struct job *job = &run->jobs[run->submitted % run->window];
        bool stop;

        pthread_mutex_lock(&run->lock);
        stop = run->failed || run->submitted == run->each->count ||
               run->submitted == run->next + run->window;
        if (!stop)
            *job = (struct job){.run = run, .number = run->submitted};
        pthread_mutex_unlock(&run->lock);
        if (stop)
            return;
        run->submitted++;
        pool_submit(pool, run_job, job, 0);
    }
}

static void
tick(struct run *run)
{
    if (run->each->tick)
        run->each->tick(run->each->ctx);
    if (!cancel_is_set(run->each->cancel))
        return;
    pthread_mutex_lock(&run->lock);
    for (size_t i = 0; i < run->window; i++)
        cancel_set(&run->jobs[i].cancel);
    pthread_mutex_unlock(&run->lock);
}

static void
wait_for(struct run *run, struct job *job)
{
    bool finished = false;

    while (!finished) {
        struct timespec until = {0};

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += TICK_NS;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_nsec -= 1000000000L;
            until.tv_sec++;
        }
        pthread_mutex_lock(&run->lock);
        if (!job->finished)
            pthread_cond_timedwait(&run->finished, &run->lock, &until);
        finished = job->finished;
        pthread_mutex_unlock(&run->lock);
        tick(run);
    }
}

/* Whatever is still running is of no use any more. */
static void
give_up(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    run->failed = true;
    for (size_t i = 0; i < run->window; i++)
        cancel_set(&run->jobs[i].cancel);
    pthread_mutex_unlock(&run->lock);
}

static enum err_code
take_all(struct run *run, struct pool *pool, struct error *err)
{
    const struct pool_each *each = run->each;
    enum err_code code = ERR_OK;

    for (; run->next < each->count && !code; run->next++) {
        struct job *job = &run->jobs[run->next % run->window];

        submit(run, pool);
        if (cancel_is_set(each->cancel))
            code = error_set(err, ERR_CANCELLED, "%s",
                             err_code_text(ERR_CANCELLED));
        if (code)
            break;
        wait_for(run, job);
        code = job->code;
        if (code)
            *err = job->err;
        else if (each->done)
            code = each->done(each->ctx, run->next, err);
    }
    return code;
}

enum err_code
pool_each(const struct pool_each *each, struct error *err)
{
    unsigned threads = each->threads ? each->threads : pool_cores();
    struct run run = {.each = each};
    struct pool *pool;
    enum err_code code;

    if (threads > each->count)
        threads = each->count ? (unsigned)each->count : 1;
    run.window = (size_t)threads * AHEAD;
    run.jobs = xcalloc(run.window, sizeof(*run.jobs));
    pthread_mutex_init(&run.lock, NULL);
    pthread_cond_init(&run.finished, NULL);
    pool = pool_new(threads, each->name);
    code = take_all(&run, pool, err);
    if (code)
        give_up(&run);
    pool_free(pool);
    pthread_cond_destroy(&run.finished);
    pthread_mutex_destroy(&run.lock);
    free(run.jobs);
    return code;
}
