/* Queues: saving, listing, giving, splitting. A queue is a list of items as
 * they were found; what happens to the items does not change it. */
#include "config.h"

#include "stet/queue.h"

#include "review/queue_private.h"
#include "review/store_private.h"
#include "stet/fileio.h"

enum err_code
queue_find(struct store *store, struct str name, int64_t *queue,
           double *overlap, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum err_code code = db_stmt(
        store->db, "SELECT id, overlap FROM queue WHERE name = ?1", &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_text(stmt, 1, name);
    code = stmt_step(stmt, &row, err);
    if (code == ERR_OK && row) {
        *queue = stmt_int(stmt, 0);
        *overlap = stmt_double(stmt, 1);
    }
    stmt_reset(stmt);
    if (code == ERR_OK && !row)
        code = error_set(err, ERR_NOTFOUND, "no queue named \"%.*s\"",
                         STR_FMT(name));
    return code;
}

static enum err_code
check_reviewers(struct str list, struct error *err)
{
    for (size_t at = 0; at < list.len;) {
        size_t end = str_find(list, STR_LIT(","), at);
        struct str name;

        if (end == SIZE_MAX)
            end = list.len;
        name = str_trim(str_slice(list, at, end));
        if (!reviewer_name_is_valid(name))
            return error_set(err, ERR_USAGE,
                             "\"%.*s\" is not a reviewer's name",
                             STR_FMT(name));
        at = end + 1;
    }
    return ERR_OK;
}

static enum err_code
check_options(struct store *store, const struct queue_options *options,
              struct error *err)
{
    if (store->reading)
        return error_set(err, ERR_PERM, "the store is open for reading only");
    if (!tag_name_is_valid(options->name))
        return error_set(err, ERR_USAGE,
                         "a queue's name is 1 to 128 letters, digits or "
                         "- _ / . :");
    if (!(options->overlap >= 0 && options->overlap <= 1))
        return error_set(err, ERR_USAGE, "overlap: expected 0 to 100%%");
    return check_reviewers(options->reviewers, err);
}

static enum err_code
run_on_queue(struct store *store, const char *sql, int64_t queue,
             struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code = db_stmt(store->db, sql, &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, queue);
    return stmt_run(stmt, err);
}

static enum err_code
remove_queue(struct store *store, int64_t queue, struct error *err)
{
    enum err_code code = run_on_queue(
        store, "DELETE FROM queue_item WHERE queue = ?1", queue, err);

    if (code == ERR_OK)
        code = run_on_queue(store, "DELETE FROM queue_place WHERE queue = ?1",
                            queue, err);
    if (code == ERR_OK)
        code =
            run_on_queue(store, "DELETE FROM queue WHERE id = ?1", queue, err);
    return code;
}

static void
bind_str(struct stmt *stmt, int at, struct str s)
{
    stmt_bind_text(stmt, at, s.ptr ? s : STR_LIT(""));
}

/* The queue's row; its items and their number come next. */
static enum err_code
insert_queue(struct store *store, const struct queue_options *options,
             int64_t *queue, struct error *err)
{
    struct stmt *stmt = NULL;
    double overlap = 0;
    enum err_code code = queue_find(store, options->name, queue, &overlap, err);

    if (code == ERR_OK && !options->replace)
        return error_set(err, ERR_EXISTS,
                         "there is a queue named \"%.*s\" already",
                         STR_FMT(options->name));
    if (code == ERR_OK)
        code = remove_queue(store, *queue, err);
    else if (code == ERR_NOTFOUND)
        code = ERR_OK;
    if (code == ERR_OK)
        code = db_stmt(store->db,
                       "INSERT INTO queue(name, query, item_order, reviewers,"
                       " overlap, blind, total, created_us)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7)",
                       &stmt, err);
    if (code != ERR_OK)
        return code;
    bind_str(stmt, 1, options->name);
    bind_str(stmt, 2, options->query);
    bind_str(stmt, 3, options->order);
    bind_str(stmt, 4, options->reviewers);
    stmt_bind_double(stmt, 5, options->overlap);
    stmt_bind_int(stmt, 6, options->blind);
    stmt_bind_int(stmt, 7, time_now_us());
    code = stmt_run(stmt, err);
    if (code == ERR_OK)
        *queue = db_last_rowid(store->db);
    return code;
}

/* An item that comes twice keeps its first place. */
static enum err_code
insert_items(struct store *store, int64_t queue, const struct item_key *items,
             size_t count, struct error *err)
{
    int64_t position = 0;
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        struct stmt *stmt = NULL;
        int64_t item = 0;

        code = item_intern(store, &items[i], &item, err);
        if (code == ERR_OK)
            code = db_stmt(store->db,
                           "INSERT OR IGNORE INTO queue_item(queue, position,"
                           " item) VALUES (?1, ?2, ?3)",
                           &stmt, err);
        if (code != ERR_OK)
            break;
        stmt_bind_int(stmt, 1, queue);
        stmt_bind_int(stmt, 2, position);
        stmt_bind_int(stmt, 3, item);
        code = stmt_run(stmt, err);
        position += db_changes(store->db);
    }
    return code;
}

