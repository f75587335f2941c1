/* Rows of a file: which documents they mean, what they say; written as rows of
 * a set for each score, with what names the document now. */
#include "config.h"

#include <inttypes.h>
#include <math.h>

#include "import_work.h"
#include "stet/json.h"
#include "stet/pool.h"

#define PROGRESS_RECORDS 512u

/* One row being looked at. */
struct looking {
    struct import *import;
    size_t file;
    uint32_t shard; /* aligned: the file's */
    uint64_t line;  /* from 0 */
    struct attribute_row row;
    struct document values; /* scores and labels by number */
    uint32_t value_hash;
};

static enum err_code
write_row(struct looking *l, const struct attribute_row *row, struct error *err)
{
    struct import *import = l->import;
    struct buf value = {0};
    struct buf line = {0};
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < import->mapping.score_count && code == ERR_OK; i++) {
        double number = l->values.scores[i];
        struct str label = l->values.labels[i];

        if (!label.ptr && !isfinite(number))
            continue;
        buf_clear(&value);
        buf_clear(&line);
        code = label.ptr ? json_write_string(&value, label, false, err)
                         : json_write_double(&value, number, err);
        if (code != ERR_OK)
            break;
        attribute_row_format(row, str_of(import->mapping.scores[i].name),
                             buf_str(&value), &line);
        code = attribute_writer_add(import->writers[i], buf_str(&line), err);
    }
    buf_release(&value);
    buf_release(&line);
    return code;
}

/* The row with what names the document today: its id within its source and
 * the text that was scored. */
static enum err_code
write_document(struct looking *l, uint32_t doc, struct error *err)
{
    struct index *index = l->import->index;
    struct attribute_row row = l->row;
    struct document_place place;
    struct str source;
    struct str id;
    enum err_code code = ERR_OK;

    row.shard = (struct str){NULL, 0};
    if (!row.id.ptr) {
        code = index_identity(index, doc, &l->import->arena, &id, &source, err);
        if (code == ERR_OK)
            code = index_place(index, doc, &place, err);
        if (code != ERR_OK)
            return code;
        row.id = id;
        row.source = source;
        row.text = place.text_hash;
        row.text_bytes = HASH_SIZE;
    }
    if (row.id.ptr) {
        uint64_t prefix = document_keys_text(l->import->keys, doc);

        row.source = index_label(index, LABEL_SOURCE, 0, doc);
        row.text_bytes = 8; /* a guard is enough beside an id */
        for (unsigned i = 0; i < 8; i++)
            row.text.bytes[i] = (uint8_t)(prefix >> (56 - 8 * i));
    }
    return write_row(l, &row, err);
}

static void
say_disagreement(const struct looking *l, uint32_t before)
{
    const struct import *import = l->import;
    struct error text = ERROR_INIT;
    size_t file = l->file;

    while (import->file_lines[file] >= before)
        file--;
    error_set(&text, ERR_CONFLICT,
              "differs from %s, line %" PRIu64 ", about the same document; "
              "this one counts",
              import->files[file], (uint64_t)before - import->file_lines[file]);
    import_say(import, l->file, l->line, text.message);
}

/* Count the row for a document; false: it was said already. */
static bool
note_document(struct looking *l, uint32_t doc)
{
    struct import *import = l->import;
    uint32_t before = import->seen[doc];

    if (before && import->values[doc] == l->value_hash)
        return false;
    if (before) {
        import->report->disagreements++;
        say_disagreement(l, before);
    } else {
        import->report->covered++;
    }
    import->seen[doc] = (uint32_t)(import->file_lines[l->file] + l->line + 1);
    import->values[doc] = l->value_hash;
    return true;
}

static enum err_code
bad_row(struct looking *l, const char *text)
{
    l->import->report->bad++;
    import_say(l->import, l->file, l->line, text);
    return ERR_OK;
}

/* Nobody has this key now; a document that comes later may. */
static enum err_code
keep_unmatched(struct looking *l, struct error *err)
{
    struct attribute_row row = l->row;

    l->import->report->unmatched++;
    if (!row.id.ptr && row.text_bytes != HASH_SIZE)
        return ERR_OK;
    row.shard = (struct str){NULL, 0};
    return write_row(l, &row, err);
}

