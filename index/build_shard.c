/* One shard into a partition: read, map, add; a seekable copy beside it when
 * the file cannot be read at random. A bad record costs itself, damage costs
 * what comes after it, and both are said. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "build_rows.h"
#include "build_work.h"
#include "stet/fileio.h"
#include "stet/pool.h"
#include "stet/shard_writer.h"
#include "stet/xalloc.h"

#define MAX_BAD_DEFAULT 1000u
#define PROGRESS_RECORDS 64u

struct reading {
    struct ingest *ingest;
    struct build *build;
    const struct work_shard *from;
    struct shard *shard;
    struct rows *rows;
    struct mapping mapping;
    struct arena arena;
    struct partition_shard row;
    struct seekable_writer *copy;
    char *copy_path;
    bool copy_failed; /* the error is the copy's, not the shard's */
    uint64_t added, bad_utf8, surrogates, pending_text;
    uint64_t pending; /* documents not yet in the progress */
    uint64_t lines;   /* up to the last that is not blank */
};

static enum err_code
tee(void *ctx, const void *ptr, size_t len, struct error *err)
{
    struct reading *reading = ctx;
    enum err_code code = seekable_writer_write(reading->copy, ptr, len, err);

    reading->copy_failed = code != ERR_OK;
    return code;
}

static char *
copy_name(const struct reading *reading)
{
    struct hash hash = hash_of(str_of(reading->from->path));
    char hex[HASH_HEX_SIZE];

    hash_format(&hash, hex);
    return xasprintf(COPY_FOLDER "/%.16s-%" PRIu64 ".zst", hex,
                     reading->ingest->generation);
}

/* Decide how the shard will be read at random. */
static enum err_code
prepare_access(struct reading *reading, struct error *err)
{
    enum seekable_policy policy = reading->build->options->seekable;
    struct error ignored = ERROR_INIT;
    struct frame_map map = {0};
    bool seekable = false;
    enum err_code code;

    if (policy != SEEKABLE_ALWAYS &&
        frame_map_scan(&map, reading->from->full, &seekable, &ignored) ==
            ERR_OK) {
        if (seekable)
            frame_map_pack(&map, &reading->row.frames);
        frame_map_release(&map);
    }
    if (seekable || policy == SEEKABLE_NEVER)
        return ERR_OK;
    reading->row.copy = copy_name(reading);
    reading->copy_path =
        path_join(reading->build->ws->index, reading->row.copy);
    code = seekable_writer_open(&reading->copy, reading->copy_path, NULL, err);
    if (code == ERR_OK)
        shard_set_tee(reading->shard, tee, reading);
    return code;
}

static void
flush_progress(struct reading *reading)
{
    struct build *build = reading->build;

    pthread_mutex_lock(&build->lock);
    build->progress.documents += reading->pending;
    build->progress.text_bytes += reading->pending_text;
    build->job_bytes[reading->ingest->job] = shard_position(reading->shard);
    pthread_mutex_unlock(&build->lock);
    reading->pending = 0;
    reading->pending_text = 0;
}

static void
reject(struct reading *reading, const struct record *record,
       const struct error *problem)
{
    struct build_message message = {
        .shard = reading->from->path,
        .has_record = true,
        .record = record->number,
        .offset = record->offset,
        .code = problem->code,
        .text = problem->message,
    };

    if (problem->offset != ERR_NO_OFFSET)
        message.offset += problem->offset;
    reading->row.rejected++;
    build_message(reading->build, &message);
}

static bool
too_many_bad(const struct reading *reading, const struct record *record)
{
    uint64_t max = reading->build->options->max_bad;
    uint64_t share = record->number / 100;

    if (max == 0)
        max = share > MAX_BAD_DEFAULT ? share : MAX_BAD_DEFAULT;
    return reading->row.rejected > max;
}

static enum err_code
add_document(struct reading *reading, struct document *document,
             struct error *err)
{
    enum err_code code = partition_add(reading->ingest->writer, document, err);

    if (code != ERR_OK)
        return code;
    reading->added++;
    reading->pending++;
    reading->pending_text += document->text.len;
    reading->row.text_bytes += document->text.len;
    reading->bad_utf8 += (document->flags & DOC_BAD_UTF8) != 0;
    reading->surrogates += (document->flags & DOC_LONE_SURROGATE) != 0;
    return ERR_OK;
}

/* Map a line and add it. Only what concerns the whole run fails. */
static enum err_code
take_line(struct reading *reading, const struct record *record,
          struct error *err)
{
    bool big = record->raw.len > BIG_RECORD;
    struct error problem = ERROR_INIT;
    struct document *document;
    enum err_code code;

