/* Finds pages through FTS5's own tables of terms, and takes them apart. */
#include "config.h"

#include "doclist_page.h"

#include "varint.h"

#define STRUCTURE_ID 10

enum { SQL_STRUCTURE, SQL_FIRST, SQL_LAST };
static const char *const sql[] = {
    [SQL_STRUCTURE] = "SELECT block FROM fts_data WHERE id = ?1",
    [SQL_FIRST] = "SELECT pgno FROM fts_idx WHERE segid = ?1 AND term <= ?2 "
                  "ORDER BY term DESC LIMIT 1",
    [SQL_LAST] = "SELECT pgno FROM fts_idx WHERE segid = ?1 AND term > ?2 "
                 "ORDER BY term LIMIT 1",
};

enum err_code
doclist_damaged(struct error *err)
{
    return error_set(err, ERR_FORMAT,
                     "the index's postings are damaged; run "
                     "`stet check --rebuild`");
}

bool
doclist_key_make(struct doclist_key *key, struct str term)
{
    if (term.len >= DOCLIST_TERM_MAX)
        return false;
    key->bytes[0] = '0';
    memcpy(key->bytes + 1, term.ptr, term.len);
    key->len = term.len + 1;
    return true;
}

/* Segments out of the structure record; false: damaged. */
static bool
parse_structure(struct str record, struct doclist_segment *out, size_t *count)
{
    const uint8_t *at = (const uint8_t *)record.ptr + 4; /* the cookie */
    const uint8_t *end = (const uint8_t *)record.ptr + record.len;
    uint64_t levels;
    uint64_t total;
    uint64_t ignored;

    *count = 0;
    if (record.len < 4 || !varint_take(&at, end, &levels) ||
        !varint_take(&at, end, &total) || !varint_take(&at, end, &ignored) ||
        total > DOCLIST_SEGMENTS_MAX)
        return false;
    for (; levels > 0 && *count < total; levels--) {
        uint64_t here;

        if (!varint_take(&at, end, &ignored) || !varint_take(&at, end, &here) ||
            here > total - *count)
            return false;
        for (; here > 0; here--) {
            struct doclist_segment *segment = &out[(*count)++];

            if (!varint_take(&at, end, &segment->id) ||
                !varint_take(&at, end, &segment->first) ||
                !varint_take(&at, end, &segment->last) ||
                segment->id > UINT16_MAX || segment->last > INT32_MAX ||
                segment->first > segment->last)
                return false;
        }
    }
    return *count == total;
}

enum err_code
doclist_segments(struct db *db, struct doclist_segment *out, size_t *count,
                 struct error *err)
{
    struct stmt *stmt;
    bool more = false;
    enum err_code code = db_stmt(db, sql[SQL_STRUCTURE], &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, STRUCTURE_ID);
    code = stmt_step(stmt, &more, err);
    if (code == ERR_OK &&
        (!more || !parse_structure(stmt_text(stmt, 0), out, count)))
        code = doclist_damaged(err);
    stmt_reset(stmt);
    return code;
}

/* The page of a row of FTS5's index of terms; `none` when there is no row. */
static enum err_code
page_by(struct db *db, const char *statement,
        const struct doclist_segment *segment, const struct doclist_key *key,
        int64_t *page, struct error *err)
{
    struct stmt *stmt;
    bool more = false;
    enum err_code code = db_stmt(db, statement, &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, (int64_t)segment->id);
    stmt_bind_blob(stmt, 2, key->bytes, key->len);
    code = stmt_step(stmt, &more, err);
    if (code == ERR_OK && more)
        *page = stmt_int(stmt, 0) / 2;
    stmt_reset(stmt);
    return code;
}

enum err_code
doclist_first_page(struct db *db, const struct doclist_segment *segment,
                   const struct doclist_key *key, int64_t *page,
                   struct error *err)
{
    *page = (int64_t)segment->first;
    return page_by(db, sql[SQL_FIRST], segment, key, page, err);
}

enum err_code
doclist_last_page(struct db *db, const struct doclist_segment *segment,
                  const struct doclist_key *key, int64_t *page,
                  struct error *err)
{
    *page = (int64_t)segment->last;
    return page_by(db, sql[SQL_LAST], segment, key, page, err);
}

/* The footer's next entry: where a term begins, or the end of all. */
static bool
next_place(struct doclist_page *page)
{
    uint64_t step;

    if (page->footer == page->end) {
        page->next = page->doclists;
        return true;
    }
    if (!varint_take(&page->footer, page->end, &step) ||
        step > (uint64_t)(page->doclists - page->start) ||
        (uint64_t)(page->next - page->start) + step < DOCLIST_HEADER ||
        (uint64_t)(page->next - page->start) + step >=
            (uint64_t)(page->doclists - page->start))
        return false;
    page->next += step;
    return true;
}

bool
doclist_page_start(struct doclist_page *page, struct str block)
{
    page->start = (const uint8_t *)block.ptr;
    page->end = page->start + block.len;
    if (block.len < DOCLIST_HEADER)
        return false;
    page->doclists =
        page->start + ((size_t)page->start[2] << 8 | page->start[3]);
    page->footer = page->doclists;
    page->next = page->start;
    page->whole = true;
    page->term_len = 0;
    return page->doclists >= page->start + DOCLIST_HEADER &&
           page->doclists <= page->end && next_place(page);
}

bool
doclist_page_next(struct doclist_page *page, const uint8_t **at)
{
    uint64_t shared = 0;
    uint64_t further;

    *at = page->next;
    if (!next_place(page) ||
        (!page->whole && !varint_take(at, page->next, &shared)) ||
        !varint_take(at, page->next, &further))
        return false;
    if (shared > page->term_len || further > DOCLIST_TERM_MAX - shared ||
        further > (uint64_t)(page->next - *at))
        return false;
    memcpy(page->term + shared, *at, (size_t)further);
    page->term_len = (size_t)(shared + further);
    page->whole = false;
    *at += further;
    return true;
}
