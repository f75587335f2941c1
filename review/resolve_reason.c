/* Items whose standing annotations gave a reason that matches: a pattern for
 * the whole reason, or a part of it, ASCII case ignored; or a failure's. */
#include "config.h"

#include "review/resolve_private.h"
#include "review/store_scan.h"
#include "stet/failure.h"

static void
lower_ascii(struct buf *out, struct str s)
{
    xbuf_append_str(out, s);
    for (size_t i = 0; i < out->len; i++)
        if (out->ptr[i] >= 'A' && out->ptr[i] <= 'Z')
            out->ptr[i] = (char)(out->ptr[i] + ('a' - 'A'));
}

struct reasons {
    struct str reviewer; /* empty: anyone */
    struct str failure;  /* or else: */
    struct buf pattern, lowered;
    struct item_list seqs;
};

static void
bind_reason(void *ctx, struct stmt *stmt)
{
    const struct reasons *reasons = ctx;

    if (reasons->reviewer.len)
        stmt_bind_text(stmt, 3, reasons->reviewer);
    else
        stmt_bind_null(stmt, 3);
}

static bool
is_wanted(struct reasons *reasons, struct str reason)
{
    struct str pattern = buf_str(&reasons->pattern);
    struct str id;

    if (reasons->failure.ptr) {
        id = failure_of_reason(reason);
        return id.ptr && str_equal(id, reasons->failure);
    }
    buf_clear(&reasons->lowered);
    lower_ascii(&reasons->lowered, reason);
    return str_is_glob(pattern)
               ? str_glob(pattern, buf_str(&reasons->lowered))
               : str_find(buf_str(&reasons->lowered), pattern, 0) != SIZE_MAX;
}

static enum err_code
reason_row(void *ctx, struct stmt *stmt, struct error *err)
{
    struct reasons *reasons = ctx;

    return is_wanted(reasons, stmt_text(stmt, 1))
               ? item_list_add(&reasons->seqs, stmt_int(stmt, 0), err)
               : ERR_OK;
}

static enum err_code
add_subjects(struct store *store, int64_t seq, struct item_list *items,
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
        code = item_list_add(items, stmt_int(stmt, 0), err);
        if (code == ERR_OK)
            code = stmt_step(stmt, &row, err);
    }
    stmt_reset(stmt);
    return code;
}

static enum err_code
find(struct resolver *resolver, struct reasons *reasons,
     struct item_list *items, struct error *err)
{
    struct store_steps steps = {
        "SELECT a.seq, a.reason FROM annotation a"
        " WHERE a.seq > ?1 AND a.reason IS NOT NULL"
        " AND (?3 IS NULL OR a.reviewer = ?3)"
        " AND NOT EXISTS (SELECT 1 FROM undone u WHERE u.seq = a.seq)"
        " ORDER BY a.seq LIMIT ?2",
        bind_reason, reason_row, reasons};
    enum err_code code = store_step_through(resolver->store, &steps, err);

    for (size_t i = 0; i < reasons->seqs.count && code == ERR_OK; i++)
        code =
            add_subjects(resolver->store, reasons->seqs.items[i], items, err);
    item_list_release(&reasons->seqs);
    buf_release(&reasons->pattern);
    buf_release(&reasons->lowered);
    return code;
}

enum err_code
resolve_reason(struct resolver *resolver, struct str pattern,
               struct str reviewer, struct item_list *items, struct error *err)
{
    struct reasons reasons = {.reviewer = reviewer};

    lower_ascii(&reasons.pattern, pattern);
    return find(resolver, &reasons, items, err);
}

enum err_code
resolve_failure(struct resolver *resolver, struct str id, struct str reviewer,
                struct item_list *items, struct error *err)
{
    struct reasons reasons = {.reviewer = reviewer, .failure = id};

    return find(resolver, &reasons, items, err);
}
