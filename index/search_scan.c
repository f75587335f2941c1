/* Documents read from their shards and tested, by a pool of threads. The
 * calling thread looks up where they are and cuts them into slices, small ones
 * first so that the first hits come at once; slices run side by side, each
 * with a shard reader that stays open from slice to slice, and are taken back
 * in order. A shard that cannot be read at random is one stream, so its slices
 * run one after the other. */
#include "config.h"

#include "search_scan.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "index_reader.h"
#include "stet/pool.h"

#define SLICE_DOCS 512u
#define SLICE_FIRST                                          \
    ((uint64_t)64 << 10) /* bytes of the shard, decompressed \
                          */
#define SLICE_MAX ((uint64_t)4 << 20)
#define SLICES_PER_JOB 3u

/* What a thread works with; one of the scan's `jobs`. */
struct worker {
    struct index_reader *reader;
    struct buf raw;
    struct arena arena; /* of one document */
    void *state;
    bool ready; /* the test has begun */
    bool busy;  /* scan->lock */
};

struct slice {
    struct scan *scan;
    struct index_item *items; /* SLICE_DOCS */
    uint32_t count;
    uint32_t *found; /* SLICE_DOCS */
    uint32_t found_count, unreadable, costly;
    enum err_code code;
    struct error err;
    bool serial; /* of a shard that is a stream */
    bool done;   /* scan->lock */
};

struct scan {
    struct scan_run *run;
    struct pool *pool;
    pthread_mutex_t lock;
    pthread_cond_t progress; /* a slice is done */
    struct worker *workers;
    unsigned jobs;
    int stop; /* atomic: nothing more is wanted */

    /* of the calling thread: a ring of slices, the oldest at `head` */
    struct slice *slices;
    unsigned slice_count, head, running;
    uint32_t next; /* candidate that is looked up next; UINT32_MAX: none */
    uint64_t slice_bytes;
    uint32_t total;
};

static bool
is_stopped(const struct scan *scan)
{
    return cancel_is_set(&scan->stop) || cancel_is_set(scan->run->env->cancel);
}

/* Whether the test holds, and of the record that was indexed. */
static enum err_code
try_item(const struct scan *scan, struct worker *worker,
         const struct index_item *item, bool *holds, struct error *err)
{
    const struct scan_test *test = scan->run->test;
    struct document document;
    enum err_code code;

    if (test->about)
        test->about(worker->state, item->doc);
    code = index_reader_fetch(worker->reader, scan->run->index, item,
                              &worker->arena, &worker->raw, err);
    if (code != ERR_OK ||
        (test->may_hold && !test->may_hold(worker->state, buf_str(&worker->raw),
                                           item->place.flags)))
        return code;
    code = index_reader_map(worker->reader, buf_str(&worker->raw),
                            &worker->arena, &document, err);
    if (code != ERR_OK)
        return code;
    code = test->holds(worker->state, &document, &worker->arena, holds, err);
    if (code == ERR_OK && *holds)
        code = index_reader_verify(worker->reader, document.raw, &item->place,
                                   &worker->arena, err);
    return code;
}

static enum err_code
test_item(struct slice *slice, struct worker *worker,
          const struct index_item *item, struct error *err)
{
    bool holds = false;
    enum err_code code;

    arena_reset(&worker->arena);
    buf_clear(&worker->raw);
    code = try_item(slice->scan, worker, item, &holds, err);
    if (code == ERR_OK && holds)
        slice->found[slice->found_count++] = item->doc;
    /* One document that changed meanwhile must not hide the others. */
    slice->unreadable += code == ERR_CONFLICT;
    slice->costly += code == ERR_LIMIT;
    return code == ERR_CONFLICT || code == ERR_LIMIT ? ERR_OK : code;
}

/* A worker that is free, best with the slice's shard open: a stream must not
 * be read again from its start. */
