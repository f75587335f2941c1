/* Reading states, histories and the journal, in steps short enough not to
 * hold up writers. */
#include "config.h"

#include <stdlib.h>

#include "review/store_private.h"

#define JOURNAL_STEP 200

static enum err_code
draft_exists(struct store *store, int64_t item, bool *out, struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code = ERR_OK;

    *out = false;
    if (!store->reviewer)
        return ERR_OK;
    code = db_stmt(store->db,
                   "SELECT 1 FROM draft WHERE reviewer = ?1 AND item = ?2",
                   &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_text(stmt, 1, str_of(store->reviewer));
    stmt_bind_int(stmt, 2, item);
    code = stmt_step(stmt, out, err);
    stmt_reset(stmt);
    return code;
}

/* The version is the effective row's, whoever's state is asked for. */
static const char state_sql[] =
    "SELECT s.verdict, s.flags, s.tags, s.judged_us, e.reviewers, e.version"
    " FROM state e LEFT JOIN state s ON s.item = e.item AND s.reviewer = ?2"
    " WHERE e.reviewer = '' AND e.item = ?1";

enum err_code
store_state(struct store *store, const struct item_key *key,
            struct str reviewer, struct arena *arena, struct item_state *out,
            struct error *err)
{
    struct item_state state = {0};
    struct stmt *stmt = NULL;
    bool row = false;
    bool draft = false;
    enum err_code code = item_find(store, key, &state.item, err);

    if (code != ERR_OK || state.item == 0) {
        if (code == ERR_OK)
            *out = state;
        return code;
    }
    code = draft_exists(store, state.item, &draft, err);
    if (code == ERR_OK)
        code = db_stmt(store->db, state_sql, &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, state.item);
    stmt_bind_text(stmt, 2, reviewer.ptr ? reviewer : STR_LIT(""));
    code = stmt_step(stmt, &row, err);
    if (code == ERR_OK && row) {
        state.verdict = arena_copy(arena, stmt_text(stmt, 0));
        state.flags = (unsigned)stmt_int(stmt, 1);
        state.tags = arena_copy(arena, stmt_text(stmt, 2));
        state.judged_us = stmt_int(stmt, 3);
        state.reviewers = (uint32_t)stmt_int(stmt, 4);
        state.version = stmt_int(stmt, 5);
        if (!state.verdict.ptr || !state.tags.ptr)
            code = error_nomem(err);
    }
    stmt_reset(stmt);
    if (draft)
        state.flags |= STATE_DRAFT;
    if (code == ERR_OK)
        *out = state;
    return code;
}

/* Annotations of one step, with their items still to be loaded. */
struct page {
    struct annotation *list;
    bool *bulk;
    size_t count, cap;
};

static enum err_code
page_add(struct page *page, struct stmt *stmt, struct arena *arena,
         struct error *err)
{
    enum err_code code = ERR_OK;

    if (page->count == page->cap) {
        size_t cap = page->cap ? page->cap * 2 : 16;
        struct annotation *list = arena_alloc(arena, cap * sizeof(*list));
        bool *bulk = arena_alloc(arena, cap * sizeof(*bulk));

        if (!list || !bulk)
            return error_nomem(err);
        if (page->count) {
            memcpy(list, page->list, page->count * sizeof(*list));
            memcpy(bulk, page->bulk, page->count * sizeof(*bulk));
        }
        page->list = list;
        page->bulk = bulk;
        page->cap = cap;
    }
    code = annotation_of_row(stmt, arena, &page->list[page->count], err);
    if (code == ERR_OK) {
        page->bulk[page->count] = stmt_int(stmt, 6) != 0;
        page->count++;
    }
    return code;
}

/* Runs the bound statement to its end and resets it. */
static enum err_code
page_load(struct store *store, struct stmt *stmt, bool counted,
          struct arena *arena, struct page *page, struct error *err)
{
    bool row = false;
    enum err_code code = stmt_step(stmt, &row, err);

    while (code == ERR_OK && row) {
        code = page_add(page, stmt, arena, err);
        if (code == ERR_OK)
            code = stmt_step(stmt, &row, err);
    }
    stmt_reset(stmt);
    for (size_t i = 0; i < page->count && code == ERR_OK; i++)
        code = page->bulk[i] && counted
                   ? annotation_count_items(store, &page->list[i], arena, err)
                   : annotation_load_items(store, &page->list[i], page->bulk[i],
                                           arena, err);
    return code;
}

enum err_code
store_item_history(struct store *store, const struct item_key *key,
                   struct arena *arena, struct annotation **out, size_t *count,
                   struct error *err)
{
    static const char sql[] = "SELECT " ANNOTATION_COLUMNS " FROM subject s"
                              " JOIN annotation a ON a.seq = s.seq"
                              " LEFT JOIN undone u ON u.seq = a.seq"
                              " WHERE s.item = ?1 ORDER BY a.lamport, a.uuid";
    struct page page = {NULL, NULL, 0, 0};
    struct stmt *stmt = NULL;
    bool row = false;
    int64_t item = 0;
    enum err_code code = item_find(store, key, &item, err);

    if (code == ERR_OK)
        code = db_stmt(store->db, sql, &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, item);
    code = stmt_step(stmt, &row, err);
    while (code == ERR_OK && row) {
        code = page_add(&page, stmt, arena, err);
        if (code == ERR_OK)
            code = stmt_step(stmt, &row, err);
    }
    stmt_reset(stmt);
    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < page.count; i++) {
        page.list[i].item = *key; /* of a bulk list only this one */
        page.list[i].has_item = true;
    }
    *out = page.list;
    *count = page.count;
    return ERR_OK;
}

