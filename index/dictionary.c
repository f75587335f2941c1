/* The term dictionary, in blocks of front-coded terms that fit a page: a byte
 * with the count of bytes shared with the former term (high half) and of
 * further bytes (low half), where 15 means that a varint with the rest
 * follows; then these bytes; then the number of documents. */
#include "config.h"

#include "dictionary.h"

#include <stdlib.h>

#include "stet/tokenizer.h"
#include "stet/xalloc.h"

#define BLOCK_SIZE 3900u /* a row of it and its header fit a page */
#define TERM_MAX (TOKENIZER_TOKEN_MAX_CP * 4)
#define HALF 15u

enum { SQL_ADD, SQL_FROM, SQL_FIND, SQL_VOCABULARY, SQL_ALL };
static const char *const sql[] = {
    [SQL_ADD] = "INSERT INTO dictionary VALUES(?1, ?2, ?3)",
    [SQL_FROM] = "SELECT data FROM dictionary WHERE block >= "
                 "coalesce((SELECT block FROM dictionary WHERE first <= ?1 "
                 "ORDER BY first DESC LIMIT 1), 0) ORDER BY block",
    [SQL_FIND] = "SELECT data FROM dictionary WHERE first <= ?1 "
                 "ORDER BY first DESC LIMIT 1",
    [SQL_VOCABULARY] = "CREATE VIRTUAL TABLE temp.vocabulary "
                       "USING fts5vocab(main, fts, row)",
    [SQL_ALL] = "SELECT term, doc FROM temp.vocabulary",
};

struct dictionary_writer {
    struct db *db;
    int64_t block;
    struct buf data, first, previous;
};

struct dictionary_writer *
dictionary_writer_new(struct db *db)
{
    struct dictionary_writer *writer = xcalloc(1, sizeof(*writer));

    writer->db = db;
    return writer;
}

void
dictionary_writer_free(struct dictionary_writer *writer)
{
    if (!writer)
        return;
    buf_release(&writer->data);
    buf_release(&writer->first);
    buf_release(&writer->previous);
    free(writer);
}

enum err_code
dictionary_finish(struct dictionary_writer *writer, struct error *err)
{
    struct stmt *stmt;
    enum err_code code;

    if (writer->data.len == 0)
        return ERR_OK;
    code = db_stmt(writer->db, sql[SQL_ADD], &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, writer->block++);
    stmt_bind_blob(stmt, 2, writer->first.ptr, writer->first.len);
    stmt_bind_blob(stmt, 3, writer->data.ptr, writer->data.len);
    code = stmt_run(stmt, err);
    buf_clear(&writer->data);
    buf_clear(&writer->previous);
    return code;
}

static size_t
shared_bytes(struct str a, struct str b)
{
    size_t count = 0;

    while (count < a.len && count < b.len && a.ptr[count] == b.ptr[count])
        count++;
    return count;
}

enum err_code
dictionary_add(struct dictionary_writer *writer, struct str term,
               uint32_t documents, struct error *err)
{
    struct buf *data = &writer->data;
    enum err_code code = ERR_OK;
    size_t shared;
    size_t further;

    if (data->len + term.len + 16 > BLOCK_SIZE)
        code = dictionary_finish(writer, err);
    if (code != ERR_OK)
        return code;
    if (data->len == 0) {
        buf_clear(&writer->first);
        xbuf_append_str(&writer->first, term);
    }
    shared = shared_bytes(buf_str(&writer->previous), term);
    further = term.len - shared;
    xbuf_append(data,
                &(char){(char)((shared < HALF ? shared : HALF) << 4 |
                               (further < HALF ? further : HALF))},
                1);
    if (shared >= HALF)
        xbuf_append_varint(data, shared - HALF);
    if (further >= HALF)
        xbuf_append_varint(data, further - HALF);
    xbuf_append_str(data, str_slice(term, shared, term.len));
    xbuf_append_varint(data, documents);
    writer->previous.len = shared;
    xbuf_append_str(&writer->previous, str_slice(term, shared, term.len));
    return ERR_OK;
}

