/* Builds the output beside its place and moves it there in one step. */
#include "config.h"

#include "apply_output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stet/json.h"
#include "stet/pool.h"
#include "stet/xalloc.h"
#include "training_private.h"

#define FOLDER_MODE 0777 /* less the umask */
#define RESCORE_NAME "rescore.ids"
#define PARTIAL_MARK ".partial-"

struct file_splices {
    const struct splice *list;
    size_t count;
    const int *cancel;
};

/* The path of a name in the folder being built, its folders made. */
static enum err_code
make_place(const struct output *output, const char *name, char **out,
           struct error *err)
{
    char *path = path_join(output->partial, name);
    char *parent = path_parent(path);
    enum err_code code = folder_make(parent, FOLDER_MODE, err);

    free(parent);
    if (code)
        free(path);
    else
        *out = path;
    return code;
}

/* What training saw in one input. */
struct trained {
    struct training_counts counts;
    struct buf collisions;
};

/* What the threads that write share; each has inputs of its own. */
struct writing {
    struct output *output;
    struct plan *plan;
    unsigned threads; /* beside each of them */
    bool *reset;      /* by input: scores beside it are void */
    struct buf rescored;
    uint64_t rescored_count;
    struct trained *trained; /* by input */
    struct buf collisions;
};

static void
count_bytes(void *ctx, uint64_t bytes)
{
    plan_progress(ctx, bytes);
}

/* Splices, or none for a file that only changes its container. */
static enum err_code
write_changed(const struct writing *writing, struct manifest_file *file,
              const char *path, const struct file_splices *splices,
              struct error *err)
{
    const struct apply_options *options = writing->output->options;
    struct rewrite_options how = {.recode = options->recode,
                                  .container = options->container,
                                  .level = options->level,
                                  .threads = writing->threads,
                                  .cancel = splices->cancel,
                                  .progress = count_bytes,
                                  .ctx = writing->plan};
    struct rewrite_stats stats;
    char *place = NULL;
    enum err_code code = make_place(writing->output, file->out, &place, err);

    if (!code)
        code = shard_rewrite(path, place, splices->list, splices->count, &how,
                             &stats, err);
    if (!code && !hash_equal(&stats.hash_in, &file->hash_in))
        code =
            error_set(err, ERR_CONFLICT, "%s changed while it was read", path);
    if (!code) {
        file->changed = splices->count > 0;
        file->written = true;
        file->bytes_out = stats.bytes_out;
        file->hash_out = stats.hash_out;
    }
    free(place);
    return code;
}

/* The same blocks under another name, where the file system can. */
static bool
clone_file(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = -1;
    bool done = false;

    if (in < 0)
        return false;
    out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (out >= 0) {
        done = ioctl(out, FICLONE, in) == 0 && fsync(out) == 0;
        done = close(out) == 0 && done;
        if (!done)
            unlink(to);
    }
    close(in);
    return done;
}

static enum err_code
copy_file(const char *from, const char *to, struct error *err)
{
    char *chunk = NULL;
    FILE *in = fopen(from, "rbe");
    struct outfile *out = NULL;
    enum err_code code = ERR_OK;
    size_t got;

    if (!in)
        return error_errno(err, errno, from);
    chunk = xmalloc(1 << 16);
    code = outfile_open(&out, to, err);
    while (!code && (got = fread(chunk, 1, 1 << 16, in)) > 0)
        code = outfile_write(out, chunk, got, err);
    if (!code && ferror(in))
        code = error_set(err, ERR_IO, "%s: cannot be read", from);
    if (!code) {
        code = outfile_commit(out, true, NULL, err);
        out = NULL;
    }
    outfile_abort(out);
    free(chunk);
    (void)fclose(in);
    return code;
}

static enum err_code
bring_along(const struct writing *writing, struct manifest_file *file,
            const char *path, const int *cancel, struct error *err)
{
    struct hash hash;
    char *place = NULL;
    enum err_code code = make_place(writing->output, file->out, &place, err);

    if (!code && !clone_file(path, place) && link(path, place) != 0)
        code = copy_file(path, place, err);
    if (!code)
        code = file_hash(place, &hash, cancel, err);
    if (!code && !hash_equal(&hash, &file->hash_in))
        code = error_set(err, ERR_CONFLICT, "%s changed while it was copied",
                         path);
    if (!code) {
        file->written = true;
        file->bytes_out = file->bytes_in;
        file->hash_out = file->hash_in;
    }
    free(place);
    return code;
}

