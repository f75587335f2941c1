/* The items of queues, and whose turn it is. In a queue an item is read once,
 * or twice when it falls into the overlap, which the item's hash decides:
 * every copy of the queue agrees on it. */
#include "config.h"

#include "review/claim.h"
#include "review/queue_private.h"
#include "review/store_private.h"
#include "review/store_scan.h"

#define TURN_STEP 200

/* Everything a turn depends on but claims. */
struct turn_facts {
    unsigned mine, all; /* flags of my state, of the effective one */
    int64_t reviewers;
    struct str key; /* the item's hash */
};

static int64_t
readings_wanted(double overlap, struct str key)
{
    struct hash hash;

    if (key.len != HASH_SIZE)
        return 1;
    memcpy(hash.bytes, key.ptr, HASH_SIZE);
    /* 53 bits, so that the quotient is exact and 1.0 takes all. */
    return (double)(hash_prefix(&hash) >> 11) * 0x1p-53 < overlap ? 2 : 1;
}

static bool
is_done(const struct turn_facts *facts, bool queued, double overlap)
{
    if ((facts->mine | facts->all) & STATE_ESCALATED)
        return true; /* a lead's, from the list of what is escalated */
    if (facts->mine & STATE_SENT_BACK)
        return false;
    if (facts->mine & (STATE_JUDGED | STATE_SKIPPED))
        return true;
    return queued && facts->reviewers >= readings_wanted(overlap, facts->key);
}

static struct str
reviewer_of(const struct store *store)
{
    /* Nobody's name: the empty one is the effective state's. */
    return str_of(store->reviewer ? store->reviewer : ",");
}

struct left {
    struct store *store;
    int64_t queue;
    double overlap;
    uint64_t count;
    struct item_list *items; /* NULL: they are only counted */
};

static void
left_bind(void *ctx, struct stmt *stmt)
{
    const struct left *left = ctx;

    stmt_bind_int(stmt, 3, left->queue);
    stmt_bind_text(stmt, 4, reviewer_of(left->store));
}

static enum err_code
left_row(void *ctx, struct stmt *stmt, struct error *err)
{
    struct left *left = ctx;
    struct turn_facts facts = {(unsigned)stmt_int(stmt, 1),
                               (unsigned)stmt_int(stmt, 2), stmt_int(stmt, 3),
                               stmt_text(stmt, 4)};

    if (is_done(&facts, true, left->overlap))
        return ERR_OK;
    left->count++;
    return left->items ? item_list_add(left->items, stmt_int(stmt, 5), err)
                       : ERR_OK;
}

static enum err_code
go_through_left(struct left *counting, struct error *err)
{
    static const char sql[] =
        "SELECT q.position, m.flags, e.flags, e.reviewers, i.key, q.item"
        " FROM queue_item q JOIN item i ON i.id = q.item"
        " LEFT JOIN state m ON m.reviewer = ?4 AND m.item = q.item"
        " LEFT JOIN state e ON e.reviewer = '' AND e.item = q.item"
        " WHERE q.queue = ?3 AND q.position > ?1"
        " ORDER BY q.position LIMIT ?2";
    struct store_steps steps = {sql, left_bind, left_row, counting};

    return store_step_through(counting->store, &steps, err);
}

enum err_code
queue_left_items(struct store *store, int64_t queue, double overlap,
                 struct item_list *items, struct error *err)
{
    struct left counting = {store, queue, overlap, 0, items};

    return go_through_left(&counting, err);
}

enum err_code
queue_count_left(struct store *store, int64_t queue, double overlap,
                 uint64_t *left, struct error *err)
{
    struct left counting = {store, queue, overlap, 0, NULL};
    enum err_code code = go_through_left(&counting, err);

    if (code == ERR_OK)
        *left = counting.count;
    return code;
}

struct item_page {
    struct arena *arena;
    int64_t queue;
    struct item_key *items;
    size_t count, cap;
};

static void
item_bind(void *ctx, struct stmt *stmt)
{
    const struct item_page *page = ctx;

    stmt_bind_int(stmt, 3, page->queue);
}

static enum err_code
item_row(void *ctx, struct stmt *stmt, struct error *err)
{
    struct item_page *page = ctx;

    if (page->count == page->cap) /* only if the queue grew meanwhile */
        return error_set(err, ERR_BUSY, "the queue changed: try again");
    return item_of_row(stmt, 1, page->arena, &page->items[page->count++])
               ? ERR_OK
               : error_nomem(err);
}

