/* Rows of an open index: what files beside a shard say about one document,
 * spans above all, read when it is shown. */
#include "config.h"

#include <stdlib.h>

#include "index_impl.h"
#include "partition_rows.h"
#include "stet/fileio.h"
#include "stet/row_files.h"
#include "stet/xalloc.h"

struct row_reader {
    struct partition_rows entry;
    struct row_reader *next;
    char *path;                  /* of the file, or of its copy */
    struct shard_reader *random; /* NULL: read from the start */
    bool signals, changed;
};

static void
take_entry(void *ctx, uint32_t shard, struct partition_rows *rows)
{
    struct row_reader ***end = ctx;
    struct row_reader *reader = xcalloc(1, sizeof(*reader));

    (void)shard;
    reader->entry = *rows;
    *rows = (struct partition_rows){0};
    **end = reader;
    *end = &reader->next;
}

void
index_rows_release(struct row_reader *rows)
{
    while (rows) {
        struct row_reader *next = rows->next;

        shard_reader_close(rows->random);
        partition_rows_release(&rows->entry);
        free(rows->path);
        free(rows);
        rows = next;
    }
}

/* The file as it was indexed, as far as size and time say. */
static void
open_row_reader(const struct index *index, struct row_reader *reader)
{
    const struct partition_rows *entry = &reader->entry;
    char *path = entry->path[0] == '/' ? xstrdup(entry->path)
                                       : path_join(index->root, entry->path);
    struct error ignored = ERROR_INIT;
    struct frame_map map = {0};
    struct file_stat stat;

    reader->signals = row_file_is_signals(path);
    reader->changed = file_stat(path, &stat, &ignored) != ERR_OK ||
                      stat.bytes != entry->bytes ||
                      stat.mtime_ns != entry->mtime_ns;
    if (entry->copy) {
        free(path);
        path = path_join(index->folder, entry->copy);
        reader->changed = false;
    }
    reader->path = path;
    if (entry->frames.len == 0 || reader->changed)
        return;
    if (frame_map_unpack(&map, buf_str(&entry->frames), &ignored) != ERR_OK ||
        shard_reader_open(&reader->random, path, &map, &ignored) != ERR_OK)
        reader->changed = true;
    frame_map_release(&map);
}

enum err_code
index_rows_open(struct index *index, uint32_t shard, struct row_reader **out,
                struct error *err)
{
    struct row_reader *rows = NULL;
    struct row_reader **end = &rows;
    enum err_code code = ERR_OK;

    for (unsigned i = 0; i < index->partition_count; i++) {
        const struct open_partition *part = &index->partitions[i];

        if (shard - part->shard_first < part->shards.count)
            code = partition_load_rows(part->db, shard - part->shard_first,
                                       take_entry, &end, err);
    }
    for (struct row_reader *at = rows; at; at = at->next)
        open_row_reader(index, at);
    *out = rows;
    return code;
}

/* The line of a record among those from a mark on. */
static bool
pick_line(struct str lines, uint64_t skip, struct str *out)
{
    size_t start = 0;
    size_t end;

    for (;; skip--) {
        end = str_find(lines, STR_LIT("\n"), start);
        if (skip == 0)
            break;
        if (end == SIZE_MAX)
            return false;
        start = end + 1;
    }
    *out = str_trim(str_slice(lines, start, end == SIZE_MAX ? lines.len : end));
    return out->len > 0;
}

static enum err_code
read_at_random(struct row_reader *reader, uint64_t record, struct buf *out,
               struct str *row, struct error *err)
{
    struct row_mark from;
    struct row_mark to;
    enum err_code code;

    if (!row_mark_find(&reader->entry, record, &from, &to) ||
        to.offset < from.offset)
        return error_set(err, ERR_NOTFOUND, "no row");
    code = shard_reader_read(reader->random, from.offset,
                             (size_t)(to.offset - from.offset), out, err);
    if (code == ERR_OK && !pick_line(buf_str(out), record - from.number, row))
        code = error_set(err, ERR_NOTFOUND, "no row");
    return code;
}

static enum err_code
read_from_start(const struct row_reader *reader, uint64_t wanted,
                struct buf *out, struct str *row, struct error *err)
{
    struct shard *shard = NULL;
    struct record record;
    enum err_code code =
        shard_open(&shard, reader->path, &shard_default_limits, err);

    while (code == ERR_OK) {
        code = shard_next(shard, &record, err);
        if (code != ERR_OK || record.number >= wanted ||
            record.kind == RECORD_END)
            break;
    }
    if (code == ERR_OK &&
        (record.kind != RECORD_LINE || record.number != wanted))
        code = error_set(err, ERR_NOTFOUND, "no row");
    if (code == ERR_OK)
        code = buf_append_str(out, record.raw, err);
    if (code == ERR_OK)
        *row = buf_str(out);
    shard_close(shard);
    return code;
}

static enum err_code
apply_one(struct row_reader *reader, const struct mapping *mapping,
          struct arena *arena, struct document *document, struct error *err)
{
    unsigned what =
        MAP_SCORES | MAP_SPANS | (reader->signals ? MAP_SIGNALS : 0);
    struct buf bytes = {0};
    struct str row = {NULL, 0};
    enum err_code code;

    if (reader->changed || document->record >= reader->entry.taken)
        return ERR_OK;
    code = reader->random
               ? read_at_random(reader, document->record, &bytes, &row, err)
               : read_from_start(reader, document->record, &bytes, &row, err);
    if (code == ERR_OK) {
        row = arena_copy(arena, row);
        code = row.ptr
                   ? mapping_apply_row(mapping, row, what, arena, document, err)
                   : error_nomem(err);
    }
    buf_release(&bytes);
    return code;
}

enum err_code
index_rows_apply(struct row_reader *rows, const struct mapping *mapping,
                 struct arena *arena, struct document *document,
                 struct error *err)
{
    for (struct row_reader *at = rows; at; at = at->next) {
        struct error problem = ERROR_INIT;

        /* What was wrong with a row was said when it was indexed. */
        if (apply_one(at, mapping, arena, document, &problem) == ERR_NOMEM) {
            *err = problem;
            return ERR_NOMEM;
        }
    }
    return ERR_OK;
}