static enum err_code
take_one(struct looking *l, uint32_t doc, struct error *err)
{
    if (!note_document(l, doc)) {
        l->import->report->duplicates++;
        return ERR_OK;
    }
    return write_document(l, doc, err);
}

/* By shard and record: an id or a hash in the row must agree. */
static enum err_code
take_place(struct looking *l, struct str shard, uint64_t record,
           struct error *err)
{
    struct import *import = l->import;
    struct error missing = ERROR_INIT;
    struct str source;
    struct str id;
    uint32_t doc;
    enum err_code code =
        index_find_place(import->index, shard, record, &doc, &missing);

    if (code == ERR_NOTFOUND) {
        import->report->unmatched++;
        return ERR_OK;
    }
    if (code != ERR_OK) {
        *err = missing;
        return code;
    }
    code =
        index_identity(import->index, doc, &import->arena, &id, &source, err);
    if (code != ERR_OK)
        return code;
    if (l->row.id.ptr && id.ptr && !import_same_id(l->row.id, id)) {
        if (!import->options->aligned)
            return bad_row(l, "the record there has another id");
        return error_set(err, ERR_CONFLICT,
                         "%s, line %" PRIu64 ": the id is %.*s, that of the "
                         "shard's record %.*s; nothing is imported",
                         import->files[l->file], l->line + 1,
                         STR_FMT(l->row.id), STR_FMT(id));
    }
    if (!attribute_row_fits(&l->row, document_keys_text(import->keys, doc))) {
        import->report->changed++;
        return keep_unmatched(l, err);
    }
    l->row.id = (struct str){NULL, 0}; /* the document's own from here on */
    return take_one(l, doc, err);
}

/* Whether the documents are of more than one source. */
static bool
is_ambiguous(const struct looking *l, struct key_range range)
{
    struct index *index = l->import->index;
    struct str first;

    if (range.count < 2)
        return false;
    first = index_label(index, LABEL_SOURCE, 0, document_keys_at(range, 0));
    for (size_t i = 1; i < range.count; i++)
        if (!str_equal(first, index_label(index, LABEL_SOURCE, 0,
                                          document_keys_at(range, i))))
            return true;
    return false;
}

static enum err_code
take_id(struct looking *l, struct error *err)
{
    struct import *import = l->import;
    struct document_key key = {l->row.source.ptr ? KEY_SOURCE_ID : KEY_ID,
                               {{0}},
                               l->row.id,
                               l->row.source};
    struct key_range range;
    bool fits = false;
    bool fresh = false;
    enum err_code code = document_keys_find(import->keys, &key, &range, err);

    if (code != ERR_OK)
        return code;
    if (key.kind == KEY_ID && is_ambiguous(l, range)) {
        import->report->ambiguous++;
        import_say(import, l->file, l->line,
                   "documents of several sources have this id: the row needs "
                   "a source");
        return ERR_OK;
    }
    for (size_t i = 0; i < range.count && code == ERR_OK; i++) {
        uint32_t doc = document_keys_at(range, i);

        if (!attribute_row_fits(&l->row, document_keys_text(import->keys, doc)))
            continue;
        fits = true;
        if (!note_document(l, doc))
            continue;
        fresh = true;
        code = write_document(l, doc, err);
    }
    if (fits && !fresh)
        import->report->duplicates++;
    if (code != ERR_OK || fits)
        return code;
    import->report->changed += range.count > 0;
    return keep_unmatched(l, err);
}

static enum err_code
take_hash(struct looking *l, struct error *err)
{
    struct document_key key = {.kind = KEY_HASH, .text = l->row.text};
    struct key_range range;
    bool fresh = false;
    enum err_code code = document_keys_find(l->import->keys, &key, &range, err);

    for (size_t i = 0; i < range.count && code == ERR_OK; i++)
        fresh |= note_document(l, document_keys_at(range, i));
    if (code == ERR_OK && range.count == 0)
        return keep_unmatched(l, err);
    if (!fresh)
        l->import->report->duplicates++;
    else if (code == ERR_OK)
        code = write_row(l, &l->row, err);
    return code;
}

/* The values, hashed: to tell a row that repeats from one that differs. False:
 * there are none. */