static const char total_sql[] =
    "UPDATE queue SET total = (SELECT count(*) FROM queue_item"
    " WHERE queue = ?1) WHERE id = ?1";

/* Ends the transaction that the caller began, as `code` says. */
static enum err_code
finish(struct store *store, enum err_code code, struct error *err)
{
    if (code == ERR_OK)
        code = db_commit(store->db, err);
    if (code != ERR_OK)
        db_rollback(store->db);
    return code;
}

enum err_code
queue_save(struct store *store, const struct queue_options *options,
           const struct item_key *items, size_t count, struct error *err)
{
    int64_t queue = 0;
    enum err_code code = check_options(store, options, err);

    if (code == ERR_OK)
        code = db_begin(store->db, err);
    if (code != ERR_OK)
        return code;
    code = insert_queue(store, options, &queue, err);
    if (code == ERR_OK)
        code = insert_items(store, queue, items, count, err);
    if (code == ERR_OK)
        code = run_on_queue(store, total_sql, queue, err);
    return finish(store, code, err);
}

enum err_code
queue_remove(struct store *store, struct str name, struct error *err)
{
    int64_t queue = 0;
    double overlap = 0;
    enum err_code code = ERR_OK;

    if (store->reading)
        return error_set(err, ERR_PERM, "the store is open for reading only");
    code = db_begin(store->db, err);
    if (code != ERR_OK)
        return code;
    code = queue_find(store, name, &queue, &overlap, err);
    if (code == ERR_OK)
        code = remove_queue(store, queue, err);
    return finish(store, code, err);
}

static enum err_code
set_reviewers(struct store *store, struct str name, struct str reviewers,
              struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code =
        db_stmt(store->db, "UPDATE queue SET reviewers = ?2 WHERE name = ?1",
                &stmt, err);

    if (code != ERR_OK)
        return code;
    bind_str(stmt, 1, name);
    bind_str(stmt, 2, reviewers);
    code = stmt_run(stmt, err);
    if (code == ERR_OK && db_changes(store->db) == 0)
        code = error_set(err, ERR_NOTFOUND, "no queue named \"%.*s\"",
                         STR_FMT(name));
    return code;
}

enum err_code
queue_give(struct store *store, struct str name, struct str reviewers,
           struct error *err)
{
    enum err_code code = check_reviewers(reviewers, err);

    if (code == ERR_OK && store->reading)
        code = error_set(err, ERR_PERM, "the store is open for reading only");
    if (code == ERR_OK)
        code = db_begin(store->db, err);
    if (code != ERR_OK)
        return code;
    return finish(store, set_reviewers(store, name, reviewers, err), err);
}

