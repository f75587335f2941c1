/* Documents of an open index: where they are, what they are called, and their
 * content from the shard, compared with the hash that was indexed. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "index_impl.h"
#include "stet/xalloc.h"

static enum err_code
not_a_document(uint32_t doc, struct error *err)
{
    return error_set(err, ERR_NOTFOUND, "no document %u in this index",
                     (unsigned)doc);
}

static enum err_code
load_block(struct open_partition *part, uint32_t block,
           const struct cached_block **out, struct error *err)
{
    struct cached_block *oldest;
    uint32_t count = part->end - part->first - block * PACK_BLOCK;
    enum err_code code;

    if (count > PACK_BLOCK)
        count = PACK_BLOCK;
    if (!part->blocks)
        part->blocks = xcalloc(BLOCK_CACHE, sizeof(*part->blocks));
    oldest = &part->blocks[0];
    for (unsigned i = 0; i < BLOCK_CACHE; i++) {
        struct cached_block *cached = &part->blocks[i];

        if (cached->used && cached->block == block) {
            cached->age = ++part->clock;
            *out = cached;
            return ERR_OK;
        }
        if (cached->age < oldest->age)
            oldest = cached;
    }
    oldest->used = false;
    code = partition_load_block(part->db, block, oldest->places, count, err);
    if (code == ERR_OK)
        code =
            partition_load_hashes(part->db, block, oldest->hashes, count, err);
    if (code != ERR_OK)
        return code;
    oldest->used = true;
    oldest->block = block;
    oldest->age = ++part->clock;
    *out = oldest;
    return ERR_OK;
}

static struct open_partition *
part_of(struct index *index, uint32_t doc)
{
    return &index->partitions[index_partition_of(index, doc)];
}

enum err_code
index_place(struct index *index, uint32_t doc, struct document_place *out,
            struct error *err)
{
    const struct cached_block *block;
    const struct pack_place *place;
    struct open_partition *part;
    uint32_t local;
    enum err_code code;

    if (doc >= index->count)
        return not_a_document(doc, err);
    part = part_of(index, doc);
    local = doc - part->first;
    code = load_block(part, local / PACK_BLOCK, &block, err);
    if (code != ERR_OK)
        return code;
    place = &block->places[local % PACK_BLOCK];
    *out = (struct document_place){
        .shard = index_shard_of(index, doc),
        .record = place->record,
        .offset = place->offset,
        .length = place->length,
        .flags = place->flags,
        .text_bytes = place->text_bytes,
        .text_cp = place->text_cp,
        .text_hash = block->hashes[local % PACK_BLOCK],
    };
    return ERR_OK;
}

/* Put the cursor on a document's id. */
static enum err_code
seek_id(struct open_partition *part, uint32_t doc, struct error *err)
{
    struct id_cursor *ids = &part->ids;
    uint32_t block = (doc - part->first) / PACK_BLOCK;
    uint32_t wanted = (doc - part->first) % PACK_BLOCK;

    if (!ids->used || ids->block != block) {
        enum err_code code;

        ids->used = false;
        code = partition_load_ids(part->db, block, &ids->packed, err);
        if (code != ERR_OK)
            return code;
        ids->block = block;
        ids->next = UINT32_MAX;
        ids->used = true;
    }
    if (ids->next == wanted + 1)
        return ERR_OK;
    if (ids->next > wanted) {
        ids->next = 0;
        ids->at = 0;
        buf_clear(&ids->id);
    }
    for (; ids->next <= wanted; ids->next++) {
        if (!unpack_id(buf_str(&ids->packed), &ids->at, &ids->id,
                       &ids->known)) {
            ids->used = false;
            return error_set(err, ERR_FORMAT,
                             "the index is damaged: a block of ids; run "
                             "`stet check`, or delete .stet/index and run "
                             "`stet index`");
        }
    }
    return ERR_OK;
}

enum err_code
index_identity(struct index *index, uint32_t doc, struct arena *arena,
               struct str *id_token, struct str *source, struct error *err)
{
    struct str name = {NULL, 0};
    struct str from;
    struct open_partition *part;
    enum err_code code;

