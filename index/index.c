/* Opening a generation: its manifest, held by a shared lock, its partitions
 * and their shards, numbered over all of them. */
#include "config.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "index_impl.h"
#include "score_config.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

#define OPEN_TRIES 100 /* generations published while we open one */

/* Lock the generation that is published. The builder makes the lock's file
 * first and takes away only files that it can lock itself. */
static enum err_code
hold_generation(struct index *index, struct error *err)
{
    for (int i = 0; i < OPEN_TRIES; i++) {
        struct generation again;
        char *name;
        char *path;
        bool same;
        enum err_code code = generation_load(&index->manifest, index->folder,
                                             &index->manifest_hash, err);

        if (code != ERR_OK)
            return code;
        name = generation_lock_name(index->manifest.generation);
        path = path_join(index->folder, name);
        free(name);
        index->lock = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        free(path);
        if (index->lock >= 0 && flock(index->lock, LOCK_SH | LOCK_NB) == 0) {
            code = generation_load(&again, index->folder, NULL, err);
            if (code != ERR_OK)
                return code;
            same = again.generation == index->manifest.generation;
            generation_release(&again);
            if (same)
                return ERR_OK;
        }
        if (index->lock >= 0)
            close(index->lock);
        index->lock = -1;
        generation_release(&index->manifest);
        usleep(1000);
    }
    return error_set(err, ERR_FORMAT,
                     "the index is incomplete: run `stet index`");
}

static void
take_columns(struct index *index, struct open_partition *part)
{
    part->scores =
        xcalloc(index->manifest.score_count + 1, sizeof(*part->scores));
    for (size_t i = 0; i < index->manifest.column_count; i++) {
        const struct generation_column *column = &index->manifest.columns[i];
        struct column_slot *slot = NULL;

        if (column->partition != part->number)
            continue;
        if (column->kind == COLUMN_SOURCE)
            slot = &part->source;
        else if (column->kind == COLUMN_LANG)
            slot = &part->lang;
        else if (column->score < index->manifest.score_count)
            slot = &part->scores[column->score];
        if (slot && !slot->file)
            slot->file = xstrdup(column->file);
    }
}

static void
add_shards(struct index *index, struct open_partition *part)
{
    size_t count = part->shards.count;

    part->shard_first = index->shard_count;
    index->shards = xreallocarray(index->shards, index->shard_count + count + 1,
                                  sizeof(*index->shards));
    for (uint32_t i = 0; i < count; i++) {
        const struct partition_shard *from = &part->shards.list[i];
        bool live = !generation_is_forgotten(&index->manifest, part->number, i);

        index->shards[index->shard_count++] = (struct index_shard){
            .path = from->path,
            .container = from->container,
            .bytes = from->bytes,
            .decompressed = from->decompressed,
            .mtime_ns = from->mtime_ns,
            .records = from->records,
            .rejected = from->rejected,
            .first = part->first + from->first,
            .end = part->first + from->end,
            .file_hash = from->file_hash,
            .live = live,
            .damaged = from->damaged,
            .copy = from->copy,
            .text_path = from->text,
            .id_path = from->id,
            .source_path = from->source,
        };
    }
}

static enum err_code
open_partitions(struct index *index, struct error *err)
{
    size_t count = index->manifest.partition_count;
    enum err_code code = ERR_OK;

    index->partitions = xcalloc(count + 1, sizeof(*index->partitions));
    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        const struct generation_partition *from =
            &index->manifest.partitions[i];
        struct open_partition *part = &index->partitions[i];

        if (from->documents >= UINT32_MAX - index->count)
            return error_set(err, ERR_LIMIT, "too many documents");
        part->number = from->number;
        part->hash = from->hash;
        part->first = index->count;
        part->end = index->count + from->documents;
        index->count = part->end;
        index->partition_count++;
        code = partition_open(&part->db, index->folder, part->number, err);
        if (code == ERR_OK && partition_check_identity(part->db, err) != ERR_OK)
            code = err->code = ERR_FORMAT;
        if (code == ERR_OK)
            code = partition_load_shards(part->db, from->documents,
                                         &part->shards, err);
        if (code != ERR_OK)
            return code;
        take_columns(index, part);
        add_shards(index, part);
    }
    return code;
}

static enum err_code
mark_live(struct index *index, struct error *err)
{
    enum err_code code = bits_init(&index->live, index->count, err);

    if (code != ERR_OK)
        return code;
    for (uint32_t i = 0; i < index->shard_count; i++)
        if (index->shards[i].live)
            bits_set_range(&index->live, index->shards[i].first,
                           index->shards[i].end);
    index->live_count = bits_population(&index->live);
    return ERR_OK;
}

/* The published definitions with what the configuration says of direction,
 * range and threshold. */
