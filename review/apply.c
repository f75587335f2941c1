/* Verify, apply, filter: the three ways a patch set meets shards. */
#include "config.h"

#include "stet/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "apply_output.h"
#include "stet/pool.h"
#include "stet/xalloc.h"
#include "training_private.h"

#define CHUNK ((size_t)1 << 16)

static enum err_code
check_options(const struct apply_options *options, struct error *err)
{
    struct arena arena;
    struct member_path path;
    const char *added = options->additions;
    enum err_code code = ERR_OK;

    if (options->training && options->tags_at != TAGS_STET &&
        options->tags_at != TAGS_PATH)
        return error_set(err, ERR_USAGE,
                         "segments and control tokens are made of the verdicts "
                         "and tags in the records: --tags-at stet, or a path");
    if (options->tags_at == TAGS_PATH) {
        arena_init(&arena, 0);
        code = member_path_parse(options->tags_path, &arena, &path, err);
        arena_release(&arena);
    }
    if (!code && added &&
        (added[0] == '/' || added[0] == '\0' || strstr(added, "..")))
        code = error_set(err, ERR_USAGE,
                         "%s: additions go to a path below the output", added);
    return code;
}

enum err_code
apply_verify(const char *patchset, const char *const *shards, size_t count,
             const struct apply_options *options, struct apply_report *report,
             struct error *err)
{
    struct plan plan = {0};
    enum err_code code = check_options(options, err);

    if (code)
        return code;
    code = plan_open(&plan, patchset, options, report, err);
    if (!code)
        code = plan_take_inputs(&plan, shards, count, err);
    if (!code)
        code = plan_make(&plan, err);
    plan_release(&plan);
    return code;
}

static enum err_code
write_conflicts(const struct plan *plan, const char *folder, struct error *err)
{
    char *path = xasprintf("%s.conflicts.jsonl", folder);
    enum err_code code = ERR_OK;

    if (plan->conflicts.len)
        code = file_write_atomic(path, buf_str(&plan->conflicts), err);
    else
        (void)unlink(path); /* of an earlier try */
    free(path);
    return code;
}

static enum err_code
run_plan(struct plan *plan, struct output *output, struct error *err)
{
    uint64_t conflicts;
    enum err_code code = plan_make(plan, err);

    if (code)
        return code;
    conflicts = plan->report->conflicts;
    code = write_conflicts(plan, output->folder, err);
    if (!code && conflicts && !output->options->partial)
        code = error_set(err, ERR_CONFLICT,
                         "%llu edits do not apply, nothing was written; see "
                         "%s.conflicts.jsonl",
                         (unsigned long long)conflicts, output->folder);
    return code ? code : output_write(output, plan, err);
}

/* The output is there: it must be this patch set's on these shards. */
static enum err_code
accept_output(struct plan *plan, struct output *output, const char *folder,
              struct error *err)
{
    enum err_code code = plan_hash_inputs(plan, err);

    for (size_t i = 0; i < output->count && !code; i++)
        output->inputs[i].hash_in = plan->inputs[i].hash;
    if (code)
        return code;
    plan->report->done_before = manifest_matches(
        output->folder, &plan->set, buf_str(&output->options_text),
        output->inputs, output->count, plan->report);
    if (plan->report->done_before)
        return ERR_OK;
    return error_set(err, ERR_EXISTS,
                     "%s: already exists, and is not the output of this patch "
                     "set on these shards",
                     folder);
}

enum err_code
apply_run(const char *patchset, const char *const *shards, size_t count,
          const char *folder, const struct apply_options *options,
          struct apply_report *report, struct error *err)
{
    struct plan plan = {0};
    struct output output = {0};
    enum err_code code = check_options(options, err);

    if (code)
        return code;
    code = plan_open(&plan, patchset, options, report, err);
    if (!code)
        code = output_open(&output, folder, shards, count, options, err);
    if (!code)
        code = plan_take_inputs(&plan, output.paths, output.count, err);
    if (!code && (file_exists(output.folder) || file_is_folder(output.folder)))
        code = accept_output(&plan, &output, folder, err);
    else if (!code)
        code = run_plan(&plan, &output, err);
    output_release(&output);
    plan_release(&plan);
    return code;
}

static enum err_code
pour(int from, int to, const char *name, const int *cancel, struct error *err)
{
    char *chunk = xmalloc(CHUNK);
    enum err_code code = ERR_OK;

    for (;;) {
        ssize_t got = read(from, chunk, CHUNK);
        ssize_t done = 0;

        if (cancel && __atomic_load_n(cancel, __ATOMIC_RELAXED)) {
            code = error_set(err, ERR_CANCELLED, "cancelled");
            break;
        }
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            code = error_errno(err, errno, name);
        if (got <= 0)
            break;
        while (done < got && !code) {
            ssize_t put = write(to, chunk + done, (size_t)(got - done));

            if (put < 0 && errno != EINTR)
                code = error_errno(err, errno, name);
            if (put > 0)
                done += put;
        }
        if (code)
            break;
    }
    free(chunk);
    return code;
}

