/* Reading a partition. The file may be damaged: ranges and sizes are checked
 * here, so that callers can index with them. */
#include "config.h"

#include "partition.h"

#include <stdio.h>
#include <stdlib.h>

#include "fts.h"
#include "stet/fileio.h"
#include "stet/tokenizer.h"
#include "stet/xalloc.h"

enum {
    SQL_TOKENIZER,
    SQL_SHARDS,
    SQL_PLACE,
    SQL_HASH,
    SQL_ID,
    SQL_LOOKUP_FIRST,
    SQL_LOOKUP
};
static const char *const sql[] = {
    [SQL_TOKENIZER] = "SELECT value FROM meta WHERE name = 'tokenizer'",
    [SQL_SHARDS] = "SELECT number, path, copy, container, bytes, decompressed,"
                   " mtime, records, rejected, text_bytes, first, end, damaged,"
                   " hash, frames, text, id, source, lang, rows"
                   " FROM shard ORDER BY number",
    [SQL_PLACE] = "SELECT data FROM place WHERE block = ?1",
    [SQL_HASH] = "SELECT data FROM hash WHERE block = ?1",
    [SQL_ID] = "SELECT data FROM id WHERE block = ?1",
    /* the last chunk that begins before the prefix may end with it */
    [SQL_LOOKUP_FIRST] = "SELECT first FROM lookup WHERE kind = ?1 AND"
                         " first < ?2 ORDER BY first DESC LIMIT 1",
    [SQL_LOOKUP] = "SELECT data FROM lookup WHERE kind = ?1 AND"
                   " first BETWEEN ?3 AND ?2 ORDER BY first, number",
};

void
partition_shard_release(struct partition_shard *shard)
{
    free(shard->path);
    free(shard->copy);
    free(shard->text);
    free(shard->id);
    free(shard->source);
    free(shard->lang);
    buf_release(&shard->frames);
    *shard = (struct partition_shard){0};
}

void
partition_shards_release(struct partition_shards *shards)
{
    for (size_t i = 0; i < shards->count; i++)
        partition_shard_release(&shards->list[i]);
    free(shards->list);
    *shards = (struct partition_shards){NULL, 0};
}

static enum err_code
damaged(struct error *err, const char *what)
{
    return error_set(err, ERR_FORMAT,
                     "the index is damaged: %s; run `stet "
                     "check`, or delete .stet/index and run `stet index`",
                     what);
}

enum err_code
partition_check_identity(struct db *db, struct error *err)
{
    struct stmt *stmt;
    bool row = false;
    enum err_code code = db_stmt(db, sql[SQL_TOKENIZER], &stmt, err);

    if (code == ERR_OK)
        code = stmt_step(stmt, &row, err);
    if (code == ERR_OK &&
        (!row || !str_equal(stmt_text(stmt, 0), str_of(tokenizer_identity()))))
        code = error_set(err, ERR_CONFLICT,
                         "the index was built with another tokenizer or "
                         "Unicode version: run `stet index`");
    if (code == ERR_OK || row)
        stmt_reset(stmt);
    return code;
}

enum err_code
partition_open(struct db **out, const char *folder, uint32_t number,
               struct error *err)
{
    char *name = generation_partition_name(number);
    char *path = path_join(folder, name);
    struct db *db = NULL;
    uint32_t application = 0;
    uint32_t version = 0;
    enum err_code code = db_open(&db, path, DB_INDEX, err);

    if (code == ERR_OK)
        code = db_get_version(db, &application, &version, err);
    if (code == ERR_OK && application != PARTITION_APPLICATION)
        code =
            error_set(err, ERR_FORMAT, "%s: not a partition of an index", path);
    if (code == ERR_OK && version != PARTITION_VERSION)
        code = error_set(err, ERR_FORMAT, "%s: made by %s stet", path,
                         version < PARTITION_VERSION ? "an older" : "a newer");
    if (code == ERR_OK)
        code = fts_register(db, err);
    if (code == ERR_OK) {
        *out = db;
        db = NULL;
    }
    db_close(db);
    free(name);
    free(path);
    return code;
}

