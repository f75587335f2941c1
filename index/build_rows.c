/* Files of rows: read in step with their documents. A file is as good as its
 * order, so every id is compared, and both are counted to their ends. */
#include "config.h"

#include "build_rows.h"

#include <inttypes.h>
#include <stdlib.h>

#include "partition_rows.h"
#include "stet/fileio.h"
#include "stet/row_files.h"
#include "stet/shard_writer.h"
#include "stet/xalloc.h"

#define MARK_ROWS 16u    /* between two marks, at most */
#define MARK_BYTES 8192u /* and at least one in so many bytes */
#define NONE UINT64_MAX

struct row_file {
    char *path;
    bool signals;
    struct shard *shard; /* NULL: could not be opened or read on */
    struct record record;
    bool has_record, ended;
    uint64_t lines;   /* up to the last that is not blank */
    uint64_t differs; /* the first record whose row is not its own; NONE */
    char *how;        /* it differs */
    struct partition_rows entry;
    struct row_mark mark; /* the last one */
    struct seekable_writer *copy;
    char *copy_path;
};

struct rows {
    struct build *build;
    struct row_file *files;
    size_t count;
};

uint64_t
rows_fingerprint(const char *full)
{
    struct names names;
    struct buf text = {0};
    struct hash hash;
    uint64_t out = 0;

    row_files_list(full, &names);
    for (size_t i = 0; i < names.count; i++) {
        struct error ignored = ERROR_INIT;
        struct file_stat stat = {0};

        (void)file_stat(names.names[i], &stat, &ignored);
        xbuf_printf(&text, "%s %" PRIu64 " %" PRId64 "\n", names.names[i],
                    stat.bytes, stat.mtime_ns);
    }
    if (names.count > 0) {
        hash = hash_of(buf_str(&text));
        out = hash_prefix(&hash) >> 1 | 1; /* fits SQLite, is not 0 */
    }
    buf_release(&text);
    names_free(&names);
    return out;
}

static enum err_code
tee(void *ctx, const void *ptr, size_t len, struct error *err)
{
    struct row_file *file = ctx;

    return seekable_writer_write(file->copy, ptr, len, err);
}

/* A copy where the file cannot be read at random; without one, rows are read
 * from the file's start when they are shown. */
static void
prepare_copy(struct rows *rows, struct row_file *file, uint64_t generation)
{
    enum seekable_policy policy = rows->build->options->seekable;
    struct error ignored = ERROR_INIT;
    struct frame_map map = {0};
    bool seekable = false;
    struct hash hash = hash_of(str_of(file->entry.path));
    char hex[HASH_HEX_SIZE];

    if (policy != SEEKABLE_ALWAYS &&
        frame_map_scan(&map, file->path, &seekable, &ignored) == ERR_OK) {
        if (seekable)
            frame_map_pack(&map, &file->entry.frames);
        frame_map_release(&map);
    }
    if (seekable || policy == SEEKABLE_NEVER)
        return;
    hash_format(&hash, hex);
    file->entry.copy =
        xasprintf(COPY_FOLDER "/%.16s-%" PRIu64 ".zst", hex, generation);
    file->copy_path = path_join(rows->build->ws->index, file->entry.copy);
    if (seekable_writer_open(&file->copy, file->copy_path, NULL, &ignored) ==
        ERR_OK)
        shard_set_tee(file->shard, tee, file);
}

static void
drop_copy(struct row_file *file)
{
    seekable_writer_abort(file->copy);
    file->copy = NULL;
    free(file->entry.copy);
    file->entry.copy = NULL;
}

/* The file cannot be read on: what was read stays. */
static void
give_up(struct rows *rows, struct row_file *file, enum err_code code,
        const char *text)
{
    build_note(rows->build, file->path, code, true, text);
    pthread_mutex_lock(&rows->build->lock);
    rows->build->report->rows_failed++;
    pthread_mutex_unlock(&rows->build->lock);
    shard_close(file->shard);
    file->shard = NULL;
    drop_copy(file);
}

