/* From rows to columns: all rows of a set pass by a table of the documents
 * that need values, so that memory goes by documents, not by rows. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "attribute_row.h"
#include "attributes.h"
#include "column.h"
#include "document_keys.h"
#include "stet/json.h"
#include "stet/shard.h"
#include "stet/xalloc.h"

#define LABELS_COMPARED 256u /* distinct ones that are kept once */

struct labels {
    struct buf bytes;
    struct span *spans; /* of label i + 1 */
    uint32_t count;
};

/* One set being read. */
struct filling {
    struct document_keys *keys;
    struct attribute_set *set;
    double *numbers; /* by document; labels: their number, 0 unknown */
    struct labels labels;
    struct arena arena;
    const int *cancel;
};

static uint32_t
label_number(struct labels *labels, struct str label)
{
    uint32_t first =
        labels->count > LABELS_COMPARED ? labels->count - LABELS_COMPARED : 0;

    for (uint32_t i = labels->count; i > first; i--) {
        struct span span = labels->spans[i - 1];

        if (span.end - span.start == label.len &&
            memcmp(labels->bytes.ptr + span.start, label.ptr, label.len) == 0)
            return i;
    }
    if ((labels->count & (labels->count - 1)) == 0)
        labels->spans =
            xreallocarray(labels->spans, labels->count ? labels->count * 2 : 1,
                          sizeof(*labels->spans));
    labels->spans[labels->count] =
        (struct span){labels->bytes.len, labels->bytes.len + label.len};
    xbuf_append_str(&labels->bytes, label);
    return ++labels->count;
}

static enum err_code
read_value(struct filling *f, struct str raw, double *out, struct error *err)
{
    const struct json_value *value;
    enum err_code code = json_parse(raw, &f->arena, &value, err);

    if (code != ERR_OK)
        return code;
    *out = (double)NAN;
    if (f->set->kind == SCORE_LABEL && value->type == JSON_STRING)
        *out = label_number(&f->labels, value->string);
    else if (f->set->kind == SCORE_NUMBER && value->type == JSON_NUMBER)
        *out = value->number;
    return ERR_OK;
}

static struct document_key
key_of(const struct attribute_row *row)
{
    struct document_key key = {KEY_HASH, row->text, row->id, row->source};

    if (row->id.ptr)
        key.kind = row->source.ptr ? KEY_SOURCE_ID : KEY_ID;
    return key;
}

static enum err_code
take_row(struct filling *f, struct str line, struct error *err)
{
    struct attribute_row row;
    struct document_key key;
    struct key_range range = {NULL, 0};
    struct str raw;
    double value;
    enum err_code code;

    arena_reset(&f->arena);
    code = attribute_row_parse(line, &f->arena, &row, err);
    if (code == ERR_OK)
        code = attribute_row_value(row.attributes, &f->arena, NULL, &raw, err);
    if (code == ERR_OK)
        code = read_value(f, raw, &value, err);
    if (code != ERR_OK)
        return code;
    key = key_of(&row);
    if (key.kind == KEY_HASH && row.text_bytes != HASH_SIZE)
        return ERR_OK;
    code = document_keys_find(f->keys, &key, &range, err);
    for (size_t i = 0; i < range.count && code == ERR_OK; i++) {
        uint32_t doc = document_keys_at(range, i);

        if (attribute_row_fits(&row, document_keys_text(f->keys, doc)))
            f->numbers[doc] = value;
    }
    return code;
}

static enum err_code
read_file(struct filling *f, const char *path, struct error *err)
{
    struct shard *shard = NULL;
    struct record record = {0};
    enum err_code code = shard_open(&shard, path, &shard_default_limits, err);

    if (code == ERR_OK)
        shard_set_cancel(shard, f->cancel);
    while (code == ERR_OK) {
        code = shard_next(shard, &record, err);
        if (code != ERR_OK || record.kind == RECORD_END)
            break;
        if (record.kind == RECORD_LINE)
            code = take_row(f, record.raw, err);
    }
    shard_close(shard);
    if (code != ERR_OK && code != ERR_CANCELLED && code != ERR_NOMEM)
        error_wrap(err, "%s, line %llu", path,
                   (unsigned long long)record.number + 1);
    return code;
}

static char *
column_file(uint32_t partition, const struct attribute_set *set)
{
    char *plain = generation_column_name(partition, set->name);
    char *name = xasprintf("%.*s.%016llx.col", (int)(strlen(plain) - 4), plain,
                           (unsigned long long)set->sum);

    free(plain);
    return name;
}

static enum err_code
fill_column(const struct filling *f, struct column_writer *column,
            uint32_t first, uint32_t end, struct error *err)
{
    enum err_code code = ERR_OK;

    for (uint32_t doc = first; doc < end && code == ERR_OK; doc++) {
        double value = f->numbers[doc];
        struct span span;

        if (isnan(value))
            continue;
        f->set->known++;
        if (f->set->kind != SCORE_LABEL) {
            code = column_set_number(column, doc - first, value, err);
            continue;
        }
        span = f->labels.spans[(uint32_t)value - 1];
        code = column_set_label(
            column, doc - first,
            str_slice(buf_str(&f->labels.bytes), span.start, span.end), err);
    }
    return code;
}

