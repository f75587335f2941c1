/* The store's tables, and the steps from each version to the next. */
#include "config.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "review/store_private.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

#define STORE_APPLICATION_ID UINT32_C(0x73746574) /* "stet" */

/* Step i brings version i to version i + 1. `annotation`, `subject` and `item`
 * are the journal; `undone` and `state` are derived from them; the rest is the
 * working memory of reviewers. `state` has the effective state under the empty
 * reviewer. */
static const char *const steps[] = {
    /* key: of the reviewers' pseudonyms; stamp: of these item numbers, made
     * anew by a restore. */
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL);"
    "INSERT INTO meta VALUES ('key', randomblob(32)),"
    " ('stamp', randomblob(16));"
    "CREATE TABLE item ("
    " id INTEGER PRIMARY KEY,"
    " key BLOB NOT NULL UNIQUE," /* SHA-256 over the three that follow */
    " source TEXT, id_token TEXT, text BLOB NOT NULL);"
    "CREATE TABLE annotation ("
    " seq INTEGER PRIMARY KEY,"
    " uuid BLOB NOT NULL UNIQUE,"
    " lamport INTEGER NOT NULL, at_us INTEGER NOT NULL,"
    " reviewer TEXT NOT NULL, kind TEXT NOT NULL,"
    " bulk INTEGER NOT NULL," /* its items are a list */
    " query TEXT, value TEXT, number REAL,"
    " span_start INTEGER, span_end INTEGER,"
    " start_cp INTEGER, end_cp INTEGER,"
    " reason TEXT, how TEXT NOT NULL, ms INTEGER NOT NULL,"
    " share REAL NOT NULL, visible INTEGER NOT NULL,"
    " queue TEXT, position INTEGER NOT NULL, policy TEXT,"
    " undoes BLOB," /* the uuid that an undo names */
    " text TEXT);"
    "CREATE INDEX annotation_order ON annotation(lamport, uuid);"
    "CREATE INDEX annotation_reviewer ON annotation(reviewer, lamport, uuid);"
    "CREATE INDEX annotation_undoes ON annotation(undoes)"
    " WHERE undoes IS NOT NULL;"
    "CREATE INDEX annotation_reason ON annotation(seq)"
    " WHERE reason IS NOT NULL;"
    "CREATE TABLE subject ("
    " seq INTEGER NOT NULL, item INTEGER NOT NULL,"
    " PRIMARY KEY (seq, item)) WITHOUT ROWID;"
    "CREATE INDEX subject_item ON subject(item);"
    "CREATE TABLE undone (seq INTEGER PRIMARY KEY);"
    "CREATE TABLE state ("
    " reviewer TEXT NOT NULL, item INTEGER NOT NULL,"
    " verdict TEXT, flags INTEGER NOT NULL, kinds INTEGER NOT NULL,"
    " tags TEXT, span_tags TEXT, judged_us INTEGER NOT NULL,"
    " reviewers INTEGER NOT NULL, version INTEGER NOT NULL,"
    " PRIMARY KEY (reviewer, item)) WITHOUT ROWID;"
    "CREATE TABLE draft ("
    " reviewer TEXT NOT NULL, item INTEGER NOT NULL,"
    " text TEXT NOT NULL, at_us INTEGER NOT NULL,"
    " PRIMARY KEY (reviewer, item)) WITHOUT ROWID;"
    "CREATE TABLE memory ("
    " reviewer TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY (reviewer, key)) WITHOUT ROWID;"
    "CREATE TABLE queue ("
    " id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " query TEXT NOT NULL, item_order TEXT NOT NULL, reviewers TEXT NOT NULL,"
    " overlap REAL NOT NULL, blind INTEGER NOT NULL,"
    " total INTEGER NOT NULL, created_us INTEGER NOT NULL);"
    "CREATE TABLE queue_item ("
    " queue INTEGER NOT NULL, position INTEGER NOT NULL,"
    " item INTEGER NOT NULL,"
    " PRIMARY KEY (queue, position)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX queue_item_once ON queue_item(queue, item);"
    "CREATE TABLE queue_place ("
    " queue INTEGER NOT NULL, reviewer TEXT NOT NULL,"
    " place INTEGER NOT NULL,"
    " PRIMARY KEY (queue, reviewer)) WITHOUT ROWID;"
    "CREATE TABLE claim ("
    " item INTEGER PRIMARY KEY, reviewer TEXT NOT NULL,"
    " owner TEXT NOT NULL, until_us INTEGER NOT NULL);",
    "CREATE TABLE proposal ("
    " id INTEGER PRIMARY KEY,"
    " item INTEGER NOT NULL,"
    " hash BLOB NOT NULL," /* of model, style and text */
    " model TEXT NOT NULL, style TEXT NOT NULL, text TEXT NOT NULL,"
    " at_us INTEGER NOT NULL,"
    " closed_us INTEGER, closed_by TEXT, accepted INTEGER);"
    "CREATE UNIQUE INDEX proposal_once ON proposal(item, hash);"
    "CREATE INDEX proposal_open ON proposal(item) WHERE closed_us IS NULL;",
    /* A judgement ends no escalation any more: flag 4 comes back where nothing
     * else ended it. */
    "UPDATE state SET flags = flags | 4 WHERE (item, reviewer) IN ("
    " SELECT s.item, w.reviewer FROM annotation e"
    " JOIN subject s ON s.seq = e.seq"
    " JOIN state w ON w.item = s.item AND w.reviewer IN ('', e.reviewer)"
    " WHERE e.kind = 'escalate'"
    "  AND (w.reviewer = e.reviewer OR e.reviewer NOT LIKE 'model/%')"
    "  AND NOT EXISTS (SELECT 1 FROM undone u WHERE u.seq = e.seq)"
    "  AND NOT EXISTS (SELECT 1 FROM subject t"
    "   JOIN annotation x ON x.seq = t.seq WHERE t.item = s.item"
    "   AND x.kind IN ('adjudicate', 'send-back')"
    "   AND x.reviewer NOT LIKE 'model/%'"
    "   AND (x.lamport, x.uuid) > (e.lamport, e.uuid)"
    "   AND NOT EXISTS (SELECT 1 FROM undone u WHERE u.seq = x.seq)));",
    "CREATE INDEX annotation_failure ON annotation(seq)"
    " WHERE kind IN ('failure', 'status');",
    /* Few are: lists and the start view need not go through all states. */
    "CREATE INDEX state_escalated ON state(item)"
    " WHERE reviewer = '' AND (flags & 4) != 0;",
};
#define STORE_VERSION ((uint32_t)(sizeof(steps) / sizeof(steps[0])))