enum err_code
dictionary_fill(struct db *db, struct error *err)
{
    struct dictionary_writer *writer = dictionary_writer_new(db);
    struct stmt *stmt = NULL;
    bool more = true;
    enum err_code code = db_exec(db, sql[SQL_VOCABULARY], err);

    if (code == ERR_OK)
        code = db_stmt(db, sql[SQL_ALL], &stmt, err);
    while (code == ERR_OK) {
        code = stmt_step(stmt, &more, err);
        if (code != ERR_OK || !more)
            break;
        code = dictionary_add(writer, stmt_text(stmt, 0),
                              (uint32_t)stmt_int(stmt, 1), err);
    }
    if (code == ERR_OK)
        code = dictionary_finish(writer, err);
    dictionary_writer_free(writer);
    return code;
}

/* A block being read: where it is, and the term there. */
struct reader {
    struct str data;
    size_t at;
    char term[TERM_MAX];
    size_t len;
    uint32_t documents;
};

static bool
get_count(struct reader *reader, unsigned half, size_t *count)
{
    uint64_t rest = 0;

    if (half == HALF && !str_get_varint(reader->data, &reader->at, &rest))
        return false;
    *count = half + (size_t)(rest < TERM_MAX ? rest : TERM_MAX);
    return true;
}

/* The next term; false: damaged. There is one. */
static bool
read_term(struct reader *reader)
{
    unsigned char counts = (unsigned char)reader->data.ptr[reader->at++];
    size_t shared;
    size_t further;
    uint64_t documents;

    if (!get_count(reader, counts >> 4, &shared) ||
        !get_count(reader, counts & HALF, &further) || shared > reader->len ||
        shared + further > TERM_MAX || further > reader->data.len - reader->at)
        return false;
    memcpy(reader->term + shared, reader->data.ptr + reader->at, further);
    reader->len = shared + further;
    reader->at += further;
    if (!str_get_varint(reader->data, &reader->at, &documents) ||
        documents > UINT32_MAX)
        return false;
    reader->documents = (uint32_t)documents;
    return true;
}

static enum err_code
damaged(struct error *err)
{
    return error_set(err, ERR_FORMAT,
                     "the term dictionary is damaged; run "
                     "`stet check --rebuild`");
}

/* Call `found` with the block's terms that are not before `from`; *going:
 * it wants more. */
static enum err_code
read_block(struct str data, struct str from, dictionary_term *found, void *ctx,
           bool *going, struct error *err)
{
    struct reader reader = {.data = data};

    while (*going && reader.at < data.len) {
        struct str term;

        if (!read_term(&reader))
            return damaged(err);
        term = (struct str){reader.term, reader.len};
        if (from.len == 0 || str_compare(term, from) >= 0)
            *going = found(ctx, term, reader.documents);
    }
    return ERR_OK;
}

static enum err_code
read_blocks(struct db *db, const char *statement, struct str from,
            dictionary_term *found, void *ctx, struct error *err)
{
    struct stmt *stmt;
    bool going = true;
    bool more = true;
    enum err_code code = db_stmt(db, statement, &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_blob(stmt, 1, from.len ? from.ptr : "", from.len);
    while (going) {
        code = stmt_step(stmt, &more, err);
        if (code != ERR_OK || !more)
            break;
        code = read_block(stmt_text(stmt, 0), from, found, ctx, &going, err);
        if (code != ERR_OK)
            break;
    }
    stmt_reset(stmt);
    return code;
}

enum err_code
dictionary_foreach(struct db *db, struct str from, dictionary_term *found,
                   void *ctx, struct error *err)
{
    return read_blocks(db, sql[SQL_FROM], from, found, ctx, err);
}

struct wanted {
    struct str term;
    uint32_t documents;
};

static bool
take_wanted(void *ctx, struct str term, uint32_t documents)
{
    struct wanted *wanted = ctx;

    if (str_equal(term, wanted->term))
        wanted->documents = documents;
    return false;
}

enum err_code
dictionary_find(struct db *db, struct str term, uint32_t *documents,
                struct error *err)
{
    struct wanted wanted = {term, 0};
    enum err_code code =
        read_blocks(db, sql[SQL_FIND], term, take_wanted, &wanted, err);

    if (code == ERR_OK)
        *documents = wanted.documents;
    return code;
}
