/* .stet/index/resolve.db: which documents an item is, for one generation of
 * the index and one numbering of the items. Anything wrong with it only means
 * that items are looked up again. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "review/resolve_private.h"
#include "stet/log.h"
#include "stet/xalloc.h"

#define CACHE_VERSION 1
#define STAMP_SIZE 16

struct resolve_cache {
    struct db *db;
    char identity[HASH_HEX_SIZE]; /* of index generation and item numbers */
    int64_t generation;
};

static enum err_code
make_identity(struct resolver *resolver, struct resolve_cache *cache,
              struct error *err)
{
    uint8_t stamp[STAMP_SIZE];
    uint8_t version = CACHE_VERSION;
    uint64_t generation = index_generation(resolver->index);
    struct hasher *hasher = NULL;
    struct hash hash;
    enum err_code code =
        store_meta(resolver->store, "stamp", stamp, sizeof(stamp), err);

    if (code != ERR_OK)
        return code;
    hasher = hasher_new();
    hasher_update(hasher, &version, 1);
    hasher_update(hasher, stamp, sizeof(stamp));
    hasher_update(hasher, &generation, sizeof(generation));
    hasher_update(hasher, index_manifest_hash(resolver->index)->bytes,
                  HASH_SIZE);
    hash = hasher_take(hasher);
    hasher_free(hasher);
    hash_format(&hash, cache->identity);
    cache->generation = (int64_t)generation;
    return ERR_OK;
}

/* Whether the file is of our identity; `newer`: of a newer generation. */
static enum err_code
read_identity(struct resolve_cache *cache, bool *ours, bool *newer,
              struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum err_code code =
        db_stmt(cache->db, "SELECT identity, generation FROM of", &stmt, err);

    *ours = false;
    *newer = false;
    if (code != ERR_OK)
        return code;
    code = stmt_step(stmt, &row, err);
    if (code == ERR_OK && row) {
        *ours = str_equal(stmt_text(stmt, 0), str_of(cache->identity));
        *newer = stmt_int(stmt, 1) > cache->generation;
    }
    stmt_reset(stmt);
    return code;
}

