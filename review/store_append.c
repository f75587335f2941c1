/* Appending: the only way in for annotations. Everything of one call is one
 * transaction, derived state included. */
#include "config.h"

#include <stdlib.h>

#include "review/store_private.h"
#include "stet/fileio.h"

enum err_code
append_find(struct store *store, const struct uuid *uuid, int64_t *seq,
            struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum err_code code = db_stmt(
        store->db, "SELECT seq FROM annotation WHERE uuid = ?1", &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_blob(stmt, 1, uuid->bytes, sizeof(uuid->bytes));
    code = stmt_step(stmt, &row, err);
    if (code == ERR_OK)
        *seq = row ? stmt_int(stmt, 0) : 0;
    stmt_reset(stmt);
    return code;
}

static bool
uuid_is_zero(const struct uuid *uuid)
{
    static const struct uuid zero;

    return memcmp(uuid->bytes, zero.bytes, sizeof(zero.bytes)) == 0;
}

/* What the configuration says about values; journals from elsewhere are not
 * held to it. */
static enum err_code
check_policy(const struct store *store, const struct annotation *a,
             struct error *err)
{
    bool verdict =
        a->kind == ANNOTATION_VERDICT || a->kind == ANNOTATION_ADJUDICATE;

    if ((a->kind == ANNOTATION_ADJUDICATE || a->kind == ANNOTATION_RESOLVE) &&
        !store_is_lead(store))
        return error_set(err, ERR_PERM, "[policy] leads names who %ss: not %s",
                         annotation_kind_name(a->kind), store->reviewer);
    if (verdict && !verdict_set_has(&store->verdicts, a->value))
        return error_set(err, ERR_USAGE,
                         "\"%.*s\" is not a verdict of this workspace",
                         STR_FMT(a->value));
    /* On a passage the verdicts' names are tags, too. */
    if (a->kind == ANNOTATION_TAG &&
        !taxonomy_has(&store->taxonomy, a->value) &&
        !(a->span.given && verdict_set_has(&store->verdicts, a->value)))
        return error_set(err, ERR_USAGE,
                         "\"%.*s\" is not a tag of this workspace, whose tags "
                         "are closed",
                         STR_FMT(a->value));
    return ERR_OK;
}

static enum err_code
check_undo(struct store *store, const struct annotation *a, struct error *err)
{
    struct uuid uuid = {{0}};
    struct stmt *stmt = NULL;
    bool row = false;
    bool own = false;
    enum err_code code = ERR_OK;

    if (a->kind != ANNOTATION_UNDO || !uuid_parse(a->value, &uuid))
        return ERR_OK;
    code = db_stmt(store->db, "SELECT reviewer FROM annotation WHERE uuid = ?1",
                   &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_blob(stmt, 1, uuid.bytes, sizeof(uuid.bytes));
    code = stmt_step(stmt, &row, err);
    own = code == ERR_OK && row && str_equal(stmt_text(stmt, 0), a->reviewer);
    stmt_reset(stmt);
    if (code != ERR_OK || own)
        return code;
    if (!row)
        return error_set(err, ERR_NOTFOUND, "no annotation %.*s to undo",
                         STR_FMT(a->value));
    return error_set(err, ERR_PERM,
                     "annotation %.*s is another reviewer's: only its author "
                     "can undo it",
                     STR_FMT(a->value));
}

/* Sending back ends an escalation: that is for a lead. */
static enum err_code
check_not_escalated(struct store *store, const struct item_key *key,
                    struct error *err)
{
    int64_t item = 0;
    int64_t flags = 0;
    enum err_code code = item_find(store, key, &item, err);

    if (code == ERR_OK && item)
        code = db_get_int(store->db,
                          "SELECT flags FROM state WHERE reviewer = ''"
                          " AND item = ?1",
                          item, 0, 0, &flags, err);
    if (code == ERR_OK && flags & STATE_ESCALATED)
        code = error_set(err, ERR_USAGE,
                         "it is escalated: only [policy] leads send it back");
    return code;
}

static enum err_code
check_send_back(struct store *store, const struct annotation *a,
                struct error *err)
{
    enum err_code code = ERR_OK;

    if (a->kind != ANNOTATION_SEND_BACK || store_is_lead(store))
        return ERR_OK;
    if (a->has_item)
        return check_not_escalated(store, &a->item, err);
    for (size_t i = 0; i < a->item_count && code == ERR_OK; i++)
        code = check_not_escalated(store, &a->items[i], err);
    return code;
}

enum err_code
append_one(struct store *store, struct annotation *annotation,
           struct item_list *dirty, struct error *err)
{
    int64_t seq = 0;
    enum err_code code = annotation_insert(store, annotation, &seq, err);

    if (code == ERR_OK)
        code = annotation_add_items(store, seq, annotation, dirty, err);
    if (code == ERR_OK)
        code = derive_undone(store, &annotation->uuid, dirty, err);
    if (code == ERR_OK)
        annotation->seq = seq;
    return code;
}

/* Everything but uuid is given back on failure: the caller retries with the
 * same uuids, so that a commit that went through is not doubled. */
static void
fill(const struct store *store, struct annotation *a)
{
    if (uuid_is_zero(&a->uuid))
        a->uuid = uuid_make();
    if (a->at_us == 0)
        a->at_us = time_now_us();
    if (!a->reviewer.ptr && store->reviewer)
        a->reviewer = str_of(store->reviewer);
    if (a->policy.len == 0 && a->how != HOW_IMPORT)
        a->policy = str_of(store->policy);
}

static enum err_code
check_all(struct store *store, const struct annotation *list, size_t count,
          struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        if (!list[i].reviewer.ptr)
            return error_set(err, ERR_USAGE, "a decision needs a reviewer");
        code = annotation_check(&list[i], ERR_USAGE, err);
        if (code == ERR_OK)
            code = check_policy(store, &list[i], err);
    }
    return code;
}

static enum err_code
check_version(struct store *store, const struct annotation *a, int64_t expected,
              struct error *err)
{
    int64_t item = 0;
    int64_t version = 0;
    enum err_code code = ERR_OK;

    if (expected < 0 || !a->has_item)
        return ERR_OK;
    code = item_find(store, &a->item, &item, err);
    if (code == ERR_OK && item)
        code = db_get_int(store->db,
                          "SELECT version FROM state WHERE reviewer = ''"
                          " AND item = ?1",
                          item, 0, 0, &version, err);
    if (code == ERR_OK && version != expected)
        code = error_set(err, ERR_CONFLICT,
                         "someone else decided on this document meanwhile");
    return code;
}

/* In the transaction. Known uuids are skipped; if any is new, the version must
 * be the one that the reviewer saw. */
static enum err_code
append_all(struct store *store, struct annotation *list, size_t count,
           int64_t expected, struct error *err)
{
    struct item_list dirty = {NULL, 0, 0};
    int64_t lamport = 0;
    int64_t last = 0;
    bool checked = false;
    enum err_code code =
        db_get_int(store->db, "SELECT max(lamport) FROM annotation", 0, 0, 0,
                   &lamport, err);

    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        struct annotation *a = &list[i];

        code = append_find(store, &a->uuid, &a->seq, err);
        if (code != ERR_OK || a->seq != 0)
            continue;
        if (!checked)
            code = check_version(store, a, expected, err);
        checked = true;
        if (code == ERR_OK)
            code = check_undo(store, a, err);
        if (code == ERR_OK)
            code = check_send_back(store, a, err);
        if (code != ERR_OK)
            break;
        a->lamport = (uint64_t)++lamport;
        code = append_one(store, a, &dirty, err);
        last = a->seq;
    }
    if (code == ERR_OK)
        code = derive_items(store, &dirty, last, err);
    item_list_release(&dirty);
    return code;
}

