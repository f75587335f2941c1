/* Going through many rows in reads of a few milliseconds, and the counts that
 * come of it. Between the steps others may write. */
#include "config.h"

#include "review/store_scan.h"

#include <stdlib.h>

#include "review/day.h"
#include "review/store_private.h"

static enum err_code
one_step(struct store *store, const struct store_steps *steps, int64_t *last,
         int64_t *rows, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum err_code code = db_stmt(store->db, steps->sql, &stmt, err);

    *rows = 0;
    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, *last);
    stmt_bind_int(stmt, 2, CHUNK_ROWS);
    if (steps->bind)
        steps->bind(steps->ctx, stmt);
    code = stmt_step(stmt, &row, err);
    while (code == ERR_OK && row) {
        *last = stmt_int(stmt, 0);
        ++*rows;
        code = steps->row(steps->ctx, stmt, err);
        if (code == ERR_OK)
            code = stmt_step(stmt, &row, err);
    }
    stmt_reset(stmt);
    return code;
}

enum err_code
store_step_through(struct store *store, const struct store_steps *steps,
                   struct error *err)
{
    int64_t last = -1;
    int64_t rows = CHUNK_ROWS;
    enum err_code code = ERR_OK;

    while (code == ERR_OK && rows == CHUNK_ROWS)
        code = one_step(store, steps, &last, &rows, err);
    return code;
}

struct scan {
    struct str reviewer;
    state_visit *visit;
    void *ctx;
};

static void
scan_bind(void *ctx, struct stmt *stmt)
{
    const struct scan *scan = ctx;

    stmt_bind_text(stmt, 3, scan->reviewer.ptr ? scan->reviewer : STR_LIT(""));
}

static enum err_code
scan_row(void *ctx, struct stmt *stmt, struct error *err)
{
    const struct scan *scan = ctx;
    struct state_row row = {
        .item = stmt_int(stmt, 0),
        .verdict = stmt_text(stmt, 1),
        .tags = stmt_text(stmt, 2),
        .span_tags = stmt_text(stmt, 3),
        .flags = (unsigned)stmt_int(stmt, 4),
        .kinds = (uint32_t)stmt_int(stmt, 5),
        .judged_us = stmt_int(stmt, 6),
    };

    return scan->visit(scan->ctx, &row, err);
}

enum err_code
store_scan(struct store *store, struct str reviewer, state_visit *visit,
           void *ctx, struct error *err)
{
    static const char sql[] =
        "SELECT item, verdict, tags, span_tags, flags, kinds, judged_us"
        " FROM state WHERE reviewer = ?3 AND item > ?1"
        " ORDER BY item LIMIT ?2";
    struct scan scan = {reviewer, visit, ctx};
    struct store_steps steps = {sql, scan_bind, scan_row, &scan};

    return store_step_through(store, &steps, err);
}

bool
next_word(struct str list, size_t *at, struct str *word)
{
    size_t end = 0;

    if (*at >= list.len)
        return false;
    end = str_find(list, STR_LIT(" "), *at);
    if (end == SIZE_MAX)
        end = list.len;
    *word = str_slice(list, *at, end);
    *at = end + 1;
    return true;
}

struct counting {
    struct store_counts counts;
    int64_t midnight_us;
};

static enum err_code
count_row(void *ctx, const struct state_row *row, struct error *err)
{
    struct counting *counting = ctx;
    struct store_counts *counts = &counting->counts;

    (void)err;
    counts->items += row->flags != 0 || row->kinds != 0;
    counts->judged += (row->flags & STATE_JUDGED) != 0;
    counts->skipped += (row->flags & STATE_SKIPPED) != 0;
    counts->escalated += (row->flags & STATE_ESCALATED) != 0;
    counts->dropped += (row->flags & STATE_DROPPED) != 0;
    counts->rewritten += (row->flags & STATE_REWRITTEN) != 0;
    counts->sent_back += (row->flags & STATE_SENT_BACK) != 0;
    counts->today += (row->flags & STATE_JUDGED) != 0 &&
                     row->judged_us >= counting->midnight_us;
    return ERR_OK;
}

/* `sql` counts rows of ?1, or of all when it is NULL. */
static enum err_code
count_of(struct store *store, const char *sql, struct str reviewer,
         uint64_t *out, struct error *err)
{
    struct stmt *stmt = NULL;
    bool row = false;
    enum err_code code = db_stmt(store->db, sql, &stmt, err);

    if (code != ERR_OK)
        return code;
    if (reviewer.ptr)
        stmt_bind_text(stmt, 1, reviewer);
    else
        stmt_bind_null(stmt, 1);
    code = stmt_step(stmt, &row, err);
    if (code == ERR_OK && row)
        *out = (uint64_t)stmt_int(stmt, 0);
    stmt_reset(stmt);
    return code;
}

