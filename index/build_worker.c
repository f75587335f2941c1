/* The workers of a run: each takes batches of shards and makes partitions of
 * them, in files of its own. The calling thread waits, reports, and passes the
 * caller's cancel flag on. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "build_work.h"
#include "stet/pool.h"
#include "stet/xalloc.h"

#define REPORT_MS 100
#define MEMORY_OF_DOCUMENT 160u /* bytes until the partition is finished */

struct worker {
    struct build *build;
    unsigned job;
    pthread_t thread;
    /* the partition being written */
    struct partition_writer *writer;
    struct work_shard **shards;
    size_t shard_count;
    size_t done; /* shards that are complete */
    size_t batch;
    unsigned part;
};

uint64_t
build_shard_weight(const struct work_shard *shard)
{
    struct str path = str_of(shard->path);
    bool plain = !str_ends_with(path, STR_LIT(".gz")) &&
                 !str_ends_with(path, STR_LIT(".zst")) &&
                 !str_ends_with(path, STR_LIT(".zstd"));

    return plain ? shard->stat.bytes : shard->stat.bytes * 3;
}

uint64_t
build_partition_text(const struct build *build)
{
    return build->options->partition ? build->options->partition
                                     : PARTITION_TEXT;
}

void
build_plan_batches(struct build *build)
{
    uint64_t total = 0;
    uint64_t bytes = 0;
    uint64_t sum = 0;
    uint64_t count;
    size_t used = 0;
    size_t last = 0;

    for (size_t i = 0; i < build->shard_count; i++)
        if (build->shards[i].state == WORK_INDEX) {
            total += build_shard_weight(&build->shards[i]);
            bytes += build->shards[i].stat.bytes;
            build->progress.shards_total++;
        }
    build->progress.bytes_total = bytes;
    if (build->progress.shards_total == 0)
        return;
    count = total / build_partition_text(build) + 1;
    if (bytes > PARALLEL_BYTES) /* as many for each worker */
        count = (count + build->jobs - 1) / build->jobs * build->jobs;
    if (count > build->progress.shards_total)
        count = build->progress.shards_total;
    build->batches = xcalloc((size_t)count, sizeof(*build->batches));
    for (size_t i = 0; i < build->shard_count; i++) {
        uint64_t size;
        size_t at;

        if (build->shards[i].state != WORK_INDEX)
            continue;
        /* where the shard's middle falls, if all batches were equal */
        size = build_shard_weight(&build->shards[i]);
        at = (size_t)((sum + size / 2) * count / (total + 1));
        sum += size;
        if (at > last && build->batches[used].end > 0)
            used++;
        last = at;
        if (build->batches[used].end == 0)
            build->batches[used].first = i;
        build->batches[used].end = i + 1;
    }
    build->batch_count = used + 1;
}

static enum err_code
open_partition(struct worker *worker, struct error *err)
{
    struct build *build = worker->build;
    char *name = xasprintf(TEMPORARY "%zu-%u", worker->batch, worker->part);
    struct partition_options options = {
        .folder = build->ws->index,
        .name = name,
        .mapping = &build->mapping,
        .memory = build->share,
        .builder = build->options->builder,
        .threads = build->threads,
        .cancel = &build->stop,
    };
    enum err_code code = partition_writer_open(&worker->writer, &options, err);

    free(name);
    return code;
}

static void
drop_partition(struct worker *worker)
{
    partition_writer_free(worker->writer);
    worker->writer = NULL;
    free(worker->shards);
    worker->shards = NULL;
    worker->shard_count = 0;
    worker->done = 0;
}

static enum err_code
finish_partition(struct worker *worker, struct error *err)
{
    struct build *build = worker->build;
    struct result *result;
    enum err_code code = ERR_OK;

    if (worker->writer && worker->done > 0) {
        code = partition_writer_finish(worker->writer, NULL, NULL, err);
        if (code == ERR_OK) {
            pthread_mutex_lock(&build->lock);
            build->results =
                xreallocarray(build->results, build->result_count + 1,
                              sizeof(*build->results));
            result = &build->results[build->result_count++];
            *result =
                (struct result){worker->writer, worker->batch, worker->part,
                                worker->shards, worker->shard_count};
            build->report->duplicates_of_id +=
                partition_writer_duplicates(worker->writer);
            pthread_mutex_unlock(&build->lock);
            worker->writer = NULL;
            worker->shards = NULL;
            worker->part++;
        }
    }
    drop_partition(worker);
    return code;
}

static void
count_shard(struct worker *worker, const struct work_shard *shard,
            enum ingest_end end)
{
    struct build *build = worker->build;

    pthread_mutex_lock(&build->lock);
    build->job_bytes[worker->job] = 0;
    build->progress.bytes_done += shard->stat.bytes;
    build->progress.shards_done++;
    if (end == INGEST_DONE)
        build->report->shards_indexed++;
    else if (end == INGEST_FAILED)
        build->report->shards_failed++;
    pthread_mutex_unlock(&build->lock);
}

