/* Building the parts of one task: each an index of its own in a folder that
 * gets its name when it is complete. No lock is held and nothing of others is
 * written, so that tasks may run on machines that share but a file system. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "stet/fileio.h"
#include "stet/hash.h"
#include "stet/pool.h"
#include "stet/xalloc.h"
#include "task.h"

#define HOST_MAX 64

/* This machine's name, as it may stand in a file's. */
static void
host_name(char out[HOST_MAX])
{
    if (gethostname(out, HOST_MAX) != 0)
        out[0] = '\0';
    out[HOST_MAX - 1] = '\0';
    for (char *at = out; *at; at++)
        if (*at == '/' || *at == '-')
            *at = '_';
    if (!*out)
        (void)snprintf(out, HOST_MAX, "host");
}

static char *
temporary_folder(const struct task_plan *plan, uint32_t number)
{
    char host[HOST_MAX];
    char *name;
    char *out;

    host_name(host);
    name = xasprintf(TEMPORARY "%04" PRIu32 "-%s-%ld", number, host,
                     (long)getpid());
    out = path_join(plan->folder, name);
    free(name);
    return out;
}

/* Folders of processes of this machine that are gone. Those of others go when
 * the plan is published. */
static void
clean_temporary(const struct task_plan *plan)
{
    struct names names = {NULL, 0};
    struct error ignored = ERROR_INIT;
    char host[HOST_MAX];
    char *tail;

    host_name(host);
    tail = xasprintf("-%s-", host);
    if (folder_list_folders(plan->folder, &names, &ignored) != ERR_OK)
        names.count = 0;
    for (size_t i = 0; i < names.count; i++) {
        const char *name = path_base(names.names[i]);
        const char *found = strstr(name, tail);
        char *path = path_join(plan->folder, name);
        long pid = found ? strtol(found + strlen(tail), NULL, 10) : 0;

        if (strncmp(name, TEMPORARY, strlen(TEMPORARY)) == 0 && pid > 0 &&
            kill((pid_t)pid, 0) != 0 && errno == ESRCH)
            (void)folder_remove(path, &ignored);
        free(path);
    }
    names_free(&names);
    free(tail);
}

/* A number for the names of seekable copies, which no other part and no other
 * state of these shards has. */
static uint64_t
number_copies(const struct build *build, const struct task_plan *plan,
              uint32_t number)
{
    struct buf text = {0};
    struct hash hash;

    xbuf_printf(&text, "%s %" PRIu32, path_base(plan->folder), number);
    for (size_t i = 0; i < build->shard_count; i++)
        xbuf_printf(&text, " %" PRIu64 " %" PRId64, build->shards[i].stat.bytes,
                    build->shards[i].stat.mtime_ns);
    hash = hash_of(buf_str(&text));
    buf_release(&text);
    return hash_prefix(&hash) >> 1;
}

static enum err_code
list_shards(struct build *build, const struct task_plan *plan, uint32_t number,
            struct error *err)
{
    const char **paths = xcalloc(plan->shard_count + 1, sizeof(*paths));
    char **full = xcalloc(plan->shard_count + 1, sizeof(*full));
    size_t count = 0;
    enum err_code code;

    for (size_t i = 0; i < plan->shard_count; i++)
        if (plan->shards[i].part == number) {
            full[count] = build_full_path(build, plan->shards[i].path);
            paths[count] = full[count];
            count++;
        }
    code = build_list_named(build, paths, count, err);
    if (code == ERR_OK)
        code = build_list_check(build, false, err);
    for (size_t i = 0; i < count; i++)
        free(full[i]);
    free(full);
    free(paths);
    return code;
}

/* One batch: the part's shards, in order, by one worker and its threads. */
static void
plan_batch(struct build *build)
{
    build->batches = xcalloc(1, sizeof(*build->batches));
    build->batches[0] = (struct batch){0, build->shard_count};
    build->batch_count = 1;
    for (size_t i = 0; i < build->shard_count; i++)
        if (build->shards[i].state == WORK_INDEX) {
            build->progress.bytes_total += build->shards[i].stat.bytes;
            build->progress.shards_total++;
        }
}

