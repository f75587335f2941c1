/* Workers: order, bounded queues, waiting, ending. */
#include "config.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "stet/pool.h"

struct record {
    pthread_mutex_t lock; /* guards the rest */
    unsigned order[1000];
    unsigned count;
    unsigned running;
    unsigned most_running;
};

struct job {
    struct record *record;
    unsigned number;
    unsigned sleep_us;
};

static void
note(void *arg)
{
    struct job *job = arg;
    struct record *record = job->record;

    pthread_mutex_lock(&record->lock);
    record->order[record->count++] = job->number;
    if (++record->running > record->most_running)
        record->most_running = record->running;
    pthread_mutex_unlock(&record->lock);
    if (job->sleep_us)
        usleep(job->sleep_us);
    pthread_mutex_lock(&record->lock);
    record->running--;
    pthread_mutex_unlock(&record->lock);
}

static void
submit_many(struct pool *pool, struct job *jobs, unsigned count, size_t limit)
{
    for (unsigned i = 0; i < count; i++)
        pool_submit(pool, note, &jobs[i], limit);
}

static struct job *
make_jobs(struct record *record, unsigned count, unsigned sleep_us)
{
    struct job *jobs = calloc(count, sizeof(*jobs));

    assert_non_null(jobs);
    *record = (struct record){.count = 0};
    pthread_mutex_init(&record->lock, NULL);
    for (unsigned i = 0; i < count; i++)
        jobs[i] = (struct job){record, i, sleep_us};
    return jobs;
}

static void
test_one_worker_keeps_the_order(void **state)
{
    static struct record record;
    struct job *jobs = make_jobs(&record, 1000, 0);
    struct pool *pool = pool_new(1, "test-worker-with-a-long-name");

    (void)state;
    submit_many(pool, jobs, 1000, 0);
    pool_wait(pool);
    assert_int_equal(record.count, 1000);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(record.order[i], i);
    assert_int_equal(record.most_running, 1);
    pool_wait(pool); /* of nothing */
    pool_free(pool);
    free(jobs);
}

static void
test_several_work_side_by_side(void **state)
{
    static struct record record;
    struct job *jobs = make_jobs(&record, 12, 20000);
    struct pool *pool = pool_new(4, "test");

    (void)state;
    submit_many(pool, jobs, 12, 2);
    pool_wait(pool);
    assert_int_equal(record.count, 12);
    assert_in_range(record.most_running, 2, 4);
    pool_free(pool);
    free(jobs);
}

static void
test_free_runs_what_is_queued(void **state)
{
    static struct record record;
    struct job *jobs = make_jobs(&record, 50, 200);
    struct pool *pool = pool_new(2, "test");

    (void)state;
    submit_many(pool, jobs, 50, 0);
    pool_free(pool);
    assert_int_equal(record.count, 50);
    assert_int_equal(record.running, 0);
    pool_free(NULL);
    free(jobs);
}

static void
test_submit_waits_at_the_limit(void **state)
{
    static struct record record;
    struct job *jobs = make_jobs(&record, 6, 10000);
    struct pool *pool = pool_new(1, "test");
    unsigned started;

    (void)state;
    submit_many(pool, jobs, 6, 1);
    pthread_mutex_lock(&record.lock);
    started = record.count; /* the last may be queued, the rest were taken */
    pthread_mutex_unlock(&record.lock);
    assert_true(started >= 4);
    pool_free(pool);
    assert_int_equal(record.count, 6);
    free(jobs);
}

static void
test_without_threads_jobs_still_run(void **state)
{
    static struct record record;
    struct job *jobs = make_jobs(&record, 3, 0);
    struct pool *pool = pool_new(0, "test");

    (void)state;
    submit_many(pool, jobs, 3, 1);
    pool_wait(pool);
    assert_int_equal(record.count, 3);
    pool_free(pool);
    free(jobs);
}

static void
test_machine(void **state)
{
    int flag = 0;

    (void)state;
    assert_in_range(pool_cores(), 1, 4096);
    assert_true(pool_default_memory() >= (size_t)1 << 20);
    assert_false(cancel_is_set(&flag));
    assert_false(cancel_is_set(NULL));
    cancel_set(&flag);
    assert_true(cancel_is_set(&flag));
}

#define THINGS 40

struct things {
    unsigned sleep_us[THINGS];
    bool fails[THINGS];
    bool waits[THINGS]; /* until it is cancelled */
    bool done[THINGS];
    size_t next; /* that done() must be called for */
    int *cancel; /* set by done(5) */
};

static enum err_code
work_on(void *ctx, size_t number, const int *cancel, struct error *err)
{
    struct things *things = ctx;

    usleep(things->sleep_us[number]);
    while (things->waits[number] && !cancel_is_set(cancel))
        usleep(100);
    if (things->waits[number])
        return error_set(err, ERR_CANCELLED, "cancelled %zu", number);
    if (things->fails[number])
        return error_set(err, ERR_FORMAT, "thing %zu", number);
    things->done[number] = true;
    return ERR_OK;
}

static enum err_code
take(void *ctx, size_t number, struct error *err)
{
    struct things *things = ctx;

    (void)err;
    assert_int_equal(number, things->next++);
    assert_true(things->done[number]);
    if (things->cancel && number == 5)
        cancel_set(things->cancel);
    return ERR_OK;
}

static enum err_code
do_each(struct things *things, unsigned threads, struct error *err)
{
    const struct pool_each each = {.count = THINGS,
                                   .threads = threads,
                                   .name = "test",
                                   .work = work_on,
                                   .done = take,
                                   .ctx = things,
                                   .cancel = things->cancel};

    return pool_each(&each, err);
}

static void
test_each_in_order(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 7; threads += 3) {
        struct things things = {.next = 0};
        struct error err = ERROR_INIT;

        for (unsigned i = 0; i < THINGS; i++)
            things.sleep_us[i] = i * 7919 % 1000;
        assert_int_equal(do_each(&things, threads, &err), ERR_OK);
        assert_int_equal(things.next, THINGS);
    }
}

/* The error is that of the first thing that fails, though a later one fails
 * before it, and what comes after is told to stop. */
static void
test_each_first_failure(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 7; threads += 3) {
        struct things things = {.next = 0};
        struct error err = ERROR_INIT;

        things.sleep_us[8] = 3000;
        things.fails[8] = things.fails[9] = true;
        things.waits[10] = threads > 1;
        assert_int_equal(do_each(&things, threads, &err), ERR_FORMAT);
        assert_string_equal(err.message, "thing 8");
        assert_int_equal(things.next, 8);
        assert_false(things.done[THINGS - 1]);
    }
}

static void
test_each_cancelled(void **state)
{
    int cancel = 0;
    struct things things = {.cancel = &cancel};
    struct error err = ERROR_INIT;

    (void)state;
    things.waits[6] = things.waits[7] = true;
    assert_int_equal(do_each(&things, 2, &err), ERR_CANCELLED);
    assert_int_equal(things.next, 6);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_worker_keeps_the_order),
        cmocka_unit_test(test_several_work_side_by_side),
        cmocka_unit_test(test_free_runs_what_is_queued),
        cmocka_unit_test(test_submit_waits_at_the_limit),
        cmocka_unit_test(test_without_threads_jobs_still_run),
        cmocka_unit_test(test_machine),
        cmocka_unit_test(test_each_in_order),
        cmocka_unit_test(test_each_first_failure),
        cmocka_unit_test(test_each_cancelled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
