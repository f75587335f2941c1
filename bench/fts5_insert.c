/* What stet's builder is measured against: FTS5's own insert path, tuned as the
 * field knows how (no content, a large hash, no merging on the way, one
 * transaction, no journal, no sync). Decoding and the JSON scanner are stet's,
 * so only the index differs. One process fills one database:
 *
 *     fts5_insert DATABASE TOKENIZER HASHSIZE SHARD...
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "index/fts.h"
#include "stet/db.h"
#include "stet/json.h"
#include "stet/shard.h"

struct insert {
    struct db *db;
    struct stmt *stmt;
    struct buf text;
    int64_t documents;
    uint64_t text_bytes;
};

static enum err_code
decode(struct str raw, unsigned flags, struct buf *text, struct error *err)
{
    enum err_code code;

    text->len = 0;
    if (flags & JSON_BAD_UTF8)
        return json_decode_string(raw, text, err);
    code = buf_reserve(text, raw.len, err);
    if (code == ERR_OK)
        text->len = json_decode_clean(raw, text->ptr);
    return code;
}

/* The record's top-level "text", decoded; *found says whether it has one. */
static enum err_code
read_text(struct str raw, struct buf *text, bool *found, struct error *err)
{
    struct json_scan scan;
    struct json_token token;
    enum err_code code;
    size_t end;

    *found = false;
    json_scan_init(&scan, raw, 0);
    code = json_next(&scan, &token, err);
    if (code != ERR_OK || token.type != JSON_OBJECT)
        return code;
    while ((code = json_next(&scan, &token, err)) == ERR_OK &&
           token.type == JSON_KEY) {
        struct str key = str_slice(raw, token.start, token.end);
        code = json_next(&scan, &token, err);
        if (code != ERR_OK)
            return code;
        if (token.type == JSON_STRING && str_equal(key, STR_LIT("\"text\""))) {
            *found = true;
            code = decode(str_slice(raw, token.start, token.end), token.flags,
                          text, err);
        } else {
            code = json_skip(&scan, &token, &end, err);
        }
        if (code != ERR_OK)
            return code;
    }
    return code;
}

static enum err_code
insert_shard(struct insert *insert, const char *path, struct error *err)
{
    struct shard *shard = NULL;
    struct record record;
    enum err_code code;
    bool found;

    code = shard_open(&shard, path, &shard_default_limits, err);
    if (code != ERR_OK)
        return code;
    while ((code = shard_next(shard, &record, err)) == ERR_OK &&
           record.kind != RECORD_END) {
        if (record.kind != RECORD_LINE)
            continue;
        code = read_text(record.raw, &insert->text, &found, err);
        if (code != ERR_OK)
            break;
        if (!found)
            continue;
        insert->documents++;
        insert->text_bytes += insert->text.len;
        stmt_bind_int(insert->stmt, 1, insert->documents);
        stmt_bind_text(insert->stmt, 2,
                       (struct str){insert->text.ptr, insert->text.len});
        code = stmt_run(insert->stmt, err);
        if (code != ERR_OK)
            break;
    }
    shard_close(shard);
    return code;
}

static enum err_code
insert_begin(struct insert *insert, char **argv, struct error *err)
{
    char sql[512];
    enum err_code code;

    (void)snprintf(sql, sizeof(sql),
                   "PRAGMA journal_mode=OFF;"
                   "PRAGMA synchronous=OFF;"
                   "BEGIN;"
                   "CREATE VIRTUAL TABLE fts USING fts5(text, content='',"
                   " tokenize='%s');"
                   "INSERT INTO fts(fts, rank) VALUES('automerge', 0);"
                   "INSERT INTO fts(fts, rank) VALUES('crisismerge', 1900);"
                   "INSERT INTO fts(fts, rank) VALUES('hashsize', %" PRIu64 ")",
                   argv[2], (uint64_t)strtoull(argv[3], NULL, 10));
    code = db_open(&insert->db, argv[1], DB_BUILD, err);
    if (code == ERR_OK)
        code = fts_register(insert->db, err);
    if (code == ERR_OK)
        code = db_exec(insert->db, sql, err);
    if (code == ERR_OK)
        code =
            db_stmt(insert->db, "INSERT INTO fts(rowid, text) VALUES(?1, ?2)",
                    &insert->stmt, err);
    return code;
}

int
main(int argc, char **argv)
{
    struct insert insert = {0};
    struct error err = {0};
    enum err_code code;

    if (argc < 5) {
        (void)fputs("usage: fts5_insert DATABASE TOKENIZER HASHSIZE SHARD...\n",
                    stderr);
        return 64;
    }
    code = insert_begin(&insert, argv, &err);
    for (int i = 4; i < argc && code == ERR_OK; i++)
        code = insert_shard(&insert, argv[i], &err);
    if (code == ERR_OK)
        code = db_exec(insert.db, "COMMIT", &err);
    db_close(insert.db);
    buf_release(&insert.text);
    if (code != ERR_OK) {
        (void)fprintf(stderr, "fts5_insert: %s\n", err.message);
        return 1;
    }
    printf("{\"documents\":%" PRId64 ",\"text_bytes\":%" PRIu64 "}\n",
           insert.documents, insert.text_bytes);
    return 0;
}
