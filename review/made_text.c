/* What texts the exports of this workspace make, as their annotations in the
 * journal say. */
#include "config.h"

#include "review/made_text.h"

#include <stdlib.h>

#include "review/store_private.h"
#include "review/store_scan.h"
#include "stet/json.h"
#include "stet/xalloc.h"

#define ROUNDS_MAX 1000 /* exports in a row that changed a document */

static void
add_made(struct made_texts *made, const struct json_value *value, int64_t seq)
{
    struct made_text text = {.seq = seq};

    if (!hash_parse(json_get_str(value, "item", STR_LIT("")), &text.item) ||
        !hash_parse(json_get_str(value, "sha256", STR_LIT("")), &text.text))
        return;
    if (made->count == made->cap) {
        made->cap = made->cap ? 2 * made->cap : 256;
        made->list = xreallocarray(made->list, made->cap, sizeof(*made->list));
    }
    made->list[made->count++] = text;
}

/* A foreign journal may hold anything: what cannot be read is passed over. */
static enum err_code
export_row(void *ctx, struct stmt *stmt, struct error *err)
{
    struct made_texts *made = ctx;
    const struct json_value *payload = NULL;
    struct str text = stmt_text(stmt, 1);
    struct error ignored = ERROR_INIT;

    (void)err;
    arena_reset(&made->scratch);
    if (text.len == 0 ||
        json_parse(text, &made->scratch, &payload, &ignored) != ERR_OK)
        return ERR_OK;
    payload = json_get(payload, "texts");
    for (const struct json_value *v = payload ? payload->first : NULL; v;
         v = v->next)
        add_made(made, v, stmt_int(stmt, 0));
    return ERR_OK;
}

static int
compare_made(const void *a, const void *b)
{
    const struct made_text *x = a;
    const struct made_text *y = b;
    int order = hash_compare(&x->item, &y->item);

    return order ? order : (x->seq < y->seq) - (x->seq > y->seq);
}

enum err_code
made_texts_load(struct made_texts *made, struct store *store, struct error *err)
{
    static const char sql[] =
        "SELECT a.seq, a.text FROM annotation a"
        " WHERE a.seq > ?1 AND a.kind = 'export'"
        " AND NOT EXISTS (SELECT 1 FROM undone u WHERE u.seq = a.seq)"
        " ORDER BY a.seq LIMIT ?2";
    struct store_steps steps = {sql, NULL, export_row, made};
    enum err_code code;

    arena_init(&made->scratch, 0);
    code = store_step_through(store, &steps, err);
    arena_release(&made->scratch);
    if (!code && made->count)
        qsort(made->list, made->count, sizeof(*made->list), compare_made);
    return code;
}

const struct hash *
made_texts_next(const struct made_texts *made, const struct item_key *key)
{
    struct hash item = item_key_hash(key);
    size_t low = 0;
    size_t high = made->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (hash_compare(&made->list[middle].item, &item) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < made->count && hash_equal(&made->list[low].item, &item)
               ? &made->list[low].text
               : NULL;
}

bool
made_texts_lead_to(const struct made_texts *made, const struct item_key *key,
                   const struct hash *text)
{
    struct item_key at = *key;

    for (unsigned i = 0; i < ROUNDS_MAX; i++) {
        const struct hash *next = made_texts_next(made, &at);

        if (!next)
            return false;
        if (hash_equal(next, text))
            return true;
        at.text = *next;
    }
    return false;
}

enum err_code
made_texts_find(const struct made_texts *made, struct index *index,
                const struct item_key *key, struct arena *arena,
                struct found_docs *out, struct error *err)
{
    struct item_key at = *key;
    const struct hash *next = made_texts_next(made, &at);
    enum err_code code = ERR_OK;

    *out = (struct found_docs){NULL, 0};
    if (key->id_token.ptr)
        return index_find_id(index, key->id_token, key->source, arena,
                             &out->docs, &out->count, err);
    for (unsigned i = 0; !code && next && out->count == 0 && i < ROUNDS_MAX;
         i++) {
        code =
            index_find_hash(index, next, arena, &out->docs, &out->count, err);
        at.text = *next;
        next = made_texts_next(made, &at);
    }
    return code;
}

enum err_code
made_texts_dropped(const struct made_texts *made, struct store *store,
                   const struct item_key *key, struct arena *arena,
                   bool *dropped, struct error *err)
{
    static const struct str all = {NULL, 0};
    struct item_key at = *key;
    const struct hash *next = &at.text;
    enum err_code code = ERR_OK;

    *dropped = false;
    for (unsigned i = 0; !code && next && !*dropped && i < ROUNDS_MAX; i++) {
        struct item_state state = {0};

        at.text = *next;
        code = store_state(store, &at, all, arena, &state, err);
        *dropped = !code && (state.flags & STATE_DROPPED) != 0;
        next = made_texts_next(made, &at);
    }
    return code;
}

void
made_texts_release(struct made_texts *made)
{
    free(made->list);
    *made = (struct made_texts){0};
}
