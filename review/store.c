/* The store's handle: opening, closing, head, integrity. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "review/store_private.h"
#include "stet/fileio.h"
#include "stet/log.h"
#include "stet/xalloc.h"

/* `reviewers = ana, kim`: whether the name is in the list. */
bool
reviewer_list_has(struct str list, struct str name)
{
    for (size_t at = 0; at < list.len;) {
        size_t end = str_find(list, STR_LIT(","), at);

        if (end == SIZE_MAX)
            end = list.len;
        if (str_equal(str_trim(str_slice(list, at, end)), name))
            return true;
        at = end + 1;
    }
    return false;
}

static enum err_code
check_reviewer(const struct workspace *ws, const char *reviewer,
               struct error *err)
{
    struct str list = settings_str(ws->settings, "policy", "reviewers", "");
    struct str name = str_of(reviewer);

    if (!reviewer_name_is_valid(name))
        return error_set(err, ERR_CONFIG,
                         "\"%s\" is not a reviewer's name: 1 to 128 bytes of "
                         "UTF-8 without commas and controls",
                         reviewer);
    if (list.len && !reviewer_is_model(name) && !reviewer_list_has(list, name))
        return error_set(err, ERR_CONFIG,
                         "%s is not in this workspace's reviewers (%.*s)",
                         reviewer, STR_FMT(list));
    return ERR_OK;
}

static enum err_code
load_policy(struct store *store, const struct workspace *ws, struct error *err)
{
    enum err_code code = verdict_set_load(&store->verdicts, ws->settings, err);

    policy_hash(ws->settings, store->policy);
    store->mask = xstrndup(settings_str(ws->settings, "policy", "mask", ""));
    store->leads = xstrndup(settings_str(ws->settings, "policy", "leads", ""));
    if (code == ERR_OK)
        code = taxonomy_load(&store->taxonomy, ws->settings, err);
    return code;
}

/* A backup that fails must not keep people from working. */
static void
try_backup(const struct workspace *ws, struct db *db)
{
    struct error err = ERROR_INIT;

    if (backup_daily(ws, db, &err) != ERR_OK)
        log_line("daily backup failed: %s", err.message);
}

enum err_code
store_open(struct store **out, const struct workspace *ws, const char *reviewer,
           bool reading, struct error *err)
{
    struct store *store = xcalloc(1, sizeof(*store));
    enum err_code code = ERR_OK;

    store->lock_fd = -1;
    store->reading = reading;
    store->session_us = time_now_us();
    arena_init(&store->scratch, 0);
    if (reviewer)
        code = check_reviewer(ws, reviewer, err);
    else if (!reading)
        code = error_set(err, ERR_USAGE, "a store needs a reviewer");
    if (code == ERR_OK)
        code = load_policy(store, ws, err);
    if (code == ERR_OK && !(reading && !file_exists(ws->store)))
        code = store_lock(ws, false, &store->lock_fd, err);
    if (code == ERR_PERM && reading) /* a folder that others own */
        code = ERR_OK;
    if (code == ERR_OK)
        code = schema_open(&store->db, ws, reading, err);
    if (code == ERR_OK && !reading)
        try_backup(ws, store->db);
    if (code == ERR_OK)
        code = store_head(store, &store->session_seq, err);
    if (code == ERR_OK) {
        store->reviewer = reviewer ? xstrdup(reviewer) : NULL;
        store->resolve_path = path_join(ws->index, "resolve.db");
        *out = store;
        store = NULL;
    }
    store_close(store);
    return code;
}

void
store_close(struct store *store)
{
    if (!store)
        return;
    if (store->claimed)
        claims_drop(store);
    db_close(store->db);
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    verdict_set_release(&store->verdicts);
    taxonomy_release(&store->taxonomy);
    arena_release(&store->scratch);
    free(store->reviewer);
    free(store->resolve_path);
    free(store->mask);
    free(store->leads);
    free(store);
}

bool
store_is_lead(const struct store *store)
{
    return !store->leads[0] ||
           (store->reviewer &&
            reviewer_list_has(str_of(store->leads), str_of(store->reviewer)));
}

const char *
store_reviewer(const struct store *store)
{
    return store->reviewer;
}

int64_t
store_session_start(const struct store *store)
{
    return store->session_us;
}

enum err_code
store_meta(struct store *store, const char *name, void *out, size_t size,
           struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    struct str value = {NULL, 0};
    enum err_code code = db_stmt(
        store->db, "SELECT value FROM meta WHERE name = ?1", &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_text(stmt, 1, str_of(name));
    code = stmt_step(stmt, &row, err);
    if (code == ERR_OK && row)
        value = stmt_text(stmt, 0);
    if (code == ERR_OK && value.len == size)
        memcpy(out, value.ptr, size);
    else if (code == ERR_OK)
        code = error_set(err, ERR_FORMAT, "the review store is damaged: no %s",
                         name);
    stmt_reset(stmt);
    return code;
}

enum err_code
store_pseudonym_key(struct store *store, struct hash *out, struct error *err)
{
    return store_meta(store, "key", out->bytes, HASH_SIZE, err);
}

enum err_code
store_head(struct store *store, int64_t *seq, struct error *err)
{
    return db_get_int(store->db, "SELECT max(seq) FROM annotation", 0, 0, 0,
                      seq, err);
}

/* Undone must be what the rule of derive_undone says, for every row. */
static const char wrong_undone_sql[] =
    "SELECT count(*) FROM annotation a WHERE"
    " EXISTS (SELECT 1 FROM undone d WHERE d.seq = a.seq) !="
    " EXISTS (SELECT 1 FROM annotation u WHERE u.undoes = a.uuid"
    "  AND u.reviewer = a.reviewer"
    "  AND (u.lamport, u.uuid) > (a.lamport, a.uuid)"
    "  AND NOT EXISTS (SELECT 1 FROM undone d WHERE d.seq = u.seq))";

static enum err_code
check_count(struct store *store, const char *sql, const char *what,
            struct error *err)
{
    int64_t count = 0;
    enum err_code code = db_get_int(store->db, sql, 0, 0, 0, &count, err);

    if (code == ERR_OK && count != 0)
        code =
            error_set(err, ERR_FORMAT, "the review store is damaged: %lld %s",
                      (long long)count, what);
    return code;
}

enum err_code
store_check(struct store *store, uint64_t *annotations, struct error *err)
{
    int64_t count = 0;
    enum err_code code = db_check(store->db, true, err);

    if (code == ERR_OK)
        code = check_count(store, wrong_undone_sql,
                           "annotations wrongly marked as undone or standing",
                           err);
    if (code == ERR_OK)
        code = check_count(store,
                           "SELECT count(*) FROM subject s WHERE NOT EXISTS"
                           " (SELECT 1 FROM item i WHERE i.id = s.item)"
                           " OR NOT EXISTS (SELECT 1 FROM annotation a"
                           " WHERE a.seq = s.seq)",
                           "subjects without an item or an annotation", err);
    if (code == ERR_OK)
        code = derive_check(store, err);
    if (code == ERR_OK)
        code = db_get_int(store->db, "SELECT count(*) FROM annotation", 0, 0, 0,
                          &count, err);
    if (code == ERR_OK)
        *annotations = (uint64_t)count;
    return code;
}
