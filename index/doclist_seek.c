/* A cursor over a doclist that skips pages. Each page says where its first row
 * number is, which stands there in full: so pages can be compared with a row
 * without reading what lies between them. */
#include "config.h"

#include "doclist_seek.h"

#include <stdlib.h>

#include "doclist_page.h"
#include "varint.h"

static const char sql_page[] = "SELECT block FROM fts_data WHERE id = ?1";

/* The doclist's share of one segment. */
struct cursor {
    int64_t base;
    int64_t page, last; /* the page at hand; the last one it may reach into */
    struct buf block;   /* the page's bytes */
    const uint8_t *at;  /* the next row, or the rest of the open list, */
    const uint8_t *end; /* up to here */
    bool absolute;      /* the next row number is written in full */
    bool over;          /* no rows are left */
    uint64_t row;       /* whose position list is open; 0: none yet */
    uint64_t left;      /* bytes of it that are ahead */
};

struct doclist_seek {
    struct db *db;
    uint32_t rows;
    struct cursor *cursors;
    size_t count;
    uint32_t row; /* that `places` are of; 0: none */
    uint32_t *places;
    size_t place_count, place_cap;
};

static enum err_code
read_page(struct doclist_seek *seek, int64_t id, struct buf *block,
          struct error *err)
{
    struct stmt *stmt;
    bool more = false;
    enum err_code code = db_stmt(seek->db, sql_page, &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, id);
    code = stmt_step(stmt, &more, err);
    if (code == ERR_OK && !more)
        code = doclist_damaged(err);
    buf_clear(block);
    if (code == ERR_OK)
        code = buf_append_str(block, stmt_text(stmt, 0), err);
    stmt_reset(stmt);
    return code;
}

/* Go on at the start of page `number`, of which the doclist has the part before
 * the first term. */
static enum err_code
load_page(struct doclist_seek *seek, struct cursor *cursor, int64_t number,
          struct error *err)
{
    struct doclist_page page;
    enum err_code code =
        read_page(seek, cursor->base + number, &cursor->block, err);

    if (code != ERR_OK)
        return code;
    if (!doclist_page_start(&page, buf_str(&cursor->block)))
        return doclist_damaged(err);
    cursor->page = number;
    cursor->at = page.start + DOCLIST_HEADER;
    cursor->end = page.next;
    cursor->absolute = true;
    return ERR_OK;
}

/* Where the first row number of a page is, in its part of the doclist; false:
 * it has none. */
static bool
first_row(struct str block, size_t *at, uint64_t *row)
{
    const uint8_t *start = (const uint8_t *)block.ptr;
    const uint8_t *from;

    if (block.len < DOCLIST_HEADER)
        return false;
    *at = (size_t)start[0] << 8 | start[1];
    if (*at < DOCLIST_HEADER || *at >= block.len)
        return false;
    from = start + *at;
    return varint_take(&from, start + block.len, row);
}

/* The first row number at or after page *number; *number > last: there is none
 * up to there. */
static enum err_code
look_at(struct doclist_seek *seek, const struct cursor *cursor, int64_t last,
        int64_t *number, uint64_t *row, struct error *err)
{
    enum err_code code = ERR_OK;

    for (; *number <= last; ++*number) {
        struct stmt *stmt;
        bool more = false;
        bool found;
        size_t at;

        code = db_stmt(seek->db, sql_page, &stmt, err);
        if (code != ERR_OK)
            break;
        stmt_bind_int(stmt, 1, cursor->base + *number);
        code = stmt_step(stmt, &more, err);
        found =
            code == ERR_OK && more && first_row(stmt_text(stmt, 0), &at, row);
        stmt_reset(stmt);
        if (code != ERR_OK || found)
            break;
    }
    return code;
}

/* Stand on the first row number of the last page whose first is not over `row`;
 * when all are, on that of the next page that has one. */
static enum err_code
gallop(struct doclist_seek *seek, struct cursor *cursor, uint64_t row,
       struct error *err)
{
    int64_t best = 0; /* a page that is not past it */
    int64_t low = cursor->page + 1;
    int64_t high = cursor->last + 1; /* past it from here on */
    int64_t step = 1;
    int64_t page = low;
    size_t at = 0;
    uint64_t first = 0;
    enum err_code code = ERR_OK;