static enum err_code
take_defs(struct index *index, const struct workspace *ws, struct error *err)
{
    enum err_code code = ERR_OK;

    index->defs =
        xcalloc(index->manifest.score_count + 1, sizeof(*index->defs));
    for (size_t i = 0; i < index->manifest.score_count && code == ERR_OK; i++) {
        const struct generation_score *from = &index->manifest.scores[i];
        struct score_def def = {from->name,        from->path,  from->kind,
                                SCORE_BAD_UNKNOWN, (double)NAN, (double)NAN,
                                (double)NAN};

        code = score_config_apply(ws->settings, &def, err);
        if (def.path != from->path)
            free(def.path);
        def.name = xstrdup(from->name);
        def.path = from->path ? xstrdup(from->path) : NULL;
        def.kind = from->kind; /* a new one counts after `stet index` */
        index->defs[index->def_count++] = def;
    }
    return code;
}

enum err_code
index_open(struct index **out, const struct workspace *ws, struct error *err)
{
    struct index *index = xcalloc(1, sizeof(*index));
    enum err_code code;

    index->lock = -1;
    index->folder = xstrdup(ws->index);
    index->root = xstrdup(ws->root);
    generation_init(&index->manifest);
    code = hold_generation(index, err);
    if (code == ERR_NOTFOUND)
        code = error_set(err, ERR_NOTFOUND,
                         "no index yet: run `stet index SHARD...`");
    if (code == ERR_OK)
        code = open_partitions(index, err);
    if (code == ERR_OK)
        code = mark_live(index, err);
    if (code == ERR_OK)
        code = take_defs(index, ws, err);
    if (code == ERR_OK)
        code = index_derive(index, ws->settings, err);
    if (code == ERR_OK) {
        *out = index;
        index = NULL;
    }
    index_close(index);
    return code;
}

void
index_close(struct index *index)
{
    if (!index)
        return;
    for (unsigned i = 0; i < READER_CACHE; i++)
        index_reader_release(&index->readers[i]);
    for (unsigned i = 0; i < index->partition_count; i++) {
        struct open_partition *part = &index->partitions[i];

        free(part->blocks);
        buf_release(&part->ids.packed);
        buf_release(&part->ids.id);
        index_columns_release(index, part);
        partition_shards_release(&part->shards);
        db_close(part->db);
    }
    index_derive_release(index);
    score_config_free(index->defs, index->def_count);
    free(index->partitions);
    free(index->shards);
    bits_release(&index->live);
    generation_release(&index->manifest);
    if (index->lock >= 0)
        close(index->lock);
    free(index->folder);
    free(index->root);
    free(index);
}

uint64_t
index_generation(const struct index *index)
{
    return index->manifest.generation;
}

uint64_t
index_published_generation(const struct workspace *ws)
{
    struct generation manifest;
    struct error ignored = ERROR_INIT;
    uint64_t generation;

    if (generation_load(&manifest, ws->index, NULL, &ignored) != ERR_OK)
        return 0;
    generation = manifest.generation;
    generation_release(&manifest);
    return generation;
}

const struct hash *
index_manifest_hash(const struct index *index)
{
    return &index->manifest_hash;
}

uint32_t
index_count(const struct index *index)
{
    return index->count;
}

uint32_t
index_live_count(const struct index *index)
{
    return index->live_count;
}

const struct bits *
index_live(const struct index *index)
{
    return &index->live;
}

uint32_t
index_shard_count(const struct index *index)
{
    return index->shard_count;
}

const struct index_shard *
index_shard(const struct index *index, uint32_t shard)
{
    return &index->shards[shard];
}

unsigned
index_partition_count(const struct index *index)
{
    return index->partition_count;
}

void
index_partition_range(const struct index *index, unsigned partition,
                      uint32_t *first, uint32_t *end)
{
    *first = index->partitions[partition].first;
    *end = index->partitions[partition].end;
}

struct db *
index_partition_db(struct index *index, unsigned partition)
{
    return index->partitions[partition].db;
}

unsigned
index_partition_of(const struct index *index, uint32_t doc)
{
    unsigned low = 0;
    unsigned high = index->partition_count;

    while (low + 1 < high) {
        unsigned middle = low + (high - low) / 2;

        if (index->partitions[middle].first <= doc)
            low = middle;
        else
            high = middle;
    }
    /* empty partitions share their start with the next one */
    while (low + 1 < index->partition_count &&
           index->partitions[low].end <= doc)
        low++;
    return low;
}

uint32_t
index_shard_of(const struct index *index, uint32_t doc)
{
    uint32_t low = 0;
    uint32_t high = index->shard_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (index->shards[middle].end <= doc)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct partition_shard *
index_shard_row(const struct index *index, uint32_t shard)
{
    for (unsigned i = 0; i < index->partition_count; i++) {
        const struct open_partition *part = &index->partitions[i];

        if (shard - part->shard_first < part->shards.count)
            return &part->shards.list[shard - part->shard_first];
    }
    return NULL;
}

char *
index_shard_path(const struct index *index, uint32_t shard)
{
    const struct index_shard *known = &index->shards[shard];

    return known->path[0] == '/' ? xstrdup(known->path)
                                 : path_join(index->root, known->path);
}

char *
index_shard_file(const struct index *index, uint32_t shard)
{
    const struct index_shard *known = &index->shards[shard];

    return known->copy ? path_join(index->folder, known->copy)
                       : index_shard_path(index, shard);
}
