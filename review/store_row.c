/* Annotations as rows of the store. */
#include "config.h"

#include <stdlib.h>

#include "review/store_private.h"

static void
bind_optional(struct stmt *stmt, int at, struct str s)
{
    if (s.len)
        stmt_bind_text(stmt, at, s);
    else
        stmt_bind_null(stmt, at);
}

static void
bind_span(struct stmt *stmt, int at, const struct annotation_span *span)
{
    if (!span->given) {
        for (int i = 0; i < 4; i++)
            stmt_bind_null(stmt, at + i);
        return;
    }
    stmt_bind_int(stmt, at, (int64_t)span->bytes.start);
    stmt_bind_int(stmt, at + 1, (int64_t)span->bytes.end);
    stmt_bind_int(stmt, at + 2, (int64_t)span->start_cp);
    stmt_bind_int(stmt, at + 3, (int64_t)span->end_cp);
}

static const char insert_sql[] =
    "INSERT INTO annotation(uuid, lamport, at_us, reviewer, kind, bulk, query,"
    " value, number, span_start, span_end, start_cp, end_cp, reason, how, ms,"
    " share, visible, queue, position, policy, undoes, text) VALUES"
    " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
    " ?17, ?18, ?19, ?20, ?21, ?22, ?23)";

enum err_code
annotation_insert(struct store *store, const struct annotation *annotation,
                  int64_t *seq, struct error *err)
{
    const struct annotation *a = annotation;
    struct uuid undoes = {{0}};
    struct stmt *stmt = NULL;
    enum err_code code = db_stmt(store->db, insert_sql, &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_blob(stmt, 1, a->uuid.bytes, sizeof(a->uuid.bytes));
    stmt_bind_int(stmt, 2, (int64_t)a->lamport);
    stmt_bind_int(stmt, 3, a->at_us);
    stmt_bind_text(stmt, 4, a->reviewer);
    stmt_bind_text(stmt, 5, str_of(annotation_kind_name(a->kind)));
    stmt_bind_int(stmt, 6, a->items != NULL);
    bind_optional(stmt, 7, a->query);
    bind_optional(stmt, 8, a->value);
    if (a->kind == ANNOTATION_RATE)
        stmt_bind_double(stmt, 9, a->number);
    else
        stmt_bind_null(stmt, 9);
    bind_span(stmt, 10, &a->span);
    bind_optional(stmt, 14, a->reason);
    stmt_bind_text(stmt, 15, str_of(annotation_how_name(a->how)));
    stmt_bind_int(stmt, 16, a->ms);
    stmt_bind_double(stmt, 17, a->share);
    stmt_bind_int(stmt, 18, (int64_t)a->visible);
    bind_optional(stmt, 19, a->queue);
    stmt_bind_int(stmt, 20, a->position);
    bind_optional(stmt, 21, a->policy);
    if (a->kind == ANNOTATION_UNDO && uuid_parse(a->value, &undoes))
        stmt_bind_blob(stmt, 22, undoes.bytes, sizeof(undoes.bytes));
    else
        stmt_bind_null(stmt, 22);
    if (a->text.ptr)
        stmt_bind_text(stmt, 23, a->text);
    else
        stmt_bind_null(stmt, 23);
    code = stmt_run(stmt, err);
    if (code == ERR_OK)
        *seq = db_last_rowid(store->db);
    return code;
}

static enum err_code
add_subject(struct store *store, int64_t seq, const struct item_key *key,
            struct item_list *dirty, struct error *err)
{
    struct stmt *stmt = NULL;
    int64_t item = 0;
    enum err_code code = item_intern(store, key, &item, err);

    if (code == ERR_OK)
        code = db_stmt(store->db,
                       "INSERT OR IGNORE INTO subject(seq, item)"
                       " VALUES (?1, ?2)",
                       &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, seq);
    stmt_bind_int(stmt, 2, item);
    code = stmt_run(stmt, err);
    return code == ERR_OK ? item_list_add(dirty, item, err) : code;
}

enum err_code
annotation_add_items(struct store *store, int64_t seq,
                     const struct annotation *annotation,
                     struct item_list *dirty, struct error *err)
{
    enum err_code code = ERR_OK;

    if (annotation->has_item)
        return add_subject(store, seq, &annotation->item, dirty, err);
    for (size_t i = 0;
         annotation->items && i < annotation->item_count && code == ERR_OK; i++)
        code = add_subject(store, seq, &annotation->items[i], dirty, err);
    return code;
}

/* Copies columns; `failed` when memory is out. */
struct row {
    struct stmt *stmt;
    struct arena *arena;
    bool failed;
};

static struct str
row_str(struct row *row, int at)
{
    struct str copy;

    if (stmt_is_null(row->stmt, at))
        return (struct str){NULL, 0};
    copy = arena_copy(row->arena, stmt_text(row->stmt, at));
    row->failed = row->failed || !copy.ptr;
    return copy;
}

enum err_code
annotation_of_row(struct stmt *stmt, struct arena *arena,
                  struct annotation *out, struct error *err)
{
    struct row row = {stmt, arena, false};
    struct annotation a = {0};
    struct str uuid = stmt_text(stmt, 1);

    if (uuid.len != sizeof(a.uuid.bytes) ||
        !annotation_kind_parse(stmt_text(stmt, 5), &a.kind) ||
        !annotation_how_parse(stmt_text(stmt, 15), &a.how))
        return error_set(err, ERR_FORMAT,
                         "the review store is damaged: annotation %lld",
                         (long long)stmt_int(stmt, 0));
    a.seq = stmt_int(stmt, 0);
    memcpy(a.uuid.bytes, uuid.ptr, sizeof(a.uuid.bytes));
    a.lamport = (uint64_t)stmt_int(stmt, 2);
    a.at_us = stmt_int(stmt, 3);
    a.reviewer = row_str(&row, 4);
    a.query = row_str(&row, 7);
    a.value = row_str(&row, 8);
    a.number = stmt_double(stmt, 9);
    if (!stmt_is_null(stmt, 10))
        a.span = (struct annotation_span){
            true,
            {(size_t)stmt_int(stmt, 10), (size_t)stmt_int(stmt, 11)},
            (uint64_t)stmt_int(stmt, 12),
            (uint64_t)stmt_int(stmt, 13)};
    a.reason = row_str(&row, 14);
    a.ms = (uint32_t)stmt_int(stmt, 16);
    a.share = stmt_double(stmt, 17);
    a.visible = (unsigned)stmt_int(stmt, 18);
    a.queue = row_str(&row, 19);
    a.position = (uint32_t)stmt_int(stmt, 20);
    a.policy = row_str(&row, 21);
    a.undone = stmt_int(stmt, 22) != 0;
    a.text = row_str(&row, 23);
    if (row.failed)
        return error_nomem(err);
    *out = a;
    return ERR_OK;
}

static const char items_sql[] =
    "SELECT i.source, i.id_token, i.text FROM subject s"
    " JOIN item i ON i.id = s.item WHERE s.seq = ?1 ORDER BY i.key";

static enum err_code
read_items(struct stmt *stmt, struct arena *arena, struct item_key *items,
           size_t cap, size_t *count, struct error *err)
{
    bool row = false;
    enum err_code code = stmt_step(stmt, &row, err);

    *count = 0;
    while (code == ERR_OK && row && *count < cap) {
        if (!item_of_row(stmt, 0, arena, &items[*count]))
            return error_nomem(err);
        ++*count;
        code = stmt_step(stmt, &row, err);
    }
    return code;
}

enum err_code
annotation_count_items(struct store *store, struct annotation *annotation,
                       struct arena *arena, struct error *err)
{
    int64_t rows = 0;
    enum err_code code =
        db_get_int(store->db, "SELECT count(*) FROM subject WHERE seq = ?1",
                   annotation->seq, 0, 0, &rows, err);

    if (code == ERR_OK)
        code = annotation_load_items(store, annotation, false, arena, err);
    annotation->item_count = (size_t)rows;
    return code;
}

enum err_code
annotation_load_items(struct store *store, struct annotation *annotation,
                      bool bulk, struct arena *arena, struct error *err)
{
    struct item_key *items = NULL;
    struct stmt *stmt = NULL;
    int64_t rows = 1;
    size_t count = 0;
    enum err_code code = ERR_OK;

    if (!annotation_kind_has_item(annotation->kind))
        return ERR_OK;
    if (bulk)
        code =
            db_get_int(store->db, "SELECT count(*) FROM subject WHERE seq = ?1",
                       annotation->seq, 0, 0, &rows, err);
    if (code != ERR_OK)
        return code;
    items = arena_alloc(arena, ((size_t)rows + 1) * sizeof(*items));
    if (!items)
        return error_nomem(err);
    code = db_stmt(store->db, items_sql, &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, annotation->seq);
    code = read_items(stmt, arena, items, (size_t)rows, &count, err);
    stmt_reset(stmt);
    if (code != ERR_OK)
        return code;
    if (bulk) {
        annotation->items = items;
        annotation->item_count = count;
    } else if (count) {
        annotation->item = items[0];
        annotation->has_item = true;
    }
    return ERR_OK;
}
