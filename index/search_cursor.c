/* Rows of an FTS5 expression. FTS5 has no "next row from here on" in SQL: near
 * rows are stepped over, for far ones the query is begun anew with a lower
 * bound, from which FTS5 skips. */
#include "config.h"

#include "search_eval.h"
#include "stet/db.h"

/* Beginning anew costs 15 us, about as much as this many rows. */
#define STEPS_PLAIN 200u
#define STEPS_RANKED 10u

struct cursor
cursor_on(const struct search *search, unsigned partition,
          struct str expression)
{
    uint32_t first;
    uint32_t end;

    index_partition_range(search->index, partition, &first, &end);
    return (struct cursor){.db = index_partition_db(search->index, partition),
                           .expression = expression,
                           .rows = (int64_t)(end - first)};
}

void
cursor_close(struct cursor *cursor)
{
    stmt_free(cursor->stmt);
    cursor->stmt = NULL;
}

static enum err_code
step(struct cursor *cursor, struct error *err)
{
    bool more = false;
    enum err_code code = stmt_step(cursor->stmt, &more, err);

    if (code != ERR_OK)
        return code;
    if (!more) {
        cursor->row = INT64_MAX;
        stmt_reset(cursor->stmt);
        return ERR_OK;
    }
    cursor->row = stmt_int(cursor->stmt, 0);
    if (cursor->row < 1 || cursor->row > cursor->rows)
        return error_set(err, ERR_FORMAT,
                         "the index names a document that it does not have; "
                         "run `stet check`");
    return ERR_OK;
}

static enum err_code
begin_at(struct cursor *cursor, int64_t row, struct error *err)
{
    enum err_code code = ERR_OK;

    if (!cursor->stmt && cursor->weights.len > 0)
        code = db_prepare(cursor->db,
                          "SELECT rowid, stet_bm25(fts, ?3) FROM fts"
                          " WHERE fts MATCH ?1 AND rowid >= ?2",
                          &cursor->stmt, err);
    else if (!cursor->stmt)
        code = db_prepare(
            cursor->db,
            "SELECT rowid FROM fts WHERE fts MATCH ?1 AND rowid >= ?2",
            &cursor->stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_reset(cursor->stmt);
    stmt_bind_text(cursor->stmt, 1, cursor->expression);
    stmt_bind_int(cursor->stmt, 2, row);
    if (cursor->weights.len > 0)
        stmt_bind_blob(cursor->stmt, 3, cursor->weights.ptr,
                       cursor->weights.len);
    return step(cursor, err);
}

enum err_code
cursor_seek(struct cursor *cursor, int64_t target, struct error *err)
{
    unsigned steps = cursor->weights.len > 0 ? STEPS_RANKED : STEPS_PLAIN;
    enum err_code code = ERR_OK;

    if (!cursor->stmt)
        return begin_at(cursor, target, err);
    for (unsigned i = 0; code == ERR_OK && cursor->row < target && i < steps;
         i++)
        code = step(cursor, err);
    if (code == ERR_OK && cursor->row < target)
        code = begin_at(cursor, target, err);
    return code;
}

double
cursor_bm25(const struct cursor *cursor)
{
    return stmt_double(cursor->stmt, 1);
}

enum err_code
cursor_match(struct cursor *cursor, const struct stretch *at,
             const struct bits *candidates, struct bits *out, struct error *err)
{
    uint32_t doc = bits_next(candidates, 0);
    uint32_t first;
    uint32_t end;
    int64_t base;
    enum err_code code = ERR_OK;

    index_partition_range(at->search->index, at->partition, &first, &end);
    base = (int64_t)(at->first - first) + 1; /* row of the stretch's first */
    while (code == ERR_OK && doc != UINT32_MAX) {
        code = cursor_seek(cursor, base + doc, err);
        if (code != ERR_OK || cursor->row >= base + candidates->count)
            break;
        doc = (uint32_t)(cursor->row - base);
        if (bits_get(candidates, doc))
            bits_set(out, doc++);
        doc = bits_next(candidates, doc);
    }
    return code;
}
