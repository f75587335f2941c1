/* A shard of an open index, for reading documents by their places: the file or
 * its copy, at random or, where that cannot be, as a stream; and the mapping
 * that its documents were made with. */
#include "config.h"

#include "index_reader.h"

#include <stdlib.h>

#include "index_impl.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

void
index_reader_release(struct index_reader *reader)
{
    if (!reader->used)
        return;
    shard_reader_close(reader->random);
    shard_close(reader->stream);
    mapping_release(&reader->mapping);
    index_rows_release(reader->rows);
    *reader = (struct index_reader){0};
}

static void
replace(char **field, const char *value)
{
    free(*field);
    *field = value ? xstrdup(value) : NULL;
}

static enum err_code
make_mapping(const struct index *index, const struct partition_shard *row,
             struct mapping *out, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < index->def_count && code == ERR_OK; i++) {
        unsigned number;

        code = mapping_add_score(out, &index->defs[i], &number, err);
        if (code == ERR_OK && number != i)
            code = error_set(err, ERR_FORMAT,
                             "the index is damaged: two scores of one path");
    }
    if (code != ERR_OK)
        return code;
    replace(&out->text, row->text);
    replace(&out->id, row->id);
    replace(&out->source, row->source);
    replace(&out->lang, row->lang);
    return mapping_compile(out, err);
}

/* Whether the file is what was indexed, as far as size and time say. */
static bool
is_changed(const struct index *index, const struct partition_shard *row)
{
    char *path = row->path[0] == '/' ? xstrdup(row->path)
                                     : path_join(index->root, row->path);
    struct error ignored = ERROR_INIT;
    struct file_stat stat;
    bool changed = file_stat(path, &stat, &ignored) != ERR_OK ||
                   stat.bytes != row->bytes || stat.mtime_ns != row->mtime_ns;

    free(path);
    return changed;
}

enum err_code
index_reader_open(struct index_reader *reader, const struct index *index,
                  uint32_t shard, struct error *err)
{
    const struct partition_shard *row = index_shard_row(index, shard);
    char *path = index_shard_file(index, shard);
    struct frame_map map = {0};
    enum err_code code;

    *reader = (struct index_reader){.used = true, .shard = shard};
    mapping_init(&reader->mapping);
    reader->changed = !row->copy && is_changed(index, row);
    code = make_mapping(index, row, &reader->mapping, err);
    if (code == ERR_OK && row->frames.len > 0)
        code = frame_map_unpack(&map, buf_str(&row->frames), err);
    if (code == ERR_OK && row->frames.len > 0)
        code = shard_reader_open(&reader->random, path, &map, err);
    frame_map_release(&map);
    free(path);
    if (code != ERR_OK)
        index_reader_release(reader);
    return code;
}

/* Without random access: from the start, or from where the last one was. */
static enum err_code
read_in_order(const struct index *index, struct index_reader *reader,
              const struct document_place *place, struct buf *out,
              struct error *err)
{
    struct record record;
    enum err_code code = ERR_OK;

    if (reader->stream && reader->at > place->offset) {
        shard_close(reader->stream);
        reader->stream = NULL;
    }
    if (!reader->stream) {
        char *path = index_shard_file(index, place->shard);

        code = shard_open(&reader->stream, path, &shard_default_limits, err);
        free(path);
        reader->at = 0;
    }
    while (code == ERR_OK) {
        code = shard_next(reader->stream, &record, err);
        if (code != ERR_OK)
            break;
        if (record.kind == RECORD_END || record.offset > place->offset) {
            code = error_set(err, ERR_CONFLICT, "no record there");
            break;
        }
        reader->at = record.offset + record.length + 1;
        if (record.offset == place->offset)
            return buf_append_str(out, record.raw, err);
    }
    shard_close(reader->stream);
    reader->stream = NULL;
    return code;
}

enum err_code
index_reader_read(struct index_reader *reader, const struct index *index,
                  const struct document_place *place, struct buf *out,
                  struct error *err)
{
    if (reader->random)
        return shard_reader_read(reader->random, place->offset, place->length,
                                 out, err);
    return read_in_order(index, reader, place, out, err);
}

struct index_reader *
index_reader_new(void)
{
    return xcalloc(1, sizeof(struct index_reader));
}

void
index_reader_free(struct index_reader *reader)
{
    if (reader)
        index_reader_release(reader);
    free(reader);
}

bool
index_shard_is_stream(const struct index *index, uint32_t shard)
{
    return index_shard_row(index, shard)->frames.len == 0;
}

bool
index_reader_has(const struct index_reader *reader, uint32_t shard)
{
    return reader->used && reader->shard == shard;
}

/* A failure that only says that the shard is not what was indexed. */
static enum err_code
conflict(const struct index_reader *reader, enum err_code code,
         struct error *err)
{
    if (code == ERR_FORMAT || code == ERR_NOTFOUND ||
        (code != ERR_OK && code != ERR_NOMEM && reader->changed))
        return error_set(err, ERR_CONFLICT, "changed since it was indexed");
    return code;
}

enum err_code
index_reader_verify(struct index_reader *reader, struct str raw,
                    const struct document_place *place, struct arena *arena,
                    struct error *err)
{
    struct document *document = NULL;
    enum err_code code =
        mapping_apply(&reader->mapping, raw, 0, arena, &document, err);

    if (code == ERR_OK && !hash_equal(&document->text_hash, &place->text_hash))
        code = ERR_FORMAT;
    return conflict(reader, code, err);
}

static enum err_code
fetch(struct index_reader *reader, const struct index *index,
      const struct index_item *item, struct arena *arena, struct buf *raw,
      struct error *err)
{
    enum err_code code = ERR_OK;

    if (!index_reader_has(reader, item->place.shard)) {
        index_reader_release(reader);
        code = index_reader_open(reader, index, item->place.shard, err);
    }
    if (code == ERR_OK)
        code = index_reader_read(reader, index, &item->place, raw, err);
    if (code == ERR_OK && reader->changed)
        code =
            index_reader_verify(reader, buf_str(raw), &item->place, arena, err);
    return code;
}

enum err_code
index_reader_fetch(struct index_reader *reader, const struct index *index,
                   const struct index_item *item, struct arena *arena,
                   struct buf *raw, struct error *err)
{
    return conflict(reader, fetch(reader, index, item, arena, raw, err), err);
}

enum err_code
index_reader_map(struct index_reader *reader, struct str raw,
                 struct arena *arena, struct document *out, struct error *err)
{
    struct document *document = NULL;
    enum err_code code =
        mapping_apply(&reader->mapping, raw, MAP_TEXT, arena, &document, err);

    if (code == ERR_OK)
        *out = *document;
    return conflict(reader, code, err);
}