static void
open_file(struct rows *rows, struct row_file *file, uint64_t generation)
{
    const struct shard_limits *limits = &rows->build->options->limits;
    char *below = path_relative(rows->build->ws->root, file->path);
    struct error err = ERROR_INIT;
    struct file_stat stat = {0};
    enum err_code code = file_stat(file->path, &stat, &err);

    file->differs = NONE;
    file->signals = row_file_is_signals(file->path);
    file->entry.path = below ? below : xstrdup(file->path);
    file->entry.bytes = stat.bytes;
    file->entry.mtime_ns = stat.mtime_ns;
    if (code == ERR_OK)
        code = shard_open(&file->shard, file->path,
                          limits->max_record ? limits : &shard_default_limits,
                          &err);
    if (code != ERR_OK) {
        give_up(rows, file, code, err.message);
        return;
    }
    shard_set_cancel(file->shard, &rows->build->stop);
    prepare_copy(rows, file, generation);
}

struct rows *
rows_open(struct build *build, const struct work_shard *shard,
          uint64_t generation)
{
    struct rows *rows = xcalloc(1, sizeof(*rows));
    struct names names;

    rows->build = build;
    row_files_list(shard->full, &names);
    rows->files = xcalloc(names.count + 1, sizeof(*rows->files));
    for (size_t i = 0; i < names.count; i++) {
        struct row_file *file = &rows->files[rows->count++];

        file->path = names.names[i];
        names.names[i] = NULL;
        open_file(rows, file, generation);
    }
    names_free(&names);
    return rows;
}

void
rows_close(struct rows *rows)
{
    if (!rows)
        return;
    for (size_t i = 0; i < rows->count; i++) {
        struct row_file *file = &rows->files[i];

        shard_close(file->shard);
        seekable_writer_abort(file->copy);
        partition_rows_release(&file->entry);
        free(file->copy_path);
        free(file->how);
        free(file->path);
    }
    free(rows->files);
    free(rows);
}

/* Read one line of the file; false at its end, or when it is given up. */
static bool
read_line(struct rows *rows, struct row_file *file)
{
    struct error err = ERROR_INIT;
    struct record *record = &file->record;
    struct row_mark here;
    enum err_code code;

    if (!file->shard || file->ended)
        return false;
    code = shard_next(file->shard, record, &err);
    file->has_record = code == ERR_OK && record->kind != RECORD_END;
    file->ended = code == ERR_OK && record->kind == RECORD_END;
    if (code != ERR_OK && code != ERR_CANCELLED)
        give_up(rows, file, code, err.message);
    if (!file->has_record)
        return false;
    here = (struct row_mark){record->number, record->offset};
    if (file->entry.marks.len == 0 ||
        here.number >= file->mark.number + MARK_ROWS ||
        here.offset >= file->mark.offset + MARK_BYTES)
        row_mark_append(&file->entry, &file->mark, here);
    if (record->kind != RECORD_BLANK)
        file->lines = record->number + 1;
    return true;
}

static void
shorten_id(struct str id, struct buf *out)
{
    if (!id.ptr)
        xbuf_printf(out, "without an id");
    else
        xbuf_printf(out, "\"%.*s\"%s", id.len < 60 ? (int)id.len : 60, id.ptr,
                    id.len < 60 ? "" : "...");
}

/* The first record at which row and document part. */
static void
note_difference(struct row_file *file, uint64_t record, const char *row,
                struct str document)
{
    struct buf how = {0};

    if (file->differs != NONE)
        return;
    xbuf_printf(&how, "%s, the document ", row);
    shorten_id(document, &how);
    file->differs = record;
    file->how = buf_take(&how);
}

/* A row that is no JSON, or no object, costs itself. */
static void
reject_row(struct rows *rows, const struct row_file *file,
           const struct error *problem)
{
    struct build_message message = {
        .shard = file->path,
        .has_record = true,
        .record = file->record.number,
        .offset = file->record.offset,
        .code = problem->code,
        .text = problem->message,
    };

    if (problem->offset != ERR_NO_OFFSET)
        message.offset += problem->offset;
    build_message(rows->build, &message);
    pthread_mutex_lock(&rows->build->lock);
    rows->build->report->rows_rejected++;
    pthread_mutex_unlock(&rows->build->lock);
}