static struct worker *
take_worker(struct scan *scan, uint32_t shard)
{
    unsigned chosen = scan->jobs;

    pthread_mutex_lock(&scan->lock);
    for (unsigned i = 0; i < scan->jobs; i++)
        if (!scan->workers[i].busy &&
            (chosen == scan->jobs ||
             index_reader_has(scan->workers[i].reader, shard)))
            chosen = i;
    assert(chosen < scan->jobs); /* as many as threads */
    scan->workers[chosen].busy = true;
    pthread_mutex_unlock(&scan->lock);
    return &scan->workers[chosen];
}

static void
run_slice(void *arg)
{
    struct slice *slice = arg;
    struct scan *scan = slice->scan;
    struct worker *worker = take_worker(scan, slice->items[0].place.shard);
    struct error err = ERROR_INIT;
    enum err_code code = ERR_OK;

    if (!worker->ready)
        code =
            scan->run->test->begin(scan->run->test->ctx, &worker->state, &err);
    if (code == ERR_OK)
        worker->ready = true;
    for (uint32_t i = 0;
         code == ERR_OK && i < slice->count && !is_stopped(scan); i++)
        code = test_item(slice, worker, &slice->items[i], &err);
    slice->code = code;
    slice->err = err;
    pthread_mutex_lock(&scan->lock);
    worker->busy = false;
    slice->done = true;
    pthread_cond_signal(&scan->progress);
    pthread_mutex_unlock(&scan->lock);
}

/* Look up the next documents: of one shard, not too far apart. */
static enum err_code
fill_slice(struct scan *scan, struct slice *slice, struct error *err)
{
    struct index *index = scan->run->index;
    uint64_t start = 0;
    enum err_code code = ERR_OK;

    while (code == ERR_OK && scan->next != UINT32_MAX &&
           slice->count < SLICE_DOCS) {
        struct index_item *item = &slice->items[slice->count];

        item->doc = scan->run->base + scan->next;
        code = index_place(index, item->doc, &item->place, err);
        if (slice->count == 0)
            start = item->place.offset;
        if (slice->count > 0 &&
            (item->place.shard != slice->items[0].place.shard ||
             item->place.offset - start > scan->slice_bytes))
            break;
        slice->count++;
        scan->next = bits_next(scan->run->candidates, scan->next + 1);
    }
    if (code == ERR_OK)
        slice->serial =
            index_shard_is_stream(index, slice->items[0].place.shard);
    if (scan->slice_bytes < SLICE_MAX)
        scan->slice_bytes *= 2;
    return code;
}

/* Take the oldest slice's answer. */
static enum err_code
take_slice(struct scan *scan, struct error *err)
{
    const struct search_env *env = scan->run->env;
    struct slice *slice = &scan->slices[scan->head];

    pthread_mutex_lock(&scan->lock);
    while (!slice->done)
        pthread_cond_wait(&scan->progress, &scan->lock);
    pthread_mutex_unlock(&scan->lock);
    scan->head = (scan->head + 1) % scan->slice_count;
    scan->running--;
    if (slice->code != ERR_OK) {
        *err = slice->err;
        return slice->code;
    }
    scan->run->unreadable += slice->unreadable;
    scan->run->costly += slice->costly;
    for (uint32_t i = 0; i < slice->found_count; i++)
        bits_set(scan->run->out, slice->found[i] - scan->run->base);
    scan->run->done += slice->count;
    if (env->progress)
        env->progress(env->ctx, scan->run->done, scan->run->total);
    if (scan->run->found && slice->found_count > 0 &&
        !scan->run->found(scan->run->found_ctx, slice->found,
                          slice->found_count)) {
        scan->run->cut = true;
        cancel_set(&scan->stop);
    }
    return ERR_OK;
}

/* Wait for all slices; their answers no longer count. */
static void
drain(struct scan *scan)
{
    cancel_set(&scan->stop);
    pool_wait(scan->pool);
}