    if (big)
        pthread_mutex_lock(&reading->build->big);
    arena_reset(&reading->arena);
    code = mapping_apply(&reading->mapping, record->raw, MAP_SCORES,
                         &reading->arena, &document, &problem);
    if (code == ERR_OK) {
        document->record = record->number;
        document->offset = record->offset;
        code = rows_apply(reading->rows, &reading->mapping, &reading->arena,
                          document, &problem);
        if (code == ERR_OK)
            code = add_document(reading, document, &problem);
        if (code != ERR_OK && code != ERR_LIMIT) {
            *err = problem;
            goto out;
        }
    }
    if (code == ERR_NOMEM && !big) {
        *err = problem;
        goto out;
    }
    if (code != ERR_OK)
        reject(reading, record, &problem);
    code = ERR_OK;
out:
    if (big) {
        arena_reset(&reading->arena);
        pthread_mutex_unlock(&reading->build->big);
    }
    return code;
}

static void
reject_long(struct reading *reading, const struct record *record)
{
    uint64_t max = reading->build->options->limits.max_record;
    struct error problem = ERROR_INIT;

    if (max == 0)
        max = shard_default_limits.max_record;
    error_set(&problem, ERR_LIMIT,
              "record of %" PRIu64 " bytes is over the limit of %" PRIu64
              " (--max-record)",
              record->length, max);
    reject(reading, record, &problem);
}

static bool
is_stopped(const struct build *build)
{
    return cancel_is_set(&build->stop) || cancel_is_set(build->options->cancel);
}

/* *ended: the shard is at its end; otherwise its rest was given up, said
 * here, or the run was stopped. */
static enum err_code
read_records(struct reading *reading, bool *ended, struct error *err)
{
    struct error problem = ERROR_INIT;
    struct record record = {0};
    enum err_code code = ERR_OK;

    *ended = false;
    while (code == ERR_OK && !is_stopped(reading->build)) {
        code = shard_next(reading->shard, &record, &problem);
        if (code == ERR_CANCELLED)
            return ERR_OK;
        if (code != ERR_OK) {
            if (reading->copy_failed || code == ERR_NOMEM) {
                *err = problem;
                return code;
            }
            build_note(reading->build, reading->from->path, code, true,
                       problem.message);
            reading->row.damaged = true;
            return ERR_OK;
        }
        if (record.kind == RECORD_END) {
            *ended = true;
            return ERR_OK;
        }
        if (record.kind != RECORD_BLANK)
            reading->lines = record.number + 1;
        if (record.kind == RECORD_LINE)
            code = take_line(reading, &record, err);
        else if (record.kind == RECORD_TOO_LONG)
            reject_long(reading, &record);
        if (record.number % PROGRESS_RECORDS == 0 || record.length > BIG_RECORD)
            flush_progress(reading);
        if (code == ERR_OK && too_many_bad(reading, &record)) {
            build_note(reading->build, reading->from->path, ERR_LIMIT, true,
                       "too many bad records: the rest is left out "
                       "(--max-bad)");
            reading->row.damaged = true;
            return ERR_OK;
        }
    }
    return code;
}

/* Publish the copy, keep its frames. */
static enum err_code
finish_copy(struct reading *reading, struct error *err)
{
    struct seekable_writer *copy = reading->copy;
    struct frame_map map = {0};
    enum err_code code;

    if (!copy)
        return ERR_OK;
    reading->copy = NULL;
    code = seekable_writer_commit(copy, err);
    if (code == ERR_OK)
        code = frame_map_load_seekable(&map, reading->copy_path, err);
    if (code == ERR_OK)
        frame_map_pack(&map, &reading->row.frames);
    frame_map_release(&map);
    return code;
}

static enum err_code
finish_row(struct reading *reading, bool ended, struct error *err)
{
    const struct shard_info *info = shard_info(reading->shard);
    struct partition_shard *row = &reading->row;
    enum err_code code = finish_copy(reading, err);

    if (code != ERR_OK)
        return code;
    row->container = info->container;
    row->decompressed = info->decompressed;
    row->records = info->lines;
    row->file_hash = info->file_hash;
    if (!ended)
        code = file_hash(reading->from->full, &row->file_hash,
                         &reading->build->stop, err);
    if (code == ERR_OK)
        code = rows_finish(reading->rows, ended ? reading->lines : UINT64_MAX,
                           reading->ingest->writer, err);
    if (code == ERR_OK)
        code = partition_add_shard(reading->ingest->writer, row, err);
    return code;
}