static enum err_code
apply_row(struct rows *rows, struct row_file *file,
          const struct mapping *mapping, struct arena *arena,
          struct document *document, struct error *err)
{
    unsigned what = MAP_SCORES | (file->signals ? MAP_SIGNALS : 0);
    struct error problem = ERROR_INIT;
    enum err_code code = mapping_apply_row(mapping, file->record.raw, what,
                                           arena, document, &problem);

    if (code == ERR_NOMEM)
        *err = problem;
    else if (code == ERR_CONFLICT)
        note_difference(file, document->record, problem.message, document->id);
    else if (code != ERR_OK)
        reject_row(rows, file, &problem);
    return code == ERR_NOMEM ? code : ERR_OK;
}

enum err_code
rows_apply(struct rows *rows, const struct mapping *mapping,
           struct arena *arena, struct document *document, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < rows->count && code == ERR_OK; i++) {
        struct row_file *file = &rows->files[i];
        bool more = true;

        while (more &&
               (!file->has_record || file->record.number < document->record))
            more = read_line(rows, file);
        if (file->ended)
            note_difference(file, document->record, "there is no row",
                            document->id);
        if (!file->has_record || file->differs != NONE ||
            file->record.number != document->record)
            continue;
        if (file->record.kind == RECORD_LINE)
            code = apply_row(rows, file, mapping, arena, document, err);
        else if (file->record.kind == RECORD_BLANK)
            note_difference(file, document->record, "the row is blank",
                            document->id);
    }
    return code;
}

/* Say that a file is out of step: both counts and where they part. */
static void
report_difference(struct rows *rows, const struct row_file *file,
                  uint64_t lines)
{
    struct build *build = rows->build;
    struct buf text = {0};

    if (lines != NONE)
        xbuf_printf(&text, "%" PRIu64 " rows for %" PRIu64 " records; ",
                    file->lines, lines);
    if (file->how)
        xbuf_printf(&text, "at record %" PRIu64 " %s", file->differs,
                    file->how);
    else
        xbuf_printf(&text, "no record for row %" PRIu64, lines);
    xbuf_printf(&text, ": rows from there on are not taken");
    build_note(build, file->path, ERR_CONFLICT, true, xbuf_cstr(&text));
    pthread_mutex_lock(&build->lock);
    build->report->rows_failed++;
    pthread_mutex_unlock(&build->lock);
    buf_release(&text);
}

static void
finish_copy(struct row_file *file)
{
    struct seekable_writer *copy = file->copy;
    struct error ignored = ERROR_INIT;
    struct frame_map map = {0};

    file->copy = NULL;
    if (!copy || seekable_writer_commit(copy, &ignored) != ERR_OK ||
        frame_map_load_seekable(&map, file->copy_path, &ignored) != ERR_OK) {
        drop_copy(file);
        return;
    }
    frame_map_pack(&map, &file->entry.frames);
    frame_map_release(&map);
}

enum err_code
rows_finish(struct rows *rows, uint64_t lines, struct partition_writer *writer,
            struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < rows->count && code == ERR_OK; i++) {
        struct row_file *file = &rows->files[i];

        while (read_line(rows, file))
            ;
        if (!file->ended) {
            drop_copy(file);
            continue;
        }
        if (file->differs != NONE || (lines != NONE && file->lines != lines))
            report_difference(rows, file, lines);
        file->entry.taken = file->differs;
        row_mark_append(
            &file->entry, &file->mark,
            (struct row_mark){file->lines + MARK_ROWS,
                              shard_info(file->shard)->decompressed});
        if (file->entry.copy)
            finish_copy(file);
        code = partition_add_rows(writer, (unsigned)i, &file->entry, err);
    }
    return code;
}
