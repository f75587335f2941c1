/* The table of files of rows, and the marks by which one row is found: a mark
 * every few rows, so that reading one means decoding a few kilobytes. */
#include "config.h"

#include "partition_rows.h"

#include <stdlib.h>

#include "partition_writer.h"
#include "stet/xalloc.h"

static const char insert_sql[] =
    "INSERT INTO row_file VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
static const char select_sql[] =
    "SELECT shard, path, copy, bytes, mtime, taken, frames, marks"
    " FROM row_file WHERE ?1 < 0 OR shard = ?1 ORDER BY shard, number";

void
partition_rows_release(struct partition_rows *rows)
{
    free(rows->path);
    free(rows->copy);
    buf_release(&rows->frames);
    buf_release(&rows->marks);
    *rows = (struct partition_rows){0};
}

void
row_mark_append(struct partition_rows *rows, struct row_mark *last,
                struct row_mark mark)
{
    xbuf_append_varint(&rows->marks, mark.number - last->number);
    xbuf_append_varint(&rows->marks, mark.offset - last->offset);
    *last = mark;
}

bool
row_mark_find(const struct partition_rows *rows, uint64_t record,
              struct row_mark *from, struct row_mark *to)
{
    struct str marks = buf_str(&rows->marks);
    struct row_mark at = {0, 0};
    bool found = false;

    if (record >= rows->taken)
        return false;
    for (size_t i = 0; i < marks.len;) {
        uint64_t number;
        uint64_t offset;

        if (!str_get_varint(marks, &i, &number) ||
            !str_get_varint(marks, &i, &offset))
            return false;
        at.number += number;
        at.offset += offset;
        *to = at;
        if (at.number > record)
            return found;
        *from = at;
        found = true;
    }
    return false; /* the end is a mark, too */
}

enum err_code
partition_add_rows(struct partition_writer *writer, unsigned number,
                   const struct partition_rows *rows, struct error *err)
{
    struct stmt *stmt;
    enum err_code code = db_stmt(writer->db, insert_sql, &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, writer->shard_count);
    stmt_bind_int(stmt, 2, number);
    stmt_bind_text(stmt, 3, str_of(rows->path));
    if (rows->copy)
        stmt_bind_text(stmt, 4, str_of(rows->copy));
    else
        stmt_bind_null(stmt, 4);
    stmt_bind_int(stmt, 5, (int64_t)rows->bytes);
    stmt_bind_int(stmt, 6, rows->mtime_ns);
    stmt_bind_int(stmt, 7, (int64_t)rows->taken);
    stmt_bind_blob(stmt, 8, rows->frames.ptr, rows->frames.len);
    stmt_bind_blob(stmt, 9, rows->marks.ptr, rows->marks.len);
    return stmt_run(stmt, err);
}

static char *
column_text(struct stmt *stmt, int at)
{
    struct str text = stmt_text(stmt, at);

    return stmt_is_null(stmt, at) ? NULL : xstrndup(text);
}

enum err_code
partition_load_rows(struct db *db, uint32_t shard,
                    void (*found)(void *ctx, uint32_t shard,
                                  struct partition_rows *rows),
                    void *ctx, struct error *err)
{
    struct stmt *stmt;
    enum err_code code = db_stmt(db, select_sql, &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, shard == UINT32_MAX ? -1 : (int64_t)shard);
    for (;;) {
        struct partition_rows rows = {0};
        bool row = false;

        code = stmt_step(stmt, &row, err);
        if (code != ERR_OK || !row)
            return code;
        rows.path = column_text(stmt, 1);
        rows.copy = column_text(stmt, 2);
        rows.bytes = (uint64_t)stmt_int(stmt, 3);
        rows.mtime_ns = stmt_int(stmt, 4);
        rows.taken = (uint64_t)stmt_int(stmt, 5);
        xbuf_append_str(&rows.frames, stmt_text(stmt, 6));
        xbuf_append_str(&rows.marks, stmt_text(stmt, 7));
        if (rows.path && *rows.path &&
            (!rows.copy || partition_is_copy(rows.copy)))
            found(ctx, (uint32_t)stmt_int(stmt, 0), &rows);
        partition_rows_release(&rows);
    }
}
