/* Copies of the store, through SQLite's own backup only: a daily one kept for
 * a week, one before every upgrade and restore; and the way back. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "review/store_private.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

#define DAILY_PREFIX "review-"
#define DAILY_KEPT 7

enum err_code
store_lock(const struct workspace *ws, bool alone, int *fd, struct error *err)
{
    char *path = workspace_path(ws, "review.lock");
    enum err_code code = file_lock(path, alone, false, fd, err);

    if (code == ERR_BUSY)
        code = error_set(err, ERR_BUSY,
                         alone ? "the review store is in use: close every "
                                 "desk and command first"
                               : "the review store is being restored");
    free(path);
    return code;
}

static enum err_code
backup_folder(const struct workspace *ws, char **out, struct error *err)
{
    char *folder = workspace_path(ws, "backup");
    enum err_code code = folder_make(folder, workspace_folder_mode(ws), err);

    if (code == ERR_OK) {
        *out = folder;
        folder = NULL;
    }
    free(folder);
    return code;
}

/* "2026-11-20", with `clock` "2026-11-20T104107". */
static void
utc_text(bool clock, char text[TIME_TEXT_SIZE])
{
    char full[TIME_TEXT_SIZE];
    size_t len = 0;

    time_format(time_now_us(), full);
    for (size_t i = 0; full[i] && i < (clock ? 19U : 10U); i++)
        if (full[i] != ':')
            text[len++] = full[i];
    text[len] = '\0';
}

enum err_code
backup_named(const struct workspace *ws, struct db *db, const char *why,
             struct error *err)
{
    char *folder = NULL;
    char *path = NULL;
    char when[TIME_TEXT_SIZE];
    enum err_code code = backup_folder(ws, &folder, err);

    if (code == ERR_OK) {
        utc_text(true, when);
        path = xasprintf("%s/%s-%s.db", folder, why, when);
        code = db_backup(db, path, err);
    }
    free(path);
    free(folder);
    return code;
}

static bool
is_daily(const char *name)
{
    struct str s = str_of(name);

    return str_starts_with(s, STR_LIT(DAILY_PREFIX)) &&
           str_ends_with(s, STR_LIT(".db"));
}

/* Names sort by date, so the first ones are the oldest. */
static void
forget_old(const char *folder)
{
    struct error err = ERROR_INIT;
    struct names names = {NULL, 0};
    size_t daily = 0;

    if (folder_list(folder, false, &names, &err) != ERR_OK)
        return;
    for (size_t i = 0; i < names.count; i++)
        daily += is_daily(names.names[i]);
    for (size_t i = 0; i < names.count && daily > DAILY_KEPT; i++) {
        char *path = NULL;

        if (!is_daily(names.names[i]))
            continue;
        path = path_join(folder, names.names[i]);
        unlink(path);
        free(path);
        daily--;
    }
    names_free(&names);
}

enum err_code
backup_daily(const struct workspace *ws, struct db *db, struct error *err)
{
    char *folder = NULL;
    char *path = NULL;
    char day[TIME_TEXT_SIZE];
    int64_t newest = 0;
    enum err_code code = db_get_int(db, "SELECT max(seq) FROM annotation", 0, 0,
                                    0, &newest, err);

    if (code == ERR_OK && newest == 0)
        return ERR_OK; /* not today's only copy of nothing */
    if (code == ERR_OK)
        code = backup_folder(ws, &folder, err);
    if (code != ERR_OK)
        return code;
    utc_text(false, day);
    path = xasprintf("%s/" DAILY_PREFIX "%s.db", folder, day);
    if (!file_exists(path)) {
        code = db_backup(db, path, err);
        if (code == ERR_OK)
            forget_old(folder);
    }
    free(path);
    free(folder);
    return code;
}

enum err_code
store_backup(struct store *store, const char *path, struct error *err)
{
    if (file_exists(path))
        return error_set(err, ERR_EXISTS, "%s is there already", path);
    return db_backup(store->db, path, err);
}

