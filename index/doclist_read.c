/* The reader of doclists: finds the page on which a term must be, and goes
 * from there page by page until the terms are past it. It trusts nothing:
 * every number is checked against the page. */
#include "config.h"

#include "doclist_read.h"

#include <stdlib.h>

#include "stet/pool.h"
#include "stet/tokenizer.h"
#include "varint.h"

#define HEADER 4u
#define TERM_MAX (1 + TOKENIZER_TOKEN_MAX_CP * 4)
#define STRUCTURE_ID 10
#define SEGMENTS_MAX 2000u /* FTS5's own limit */

enum { SQL_STRUCTURE, SQL_START, SQL_PAGES };
static const char *const sql[] = {
    [SQL_STRUCTURE] = "SELECT block FROM fts_data WHERE id = ?1",
    [SQL_START] = "SELECT pgno FROM fts_idx WHERE segid = ?1 AND term <= ?2 "
                  "ORDER BY term DESC LIMIT 1",
    [SQL_PAGES] = "SELECT id, block FROM fts_data WHERE id BETWEEN ?1 AND ?2 "
                  "ORDER BY id",
};

struct reader {
    const struct doclist_wanted *wanted;
    char key[TERM_MAX]; /* the wanted term with its prefix byte */
    size_t key_len;

    char term[TERM_MAX]; /* whose doclist is at hand */
    size_t term_len;
    bool matches; /* the term is wanted */
    bool past;    /* and all that follow are not */

    uint64_t row;
    uint64_t left; /* bytes of its position list on the next page */
    uint32_t places;
};

static enum err_code
damaged(struct error *err)
{
    return error_set(err, ERR_FORMAT,
                     "the index's postings are damaged; run "
                     "`stet check --rebuild`");
}

/* The next varint of [*at, end); false: it does not end there. */
static bool
take_varint(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
    size_t room = (size_t)(end - *at);

    if (room < VARINT_MAX) {
        size_t size = 1;

        while (size <= room && (*at)[size - 1] & 0x80)
            size++;
        if (size > room)
            return false;
    }
    *at += varint_get(*at, value);
    return true;
}

/* What [at, end) has of the open position list; tells of the row when that is
 * all of it. A place is a varint, whose last byte is below 128. */
static const uint8_t *
take_places(struct reader *reader, const uint8_t *at, const uint8_t *end)
{
    size_t size = (size_t)(end - at);

    if (reader->left < size)
        size = (size_t)reader->left;
    if (reader->wanted->places)
        for (size_t i = 0; i < size; i++)
            reader->places += at[i] < 0x80;
    reader->left -= size;
    if (reader->left == 0) {
        reader->wanted->row(reader->wanted->ctx, (uint32_t)reader->row,
                            reader->places);
        reader->places = 0;
    }
    return at + size;
}

/* The part of the doclist at [at, end) of a page: its first row number is
 * absolute. False: damaged. */
static bool
take_rows(struct reader *reader, const uint8_t *at, const uint8_t *end)
{
    bool absolute = true;

    if (reader->left > 0 && at < end)
        at = take_places(reader, at, end);
    while (at < end) {
        uint64_t step;
        uint64_t size;

        if (!take_varint(&at, end, &step) || !take_varint(&at, end, &size))
            return false;
        if (step > UINT32_MAX || size & 1) /* the bit: a deleted row */
            return false;
        reader->row = absolute ? step : reader->row + step;
        absolute = false;
        reader->left = size / 2;
        if (reader->row < 1 || reader->row > reader->wanted->rows ||
            reader->left == 0)
            return false;
        at = take_places(reader, at, end);
    }
    return true;
}

/* The term at *at, stored whole or by what it shares with the last one.
 * False: damaged. */
static bool
take_term(struct reader *reader, bool whole, const uint8_t **at,
          const uint8_t *end)
{
    uint64_t shared = 0;
    uint64_t further;

    if ((!whole && !take_varint(at, end, &shared)) ||
        !take_varint(at, end, &further))
        return false;
    if (shared > reader->term_len || further > TERM_MAX - shared ||
        further > (uint64_t)(end - *at))
        return false;
    memcpy(reader->term + shared, *at, (size_t)further);
    reader->term_len = (size_t)(shared + further);
    *at += further;
    return true;
}

static void
compare_term(struct reader *reader)
{
    struct str term = {reader->term, reader->term_len};
    struct str key = {reader->key, reader->key_len};

    reader->matches = reader->wanted->prefix ? str_starts_with(term, key)
                                             : str_equal(term, key);
    reader->past = !reader->matches && str_compare(term, key) > 0;
}

/* The footer's next entry: where a term begins, or the end of all. False:
 * damaged. */
static bool
next_term(const uint8_t *page, const uint8_t *doclists, const uint8_t **footer,
          const uint8_t *end, const uint8_t **out)
{
    uint64_t step;

    if (*footer == end) {
        *out = doclists;
        return true;
    }
    if (!take_varint(footer, end, &step) ||
        step > (uint64_t)(doclists - page) ||
        (uint64_t)(*out - page) + step < HEADER ||
        (uint64_t)(*out - page) + step >= (uint64_t)(doclists - page))
        return false;
    *out += step;
    return true;
}