enum err_code
queue_items(struct store *store, struct str name, struct arena *arena,
            struct item_key **out, size_t *count, struct error *err)
{
    static const char sql[] =
        "SELECT q.position, i.source, i.id_token, i.text FROM queue_item q"
        " JOIN item i ON i.id = q.item WHERE q.queue = ?3"
        " AND q.position > ?1 ORDER BY q.position LIMIT ?2";
    struct item_page page = {arena, 0, NULL, 0, 0};
    struct store_steps steps = {sql, item_bind, item_row, &page};
    double overlap = 0;
    int64_t total = 0;
    enum err_code code = queue_find(store, name, &page.queue, &overlap, err);

    if (code == ERR_OK)
        code = db_get_int(store->db, "SELECT total FROM queue WHERE id = ?1",
                          page.queue, 0, 0, &total, err);
    if (code != ERR_OK)
        return code;
    page.cap = (size_t)total;
    page.items = arena_alloc(arena, (page.cap + 1) * sizeof(*page.items));
    if (!page.items)
        return error_nomem(err);
    code = store_step_through(store, &steps, err);
    if (code == ERR_OK) {
        *out = page.items;
        *count = page.count;
    }
    return code;
}

/* What is the same for all items of a call. */
struct turn_query {
    struct str owner;
    struct str reviewer;
    bool queued;
    double overlap;
    struct arena *arena;
};

static const char turn_sql[] =
    "SELECT m.flags, e.flags, e.reviewers, c.reviewer, i.key FROM item i"
    " LEFT JOIN state m ON m.reviewer = ?2 AND m.item = i.id"
    " LEFT JOIN state e ON e.reviewer = '' AND e.item = i.id"
    " LEFT JOIN claim c ON c.item = i.id AND c.owner != ?3"
    "  AND c.until_us > " CLAIM_NOW_SQL " WHERE i.key = ?1";

static enum err_code
turn_of(struct store *store, const struct turn_query *query,
        const struct item_key *key, struct turn *out, struct error *err)
{
    struct hash hash = item_key_hash(key);
    struct stmt *stmt = NULL;
    bool row = false;
    enum err_code code = db_stmt(store->db, turn_sql, &stmt, err);

    *out = (struct turn){TURN_OPEN, {NULL, 0}};
    if (code != ERR_OK)
        return code;
    stmt_bind_blob(stmt, 1, hash.bytes, HASH_SIZE);
    stmt_bind_text(stmt, 2, query->reviewer);
    stmt_bind_text(stmt, 3, query->owner);
    code = stmt_step(stmt, &row, err);
    if (code == ERR_OK && row) {
        struct turn_facts facts = {(unsigned)stmt_int(stmt, 0),
                                   (unsigned)stmt_int(stmt, 1),
                                   stmt_int(stmt, 2), stmt_text(stmt, 4)};

        if (is_done(&facts, query->queued, query->overlap)) {
            out->turn = TURN_DONE;
        } else if (!stmt_is_null(stmt, 3)) {
            out->turn = TURN_TAKEN;
            out->owner = arena_copy(query->arena, stmt_text(stmt, 3));
            if (!out->owner.ptr)
                code = error_nomem(err);
        }
    }
    stmt_reset(stmt);
    return code;
}

/* One short read transaction for up to TURN_STEP items. */
static enum err_code
turn_step(struct store *store, const struct turn_query *query,
          const struct item_key *items, size_t count, struct turn *out,
          struct error *err)
{
    enum err_code code = db_exec(store->db, "BEGIN", err);

    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = turn_of(store, query, &items[i], &out[i], err);
    if (code == ERR_OK)
        code = db_commit(store->db, err);
    if (code != ERR_OK)
        db_rollback(store->db);
    return code;
}

enum err_code
queue_turns(struct store *store, struct str queue, const struct item_key *items,
            size_t count, struct arena *arena, struct turn *out,
            struct error *err)
{
    char text[CLAIM_OWNER_SIZE];
    struct turn_query query = {claim_owner(text), reviewer_of(store),
                               queue.len != 0, 0, arena};
    int64_t id = 0;
    enum err_code code = ERR_OK;

    if (query.queued)
        code = queue_find(store, queue, &id, &query.overlap, err);
    for (size_t at = 0; at < count && code == ERR_OK; at += TURN_STEP) {
        size_t step = count - at < TURN_STEP ? count - at : TURN_STEP;

        code = turn_step(store, &query, items + at, step, out + at, err);
    }
    return code;
}
