/* Sizes in FTS5's tables: fts_docsize has each row's, record 1 of fts_data
 * ("averages", fts5_index.c) their sums. */
#include "config.h"

#include "docsize.h"

/* An FTS5 varint: big-endian groups of 7 bits, the ninth byte whole. */
static bool
take_varint(struct str *data, int64_t *value)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < data->len && i < 9; i++) {
        unsigned char byte = (unsigned char)data->ptr[i];

        bits = i < 8 ? bits << 7 | (byte & 0x7f) : bits << 8 | byte;
        if (i == 8 || !(byte & 0x80)) {
            *data = str_slice(*data, i + 1, data->len);
            *value = (int64_t)bits;
            return true;
        }
    }
    return false;
}

enum err_code
docsize_totals(struct db *db, int64_t *rows, int64_t *tokens, struct error *err)
{
    struct stmt *stmt;
    struct str data;
    bool row = false;
    enum err_code code =
        db_stmt(db, "SELECT block FROM fts_data WHERE id = 1", &stmt, err);

    if (code == ERR_OK)
        code = stmt_step(stmt, &row, err);
    if (code != ERR_OK)
        return code;
    *rows = *tokens = 0;
    data = row ? stmt_text(stmt, 0) : (struct str){NULL, 0};
    if (row && data.len > 0 &&
        (!take_varint(&data, rows) || !take_varint(&data, tokens) ||
         *rows < 0 || *tokens < 0))
        code = error_set(err, ERR_FORMAT,
                         "the index's sums are damaged; run `stet check`");
    stmt_reset(stmt);
    return code;
}

enum err_code
docsize_take(struct str size, int64_t *tokens, struct error *err)
{
    if (!take_varint(&size, tokens) || *tokens < 0 || *tokens > INT32_MAX)
        return error_set(err, ERR_FORMAT,
                         "a document's size is damaged; run `stet check`");
    return ERR_OK;
}

enum err_code
docsize_sum(struct db *db, const struct bits *rows, uint64_t *tokens,
            struct error *err)
{
    struct stmt *stmt = NULL;
    bool more = false;
    int64_t count = 0;
    int64_t sum = 0;
    enum err_code code;

    if (!rows) {
        code = docsize_totals(db, &count, &sum, err);
        *tokens = (uint64_t)sum;
        return code;
    }
    *tokens = 0;
    code = db_stmt(db, "SELECT id, sz FROM fts_docsize", &stmt, err);
    if (code == ERR_OK)
        code = stmt_step(stmt, &more, err);
    while (code == ERR_OK && more) {
        int64_t row = stmt_int(stmt, 0);

        if (row >= 1 && row <= rows->count &&
            bits_get(rows, (uint32_t)row - 1)) {
            code = docsize_take(stmt_text(stmt, 1), &sum, err);
            *tokens += code == ERR_OK ? (uint64_t)sum : 0;
        }
        if (code == ERR_OK)
            code = stmt_step(stmt, &more, err);
    }
    stmt_reset(stmt);
    return code;
}
