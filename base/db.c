/* SQLite behind one door: connections with our settings, statements cached by
 * the address of their SQL, its result codes turned into ours. Nothing here
 * opens a store's file by itself: closing such a descriptor would drop the
 * POSIX locks of every connection of the process. */
#include "config.h"

#include "stet/db.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "stet/fileio.h"
#include "stet/hash.h"
#include "stet/pool.h"
#include "stet/xalloc.h"

#define BUSY_TIMEOUT_US 5000000
#define CANCEL_STEPS 1000

struct stmt {
    struct db *db;
    sqlite3_stmt *handle;
    const char *sql; /* its address is the key */
    int bind_result; /* the first failed bind since the reset */
};

struct db {
    sqlite3 *handle;
    char *path;
    enum db_mode mode;
    struct stmt **stmts; /* open hash table; stmt_cap is a power of two */
    size_t stmt_count;
    size_t stmt_cap;
    int64_t busy_since_us;
    const int *cancel; /* borrowed, NULL for none; written by other threads */
};

static enum err_code
code_of_result(int extended)
{
    switch (extended & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return ERR_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return ERR_BUSY;
    case SQLITE_NOMEM:
        return ERR_NOMEM;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return ERR_PERM;
    case SQLITE_INTERRUPT:
        return ERR_CANCELLED;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_NOLFS:
        return ERR_IO;
    case SQLITE_TOOBIG:
        return ERR_LIMIT;
    case SQLITE_CONSTRAINT:
        return ERR_CONFLICT;
    default: /* CORRUPT, NOTADB, or SQL that the file's schema refuses */
        return ERR_FORMAT;
    }
}

/* The errno behind an I/O error, 0 when unknown: failed writes during a commit
 * are remembered by the database file or its journal only. */
static int
io_errno(struct db *db)
{
    int errnum = sqlite3_system_errno(db->handle);
    sqlite3_file *journal = NULL;

    if (!errnum)
        (void)sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_LAST_ERRNO,
                                   &errnum);
    if (!errnum &&
        sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER,
                             &journal) == SQLITE_OK &&
        journal && journal->pMethods)
        (void)journal->pMethods->xFileControl(journal, SQLITE_FCNTL_LAST_ERRNO,
                                              &errnum);
    return errnum;
}

static enum err_code
result_error(struct db *db, int extended, struct error *err)
{
    enum err_code code = code_of_result(extended);
    int errnum = code == ERR_IO ? io_errno(db) : 0;
    int primary = extended & 0xff;

    if (code == ERR_BUSY && cancel_is_set(db->cancel))
        code = ERR_CANCELLED;
    if (code == ERR_CANCELLED)
        return error_set(err, code, "%s", err_code_text(code));
    if (code == ERR_BUSY)
        return error_set(err, code, "%s: in use by another process", db->path);
    if (code == ERR_NOMEM)
        return error_nomem(err);
    if (primary == SQLITE_FULL)
        return error_set(err, ERR_IO, "%s: disk full", db->path);
    if (extended == SQLITE_IOERR_NOMEM)
        return error_nomem(err);
    if ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) && errnum)
        return error_errno(err, errnum, db->path);
    if (extended == SQLITE_IOERR_WRITE)
        return error_set(err, ERR_IO, "%s: cannot write (disk full?)",
                         db->path);
    return error_set(err, code, "%s: %s", db->path, sqlite3_errmsg(db->handle));
}

enum err_code
db_error(struct db *db, struct error *err)
{
    int extended = sqlite3_extended_errcode(db->handle);

    if (code_of_result(extended) == ERR_OK)
        return ERR_OK;
    return result_error(db, extended, err);
}

/* Short sleeps of uneven length: SQLite's own handler grows to 100 ms, and
 * a desk that writes often then starves the others. */
static int
wait_while_busy(void *arg, int count)
{
    struct db *db = arg;
    int64_t now = time_monotonic_us();
    unsigned pause;

    if (count == 0)
        db->busy_since_us = now;
    if (now - db->busy_since_us >= BUSY_TIMEOUT_US || cancel_is_set(db->cancel))
        return 0;
    random_bytes(&pause, sizeof(pause));
    usleep(500 + pause % 2500);
    return 1;
}