/* `recode`: it may not be in the container that is wanted. */
static enum err_code
write_file(const struct writing *writing, struct manifest_file *file,
           const char *path, const struct file_splices *splices, bool recode,
           struct error *err)
{
    bool all = writing->output->options->all;

    if (splices->count || (all && recode))
        return write_changed(writing, file, path, splices, err);
    if (all)
        return bring_along(writing, file, path, splices->cancel, err);
    return ERR_OK;
}

/* One row-aligned file beside an input. */
static enum err_code
write_sibling(const struct writing *writing, const struct plan_input *input,
              size_t number, const int *cancel, struct error *err)
{
    struct output *output = writing->output;
    struct manifest_file *file = &output->sibling_files[number];
    const char *path = output->siblings[number].path;
    struct splice *list = NULL;
    struct file_splices splices = {.cancel = cancel};
    enum err_code code = file_hash(path, &file->hash_in, cancel, err);

    if (!code && input->row_count)
        code = sibling_plan(path, input, output->options, &list, &splices.count,
                            err);
    splices.list = list;
    if (!code)
        code = write_file(writing, file, path, &splices,
                          output->options->recode, err);
    free(list);
    return code;
}

static void
list_rescored(const struct plan_input *input, struct buf *out, uint64_t *count)
{
    for (size_t i = 0; i < input->row_count; i++) {
        const struct plan_row *row = &input->rows[i];
        struct json_out w = {out, false};

        if (row->dropped)
            continue;
        json_open(&w, '{');
        if (row->source.ptr) {
            json_key(&w, "source");
            json_str(&w, row->source);
        }
        if (row->id_token.ptr) {
            json_key(&w, "id");
            json_raw(&w, row->id_token);
        }
        json_close(&w, '}');
        xbuf_append(out, "\n", 1);
        (*count)++;
    }
}

/* The input, with its patches applied, as training takes it. */
static enum err_code
write_trained(struct writing *writing, size_t number, const int *cancel,
              struct error *err)
{
    struct manifest_file *file = &writing->output->inputs[number];
    const struct plan_input *input = &writing->plan->inputs[number];
    struct training_job job = {.plan = writing->plan,
                               .input = input,
                               .cancel = cancel,
                               .counts = &writing->trained[number].counts,
                               .collisions =
                                   &writing->trained[number].collisions};
    struct file_stat stat;
    char *place = NULL;
    enum err_code code = make_place(writing->output, file->out, &place, err);

    job.from = file->written ? place : input->path;
    job.to = place;
    if (!code)
        code = training_shard(&job, err);
    if (!code)
        code = file_hash(place, &file->hash_out, cancel, err);
    if (!code)
        code = file_stat(place, &stat, err);
    if (!code) {
        file->changed = file->written = true;
        file->bytes_out = stat.bytes;
    }
    free(place);
    return code;
}

/* An input and what is beside it, on any thread. */
static enum err_code
write_one(void *ctx, size_t number, const int *cancel, struct error *err)
{
    struct writing *writing = ctx;
    struct output *output = writing->output;
    const struct apply_options *options = output->options;
    const struct plan_input *input = &writing->plan->inputs[number];
    struct file_splices splices = {input->splices, input->splice_count, cancel};
    enum err_code code = write_file(
        writing, &output->inputs[number], input->path, &splices,
        options->recode && options->container != input->info.container, err);

    if (!code && options->training)
        return write_trained(writing, number, cancel, err);
    for (size_t i = 0; i < output->sibling_count && !code; i++) {
        if (output->siblings[i].input != number)
            continue;
        code = write_sibling(writing, input, i, cancel, err);
        writing->reset[number] = true;
    }
    return code;
}

static enum err_code
list_one(void *ctx, size_t number, struct error *err)
{
    struct writing *writing = ctx;
    struct trained *trained = &writing->trained[number];

    (void)err;
    training_count(&writing->plan->report->training, &trained->counts);
    xbuf_append_str(&writing->collisions, buf_str(&trained->collisions));
    buf_release(&trained->collisions);
    if (writing->reset[number])
        list_rescored(&writing->plan->inputs[number], &writing->rescored,
                      &writing->rescored_count);
    return ERR_OK;
}

