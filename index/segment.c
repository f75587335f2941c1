/* The segment writer: fills pages term by term and writes each when it is
 * full. Page breaks are exactly FTS5's own when it writes out all of a table
 * at once, so its tables can be compared with these byte for byte. */
#include "config.h"

#include "segment.h"

#include <stdlib.h>

#include "doclist_index.h"
#include "stet/tokenizer.h"
#include "stet/xalloc.h"
#include "varint.h"

#define SEGMENT 1u
#define HEADER 4u
#define PAGE_ROOM 8192u /* the last thing on a page may end behind its size */
#define TERM_MAX (1 + TOKENIZER_TOKEN_MAX_CP * 4)
#define AVERAGES_ID 1
#define STRUCTURE_ID 10
#define INDEX_MIN 4u /* pages without a term that are worth an index */

enum { SQL_PAGE, SQL_RECORD, SQL_KEY, SQL_SIZE };
static const char *const sql[] = {
    [SQL_PAGE] = "INSERT INTO fts_data(id, block) VALUES(?1, ?2)",
    [SQL_RECORD] = "REPLACE INTO fts_data(id, block) VALUES(?1, ?2)",
    [SQL_KEY] = "INSERT INTO fts_idx(segid, term, pgno) VALUES(?1, ?2, ?3)",
    [SQL_SIZE] = "INSERT INTO fts_docsize(id, sz) VALUES(?1, ?2)",
};

struct segment_writer {
    struct db *db;
    size_t page_size;
    uint32_t number; /* of the page being filled */
    uint8_t page[PAGE_ROOM];
    size_t used; /* with the header */
    uint8_t footer[PAGE_ROOM];
    size_t footer_used;
    size_t term_at; /* of the page's last term; 0: none yet */
    bool has_term;
    bool wants_row; /* no row number on the page, nor a term */
    uint64_t last_row;

    char term[TERM_MAX]; /* the last one, with its prefix */
    size_t term_len;

    uint32_t key_page; /* the last page that has a term; 0: none */
    char key[TERM_MAX];
    size_t key_len;
    uint32_t pages_without; /* a term, since then */
    struct doclist_index *index;
};

struct segment_writer *
segment_writer_new(struct db *db, size_t page_size)
{
    struct segment_writer *writer = xcalloc(1, sizeof(*writer));

    writer->db = db;
    writer->page_size = page_size;
    writer->number = 1;
    writer->used = HEADER;
    writer->wants_row = true;
    writer->key_page = 1;
    writer->index = doclist_index_new(SEGMENT, page_size);
    return writer;
}

void
segment_writer_free(struct segment_writer *writer)
{
    if (!writer)
        return;
    doclist_index_free(writer->index);
    free(writer);
}

static enum err_code
write_row(struct db *db, const char *statement, int64_t id, struct str block,
          struct error *err)
{
    struct stmt *stmt;
    enum err_code code = db_stmt(db, statement, &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, id);
    stmt_bind_blob(stmt, 2, block.ptr, block.len);
    return stmt_run(stmt, err);
}

static void
put_u16(uint8_t *out, size_t value)
{
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
}

static size_t
page_fill(const struct segment_writer *writer)
{
    return writer->used + writer->footer_used;
}

static void
put_varint(struct segment_writer *writer, uint64_t value)
{
    writer->used += varint_put(writer->page + writer->used, value);
}

static void
put_bytes(struct segment_writer *writer, const char *ptr, size_t len)
{
    memcpy(writer->page + writer->used, ptr, len);
    writer->used += len;
}

static enum err_code
flush_page(struct segment_writer *writer, struct error *err)
{
    int64_t id = ((int64_t)SEGMENT << 37) + writer->number;
    enum err_code code;

    put_u16(writer->page + 2, writer->used);
    if (writer->has_term) {
        memcpy(writer->page + writer->used, writer->footer,
               writer->footer_used);
        writer->used += writer->footer_used;
    } else {
        if (writer->wants_row)
            doclist_index_skip(writer->index);
        writer->pages_without++;
    }
    code =
        write_row(writer->db, sql[SQL_PAGE], id,
                  (struct str){(const char *)writer->page, writer->used}, err);
    if (code == ERR_OK && writer->number == INT32_MAX)
        code = error_set(err, ERR_LIMIT, "too many postings in a partition");
    memset(writer->page, 0, HEADER);
    writer->used = HEADER;
    writer->footer_used = 0;
    writer->term_at = 0;
    writer->has_term = false;
    writer->wants_row = true;
    writer->number++;
    return code;
}

