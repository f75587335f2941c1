/* Integrity: derives every item's state anew and compares it with the stored
 * one. */
#include "config.h"

#include "review/state.h"
#include "review/store_private.h"

#define CHECK_STEP 200

static enum err_code
differs(int64_t item, struct error *err)
{
    return error_set(err, ERR_FORMAT,
                     "the review store is damaged: the state of item %lld is "
                     "not what its journal says",
                     (long long)item);
}

static enum err_code
check_state(struct store *store, int64_t item, const struct state_of *state,
            struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    bool same = false;
    enum err_code code =
        db_stmt(store->db,
                "SELECT verdict, flags, kinds, tags, span_tags, judged_us,"
                " reviewers FROM state WHERE reviewer = ?1 AND item = ?2",
                &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_text(stmt, 1,
                   state->reviewer.ptr ? state->reviewer : STR_LIT(""));
    stmt_bind_int(stmt, 2, item);
    code = stmt_step(stmt, &row, err);
    if (code == ERR_OK && row)
        same = str_equal(stmt_text(stmt, 0), state->verdict) &&
               stmt_int(stmt, 1) == (int64_t)state->flags &&
               stmt_int(stmt, 2) == (int64_t)state->kinds &&
               str_equal(stmt_text(stmt, 3), state->tags) &&
               str_equal(stmt_text(stmt, 4), state->span_tags) &&
               stmt_int(stmt, 5) == state->judged_us &&
               stmt_int(stmt, 6) == (int64_t)state->reviewers;
    stmt_reset(stmt);
    return code == ERR_OK && !same ? differs(item, err) : code;
}

static enum err_code
check_item(struct store *store, int64_t item, int64_t *rows, struct error *err)
{
    struct state_set set = {0};
    enum err_code code = ERR_OK;

    arena_reset(&store->scratch);
    code = derive_load(store, item, &set, err);
    for (size_t i = 0; i < set.count && code == ERR_OK; i++) {
        if (state_is_blank(&set.reviewers[i]))
            continue;
        code = check_state(store, item, &set.reviewers[i], err);
        ++*rows;
    }
    if (code == ERR_OK)
        code = check_state(store, item, &set.effective, err);
    ++*rows;
    return code;
}

/* One short read transaction for many items; *item 0 at the end. */
static enum err_code
check_step(struct store *store, int64_t *item, int64_t *rows, struct error *err)
{
    enum err_code code = db_exec(store->db, "BEGIN", err);

    for (unsigned i = 0; i < CHECK_STEP && code == ERR_OK; i++) {
        code = db_get_int(store->db,
                          "SELECT item FROM subject WHERE item > ?1"
                          " ORDER BY item LIMIT 1",
                          *item, 0, 0, item, err);
        if (code != ERR_OK || *item == 0)
            break;
        code = check_item(store, *item, rows, err);
    }
    if (code == ERR_OK)
        code = db_commit(store->db, err);
    if (code != ERR_OK)
        db_rollback(store->db);
    return code;
}

enum err_code
derive_check(struct store *store, struct error *err)
{
    int64_t head = 0;
    int64_t after = 0;
    int64_t item = 0;
    int64_t rows = 0;
    int64_t stored = 0;
    enum err_code code = store_head(store, &head, err);

    do {
        if (code == ERR_OK)
            code = check_step(store, &item, &rows, err);
    } while (code == ERR_OK && item != 0);
    if (code == ERR_OK)
        code = db_get_int(store->db, "SELECT count(*) FROM state", 0, 0, 0,
                          &stored, err);
    if (code == ERR_OK)
        code = store_head(store, &after, err);
    /* If others wrote meanwhile, the sums cannot be compared. */
    if (code == ERR_OK && head == after && stored != rows)
        code = error_set(err, ERR_FORMAT,
                         "the review store is damaged: %lld states too many",
                         (long long)(stored - rows));
    return code;
}