static bool
hash_values(struct looking *l)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    bool any = false;

    for (size_t i = 0; i < l->import->mapping.score_count; i++) {
        struct str bytes = l->values.labels[i];

        if (!bytes.ptr)
            bytes = (struct str){(const char *)&l->values.scores[i],
                                 sizeof(double)};
        any |= l->values.labels[i].ptr || isfinite(l->values.scores[i]);
        for (size_t b = 0; b < bytes.len; b++)
            hash = (hash ^ (unsigned char)bytes.ptr[b]) * 16777619u;
        hash = (hash ^ 0xFF) * 16777619u;
    }
    l->value_hash = hash;
    return any;
}

static enum err_code
read_values(struct looking *l, struct str raw, struct error *err)
{
    l->values = (struct document){.text_cp = UINT64_MAX};
    return mapping_apply_row(&l->import->mapping, raw, MAP_SCORES,
                             &l->import->arena, &l->values, err);
}

static enum err_code
take_row(struct looking *l, struct str raw, struct error *err)
{
    struct import *import = l->import;
    struct error problem = ERROR_INIT;
    enum err_code code;

    arena_reset(&import->arena);
    import->report->rows++;
    code = attribute_row_parse(raw, &import->arena, &l->row, &problem);
    if (code == ERR_OK)
        code = read_values(l, raw, &problem);
    if (code == ERR_NOMEM) {
        *err = problem;
        return code;
    }
    if (code != ERR_OK)
        return bad_row(l, problem.message);
    if (!hash_values(l)) {
        import->report->empty++;
        return ERR_OK;
    }
    if (import->options->aligned)
        return take_place(l, str_of(index_shard(import->index, l->shard)->path),
                          l->line, err);
    if (l->row.shard.ptr && l->row.has_record)
        return take_place(l, l->row.shard, l->row.record, err);
    if (l->row.id.ptr)
        return take_id(l, err);
    if (l->row.text_bytes == HASH_SIZE)
        return take_hash(l, err);
    return bad_row(l, "the row names no document: an id, a sha256, or a shard "
                      "and a record");
}

static enum err_code
check_length(const struct looking *l, uint64_t lines, struct error *err)
{
    const struct index_shard *shard = index_shard(l->import->index, l->shard);

    if (!l->import->options->aligned || lines == shard->records)
        return ERR_OK;
    return error_set(err, ERR_CONFLICT,
                     "%s has %" PRIu64 " lines, its shard %s %" PRIu64
                     "; nothing is imported",
                     l->import->files[l->file], lines, shard->path,
                     shard->records);
}

enum err_code
import_file(struct import *import, size_t file, struct error *err)
{
    struct looking l = {.import = import, .file = file};
    struct shard *shard = NULL;
    struct record record = {0};
    const char *path = import->files[file];
    enum err_code code = ERR_OK;

    if (import->options->aligned)
        code = import_find_shard(import, path, &l.shard, err);
    if (code == ERR_OK)
        code = shard_open(&shard, path, &shard_default_limits, err);
    if (code != ERR_OK)
        return error_wrap(err, "%s", path);
    shard_set_cancel(shard, import->options->cancel);
    for (;;) {
        code = shard_next(shard, &record, err);
        if (code != ERR_OK && code != ERR_CANCELLED && code != ERR_NOMEM)
            error_wrap(err, "%s", path);
        if (code != ERR_OK || record.kind == RECORD_END)
            break;
        l.line = record.number;
        if (record.kind == RECORD_LINE)
            code = take_row(&l, record.raw, err);
        else if (record.kind == RECORD_TOO_LONG)
            code = bad_row(&l, "too long for a row");
        if (code != ERR_OK)
            break;
        if (record.number % PROGRESS_RECORDS == 0 && import->options->progress)
            import->options->progress(import->options->ctx,
                                      import->bytes_done +
                                          shard_position(shard),
                                      import->bytes_total);
    }
    if (code == ERR_OK)
        code = check_length(&l, shard_info(shard)->lines, err);
    import->bytes_done += shard_position(shard);
    import->file_lines[file + 1] =
        import->file_lines[file] + shard_info(shard)->lines;
    shard_close(shard);
    if (code == ERR_OK && import->file_lines[file + 1] >= UINT32_MAX)
        code = error_set(err, ERR_LIMIT,
                         "over 4 billion rows at a time: import the files one "
                         "by one");
    return code;
}
