/* Sorted tables of 96-bit keys. A key is a SHA-256, cut: ids come from data
 * that is not to be trusted, and are not compared any further. */
#include "config.h"

#include "document_keys.h"

#include <stdlib.h>

#include "partition.h"
#include "stet/bits.h"
#include "stet/json.h"
#include "stet/pool.h"
#include "stet/xalloc.h"

#define BUCKETS 65536u /* by the first 16 bits */

struct key_entry {
    uint64_t high;
    uint32_t low;
    uint32_t doc;
};

struct table {
    bool ready;
    struct key_entry *entries;
    size_t count;
    uint32_t *starts; /* BUCKETS + 1 */
};

struct part {
    struct db *db;
    struct column *source; /* NULL: none has one */
    size_t position;       /* in the manifest */
    uint32_t first, end;
};

struct document_keys {
    struct part *parts;
    size_t part_count;
    uint32_t count;
    uint64_t *texts; /* by document */
    struct bits live;
    struct table tables[KEY_KINDS];
    const int *cancel;
    struct buf scratch;
};

static enum err_code
cancelled(const struct document_keys *keys, struct error *err)
{
    if (!cancel_is_set(keys->cancel))
        return ERR_OK;
    return error_set(err, ERR_CANCELLED, "%s", err_code_text(ERR_CANCELLED));
}

static enum err_code
open_source(struct part *part, const char *folder,
            const struct generation *manifest, struct error *err)
{
    const struct generation_partition *of =
        &manifest->partitions[part->position];
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < manifest->column_count && code == ERR_OK; i++) {
        const struct generation_column *column = &manifest->columns[i];
        char *path;

        if (column->partition != of->number || column->kind != COLUMN_SOURCE)
            continue;
        path = path_join(folder, column->file);
        code = column_open(&part->source, path, true, of->documents, &of->hash,
                           err);
        free(path);
    }
    return code;
}

static enum err_code
mark_live(struct document_keys *keys, const struct part *part,
          const struct generation *manifest, struct error *err)
{
    const struct generation_partition *of =
        &manifest->partitions[part->position];
    struct partition_shards shards = {NULL, 0};
    enum err_code code =
        partition_load_shards(part->db, of->documents, &shards, err);

    for (uint32_t i = 0; code == ERR_OK && i < shards.count; i++)
        if (!generation_is_forgotten(manifest, of->number, i))
            bits_set_range(&keys->live, part->first + shards.list[i].first,
                           part->first + shards.list[i].end);
    partition_shards_release(&shards);
    return code;
}

/* Documents of the block that starts at `doc`. */
static uint32_t
block_length(const struct part *part, uint32_t doc)
{
    uint32_t left = part->end - doc;

    return left < PACK_BLOCK ? left : PACK_BLOCK;
}

static enum err_code
load_texts(struct document_keys *keys, const struct part *part,
           struct error *err)
{
    struct hash hashes[PACK_BLOCK];
    enum err_code code = ERR_OK;

    for (uint32_t doc = part->first; doc < part->end && code == ERR_OK;
         doc += PACK_BLOCK) {
        uint32_t count = block_length(part, doc);

        code = partition_load_hashes(part->db, (doc - part->first) / PACK_BLOCK,
                                     hashes, count, err);
        for (uint32_t i = 0; i < count && code == ERR_OK; i++)
            keys->texts[doc + i] = hash_prefix(&hashes[i]);
        if (code == ERR_OK)
            code = cancelled(keys, err);
    }
    return code;
}

static enum err_code
open_part(struct document_keys *keys, struct part *part, const char *folder,
          const struct generation *manifest, struct error *err)
{
    enum err_code code = partition_open(
        &part->db, folder, manifest->partitions[part->position].number, err);

    if (code == ERR_OK)
        code = open_source(part, folder, manifest, err);
    if (code == ERR_OK)
        code = mark_live(keys, part, manifest, err);
    if (code == ERR_OK)
        code = load_texts(keys, part, err);
    return code;
}

