/* A run of the builder from lock to new generation. Everything is written
 * beside what is published; the former generation stands until the manifest is
 * replaced, in one rename, at the end. */
#include "config.h"

#include "stet/build.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build_work.h"
#include "stet/fileio.h"
#include "stet/pool.h"
#include "stet/xalloc.h"
#include "task.h"

void
build_message(struct build *build, const struct build_message *message)
{
    if (!build->options->message)
        return;
    pthread_mutex_lock(&build->lock);
    build->options->message(build->options->ctx, message);
    pthread_mutex_unlock(&build->lock);
}

void
build_note(struct build *build, const char *shard, enum err_code code,
           bool whole, const char *text)
{
    struct build_message message = {
        .shard = shard, .whole_shard = whole, .code = code, .text = text};

    build_message(build, &message);
}

void
build_report_progress(struct build *build)
{
    struct build_progress progress;

    if (!build->options->progress)
        return;
    pthread_mutex_lock(&build->lock);
    progress = build->progress;
    for (unsigned i = 0; i < build->jobs; i++)
        progress.bytes_done += build->job_bytes[i];
    if (progress.bytes_done > progress.bytes_total)
        progress.bytes_done = progress.bytes_total;
    build->options->progress(build->options->ctx, &progress);
    pthread_mutex_unlock(&build->lock);
}

void
build_init(struct build *build, const struct workspace *ws,
           const struct build_options *options, struct build_report *report)
{
    uint64_t memory = options->memory;

    *build = (struct build){.ws = ws, .options = options, .report = report};
    *report = (struct build_report){0};
    build->failure.code = ERR_OK;
    build->jobs = options->jobs ? options->jobs : pool_cores();
    if (memory == 0)
        memory = pool_default_memory();
    build->memory = memory;
    build->job_bytes = xcalloc(build->jobs, sizeof(*build->job_bytes));
    build->progress.phase = "looking at shards";
    generation_init(&build->manifest);
    mapping_init(&build->mapping);
    pthread_mutex_init(&build->lock, NULL);
    pthread_mutex_init(&build->big, NULL);
    pthread_cond_init(&build->finished, NULL);
}

void
build_release(struct build *build)
{
    build_results_release(build);
    free(build->batches);
    build_list_release(build);
    generation_release(&build->manifest);
    mapping_release(&build->mapping);
    attributes_release(&build->attributes);
    free(build->job_bytes);
    pthread_mutex_destroy(&build->lock);
    pthread_mutex_destroy(&build->big);
    pthread_cond_destroy(&build->finished);
}

/* A manifest that cannot be read is no reason to stop: the index is a cache.
 */
enum err_code
build_load_manifest(struct build *build, struct error *err)
{
    struct error problem = ERROR_INIT;
    enum err_code code =
        generation_load(&build->manifest, build->ws->index, NULL, &problem);

    build->has_manifest = code == ERR_OK;
    if (code == ERR_OK || code == ERR_NOTFOUND)
        return ERR_OK;
    if (code != ERR_FORMAT) {
        *err = problem;
        return code;
    }
    build_note(build, NULL, code, false, problem.message);
    /* numbers must not meet those of files that readers may hold */
    build->manifest.generation = (uint64_t)time_now_us();
    return ERR_OK;
}

enum err_code
build_prepare(struct build *build, const char *const *names, size_t count,
              struct error *err)
{
    enum err_code code = build_load_manifest(build, err);

    if (code == ERR_OK)
        code = attributes_load(&build->attributes, build->ws, err);
    if (code == ERR_OK)
        build->attributes_differ =
            attributes_align(&build->manifest, build->ws->index,
                             &build->attributes) ||
            !attributes_are_filled(&build->manifest, &build->attributes);
    if (code == ERR_OK)
        code = build_list_known(build, err);
    if (code == ERR_OK)
        code = build_list_named(build, names, count, err);
    if (code == ERR_OK)
        code = build_mapping_load(build, err);
    if (code == ERR_OK)
        code =
            build_list_check(build,
                             count == 0 && build->options->forget_count == 0 &&
                                 build->options->again_count == 0,
                             err);
    if (code == ERR_OK)
        build_list_compact(build);
    return code;
}

static void
count_states(struct build *build)
{
    for (size_t i = 0; i < build->shard_count; i++) {
        const struct work_shard *shard = &build->shards[i];

        build->report->shards_missing += shard->state == WORK_MISSING;
        build->report->shards_unchanged += shard->state == WORK_KEEP;
    }
}