enum err_code
schema_check(struct db *db, const char *path, uint32_t *version,
             struct error *err)
{
    uint32_t application = 0;
    uint32_t found = 0;
    int64_t tables = 0;
    enum err_code code = db_get_version(db, &application, &found, err);

    if (code == ERR_OK)
        code = db_get_int(db, "SELECT count(*) FROM sqlite_master", 0, 0, 0,
                          &tables, err);
    if (code != ERR_OK)
        return code;
    if (application == 0 && found == 0 && tables == 0) {
        *version = 0;
        return ERR_OK;
    }
    if (application != STORE_APPLICATION_ID)
        return error_set(err, ERR_FORMAT, "%s: not a review store of stet",
                         path);
    if (found > STORE_VERSION)
        return error_set(err, ERR_CONFIG,
                         "%s: made by a newer stet (store version %u, this "
                         "one knows %u): update stet",
                         path, (unsigned)found, (unsigned)STORE_VERSION);
    *version = found;
    return ERR_OK;
}

/* In one transaction; the version is read again inside it, because another
 * process may have done the work. */
static enum err_code
migrate(struct db *db, const char *path, struct error *err)
{
    uint32_t version = 0;
    enum err_code code = db_begin(db, err);

    if (code == ERR_OK)
        code = schema_check(db, path, &version, err);
    for (uint32_t v = version; code == ERR_OK && v < STORE_VERSION; v++)
        code = db_exec(db, steps[v], err);
    if (code == ERR_OK && version < STORE_VERSION)
        code = db_set_version(db, STORE_APPLICATION_ID, STORE_VERSION, err);
    if (code == ERR_OK)
        code = db_commit(db, err);
    if (code != ERR_OK)
        db_rollback(db);
    return code;
}

static enum err_code
prepare(struct db *db, const struct workspace *ws, bool reading,
        struct error *err)
{
    uint32_t version = 0;
    enum err_code code = schema_check(db, ws->store, &version, err);

    if (code != ERR_OK || version == STORE_VERSION)
        return code;
    if (reading)
        return error_set(err, ERR_NOTFOUND,
                         "%s: no decisions yet, or those of an older stet",
                         ws->store);
    if (version > 0)
        code = backup_named(ws, db, "before-upgrade", err);
    if (code == ERR_OK)
        code = migrate(db, ws->store, err);
    if (code == ERR_OK && version == 0 &&
        chmod(ws->store, workspace_file_mode(ws)) != 0 && ws->shared)
        code = error_set(err, ERR_PERM, "%s: cannot share it with the team",
                         ws->store);
    return code;
}

enum err_code
schema_open(struct db **out, const struct workspace *ws, bool reading,
            struct error *err)
{
    struct db *db = NULL;
    enum err_code code = ERR_OK;

    if (reading && !file_exists(ws->store))
        return error_set(err, ERR_NOTFOUND, "%s: no decisions yet", ws->store);
    code = db_open(&db, ws->store, reading ? DB_STORE_READ : DB_STORE, err);
    if (code == ERR_OK)
        code = prepare(db, ws, reading, err);
    if (code == ERR_OK)
        code = db_exec(db, "PRAGMA cache_size = -32768", err);
    if (code == ERR_FORMAT)
        error_wrap(err,
                   "the review store is damaged; newest copies are in "
                   "%s/backup, see `stet restore`",
                   ws->dot);
    if (code == ERR_OK) {
        *out = db;
        db = NULL;
    }
    db_close(db);
    return code;
}