/* The doclist of the last term of `key_page` is complete: name the page. */
static enum err_code
flush_key(struct segment_writer *writer, struct error *err)
{
    bool indexed =
        doclist_index_close(writer->index, writer->pages_without >= INDEX_MIN);
    struct stmt *stmt;
    enum err_code code = db_stmt(writer->db, sql[SQL_KEY], &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, SEGMENT);
    stmt_bind_blob(stmt, 2, writer->key, writer->key_len);
    stmt_bind_int(stmt, 3, (int64_t)writer->key_page * 2 + indexed);
    writer->pages_without = 0;
    return stmt_run(stmt, err);
}

static size_t
shared_bytes(const struct segment_writer *writer, struct str term)
{
    size_t most = term.len < writer->term_len ? term.len : writer->term_len;
    size_t count = 0;

    while (count < most && term.ptr[count] == writer->term[count])
        count++;
    return count;
}

/* `term` is with its prefix. */
static enum err_code
add_term(struct segment_writer *writer, struct str term, struct error *err)
{
    size_t shared = 0;
    enum err_code code = ERR_OK;

    if (page_fill(writer) + term.len + 2 >= writer->page_size &&
        writer->used > HEADER)
        code = flush_page(writer, err);
    writer->footer_used += varint_put(writer->footer + writer->footer_used,
                                      writer->used - writer->term_at);
    writer->term_at = writer->used;
    if (writer->has_term) {
        shared = shared_bytes(writer, term);
        put_varint(writer, shared);
    } else if (writer->number != 1) {
        if (code == ERR_OK)
            code = flush_key(writer, err);
        writer->key_len = shared_bytes(writer, term) + 1;
        memcpy(writer->key, term.ptr, writer->key_len);
        writer->key_page = writer->number;
    }
    put_varint(writer, term.len - shared);
    put_bytes(writer, term.ptr + shared, term.len - shared);
    memcpy(writer->term, term.ptr, term.len);
    writer->term_len = term.len;
    writer->has_term = true;
    writer->wants_row = false;
    doclist_index_start(writer->index, writer->number);
    return code;
}

static void
add_whole(struct segment_writer *writer, const struct segment_part *parts,
          size_t count)
{
    uint64_t before = 0;

    for (size_t i = 0; i < count; i++) {
        put_varint(writer, parts[i].first - before);
        put_bytes(writer, parts[i].doclist.ptr, parts[i].doclist.len);
        before = parts[i].last;
    }
}

/* Bytes of the varints at `list` that end within `room`; one at least. */
static size_t
whole_varints(const uint8_t *list, size_t len, size_t room)
{
    size_t used = 0;

    while (used < len) {
        uint64_t ignored;
        size_t size = varint_get(list + used, &ignored);

        if (used > 0 && used + size > room)
            break;
        used += size;
    }
    return used;
}

/* A position list with its size, over as many pages as it takes. */
static enum err_code
add_positions(struct segment_writer *writer, const uint8_t *list, size_t len,
              struct error *err)
{
    enum err_code code = ERR_OK;

    if (page_fill(writer) + len <= writer->page_size) {
        put_bytes(writer, (const char *)list, len);
        return ERR_OK;
    }
    for (size_t at = 0; code == ERR_OK && at < len;) {
        size_t fill = page_fill(writer);
        size_t room = fill < writer->page_size ? writer->page_size - fill : 0;
        size_t size = len - at;

        if (size > room)
            size = whole_varints(list + at, size, room);
        put_bytes(writer, (const char *)list + at, size);
        at += size;
        if (page_fill(writer) >= writer->page_size)
            code = flush_page(writer, err);
    }
    return code;
}

static enum err_code
add_row(struct segment_writer *writer, uint64_t row, struct error *err)
{
    enum err_code code = ERR_OK;

    if (writer->wants_row) {
        put_u16(writer->page, writer->used);
        put_varint(writer, row);
        writer->wants_row = false;
        code = doclist_index_add(writer->index, row, writer->number, err);
    } else {
        put_varint(writer, row - writer->last_row);
    }
    writer->last_row = row;
    return code;
}