static bool
is_anything_new(const struct build *build)
{
    if (!build->has_manifest || build->result_count > 0 ||
        build->attributes_differ || build->has_dropped)
        return true;
    for (size_t i = 0; i < build->shard_count; i++) {
        const struct work_shard *shard = &build->shards[i];

        if ((shard->known || shard->lost) &&
            (shard->state == WORK_MISSING || shard->state == WORK_FORGET))
            return true;
    }
    return false;
}

static uint64_t
size_of(const char *folder, const char *name)
{
    char *path = path_join(folder, name);
    struct error ignored = ERROR_INIT;
    struct file_stat stat = {0};

    (void)file_stat(path, &stat, &ignored);
    free(path);
    return stat.bytes;
}

static void
measure(struct build *build)
{
    const struct generation *manifest = &build->manifest;
    char *copies = path_join(build->ws->index, COPY_FOLDER);
    struct names names = {NULL, 0};
    struct error ignored = ERROR_INIT;

    for (size_t i = 0; i < manifest->partition_count; i++)
        build->report->index_bytes += manifest->partitions[i].bytes;
    for (size_t i = 0; i < manifest->column_count; i++)
        build->report->index_bytes +=
            size_of(build->ws->index, manifest->columns[i].file);
    if (folder_list(copies, false, &names, &ignored) == ERR_OK)
        for (size_t i = 0; i < names.count; i++)
            build->report->copy_bytes += size_of(copies, names.names[i]);
    names_free(&names);
    free(copies);
    for (size_t i = 0; i < build->shard_count; i++)
        if (build->shards[i].known)
            build->report->documents += build->shards[i].documents;
    build->report->generation = manifest->generation;
}

/* A partition for each worker, then publish: a kill costs one round, not the
 * run. */
static enum err_code
run_rounds(struct build *build, struct error *err)
{
    size_t published = build->known_scores;
    enum err_code code;

    do {
        code = build_work(build, err);
        if (code != ERR_OK || !is_anything_new(build))
            continue;
        build->progress.phase = "publishing";
        build_report_progress(build);
        code = build_publish_results(build, err);
        if (code == ERR_OK)
            code = build_publish_generation(build, err);
        if (code == ERR_OK)
            code = build_mapping_store(build, published, err);
        published = build->mapping.score_count;
        build_results_release(build);
        build->has_manifest = true;
        build->has_dropped = false;
    } while (code == ERR_OK && build->next_batch < build->batch_count &&
             !cancel_is_set(build->options->cancel));
    return code;
}

static enum err_code
run_locked(struct build *build, const char *const *names, size_t count,
           struct error *err)
{
    bool published = false;
    enum err_code code =
        task_publish(build->ws, build->options, &published, err);

    if (code == ERR_OK)
        code = build_prepare(build, names, count, err);
    build_clean_temporary(build->ws->index);
    attributes_clean(build->ws);
    if (code == ERR_OK) {
        build->known_scores = build->mapping.score_count;
        code = build_mapping_sample(build, err);
    }
    if (code != ERR_OK)
        return code;
    count_states(build);
    build_plan_batches(build);
    code = run_rounds(build, err);
    build_clean(build->ws->index); /* also after a failure */
    if (code == ERR_OK)
        measure(build);
    build->report->cancelled = cancel_is_set(build->options->cancel);
    return code;
}

enum err_code
build_lock(const struct workspace *ws, int *fd, struct error *err)
{
    char *copies = path_join(ws->index, COPY_FOLDER);
    char *lock = path_join(ws->index, INDEX_LOCK);
    enum err_code code = folder_make(copies, workspace_folder_mode(ws), err);

    if (code == ERR_OK)
        code = file_lock(lock, true, false, fd, err);
    if (code == ERR_BUSY)
        code = error_set(err, ERR_BUSY,
                         "another `stet index` is writing this index");
    free(copies);
    free(lock);
    return code;
}

enum err_code
build_run(struct workspace *ws, const char *const *shards, size_t count,
          const struct build_options *options, struct build_report *report,
          struct error *err)
{
    struct build build;
    int fd = -1;
    enum err_code code;

    build_init(&build, ws, options, report);
    code = build_lock(ws, &fd, err);
    if (code == ERR_OK) {
        code = run_locked(&build, shards, count, err);
        if (code == ERR_CANCELLED) { /* before anything was read */
            report->cancelled = true;
            code = ERR_OK;
        }
    }
    build_release(&build); /* with the temporary files, under the lock */
    if (fd >= 0)
        close(fd);
    return code;
}