    while (code == ERR_OK && low < high) {
        int64_t asked = page;

        code = look_at(seek, cursor, high - 1, &page, &first, err);
        if (code != ERR_OK)
            break;
        if (page >= high || first > row) {
            high = asked;
            step = 0; /* from now on by halves */
        } else {
            best = page;
            low = page + 1;
            step *= 2;
        }
        page = step > 0 && low + step - 1 < high ? low + step - 1
                                                 : low + (high - low) / 2;
    }
    page = best ? best : high;
    if (code == ERR_OK)
        code = look_at(seek, cursor, cursor->last, &page, &first, err);
    if (code != ERR_OK)
        return code;
    if (page > cursor->last) {
        cursor->over = true;
        return ERR_OK;
    }
    code = load_page(seek, cursor, page, err);
    if (code == ERR_OK &&
        (!first_row(buf_str(&cursor->block), &at, &first) ||
         at > (size_t)(cursor->end - (const uint8_t *)cursor->block.ptr)))
        code = doclist_damaged(err); /* it is behind the doclist */
    if (code == ERR_OK)
        cursor->at = (const uint8_t *)cursor->block.ptr + at;
    cursor->left = 0;
    return code;
}

/* The next row of the page; *found false: it has no more. */
static bool
next_row(const struct doclist_seek *seek, struct cursor *cursor, bool *found)
{
    uint64_t step;
    uint64_t size;

    *found = false;
    if (cursor->left > (uint64_t)(cursor->end - cursor->at)) {
        cursor->at = cursor->end;
        return true;
    }
    cursor->at += cursor->left;
    cursor->left = 0;
    if (cursor->at == cursor->end)
        return true;
    if (!varint_take(&cursor->at, cursor->end, &step) ||
        !varint_take(&cursor->at, cursor->end, &size) || step > UINT32_MAX ||
        size & 1 || size < 2)
        return false;
    cursor->row = cursor->absolute ? step : cursor->row + step;
    cursor->absolute = false;
    cursor->left = size / 2;
    *found = true;
    return cursor->row >= 1 && cursor->row <= seek->rows;
}

/* Stand on the first row at or after `row`. */
static enum err_code
seek_to(struct doclist_seek *seek, struct cursor *cursor, uint32_t row,
        struct error *err)
{
    enum err_code code = ERR_OK;

    while (code == ERR_OK && !cursor->over && cursor->row < row) {
        bool found;

        if (!next_row(seek, cursor, &found))
            return doclist_damaged(err);
        if (found)
            continue;
        if (cursor->page >= cursor->last)
            cursor->over = true;
        else
            code = gallop(seek, cursor, row, err);
    }
    return code;
}

static enum err_code
add_place(struct doclist_seek *seek, uint32_t place, struct error *err)
{
    if (seek->place_count == seek->place_cap) {
        size_t cap = seek->place_cap ? seek->place_cap * 2 : 256;
        uint32_t *list = realloc(seek->places, cap * sizeof(*list));

        if (!list)
            return error_nomem(err);
        seek->places = list;
        seek->place_cap = cap;
    }
    seek->places[seek->place_count++] = place;
    return ERR_OK;
}

static enum err_code
read_places(struct doclist_seek *seek, struct cursor *cursor, struct error *err)
{
    uint64_t place = 0;
    enum err_code code = ERR_OK;

    while (code == ERR_OK && cursor->left > 0) {
        const uint8_t *from = cursor->at;
        uint64_t step;

        if (cursor->at == cursor->end) {
            code = cursor->page < cursor->last
                       ? load_page(seek, cursor, cursor->page + 1, err)
                       : doclist_damaged(err);
            continue;
        }
        if (!varint_take(&cursor->at, cursor->end, &step) || step < 2 ||
            step - 2 > UINT32_MAX - place ||
            (uint64_t)(cursor->at - from) > cursor->left)
            return doclist_damaged(err);
        cursor->left -= (uint64_t)(cursor->at - from);
        place += step - 2;
        code = add_place(seek, (uint32_t)place, err);
    }
    return code;
}