/* All of the input, before anything is decided. */
static enum err_code
spool(int in_fd, const char *path, const int *cancel, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    enum err_code code;

    if (fd < 0)
        return error_errno(err, errno, path);
    code = pour(in_fd, fd, "standard input", cancel, err);
    if (close(fd) != 0 && !code)
        code = error_errno(err, errno, path);
    return code;
}

static enum err_code
emit(const char *path, int out_fd, const int *cancel, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum err_code code;

    if (fd < 0)
        return error_errno(err, errno, path);
    code = pour(fd, out_fd, "standard output", cancel, err);
    close(fd);
    return code;
}

/* The patches first, where there are any, then the rest. */
static enum err_code
filter_trained(struct plan *plan, const char *in, const char *out, int out_fd,
               struct error *err)
{
    const struct apply_options *options = plan->options;
    const struct plan_input *input = &plan->inputs[0];
    struct buf collisions = {0};
    struct training_job job = {.plan = plan,
                               .input = input,
                               .from = in,
                               .to = out,
                               .cancel = options->cancel,
                               .counts = &plan->report->training,
                               .collisions = &collisions};
    struct rewrite_stats stats;
    enum err_code code = ERR_OK;

    if (input->splice_count) {
        job.from = out;
        code = shard_rewrite(in, out, input->splices, input->splice_count, NULL,
                             &stats, err);
        if (!code && !hash_equal(&stats.hash_in, &input->info.file_hash))
            code = error_set(err, ERR_CONFLICT, "the spooled input changed");
    }
    if (!code)
        code = training_shard(&job, err);
    if (!code)
        code = training_refuse(options->training, job.counts,
                               buf_str(&collisions), err);
    buf_release(&collisions);
    return code ? code : emit(out, out_fd, options->cancel, err);
}

static enum err_code
filter(struct plan *plan, const char *in, const char *out, int out_fd,
       struct error *err)
{
    struct rewrite_stats stats;
    const struct plan_input *input = NULL;
    struct rewrite_options options = {.recode = plan->options->recode,
                                      .container = plan->options->container,
                                      .level = plan->options->level,
                                      .threads = plan->options->threads,
                                      .cancel = plan->options->cancel};
    enum err_code code = plan_take_inputs(plan, &in, 1, err);

    if (!code)
        code = plan_make(plan, err);
    if (code)
        return code;
    if (plan->report->conflicts && !plan->options->partial)
        return error_set(err, ERR_CONFLICT, "%llu edits do not apply",
                         (unsigned long long)plan->report->conflicts);
    input = &plan->inputs[0];
    if (plan->options->training)
        return filter_trained(plan, in, out, out_fd, err);
    if (input->splice_count == 0 &&
        (!options.recode || options.container == input->info.container))
        return emit(in, out_fd, plan->options->cancel, err);
    if (options.threads == 0)
        options.threads = pool_cores();
    options.threads = options.threads > 1 ? options.threads : 0;
    code = shard_rewrite(in, out, input->splices, input->splice_count, &options,
                         &stats, err);
    if (!code && !hash_equal(&stats.hash_in, &input->info.file_hash))
        code = error_set(err, ERR_CONFLICT, "the spooled input changed");
    return code ? code : emit(out, out_fd, plan->options->cancel, err);
}

enum err_code
apply_filter(const char *patchset, int in_fd, int out_fd,
             const struct apply_options *options, struct apply_report *report,
             struct error *err)
{
    const char *spool_folder = options->spool ? options->spool : "/tmp";
    char *folder = xasprintf("%s/stet-filter-XXXXXX", spool_folder);
    char *in = NULL;
    char *out = NULL;
    struct plan plan = {0};
    struct error ignored = ERROR_INIT;
    enum err_code code = check_options(options, err);

    if (!code && !mkdtemp(folder))
        code = error_errno(err, errno, folder);
    if (code) {
        free(folder);
        return code;
    }
    in = path_join(folder, "in");
    out = path_join(folder, "out");
    code = plan_open(&plan, patchset, options, report, err);
    plan.filter = true;
    if (!code)
        code = spool(in_fd, in, options->cancel, err);
    if (!code)
        code = filter(&plan, in, out, out_fd, err);
    plan_release(&plan);
    (void)folder_remove(folder, &ignored);
    free(in);
    free(out);
    free(folder);
    return code;
}