static char *
copy_text(struct stmt *stmt, int at)
{
    struct str text = stmt_text(stmt, at);

    if (stmt_is_null(stmt, at) || memchr(text.ptr ? text.ptr : "", 0, text.len))
        return NULL;
    return xstrndup(text);
}

bool
partition_is_copy(const char *name)
{
    size_t len = strlen(name);

    return strncmp(name, "shards/", 7) == 0 && len > 7 &&
           strspn(name + 7, "0123456789abcdef-.zst") == len - 7 &&
           name[7] != '.';
}

static bool
read_shard(struct stmt *stmt, struct partition_shard *shard)
{
    int64_t container = stmt_int(stmt, 3);
    struct str hash;
    int64_t first;
    int64_t end;

    shard->path = copy_text(stmt, 1);
    shard->copy = copy_text(stmt, 2);
    shard->bytes = (uint64_t)stmt_int(stmt, 4);
    shard->decompressed = (uint64_t)stmt_int(stmt, 5);
    shard->mtime_ns = stmt_int(stmt, 6);
    shard->records = (uint64_t)stmt_int(stmt, 7);
    shard->rejected = (uint64_t)stmt_int(stmt, 8);
    shard->text_bytes = (uint64_t)stmt_int(stmt, 9);
    first = stmt_int(stmt, 10);
    end = stmt_int(stmt, 11);
    shard->damaged = stmt_int(stmt, 12) != 0;
    hash = stmt_text(stmt, 13);
    if (!shard->path || !*shard->path || container < CONTAINER_PLAIN ||
        container > CONTAINER_ZSTD || first < 0 || end < first ||
        end >= UINT32_MAX || hash.len != HASH_SIZE ||
        (shard->copy && !partition_is_copy(shard->copy)))
        return false;
    shard->container = (enum container)container;
    shard->first = (uint32_t)first;
    shard->end = (uint32_t)end;
    memcpy(shard->file_hash.bytes, hash.ptr, HASH_SIZE);
    xbuf_append_str(&shard->frames, stmt_text(stmt, 14));
    shard->text = copy_text(stmt, 15);
    shard->id = copy_text(stmt, 16);
    shard->source = copy_text(stmt, 17);
    shard->lang = copy_text(stmt, 18);
    shard->rows = (uint64_t)stmt_int(stmt, 19);
    return true;
}

enum err_code
partition_load_shards(struct db *db, uint32_t documents,
                      struct partition_shards *out, struct error *err)
{
    struct partition_shards shards = {NULL, 0};
    struct stmt *stmt;
    uint32_t next = 0;
    size_t cap = 0;
    enum err_code code = db_stmt(db, sql[SQL_SHARDS], &stmt, err);

    while (code == ERR_OK) {
        struct partition_shard *shard;
        bool row;

        code = stmt_step(stmt, &row, err);
        if (code != ERR_OK || !row)
            break;
        if (shards.count == cap) {
            cap = cap ? cap * 2 : 16;
            shards.list = xreallocarray(shards.list, cap, sizeof(*shards.list));
        }
        shard = &shards.list[shards.count++];
        *shard = (struct partition_shard){0};
        if (stmt_int(stmt, 0) != (int64_t)shards.count - 1 ||
            !read_shard(stmt, shard) || shard->first != next)
            code = damaged(err, "its list of shards");
        next = shard->end;
    }
    if (code == ERR_OK && next != documents)
        code = damaged(err, "its list of shards ends too early or too late");
    if (code == ERR_OK)
        *out = shards;
    else
        partition_shards_release(&shards);
    return code;
}

/* The blob of a block; the view lives until the statement's next use. */
static enum err_code
load_blob(struct db *db, const char *text, uint32_t block, struct str *out,
          struct error *err)
{
    struct stmt *stmt;
    bool row;
    enum err_code code = db_stmt(db, text, &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, block);
    code = stmt_step(stmt, &row, err);
    if (code == ERR_OK && !row)
        code = damaged(err, "a block of documents is missing");
    if (code == ERR_OK)
        *out = stmt_text(stmt, 0);
    return code;
}

