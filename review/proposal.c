/* Proposals in the store: those of an item, what became of one. */
#include "config.h"

#include "review/proposal_private.h"
#include "stet/fileio.h"

static enum err_code
read_proposal(struct stmt *stmt, struct arena *arena, struct proposal *out,
              struct error *err)
{
    *out = (struct proposal){.number = stmt_int(stmt, 0),
                             .text = arena_copy(arena, stmt_text(stmt, 1)),
                             .model = arena_copy(arena, stmt_text(stmt, 2)),
                             .style = arena_copy(arena, stmt_text(stmt, 3)),
                             .imported_us = stmt_int(stmt, 4)};
    return out->text.ptr && out->model.ptr && out->style.ptr ? ERR_OK
                                                             : error_nomem(err);
}

enum err_code
proposals_of(struct store *store, const struct item_key *key,
             struct arena *arena, struct proposal **out, size_t *count,
             struct error *err)
{
    struct stmt *stmt = NULL;
    int64_t item = 0;
    int64_t rows = 0;
    bool row = false;
    enum err_code code = item_find(store, key, &item, err);

    *out = NULL;
    *count = 0;
    if (code == ERR_OK && item)
        code = db_get_int(store->db,
                          "SELECT count(*) FROM proposal"
                          " WHERE item = ?1 AND closed_us IS NULL",
                          item, 0, 0, &rows, err);
    if (code != ERR_OK || rows == 0)
        return code;
    *out = arena_alloc(arena, (size_t)rows * sizeof(**out));
    if (!*out)
        return error_nomem(err);
    code = db_stmt(store->db,
                   "SELECT id, text, model, style, at_us FROM proposal"
                   " WHERE item = ?1 AND closed_us IS NULL"
                   " ORDER BY id LIMIT ?2",
                   &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, item);
    stmt_bind_int(stmt, 2, rows);
    code = stmt_step(stmt, &row, err);
    while (code == ERR_OK && row) {
        code = read_proposal(stmt, arena, &(*out)[(*count)++], err);
        if (code == ERR_OK)
            code = stmt_step(stmt, &row, err);
    }
    stmt_reset(stmt);
    return code;
}

enum err_code
proposals_count(struct store *store, uint64_t *count, struct error *err)
{
    int64_t rows = 0;
    enum err_code code = db_get_int(
        store->db, "SELECT count(*) FROM proposal WHERE closed_us IS NULL", 0,
        0, 0, &rows, err);

    *count = (uint64_t)rows;
    return code;
}

static enum err_code
close_row(struct store *store, int64_t number, bool accepted, struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code =
        db_stmt(store->db,
                "UPDATE proposal SET closed_us = ?1, closed_by = ?2,"
                " accepted = ?3 WHERE id = ?4",
                &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, time_now_us());
    stmt_bind_text(stmt, 2, str_of(store->reviewer));
    stmt_bind_int(stmt, 3, accepted);
    stmt_bind_int(stmt, 4, number);
    return stmt_run(stmt, err);
}

enum err_code
proposal_close(struct store *store, int64_t number, bool accepted,
               struct error *err)
{
    int64_t rows = 0;
    enum err_code code = ERR_OK;

    if (store->reading || !store->reviewer)
        return error_set(err, ERR_PERM, "the store is open for reading only");
    code = db_begin(store->db, err);
    if (code != ERR_OK)
        return code;
    code = db_get_int(store->db, "SELECT count(*) FROM proposal WHERE id = ?1",
                      number, 0, 0, &rows, err);
    if (code == ERR_OK && rows == 0)
        code = error_set(err, ERR_NOTFOUND, "no such proposal");
    if (code == ERR_OK)
        code = close_row(store, number, accepted, err);
    if (code == ERR_OK)
        code = db_commit(store->db, err);
    if (code != ERR_OK)
        db_rollback(store->db);
    return code;
}

enum err_code
proposal_add(struct store *store, const struct item_key *key,
             const struct proposal *proposal, bool *added, struct error *err)
{
    struct stmt *stmt = NULL;
    int64_t item = 0;
    struct hash hash;
    struct hasher *hasher = hasher_new();
    enum err_code code = item_intern(store, key, &item, err);

    hasher_update(hasher, proposal->model.ptr, proposal->model.len);
    hasher_update(hasher, "", 1);
    hasher_update(hasher, proposal->style.ptr, proposal->style.len);
    hasher_update(hasher, "", 1);
    hasher_update(hasher, proposal->text.ptr, proposal->text.len);
    hash = hasher_take(hasher);
    hasher_free(hasher);
    if (code == ERR_OK)
        code = db_stmt(store->db,
                       "INSERT OR IGNORE INTO proposal(item, hash, text, model,"
                       " style, at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                       &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, item);
    stmt_bind_blob(stmt, 2, hash.bytes, HASH_SIZE);
    stmt_bind_text(stmt, 3, proposal->text);
    stmt_bind_text(stmt, 4, proposal->model);
    stmt_bind_text(stmt, 5, proposal->style);
    stmt_bind_int(stmt, 6, time_now_us());
    code = stmt_run(stmt, err);
    *added = code == ERR_OK && db_changes(store->db) > 0;
    return code;
}
