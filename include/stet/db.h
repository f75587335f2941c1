/* SQLite behind one door: open, settings on every connection, prepared
 * statements, binding, transactions. base/db.c is the only file of the base
 * that includes sqlite3.h. */
#ifndef STET_DB_H
#define STET_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"

struct db;
struct stmt;

enum db_mode {
    DB_STORE,      /* read-write, journal TRUNCATE + synchronous FULL, immediate
                    * transactions, busy timeout 5 s, foreign keys on */
    DB_STORE_READ, /* a second connection to a store that only reads (but can
                    * roll a dead writer's journal back) */
    DB_BUILD,      /* a new file that only this process sees: journal in memory,
                    * no sync; db_sync() before it is published */
    DB_INDEX       /* read-only, immutable, defensive, trusted_schema off */
};

/* Open or create (STORE, BUILD). Threads: one connection per thread.
 * Fails: ERR_NOTFOUND (STORE_READ, INDEX), ERR_IO, ERR_FORMAT (not a
 * database), ERR_PERM, ERR_BUSY, ERR_UNAVAILABLE (store on a network file
 * system). Everywhere below: ERR_IO also for a full disk, ERR_BUSY after 5 s,
 * ERR_FORMAT for a damaged file or SQL that its schema refuses, ERR_CONFLICT
 * for a constraint, ERR_CANCELLED, ERR_LIMIT. */
enum err_code db_open(struct db **out, const char *path, enum db_mode mode,
                      struct error *err);
void db_close(struct db *db); /* finalizes what is left; NULL allowed */

/* Run SQL without results; several statements allowed. */
enum err_code db_exec(struct db *db, const char *sql, struct error *err);
/* PRAGMA application_id / user_version. */
enum err_code db_get_version(struct db *db, uint32_t *application_id,
                             uint32_t *user_version, struct error *err);
enum err_code db_set_version(struct db *db, uint32_t application_id,
                             uint32_t user_version, struct error *err);

/* BEGIN IMMEDIATE; fails with ERR_BUSY after the timeout. When anything fails
 * before db_commit returns ERR_OK, the caller calls db_rollback. */
enum err_code db_begin(struct db *db, struct error *err);
enum err_code db_commit(struct db *db, struct error *err);
void db_rollback(struct db *db); /* harmless outside a transaction */
int64_t db_last_rowid(struct db *db);
int64_t db_changes(struct db *db);

/* Statements are prepared lazily and cached by the address of `sql`, which
 * must be a constant: db_stmt() returns it reset, with no bindings. Owned by
 * the connection. */
enum err_code db_stmt(struct db *db, const char *sql, struct stmt **out,
                      struct error *err);
/* A statement of the caller's own, for reading with several at once:
 * stmt_free() before the connection is closed. */
enum err_code db_prepare(struct db *db, const char *sql, struct stmt **out,
                         struct error *err);
void stmt_free(struct stmt *stmt); /* NULL allowed */
/* Positions from 1. Text and blobs are not copied: they must live until the
 * next reset of the statement. */
void stmt_bind_int(struct stmt *stmt, int at, int64_t value);
void stmt_bind_double(struct stmt *stmt, int at, double value);
void stmt_bind_text(struct stmt *stmt, int at, struct str value);
void stmt_bind_blob(struct stmt *stmt, int at, const void *ptr, size_t len);
void stmt_bind_null(struct stmt *stmt, int at);
/* *row: whether there is a row. A failure resets the statement; so does the
 * caller (stmt_reset) unless it reads to the end. A failed bind shows here. */
enum err_code stmt_step(struct stmt *stmt, bool *row, struct error *err);
/* Step a statement that gives no rows, and reset it. */
enum err_code stmt_run(struct stmt *stmt, struct error *err);
void stmt_reset(struct stmt *stmt); /* ends its read transaction */
/* Columns from 0; views live until the next step or reset. */
int64_t stmt_int(struct stmt *stmt, int at);
double stmt_double(struct stmt *stmt, int at);
struct str stmt_text(struct stmt *stmt, int at); /* also blobs */
bool stmt_is_null(struct stmt *stmt, int at);

/* One integer from SQL with up to two integer parameters; `fallback` when no
 * row. */
enum err_code db_get_int(struct db *db, const char *sql, int64_t a, int64_t b,
                         int64_t fallback, int64_t *out, struct error *err);

/* Stop whatever runs on this connection; safe from another thread. */
void db_interrupt(struct db *db);
/* Cancel when *flag becomes non-zero (checked every ~1,000 VM steps). */
void db_set_cancel(struct db *db, const int *flag);
/* fsync the file and its folder (DB_BUILD, after commit). */
enum err_code db_sync(struct db *db, struct error *err);
/* PRAGMA quick_check / integrity_check; ERR_FORMAT with the first finding. */
enum err_code db_check(struct db *db, bool full, struct error *err);
/* Online backup to a new file (temporary + rename), as one snapshot. */
enum err_code db_backup(struct db *db, const char *path, struct error *err);

/* The SQLite handle, for index/fts.c only. */
void *db_handle(struct db *db);
/* Turn SQLite's state into an error of ours, for index/fts.c only. */
enum err_code db_error(struct db *db, struct error *err);

#endif
