/* Claims: leases on items, by the store's clock. An expired one is free. */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "review/claim.h"
#include "review/store_private.h"
#include "stet/queue.h"
#include "stet/xalloc.h"

static pthread_once_t token_once = PTHREAD_ONCE_INIT;
static uint64_t token_random;
static uint64_t token_namespace; /* of process numbers; 0: not known */

static void
make_token(void)
{
    struct stat stat_of;

    random_bytes(&token_random, sizeof(token_random));
    if (stat("/proc/self/ns/pid", &stat_of) == 0)
        token_namespace = (uint64_t)stat_of.st_ino;
}

/* One owner a process, so that its reading handles know its claims:
 * random-namespace-process. The process number is also for children of a
 * fork. */
struct str
claim_owner(char text[CLAIM_OWNER_SIZE])
{
    int len = 0;

    pthread_once(&token_once, make_token);
    len = snprintf(text, CLAIM_OWNER_SIZE, "%016llx-%llx-%ld",
                   (unsigned long long)token_random,
                   (unsigned long long)token_namespace, (long)getpid());
    return (struct str){text, (size_t)len};
}

/* Whether the owner's process is known to be gone: it was killed. Only of
 * processes whose numbers mean the same here. */
static bool
owner_is_gone(const char *owner)
{
    const char *namespace = strchr(owner, '-');
    const char *process = namespace ? strchr(namespace + 1, '-') : NULL;
    long pid;

    if (!process || !token_namespace ||
        strtoull(namespace + 1, NULL, 16) != token_namespace)
        return false;
    pid = strtol(process + 1, NULL, 10);
    return pid > 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

/* Frees an item that a killed process held: it need not wait to expire. */
static enum err_code
free_abandoned(struct store *store, int64_t item, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false, gone = false;
    enum err_code code = db_stmt(
        store->db, "SELECT owner FROM claim WHERE item = ?1", &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, item);
    code = stmt_step(stmt, &row, err);
    if (code == ERR_OK && row) {
        char *owner = xstrndup(stmt_text(stmt, 0));

        gone = owner_is_gone(owner);
        free(owner);
    }
    stmt_reset(stmt);
    if (code != ERR_OK || !gone)
        return code;
    code = db_stmt(store->db, "DELETE FROM claim WHERE item = ?1", &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, item);
    return stmt_run(stmt, err);
}

/* The holder of a live claim of someone else; empty when there is none. */
static enum err_code
foreign_holder(struct store *store, int64_t item, struct str owner,
               struct str *holder, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum err_code code =
        db_stmt(store->db,
                "SELECT reviewer FROM claim WHERE item = ?1 AND owner != ?2"
                " AND until_us > " CLAIM_NOW_SQL,
                &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, item);
    stmt_bind_text(stmt, 2, owner);
    code = stmt_step(stmt, &row, err);
    if (code == ERR_OK && row) {
        *holder = arena_copy(&store->scratch, stmt_text(stmt, 0));
        if (!holder->ptr)
            code = error_nomem(err);
    }
    stmt_reset(stmt);
    return code;
}

static enum err_code
write_claim(struct store *store, int64_t item, struct str owner,
            struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code =
        db_stmt(store->db,
                "INSERT OR REPLACE INTO claim(item, reviewer, owner, until_us)"
                " VALUES (?1, ?2, ?3, " CLAIM_NOW_SQL " + ?4)",
                &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, item);
    stmt_bind_text(stmt, 2, str_of(store->reviewer));
    stmt_bind_text(stmt, 3, owner);
    stmt_bind_int(stmt, 4, CLAIM_US);
    return stmt_run(stmt, err);
}

static enum err_code
take_in_transaction(struct store *store, const struct item_key *key, bool force,
                    bool *taken_over, struct error *err)
{
    char text[CLAIM_OWNER_SIZE];
    struct str owner = claim_owner(text);
    struct str holder = {NULL, 0};
    int64_t item = 0;
    enum err_code code = item_intern(store, key, &item, err);

    arena_reset(&store->scratch);
    if (code == ERR_OK)
        code = free_abandoned(store, item, err);
    if (code == ERR_OK)
        code = foreign_holder(store, item, owner, &holder, err);
    if (code == ERR_OK && holder.len && !force)
        code = error_set(err, ERR_CONFLICT, "%.*s has this document open",
                         STR_FMT(holder));
    *taken_over = holder.len != 0;
    return code == ERR_OK ? write_claim(store, item, owner, err) : code;
}

static enum err_code
release(struct store *store, int64_t item, struct error *err)
{
    char text[CLAIM_OWNER_SIZE];
    struct stmt *stmt = NULL;
    enum err_code code = db_stmt(store->db,
                                 "DELETE FROM claim WHERE owner = ?1"
                                 " AND (?2 = 0 OR item = ?2)",
                                 &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_text(stmt, 1, claim_owner(text));
    stmt_bind_int(stmt, 2, item);
    return stmt_run(stmt, err);
}

static enum err_code
take(struct store *store, const struct item_key *key, bool force, bool move,
     struct error *err)
{
    bool taken_over = false;
    enum err_code code = ERR_OK;

    if (store->reading || !store->reviewer)
        return error_set(err, ERR_PERM, "the store is open for reading only");
    code = db_begin(store->db, err);
    if (code != ERR_OK)
        return code;
    if (move)
        code = release(store, 0, err);
    if (code == ERR_OK)
        code = take_in_transaction(store, key, force, &taken_over, err);
    if (code == ERR_OK)
        code = db_commit(store->db, err);
    if (code != ERR_OK) {
        db_rollback(store->db);
        return code;
    }
    store->claimed = true;
    if (taken_over) {
        struct annotation act = {.kind = ANNOTATION_CLAIM,
                                 .how = HOW_READ,
                                 .item = *key,
                                 .has_item = true};

        code = store_append(store, &act, 1, -1, err);
    }
    return code;
}

enum err_code
claim_take(struct store *store, const struct item_key *key, bool force,
           struct error *err)
{
    return take(store, key, force, false, err);
}

enum err_code
claim_move(struct store *store, const struct item_key *key, struct error *err)
{
    return take(store, key, false, true, err);
}

enum err_code
claim_release(struct store *store, const struct item_key *key,
              struct error *err)
{
    int64_t item = 0;
    enum err_code code = ERR_OK;

    if (store->reading)
        return error_set(err, ERR_PERM, "the store is open for reading only");
    if (key) {
        code = item_find(store, key, &item, err);
        if (code != ERR_OK || item == 0)
            return code;
    }
    code = db_begin(store->db, err);
    if (code != ERR_OK)
        return code;
    code = release(store, item, err);
    if (code == ERR_OK)
        code = db_commit(store->db, err);
    if (code != ERR_OK)
        db_rollback(store->db);
    return code;
}

void
claims_drop(struct store *store)
{
    struct error err = ERROR_INIT;

    /* What cannot be freed now expires. */
    if (claim_release(store, NULL, &err) == ERR_OK)
        store->claimed = false;
}