static void
count_in_report(const struct reading *reading)
{
    const struct shard_info *info = shard_info(reading->shard);
    struct build *build = reading->build;
    struct build_report *report = build->report;

    pthread_mutex_lock(&build->lock);
    report->added += reading->added;
    report->shards_damaged += reading->row.damaged;
    report->rejected += reading->row.rejected;
    report->bad_utf8 += reading->bad_utf8;
    report->surrogates += reading->surrogates;
    report->blank += info->blank;
    report->crlf += info->crlf;
    report->bom += info->bom;
    report->text_bytes += reading->row.text_bytes;
    build->progress.rejected += reading->row.rejected;
    pthread_mutex_unlock(&build->lock);
}

/* A note when the file was written while it was read: the next run sees other
 * times, and takes it again. */
static void
check_still(struct reading *reading)
{
    struct error ignored = ERROR_INIT;
    struct file_stat now;

    if (file_stat(reading->from->full, &now, &ignored) == ERR_OK &&
        now.bytes == reading->row.bytes &&
        now.mtime_ns == reading->row.mtime_ns)
        return;
    build_note(reading->build, reading->from->path, ERR_CONFLICT, false,
               "changed while it was read: run `stet index` again");
}

static enum err_code
open_reading(struct reading *reading, struct error *err)
{
    const struct shard_limits *limits = &reading->build->options->limits;
    struct file_stat stat;
    enum err_code code = file_stat(reading->from->full, &stat, err);

    if (code == ERR_OK)
        code = shard_open(&reading->shard, reading->from->full,
                          limits->max_record ? limits : &shard_default_limits,
                          err);
    if (code != ERR_OK)
        return code;
    shard_set_cancel(reading->shard, &reading->build->stop);
    reading->rows =
        rows_open(reading->build, reading->from, reading->ingest->generation);
    reading->row.rows = rows_fingerprint(reading->from->full);
    reading->row.bytes = stat.bytes;
    reading->row.mtime_ns = stat.mtime_ns;
    reading->row.path = xstrdup(reading->from->path);
    reading->row.text =
        reading->from->text ? xstrdup(reading->from->text) : NULL;
    reading->row.id = reading->from->id ? xstrdup(reading->from->id) : NULL;
    reading->row.source =
        reading->from->source ? xstrdup(reading->from->source) : NULL;
    reading->row.lang =
        reading->from->lang ? xstrdup(reading->from->lang) : NULL;
    return ERR_OK;
}

static void
release_reading(struct reading *reading)
{
    seekable_writer_abort(reading->copy);
    shard_close(reading->shard);
    rows_close(reading->rows);
    mapping_release(&reading->mapping);
    arena_release(&reading->arena);
    partition_shard_release(&reading->row);
    free(reading->copy_path);
}

enum err_code
ingest_shard(struct ingest *ingest, const struct work_shard *shard,
             enum ingest_end *end, struct error *err)
{
    struct reading reading = {
        .ingest = ingest, .build = ingest->build, .from = shard};
    struct error problem = ERROR_INIT;
    bool ended = false;
    enum err_code code;

    *end = INGEST_FAILED;
    arena_init(&reading.arena, 0);
    mapping_init(&reading.mapping);
    code = open_reading(&reading, &problem);
    if (code != ERR_OK) {
        build_note(ingest->build, shard->path, code, true, problem.message);
        code = ERR_OK;
        goto out;
    }
    code = build_mapping_of(ingest->build, shard, &reading.mapping, err);
    if (code == ERR_OK)
        code = prepare_access(&reading, err);
    if (code == ERR_OK)
        code = read_records(&reading, &ended, err);
    if (code == ERR_OK)
        flush_progress(&reading);
    if (code != ERR_OK)
        goto out;
    if (!ended && !reading.row.damaged) {
        *end = INGEST_CANCELLED;
        if (reading.copy) { /* not worth keeping */
            seekable_writer_abort(reading.copy);
            reading.copy = NULL;
            free(reading.row.copy);
            reading.row.copy = NULL;
        }
        code = partition_add_shard(ingest->writer, &reading.row, err);
        goto out;
    }
    code = finish_row(&reading, ended, err);
    if (code == ERR_CANCELLED) { /* while hashing what is damaged */
        *end = INGEST_CANCELLED;
        code = partition_add_shard(ingest->writer, &reading.row, err);
        goto out;
    }
    if (code == ERR_OK) {
        count_in_report(&reading);
        check_still(&reading);
        *end = INGEST_DONE;
    }
out:
    release_reading(&reading);
    return code;
}
