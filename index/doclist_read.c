/* The reader of doclists: finds the page on which a term must be, and goes
 * from there page by page until the terms are past it. It trusts nothing:
 * every number is checked against the page. */
#include "config.h"

#include "doclist_read.h"

#include <stdlib.h>

#include "doclist_page.h"
#include "stet/pool.h"
#include "varint.h"

static const char sql_pages[] = "SELECT id, block FROM fts_data "
                                "WHERE id BETWEEN ?1 AND ?2 ORDER BY id";

struct reader {
    const struct doclist_wanted *wanted;
    struct doclist_key key;

    struct doclist_page page; /* and the term whose doclist is at hand */
    bool matches;             /* the term is wanted */
    bool past;                /* and all that follow are not */
    bool enough;              /* the rest of its rows is not wanted */

    uint64_t row;
    uint64_t left; /* bytes of its position list on the next page */
    uint32_t places;
    uint64_t place; /* the last one told */
};

/* Tell of the places in [at, end). False: damaged. */
static bool
tell_places(struct reader *reader, const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        uint64_t step;

        if (!varint_take(&at, end, &step) || step < 2 ||
            step - 2 > UINT32_MAX - reader->place)
            return false;
        reader->place += step - 2;
        reader->wanted->place(reader->wanted->ctx, (uint32_t)reader->row,
                              (uint32_t)reader->place);
    }
    return true;
}

/* What [*at, end) has of the open position list; tells of the row when that is
 * all of it. A place is a varint, whose last byte is below 128. False: damaged.
 */
static bool
take_places(struct reader *reader, const uint8_t **at, const uint8_t *end)
{
    size_t size = (size_t)(end - *at);

    if (reader->left < size)
        size = (size_t)reader->left;
    if (reader->wanted->places)
        for (size_t i = 0; i < size; i++)
            reader->places += (*at)[i] < 0x80;
    if (reader->wanted->place && !tell_places(reader, *at, *at + size))
        return false;
    reader->left -= size;
    if (reader->left == 0 && reader->wanted->row)
        reader->wanted->row(reader->wanted->ctx, (uint32_t)reader->row,
                            reader->places);
    *at += size;
    return true;
}

/* The part of the doclist at [at, end) of a page: its first row number is
 * absolute. False: damaged. */
static bool
take_rows(struct reader *reader, const uint8_t *at, const uint8_t *end)
{
    bool absolute = true;

    if (reader->left > 0 && at < end && !take_places(reader, &at, end))
        return false;
    while (at < end) {
        uint64_t step;
        uint64_t size;

        if (!varint_take(&at, end, &step) || !varint_take(&at, end, &size))
            return false;
        if (step > UINT32_MAX || size & 1) /* the bit: a deleted row */
            return false;
        reader->row = absolute ? step : reader->row + step;
        absolute = false;
        reader->left = size / 2;
        if (reader->row < 1 || reader->row > reader->wanted->rows ||
            reader->left == 0)
            return false;
        if (reader->wanted->until && reader->row > reader->wanted->until) {
            reader->enough = true;
            reader->left = 0;
            return true;
        }
        reader->places = 0;
        reader->place = 0;
        if (!take_places(reader, &at, end))
            return false;
    }
    return true;
}

static void
compare_term(struct reader *reader)
{
    struct str term = {reader->page.term, reader->page.term_len};
    struct str key = {reader->key.bytes, reader->key.len};

    reader->matches = reader->wanted->prefix ? str_starts_with(term, key)
                                             : str_equal(term, key);
    reader->past = !reader->matches && str_compare(term, key) > 0;
}

static bool
take_page(struct reader *reader, struct str block)
{
    struct doclist_page *page = &reader->page;
    const uint8_t *at;

    if (!doclist_page_start(page, block) ||
        (reader->matches && !reader->enough &&
         !take_rows(reader, page->start + DOCLIST_HEADER, page->next)))
        return false;
    while (page->next < page->doclists) {
        if (reader->left > 0 || !doclist_page_next(page, &at))
            return false;
        compare_term(reader);
        reader->enough = false;
        if (reader->past)
            return true;
        if (reader->matches && !take_rows(reader, at, page->next))
            return false;
    }
    return true;
}

static enum err_code
read_segment(struct reader *reader, struct db *db,
             const struct doclist_segment *segment, struct error *err)
{
    int64_t base = (int64_t)segment->id << 37;
    int64_t page;
    struct stmt *stmt;
    bool more = true;
    enum err_code code =
        doclist_first_page(db, segment, &reader->key, &page, err);

    if (code == ERR_OK)
        code = db_stmt(db, sql_pages, &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, base + page);
    stmt_bind_int(stmt, 2, base + (int64_t)segment->last);
    reader->matches = reader->past = reader->enough = false;
    reader->left = 0;
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
            code = doclist_damaged(err);
            break;
        }
    }
    stmt_reset(stmt);
    if (code == ERR_OK && reader->left > 0)
        code = doclist_damaged(err);
    return code;
}

enum err_code
doclist_read(struct db *db, const struct doclist_wanted *wanted,
             struct error *err)
{
    struct reader reader = {.wanted = wanted};
    struct doclist_segment *segments;
    size_t count = 0;
    enum err_code code;

    if (!doclist_key_make(&reader.key, wanted->term))
        return ERR_OK;
    segments = malloc(DOCLIST_SEGMENTS_MAX * sizeof(*segments));
    if (!segments)
        return error_nomem(err);
    code = doclist_segments(db, segments, &count, err);
    for (size_t i = 0; code == ERR_OK && i < count; i++)
        code = read_segment(&reader, db, &segments[i], err);
    free(segments);
    return code;
}