enum err_code
document_keys_open(struct document_keys **out, const char *folder,
                   const struct generation *manifest, const bool *wanted,
                   const int *cancel, struct error *err)
{
    struct document_keys *keys = xcalloc(1, sizeof(*keys));
    uint64_t total = 0;
    enum err_code code;

    keys->cancel = cancel;
    keys->parts = xcalloc(manifest->partition_count + 1, sizeof(*keys->parts));
    for (size_t i = 0; i < manifest->partition_count; i++) {
        struct part *part = &keys->parts[keys->part_count];

        if (wanted && !wanted[i])
            continue;
        part->position = i;
        part->first = (uint32_t)total;
        total += manifest->partitions[i].documents;
        part->end = (uint32_t)total;
        keys->part_count++;
    }
    keys->count = (uint32_t)total;
    keys->texts = malloc((total + 1) * sizeof(*keys->texts));
    code = total >= UINT32_MAX || !keys->texts ? error_nomem(err) : ERR_OK;
    if (code == ERR_OK)
        code = bits_init(&keys->live, keys->count, err);
    for (size_t i = 0; i < keys->part_count && code == ERR_OK; i++)
        code = open_part(keys, &keys->parts[i], folder, manifest, err);
    if (code == ERR_OK) {
        *out = keys;
        keys = NULL;
    }
    document_keys_close(keys);
    return code;
}

void
document_keys_close(struct document_keys *keys)
{
    if (!keys)
        return;
    for (size_t i = 0; i < keys->part_count; i++) {
        column_close(keys->parts[i].source);
        db_close(keys->parts[i].db);
    }
    for (size_t i = 0; i < KEY_KINDS; i++) {
        free(keys->tables[i].entries);
        free(keys->tables[i].starts);
    }
    free(keys->parts);
    free(keys->texts);
    bits_release(&keys->live);
    buf_release(&keys->scratch);
    free(keys);
}

uint32_t
document_keys_count(const struct document_keys *keys)
{
    return keys->count;
}

bool
document_keys_part(const struct document_keys *keys, size_t i,
                   size_t *partition, uint32_t *first, uint32_t *end)
{
    if (i >= keys->part_count)
        return false;
    *partition = keys->parts[i].position;
    *first = keys->parts[i].first;
    *end = keys->parts[i].end;
    return true;
}

uint64_t
document_keys_text(const struct document_keys *keys, uint32_t doc)
{
    return keys->texts[doc];
}

static struct key_entry
entry_of(const struct hash *hash, uint32_t doc)
{
    struct key_entry entry = {hash_prefix(hash), 0, doc};

    memcpy(&entry.low, hash->bytes + 8, sizeof(entry.low));
    return entry;
}

/* An id as what it says, not as it is spelled: strings decoded, numbers as
 * they are, each marked; behind the source and its length. */
static enum err_code
id_key(struct document_keys *keys, struct str id, const struct str *source,
       struct hash *out, struct error *err)
{
    struct buf *scratch = &keys->scratch;
    enum err_code code = ERR_OK;

    buf_clear(scratch);
    if (source) {
        uint64_t len = source->len;

        code = buf_append(scratch, &len, sizeof(len), err);
        if (code == ERR_OK)
            code = buf_append_str(scratch, *source, err);
    }
    if (code == ERR_OK && id.len > 0 && id.ptr[0] == '"') {
        code = buf_append_byte(scratch, 's', err);
        if (code == ERR_OK)
            code = json_decode_string(id, scratch, err);
    } else if (code == ERR_OK) {
        code = buf_append_byte(scratch, 'n', err);
        if (code == ERR_OK)
            code = buf_append_str(scratch, id, err);
    }
    *out = hash_of(buf_str(scratch));
    return code;
}

static struct str
source_of(const struct part *part, uint32_t doc)
{
    if (!part->source)
        return (struct str){NULL, 0};
    return column_label(part->source,
                        column_code(part->source, doc - part->first));
}

static enum err_code
add_hashes(struct document_keys *keys, const struct part *part, uint32_t doc,
           struct table *table, struct error *err)
{
    struct hash hashes[PACK_BLOCK];
    uint32_t count = block_length(part, doc);
    enum err_code code = partition_load_hashes(
        part->db, (doc - part->first) / PACK_BLOCK, hashes, count, err);

    for (uint32_t i = 0; i < count && code == ERR_OK; i++)
        if (bits_get(&keys->live, doc + i))
            table->entries[table->count++] = entry_of(&hashes[i], doc + i);
    return code;
}