static int
check_cancel(void *arg)
{
    const struct db *db = arg;

    return cancel_is_set(db->cancel);
}

/* An URI for `path`; absolute paths get an empty authority, or two leading
 * slashes would name one. */
static void
append_uri(struct buf *uri, const char *path, const char *query)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";

    xbuf_printf(uri, path[0] == '/' ? "file://" : "file:");
    for (const char *at = path; *at; at++) {
        if (strchr(safe, *at))
            xbuf_append(uri, at, 1);
        else
            xbuf_printf(uri, "%%%02X", (unsigned)(unsigned char)*at);
    }
    xbuf_printf(uri, "?%s", query);
}

static int
open_handle(struct db *db)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    struct buf name = {0};
    int result;

    if (db->mode == DB_INDEX) {
        flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
        append_uri(&name, db->path, "mode=ro&immutable=1");
    } else {
        /* A reader too must be able to roll a dead writer's journal back. */
        flags |= SQLITE_OPEN_READWRITE;
        if (db->path[0] != '/') /* keep ":memory:" and "file:" plain names */
            xbuf_printf(&name, "./");
        xbuf_append_str(&name, str_of(db->path));
    }
    result = sqlite3_open_v2(xbuf_cstr(&name), &db->handle, flags, NULL);
    buf_release(&name);
    return result;
}

/* Made here and not by SQLite for the mode: 0600 under umask 077, 0660 in a
 * shared workspace. The journal takes the mode of its database. */
static enum err_code
create_file(const char *path, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0660);

    if (fd >= 0)
        close(fd);
    else if (errno != EEXIST)
        return error_errno(err, errno, path);
    return ERR_OK;
}

static const char *
settings_of_mode(enum db_mode mode)
{
    switch (mode) {
    case DB_STORE:
        return "PRAGMA journal_mode = TRUNCATE;"
               "PRAGMA synchronous = FULL;"
               "PRAGMA foreign_keys = ON;"
               "PRAGMA temp_store = MEMORY;"
               "PRAGMA mmap_size = 0;";
    case DB_STORE_READ:
        return "PRAGMA query_only = ON;"
               "PRAGMA synchronous = FULL;"
               "PRAGMA foreign_keys = ON;"
               "PRAGMA temp_store = MEMORY;"
               "PRAGMA mmap_size = 0;";
    case DB_BUILD:
        return "PRAGMA page_size = 4096;"
               "PRAGMA journal_mode = MEMORY;"
               "PRAGMA synchronous = OFF;"
               "PRAGMA locking_mode = EXCLUSIVE;"
               "PRAGMA cache_size = -65536;"
               "PRAGMA mmap_size = 0;";
    case DB_INDEX:
        return "PRAGMA query_only = ON;"
               "PRAGMA cell_size_check = ON;"
               "PRAGMA temp_store = MEMORY;"
               "PRAGMA mmap_size = 0;";
    }
    return "";
}

static enum err_code
apply_settings(struct db *db, struct error *err)
{
    bool defensive = db->mode != DB_BUILD; /* it writes shadow tables */
    enum err_code code;

    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, defensive, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_busy_handler(db->handle, wait_while_busy, db);
    code = db_exec(db, settings_of_mode(db->mode), err);
    /* Opening reads nothing: this finds out whether it is a database. */
    if (code == ERR_OK)
        code = db_exec(db, "SELECT count(*) FROM sqlite_schema", err);
    if (code == ERR_OK && db->mode == DB_STORE &&
        sqlite3_db_readonly(db->handle, "main") == 1)
        code = error_set(err, ERR_PERM, "%s: not writable", db->path);
    return code;
}

