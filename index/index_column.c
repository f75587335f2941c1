/* Scores and labels of an open index: columns are mapped when first asked for.
 * One that cannot be read counts as unknown; `stet check` says why. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "index_impl.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

static void
release_slot(struct column_slot *slot)
{
    column_close(slot->column);
    free(slot->file);
}

void
index_columns_release(struct index *index, struct open_partition *part)
{
    release_slot(&part->source);
    release_slot(&part->lang);
    if (!part->scores)
        return;
    for (size_t i = 0; i < index->manifest.score_count; i++)
        release_slot(&part->scores[i]);
    free(part->scores);
}

void
index_rest(struct index *index)
{
    for (unsigned i = 0; i < index->partition_count; i++) {
        struct open_partition *part = &index->partitions[i];

        for (size_t j = 0; part->scores && j < index->manifest.score_count; j++)
            if (part->scores[j].column)
                column_rest(part->scores[j].column);
    }
}

/* The column, mapped; NULL when the partition has none. */
static const struct column *
open_slot(struct index *index, struct open_partition *part,
          struct column_slot *slot, bool labels)
{
    struct error ignored = ERROR_INIT;
    char *path;

    if (slot->column || !slot->file || slot->broken)
        return slot->column;
    path = path_join(index->folder, slot->file);
    slot->broken =
        column_open(&slot->column, path, labels, part->end - part->first,
                    &part->hash, &ignored) != ERR_OK;
    free(path);
    return slot->column;
}

size_t
index_score_count(const struct index *index)
{
    return index->def_count;
}

const struct score_def *
index_score_def(const struct index *index, unsigned score)
{
    return &index->defs[score];
}

bool
index_score_find(const struct index *index, struct str name, unsigned *score)
{
    unsigned found;

    if (score_names_find(index->names, name, &found, 1) != 1)
        return false;
    *score = found;
    return true;
}

size_t
index_score_candidates(const struct index *index, struct str name,
                       unsigned *found, size_t max)
{
    return score_names_find(index->names, name, found, max);
}

size_t
index_score_versions(const struct index *index, unsigned score)
{
    return score_names_versions(index->names, score);
}

static const struct column *
score_column(struct index *index, unsigned score, uint32_t doc,
             struct open_partition **part)
{
    if (score >= index->stored_count || index->defs[score].kind == SCORE_LABEL)
        return NULL;
    *part = &index->partitions[index_partition_of(index, doc)];
    return open_slot(index, *part, &(*part)->scores[score], false);
}

/* A run of documents of one partition. */
struct run {
    struct index *index;
    uint32_t doc;
};

static void fetch_decimals(void *ctx, unsigned score, double *values,
                           uint32_t count);

static void
derive(struct index *index, unsigned score, uint32_t doc, double *values,
       uint32_t count)
{
    struct run run = {index, doc};

    derived_run(index->derived[score - index->stored_count], fetch_decimals,
                &run, values, count);
}

static void
fetch_decimals(void *ctx, unsigned score, double *values, uint32_t count)
{
    const struct run *run = ctx;
    struct open_partition *part;
    const struct column *column;

    if (score >= run->index->stored_count) {
        derive(run->index, score, run->doc, values, count);
        return;
    }
    column = score_column(run->index, score, run->doc, &part);
    for (uint32_t i = 0; i < count; i++)
        values[i] =
            column
                ? column_decimal(
                      column, column_number(column, run->doc + i - part->first))
                : (double)NAN;
}

double
index_score(struct index *index, unsigned score, uint32_t doc)
{
    struct open_partition *part;
    const struct column *column;
    double value = (double)NAN;

    if (score >= index->stored_count) {
        derive(index, score, doc, &value, 1);
        return value;
    }
    column = score_column(index, score, doc, &part);
    return column ? column_number(column, doc - part->first) : (double)NAN;
}

void
index_scores(struct index *index, unsigned score, uint32_t doc, uint32_t count,
             double *values)
{
    struct open_partition *part;
    const struct column *column;

    for (uint32_t i = 0; score >= index->stored_count && i < count;
         i += DERIVE_BLOCK)
        derive(index, score, doc + i, values + i,
               count - i < DERIVE_BLOCK ? count - i : DERIVE_BLOCK);
    if (score >= index->stored_count)
        return;
    column = score_column(index, score, doc, &part);
    if (column) {
        column_numbers(column, doc - part->first, count, values);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        values[i] = (double)NAN;
}

double
index_score_decimal(struct index *index, unsigned score, uint32_t doc)
{
    struct run run = {index, doc};
    double value;

    fetch_decimals(&run, score, &value, 1);
    return value;
}

double
index_score_round(struct index *index, unsigned score, uint32_t doc,
                  double constant)
{
    struct open_partition *part;
    const struct column *column;

    if (score >= index->stored_count)
        return derived_round(constant);
    column = score_column(index, score, doc, &part);
    if (column && column_is_float32(column))
        return (double)(float)constant;
    return constant;
}

static const struct column *
label_column(struct index *index, struct open_partition *part,
             enum label_column column, unsigned score)
{
    switch (column) {
    case LABEL_SOURCE:
        return open_slot(index, part, &part->source, true);
    case LABEL_LANG:
        return open_slot(index, part, &part->lang, true);
    case LABEL_SCORE:
        if (index->defs[score].kind == SCORE_LABEL)
            return open_slot(index, part, &part->scores[score], true);
        break;
    }
    return NULL;
}

struct str
index_label(struct index *index, enum label_column column, unsigned score,
            uint32_t doc)
{
    struct open_partition *part =
        &index->partitions[index_partition_of(index, doc)];
    const struct column *found = label_column(index, part, column, score);

    if (!found)
        return (struct str){NULL, 0};
    return column_label(found, column_code(found, doc - part->first));
}

/* Labels of classifiers may be sets. */
static bool
label_matches(enum label_column column, struct str pattern, struct str set)
{
    struct str label;

    if (column != LABEL_SCORE)
        return str_glob(pattern, set);
    for (size_t at = 0; label_next(set, &at, &label);)
        if (str_glob(pattern, label))
            return true;
    return false;
}

enum err_code
index_label_bits(struct index *index, enum label_column column, unsigned score,
                 struct str pattern, struct bits *out, struct error *err)
{
    for (unsigned i = 0; i < index->partition_count; i++) {
        struct open_partition *part = &index->partitions[i];
        const struct column *found = label_column(index, part, column, score);
        struct bits codes = {0};
        uint32_t labels;
        enum err_code code;

        if (!found)
            continue;
        labels = column_label_count(found);
        code = bits_init(&codes, labels + 1, err);
        if (code != ERR_OK)
            return code;
        for (uint32_t at = 1; at <= labels; at++)
            if (label_matches(column, pattern, column_label(found, at)))
                bits_set(&codes, at);
        for (uint32_t doc = part->first; doc < part->end; doc++)
            if (bits_get(&codes, column_code(found, doc - part->first)))
                bits_set(out, doc);
        bits_release(&codes);
    }
    return ERR_OK;
}