/* A backup that can be trusted: a store of a known version, undamaged. */
static enum err_code
open_backup(struct db **out, const char *path, struct error *err)
{
    struct db *db = NULL;
    uint32_t version = 0;
    enum err_code code = ERR_OK;

    if (!file_exists(path))
        return error_set(err, ERR_NOTFOUND, "%s: no such backup", path);
    code = db_open(&db, path, DB_STORE_READ, err);
    if (code == ERR_OK)
        code = schema_check(db, path, &version, err);
    if (code == ERR_OK && version == 0)
        code =
            error_set(err, ERR_FORMAT, "%s: not a review store of stet", path);
    if (code == ERR_OK)
        code = db_check(db, true, err);
    if (code == ERR_OK) {
        *out = db;
        db = NULL;
    }
    db_close(db);
    return code;
}

static enum err_code
backup_has(struct db *backup, struct str uuid, bool *has, struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code =
        db_stmt(backup, "SELECT 1 FROM annotation WHERE uuid = ?1", &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_blob(stmt, 1, uuid.ptr, uuid.len);
    code = stmt_step(stmt, has, err);
    stmt_reset(stmt);
    return code;
}

/* Annotations of the store that the backup lacks. */
static enum err_code
count_lost(struct db *store, struct db *backup, uint64_t *lost,
           struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum err_code code =
        db_stmt(store, "SELECT uuid FROM annotation", &stmt, err);

    if (code != ERR_OK)
        return code;
    code = stmt_step(stmt, &row, err);
    while (code == ERR_OK && row) {
        bool has = false;

        code = backup_has(backup, stmt_text(stmt, 0), &has, err);
        if (code != ERR_OK)
            break;
        *lost += !has;
        code = stmt_step(stmt, &row, err);
    }
    stmt_reset(stmt);
    return code;
}

/* A damaged store is put aside with its journal file, which would otherwise
 * be played back into the restored one. */
static enum err_code
put_aside(const char *store, struct error *err)
{
    static const char *const ends[] = {"", "-journal"};
    char when[TIME_TEXT_SIZE];
    enum err_code code = ERR_OK;

    utc_text(true, when);
    for (size_t i = 0; i < 2 && code == ERR_OK; i++) {
        char *from = xasprintf("%s%s", store, ends[i]);
        char *to = xasprintf("%s.damaged-%s%s", store, when, ends[i]);

        if (rename(from, to) != 0 && errno != ENOENT)
            code = error_errno(err, errno, from);
        free(from);
        free(to);
    }
    return code;
}

/* The store in place, if it can be read: compared, and copied away. */
static enum err_code
save_present(const struct workspace *ws, struct db *backup, bool force,
             struct error *err)
{
    struct db *present = NULL;
    uint64_t lost = 0;
    uint32_t version = 0;
    enum err_code code = ERR_OK;

    if (!file_exists(ws->store))
        return ERR_OK;
    code = db_open(&present, ws->store, DB_STORE, err);
    if (code == ERR_OK)
        code = schema_check(present, ws->store, &version, err);
    if (code == ERR_OK && version > 0)
        code = count_lost(present, backup, &lost, err);
    if (code == ERR_OK && lost > 0 && !force)
        code = error_set(err, ERR_CONFLICT,
                         "the store has %llu annotations that the backup "
                         "lacks; nothing was changed",
                         (unsigned long long)lost);
    if (code == ERR_OK)
        code = backup_named(ws, present, "before-restore", err);
    db_close(present);
    if (code != ERR_FORMAT)
        return code;
    return put_aside(ws->store, err);
}

/* Item numbers may mean other items now: caches keyed by them must go. */
static enum err_code
renew_stamp(const struct workspace *ws, struct error *err)
{
    struct db *db = NULL;
    enum err_code code = schema_open(&db, ws, false, err);

    if (code == ERR_OK)
        code = db_exec(db,
                       "UPDATE meta SET value = randomblob(16)"
                       " WHERE name = 'stamp'",
                       err);
    db_close(db);
    return code;
}

enum err_code
store_restore(const struct workspace *ws, const char *backup, bool force,
              struct error *err)
{
    struct db *from = NULL;
    int fd = -1;
    enum err_code code = store_lock(ws, true, &fd, err);

    if (code == ERR_OK)
        code = open_backup(&from, backup, err);
    if (code == ERR_OK)
        code = save_present(ws, from, force, err);
    if (code == ERR_OK)
        code = db_backup(from, ws->store, err);
    if (code == ERR_OK)
        code = renew_stamp(ws, err);
    db_close(from);
    if (fd >= 0)
        close(fd);
    return code;
}