enum err_code
partition_load_block(struct db *db, uint32_t block, struct pack_place *places,
                     size_t count, struct error *err)
{
    struct str data;
    enum err_code code = load_blob(db, sql[SQL_PLACE], block, &data, err);

    if (code == ERR_OK && !unpack_places(data, places, count))
        code = damaged(err, "a block of places");
    return code;
}

enum err_code
partition_load_hash(struct db *db, uint32_t doc, struct hash *out,
                    struct error *err)
{
    size_t at = (size_t)(doc % PACK_BLOCK) * HASH_SIZE;
    struct str data;
    enum err_code code =
        load_blob(db, sql[SQL_HASH], doc / PACK_BLOCK, &data, err);

    if (code == ERR_OK && (data.len < HASH_SIZE || at > data.len - HASH_SIZE))
        code = damaged(err, "a block of hashes");
    if (code == ERR_OK)
        memcpy(out->bytes, data.ptr + at, HASH_SIZE);
    return code;
}

enum err_code
partition_load_hashes(struct db *db, uint32_t block, struct hash *hashes,
                      size_t count, struct error *err)
{
    struct str data;
    enum err_code code = load_blob(db, sql[SQL_HASH], block, &data, err);

    if (code == ERR_OK && data.len / HASH_SIZE < count)
        code = damaged(err, "a block of hashes");
    for (size_t i = 0; code == ERR_OK && i < count; i++)
        memcpy(hashes[i].bytes, data.ptr + i * HASH_SIZE, HASH_SIZE);
    return code;
}

enum err_code
partition_load_ids(struct db *db, uint32_t block, struct buf *packed,
                   struct error *err)
{
    struct str data;
    enum err_code code = load_blob(db, sql[SQL_ID], block, &data, err);

    buf_clear(packed);
    return code == ERR_OK ? buf_append_str(packed, data, err) : code;
}

enum err_code
partition_load_id(struct db *db, uint32_t doc, struct buf *id, bool *known,
                  struct error *err)
{
    struct str data;
    size_t at = 0;
    enum err_code code =
        load_blob(db, sql[SQL_ID], doc / PACK_BLOCK, &data, err);

    buf_clear(id);
    for (uint32_t i = 0; i <= doc % PACK_BLOCK && code == ERR_OK; i++)
        if (!unpack_id(data, &at, id, known))
            code = damaged(err, "a block of ids");
    return code;
}

/* Give the documents of one chunk; false when past the prefix. */
static enum err_code
scan_chunk(struct str chunk, uint64_t prefix, uint32_t documents,
           void (*found)(void *ctx, uint32_t doc), void *ctx, struct error *err)
{
    size_t low = 0;
    size_t high = chunk.len / PACK_ENTRY;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (unpack_entry(chunk.ptr + middle * PACK_ENTRY).prefix < prefix)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < chunk.len / PACK_ENTRY; low++) {
        struct pack_entry entry = unpack_entry(chunk.ptr + low * PACK_ENTRY);

        if (entry.prefix != prefix)
            break;
        if (entry.doc >= documents)
            return damaged(err, "a look-up table");
        found(ctx, entry.doc);
    }
    return ERR_OK;
}

enum err_code
partition_lookup(struct db *db, enum lookup_kind kind, uint64_t prefix,
                 uint32_t documents, void (*found)(void *ctx, uint32_t doc),
                 void *ctx, struct error *err)
{
    int64_t key = (int64_t)(prefix ^ UINT64_C(1) << 63);
    int64_t start = INT64_MIN;
    struct stmt *stmt;
    bool row = true;
    enum err_code code = db_get_int(db, sql[SQL_LOOKUP_FIRST], kind, key,
                                    INT64_MIN, &start, err);

    if (code == ERR_OK)
        code = db_stmt(db, sql[SQL_LOOKUP], &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, kind);
    stmt_bind_int(stmt, 2, key);
    stmt_bind_int(stmt, 3, start);
    while (code == ERR_OK && row) {
        code = stmt_step(stmt, &row, err);
        if (code == ERR_OK && row)
            code = scan_chunk(stmt_text(stmt, 0), prefix, documents, found, ctx,
                              err);
    }
    stmt_reset(stmt);
    return code;
}
