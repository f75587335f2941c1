/* Writing a partition: documents go to the full-text table as they come, their
 * places and ids to blocks, their scores to columns. All in one transaction on
 * a file that nobody else sees, so a failure leaves only litter with a known
 * name. */
#include "config.h"

#include "partition.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bulk.h"
#include "fts.h"
#include "partition_writer.h"
#include "segment.h"
#include "stet/fileio.h"
#include "stet/pool.h"
#include "stet/tokenizer.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"

#define HASHSIZE_MIN (UINT64_C(4) << 20)
#define HASHSIZE_MAX (UINT64_C(16) << 20)

enum { SQL_SCHEMA, SQL_FTS, SQL_SHARD };
static const char *const sql[] = {
    [SQL_SCHEMA] =
        "BEGIN IMMEDIATE;"
        "CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
        "CREATE TABLE shard(number INTEGER PRIMARY KEY, path TEXT NOT NULL,"
        " copy TEXT, container INTEGER NOT NULL, bytes INTEGER NOT NULL,"
        " decompressed INTEGER NOT NULL, mtime INTEGER NOT NULL,"
        " records INTEGER NOT NULL, rejected INTEGER NOT NULL,"
        " text_bytes INTEGER NOT NULL, first INTEGER NOT NULL,"
        " end INTEGER NOT NULL, damaged INTEGER NOT NULL, hash BLOB NOT NULL,"
        " frames BLOB NOT NULL, text TEXT, id TEXT, source TEXT, lang TEXT,"
        " rows INTEGER NOT NULL);"
        "CREATE TABLE row_file(shard INTEGER, number INTEGER,"
        " path TEXT NOT NULL, copy TEXT, bytes INTEGER NOT NULL,"
        " mtime INTEGER NOT NULL, taken INTEGER NOT NULL,"
        " frames BLOB NOT NULL, marks BLOB NOT NULL,"
        " PRIMARY KEY(shard, number));"
        "CREATE TABLE place(block INTEGER PRIMARY KEY, data BLOB NOT NULL);"
        "CREATE TABLE hash(block INTEGER PRIMARY KEY, data BLOB NOT "
        "NULL);" SIGNATURES_SCHEMA
        "CREATE TABLE id(block INTEGER PRIMARY KEY, data BLOB NOT NULL);"
        "CREATE TABLE lookup(kind INTEGER, first INTEGER, number INTEGER,"
        " data BLOB NOT NULL, PRIMARY KEY(kind, first, number)) WITHOUT ROWID;"
        "CREATE TABLE dictionary(block INTEGER PRIMARY KEY,"
        " first BLOB NOT NULL UNIQUE, data BLOB NOT NULL);"
        "CREATE VIRTUAL TABLE fts USING fts5(text, content='',"
        " tokenize='stet', detail=full, columnsize=1);",
    [SQL_FTS] = "INSERT INTO fts(rowid, text) VALUES(?1, ?2)",
    [SQL_SHARD] =
        ("INSERT INTO shard VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,"
         " ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)"),
};

enum { BLOCK_PLACE, BLOCK_HASH, BLOCK_ID, BLOCK_COUNT };
static const char *const block_sql[BLOCK_COUNT] = {
    "INSERT INTO place VALUES(?1, ?2)",
    "INSERT INTO hash VALUES(?1, ?2)",
    "INSERT INTO id VALUES(?1, ?2)",
};

/* FTS5 merges nothing by itself until all is there. */
static enum err_code
set_fts5(struct db *db, uint64_t memory, struct error *err)
{
    uint64_t size = memory / 8;
    char text[200];

    if (size < HASHSIZE_MIN)
        size = HASHSIZE_MIN;
    if (size > HASHSIZE_MAX)
        size = HASHSIZE_MAX;
    (void)snprintf(text, sizeof(text),
                   "INSERT INTO fts(fts, rank) VALUES('automerge', 0);"
                   "INSERT INTO fts(fts, rank) VALUES('crisismerge', 1900);"
                   "INSERT INTO fts(fts, rank) VALUES('hashsize', %" PRIu64 ")",
                   size);
    return db_exec(db, text, err);
}

