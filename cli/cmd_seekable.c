/* `stet seekable`: shards written again so that they can be read at random. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/command_list.h"
#include "cli/session.h"
#include "stet/pool.h"
#include "stet/shard_writer.h"
#include "stet/width.h"
#include "stet/xalloc.h"

#define LEVEL_DEFAULT 3
#define LEVEL_MAX 19
#define FRAME_MIN (UINT64_C(4) << 10)
#define FRAME_MAX (UINT64_C(1) << 20) /* read in place up to this */

static const struct option_def seekable_options[] = {
    {"to", 0, "DIR", "folder for the new files (made when missing)"},
    {"level", 0, "N", "zstd level, 1 to 19 (default 3)"},
    {"frame", 0, "SIZE", "decompressed bytes a frame (default 256k, up to 1M)"},
    {"quiet", 'q', NULL, "no progress"},
    {NULL, 0, NULL, NULL},
};

struct progress {
    const char *shard;
    uint64_t bytes; /* of its file */
    int64_t shown_us;
    bool terminal, quiet, line_open;
};

static void
show_progress(void *ctx, uint64_t bytes)
{
    struct progress *progress = ctx;
    int64_t now = time_monotonic_us();
    int64_t every = progress->terminal ? 250000 : 10000000;
    struct buf name = {0};

    if (progress->quiet || now - progress->shown_us < every)
        return;
    progress->shown_us = now;
    width_escape(str_of(progress->shard), 0, &name);
    (void)fprintf(stderr, "%s%3d%% %s%s", progress->terminal ? "\r" : "stet: ",
                  progress->bytes
                      ? (int)(100 * (double)bytes / (double)progress->bytes)
                      : 0,
                  xbuf_cstr(&name), progress->terminal ? "\033[K" : "\n");
    progress->line_open = progress->terminal;
    (void)fflush(stderr);
    buf_release(&name);
}

static void
end_line(struct progress *progress)
{
    if (progress->line_open)
        (void)fprintf(stderr, "\r\033[K");
    progress->line_open = false;
}

/* DIR/NAME.zst, without what said how it was compressed. */
static char *
target_path(const char *folder, const char *shard)
{
    static const char *const suffixes[] = {".gz", ".gzip", ".zst", ".zstd"};
    struct str name = str_of(path_base(shard));
    char *with;
    char *path;

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
        if (str_ends_with(name, str_of(suffixes[i])) &&
            name.len > strlen(suffixes[i])) {
            name.len -= strlen(suffixes[i]);
            break;
        }
    with = xasprintf("%.*s.zst", STR_FMT(name));
    path = path_join(folder, with);
    free(with);
    return path;
}

static void
print_result(const struct seekable_copy *job, const struct shard_info *info,
             bool json)
{
    struct file_stat stat = {0};
    struct error ignored = ERROR_INIT;
    struct buf line = {0};
    struct json_out w = {&line, false};

    (void)file_stat(job->to, &stat, &ignored);
    if (!json) {
        print_escaped(str_of(job->to), 0);
        printf(": %llu bytes from %llu, %llu decompressed\n",
               (unsigned long long)stat.bytes, (unsigned long long)info->bytes,
               (unsigned long long)info->decompressed);
        return;
    }
    json_open(&w, '{');
    json_key(&w, "shard");
    json_str(&w, str_of(job->from));
    json_key(&w, "to");
    json_str(&w, str_of(job->to));
    json_key(&w, "bytes_in");
    json_int(&w, (int64_t)info->bytes);
    json_key(&w, "bytes_out");
    json_int(&w, (int64_t)stat.bytes);
    json_key(&w, "decompressed");
    json_int(&w, (int64_t)info->decompressed);
    json_key(&w, "records");
    json_int(&w, (int64_t)info->lines);
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

static enum err_code
copy_one(const char *shard, const char *folder,
         const struct seekable_options *options, struct progress *progress,
         bool json, struct error *err)
{
    struct seekable_copy job = {
        .from = shard,
        .fd = -1,
        .options = *options,
        .limits = shard_default_limits,
        .cancel = interrupt_flag(),
        .progress = show_progress,
        .ctx = progress,
    };
    char *to = target_path(folder, shard);
    struct shard_info info = {0};
    struct file_stat stat = {0};
    struct error ignored = ERROR_INIT;
    enum err_code code;

    (void)file_stat(shard, &stat, &ignored);
    progress->shard = shard;
    progress->bytes = stat.bytes;
    job.to = to;
    code = seekable_copy(&job, &info, err);
    end_line(progress);
    if (code == ERR_OK)
        print_result(&job, &info, json);
    else if (code != ERR_EXISTS)
        error_wrap(err, "%s", shard);
    free(to);
    return code;
}

static enum err_code
read_options(const struct invocation *in, struct seekable_options *options,
             struct error *err)
{
    uint64_t level;
    uint64_t frame;
    enum err_code code =
        option_uint(in, "level", LEVEL_DEFAULT, LEVEL_MAX, &level, err);

    if (code == ERR_OK && level == 0)
        code = usage_error(in, err, "--level goes from 1 to %d", LEVEL_MAX);
    if (code == ERR_OK)
        code = option_size(in, "frame", FRAME_MAX / 4, &frame, err);
    if (code != ERR_OK)
        return code;
    if (frame < FRAME_MIN || frame > FRAME_MAX)
        return usage_error(in, err, "--frame goes from 4k to 1M");
    options->level = (int)level;
    options->frame_size = (size_t)frame;
    return ERR_OK;
}

static enum err_code
run_seekable(const struct invocation *in, int *status, struct error *err)
{
    const char *folder = option_get(in, "to");
    struct seekable_options options = {0};
    struct progress progress = {.terminal = isatty(STDERR_FILENO) == 1,
                                .quiet = option_given(in, "quiet"),
                                .shown_us = time_monotonic_us()};
    size_t failed = 0;
    enum err_code code;

    interrupt_catch();
    if (!folder)
        return usage_error(in, err, "--to DIR is missing");
    if (in->arg_count == 0)
        return usage_error(in, err, "which shards?");
    code = read_options(in, &options, err);
    if (code == ERR_OK)
        code = folder_make(folder, 0777, err);
    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < in->arg_count; i++) {
        code = copy_one(in->args[i], folder, &options, &progress,
                        option_given(in, "json"), err);
        if (code == ERR_CANCELLED)
            return code;
        if (code == ERR_OK)
            continue;
        if (in->arg_count == 1)
            return code;
        complain("%s", err->message);
        failed++;
    }
    if (failed)
        *status = 1;
    return ERR_OK;
}

const struct command command_seekable = {
    "seekable",
    "[OPTIONS] --to DIR SHARD...",
    "Write seekable zstd copies of shards",
    "The copies hold the same decompressed bytes, in independent frames with a "
    "seek\ntable behind them (the zstd seekable format, which every zstd tool "
    "reads), so\nthat stet reads them in place. Each is decoded and compared "
    "before it gets its\nname; nothing is overwritten.",
    seekable_options,
    run_seekable,
};