enum err_code
doclist_seek_row(struct doclist_seek *seek, uint32_t row,
                 const uint32_t **places, size_t *count, struct error *err)
{
    enum err_code code = ERR_OK;

    if (row != seek->row)
        seek->place_count = 0;
    for (size_t i = 0; row != seek->row && i < seek->count; i++) {
        struct cursor *cursor = &seek->cursors[i];

        code = seek_to(seek, cursor, row, err);
        if (code == ERR_OK && cursor->row == row && !cursor->over)
            code = read_places(seek, cursor, err);
        if (code != ERR_OK)
            return code;
    }
    seek->row = row;
    *places = seek->places;
    *count = seek->place_count;
    return ERR_OK;
}

enum err_code
doclist_seek_next(struct doclist_seek *seek, uint32_t from, uint32_t *row,
                  const uint32_t **places, size_t *count, struct error *err)
{
    uint64_t least = UINT64_MAX;

    for (size_t i = 0; i < seek->count; i++) {
        struct cursor *cursor = &seek->cursors[i];
        enum err_code code = seek_to(seek, cursor, from, err);

        if (code != ERR_OK)
            return code;
        if (!cursor->over && cursor->row < least)
            least = cursor->row;
    }
    *row = least <= seek->rows ? (uint32_t)least : 0;
    *count = 0;
    return *row ? doclist_seek_row(seek, *row, places, count, err) : ERR_OK;
}

/* Find the term's doclist in a segment. */
static enum err_code
start(struct doclist_seek *seek, const struct doclist_segment *segment,
      const struct doclist_key *key, struct cursor *cursor, struct error *err)
{
    struct doclist_page page;
    int64_t first;
    enum err_code code =
        doclist_first_page(seek->db, segment, key, &first, err);

    *cursor = (struct cursor){.base = (int64_t)segment->id << 37,
                              .page = first,
                              .absolute = true,
                              .over = true};
    if (code == ERR_OK)
        code = doclist_last_page(seek->db, segment, key, &cursor->last, err);
    if (code == ERR_OK)
        code = read_page(seek, cursor->base + first, &cursor->block, err);
    if (code != ERR_OK)
        return code;
    if (!doclist_page_start(&page, buf_str(&cursor->block)))
        return doclist_damaged(err);
    while (page.next < page.doclists) {
        int order;

        if (!doclist_page_next(&page, &cursor->at))
            return doclist_damaged(err);
        order = str_compare((struct str){page.term, page.term_len},
                            (struct str){key->bytes, key->len});
        if (order > 0)
            break;
        if (order < 0)
            continue;
        cursor->end = page.next;
        cursor->over = false;
        if (page.next < page.doclists)
            cursor->last = first; /* another term follows it */
        break;
    }
    return ERR_OK;
}

enum err_code
doclist_seek_new(struct doclist_seek **out, struct db *db, struct str term,
                 uint32_t rows, struct error *err)
{
    struct doclist_segment *segments =
        malloc(DOCLIST_SEGMENTS_MAX * sizeof(*segments));
    struct doclist_seek *seek = calloc(1, sizeof(*seek));
    struct doclist_key key;
    size_t count = 0;
    enum err_code code = segments && seek ? ERR_OK : error_nomem(err);

    if (code == ERR_OK && doclist_key_make(&key, term)) {
        seek->db = db;
        seek->rows = rows;
        code = doclist_segments(db, segments, &count, err);
    }
    if (code == ERR_OK && count > 0) {
        seek->cursors = calloc(count, sizeof(*seek->cursors));
        if (!seek->cursors)
            code = error_nomem(err);
    }
    for (; code == ERR_OK && seek->count < count; seek->count++)
        code = start(seek, &segments[seek->count], &key,
                     &seek->cursors[seek->count], err);
    free(segments);
    if (code == ERR_OK)
        *out = seek;
    else
        doclist_seek_free(seek);
    return code;
}

void
doclist_seek_free(struct doclist_seek *seek)
{
    if (!seek)
        return;
    for (size_t i = 0; i < seek->count; i++)
        buf_release(&seek->cursors[i].block);
    free(seek->cursors);
    free(seek->places);
    free(seek);
}