/* Pages are written once, in order: few are worth keeping. */
static enum err_code
start_bulk(struct partition_writer *writer, struct error *err)
{
    const struct partition_options *options = &writer->options;
    char *name = xasprintf("%s.runs", options->name);
    struct bulk_options bulk = {
        .db = writer->db,
        .memory = options->memory,
        .threads = options->threads ? options->threads : 1,
        .page_size = SEGMENT_PAGE_SIZE,
        .signatures = &writer->signatures,
    };

    writer->aside = path_join(options->folder, name);
    bulk.aside = writer->aside;
    writer->bulk = bulk_new(&bulk);
    free(name);
    return db_exec(writer->db, "PRAGMA cache_size = -4096", err);
}

static struct column_writer *
new_column(const struct partition_writer *writer, bool labels, const char *kind,
           size_t number)
{
    char *name = xasprintf("%s/%s.%s-%zu", writer->options.folder,
                           writer->options.name, kind, number);
    struct column_writer *column = column_writer_new(labels, name);

    free(name);
    return column;
}

enum err_code
partition_writer_open(struct partition_writer **out,
                      const struct partition_options *options,
                      struct error *err)
{
    struct partition_writer *writer = xcalloc(1, sizeof(*writer));
    char *name = xasprintf("%s.db", options->name);
    enum err_code code;

    writer->options = *options;
    writer->name = xstrdup(options->name);
    writer->options.name = writer->name;
    writer->path = path_join(options->folder, name);
    free(name);
    code = db_open(&writer->db, writer->path, DB_BUILD, err);
    if (code == ERR_OK)
        code = db_set_version(writer->db, PARTITION_APPLICATION,
                              PARTITION_VERSION, err);
    if (code == ERR_OK)
        code = fts_register(writer->db, err);
    if (code == ERR_OK)
        code = db_exec(writer->db, sql[SQL_SCHEMA], err);
    if (code == ERR_OK && options->builder == BUILDER_FTS5)
        code = set_fts5(writer->db, options->memory, err);
    else if (code == ERR_OK)
        code = start_bulk(writer, err);
    writer->source = new_column(writer, true, "source", 0);
    writer->lang = new_column(writer, true, "lang", 0);
    writer->score_count = options->mapping->score_count;
    writer->scores =
        xcalloc(writer->score_count + 1, sizeof(struct column_writer *));
    if (code == ERR_OK) {
        *out = writer;
        writer = NULL;
    }
    partition_writer_free(writer);
    return code;
}

void
partition_writer_free(struct partition_writer *writer)
{
    if (!writer)
        return;
    bulk_free(writer->bulk);
    free(writer->aside);
    db_close(writer->db);
    (void)unlink(writer->path);
    column_writer_free(writer->source);
    column_writer_free(writer->lang);
    for (size_t i = 0; i < writer->score_count; i++)
        column_writer_free(writer->scores[i]);
    free(writer->scores);
    buf_release(&writer->hashes);
    buf_release(&writer->ids);
    buf_release(&writer->previous_id);
    buf_release(&writer->packed);
    buf_release(&writer->display);
    tokenizer_free(writer->tokenizer);
    token_hashes_release(&writer->tokens);
    free(writer->hash_entries.list);
    free(writer->id_entries.list);
    free(writer->name);
    free(writer->path);
    free(writer);
}

uint32_t
partition_writer_count(const struct partition_writer *writer)
{
    return writer->count;
}

uint64_t
partition_writer_text_bytes(const struct partition_writer *writer)
{
    return writer->text_bytes;
}

bool
partition_writer_is_full(const struct partition_writer *writer)
{
    return writer->bulk && bulk_is_full(writer->bulk);
}

uint64_t
partition_writer_duplicates(const struct partition_writer *writer)
{
    return writer->duplicates;
}