static enum err_code
build_here(struct build *build, const struct task_plan *plan, uint32_t number,
           struct error *err)
{
    enum err_code code = mapping_copy(&build->mapping, &plan->mapping, err);

    build->scores_fixed = true;
    if (code == ERR_OK)
        code = list_shards(build, plan, number, err);
    if (code == ERR_OK)
        code = build_mapping_sample(build, err);
    if (code != ERR_OK)
        return code;
    build->manifest.generation = number_copies(build, plan, number);
    plan_batch(build);
    code = build_work(build, err);
    if (code == ERR_OK && cancel_is_set(build->options->cancel))
        code =
            error_set(err, ERR_CANCELLED, "%s", err_code_text(ERR_CANCELLED));
    if (code == ERR_OK)
        code = build_publish_results(build, err);
    if (code != ERR_OK)
        return code;
    build_take_scores(build);
    code = generation_store(&build->manifest, build->ws->index, err);
    if (code == ERR_OK)
        code = task_part_store(build, build->ws->index, err);
    return code;
}

/* The folder gets its name; a stale one makes way. */
static enum err_code
publish_part(const struct task_plan *plan, uint32_t number, const char *from,
             struct error *err)
{
    char *to = task_part_folder(plan, number);
    char *aside = xasprintf("%s.old", from);
    struct error ignored = ERROR_INIT;
    enum err_code code = file_sync_folder(from, err);

    if (code == ERR_OK && rename(to, aside) != 0 && errno != ENOENT)
        code = error_errno(err, errno, to);
    if (code == ERR_OK && rename(from, to) != 0 && errno != ENOTEMPTY &&
        errno != EEXIST) /* those: the same task runs twice */
        code = error_errno(err, errno, to);
    if (code == ERR_OK)
        code = file_sync_folder(plan->folder, err);
    (void)folder_remove(aside, &ignored);
    free(aside);
    free(to);
    return code;
}

static void
add_report(struct build_report *sum, const struct build_report *part)
{
    sum->shards_indexed += part->shards_indexed;
    sum->shards_failed += part->shards_failed;
    sum->shards_damaged += part->shards_damaged;
    sum->added += part->added;
    sum->documents += part->added;
    sum->rejected += part->rejected;
    sum->bad_utf8 += part->bad_utf8;
    sum->surrogates += part->surrogates;
    sum->duplicates_of_id += part->duplicates_of_id;
    sum->rows_failed += part->rows_failed;
    sum->rows_rejected += part->rows_rejected;
    sum->blank += part->blank;
    sum->crlf += part->crlf;
    sum->bom += part->bom;
    sum->text_bytes += part->text_bytes;
}

static enum err_code
build_part(const struct workspace *ws, const struct task_plan *plan,
           uint32_t number, const struct build_options *options,
           struct build_report *report, struct error *err)
{
    char *folder = temporary_folder(plan, number);
    char *copies = path_join(folder, COPY_FOLDER);
    struct error ignored = ERROR_INIT;
    struct workspace here = *ws;
    struct build_report done;
    struct build build;
    enum err_code code = folder_remove(folder, err);

    here.index = folder;
    build_init(&build, &here, options, &done);
    if (code == ERR_OK)
        code = folder_make(copies, workspace_folder_mode(ws), err);
    if (code == ERR_OK)
        code = build_here(&build, plan, number, err);
    for (size_t i = 0; i < build.manifest.partition_count; i++)
        report->index_bytes += build.manifest.partitions[i].bytes;
    build_release(&build); /* with its temporary files */
    if (code == ERR_OK)
        code = publish_part(plan, number, folder, err);
    (void)folder_remove(folder, &ignored);
    if (code == ERR_OK)
        add_report(report, &done);
    free(copies);
    free(folder);
    return code;
}