static void
tick(void *ctx)
{
    const struct writing *writing = ctx;

    plan_tick(writing->plan);
}

/* Shards side by side; where there are fewer than threads, they get more than
 * one each. */
static enum err_code
write_shards(struct writing *writing, struct error *err)
{
    struct output *output = writing->output;
    struct plan *plan = writing->plan;
    const struct apply_options *options = output->options;
    struct pool_each each = {.count = output->count,
                             .threads = options->threads,
                             .name = "write",
                             .work = write_one,
                             .done = list_one,
                             .tick = tick,
                             .ctx = writing,
                             .cancel = options->cancel};
    size_t busy = 0;
    enum err_code code;

    if (each.threads == 0)
        each.threads = pool_cores();
    for (size_t i = 0; i < output->count; i++) {
        output->inputs[i].hash_in = plan->inputs[i].info.file_hash;
        if (!plan->inputs[i].splice_count && !options->all)
            continue;
        plan->bytes_total += plan->inputs[i].info.bytes;
        busy++;
    }
    if (busy > 0 && busy < each.threads)
        writing->threads = (unsigned)(each.threads / busy);
    writing->reset = xcalloc(output->count + 1, sizeof(*writing->reset));
    writing->trained = xcalloc(output->count + 1, sizeof(*writing->trained));
    code = pool_each(&each, err);
    for (size_t i = 0; i < output->count; i++)
        buf_release(&writing->trained[i].collisions);
    free(writing->trained);
    free(writing->reset);
    return code;
}

static enum err_code
write_named(const struct output *output, const char *name, struct str content,
            struct error *err)
{
    char *place = NULL;
    enum err_code code = make_place(output, name, &place, err);

    if (!code)
        code = file_write_atomic(place, content, err);
    free(place);
    return code;
}

/* Additions are a shard of their own; no input may have its name. */
static enum err_code
write_added(const struct output *output, const struct plan *plan, char **name,
            struct error *err)
{
    const char *wanted = output->options->additions;
    char *place = NULL;
    enum err_code code = ERR_OK;

    if (plan->additions.len == 0)
        return ERR_OK;
    *name = wanted ? xstrdup(wanted)
                   : xasprintf("added/%s.jsonl.zst", plan->set.header.id);
    for (size_t i = 0; i < output->count && !code; i++)
        if (strcmp(output->inputs[i].out, *name) == 0)
            code = error_set(err, ERR_USAGE,
                             "%s: additions would take an input's name", *name);
    if (!code)
        code = make_place(output, *name, &place, err);
    if (!code)
        code = shard_write_lines(place, CONTAINER_ZSTD,
                                 buf_str(&plan->additions), err);
    free(place);
    return code;
}

static enum err_code
write_manifest(const struct output *output, const struct plan *plan,
               const char *added, uint64_t rescored, struct error *err)
{
    struct manifest manifest = {
        .set = &plan->set,
        .options = buf_str(&output->options_text),
        .inputs = output->inputs,
        .siblings = output->sibling_files,
        .input_count = output->count,
        .sibling_count = output->sibling_count,
        .added = added,
        .rescored = rescored,
        .report = plan->report,
    };
    struct buf text = {0};
    enum err_code code;

    manifest_format(&manifest, &text);
    code = write_named(output, MANIFEST_NAME, buf_str(&text), err);
    buf_release(&text);
    return code;
}

/* A folder and those above it, up to the one being built. */
static enum err_code
sync_upwards(const struct output *output, const char *folder, struct error *err)
{
    char *at = xstrdup(folder);
    enum err_code code = ERR_OK;

    while (!code && strcmp(at, output->partial) != 0) {
        char *parent = path_parent(at);

        code = file_sync_folder(at, err);
        free(at);
        at = parent;
    }
    free(at);
    return code;
}

static enum err_code
sync_folders(const struct output *output, struct error *err)
{
    struct names names = {0};
    char *last = NULL;
    enum err_code code = folder_list(output->partial, true, &names, err);

    /* Sorted names: a folder's files stand together. */
    for (size_t i = 0; i < names.count && !code; i++) {
        char *path = path_join(output->partial, names.names[i]);
        char *parent = path_parent(path);

        free(path);
        if (!last || strcmp(last, parent) != 0)
            code = sync_upwards(output, parent, err);
        free(last);
        last = parent;
    }
    free(last);
    names_free(&names);
    return code ? code : file_sync_folder(output->partial, err);
}