static enum err_code
copy_part(struct store *store, int64_t from, int64_t to, unsigned part,
          unsigned parts, struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code =
        db_stmt(store->db,
                "INSERT INTO queue_item(queue, position, item)"
                " SELECT ?2, position / ?4, item FROM queue_item"
                " WHERE queue = ?1 AND position % ?4 = ?3",
                &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, from);
    stmt_bind_int(stmt, 2, to);
    stmt_bind_int(stmt, 3, part);
    stmt_bind_int(stmt, 4, parts);
    return stmt_run(stmt, err);
}

static enum err_code
split_off(struct store *store, const struct queue_info *whole, int64_t from,
          unsigned part, unsigned parts, struct error *err)
{
    struct queue_options options = {.query = whole->query,
                                    .order = whole->order,
                                    .reviewers = whole->reviewers,
                                    .overlap = whole->overlap,
                                    .blind = whole->blind};
    struct buf name = {0};
    int64_t queue = 0;
    enum err_code code =
        buf_printf(&name, err, "%.*s-%u", STR_FMT(whole->name), part + 1);

    options.name = buf_str(&name);
    if (code == ERR_OK)
        code = check_options(store, &options, err);
    if (code == ERR_OK)
        code = insert_queue(store, &options, &queue, err);
    if (code == ERR_OK)
        code = copy_part(store, from, queue, part, parts, err);
    if (code == ERR_OK)
        code = run_on_queue(store, total_sql, queue, err);
    buf_release(&name);
    return code;
}

enum err_code
queue_split(struct store *store, struct str name, unsigned parts,
            struct error *err)
{
    struct queue_info whole = {0};
    struct arena arena;
    int64_t queue = 0;
    double overlap = 0;
    enum err_code code = ERR_OK;

    if (parts < 2 || parts > 1000)
        return error_set(err, ERR_USAGE, "split into 2 to 1000 parts");
    arena_init(&arena, 0);
    code = queue_get(store, name, &arena, &whole, err);
    if (code == ERR_OK)
        code = db_begin(store->db, err);
    if (code == ERR_OK) {
        code = queue_find(store, name, &queue, &overlap, err);
        for (unsigned i = 0; i < parts && code == ERR_OK; i++)
            code = split_off(store, &whole, queue, i, parts, err);
        code = finish(store, code, err);
    }
    arena_release(&arena);
    return code;
}

enum err_code
queue_place_put(struct store *store, struct str name, uint32_t place,
                struct error *err)
{
    struct stmt *stmt = NULL;
    int64_t queue = 0;
    double overlap = 0;
    enum err_code code = ERR_OK;

    if (store->reading || !store->reviewer)
        return error_set(err, ERR_PERM, "the store is open for reading only");
    code = db_begin(store->db, err);
    if (code != ERR_OK)
        return code;
    code = queue_find(store, name, &queue, &overlap, err);
    if (code == ERR_OK)
        code = db_stmt(store->db,
                       "INSERT OR REPLACE INTO queue_place(queue, reviewer,"
                       " place) VALUES (?1, ?2, ?3)",
                       &stmt, err);
    if (code == ERR_OK) {
        stmt_bind_int(stmt, 1, queue);
        stmt_bind_text(stmt, 2, str_of(store->reviewer));
        stmt_bind_int(stmt, 3, place);
        code = stmt_run(stmt, err);
    }
    return finish(store, code, err);
}

/* One queue's row before its open items are counted. */
static enum err_code
info_of_row(struct stmt *stmt, struct arena *arena, struct queue_info *out,
            struct error *err)
{
    struct queue_info info = {0};

