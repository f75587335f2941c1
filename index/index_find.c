/* Look-ups by hash, id and place: a sorted table of 8-byte prefixes gives the
 * candidates, the packed documents decide. */
#include "config.h"

#include <stdlib.h>

#include "index_impl.h"

struct finds {
    struct index *index;
    uint32_t first; /* of the partition looked at */
    uint32_t *docs;
    size_t count, cap;
    bool failed; /* memory ran out */
};

static void
add_find(void *ctx, uint32_t local)
{
    struct finds *finds = ctx;
    uint32_t doc = finds->first + local;

    if (!bits_get(&finds->index->live, doc))
        return;
    if (finds->count == finds->cap) {
        size_t cap = finds->cap ? finds->cap * 2 : 16;
        uint32_t *docs = realloc(finds->docs, cap * sizeof(*docs));

        if (!docs) {
            finds->failed = true;
            return;
        }
        finds->docs = docs;
        finds->cap = cap;
    }
    finds->docs[finds->count++] = doc;
}

static int
compare_docs(const void *a, const void *b)
{
    const uint32_t *x = a;
    const uint32_t *y = b;

    return (*x > *y) - (*x < *y);
}

static enum err_code
find_candidates(struct finds *finds, enum lookup_kind kind, uint64_t prefix,
                struct error *err)
{
    struct index *index = finds->index;
    enum err_code code = ERR_OK;

    for (unsigned i = 0; i < index->partition_count && code == ERR_OK; i++) {
        const struct open_partition *part = &index->partitions[i];

        finds->first = part->first;
        code = partition_lookup(part->db, kind, prefix, part->end - part->first,
                                add_find, finds, err);
    }
    if (code == ERR_OK && finds->failed)
        code = error_nomem(err);
    if (code == ERR_OK && finds->count > 1)
        qsort(finds->docs, finds->count, sizeof(*finds->docs), compare_docs);
    return code;
}

/* Hand the documents over in `arena`. */
static enum err_code
give(struct finds *finds, struct arena *arena, uint32_t **docs, size_t *count,
     struct error *err)
{
    uint32_t *out = arena_alloc(arena, (finds->count + 1) * sizeof(*out));

    if (!out)
        return error_nomem(err);
    if (finds->count > 0)
        memcpy(out, finds->docs, finds->count * sizeof(*out));
    *docs = out;
    *count = finds->count;
    return ERR_OK;
}

static enum err_code
keep_same_hash(struct finds *finds, const struct hash *hash, struct error *err)
{
    size_t kept = 0;

    for (size_t i = 0; i < finds->count; i++) {
        uint32_t doc = finds->docs[i];
        const struct open_partition *part =
            &finds->index->partitions[index_partition_of(finds->index, doc)];
        struct hash found;
        enum err_code code =
            partition_load_hash(part->db, doc - part->first, &found, err);

        if (code != ERR_OK)
            return code;
        if (hash_equal(&found, hash))
            finds->docs[kept++] = doc;
    }
    finds->count = kept;
    return ERR_OK;
}

enum err_code
index_find_hash(struct index *index, const struct hash *text,
                struct arena *arena, uint32_t **docs, size_t *count,
                struct error *err)
{
    struct finds finds = {.index = index};
    enum err_code code =
        find_candidates(&finds, LOOKUP_HASH, hash_prefix(text), err);

    if (code == ERR_OK)
        code = keep_same_hash(&finds, text, err);
    if (code == ERR_OK)
        code = give(&finds, arena, docs, count, err);
    free(finds.docs);
    return code;
}

static enum err_code
keep_same_id(struct finds *finds, struct str id_token, struct str source,
             struct error *err)
{
    struct buf id = {0};
    size_t kept = 0;
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < finds->count && code == ERR_OK; i++) {
        uint32_t doc = finds->docs[i];
        const struct open_partition *part =
            &finds->index->partitions[index_partition_of(finds->index, doc)];
        bool known = false;

        code = partition_load_id(part->db, doc - part->first, &id, &known, err);
        if (code == ERR_OK && known && str_equal(buf_str(&id), id_token) &&
            (!source.ptr ||
             str_equal(index_label(finds->index, LABEL_SOURCE, 0, doc),
                       source)))
            finds->docs[kept++] = doc;
    }
    finds->count = kept;
    buf_release(&id);
    return code;
}

enum err_code
index_find_id(struct index *index, struct str id_token, struct str source,
              struct arena *arena, uint32_t **docs, size_t *count,
              struct error *err)
{
    struct finds finds = {.index = index};
    struct hash hash = hash_of(id_token);
    enum err_code code =
        find_candidates(&finds, LOOKUP_ID, hash_prefix(&hash), err);

    if (code == ERR_OK)
        code = keep_same_id(&finds, id_token, source, err);
    if (code == ERR_OK)
        code = give(&finds, arena, docs, count, err);
    free(finds.docs);
    return code;
}

/* The document of `shard` that is line `record`. */
static enum err_code
find_record(struct index *index, const struct index_shard *shard,
            uint64_t record, uint32_t *doc, struct error *err)
{
    uint32_t low = shard->first;
    uint32_t high = shard->end;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct document_place place;
        enum err_code code = index_place(index, middle, &place, err);

        if (code != ERR_OK)
            return code;
        if (place.record == record) {
            *doc = middle;
            return ERR_OK;
        }
        if (place.record < record)
            low = middle + 1;
        else
            high = middle;
    }
    return error_set(err, ERR_NOTFOUND, "%s has no document in line %llu",
                     shard->path, (unsigned long long)record + 1);
}

enum err_code
index_find_place(struct index *index, struct str path, uint64_t record,
                 uint32_t *doc, struct error *err)
{
    for (uint32_t i = 0; i < index->shard_count; i++)
        if (index->shards[i].live &&
            str_equal(str_of(index->shards[i].path), path))
            return find_record(index, &index->shards[i], record, doc, err);
    return error_set(err, ERR_NOTFOUND, "no shard of that name in the index");
}