    if (doc >= index->count)
        return not_a_document(doc, err);
    part = part_of(index, doc);
    code = seek_id(part, doc, err);
    if (code != ERR_OK)
        return code;
    if (part->ids.known) {
        name = arena_copy(arena, buf_str(&part->ids.id));
        if (!name.ptr)
            return error_nomem(err);
    }
    from = index_label(index, LABEL_SOURCE, 0, doc);
    if (from.ptr) {
        from = arena_copy(arena, from);
        if (!from.ptr)
            return error_nomem(err);
    }
    *id_token = name;
    *source = from;
    return ERR_OK;
}

static enum err_code
find_reader(struct index *index, uint32_t shard, struct index_reader **out,
            struct error *err)
{
    struct index_reader *oldest = &index->readers[0];
    enum err_code code;

    for (unsigned i = 0; i < READER_CACHE; i++) {
        struct index_reader *reader = &index->readers[i];

        if (reader->used && reader->shard == shard) {
            reader->age = ++index->clock;
            *out = reader;
            return ERR_OK;
        }
        if (reader->age < oldest->age)
            oldest = reader;
    }
    index_reader_release(oldest);
    code = index_reader_open(oldest, index, shard, err);
    if (code == ERR_OK && index_shard_row(index, shard)->rows)
        code = index_rows_open(index, shard, &oldest->rows, err);
    if (code != ERR_OK) {
        index_reader_release(oldest);
        return code;
    }
    oldest->age = ++index->clock;
    *out = oldest;
    return ERR_OK;
}

static enum err_code
read_record(struct index *index, struct index_reader *reader,
            const struct document_place *place, struct arena *arena,
            struct str *out, struct error *err)
{
    struct buf bytes = {0};
    enum err_code code;

    buf_init(&bytes, (size_t)place->length + 1);
    code = index_reader_read(reader, index, place, &bytes, err);
    if (code == ERR_OK) {
        *out = arena_copy(arena, buf_str(&bytes));
        if (!out->ptr)
            code = error_nomem(err);
    }
    buf_release(&bytes);
    return code;
}

static enum err_code
changed_error(const struct index *index, const struct document_place *place,
              struct error *err)
{
    return error_set(err, ERR_CONFLICT,
                     "%s, record %llu: changed since it was indexed; run "
                     "`stet index`",
                     index->shards[place->shard].path,
                     (unsigned long long)place->record + 1);
}

/* What only the index knows: scores that were imported or are derived, and
 * what the columns kept of `rows` files that are gone or changed; the spans of
 * those are lost. */
static void
fill_scores(struct index *index, uint32_t doc, bool rows,
            struct document *document)
{
    for (unsigned i = 0; i < index->def_count; i++) {
        if (index->defs[i].path && !rows)
            continue;
        if (index->defs[i].kind == SCORE_LABEL) {
            if (!document->labels[i].ptr)
                document->labels[i] = index_label(index, LABEL_SCORE, i, doc);
        } else if (isnan(document->scores[i])) {
            document->scores[i] = index_score_decimal(index, i, doc);
        }
    }
}

enum err_code
index_document(struct index *index, uint32_t doc, struct arena *arena,
               const struct document **out, struct error *err)
{
    struct index_reader *reader = NULL;
    struct document *document = NULL;
    struct document_place place;
    struct str raw = {NULL, 0};
    enum err_code code = index_place(index, doc, &place, err);

    if (code == ERR_OK)
        code = find_reader(index, place.shard, &reader, err);
    if (code != ERR_OK)
        return code;
    code = read_record(index, reader, &place, arena, &raw, err);
    if (code == ERR_OK)
        code = mapping_apply(&reader->mapping, raw, MAP_SCORES | MAP_SPANS,
                             arena, &document, err);
    if (code == ERR_NOMEM)
        return code;
    if (code == ERR_CONFLICT ||
        (code != ERR_OK && (reader->changed || code == ERR_FORMAT)) ||
        (code == ERR_OK && !hash_equal(&document->text_hash, &place.text_hash)))
        return changed_error(index, &place, err);
    if (code != ERR_OK)
        return error_wrap(err, "%s, record %llu",
                          index->shards[place.shard].path,
                          (unsigned long long)place.record + 1);
    document->record = place.record;
    document->offset = place.offset;
    if (index_shard_row(index, place.shard)->rows)
        code = index_rows_apply(reader->rows, &reader->mapping, arena, document,
                                err);
    fill_scores(index, doc, index_shard_row(index, place.shard)->rows != 0,
                document);
    if (code == ERR_OK)
        *out = document;
    return code;
}
