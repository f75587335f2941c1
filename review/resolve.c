/* From items to documents and back. An item's documents are looked up once a
 * generation, by its id where it has one (texts may have many copies), else by
 * its text; then kept in memory and in the cache file. */
#include "config.h"

#include "stet/resolve.h"

#include <stdlib.h>

#include "review/resolve_private.h"
#include "stet/xalloc.h"

#define LOOKUP_STEP 500 /* items whose keys are read at once */
#define SCAN_RATIO 40   /* a search of the index costs as many documents */
#define SAVE_AT 1000    /* unsaved items that are worth a write */
#define ITEMS_MAX ((size_t)1 << 31)

enum err_code
resolver_new(struct resolver **out, struct index *index, struct store *store,
             struct error *err)
{
    struct resolver *resolver = xcalloc(1, sizeof(*resolver));

    (void)err;
    resolver->index = index;
    resolver->store = store;
    resolver->sight = SIGHT_ALL;
    arena_init(&resolver->scratch, 0);
    resolver->cache = resolve_cache_open(resolver);
    if (resolver->cache)
        resolve_cache_load(resolver->cache, resolver);
    *out = resolver;
    return ERR_OK;
}

void
resolver_set_cancel(struct resolver *resolver, const int *cancel)
{
    resolver->cancel = cancel;
}

void
resolver_free(struct resolver *resolver)
{
    if (!resolver)
        return;
    if (resolver->cache && resolver->unsaved.count)
        resolve_cache_save(resolver->cache, resolver);
    resolve_cache_close(resolver->cache);
    item_list_release(&resolver->unsaved);
    free(resolver->disagreement.a);
    free(resolver->disagreement.b);
    free(resolver->disagreement.codes[0]);
    free(resolver->disagreement.codes[1]);
    arena_release(&resolver->scratch);
    free(resolver->places);
    free(resolver->docs);
    free(resolver);
}

static enum err_code
reserve_item(struct resolver *resolver, int64_t item, struct error *err)
{
    size_t need = (size_t)item + 1;
    size_t cap = resolver->item_cap ? resolver->item_cap : 1024;
    struct places *more = NULL;

    if (need <= resolver->item_cap)
        return ERR_OK;
    if (need > ITEMS_MAX)
        return error_set(err, ERR_LIMIT, "too many items in the store");
    while (cap < need)
        cap *= 2;
    more = realloc(resolver->places, cap * sizeof(*more));
    if (!more)
        return error_nomem(err);
    for (size_t i = resolver->item_cap; i < cap; i++)
        more[i] = (struct places){0, PLACES_UNKNOWN};
    resolver->places = more;
    resolver->item_cap = cap;
    return ERR_OK;
}

static enum err_code
append_doc(struct resolver *resolver, uint32_t doc, struct error *err)
{
    if (resolver->doc_count == resolver->doc_cap) {
        size_t cap = resolver->doc_cap ? resolver->doc_cap * 2 : 1024;
        uint32_t *more = realloc(resolver->docs, cap * sizeof(*more));

        if (!more)
            return error_nomem(err);
        resolver->docs = more;
        resolver->doc_cap = cap;
    }
    resolver->docs[resolver->doc_count++] = doc;
    return ERR_OK;
}

enum err_code
resolve_add(struct resolver *resolver, int64_t item, const uint32_t *docs,
            size_t count, struct error *err)
{
    enum err_code code = reserve_item(resolver, item, err);
    struct places places = {(uint32_t)resolver->doc_count, (uint32_t)count};

    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = append_doc(resolver, docs[i], err);
    if (code != ERR_OK)
        return code;
    resolver->places[item] = places;
    return item_list_add(&resolver->unsaved, item, err);
}

enum err_code
resolve_extend(struct resolver *resolver, int64_t item, uint32_t doc,
               struct error *err)
{
    enum err_code code = append_doc(resolver, doc, err);

    if (code == ERR_OK)
        resolver->places[item].count++;
    return code;
}

const uint32_t *
resolve_places(const struct resolver *resolver, int64_t item, uint32_t *count)
{
    *count = 0;
    if (item <= 0 || (size_t)item >= resolver->item_cap ||
        resolver->places[item].count == PLACES_UNKNOWN)
        return NULL;
    *count = resolver->places[item].count;
    return resolver->docs + resolver->places[item].first;
}

/* Whether the document has the key's id and source, absence included. */
static enum err_code
same_identity(struct index *index, uint32_t doc, const struct item_key *key,
              bool *same, struct error *err)
{
    struct arena arena;
    struct str id_token = {NULL, 0};
    struct str source = {NULL, 0};
    enum err_code code = ERR_OK;

    arena_init(&arena, 0);
    code = index_identity(index, doc, &arena, &id_token, &source, err);
    *same = code == ERR_OK && str_equal(id_token, key->id_token) &&
            str_equal(source, key->source) &&
            (id_token.ptr == NULL) == (key->id_token.ptr == NULL) &&
            (source.ptr == NULL) == (key->source.ptr == NULL);
    arena_release(&arena);
    return code;
}

static enum err_code
is_item(struct index *index, uint32_t doc, const struct item_key *key, bool *is,
        struct error *err)
{
    struct document_place place;
    enum err_code code = index_place(index, doc, &place, err);

    *is = false;
    if (code != ERR_OK || !hash_equal(&place.text_hash, &key->text))
        return code;
    return same_identity(index, doc, key, is, err);
}

