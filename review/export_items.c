/* Which items have something to export, and where their documents are. Read
 * from the store in short steps. */
#include "config.h"

#include "export_private.h"

#include <stdlib.h>

#include "store_private.h"
#include "store_scan.h"

#define DECIDES                                                        \
    " AND a.kind NOT IN ('export', 'claim', 'reveal', 'skip', 'undo')" \
    " AND a.seq <= ?3"

static const char all_sql[] =
    "SELECT i.id, i.source, i.id_token, i.text FROM item i"
    " WHERE i.id > ?1 AND EXISTS (SELECT 1 FROM subject s"
    "  JOIN annotation a ON a.seq = s.seq WHERE s.item = i.id" DECIDES ")"
    " ORDER BY i.id LIMIT ?2";
/* An undo counts as news about what it inverts. */
static const char since_sql[] =
    "SELECT i.id, i.source, i.id_token, i.text FROM item i"
    " WHERE i.id > ?1 AND EXISTS (SELECT 1 FROM subject s"
    "  JOIN annotation a ON a.seq = s.seq WHERE s.item = i.id" DECIDES
    "  AND ((a.at_us >= ?4 AND a.seq > ?5) OR EXISTS (SELECT 1"
    "   FROM annotation n WHERE n.undoes = a.uuid AND n.at_us >= ?4"
    "   AND n.seq > ?5)))"
    " ORDER BY i.id LIMIT ?2";
static const char adds_sql[] =
    "SELECT " ANNOTATION_COLUMNS " FROM annotation a"
    " LEFT JOIN undone u ON u.seq = a.seq"
    " WHERE a.seq > ?1 AND a.kind = 'add' AND u.seq IS NULL"
    " AND a.seq <= ?3 AND a.at_us >= ?4 AND a.seq > ?5"
    " ORDER BY a.seq LIMIT ?2";

struct collect {
    struct exporter *x;
    struct export_item *items;
    struct annotation *adds;
    size_t count, cap;
};

static void
bind_since(void *ctx, struct stmt *stmt)
{
    const struct collect *collect = ctx;
    const struct exporter *x = collect->x;

    stmt_bind_int(stmt, 3, x->rules.head);
    stmt_bind_int(stmt, 4, x->options->since_us);
    stmt_bind_int(stmt, 5, x->since_seq);
}

static void
bind_head(void *ctx, struct stmt *stmt)
{
    const struct collect *collect = ctx;

    stmt_bind_int(stmt, 3, collect->x->rules.head);
}

static enum err_code
item_row(void *ctx, struct stmt *stmt, struct error *err)
{
    struct collect *collect = ctx;
    struct export_item item = {0};

    if (!item_of_row(stmt, 1, collect->x->arena, &item.key))
        return error_nomem(err);
    if (collect->count == collect->cap) {
        size_t cap = collect->cap ? 2 * collect->cap : 256;
        struct export_item *items =
            realloc(collect->items, cap * sizeof(*items));

        if (!items)
            return error_nomem(err);
        collect->items = items;
        collect->cap = cap;
    }
    collect->items[collect->count++] = item;
    return ERR_OK;
}

enum err_code
export_items_load(struct exporter *x, struct export_item **out, size_t *count,
                  struct error *err)
{
    struct collect collect = {.x = x};
    bool since = x->options->since_us > 0 || x->since_seq >= 0;
    struct store_steps steps = {since ? since_sql : all_sql,
                                since ? bind_since : bind_head, item_row,
                                &collect};
    enum err_code code = store_step_through(x->store, &steps, err);

    if (code) {
        free(collect.items);
        return code;
    }
    *out = collect.items;
    *count = collect.count;
    return ERR_OK;
}

static enum err_code
add_row(void *ctx, struct stmt *stmt, struct error *err)
{
    struct collect *collect = ctx;

    if (collect->count == collect->cap) {
        size_t cap = collect->cap ? 2 * collect->cap : 64;
        struct annotation *adds = realloc(collect->adds, cap * sizeof(*adds));

        if (!adds)
            return error_nomem(err);
        collect->adds = adds;
        collect->cap = cap;
    }
    return annotation_of_row(stmt, collect->x->arena,
                             &collect->adds[collect->count++], err);
}

static int
compare_adds(const void *left, const void *right)
{
    const struct annotation *a = left;
    const struct annotation *b = right;

    return memcmp(a->uuid.bytes, b->uuid.bytes, sizeof(a->uuid.bytes));
}

enum err_code
export_adds_load(struct exporter *x, struct annotation **out, size_t *count,
                 struct error *err)
{
    struct collect collect = {.x = x};
    struct store_steps steps = {adds_sql, bind_since, add_row, &collect};
    enum err_code code = store_step_through(x->store, &steps, err);

    if (code) {
        free(collect.adds);
        return code;
    }
    if (collect.count > 1)
        qsort(collect.adds, collect.count, sizeof(*collect.adds), compare_adds);
    *out = collect.adds;
    *count = collect.count;
    return ERR_OK;
}

static bool
same_part(struct str a, struct str b)
{
    return (a.ptr == NULL) == (b.ptr == NULL) && str_equal(a, b);
}

enum err_code
export_docs(struct exporter *x, const struct item_key *key, struct arena *arena,
            uint32_t **docs, size_t *count, struct error *err)
{
    size_t kept = 0;
    enum err_code code =
        key->id_token.ptr
            ? index_find_id(x->index, key->id_token, key->source, arena, docs,
                            count, err)
            : index_find_hash(x->index, &key->text, arena, docs, count, err);

    for (size_t i = 0; i < *count && !code; i++) {
        struct document_place place;
        struct str id_token;
        struct str source;

        code = index_place(x->index, (*docs)[i], &place, err);
        if (!code)
            code = index_identity(x->index, (*docs)[i], arena, &id_token,
                                  &source, err);
        if (!code && hash_equal(&place.text_hash, &key->text) &&
            same_part(id_token, key->id_token) &&
            same_part(source, key->source))
            (*docs)[kept++] = (*docs)[i];
    }
    *count = kept;
    return code;
}

enum err_code
export_is_applied(struct exporter *x, const struct item_key *key,
                  struct arena *arena, bool *applied, struct error *err)
{
    struct found_docs now = {NULL, 0};
    enum err_code code = ERR_OK;

    *applied = false;
    if (!x->made_loaded)
        code = made_texts_load(&x->made, x->store, err);
    x->made_loaded = true;
    if (!code)
        code = made_texts_find(&x->made, x->index, key, arena, &now, err);
    for (size_t i = 0; !code && i < now.count && !*applied; i++) {
        struct document_place place;

        code = index_place(x->index, now.docs[i], &place, err);
        *applied = !code && made_texts_lead_to(&x->made, key, &place.text_hash);
    }
    if (!code && now.count == 0)
        code = made_texts_dropped(&x->made, x->store, key, arena, applied, err);
    return code;
}