/* A set being put into a manifest. */
struct target {
    struct generation *manifest;
    const char *folder;
    uint32_t score;
    const bool *wanted; /* by position of the partition */
};

static enum err_code
write_column(const struct filling *f, const struct target *target,
             size_t position, uint32_t first, uint32_t end, struct error *err)
{
    const struct generation_partition *of =
        &target->manifest->partitions[position];
    bool labels = f->set->kind == SCORE_LABEL;
    char *name = column_file(of->number, f->set);
    char *path = path_join(target->folder, name);
    char *spill = path_join(target->folder, "tmp-import");
    struct column_writer *column = column_writer_new(labels, spill);
    enum err_code code = fill_column(f, column, first, end, err);

    if (code == ERR_OK)
        code =
            column_writer_commit(column, path, of->documents, &of->hash, err);
    if (code == ERR_OK)
        generation_add_column(target->manifest, of->number,
                              labels ? COLUMN_LABEL : COLUMN_SCORE,
                              target->score, name);
    column_writer_free(column);
    free(name);
    free(path);
    free(spill);
    return code;
}

static enum err_code
fill_set(const struct target *target, struct document_keys *keys,
         struct attribute_set *set, const int *cancel, struct error *err)
{
    struct filling f = {.keys = keys, .set = set, .cancel = cancel};
    uint32_t count = document_keys_count(keys);
    size_t position;
    uint32_t first;
    uint32_t end;
    enum err_code code = ERR_OK;

    arena_init(&f.arena, 0);
    f.numbers = malloc(((size_t)count + 1) * sizeof(*f.numbers));
    if (!f.numbers)
        return error_nomem(err);
    for (uint32_t i = 0; i < count; i++)
        f.numbers[i] = (double)NAN;
    for (size_t i = 0; i < set->files.count && code == ERR_OK; i++) {
        char *path = path_join(set->folder, set->files.names[i]);

        code = read_file(&f, path, err);
        free(path);
    }
    for (size_t i = 0;
         code == ERR_OK && document_keys_part(keys, i, &position, &first, &end);
         i++)
        if (target->wanted[position])
            code = write_column(&f, target, position, first, end, err);
    arena_release(&f.arena);
    free(f.labels.spans);
    buf_release(&f.labels.bytes);
    free(f.numbers);
    return code;
}

/* Mark the partitions that need a column of score `score`, after leaving out
 * columns of other rows; returns whether there are any. */
static bool
mark_wanted(struct generation *manifest, uint32_t score, uint64_t sum,
            bool *wanted, bool *any)
{
    bool found = false;

    if (manifest->scores[score].rows != sum)
        generation_drop_columns(manifest, score);
    manifest->scores[score].rows = sum;
    for (size_t i = 0; i < manifest->partition_count; i++) {
        wanted[i] = true;
        for (size_t c = 0; c < manifest->column_count && wanted[i]; c++)
            wanted[i] = manifest->columns[c].kind > COLUMN_LABEL ||
                        manifest->columns[c].score != score ||
                        manifest->columns[c].partition !=
                            manifest->partitions[i].number;
        any[i] |= wanted[i];
        found |= wanted[i];
    }
    return found;
}

static uint32_t
score_of(const struct generation *manifest, const struct attribute_set *set)
{
    uint32_t score = 0;

    while (manifest->scores[score].path ||
           strcmp(manifest->scores[score].name, set->name) != 0)
        score++;
    return score;
}

enum err_code
attributes_fill(struct generation *manifest, const char *folder,
                struct attribute_sets *sets, const int *cancel,
                struct error *err)
{
    size_t parts = manifest->partition_count + 1;
    bool *any = xcalloc(parts, sizeof(*any));
    bool *wanted = xcalloc(parts * (sets->count + 1), sizeof(*wanted));
    struct document_keys *keys = NULL;
    bool work = false;
    enum err_code code = ERR_OK;

    generation_sort(manifest);
    for (size_t i = 0; i < sets->count; i++)
        work |= mark_wanted(manifest, score_of(manifest, &sets->list[i]),
                            sets->list[i].sum, wanted + i * parts, any);
    if (work)
        code = document_keys_open(&keys, folder, manifest, any, cancel, err);
    for (size_t i = 0; i < sets->count && work && code == ERR_OK; i++) {
        struct target target = {manifest, folder,
                                score_of(manifest, &sets->list[i]),
                                wanted + i * parts};

        sets->list[i].known = 0;
        code = fill_set(&target, keys, &sets->list[i], cancel, err);
    }
    document_keys_close(keys);
    free(any);
    free(wanted);
    return code;
}
