/* Interned item keys: annotations and queues name items by small numbers. */
#include "config.h"

#include <stdlib.h>

#include "review/store_private.h"

static void
hash_part(struct hasher *hasher, struct str part)
{
    uint64_t len = part.ptr ? part.len + 1 : 0; /* absent differs from empty */
    uint8_t bytes[8];

    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(len >> (8 * i));
    hasher_update(hasher, bytes, sizeof(bytes));
    if (part.len)
        hasher_update(hasher, part.ptr, part.len);
}

struct hash
item_key_hash(const struct item_key *key)
{
    struct hasher *hasher = hasher_new();
    struct hash hash;

    hash_part(hasher, key->source);
    hash_part(hasher, key->id_token);
    hasher_update(hasher, key->text.bytes, HASH_SIZE);
    hash = hasher_take(hasher);
    hasher_free(hasher);
    return hash;
}

static enum err_code
find_hash(struct store *store, const struct hash *hash, int64_t *item,
          struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum err_code code =
        db_stmt(store->db, "SELECT id FROM item WHERE key = ?1", &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_blob(stmt, 1, hash->bytes, HASH_SIZE);
    code = stmt_step(stmt, &row, err);
    if (code == ERR_OK)
        *item = row ? stmt_int(stmt, 0) : 0;
    stmt_reset(stmt);
    return code;
}

enum err_code
item_find(struct store *store, const struct item_key *key, int64_t *item,
          struct error *err)
{
    struct hash hash = item_key_hash(key);

    return find_hash(store, &hash, item, err);
}

static void
bind_part(struct stmt *stmt, int at, struct str part)
{
    if (part.ptr)
        stmt_bind_text(stmt, at, part);
    else
        stmt_bind_null(stmt, at);
}

enum err_code
item_intern(struct store *store, const struct item_key *key, int64_t *item,
            struct error *err)
{
    struct hash hash = item_key_hash(key);
    struct stmt *stmt = NULL;
    enum err_code code = find_hash(store, &hash, item, err);

    if (code != ERR_OK || *item != 0)
        return code;
    code = db_stmt(store->db,
                   "INSERT INTO item(key, source, id_token, text)"
                   " VALUES (?1, ?2, ?3, ?4)",
                   &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_blob(stmt, 1, hash.bytes, HASH_SIZE);
    bind_part(stmt, 2, key->source);
    bind_part(stmt, 3, key->id_token);
    stmt_bind_blob(stmt, 4, key->text.bytes, HASH_SIZE);
    code = stmt_run(stmt, err);
    if (code == ERR_OK)
        *item = db_last_rowid(store->db);
    return code;
}

static bool
copy_part(struct stmt *stmt, int at, struct arena *arena, struct str *out)
{
    if (stmt_is_null(stmt, at)) {
        *out = (struct str){NULL, 0};
        return true;
    }
    *out = arena_copy(arena, stmt_text(stmt, at));
    return out->ptr != NULL;
}

bool
item_of_row(struct stmt *stmt, int at, struct arena *arena,
            struct item_key *out)
{
    struct str text = stmt_text(stmt, at + 2);

    if (text.len == HASH_SIZE)
        memcpy(out->text.bytes, text.ptr, HASH_SIZE);
    else
        memset(out->text.bytes, 0, HASH_SIZE);
    return copy_part(stmt, at, arena, &out->source) &&
           copy_part(stmt, at + 1, arena, &out->id_token);
}

enum err_code
item_list_add(struct item_list *list, int64_t item, struct error *err)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 64;
        int64_t *more = realloc(list->items, cap * sizeof(*more));

        if (!more)
            return error_nomem(err);
        list->items = more;
        list->cap = cap;
    }
    list->items[list->count++] = item;
    return ERR_OK;
}

static int
by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

void
item_list_sort_unique(struct item_list *list)
{
    size_t kept = 0;

    if (list->count < 2)
        return;
    qsort(list->items, list->count, sizeof(*list->items), by_number);
    for (size_t i = 0; i < list->count; i++)
        if (i == 0 || list->items[i] != list->items[kept - 1])
            list->items[kept++] = list->items[i];
    list->count = kept;
}

void
item_list_release(struct item_list *list)
{
    free(list->items);
    *list = (struct item_list){NULL, 0, 0};
}
