/* Keeps `undone` and `state` equal to what the journal says, item by item,
 * inside the transaction that changed the journal. */
#include "config.h"

#include "review/state.h"
#include "review/store_private.h"

static const char target_sql[] =
    "SELECT a.seq, a.undoes,"
    " EXISTS (SELECT 1 FROM undone d WHERE d.seq = a.seq),"
    " EXISTS (SELECT 1 FROM annotation u WHERE u.undoes = a.uuid"
    "  AND u.reviewer = a.reviewer"
    "  AND (u.lamport, u.uuid) > (a.lamport, a.uuid)"
    "  AND NOT EXISTS (SELECT 1 FROM undone d WHERE d.seq = u.seq))"
    " FROM annotation a WHERE a.uuid = ?1";

struct undo_target {
    int64_t seq; /* 0: not here yet */
    bool is_undo, was, is;
    struct uuid undoes;
};

static enum err_code
find_target(struct store *store, const struct uuid *uuid,
            struct undo_target *out, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum err_code code = db_stmt(store->db, target_sql, &stmt, err);

    *out = (struct undo_target){0};
    if (code != ERR_OK)
        return code;
    stmt_bind_blob(stmt, 1, uuid->bytes, sizeof(uuid->bytes));
    code = stmt_step(stmt, &row, err);
    if (code == ERR_OK && row) {
        struct str undoes = stmt_text(stmt, 1);

        out->seq = stmt_int(stmt, 0);
        out->is_undo = undoes.len == sizeof(out->undoes.bytes);
        if (out->is_undo)
            memcpy(out->undoes.bytes, undoes.ptr, undoes.len);
        out->was = stmt_int(stmt, 2) != 0;
        out->is = stmt_int(stmt, 3) != 0;
    }
    stmt_reset(stmt);
    return code;
}

static enum err_code
run_on_seq(struct store *store, const char *sql, int64_t seq, struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code = db_stmt(store->db, sql, &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, seq);
    return stmt_run(stmt, err);
}

static enum err_code
collect_items(struct store *store, int64_t seq, struct item_list *dirty,
              struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum err_code code = db_stmt(
        store->db, "SELECT item FROM subject WHERE seq = ?1", &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, seq);
    code = stmt_step(stmt, &row, err);
    while (code == ERR_OK && row) {
        code = item_list_add(dirty, stmt_int(stmt, 0), err);
        if (code == ERR_OK)
            code = stmt_step(stmt, &row, err);
    }
    stmt_reset(stmt);
    return code;
}

/* Goes down the chain undo of undo of ... to where nothing changes. An undo
 * counts only if it comes later than what it names: that excludes circles. */
enum err_code
derive_undone(struct store *store, const struct uuid *uuid,
              struct item_list *dirty, struct error *err)
{
    static const char set_sql[] = "INSERT INTO undone(seq) VALUES (?1)";
    static const char unset_sql[] = "DELETE FROM undone WHERE seq = ?1";
    struct undo_target target;
    struct uuid at = *uuid;
    enum err_code code = ERR_OK;

    for (bool first = true; code == ERR_OK; first = false) {
        code = find_target(store, &at, &target, err);
        if (code != ERR_OK || target.seq == 0)
            break;
        if (target.was != target.is) {
            code = run_on_seq(store, target.is ? set_sql : unset_sql,
                              target.seq, err);
            if (code == ERR_OK)
                code = collect_items(store, target.seq, dirty, err);
        } else if (!first) {
            break;
        }
        if (!target.is_undo)
            break;
        at = target.undoes;
    }
    return code;
}

static const char acts_sql[] =
    "SELECT a.reviewer, a.kind, a.value, a.span_start, a.span_end, a.at_us,"
    " EXISTS (SELECT 1 FROM undone u WHERE u.seq = a.seq)"
    " FROM subject s JOIN annotation a ON a.seq = s.seq"
    " WHERE s.item = ?1 ORDER BY a.lamport, a.uuid";

struct act_list {
    struct state_act *acts;
    size_t count, cap;
};