static enum err_code
add_part(struct segment_writer *writer, const struct segment_part *part,
         struct error *err)
{
    const uint8_t *list = (const uint8_t *)part->doclist.ptr;
    size_t len = part->doclist.len;
    uint64_t row = part->first;
    enum err_code code = ERR_OK;

    for (size_t at = 0; code == ERR_OK && at < len;) {
        uint64_t size;
        size_t whole = varint_get(list + at, &size);

        whole += (size_t)(size / 2);
        code = add_row(writer, row, err);
        if (code == ERR_OK)
            code = add_positions(writer, list + at, whole, err);
        at += whole;
        if (at < len) {
            uint64_t step;

            at += varint_get(list + at, &step);
            row += step;
        }
    }
    return code;
}

enum err_code
segment_add(struct segment_writer *writer, struct str term,
            const struct segment_part *parts, size_t count, struct error *err)
{
    char prefixed[TERM_MAX];
    size_t size = 0;
    uint64_t before = 0;
    enum err_code code;

    if (term.len >= TERM_MAX)
        return error_set(err, ERR_LIMIT, "a word of %zu bytes", term.len);
    prefixed[0] = '0';
    memcpy(prefixed + 1, term.ptr, term.len);
    code = add_term(writer, (struct str){prefixed, term.len + 1}, err);
    for (size_t i = 0; i < count; i++) {
        size += varint_size(parts[i].first - before) + parts[i].doclist.len;
        before = parts[i].last;
    }
    if (page_fill(writer) + size + 1 <= writer->page_size) {
        add_whole(writer, parts, count);
        return code;
    }
    writer->last_row = 0; /* the first of a doclist is absolute */
    for (size_t i = 0; code == ERR_OK && i < count; i++)
        code = add_part(writer, &parts[i], err);
    return code;
}

static enum err_code
write_structure(struct segment_writer *writer, uint32_t pages,
                struct error *err)
{
    uint8_t record[64] = {0}; /* the cookie is 0 */
    size_t used = 4;

    used += varint_put(record + used, pages > 0); /* levels */
    used += varint_put(record + used, pages > 0); /* segments */
    used += varint_put(record + used, 0);         /* write counter */
    if (pages > 0) {
        used += varint_put(record + used, 0); /* none is being merged */
        used += varint_put(record + used, 1);
        used += varint_put(record + used, SEGMENT);
        used += varint_put(record + used, 1);
        used += varint_put(record + used, pages);
    }
    return write_row(writer->db, sql[SQL_RECORD], STRUCTURE_ID,
                     (struct str){(const char *)record, used}, err);
}

static enum err_code
write_averages(struct segment_writer *writer, uint64_t rows, uint64_t tokens,
               struct error *err)
{
    uint8_t record[2 * VARINT_MAX];
    size_t used = varint_put(record, rows);

    if (rows == 0) /* the record that FTS5 made is right */
        return ERR_OK;
    used += varint_put(record + used, tokens);
    return write_row(writer->db, sql[SQL_RECORD], AVERAGES_ID,
                     (struct str){(const char *)record, used}, err);
}

static enum err_code
write_index_page(void *ctx, int64_t id, struct str page, struct error *err)
{
    struct segment_writer *writer = ctx;

    return write_row(writer->db, sql[SQL_PAGE], id, page, err);
}

enum err_code
segment_finish(struct segment_writer *writer, uint64_t rows, uint64_t tokens,
               struct error *err)
{
    enum err_code code = ERR_OK;

    if (writer->used > HEADER)
        code = flush_page(writer, err);
    if (code == ERR_OK && writer->number > 1)
        code = flush_key(writer, err);
    if (code == ERR_OK)
        code =
            doclist_index_foreach(writer->index, write_index_page, writer, err);
    if (code == ERR_OK)
        code = write_structure(writer, writer->number - 1, err);
    if (code == ERR_OK)
        code = write_averages(writer, rows, tokens, err);
    return code;
}

enum err_code
segment_add_size(struct db *db, uint32_t row, uint32_t tokens,
                 struct error *err)
{
    uint8_t size[VARINT_MAX];
    size_t used = varint_put(size, tokens);

    return write_row(db, sql[SQL_SIZE], row,
                     (struct str){(const char *)size, used}, err);
}
