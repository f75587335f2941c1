/* Shards written again as seekable files: every byte that the decoder gives
 * goes to the writer; the lines are looked at only to tell a stream that broke
 * off from one that ended. */
#include "config.h"

#include "stet/shard_writer.h"

#include "stet/fileio.h"
#include "stet/json.h"
#include "stet/pool.h"

#define PROGRESS_RECORDS 256u

struct copying {
    const struct seekable_copy *job;
    struct shard *shard;
    struct seekable_writer *writer;
    bool incomplete; /* the last line has no line end and is no JSON value */
};

static enum err_code
tee(void *ctx, const void *ptr, size_t len, struct error *err)
{
    struct copying *copying = ctx;

    return seekable_writer_write(copying->writer, ptr, len, err);
}

static void
look_at(struct copying *copying, const struct record *record)
{
    struct error ignored = ERROR_INIT;

    copying->incomplete = record->line_end == 0 &&
                          record->kind == RECORD_LINE &&
                          json_validate(record->raw, 0, &ignored) != ERR_OK;
}

static enum err_code
copy_lines(struct copying *copying, struct error *err)
{
    const struct seekable_copy *job = copying->job;
    struct record record = {0};
    enum err_code code;

    do {
        code = shard_next(copying->shard, &record, err);
        if (code != ERR_OK || record.kind == RECORD_END)
            break;
        look_at(copying, &record);
        if (job->progress && (record.number % PROGRESS_RECORDS == 0 ||
                              record.length > PROGRESS_RECORDS * 1024))
            job->progress(job->ctx, shard_position(copying->shard));
    } while (code == ERR_OK);
    if (code == ERR_OK && cancel_is_set(job->cancel))
        return error_set(err, ERR_CANCELLED, "%s",
                         err_code_text(ERR_CANCELLED));
    return code;
}

/* What a writer leaves that was killed is an end in the middle, or nothing. */
static enum err_code
check_stream(const struct copying *copying, struct error *err)
{
    const struct shard_info *info = shard_info(copying->shard);

    if (info->decompressed == 0)
        return error_set(err, ERR_FORMAT, "nothing came in");
    if (copying->incomplete)
        return error_set(err, ERR_FORMAT,
                         "ends within record %llu: was its writer stopped?",
                         (unsigned long long)info->lines);
    return ERR_OK;
}

enum err_code
seekable_copy(const struct seekable_copy *job, struct shard_info *info,
              struct error *err)
{
    struct copying copying = {.job = job};
    struct seekable_writer *writer;
    enum err_code code =
        job->fd < 0 ? shard_open(&copying.shard, job->from, &job->limits, err)
                    : shard_open_fd(&copying.shard, job->fd, job->from,
                                    &job->limits, err);

    if (code == ERR_OK && !job->replace && file_exists(job->to))
        code = error_set(err, ERR_EXISTS, "%s: already exists", job->to);
    if (code == ERR_OK)
        code =
            seekable_writer_open(&copying.writer, job->to, &job->options, err);
    if (code != ERR_OK)
        goto out;
    shard_set_cancel(copying.shard, job->cancel);
    shard_set_tee(copying.shard, tee, &copying);
    code = copy_lines(&copying, err);
    if (code == ERR_OK && job->stream)
        code = check_stream(&copying, err);
    if (code != ERR_OK)
        goto out;
    writer = copying.writer;
    copying.writer = NULL;
    code =
        seekable_writer_commit_checked(writer, job->replace, job->cancel, err);
    if (code == ERR_OK && info)
        *info = *shard_info(copying.shard);
out:
    seekable_writer_abort(copying.writer);
    shard_close(copying.shard);
    return code;
}
