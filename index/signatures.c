/* Signatures of a partition's documents: written by its builder, read by who
 * looks for near copies. */
#include "config.h"

#include "signatures.h"

#include <stdlib.h>
#include <string.h>

#include "stet/xalloc.h"

static const char sql_add[] = "INSERT INTO signature VALUES(?1, ?2)";
static const char sql_load[] = "SELECT data FROM signature WHERE block = ?1";

enum err_code
signatures_finish(struct signature_writer *writer, struct db *db,
                  struct error *err)
{
    struct stmt *stmt;
    enum err_code code;

    if (writer->count == 0)
        return ERR_OK;
    code = db_stmt(db, sql_add, &stmt, err);
    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, writer->block++);
    stmt_bind_blob(stmt, 2, writer->list, writer->count * MINHASH_BINS);
    writer->count = 0;
    return stmt_run(stmt, err);
}

enum err_code
signatures_add(struct signature_writer *writer, struct db *db,
               const struct minhash *signature, struct error *err)
{
    writer->list[writer->count++] = *signature;
    return writer->count == PACK_BLOCK ? signatures_finish(writer, db, err)
                                       : ERR_OK;
}

enum err_code
signatures_load(struct db *db, uint32_t block, struct minhash *list,
                size_t count, struct error *err)
{
    struct stmt *stmt;
    struct str data = {NULL, 0};
    bool row = false;
    enum err_code code = db_stmt(db, sql_load, &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_int(stmt, 1, block);
    code = stmt_step(stmt, &row, err);
    if (code != ERR_OK)
        return code;
    if (row)
        data = stmt_text(stmt, 0);
    if (data.len < count * MINHASH_BINS)
        code = error_set(err, ERR_FORMAT,
                         "the index is damaged: a block of signatures; run "
                         "`stet check`, or delete .stet/index and run `stet "
                         "index`");
    else if (count > 0)
        memcpy(list, data.ptr, count * MINHASH_BINS);
    stmt_reset(stmt);
    return code;
}

struct signatures_check {
    struct db *db;
    uint32_t documents;
    struct tokenizer *tokenizer;
    struct token_hashes tokens;
    bool loaded;
    uint32_t block; /* of `list` */
    struct minhash list[PACK_BLOCK];
};

struct signatures_check *
signatures_check_new(struct db *db, uint32_t documents)
{
    struct signatures_check *check = xcalloc(1, sizeof(*check));

    check->db = db;
    check->documents = documents;
    check->tokenizer = tokenizer_new();
    return check;
}

void
signatures_check_free(struct signatures_check *check)
{
    if (!check)
        return;
    tokenizer_free(check->tokenizer);
    token_hashes_release(&check->tokens);
    free(check);
}

static enum err_code
load_block_of(struct signatures_check *check, uint32_t doc, struct error *err)
{
    uint32_t block = doc / PACK_BLOCK;
    uint32_t left = check->documents - block * PACK_BLOCK;
    enum err_code code;

    if (check->loaded && check->block == block)
        return ERR_OK;
    code = signatures_load(check->db, block, check->list,
                           left < PACK_BLOCK ? left : PACK_BLOCK, err);
    check->loaded = code == ERR_OK;
    check->block = block;
    return code;
}

enum err_code
signatures_check_text(struct signatures_check *check, uint32_t doc,
                      struct str text, bool *same, struct error *err)
{
    struct minhash signature;
    enum err_code code = load_block_of(check, doc, err);

    if (code == ERR_OK)
        code = token_hashes_take(&check->tokens, check->tokenizer, text, err);
    if (code != ERR_OK)
        return code;
    minhash_make(check->tokens.list, check->tokens.count, &signature);
    *same = memcmp(&signature, &check->list[doc % PACK_BLOCK],
                   sizeof(signature)) == 0;
    return ERR_OK;
}