static bool
take_page(struct reader *reader, struct str block)
{
    const uint8_t *page = (const uint8_t *)block.ptr;
    const uint8_t *end = page + block.len;
    const uint8_t *at = page + HEADER;
    const uint8_t *doclists;
    const uint8_t *footer;
    const uint8_t *next = page;
    bool whole = true;

    if (block.len < HEADER)
        return false;
    doclists = page + ((size_t)page[2] << 8 | page[3]);
    footer = doclists;
    if (doclists < at || doclists > end ||
        !next_term(page, doclists, &footer, end, &next) ||
        (reader->matches && !take_rows(reader, at, next)))
        return false;
    while (next < doclists) {
        at = next;
        if (reader->left > 0 ||
            !next_term(page, doclists, &footer, end, &next) ||
            !take_term(reader, whole, &at, next))
            return false;
        whole = false;
        compare_term(reader);
        if (reader->past)
            return true;
        if (reader->matches && !take_rows(reader, at, next))
            return false;
    }
    return true;
}

/* The page from which on the term may be. */
static enum err_code
find_start(const struct reader *reader, struct db *db, int64_t segment,
           int64_t *page, struct error *err)
{
    struct stmt *stmt;
    bool more = false;
    enum err_code code = db_stmt(db, sql[SQL_START], &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, segment);
    stmt_bind_blob(stmt, 2, reader->key, reader->key_len);
    code = stmt_step(stmt, &more, err);
    if (code == ERR_OK && more)
        *page = stmt_int(stmt, 0) / 2;
    stmt_reset(stmt);
    return code;
}

struct segment {
    uint64_t id, first, last; /* pages */
};

static enum err_code
read_segment(struct reader *reader, struct db *db,
             const struct segment *segment, struct error *err)
{
    int64_t base = (int64_t)segment->id << 37;
    int64_t page = (int64_t)segment->first;
    struct stmt *stmt;
    bool more = true;
    enum err_code code =
        find_start(reader, db, (int64_t)segment->id, &page, err);

    if (code == ERR_OK)
        code = db_stmt(db, sql[SQL_PAGES], &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, base + page);
    stmt_bind_int(stmt, 2, base + (int64_t)segment->last);
    reader->matches = reader->past = false;
    reader->term_len = 0;
    reader->left = 0;
    reader->places = 0;
    while (!reader->past) {
        if (cancel_is_set(reader->wanted->cancel))
            code = error_set(err, ERR_CANCELLED, "%s",
                             err_code_text(ERR_CANCELLED));
        else
            code = stmt_step(stmt, &more, err);
        if (code != ERR_OK || !more)
            break;
        if (stmt_int(stmt, 0) != base + page++ ||
            !take_page(reader, stmt_text(stmt, 1))) {
            code = damaged(err);
            break;
        }
    }
    stmt_reset(stmt);
    if (code == ERR_OK && reader->left > 0)
        code = damaged(err);
    return code;
}

/* Segments out of the structure record; false: damaged. */
static bool
parse_structure(struct str record, struct segment *out, size_t *count)
{
    const uint8_t *at = (const uint8_t *)record.ptr + 4; /* the cookie */
    const uint8_t *end = (const uint8_t *)record.ptr + record.len;
    uint64_t levels;
    uint64_t total;
    uint64_t ignored;

    *count = 0;
    if (record.len < 4 || !take_varint(&at, end, &levels) ||
        !take_varint(&at, end, &total) || !take_varint(&at, end, &ignored) ||
        total > SEGMENTS_MAX)
        return false;
    for (; levels > 0 && *count < total; levels--) {
        uint64_t here;

        if (!take_varint(&at, end, &ignored) || !take_varint(&at, end, &here) ||
            here > total - *count)
            return false;
        for (; here > 0; here--) {
            struct segment *segment = &out[(*count)++];

            if (!take_varint(&at, end, &segment->id) ||
                !take_varint(&at, end, &segment->first) ||
                !take_varint(&at, end, &segment->last) ||
                segment->id > UINT16_MAX || segment->last > INT32_MAX ||
                segment->first > segment->last)
                return false;
        }
    }
    return *count == total;
}

static enum err_code
load_structure(struct db *db, struct segment *out, size_t *count,
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
        code = damaged(err);
    stmt_reset(stmt);
    return code;
}

enum err_code
doclist_read(struct db *db, const struct doclist_wanted *wanted,
             struct error *err)
{
    struct reader reader = {.wanted = wanted};
    struct segment *segments;
    size_t count = 0;
    enum err_code code;

    if (wanted->term.len >= TERM_MAX) /* no word is as long */
        return ERR_OK;
    segments = malloc(SEGMENTS_MAX * sizeof(*segments));
    if (!segments)
        return error_nomem(err);
    reader.key[0] = '0';
    memcpy(reader.key + 1, wanted->term.ptr, wanted->term.len);
    reader.key_len = wanted->term.len + 1;
    code = load_structure(db, segments, &count, err);
    for (size_t i = 0; code == ERR_OK && i < count; i++)
        code = read_segment(&reader, db, &segments[i], err);
    free(segments);
    return code;
}