static enum err_code
act_of_row(struct stmt *stmt, struct arena *arena, struct state_act *act,
           struct error *err)
{
    if (!annotation_kind_parse(stmt_text(stmt, 1), &act->kind))
        return error_set(err, ERR_FORMAT,
                         "the review store is damaged: an "
                         "annotation of unknown kind");
    act->reviewer = arena_copy(arena, stmt_text(stmt, 0));
    act->value = arena_copy(arena, stmt_text(stmt, 2));
    act->spanned = !stmt_is_null(stmt, 3);
    act->start = stmt_int(stmt, 3);
    act->end = stmt_int(stmt, 4);
    act->at_us = stmt_int(stmt, 5);
    act->undone = stmt_int(stmt, 6) != 0;
    return act->reviewer.ptr && act->value.ptr ? ERR_OK : error_nomem(err);
}

static enum err_code
load_acts(struct store *store, int64_t item, struct act_list *out,
          struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum err_code code = db_stmt(store->db, acts_sql, &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, item);
    code = stmt_step(stmt, &row, err);
    while (code == ERR_OK && row) {
        if (out->count == out->cap) {
            size_t cap = out->cap ? out->cap * 2 : 8;
            struct state_act *more =
                arena_alloc(&store->scratch, cap * sizeof(*more));

            if (!more) {
                code = error_nomem(err);
                break;
            }
            if (out->count)
                memcpy(more, out->acts, out->count * sizeof(*more));
            out->acts = more;
            out->cap = cap;
        }
        code = act_of_row(stmt, &store->scratch, &out->acts[out->count++], err);
        if (code == ERR_OK)
            code = stmt_step(stmt, &row, err);
    }
    stmt_reset(stmt);
    return code;
}

static void
bind_optional(struct stmt *stmt, int at, struct str s)
{
    if (s.len)
        stmt_bind_text(stmt, at, s);
    else
        stmt_bind_null(stmt, at);
}

static enum err_code
write_state(struct store *store, int64_t item, const struct state_of *state,
            int64_t version, struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code =
        db_stmt(store->db,
                "INSERT OR REPLACE INTO state(reviewer, item, verdict, flags,"
                " kinds, tags, span_tags, judged_us, reviewers, version)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_text(stmt, 1,
                   state->reviewer.ptr ? state->reviewer : STR_LIT(""));
    stmt_bind_int(stmt, 2, item);
    bind_optional(stmt, 3, state->verdict);
    stmt_bind_int(stmt, 4, (int64_t)state->flags);
    stmt_bind_int(stmt, 5, (int64_t)state->kinds);
    bind_optional(stmt, 6, state->tags);
    bind_optional(stmt, 7, state->span_tags);
    stmt_bind_int(stmt, 8, state->judged_us);
    stmt_bind_int(stmt, 9, state->reviewers);
    stmt_bind_int(stmt, 10, version);
    return stmt_run(stmt, err);
}

static enum err_code
remove_state(struct store *store, int64_t item, struct str reviewer,
             struct error *err)
{
    struct stmt *stmt = NULL;
    enum err_code code = db_stmt(
        store->db, "DELETE FROM state WHERE reviewer = ?1 AND item = ?2", &stmt,
        err);

    if (code != ERR_OK)
        return code;
    stmt_bind_text(stmt, 1, reviewer);
    stmt_bind_int(stmt, 2, item);
    return stmt_run(stmt, err);
}

enum err_code
derive_load(struct store *store, int64_t item, struct state_set *out,
            struct error *err)
{
    struct act_list acts = {NULL, 0, 0};
    enum err_code code = load_acts(store, item, &acts, err);

    if (code == ERR_OK)
        code = state_derive(acts.acts, acts.count, &store->scratch, out, err);
    return code;
}

static enum err_code
derive_item(struct store *store, int64_t item, int64_t version,
            struct error *err)
{
    struct state_set set = {0};
    enum err_code code = derive_load(store, item, &set, err);

    for (size_t i = 0; i < set.count && code == ERR_OK; i++) {
        const struct state_of *state = &set.reviewers[i];

        code = state_is_blank(state)
                   ? remove_state(store, item, state->reviewer, err)
                   : write_state(store, item, state, 0, err);
    }
    /* The effective row stays, blank or not: it has the version. */
    if (code == ERR_OK)
        code = write_state(store, item, &set.effective, version, err);
    return code;
}

enum err_code
derive_items(struct store *store, struct item_list *items, int64_t version,
             struct error *err)
{
    enum err_code code = ERR_OK;

    item_list_sort_unique(items);
    for (size_t i = 0; i < items->count && code == ERR_OK; i++) {
        arena_reset(&store->scratch);
        code = derive_item(store, items->items[i], version, err);
    }
    return code;
}
