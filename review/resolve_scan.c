/* Looking up many items at once: one pass over all documents' keys, a
 * microsecond each, beats a search of the index for each item. */
#include "config.h"

#include <stdlib.h>

#include "review/resolve_private.h"

struct match {
    uint32_t slot, doc;
};

/* Keys of the wanted items in an open hash table; a slot is a place in the
 * list of items. */
struct wanted {
    const int64_t *items;
    struct hash *keys;
    uint32_t *table; /* slot + 1; 0: free */
    size_t count, mask;
    struct match *matches;
    size_t match_count, match_cap;
};

static enum err_code
read_hash(struct store *store, int64_t item, struct hash *out,
          struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    struct str key = {NULL, 0};
    enum err_code code =
        db_stmt(store->db, "SELECT key FROM item WHERE id = ?1", &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, item);
    code = stmt_step(stmt, &row, err);
    if (code == ERR_OK && row)
        key = stmt_text(stmt, 0);
    if (key.ptr && key.len == HASH_SIZE)
        memcpy(out->bytes, key.ptr, HASH_SIZE);
    else if (code == ERR_OK)
        code = error_set(err, ERR_FORMAT,
                         "the review store is damaged: no item %lld",
                         (long long)item);
    stmt_reset(stmt);
    return code;
}

static void
put_slot(struct wanted *wanted, uint32_t slot)
{
    size_t at = hash_prefix(&wanted->keys[slot]) & wanted->mask;

    while (wanted->table[at])
        at = (at + 1) & wanted->mask;
    wanted->table[at] = slot + 1;
}

static bool
find_slot(const struct wanted *wanted, const struct hash *key, uint32_t *slot)
{
    size_t at = hash_prefix(key) & wanted->mask;

    for (; wanted->table[at]; at = (at + 1) & wanted->mask) {
        *slot = wanted->table[at] - 1;
        if (hash_equal(&wanted->keys[*slot], key))
            return true;
    }
    return false;
}

/* In short reads. */
static enum err_code
load_wanted(struct wanted *wanted, struct store *store, struct error *err)
{
    size_t slot = 0;
    enum err_code code = ERR_OK;

    while (slot < wanted->count && code == ERR_OK) {
        size_t end = slot + CHUNK_ROWS;

        if (end > wanted->count)
            end = wanted->count;
        code = db_exec(store->db, "BEGIN", err);
        for (; slot < end && code == ERR_OK; slot++) {
            code =
                read_hash(store, wanted->items[slot], &wanted->keys[slot], err);
            if (code == ERR_OK)
                put_slot(wanted, (uint32_t)slot);
        }
        if (code == ERR_OK)
            code = db_commit(store->db, err);
        if (code != ERR_OK)
            db_rollback(store->db);
    }
    return code;
}

static enum err_code
init_wanted(struct wanted *wanted, const struct item_list *items,
            struct error *err)
{
    size_t size = 16;

    while (size < 2 * items->count)
        size *= 2;
    *wanted = (struct wanted){
        .items = items->items, .count = items->count, .mask = size - 1};
    wanted->keys = calloc(items->count, sizeof(*wanted->keys));
    wanted->table = calloc(size, sizeof(*wanted->table));
    return wanted->keys && wanted->table ? ERR_OK : error_nomem(err);
}

static void
release_wanted(struct wanted *wanted)
{
    free(wanted->keys);
    free(wanted->table);
    free(wanted->matches);
}

static enum err_code
add_match(struct wanted *wanted, uint32_t slot, uint32_t doc, struct error *err)
{
    if (wanted->match_count == wanted->match_cap) {
        size_t cap = wanted->match_cap ? wanted->match_cap * 2 : 1024;
        struct match *more = realloc(wanted->matches, cap * sizeof(*more));

        if (!more)
            return error_nomem(err);
        wanted->matches = more;
        wanted->match_cap = cap;
    }
    wanted->matches[wanted->match_count++] = (struct match){slot, doc};
    return ERR_OK;
}

static enum err_code
scan_documents(struct resolver *resolver, struct wanted *wanted,
               struct error *err)
{
    const struct bits *live = index_live(resolver->index);
    enum err_code code = ERR_OK;

    for (uint32_t doc = bits_next(live, 0); doc != UINT32_MAX;
         doc = bits_next(live, doc + 1)) {
        struct item_key key;
        struct hash hash;
        uint32_t slot = 0;

        arena_reset(&resolver->scratch);
        code = resolve_item(resolver, doc, &resolver->scratch, &key, err);
        if (code != ERR_OK)
            break;
        hash = item_key_hash(&key);
        if (find_slot(wanted, &hash, &slot))
            code = add_match(wanted, slot, doc, err);
        if (code != ERR_OK)
            break;
    }
    return code;
}

static int
by_slot(const void *a, const void *b)
{
    const struct match *x = a;
    const struct match *y = b;

    if (x->slot != y->slot)
        return x->slot < y->slot ? -1 : 1;
    return (x->doc > y->doc) - (x->doc < y->doc);
}

static enum err_code
add_all(struct resolver *resolver, struct wanted *wanted, struct error *err)
{
    size_t at = 0;
    enum err_code code = ERR_OK;

    if (wanted->match_count)
        qsort(wanted->matches, wanted->match_count, sizeof(*wanted->matches),
              by_slot);
    for (size_t slot = 0; slot < wanted->count && code == ERR_OK; slot++) {
        code = resolve_add(resolver, wanted->items[slot], NULL, 0, err);
        while (code == ERR_OK && at < wanted->match_count &&
               wanted->matches[at].slot == slot)
            code = resolve_extend(resolver, wanted->items[slot],
                                  wanted->matches[at++].doc, err);
    }
    return code;
}

enum err_code
resolve_scan(struct resolver *resolver, const struct item_list *items,
             struct error *err)
{
    struct wanted wanted;
    enum err_code code = init_wanted(&wanted, items, err);

    if (code == ERR_OK)
        code = load_wanted(&wanted, resolver->store, err);
    if (code == ERR_OK)
        code = scan_documents(resolver, &wanted, err);
    if (code == ERR_OK)
        code = add_all(resolver, &wanted, err);
    release_wanted(&wanted);
    return code;
}
