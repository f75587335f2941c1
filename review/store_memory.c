/* What reviewers have in hand: drafts of rewrites, and small notes to self.
 * Not journalled, but as durable as the journal. */
#include "config.h"

#include "review/store_private.h"
#include "stet/fileio.h"

static enum err_code
check_writing(const struct store *store, struct error *err)
{
    return store->reading || !store->reviewer
               ? error_set(err, ERR_PERM, "the store is open for reading only")
               : ERR_OK;
}

/* Run `stmt` in a transaction of its own. */
static enum err_code
run_alone(struct store *store, struct stmt *stmt, struct error *err)
{
    enum err_code code = stmt_run(stmt, err);

    if (code == ERR_OK)
        code = db_commit(store->db, err);
    if (code != ERR_OK)
        db_rollback(store->db);
    return code;
}

static enum err_code
draft_stmt(struct store *store, const char *sql, int64_t item,
           struct stmt **out, struct error *err)
{
    enum err_code code = db_stmt(store->db, sql, out, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_text(*out, 1, str_of(store->reviewer));
    stmt_bind_int(*out, 2, item);
    return ERR_OK;
}

enum err_code
store_draft_put(struct store *store, const struct item_key *key,
                struct str text, struct error *err)
{
    struct stmt *stmt = NULL;
    int64_t item = 0;
    enum err_code code = check_writing(store, err);

    if (code == ERR_OK)
        code = db_begin(store->db, err);
    if (code != ERR_OK)
        return code;
    code = item_intern(store, key, &item, err);
    if (code == ERR_OK)
        code = draft_stmt(store,
                          "INSERT OR REPLACE INTO draft(reviewer, item, text,"
                          " at_us) VALUES (?1, ?2, ?3, ?4)",
                          item, &stmt, err);
    if (code != ERR_OK) {
        db_rollback(store->db);
        return code;
    }
    stmt_bind_text(stmt, 3, text.ptr ? text : STR_LIT(""));
    stmt_bind_int(stmt, 4, time_now_us());
    return run_alone(store, stmt, err);
}

static enum err_code
read_value(struct stmt *stmt, struct arena *arena, const char *missing,
           struct str *out, struct error *err)
{
    bool row = false;
    enum err_code code = stmt_step(stmt, &row, err);

    if (code == ERR_OK && row) {
        struct str copy = arena_copy(arena, stmt_text(stmt, 0));

        if (copy.ptr)
            *out = copy;
        else
            code = error_nomem(err);
    } else if (code == ERR_OK) {
        code = error_set(err, ERR_NOTFOUND, "%s", missing);
    }
    stmt_reset(stmt);
    return code;
}

enum err_code
store_draft_get(struct store *store, const struct item_key *key,
                struct arena *arena, struct str *text, struct error *err)
{
    struct stmt *stmt = NULL;
    int64_t item = 0;
    enum err_code code = ERR_OK;

    if (!store->reviewer)
        return error_set(err, ERR_NOTFOUND, "no draft");
    code = item_find(store, key, &item, err);
    if (code == ERR_OK)
        code = draft_stmt(
            store, "SELECT text FROM draft WHERE reviewer = ?1 AND item = ?2",
            item, &stmt, err);
    return code == ERR_OK ? read_value(stmt, arena, "no draft", text, err)
                          : code;
}

enum err_code
store_draft_remove(struct store *store, const struct item_key *key,
                   struct error *err)
{
    struct stmt *stmt = NULL;
    int64_t item = 0;
    enum err_code code = check_writing(store, err);

    if (code == ERR_OK)
        code = item_find(store, key, &item, err);
    if (code != ERR_OK || item == 0)
        return code;
    code = db_begin(store->db, err);
    if (code != ERR_OK)
        return code;
    code =
        draft_stmt(store, "DELETE FROM draft WHERE reviewer = ?1 AND item = ?2",
                   item, &stmt, err);
    if (code != ERR_OK) {
        db_rollback(store->db);
        return code;
    }
    return run_alone(store, stmt, err);
}

enum err_code
store_note_put(struct store *store, const char *key, struct str value,
               struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code = check_writing(store, err);

    if (code == ERR_OK)
        code = db_begin(store->db, err);
    if (code != ERR_OK)
        return code;
    code = db_stmt(store->db,
                   "INSERT OR REPLACE INTO memory(reviewer, key, value)"
                   " VALUES (?1, ?2, ?3)",
                   &stmt, err);
    if (code != ERR_OK) {
        db_rollback(store->db);
        return code;
    }
    stmt_bind_text(stmt, 1, str_of(store->reviewer));
    stmt_bind_text(stmt, 2, str_of(key));
    stmt_bind_text(stmt, 3, value.ptr ? value : STR_LIT(""));
    return run_alone(store, stmt, err);
}

enum err_code
store_note_get(struct store *store, const char *key, struct arena *arena,
               struct str *value, struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code = ERR_OK;

    if (!store->reviewer)
        return error_set(err, ERR_NOTFOUND, "nothing noted");
    code = db_stmt(store->db,
                   "SELECT value FROM memory WHERE reviewer = ?1 AND key = ?2",
                   &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_text(stmt, 1, str_of(store->reviewer));
    stmt_bind_text(stmt, 2, str_of(key));
    return read_value(stmt, arena, "nothing noted", value, err);
}