enum err_code
db_open(struct db **out, const char *path, enum db_mode mode, struct error *err)
{
    struct db *db = NULL;
    struct file_stat stat;
    enum err_code code = ERR_OK;
    int result;

    if (mode == DB_STORE || mode == DB_STORE_READ)
        code = file_check_local(path, err);
    if (code == ERR_OK && (mode == DB_STORE || mode == DB_BUILD))
        code = create_file(path, err);
    if (code == ERR_OK) /* a fifo would hang SQLite */
        code = file_stat(path, &stat, err);
    if (code != ERR_OK)
        return code;
    db = xcalloc(1, sizeof(*db));
    db->path = xstrdup(path);
    db->mode = mode;
    result = open_handle(db);
    if (result != SQLITE_OK)
        code = db->handle ? result_error(db, result, err) : error_nomem(err);
    if (code == ERR_OK)
        code = apply_settings(db, err);
    if (code == ERR_OK) {
        *out = db;
        db = NULL;
    }
    db_close(db);
    return code;
}

void
db_close(struct db *db)
{
    if (!db)
        return;
    for (size_t i = 0; i < db->stmt_cap; i++)
        stmt_free(db->stmts[i]);
    free(db->stmts);
    sqlite3_close_v2(db->handle);
    free(db->path);
    free(db);
}

enum err_code
db_exec(struct db *db, const char *sql, struct error *err)
{
    int result = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

    if (result != SQLITE_OK)
        return result_error(db, result, err);
    return ERR_OK;
}

enum err_code
db_get_version(struct db *db, uint32_t *application_id, uint32_t *user_version,
               struct error *err)
{
    int64_t application = 0;
    int64_t user = 0;
    enum err_code code;

    code = db_get_int(db, "PRAGMA application_id", 0, 0, 0, &application, err);
    if (code == ERR_OK)
        code = db_get_int(db, "PRAGMA user_version", 0, 0, 0, &user, err);
    if (code != ERR_OK)
        return code;
    *application_id = (uint32_t)application;
    *user_version = (uint32_t)user;
    return ERR_OK;
}

enum err_code
db_set_version(struct db *db, uint32_t application_id, uint32_t user_version,
               struct error *err)
{
    char sql[96];