enum err_code
partition_write_block(struct partition_writer *writer, struct error *err)
{
    size_t count = (writer->count - 1) % PACK_BLOCK + 1;
    uint32_t block = (writer->count - 1) / PACK_BLOCK;
    const struct buf *data[BLOCK_COUNT] = {&writer->packed, &writer->hashes,
                                           &writer->ids};
    enum err_code code = ERR_OK;

    buf_clear(&writer->packed);
    pack_places(writer->places, count, &writer->packed);
    for (unsigned i = 0; i < BLOCK_COUNT && code == ERR_OK; i++) {
        struct stmt *stmt;

        code = db_stmt(writer->db, block_sql[i], &stmt, err);
        if (code != ERR_OK)
            break;
        stmt_bind_int(stmt, 1, block);
        stmt_bind_blob(stmt, 2, data[i]->ptr, data[i]->len);
        code = stmt_run(stmt, err);
    }
    buf_clear(&writer->hashes);
    buf_clear(&writer->ids);
    buf_clear(&writer->previous_id);
    return code;
}

static enum err_code
add_entry(struct entries *entries, uint64_t prefix, uint32_t doc,
          uint32_t source, struct error *err)
{
    if (entries->count == entries->cap) {
        size_t cap = entries->cap ? entries->cap * 2 : 4096;
        struct pack_entry *list = realloc(entries->list, cap * sizeof(*list));

        if (!list)
            return error_nomem(err);
        entries->list = list;
        entries->cap = cap;
    }
    entries->list[entries->count++] = (struct pack_entry){prefix, doc, source};
    return ERR_OK;
}

static enum err_code
add_identity(struct partition_writer *writer, const struct document *document,
             struct error *err)
{
    struct hash hash;
    struct hash source;

    pack_id(&writer->ids, buf_str(&writer->previous_id), document->id_token);
    if (!document->id_token.ptr)
        return ERR_OK;
    buf_clear(&writer->previous_id);
    xbuf_append_str(&writer->previous_id, document->id_token);
    hash = hash_of(document->id_token);
    source = hash_of(document->source);
    return add_entry(&writer->id_entries, hash_prefix(&hash), writer->count,
                     (uint32_t)(hash_prefix(&source) >> 32), err);
}

static enum err_code
add_columns(struct partition_writer *writer, const struct document *document,
            struct error *err)
{
    uint32_t doc = writer->count;
    enum err_code code;

    code = column_set_label(writer->source, doc, document->source, err);
    if (code == ERR_OK)
        code = column_set_label(writer->lang, doc, document->lang, err);
    for (size_t i = 0; i < writer->score_count && code == ERR_OK; i++) {
        bool labels = writer->options.mapping->scores[i].kind == SCORE_LABEL;
        double number = document->scores[i];

        if (labels ? !document->labels[i].ptr : number != number)
            continue;
        if (!writer->scores[i])
            writer->scores[i] = new_column(writer, labels, "score", i);
        if (labels)
            code = column_set_label(writer->scores[i], doc, document->labels[i],
                                    err);
        else
            code = column_set_number(writer->scores[i], doc, number, err);
    }
    return code;
}

/* FTS5 does not show the tokens it makes. */
static enum err_code
add_signature(struct partition_writer *writer, struct str text,
              struct error *err)
{
    struct minhash signature;
    enum err_code code;

    if (!writer->tokenizer)
        writer->tokenizer = tokenizer_new();
    code = token_hashes_take(&writer->tokens, writer->tokenizer, text, err);
    if (code != ERR_OK)
        return code;
    minhash_make(writer->tokens.list, writer->tokens.count, &signature);
    return signatures_add(&writer->signatures, writer->db, &signature, err);
}

static enum err_code
add_text(struct partition_writer *writer, const struct document *document,
         struct error *err)
{
    struct str text = document->text;
    struct stmt *stmt;
    enum err_code code;