static enum err_code
write_identity(struct resolve_cache *cache, struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code =
        db_exec(cache->db, "DELETE FROM place; DELETE FROM of;", err);

    if (code == ERR_OK)
        code = db_stmt(cache->db,
                       "INSERT INTO of(identity, generation) VALUES (?1, ?2)",
                       &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_text(stmt, 1, str_of(cache->identity));
    stmt_bind_int(stmt, 2, cache->generation);
    return stmt_run(stmt, err);
}

static enum err_code
prepare(struct resolve_cache *cache, struct error *err)
{
    bool ours = false;
    bool newer = false;
    enum err_code code = db_begin(cache->db, err);

    if (code != ERR_OK)
        return code;
    code = db_exec(cache->db,
                   "CREATE TABLE IF NOT EXISTS of("
                   " identity TEXT NOT NULL, generation INTEGER NOT NULL);"
                   "CREATE TABLE IF NOT EXISTS place("
                   " item INTEGER NOT NULL, doc INTEGER NOT NULL,"
                   " PRIMARY KEY (item, doc)) WITHOUT ROWID;",
                   err);
    if (code == ERR_OK)
        code = read_identity(cache, &ours, &newer, err);
    if (code == ERR_OK && newer) /* ours is the old one: leave theirs alone */
        code = error_set(err, ERR_CONFLICT, "of a newer generation");
    if (code == ERR_OK && !ours)
        code = write_identity(cache, err);
    if (code == ERR_OK)
        code = db_commit(cache->db, err);
    if (code != ERR_OK)
        db_rollback(cache->db);
    return code;
}

static enum err_code
open_file(struct resolve_cache *cache, const char *path, struct error *err)
{
    enum err_code code = db_open(&cache->db, path, DB_STORE, err);

    if (code == ERR_OK)
        code = prepare(cache, err);
    if (code != ERR_OK) {
        db_close(cache->db);
        cache->db = NULL;
    }
    return code;
}

struct resolve_cache *
resolve_cache_open(struct resolver *resolver)
{
    struct resolve_cache *cache = xcalloc(1, sizeof(*cache));
    const char *path = resolver->store->resolve_path;
    struct error err = ERROR_INIT;
    enum err_code code = make_identity(resolver, cache, &err);

    if (code == ERR_OK)
        code = open_file(cache, path, &err);
    if (code == ERR_FORMAT && unlink(path) == 0)
        code = open_file(cache, path, &err);
    if (code == ERR_OK)
        return cache;
    log_line("resolve.db is not used: %s", err.message);
    resolve_cache_close(cache);
    return NULL;
}

void
resolve_cache_close(struct resolve_cache *cache)
{
    if (!cache)
        return;
    db_close(cache->db);
    free(cache);
}

/* Rows come by item; -1 stands for an item without a document. */
static enum err_code
load_rows(struct resolve_cache *cache, struct resolver *resolver,
          struct stmt *stmt, struct error *err)
{
    uint32_t count = index_count(resolver->index);
    int64_t last = -1;
    bool row = false;
    enum err_code code = stmt_step(stmt, &row, err);

    (void)cache;
    while (code == ERR_OK && row) {
        int64_t item = stmt_int(stmt, 0);
        int64_t number = stmt_int(stmt, 1);
        uint32_t doc = (uint32_t)number;

        if (item <= 0 || item > INT32_MAX || number >= (int64_t)count ||
            number < -1)
            return error_set(err, ERR_FORMAT, "impossible numbers");
        if (item == last && number >= 0)
            code = resolve_extend(resolver, item, doc, err);
        else
            code = resolve_add(resolver, item, &doc, number >= 0, err);
        last = item;
        if (code == ERR_OK)
            code = stmt_step(stmt, &row, err);
    }
    return code;
}

void
resolve_cache_load(struct resolve_cache *cache, struct resolver *resolver)
{
    struct error err = ERROR_INIT;
    struct stmt *stmt = NULL;
    enum err_code code =
        db_stmt(cache->db, "SELECT item, doc FROM place ORDER BY item, doc",
                &stmt, &err);

    if (code == ERR_OK) {
        code = load_rows(cache, resolver, stmt, &err);
        stmt_reset(stmt);
    }
    item_list_release(&resolver->unsaved);
    if (code != ERR_OK)
        log_line("resolve.db was not read: %s", err.message);
}

static enum err_code
save_row(struct resolve_cache *cache, int64_t item, int64_t doc,
         struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code = db_stmt(
        cache->db, "INSERT OR IGNORE INTO place(item, doc) VALUES (?1, ?2)",
        &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, item);
    stmt_bind_int(stmt, 2, doc);
    return stmt_run(stmt, err);
}

static enum err_code
save_item(struct resolve_cache *cache, const struct resolver *resolver,
          int64_t item, struct error *err)
{
    uint32_t count = 0;
    const uint32_t *docs = resolve_places(resolver, item, &count);
    enum err_code code = ERR_OK;

    if (count == 0)
        return save_row(cache, item, -1, err);
    for (uint32_t i = 0; i < count && code == ERR_OK; i++)
        code = save_row(cache, item, docs[i], err);
    return code;
}

void
resolve_cache_save(struct resolve_cache *cache, struct resolver *resolver)
{
    const struct item_list *unsaved = &resolver->unsaved;
    struct error err = ERROR_INIT;
    bool ours = false;
    bool newer = false;
    enum err_code code = db_begin(cache->db, &err);

    if (code == ERR_OK)
        code = read_identity(cache, &ours, &newer, &err);
    for (size_t i = 0; ours && i < unsaved->count && code == ERR_OK; i++)
        code = save_item(cache, resolver, unsaved->items[i], &err);
    if (code == ERR_OK)
        code = db_commit(cache->db, &err);
    if (code != ERR_OK) {
        db_rollback(cache->db);
        log_line("resolve.db was not written: %s", err.message);
    }
    item_list_release(&resolver->unsaved);
}