/* Documents of a key; the list lives in `arena`. */
static enum err_code
find_docs(struct index *index, const struct item_key *key, struct arena *arena,
          uint32_t **docs, size_t *count, struct error *err)
{
    uint32_t *found = NULL;
    size_t found_count = 0;
    size_t kept = 0;
    enum err_code code = key->id_token.ptr
                             ? index_find_id(index, key->id_token, key->source,
                                             arena, &found, &found_count, err)
                             : index_find_hash(index, &key->text, arena, &found,
                                               &found_count, err);

    for (size_t i = 0; i < found_count && code == ERR_OK; i++) {
        bool is = false;

        code = is_item(index, found[i], key, &is, err);
        if (is)
            found[kept++] = found[i];
    }
    if (code == ERR_OK) {
        *docs = found;
        *count = kept;
    }
    return code;
}

static bool
is_unknown(const struct resolver *resolver, int64_t item)
{
    return (size_t)item >= resolver->item_cap ||
           resolver->places[item].count == PLACES_UNKNOWN;
}

static enum err_code
read_key(struct store *store, int64_t item, struct arena *arena,
         struct item_key *out, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum err_code code = db_stmt(
        store->db, "SELECT source, id_token, text FROM item WHERE id = ?1",
        &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, item);
    code = stmt_step(stmt, &row, err);
    if (code == ERR_OK && !row)
        code = error_set(err, ERR_FORMAT,
                         "the review store is damaged: no item %lld",
                         (long long)item);
    else if (code == ERR_OK && !item_of_row(stmt, 0, arena, out))
        code = error_nomem(err);
    stmt_reset(stmt);
    return code;
}

enum err_code
resolve_read_keys(struct resolver *resolver, const int64_t *items, size_t count,
                  struct item_key *out, struct error *err)
{
    struct db *db = resolver->store->db;
    enum err_code code = db_exec(db, "BEGIN", err);

    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = read_key(resolver->store, items[i], &resolver->scratch, &out[i],
                        err);
    if (code == ERR_OK)
        code = db_commit(db, err);
    if (code != ERR_OK)
        db_rollback(db);
    return code;
}

/* Looks up at most LOOKUP_STEP items, none of them known. */
static enum err_code
look_up(struct resolver *resolver, const int64_t *items, size_t count,
        struct error *err)
{
    struct item_key keys[LOOKUP_STEP];
    enum err_code code = ERR_OK;

    arena_reset(&resolver->scratch);
    code = resolve_read_keys(resolver, items, count, keys, err);
    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        uint32_t *docs = NULL;
        size_t doc_count = 0;

        code = find_docs(resolver->index, &keys[i], &resolver->scratch, &docs,
                         &doc_count, err);
        if (code == ERR_OK)
            code = resolve_add(resolver, items[i], docs, doc_count, err);
    }
    return code;
}

static enum err_code
look_up_each(struct resolver *resolver, const struct item_list *items,
             struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t at = 0; at < items->count && code == ERR_OK;
         at += LOOKUP_STEP) {
        size_t step = items->count - at;

        code = look_up(resolver, items->items + at,
                       step < LOOKUP_STEP ? step : LOOKUP_STEP, err);
    }
    return code;
}

static enum err_code
look_up_unknown(struct resolver *resolver, const struct item_list *items,
                struct error *err)
{
    struct item_list unknown = {NULL, 0, 0};
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < items->count && code == ERR_OK; i++)
        if (is_unknown(resolver, items->items[i]))
            code = item_list_add(&unknown, items->items[i], err);
    if (code == ERR_OK && unknown.count)
        code = unknown.count > index_live_count(resolver->index) / SCAN_RATIO
                   ? resolve_scan(resolver, &unknown, err)
                   : look_up_each(resolver, &unknown, err);
    item_list_release(&unknown);
    if (code == ERR_OK && resolver->cache && resolver->unsaved.count >= SAVE_AT)
        resolve_cache_save(resolver->cache, resolver);
    return code;
}

enum err_code
resolve_items(struct resolver *resolver, struct item_list *items,
              struct bits *out, struct error *err)
{
    enum err_code code = ERR_OK;

    item_list_sort_unique(items);
    code = look_up_unknown(resolver, items, err);
    for (size_t i = 0; i < items->count && code == ERR_OK; i++) {
        uint32_t count = 0;
        const uint32_t *docs =
            resolve_places(resolver, items->items[i], &count);

        for (uint32_t d = 0; d < count; d++)
            if (docs[d] < out->count)
                bits_set(out, docs[d]);
    }
    return code;
}

enum err_code
resolve_item(struct resolver *resolver, uint32_t doc, struct arena *arena,
             struct item_key *out, struct error *err)
{
    struct document_place place;
    struct item_key key = {{NULL, 0}, {NULL, 0}, {{0}}};
    enum err_code code = index_place(resolver->index, doc, &place, err);

    if (code == ERR_OK)
        code = index_identity(resolver->index, doc, arena, &key.id_token,
                              &key.source, err);
    if (code != ERR_OK)
        return code;
    key.text = place.text_hash;
    *out = key;
    return ERR_OK;
}

enum err_code
resolve_docs(struct resolver *resolver, const struct item_key *key,
             struct arena *arena, uint32_t **docs, size_t *count,
             struct error *err)
{
    return find_docs(resolver->index, key, arena, docs, count, err);
}