static bool
is_full(const struct worker *worker)
{
    uint64_t most = worker->build->share / MEMORY_OF_DOCUMENT;

    if (most > PARTITION_DOCUMENTS)
        most = PARTITION_DOCUMENTS;
    return partition_writer_is_full(worker->writer) ||
           partition_writer_count(worker->writer) >= most ||
           partition_writer_text_bytes(worker->writer) >=
               build_partition_text(worker->build);
}

static enum err_code
take_shard(struct worker *worker, struct work_shard *shard, struct error *err)
{
    struct ingest ingest = {worker->build, worker->job,
                            worker->build->manifest.generation + 1, NULL};
    enum ingest_end end = INGEST_FAILED;
    enum err_code code = ERR_OK;
    uint32_t before;

    if (!worker->writer)
        code = open_partition(worker, err);
    if (code != ERR_OK)
        return code;
    before = partition_writer_count(worker->writer);
    ingest.writer = worker->writer;
    code = ingest_shard(&ingest, shard, &end, err);
    if (code != ERR_OK)
        return error_wrap(err, "%s", shard->path);
    if (end != INGEST_FAILED) {
        worker->shards = xreallocarray(worker->shards, worker->shard_count + 1,
                                       sizeof(struct work_shard *));
        worker->shards[worker->shard_count++] =
            end == INGEST_DONE ? shard : NULL;
    }
    if (end == INGEST_DONE) {
        shard->documents = partition_writer_count(worker->writer) - before;
        worker->done++;
    }
    count_shard(worker, shard, end);
    return is_full(worker) ? finish_partition(worker, err) : ERR_OK;
}

static enum err_code
run_batch(struct worker *worker, struct error *err)
{
    struct build *build = worker->build;
    const struct batch *batch = &build->batches[worker->batch];
    enum err_code code = ERR_OK;

    worker->part = 0;
    for (size_t i = batch->first; i < batch->end && code == ERR_OK; i++) {
        if (cancel_is_set(&build->stop) ||
            cancel_is_set(build->options->cancel))
            break;
        if (build->shards[i].state == WORK_INDEX)
            code = take_shard(worker, &build->shards[i], err);
    }
    if (code == ERR_OK)
        code = finish_partition(worker, err);
    drop_partition(worker);
    return code;
}

static void *
work(void *arg)
{
    struct worker *worker = arg;
    struct build *build = worker->build;
    struct error err = ERROR_INIT;
    enum err_code code = ERR_OK;

    while (code == ERR_OK && !cancel_is_set(&build->stop)) {
        pthread_mutex_lock(&build->lock);
        worker->batch = build->next_batch;
        build->next_batch += worker->batch < build->round_end;
        pthread_mutex_unlock(&build->lock);
        if (worker->batch >= build->round_end)
            break;
        code = run_batch(worker, &err);
    }
    pthread_mutex_lock(&build->lock);
    if (code != ERR_OK && build->failure.code == ERR_OK) {
        build->failure = err;
        cancel_set(&build->stop);
    }
    build->running--;
    pthread_cond_signal(&build->finished);
    pthread_mutex_unlock(&build->lock);
    return NULL;
}

/* Until the workers are done; reports, and passes the cancel flag on. */
static void
watch(struct build *build)
{
    pthread_mutex_lock(&build->lock);
    while (build->running > 0) {
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += REPORT_MS * 1000000L;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_nsec -= 1000000000L;
            until.tv_sec++;
        }
        pthread_cond_timedwait(&build->finished, &build->lock, &until);
        if (cancel_is_set(build->options->cancel))
            cancel_set(&build->stop);
        build->progress.phase =
            build->progress.shards_done == build->progress.shards_total
                ? "merging"
                : "reading";
        pthread_mutex_unlock(&build->lock);
        build_report_progress(build);
        pthread_mutex_lock(&build->lock);
    }
    pthread_mutex_unlock(&build->lock);
}

enum err_code
build_work(struct build *build, struct error *err)
{
    unsigned count = build->jobs;
    struct worker *workers;
    unsigned started = 0;
    int failed = 0;

    if (count > build->batch_count - build->next_batch)
        count = (unsigned)(build->batch_count - build->next_batch);
    build->round_end = build->next_batch + count;
    if (count == 0)
        return ERR_OK;
    build->threads = (build->jobs + count - 1) / count;
    build->share = build->memory / count;
    workers = xcalloc(count, sizeof(*workers));
    while (started < count && failed == 0) {
        workers[started] = (struct worker){.build = build, .job = started};
        pthread_mutex_lock(&build->lock);
        failed = pthread_create(&workers[started].thread, NULL, work,
                                &workers[started]);
        if (failed == 0)
            build->running++;
        pthread_mutex_unlock(&build->lock);
        started += failed == 0;
    }
    if (started > 0)
        watch(build);
    for (unsigned i = 0; i < started; i++)
        pthread_join(workers[i].thread, NULL);
    free(workers);
    if (started == 0)
        return error_errno(err, failed, "cannot start a thread");
    if (build->failure.code != ERR_OK) {
        *err = build->failure;
        return err->code;
    }
    return ERR_OK;
}

void
build_results_release(struct build *build)
{
    for (size_t i = 0; i < build->result_count; i++) {
        partition_writer_free(build->results[i].writer);
        free(build->results[i].shards);
    }
    free(build->results);
    build->results = NULL;
    build->result_count = 0;
}