static uint32_t
count_shards(const struct task_plan *plan, uint32_t number)
{
    uint32_t count = 0;

    for (size_t i = 0; i < plan->shard_count; i++)
        count += plan->shards[i].part == number;
    return count;
}

static enum err_code
build_parts(const struct workspace *ws, const struct task_plan *plan,
            unsigned task, const struct build_options *options,
            struct build_report *report, struct error *err)
{
    struct build_report ignored;
    struct build known;
    enum err_code code;

    build_init(&known, ws, options, &ignored);
    code = build_load_manifest(&known, err);
    if (code == ERR_OK)
        code = build_list_known(&known, err);
    for (uint32_t i = task - 1; i < plan->parts && code == ERR_OK;
         i += plan->tasks) {
        enum task_part_state state = task_part_state(plan, i, &known);

        if (state == PART_READY || state == PART_PUBLISHED)
            report->shards_unchanged += count_shards(plan, i);
        else if (cancel_is_set(options->cancel))
            code = error_set(err, ERR_CANCELLED, "%s",
                             err_code_text(ERR_CANCELLED));
        else
            code = build_part(ws, plan, i, options, report, err);
        if (plan->parts - i <= plan->tasks)
            break;
    }
    build_release(&known);
    return code;
}

/* The shards of a part that is to be built yet. */
static void
add_part(const struct build *known, const struct task_plan *plan,
         uint32_t number, struct build_plan *sum)
{
    for (size_t i = 0; i < plan->shard_count; i++) {
        struct work_shard shard = {.path = plan->shards[i].path};
        struct error ignored = ERROR_INIT;

        if (plan->shards[i].part != number)
            continue;
        shard.full = build_full_path(known, shard.path);
        if (file_stat(shard.full, &shard.stat, &ignored) == ERR_OK) {
            build_add_sizes(known, &shard, sum);
            sum->shards_new++;
        } else {
            sum->shards_missing++;
        }
        free(shard.full);
    }
}

enum err_code
build_task_plan(const struct workspace *ws, const char *const *shards,
                size_t count, struct build_task task,
                const struct build_options *options, struct build_plan *out,
                struct error *err)
{
    struct shard_names names = {shards, count};
    struct build_options quiet = *options;
    struct build_plan sum = {0};
    struct build_report ignored;
    struct task_plan plan;
    struct build known;
    enum err_code code =
        task_plan_take(&plan, ws, &names, task.count, options, err);

    if (code != ERR_OK)
        return code;
    quiet.message = NULL; /* the run itself tells */
    build_init(&known, ws, &quiet, &ignored);
    code = build_load_manifest(&known, err);
    if (code == ERR_OK)
        code = build_list_known(&known, err);
    for (uint32_t i = 0; code == ERR_OK && i < plan.parts; i++) {
        enum task_part_state state;

        if (i % plan.tasks != task.number - 1)
            continue;
        state = task_part_state(&plan, i, &known);
        if (state == PART_READY || state == PART_PUBLISHED)
            sum.shards_unchanged += count_shards(&plan, i);
        else
            add_part(&known, &plan, i, &sum);
    }
    if (code == ERR_OK)
        code = file_free_space(ws->dot, &sum.free_bytes, err);
    if (code == ERR_OK)
        *out = sum;
    build_release(&known);
    task_plan_release(&plan);
    return code;
}

enum err_code
build_task(struct workspace *ws, const char *const *shards, size_t count,
           struct build_task task, const struct build_options *options,
           struct build_report *report, struct error *err)
{
    struct shard_names names = {shards, count};
    struct task_plan plan;
    enum err_code code =
        task_plan_take(&plan, ws, &names, task.count, options, err);

    *report = (struct build_report){0};
    if (code == ERR_OK) {
        clean_temporary(&plan);
        code = build_parts(ws, &plan, task.number, options, report, err);
        task_plan_release(&plan);
    }
    if (code == ERR_CANCELLED) {
        report->cancelled = true;
        code = ERR_OK;
    }
    return code;
}
