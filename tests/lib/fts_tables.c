/* Both builders of full-text tables. Nothing of cmocka: fuzz targets use it,
 * too. */
#include "config.h"

#include "fts_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "index/bulk.h"
#include "index/dictionary.h"
#include "index/fts.h"

static void
must(enum err_code code, const struct error *err)
{
    if (code == ERR_OK)
        return;
    (void)fprintf(stderr, "fts_tables: %s\n", err->message);
    abort();
}

struct str
text_at(const struct texts *texts, size_t i)
{
    size_t start = i ? texts->ends[i - 1] : 0;

    if (texts->ends[i] == start)
        return (struct str){"", 0};
    return (struct str){texts->bytes.ptr + start, texts->ends[i] - start};
}

void
end_text(struct texts *texts)
{
    if (texts->count == TEXTS_MAX)
        abort();
    texts->ends[texts->count++] = texts->bytes.len;
}

void
clear_texts(struct texts *texts)
{
    buf_release(&texts->bytes);
    texts->count = 0;
}

void
table_open(struct table *table, size_t page_size)
{
    static const char schema[] =
        "BEGIN IMMEDIATE;"
        "CREATE TABLE dictionary(block INTEGER PRIMARY KEY,"
        " first BLOB NOT NULL UNIQUE, data BLOB NOT NULL);"
        "CREATE VIRTUAL TABLE fts USING fts5(text, content='',"
        " tokenize='stet', detail=full, columnsize=1);"
        "INSERT INTO fts(fts, rank) VALUES('automerge', 0);";
    struct error err = ERROR_INIT;
    char text[100];
    int fd;

    (void)snprintf(table->path, sizeof(table->path), "/tmp/stet-table-XXXXXX");
    fd = mkstemp(table->path);
    if (fd < 0)
        abort();
    close(fd);
    must(db_open(&table->db, table->path, DB_BUILD, &err), &err);
    must(fts_register(table->db, &err), &err);
    must(db_exec(table->db, schema, &err), &err);
    (void)snprintf(text, sizeof(text),
                   "INSERT INTO fts(fts, rank) VALUES('pgsz', %zu)", page_size);
    must(db_exec(table->db, text, &err), &err);
}

void
table_reopen(struct table *table)
{
    struct error err = ERROR_INIT;

    must(db_exec(table->db, "COMMIT", &err), &err);
    db_close(table->db);
    table->db = NULL;
    must(db_open(&table->db, table->path, DB_BUILD, &err), &err);
    must(fts_register(table->db, &err), &err);
}

void
table_close(struct table *table)
{
    db_close(table->db);
    table->db = NULL;
    (void)unlink(table->path);
}

void
build_by_fts5(struct table *table, const struct texts *texts, size_t page_size,
              unsigned hash_size)
{
    static const char add[] = "INSERT INTO fts(rowid, text) VALUES(?1, ?2)";
    struct error err = ERROR_INIT;
    struct stmt *stmt;
    char text[100];

    table_open(table, page_size);
    (void)snprintf(text, sizeof(text),
                   "INSERT INTO fts(fts, rank) VALUES('hashsize', %u)",
                   hash_size);
    must(db_exec(table->db, text, &err), &err);
    must(db_stmt(table->db, add, &stmt, &err), &err);
    for (size_t i = 0; i < texts->count; i++) {
        stmt_bind_int(stmt, 1, (int64_t)i + 1);
        stmt_bind_text(stmt, 2, text_at(texts, i));
        must(stmt_run(stmt, &err), &err);
    }
    if (hash_size < ONE_SEGMENT)
        must(
            db_exec(table->db, "INSERT INTO fts(fts) VALUES('optimize')", &err),
            &err);
    table_reopen(table);
    must(db_exec(table->db, "BEGIN", &err), &err);
    must(dictionary_fill(table->db, &err), &err);
    must(db_exec(table->db, "COMMIT", &err), &err);
}

void
build_by_bulk(struct table *table, const struct texts *texts, size_t page_size,
              uint64_t memory, unsigned threads)
{
    char aside[sizeof(table->path) + 8];
    struct error err = ERROR_INIT;
    struct bulk_options options = {
        .aside = aside,
        .memory = memory,
        .threads = threads,
        .page_size = page_size,
    };
    struct bulk *bulk;

    table_open(table, page_size);
    (void)snprintf(aside, sizeof(aside), "%s-aside", table->path);
    options.db = table->db;
    bulk = bulk_new(&options);
    for (size_t i = 0; i < texts->count; i++)
        must(bulk_add(bulk, text_at(texts, i), &err), &err);
    must(bulk_finish(bulk, &err), &err);
    bulk_free(bulk);
    if (access(aside, F_OK) == 0)
        abort();
    table_reopen(table);
}

static void
differ(const char *sql, unsigned row, const char *how)
{
    (void)fprintf(stderr, "fts_tables: %s: row %u %s\n", sql, row, how);
    abort();
}

/* Rows of two columns, an integer or bytes each. */
static void
must_be_equal(struct db *bulk, struct db *fts5, const char *sql)
{
    struct error err = ERROR_INIT;
    struct stmt *x;
    struct stmt *y;
    bool more = true;

    must(db_stmt(bulk, sql, &x, &err), &err);
    must(db_stmt(fts5, sql, &y, &err), &err);
    for (unsigned row = 0; more; row++) {
        bool other;

        must(stmt_step(x, &more, &err), &err);
        must(stmt_step(y, &other, &err), &err);
        if (more != other)
            differ(sql, row, more ? "is not FTS5's" : "is missing");
        for (int i = 0; more && i < 2; i++)
            if (!str_equal(stmt_text(x, i), stmt_text(y, i)))
                differ(sql, row, "differs");
    }
}

void
must_build_equal(const struct texts *texts, size_t page_size, uint64_t memory,
                 unsigned threads)
{
    static const char *const queries[] = {
        "SELECT id, block FROM fts_data WHERE id <> 10 ORDER BY id",
        "SELECT term, pgno FROM fts_idx ORDER BY segid, term",
        "SELECT id, sz FROM fts_docsize ORDER BY id",
        "SELECT first, data FROM dictionary ORDER BY block",
    };
    struct error err = ERROR_INIT;
    struct table fts5;
    struct table bulk;

    build_by_fts5(&fts5, texts, page_size, ONE_SEGMENT);
    build_by_bulk(&bulk, texts, page_size, memory, threads);
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
        must_be_equal(bulk.db, fts5.db, queries[i]);
    must(db_exec(bulk.db, "INSERT INTO fts(fts) VALUES('integrity-check')",
                 &err),
         &err);
    table_close(&bulk);
    table_close(&fts5);
}