    /* Both are signed 32-bit numbers to SQLite. */
    (void)snprintf(sql, sizeof(sql),
                   "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   (int)(int32_t)application_id, (int)(int32_t)user_version);
    return db_exec(db, sql, err);
}

enum err_code
db_begin(struct db *db, struct error *err)
{
    return db_exec(db, "BEGIN IMMEDIATE", err);
}

enum err_code
db_commit(struct db *db, struct error *err)
{
    return db_exec(db, "COMMIT", err);
}

void
db_rollback(struct db *db)
{
    struct error ignored = ERROR_INIT;

    if (!sqlite3_get_autocommit(db->handle))
        (void)db_exec(db, "ROLLBACK", &ignored);
}

int64_t
db_last_rowid(struct db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

int64_t
db_changes(struct db *db)
{
    return sqlite3_changes64(db->handle);
}

/* The place of `sql` in the table: its statement, or where it belongs. */
static size_t
find_stmt(struct stmt *const *stmts, size_t cap, const char *sql)
{
    uint64_t key = (uint64_t)(uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(key >> 32) & (cap - 1);

    while (stmts[at] && stmts[at]->sql != sql)
        at = (at + 1) & (cap - 1);
    return at;
}

static void
grow_stmts(struct db *db)
{
    size_t cap = db->stmt_cap ? db->stmt_cap * 2 : 32;
    struct stmt **grown = xcalloc(cap, sizeof(struct stmt *));

    for (size_t i = 0; i < db->stmt_cap; i++)
        if (db->stmts[i])
            grown[find_stmt(grown, cap, db->stmts[i]->sql)] = db->stmts[i];
    free(db->stmts);
    db->stmts = grown;
    db->stmt_cap = cap;
}

enum err_code
db_prepare(struct db *db, const char *sql, struct stmt **out, struct error *err)
{
    struct stmt *stmt;
    sqlite3_stmt *handle = NULL;
    int result = sqlite3_prepare_v3(db->handle, sql, -1,
                                    SQLITE_PREPARE_PERSISTENT, &handle, NULL);

    if (result != SQLITE_OK)
        return result_error(db, result, err);
    stmt = xcalloc(1, sizeof(*stmt));
    stmt->db = db;
    stmt->handle = handle;
    stmt->sql = sql;
    *out = stmt;
    return ERR_OK;
}

void
stmt_free(struct stmt *stmt)
{
    if (!stmt)
        return;
    sqlite3_finalize(stmt->handle);
    free(stmt);
}

enum err_code
db_stmt(struct db *db, const char *sql, struct stmt **out, struct error *err)
{
    struct stmt *stmt = NULL;
    size_t at;
    enum err_code code;

    if (db->stmt_count * 2 >= db->stmt_cap)
        grow_stmts(db);
    at = find_stmt(db->stmts, db->stmt_cap, sql);
    stmt = db->stmts[at];
    if (stmt) {
        stmt_reset(stmt);
        sqlite3_clear_bindings(stmt->handle);
        *out = stmt;
        return ERR_OK;
    }
    code = db_prepare(db, sql, &stmt, err);
    if (code != ERR_OK)
        return code;
    db->stmts[at] = stmt;
    db->stmt_count++;
    *out = stmt;
    return ERR_OK;
}

static void
note_bind(struct stmt *stmt, int result)
{
    if (result != SQLITE_OK && stmt->bind_result == SQLITE_OK)
        stmt->bind_result = result;
}

void
stmt_bind_int(struct stmt *stmt, int at, int64_t value)
{
    note_bind(stmt, sqlite3_bind_int64(stmt->handle, at, value));
}

void
stmt_bind_double(struct stmt *stmt, int at, double value)
{
    note_bind(stmt, sqlite3_bind_double(stmt->handle, at, value));
}

/* A NULL pointer would bind NULL instead of the empty value. */
void
stmt_bind_text(struct stmt *stmt, int at, struct str value)
{
    const char *ptr = value.len ? value.ptr : "";

    note_bind(stmt, sqlite3_bind_text64(stmt->handle, at, ptr, value.len,
                                        SQLITE_STATIC, SQLITE_UTF8));
}

void
stmt_bind_blob(struct stmt *stmt, int at, const void *ptr, size_t len)
{
    note_bind(stmt, sqlite3_bind_blob64(stmt->handle, at, len ? ptr : "", len,
                                        SQLITE_STATIC));
}

void
stmt_bind_null(struct stmt *stmt, int at)
{
    note_bind(stmt, sqlite3_bind_null(stmt->handle, at));
}

enum err_code
stmt_step(struct stmt *stmt, bool *row, struct error *err)
{
    enum err_code code;
    int result = stmt->bind_result;

    if (result == SQLITE_OK)
        result = sqlite3_step(stmt->handle);
    if (result == SQLITE_ROW || result == SQLITE_DONE) {
        *row = result == SQLITE_ROW;
        return ERR_OK;
    }
    code = result_error(stmt->db, result, err);
    stmt_reset(stmt);
    return code;
}

enum err_code
stmt_run(struct stmt *stmt, struct error *err)
{
    bool row = true;
    enum err_code code = ERR_OK;

    while (code == ERR_OK && row)
        code = stmt_step(stmt, &row, err);
    stmt_reset(stmt);
    return code;
}

void
stmt_reset(struct stmt *stmt)
{
    sqlite3_reset(stmt->handle);
    stmt->bind_result = SQLITE_OK;
}

int64_t
stmt_int(struct stmt *stmt, int at)
{
    return sqlite3_column_int64(stmt->handle, at);
}

double
stmt_double(struct stmt *stmt, int at)
{
    return sqlite3_column_double(stmt->handle, at);
}

struct str
stmt_text(struct stmt *stmt, int at)
{
    struct str value = {NULL, 0};

    if (sqlite3_column_type(stmt->handle, at) == SQLITE_BLOB)
        value.ptr = sqlite3_column_blob(stmt->handle, at);
    else
        value.ptr = (const char *)sqlite3_column_text(stmt->handle, at);
    if (value.ptr)
        value.len = (size_t)sqlite3_column_bytes(stmt->handle, at);
    return value;
}

bool
stmt_is_null(struct stmt *stmt, int at)
{
    return sqlite3_column_type(stmt->handle, at) == SQLITE_NULL;
}

enum err_code
db_get_int(struct db *db, const char *sql, int64_t a, int64_t b,
           int64_t fallback, int64_t *out, struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code = db_stmt(db, sql, &stmt, err);
    bool row = false;
    int parameters;

    if (code != ERR_OK)
        return code;
    parameters = sqlite3_bind_parameter_count(stmt->handle);
    if (parameters >= 1)
        stmt_bind_int(stmt, 1, a);
    if (parameters >= 2)
        stmt_bind_int(stmt, 2, b);
    code = stmt_step(stmt, &row, err);
    if (code != ERR_OK)
        return code;
    *out = row && !stmt_is_null(stmt, 0) ? stmt_int(stmt, 0) : fallback;
    stmt_reset(stmt);
    return ERR_OK;
}

void
db_interrupt(struct db *db)
{
    sqlite3_interrupt(db->handle);
}

void
db_set_cancel(struct db *db, const int *flag)
{
    db->cancel = flag;
    sqlite3_progress_handler(db->handle, flag ? CANCEL_STEPS : 0,
                             flag ? check_cancel : NULL, db);
}

/* Through SQLite's own descriptor, see the top of this file. */
enum err_code
db_sync(struct db *db, struct error *err)
{
    sqlite3_file *file = NULL;
    int result;

    result = sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_FILE_POINTER,
                                  &file);
    if (result != SQLITE_OK || !file || !file->pMethods)
        return error_set(err, ERR_IO, "%s: not a file", db->path);
    result = file->pMethods->xSync(file, SQLITE_SYNC_FULL);
    if (result != SQLITE_OK)
        return error_set(err, ERR_IO, "%s: cannot write to the disk", db->path);
    return file_sync_parent(db->path, err);
}

enum err_code
db_check(struct db *db, bool full, struct error *err)
{
    static const char quick_sql[] = "PRAGMA quick_check(1)";
    static const char full_sql[] = "PRAGMA integrity_check(1)";
    struct stmt *stmt = NULL;
    struct str finding;
    bool row = false;
    enum err_code code = db_stmt(db, full ? full_sql : quick_sql, &stmt, err);

    if (code != ERR_OK)
        return code;
    code = stmt_step(stmt, &row, err);
    if (code != ERR_OK)
        return code;
    finding = row ? stmt_text(stmt, 0) : STR_LIT("no answer");
    if (!str_equal(finding, STR_LIT("ok")))
        code = error_set(err, ERR_FORMAT, "%s: damaged: %.*s", db->path,
                         STR_FMT(finding));
    stmt_reset(stmt);
    return code;
}

/* All pages in one step, which is one snapshot, into an open copy. */
static enum err_code
copy_pages(struct db *db, struct db *copy, struct error *err)
{
    sqlite3_backup *backup;
    enum err_code code = ERR_OK;
    int result;

    backup = sqlite3_backup_init(copy->handle, "main", db->handle, "main");
    if (!backup)
        return db_error(copy, err);
    result = sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
    if (result != SQLITE_DONE) {
        /* Reading failures belong to the source, the rest to the copy. */
        bool source = (result & 0xff) == SQLITE_BUSY ||
                      (result & 0xff) == SQLITE_LOCKED ||
                      (result & 0xff) == SQLITE_CORRUPT;

        code = result_error(source ? db : copy, result, err);
    }
    return code;
}

enum err_code
db_backup(struct db *db, const char *path, struct error *err)
{
    char *partial = path_partial(path);
    struct db *copy = NULL;
    enum err_code code;

    code = db_open(&copy, partial, DB_BUILD, err);
    if (code == ERR_OK)
        code = copy_pages(db, copy, err);
    if (code == ERR_OK)
        code = db_sync(copy, err);
    db_close(copy);
    if (code == ERR_OK && rename(partial, path) != 0)
        code = error_errno(err, errno, path);
    if (code != ERR_OK)
        unlink(partial);
    else
        code = file_sync_parent(path, err);
    free(partial);
    return code;
}

void *
db_handle(struct db *db)
{
    return db->handle;
}