static enum err_code
publish(const struct output *output, struct error *err)
{
    int failed = renameat2(AT_FDCWD, output->partial, AT_FDCWD, output->folder,
                           RENAME_NOREPLACE);

    if (failed && errno == EINVAL && !file_exists(output->folder) &&
        !file_is_folder(output->folder))
        failed = rename(output->partial, output->folder);
    if (failed)
        return error_errno(err, errno, output->folder);
    return file_sync_parent(output->folder, err);
}

/* Locked as long as its writer lives; -1: no such folder, or it is locked. */
static int
lock_partial(int parent, const char *name)
{
    int fd =
        openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int errnum = errno;

        close(fd);
        errno = errnum;
        fd = -1;
    }
    return fd;
}

/* What killed runs left beside this output. */
static void
sweep_partials(const struct output *output)
{
    const char *base = path_base(output->folder);
    char *parent = path_parent(output->folder);
    size_t len = strlen(base);
    size_t mark = strlen(PARTIAL_MARK);
    DIR *stream = opendir(parent);
    struct dirent *entry;

    while (stream && (entry = readdir(stream))) {
        struct error ignored = ERROR_INIT;
        struct uuid uuid;
        char *path;
        int fd;

        if (strncmp(entry->d_name, base, len) != 0 ||
            strncmp(entry->d_name + len, PARTIAL_MARK, mark) != 0 ||
            !uuid_parse(str_of(entry->d_name + len + mark), &uuid) ||
            (fd = lock_partial(dirfd(stream), entry->d_name)) < 0)
            continue;
        path = path_join(parent, entry->d_name);
        (void)folder_remove(path, &ignored);
        free(path);
        close(fd);
    }
    if (stream)
        closedir(stream);
    free(parent);
}

static enum err_code
make_partial(struct output *output, int *lock, struct error *err)
{
    struct uuid uuid = uuid_make();
    char uuid_text[UUID_TEXT_SIZE];
    enum err_code code;

    sweep_partials(output);
    uuid_format(&uuid, uuid_text);
    output->partial =
        xasprintf("%s" PARTIAL_MARK "%s", output->folder, uuid_text);
    code = folder_make(output->partial, FOLDER_MODE, err);
    if (!code)
        *lock = lock_partial(AT_FDCWD, output->partial);
    /* Without a lock, where a file system has none, nobody sweeps either. */
    if (!code && *lock < 0 && (errno == EWOULDBLOCK || errno == ENOENT))
        code = error_set(err, ERR_BUSY, "%s: swept up meanwhile, try again",
                         output->partial);
    return code;
}

/* New documents are trained on as well; then it is known what collides. */
static enum err_code
finish_training(struct writing *writing, struct error *err)
{
    struct plan *plan = writing->plan;
    struct training_counts *counts = &plan->report->training;
    char *path = xasprintf("%s.collisions.jsonl", writing->output->folder);
    enum err_code code = training_lines(plan, &plan->additions, counts,
                                        &writing->collisions, err);

    if (!code && writing->collisions.len)
        code = file_write_atomic(path, buf_str(&writing->collisions), err);
    else
        (void)unlink(path); /* of an earlier try */
    if (!code)
        code = training_refuse(plan->options->training, counts,
                               buf_str(&writing->collisions), err);
    free(path);
    return code;
}

enum err_code
output_write(struct output *output, struct plan *plan, struct error *err)
{
    struct writing writing = {.output = output, .plan = plan};
    struct error ignored = ERROR_INIT;
    char *added = NULL;
    int lock = -1;
    enum err_code code = make_partial(output, &lock, err);

    if (!code)
        code = write_shards(&writing, err);
    if (!code && output->options->training)
        code = finish_training(&writing, err);
    if (!code)
        code = write_added(output, plan, &added, err);
    if (!code && writing.rescored_count)
        code =
            write_named(output, RESCORE_NAME, buf_str(&writing.rescored), err);
    if (!code)
        code = write_manifest(output, plan, added, writing.rescored_count, err);
    if (!code)
        code = sync_folders(output, err);
    if (!code)
        code = publish(output, err);
    if (code)
        (void)folder_remove(output->partial, &ignored);
    if (lock >= 0)
        close(lock);
    buf_release(&writing.rescored);
    buf_release(&writing.collisions);
    free(added);
    return code;
}