    info.name = arena_copy(arena, stmt_text(stmt, 1));
    info.query = arena_copy(arena, stmt_text(stmt, 2));
    info.order = arena_copy(arena, stmt_text(stmt, 3));
    info.reviewers = arena_copy(arena, stmt_text(stmt, 4));
    info.overlap = stmt_double(stmt, 5);
    info.blind = stmt_int(stmt, 6) != 0;
    info.total = (uint64_t)stmt_int(stmt, 7);
    info.created_us = stmt_int(stmt, 8);
    info.place = (uint32_t)stmt_int(stmt, 9);
    if (!info.name.ptr || !info.query.ptr || !info.order.ptr ||
        !info.reviewers.ptr)
        return error_nomem(err);
    *out = info;
    return ERR_OK;
}

static const char info_sql[] =
    "SELECT q.id, q.name, q.query, q.item_order, q.reviewers, q.overlap,"
    " q.blind, q.total, q.created_us, p.place FROM queue q"
    " LEFT JOIN queue_place p ON p.queue = q.id AND p.reviewer = ?1"
    " WHERE ?2 IS NULL OR q.name = ?2 ORDER BY q.created_us, q.name";

struct info_list {
    struct queue_info *infos;
    int64_t *ids;
    size_t count, cap;
};

static enum err_code
info_add(struct info_list *list, struct stmt *stmt, struct arena *arena,
         struct error *err)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 8;
        struct queue_info *infos = arena_alloc(arena, cap * sizeof(*infos));
        int64_t *ids = arena_alloc(arena, cap * sizeof(*ids));

        if (!infos || !ids)
            return error_nomem(err);
        if (list->count) {
            memcpy(infos, list->infos, list->count * sizeof(*infos));
            memcpy(ids, list->ids, list->count * sizeof(*ids));
        }
        list->infos = infos;
        list->ids = ids;
        list->cap = cap;
    }
    list->ids[list->count] = stmt_int(stmt, 0);
    return info_of_row(stmt, arena, &list->infos[list->count++], err);
}

/* `name` with ptr NULL: all. */
static enum err_code
load_infos(struct store *store, struct str name, struct arena *arena,
           struct info_list *list, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum err_code code = db_stmt(store->db, info_sql, &stmt, err);

    if (code != ERR_OK)
        return code;
    bind_str(stmt, 1, store->reviewer ? str_of(store->reviewer) : STR_LIT(""));
    if (name.ptr)
        stmt_bind_text(stmt, 2, name);
    else
        stmt_bind_null(stmt, 2);
    code = stmt_step(stmt, &row, err);
    while (code == ERR_OK && row) {
        code = info_add(list, stmt, arena, err);
        if (code == ERR_OK)
            code = stmt_step(stmt, &row, err);
    }
    stmt_reset(stmt);
    for (size_t i = 0; i < list->count && code == ERR_OK; i++) {
        struct queue_info *info = &list->infos[i];

        if (info->reviewers.len && store->reviewer &&
            !reviewer_list_has(info->reviewers, str_of(store->reviewer)))
            continue; /* someone else's: nothing left for this one */
        code = queue_count_left(store, list->ids[i], info->overlap, &info->left,
                                err);
    }
    return code;
}

enum err_code
queue_list(struct store *store, struct arena *arena, struct queue_info **out,
           size_t *count, struct error *err)
{
    struct info_list list = {NULL, NULL, 0, 0};
    struct str all = {NULL, 0};
    enum err_code code = load_infos(store, all, arena, &list, err);

    if (code == ERR_OK) {
        *out = list.infos;
        *count = list.count;
    }
    return code;
}

enum err_code
queue_get(struct store *store, struct str name, struct arena *arena,
          struct queue_info *out, struct error *err)
{
    struct info_list list = {NULL, NULL, 0, 0};
    enum err_code code = ERR_OK;

    if (!name.ptr)
        name = STR_LIT("");
    code = load_infos(store, name, arena, &list, err);
    if (code != ERR_OK)
        return code;
    if (list.count == 0)
        return error_set(err, ERR_NOTFOUND, "no queue named \"%.*s\"",
                         STR_FMT(name));
    *out = list.infos[0];
    return ERR_OK;
}