static enum err_code
start_slice(struct scan *scan, struct error *err)
{
    unsigned at = (scan->head + scan->running) % scan->slice_count;
    struct slice *slice = &scan->slices[at];
    enum err_code code;

    slice->count = slice->found_count = 0;
    slice->unreadable = slice->costly = 0;
    slice->done = false;
    code = fill_slice(scan, slice, err);
    while (code == ERR_OK && slice->serial && scan->running > 0)
        code = take_slice(scan, err);
    if (code != ERR_OK || cancel_is_set(&scan->stop))
        return code;
    scan->running++;
    pool_submit(scan->pool, run_slice, slice, 0);
    return ERR_OK;
}

static enum err_code
cancelled(const struct scan *scan, struct error *err)
{
    if (cancel_is_set(scan->run->env->cancel))
        return error_set(err, ERR_CANCELLED, "%s",
                         err_code_text(ERR_CANCELLED));
    return ERR_OK;
}

static enum err_code
walk(struct scan *scan, struct error *err)
{
    enum err_code code = ERR_OK;

    while (code == ERR_OK && !cancel_is_set(&scan->stop) &&
           (scan->next != UINT32_MAX || scan->running > 0)) {
        code = cancelled(scan, err);
        if (code != ERR_OK)
            break;
        if (scan->next != UINT32_MAX && scan->running < scan->slice_count)
            code = start_slice(scan, err);
        else
            code = take_slice(scan, err);
    }
    /* a slice that saw the flag first has given up without an error */
    if (code == ERR_OK)
        code = cancelled(scan, err);
    return code;
}

static enum err_code
set_up(struct scan *scan, struct error *err)
{
    unsigned jobs = scan->run->env->jobs;

    if (jobs == 0)
        jobs = pool_cores();
    if (jobs > 1 + scan->total / 16)
        jobs = 1 + scan->total / 16;
    scan->jobs = jobs;
    scan->slice_count = jobs * SLICES_PER_JOB;
    scan->slice_bytes = SLICE_FIRST;
    scan->workers = calloc(jobs, sizeof(*scan->workers));
    scan->slices = calloc(scan->slice_count, sizeof(*scan->slices));
    if (!scan->workers || !scan->slices)
        return error_nomem(err);
    for (unsigned i = 0; i < jobs; i++) {
        arena_init(&scan->workers[i].arena, 0);
        scan->workers[i].reader = index_reader_new();
    }
    for (unsigned i = 0; i < scan->slice_count; i++) {
        struct slice *slice = &scan->slices[i];

        slice->scan = scan;
        slice->items = malloc(SLICE_DOCS * sizeof(*slice->items));
        slice->found = malloc(SLICE_DOCS * sizeof(*slice->found));
        if (!slice->items || !slice->found)
            return error_nomem(err);
    }
    scan->pool = pool_new(jobs, "stet-scan");
    return ERR_OK;
}

static void
tear_down(struct scan *scan)
{
    if (scan->pool)
        drain(scan);
    pool_free(scan->pool);
    for (unsigned i = 0; scan->workers && i < scan->jobs; i++) {
        struct worker *worker = &scan->workers[i];

        index_reader_free(worker->reader);
        if (worker->ready)
            scan->run->test->end(worker->state);
        buf_release(&worker->raw);
        arena_release(&worker->arena);
    }
    for (unsigned i = 0; scan->slices && i < scan->slice_count; i++) {
        free(scan->slices[i].items);
        free(scan->slices[i].found);
    }
    free(scan->workers);
    free(scan->slices);
    pthread_cond_destroy(&scan->progress);
    pthread_mutex_destroy(&scan->lock);
}

enum err_code
search_scan(struct scan_run *run, struct error *err)
{
    struct scan scan = {.run = run,
                        .lock = PTHREAD_MUTEX_INITIALIZER,
                        .progress = PTHREAD_COND_INITIALIZER,
                        .next = bits_next(run->candidates, 0),
                        .total = bits_population(run->candidates)};
    enum err_code code;

    if (scan.total == 0)
        return ERR_OK;
    code = set_up(&scan, err);
    if (code == ERR_OK)
        code = walk(&scan, err);
    tear_down(&scan);
    return code;
}