static enum err_code
add_ids(struct document_keys *keys, const struct part *part, uint32_t doc,
        bool with_source, struct table *table, struct error *err)
{
    uint32_t count = block_length(part, doc);
    struct buf packed = {0};
    struct buf id = {0};
    size_t at = 0;
    enum err_code code = partition_load_ids(
        part->db, (doc - part->first) / PACK_BLOCK, &packed, err);

    for (uint32_t i = 0; i < count && code == ERR_OK; i++) {
        struct str source = source_of(part, doc + i);
        struct hash hash;
        bool known = false;

        if (!unpack_id(buf_str(&packed), &at, &id, &known)) {
            code = error_set(err, ERR_FORMAT,
                             "the index is damaged: a block "
                             "of ids");
            break;
        }
        if (!known || !bits_get(&keys->live, doc + i))
            continue;
        code = id_key(keys, buf_str(&id), with_source ? &source : NULL, &hash,
                      err);
        table->entries[table->count++] = entry_of(&hash, doc + i);
    }
    buf_release(&packed);
    buf_release(&id);
    return code;
}

static int
compare_keys(const struct key_entry *a, const struct key_entry *b)
{
    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    return (a->low > b->low) - (a->low < b->low);
}

static int
compare_entries(const void *left, const void *right)
{
    const struct key_entry *a = left;
    const struct key_entry *b = right;
    int order = compare_keys(a, b);

    return order ? order : (a->doc > b->doc) - (a->doc < b->doc);
}

static void
sort_table(struct table *table)
{
    if (table->count > 1)
        qsort(table->entries, table->count, sizeof(*table->entries),
              compare_entries);
    table->starts = xcalloc(BUCKETS + 1, sizeof(*table->starts));
    for (size_t i = 0; i < table->count; i++)
        table->starts[(table->entries[i].high >> 48) + 1]++;
    for (size_t i = 0; i < BUCKETS; i++)
        table->starts[i + 1] += table->starts[i];
}

static enum err_code
fill_table(struct document_keys *keys, enum key_kind kind, struct error *err)
{
    struct table *table = &keys->tables[kind];
    enum err_code code = ERR_OK;

    table->count = 0;
    free(table->entries);
    table->entries =
        malloc(((size_t)keys->count + 1) * sizeof(*table->entries));
    if (!table->entries)
        return error_nomem(err);
    for (size_t p = 0; p < keys->part_count; p++) {
        const struct part *part = &keys->parts[p];

        for (uint32_t doc = part->first; doc < part->end && code == ERR_OK;
             doc += PACK_BLOCK) {
            code = kind == KEY_HASH
                       ? add_hashes(keys, part, doc, table, err)
                       : add_ids(keys, part, doc, kind == KEY_SOURCE_ID, table,
                                 err);
            if (code == ERR_OK)
                code = cancelled(keys, err);
        }
    }
    if (code != ERR_OK)
        return code;
    sort_table(table);
    table->ready = true;
    return ERR_OK;
}

enum err_code
document_keys_find(struct document_keys *keys, const struct document_key *key,
                   struct key_range *out, struct error *err)
{
    struct table *table = &keys->tables[key->kind];
    struct hash hash = key->text;
    struct key_entry wanted;
    size_t low;
    size_t high;
    enum err_code code = ERR_OK;

    if (!table->ready)
        code = fill_table(keys, key->kind, err);
    if (code == ERR_OK && key->kind != KEY_HASH)
        code = id_key(keys, key->id,
                      key->kind == KEY_SOURCE_ID ? &key->source : NULL, &hash,
                      err);
    if (code != ERR_OK)
        return code;
    wanted = entry_of(&hash, 0);
    low = table->starts[wanted.high >> 48];
    high = table->starts[(wanted.high >> 48) + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_keys(&table->entries[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *out = (struct key_range){&table->entries[low], 0};
    while (low + out->count < table->count &&
           compare_keys(&table->entries[low + out->count], &wanted) == 0)
        out->count++;
    return ERR_OK;
}

uint32_t
document_keys_at(struct key_range range, size_t i)
{
    return range.first[i].doc;
}
