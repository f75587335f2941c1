/* Undo and redo. An undo is an annotation that names another; a redo is an
 * undo that names an undo. Nothing is ever removed. */
#include "config.h"

#include "review/store_private.h"

/* Acts that `u` passes over, because they decide nothing. */
#define SILENT "('undo', 'claim', 'reveal', 'export')"

static const char undo_sql[] =
    "SELECT " ANNOTATION_COLUMNS " FROM annotation a"
    " LEFT JOIN undone u ON u.seq = a.seq"
    " WHERE a.reviewer = ?1 AND a.kind NOT IN " SILENT
    " AND u.seq IS NULL ORDER BY a.lamport DESC, a.uuid DESC LIMIT 1";

/* The newest standing undo of something that is not an undo, unless a
 * decision is newer. */
static const char redo_sql[] =
    "SELECT " ANNOTATION_COLUMNS " FROM annotation a"
    " LEFT JOIN undone u ON u.seq = a.seq"
    " JOIN annotation t ON t.uuid = a.undoes"
    " WHERE a.reviewer = ?1 AND a.kind = 'undo' AND t.kind != 'undo'"
    " AND t.reviewer = a.reviewer AND u.seq IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM annotation n WHERE n.reviewer = ?1"
    "  AND n.kind NOT IN " SILENT
    "  AND (n.lamport, n.uuid) > (a.lamport, a.uuid))"
    " ORDER BY a.lamport DESC, a.uuid DESC LIMIT 1";

static const char find_sql[] = "SELECT " ANNOTATION_COLUMNS " FROM annotation a"
                               " LEFT JOIN undone u ON u.seq = a.seq"
                               " WHERE a.uuid = ?1";

/* The reviewer's undo that holds ?2. */
static const char holding_sql[] =
    "SELECT " ANNOTATION_COLUMNS " FROM annotation a"
    " LEFT JOIN undone u ON u.seq = a.seq"
    " WHERE a.reviewer = ?1 AND a.undoes = ?2 AND u.seq IS NULL"
    " ORDER BY a.lamport DESC LIMIT 1";

/* Runs the bound statement, which finds one annotation or none. */
static enum err_code
take_one(struct store *store, struct stmt *stmt, struct arena *arena,
         struct annotation *out, struct error *err)
{
    struct annotation found = {0};
    bool row = false;
    bool bulk = false;
    enum err_code code = stmt_step(stmt, &row, err);

    if (code == ERR_OK && row) {
        code = annotation_of_row(stmt, arena, &found, err);
        bulk = stmt_int(stmt, 6) != 0;
    }
    stmt_reset(stmt);
    if (code == ERR_OK && !row)
        code = error_set(err, ERR_NOTFOUND, "nothing left");
    if (code == ERR_OK)
        code = annotation_load_items(store, &found, bulk, arena, err);
    if (code == ERR_OK)
        *out = found;
    return code;
}

static enum err_code
peek(struct store *store, const char *sql, struct arena *arena,
     struct annotation *out, struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code = ERR_OK;

    if (!store->reviewer)
        return error_set(err, ERR_USAGE, "undo needs a reviewer");
    code = db_stmt(store->db, sql, &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_text(stmt, 1, str_of(store->reviewer));
    return take_one(store, stmt, arena, out, err);
}

enum err_code
store_annotation(struct store *store, const struct uuid *uuid,
                 struct arena *arena, struct annotation *out, struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code = db_stmt(store->db, find_sql, &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_blob(stmt, 1, uuid->bytes, sizeof(uuid->bytes));
    code = take_one(store, stmt, arena, out, err);
    return code == ERR_NOTFOUND
               ? error_set(err, ERR_NOTFOUND, "the journal has no such line")
               : code;
}

enum err_code
store_undo_peek(struct store *store, struct arena *arena,
                struct annotation *out, bool *earlier, struct error *err)
{
    enum err_code code = peek(store, undo_sql, arena, out, err);

    if (code == ERR_OK)
        *earlier = out->seq <= store->session_seq;
    else if (code == ERR_NOTFOUND)
        code = error_set(err, ERR_NOTFOUND, "nothing to undo");
    return code;
}

enum err_code
store_redo_peek(struct store *store, struct arena *arena,
                struct annotation *out, struct error *err)
{
    enum err_code code = peek(store, redo_sql, arena, out, err);

    return code == ERR_NOTFOUND
               ? error_set(err, ERR_NOTFOUND, "nothing to redo")
               : code;
}

enum err_code
store_undo(struct store *store, const struct uuid *uuid, struct error *err)
{
    struct annotation undo = {.kind = ANNOTATION_UNDO, .how = HOW_COMMAND};
    char text[UUID_TEXT_SIZE];

    uuid_format(uuid, text);
    undo.value = str_of(text);
    return store_append(store, &undo, 1, -1, err);
}

static enum err_code
find_holding(struct store *store, const struct uuid *uuid, struct arena *arena,
             struct annotation *out, struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code = db_stmt(store->db, holding_sql, &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_text(stmt, 1, str_of(store->reviewer));
    stmt_bind_blob(stmt, 2, uuid->bytes, sizeof(uuid->bytes));
    return take_one(store, stmt, arena, out, err);
}

/* It may have been undone twice, by two desks: then both are inverted. */
enum err_code
store_redo(struct store *store, const struct uuid *uuid, struct error *err)
{
    struct annotation held = {0};
    struct arena arena;
    size_t count = 0;
    enum err_code code = ERR_OK;

    if (!store->reviewer)
        return error_set(err, ERR_USAGE, "redo needs a reviewer");
    arena_init(&arena, 0);
    for (; code == ERR_OK; count++) {
        code = find_holding(store, uuid, &arena, &held, err);
        if (code == ERR_OK)
            code = store_undo(store, &held.uuid, err);
    }
    arena_release(&arena);
    if (code == ERR_NOTFOUND)
        code = count > 1
                   ? ERR_OK
                   : error_set(err, ERR_NOTFOUND, "no undo of yours holds it");
    return code;
}