enum err_code
store_count(struct store *store, struct str reviewer, struct store_counts *out,
            struct error *err)
{
    struct counting counting = {{0}, day_start_us(0)};
    enum err_code code = store_scan(store, reviewer, count_row, &counting, err);

    if (code == ERR_OK)
        code = count_of(store,
                        "SELECT count(*) FROM annotation"
                        " WHERE ?1 IS NULL OR reviewer = ?1",
                        reviewer, &counting.counts.annotations, err);
    if (code == ERR_OK)
        code = count_of(store,
                        "SELECT count(*) FROM draft"
                        " WHERE ?1 IS NULL OR reviewer = ?1",
                        reviewer, &counting.counts.drafts, err);
    if (code == ERR_OK)
        *out = counting.counts;
    return code;
}

/* Counts by name, sorted by name while they grow. */
struct tally {
    struct arena *arena;
    struct name_count *names;
    size_t count, cap;
};

static enum err_code
tally_insert(struct tally *tally, size_t at, struct str name, struct error *err)
{
    struct str copy = arena_copy(tally->arena, name);

    if (tally->count == tally->cap) {
        size_t cap = tally->cap ? tally->cap * 2 : 16;
        struct name_count *more =
            arena_alloc(tally->arena, cap * sizeof(*more));

        if (!more)
            return error_nomem(err);
        if (tally->count)
            memcpy(more, tally->names, tally->count * sizeof(*more));
        tally->names = more;
        tally->cap = cap;
    }
    if (!copy.ptr)
        return error_nomem(err);
    memmove(tally->names + at + 1, tally->names + at,
            (tally->count - at) * sizeof(*tally->names));
    tally->names[at] = (struct name_count){copy, 1};
    tally->count++;
    return ERR_OK;
}

static enum err_code
tally_add(struct tally *tally, struct str name, struct error *err)
{
    size_t low = 0;
    size_t high = tally->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_compare(tally->names[middle].name, name);

        if (order == 0) {
            tally->names[middle].count++;
            return ERR_OK;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return tally_insert(tally, low, name, err);
}

static enum err_code
tally_verdict(void *ctx, const struct state_row *row, struct error *err)
{
    return row->verdict.len ? tally_add(ctx, row->verdict, err) : ERR_OK;
}

static bool
has_word(struct str list, struct str wanted)
{
    struct str word = {NULL, 0};

    for (size_t at = 0; next_word(list, &at, &word);)
        if (str_equal(word, wanted))
            return true;
    return false;
}

/* A topic of the document and of its spans counts once. */
static enum err_code
tally_tags(void *ctx, const struct state_row *row, struct error *err)
{
    struct str word = {NULL, 0};
    enum err_code code = ERR_OK;

    for (size_t at = 0; code == ERR_OK && next_word(row->tags, &at, &word);)
        code = tally_add(ctx, word, err);
    for (size_t at = 0;
         code == ERR_OK && next_word(row->span_tags, &at, &word);)
        if (!has_word(row->tags, word))
            code = tally_add(ctx, word, err);
    return code;
}

static int
by_count(const void *a, const void *b)
{
    const struct name_count *x = a;
    const struct name_count *y = b;

    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return str_compare(x->name, y->name);
}

static enum err_code
tally_run(struct store *store, state_visit *visit, struct arena *arena,
          struct name_count **out, size_t *count, struct error *err)
{
    struct tally tally = {arena, NULL, 0, 0};
    enum err_code code = store_scan(store, STR_LIT(""), visit, &tally, err);

    if (code != ERR_OK)
        return code;
    if (tally.count > 1)
        qsort(tally.names, tally.count, sizeof(*tally.names), by_count);
    *out = tally.names;
    *count = tally.count;
    return ERR_OK;
}

enum err_code
store_verdict_counts(struct store *store, struct arena *arena,
                     struct name_count **out, size_t *count, struct error *err)
{
    return tally_run(store, tally_verdict, arena, out, count, err);
}

enum err_code
store_tag_counts(struct store *store, struct arena *arena,
                 struct name_count **out, size_t *count, struct error *err)
{
    return tally_run(store, tally_tags, arena, out, count, err);
}