/* A retry learns what the first attempt wrote. */
static enum err_code
read_back(struct store *store, struct annotation *list, size_t count,
          struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        int64_t lamport = 0;

        code = db_get_int(store->db,
                          "SELECT lamport FROM annotation WHERE seq = ?1",
                          list[i].seq, 0, 0, &lamport, err);
        list[i].lamport = (uint64_t)lamport;
    }
    return code;
}

enum err_code
store_append(struct store *store, struct annotation *list, size_t count,
             int64_t expected, struct error *err)
{
    struct annotation *before = NULL;
    enum err_code code = ERR_OK;

    if (count == 0)
        return ERR_OK;
    if (store->reading)
        return error_set(err, ERR_PERM, "the store is open for reading only");
    before = malloc(count * sizeof(*before));
    if (!before)
        return error_nomem(err);
    memcpy(before, list, count * sizeof(*before));
    for (size_t i = 0; i < count; i++)
        fill(store, &list[i]);
    code = check_all(store, list, count, err);
    if (code == ERR_OK)
        code = db_begin(store->db, err);
    if (code == ERR_OK) {
        code = append_all(store, list, count, expected, err);
        if (code == ERR_OK)
            code = read_back(store, list, count, err);
        if (code == ERR_OK)
            code = db_commit(store->db, err);
        if (code != ERR_OK)
            db_rollback(store->db);
    }
    for (size_t i = 0; i < count && code != ERR_OK; i++) {
        before[i].uuid = list[i].uuid;
        list[i] = before[i];
    }
    free(before);
    return code;
}