#define JOURNAL_WHERE                                                     \
    " FROM annotation a LEFT JOIN undone u ON u.seq = a.seq"              \
    " WHERE a.seq <= ?1 AND (?2 IS NULL OR a.reviewer = ?2)"              \
    " AND (?3 = 0 OR a.at_us >= ?3) AND (?4 = 0 OR a.at_us < ?4)"         \
    " AND (?8 = 0 OR EXISTS (SELECT 1 FROM subject s WHERE s.seq = a.seq" \
    "  AND s.item = ?8))"

static const char forward_sql[] = "SELECT " ANNOTATION_COLUMNS JOURNAL_WHERE
                                  " AND (a.lamport, a.uuid) > (?5, ?6)"
                                  " ORDER BY a.lamport, a.uuid LIMIT ?7";
static const char backward_sql[] =
    "SELECT " ANNOTATION_COLUMNS JOURNAL_WHERE
    " AND (a.lamport, a.uuid) < (?5, ?6)"
    " ORDER BY a.lamport DESC, a.uuid DESC LIMIT ?7";

struct journal {
    int64_t head, item;
    uint64_t lamport; /* where the last step ended */
    struct uuid uuid;
    uint64_t left; /* UINT64_MAX: no limit */
};

static enum err_code
journal_step(struct store *store, const struct journal_filter *filter,
             const struct journal *at, struct arena *arena, struct page *page,
             struct error *err)
{
    struct stmt *stmt = NULL;
    uint64_t rows = at->left < JOURNAL_STEP ? at->left : JOURNAL_STEP;
    enum err_code code =
        db_stmt(store->db, filter->newest_first ? backward_sql : forward_sql,
                &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, at->head);
    if (filter->reviewer.len)
        stmt_bind_text(stmt, 2, filter->reviewer);
    else
        stmt_bind_null(stmt, 2);
    stmt_bind_int(stmt, 3, filter->since_us);
    stmt_bind_int(stmt, 4, filter->until_us);
    stmt_bind_int(stmt, 5, (int64_t)at->lamport);
    stmt_bind_blob(stmt, 6, at->uuid.bytes, sizeof(at->uuid.bytes));
    stmt_bind_int(stmt, 7, (int64_t)rows);
    stmt_bind_int(stmt, 8, at->item);
    return page_load(store, stmt, filter->bulk_counted, arena, page, err);
}

static enum err_code
journal_run(struct store *store, const struct journal_filter *filter,
            struct journal *at, journal_visit *visit, void *ctx,
            struct error *err)
{
    struct arena arena;
    enum err_code code = ERR_OK;

    arena_init(&arena, 0);
    while (at->left > 0 && code == ERR_OK) {
        struct page page = {NULL, NULL, 0, 0};

        arena_reset(&arena);
        code = journal_step(store, filter, at, &arena, &page, err);
        if (code != ERR_OK || page.count == 0)
            break;
        at->lamport = page.list[page.count - 1].lamport;
        at->uuid = page.list[page.count - 1].uuid;
        if (at->left != UINT64_MAX)
            at->left -= page.count;
        for (size_t i = 0; i < page.count && code == ERR_OK; i++)
            code = visit(ctx, &page.list[i], err);
    }
    arena_release(&arena);
    return code;
}

enum err_code
store_journal(struct store *store, const struct journal_filter *filter,
              journal_visit *visit, void *ctx, struct error *err)
{
    struct journal at = {0};
    enum err_code code = store_head(store, &at.head, err);

    at.left = filter->limit ? filter->limit : UINT64_MAX;
    if (filter->newest_first)
        at.lamport = (uint64_t)INT64_MAX;
    if (code == ERR_OK && filter->item) {
        code = item_find(store, filter->item, &at.item, err);
        if (code == ERR_OK && at.item == 0)
            return ERR_OK; /* never annotated */
    }
    return code == ERR_OK ? journal_run(store, filter, &at, visit, ctx, err)
                          : code;
}