    if (document->flags & (DOC_BAD_UTF8 | DOC_LONE_SURROGATE)) {
        buf_clear(&writer->display);
        code = utf8_to_display(text, &writer->display, err);
        if (code != ERR_OK)
            return code;
        text = buf_str(&writer->display);
    }
    if (writer->bulk)
        return bulk_add(writer->bulk, text, err);
    code = add_signature(writer, text, err);
    if (code == ERR_OK)
        code = db_stmt(writer->db, sql[SQL_FTS], &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, (int64_t)writer->count + 1);
    stmt_bind_text(stmt, 2, text);
    return stmt_run(stmt, err);
}

enum err_code
partition_add(struct partition_writer *writer, const struct document *document,
              struct error *err)
{
    struct hash hash = document->text_hash;
    enum err_code code;

    if (writer->count == UINT32_MAX - 1 || document->raw.len > UINT32_MAX ||
        document->text.len > UINT32_MAX)
        return error_set(err, ERR_LIMIT,
                         "too many documents in a partition, "
                         "or too long a record");
    code = add_text(writer, document, err);
    if (code == ERR_OK)
        code = add_columns(writer, document, err);
    if (code == ERR_OK)
        code = add_identity(writer, document, err);
    if (code == ERR_OK)
        code = add_entry(&writer->hash_entries, hash_prefix(&hash),
                         writer->count, 0, err);
    if (code != ERR_OK)
        return code;
    writer->places[writer->count % PACK_BLOCK] = (struct pack_place){
        .record = document->record,
        .offset = document->offset,
        .length = (uint32_t)document->raw.len,
        .flags = document->flags,
        .text_bytes = (uint32_t)document->text.len,
        .text_cp = (uint32_t)document->text_cp,
    };
    xbuf_append(&writer->hashes, hash.bytes, HASH_SIZE);
    writer->text_bytes += document->text.len;
    writer->count++;
    if (writer->count % PACK_BLOCK == 0)
        code = partition_write_block(writer, err);
    return code;
}

static void
bind_text_or_null(struct stmt *stmt, int at, const char *text)
{
    if (text)
        stmt_bind_text(stmt, at, str_of(text));
    else
        stmt_bind_null(stmt, at);
}

enum err_code
partition_add_shard(struct partition_writer *writer,
                    struct partition_shard *shard, struct error *err)
{
    struct stmt *stmt;
    enum err_code code = db_stmt(writer->db, sql[SQL_SHARD], &stmt, err);

    if (code != ERR_OK)
        return code;
    shard->first = writer->shard_first;
    shard->end = writer->count;
    stmt_bind_int(stmt, 1, writer->shard_count);
    stmt_bind_text(stmt, 2, str_of(shard->path));
    bind_text_or_null(stmt, 3, shard->copy);
    stmt_bind_int(stmt, 4, shard->container);
    stmt_bind_int(stmt, 5, (int64_t)shard->bytes);
    stmt_bind_int(stmt, 6, (int64_t)shard->decompressed);
    stmt_bind_int(stmt, 7, shard->mtime_ns);
    stmt_bind_int(stmt, 8, (int64_t)shard->records);
    stmt_bind_int(stmt, 9, (int64_t)shard->rejected);
    stmt_bind_int(stmt, 10, (int64_t)shard->text_bytes);
    stmt_bind_int(stmt, 11, shard->first);
    stmt_bind_int(stmt, 12, shard->end);
    stmt_bind_int(stmt, 13, shard->damaged);
    stmt_bind_blob(stmt, 14, shard->file_hash.bytes, HASH_SIZE);
    stmt_bind_blob(stmt, 15, shard->frames.ptr, shard->frames.len);
    bind_text_or_null(stmt, 16, shard->text);
    bind_text_or_null(stmt, 17, shard->id);
    bind_text_or_null(stmt, 18, shard->source);
    bind_text_or_null(stmt, 19, shard->lang);
    stmt_bind_int(stmt, 20, (int64_t)shard->rows);
    code = stmt_run(stmt, err);
    if (code == ERR_OK) {
        writer->shard_first = writer->count;
        writer->shard_count++;
    }
    return code;
}
