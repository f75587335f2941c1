/* For each document one sum of hashes of its (term, position) pairs: texts add
 * to it, the table's instances subtract. What is left is 0, or the document's
 * postings are not those of its text (but for one chance in 2^64). FTS5's own
 * integrity-check sees next to nothing of a contentless table. */
#include "config.h"

#include "check_postings.h"

#include <stdlib.h>

#include "stet/pool.h"
#include "stet/tokenizer.h"
#include "stet/xalloc.h"
#include "varint.h"

#define CANCEL_EVERY 65536u

enum { SQL_VOCABULARY, SQL_INSTANCES, SQL_SIZES, SQL_AVERAGES };
static const char *const sql[] = {
    /* the file itself is open for reading only */
    [SQL_VOCABULARY] = "PRAGMA query_only = OFF;"
                       "CREATE VIRTUAL TABLE IF NOT EXISTS temp.instance "
                       "USING fts5vocab(main, fts, instance);"
                       "PRAGMA query_only = ON",
    [SQL_INSTANCES] = "SELECT term, doc, offset FROM temp.instance",
    [SQL_SIZES] = "SELECT id, sz FROM fts_docsize ORDER BY id",
    [SQL_AVERAGES] = "SELECT block FROM fts_data WHERE id = 1",
};

struct postings_check {
    struct tokenizer *tokenizer;
    uint32_t documents;
    uint64_t *sums;
    uint32_t *tokens;
    uint8_t *given;
    /* the text being added */
    uint64_t sum;
    uint32_t position;
};

struct postings_check *
postings_check_new(uint32_t documents)
{
    struct postings_check *check = xcalloc(1, sizeof(*check));

    check->tokenizer = tokenizer_new();
    check->documents = documents;
    check->sums = calloc((size_t)documents + 1, sizeof(*check->sums));
    check->tokens = calloc((size_t)documents + 1, sizeof(*check->tokens));
    check->given = calloc((size_t)documents + 1, sizeof(*check->given));
    if (!check->sums || !check->tokens || !check->given) {
        postings_check_free(check);
        return NULL;
    }
    return check;
}

void
postings_check_free(struct postings_check *check)
{
    if (!check)
        return;
    tokenizer_free(check->tokenizer);
    free(check->sums);
    free(check->tokens);
    free(check->given);
    free(check);
}

/* FNV-1a over the term, then the position, mixed as splitmix64 ends. */
static uint64_t
hash_instance(struct str term, uint64_t position)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < term.len; i++)
        hash = (hash ^ (unsigned char)term.ptr[i]) * UINT64_C(0x100000001b3);
    hash ^= (position + 1) * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
    return hash ^ hash >> 31;
}

static bool
add_token(void *ctx, const struct token *token)
{
    struct postings_check *check = ctx;

    check->sum += hash_instance(token->folded, check->position++);
    return true;
}

void
postings_check_add(struct postings_check *check, uint32_t document,
                   struct str text)
{
    check->sum = 0;
    check->position = 0;
    tokenizer_run(check->tokenizer, text, add_token, check);
    check->sums[document] += check->sum;
    check->tokens[document] = check->position;
    check->given[document] = 1;
}

static enum err_code
strange_row(struct error *err)
{
    return error_set(err, ERR_FORMAT,
                     "the full-text table has a row that is no document");
}

static enum err_code
subtract_instances(struct postings_check *check, struct db *db,
                   const int *cancel, struct error *err)
{
    struct stmt *stmt;
    uint32_t steps = 0;
    bool more = true;
    enum err_code code = db_stmt(db, sql[SQL_INSTANCES], &stmt, err);

    while (code == ERR_OK && more) {
        int64_t row;

        if (++steps % CANCEL_EVERY == 0 && cancel_is_set(cancel))
            code = error_set(err, ERR_CANCELLED, "%s",
                             err_code_text(ERR_CANCELLED));
        if (code == ERR_OK)
            code = stmt_step(stmt, &more, err);
        if (code != ERR_OK || !more)
            break;
        row = stmt_int(stmt, 1);
        if (row < 1 || row > check->documents)
            code = strange_row(err);
        else
            check->sums[row - 1] -=
                hash_instance(stmt_text(stmt, 0), (uint64_t)stmt_int(stmt, 2));
    }
    if (code != ERR_OK && stmt)
        stmt_reset(stmt);
    return code;
}

typedef void found_function(void *ctx, const struct postings_finding *finding);

/* The sizes that bm25 uses; *total: of all. */
static enum err_code
compare_sizes(const struct postings_check *check, struct db *db,
              uint64_t *total, found_function *found, void *ctx,
              struct error *err)
{
    struct stmt *stmt;
    bool more = true;
    uint32_t count = 0;
    enum err_code code = db_stmt(db, sql[SQL_SIZES], &stmt, err);

    *total = 0;
    while (code == ERR_OK) {
        struct str size;
        uint8_t bytes[VARINT_MAX] = {0};
        uint64_t tokens;

        code = stmt_step(stmt, &more, err);
        if (code != ERR_OK || !more)
            break;
        size = stmt_text(stmt, 1);
        if (stmt_int(stmt, 0) != (int64_t)count + 1 || size.len == 0 ||
            size.len > VARINT_MAX || count == check->documents) {
            stmt_reset(stmt);
            return strange_row(err);
        }
        memcpy(bytes, size.ptr, size.len);
        (void)varint_get(bytes, &tokens);
        *total += tokens;
        if (check->given[count] && tokens != check->tokens[count])
            found(ctx, &(struct postings_finding){
                           count, "its count of words in the index is wrong"});
        count++;
    }
    if (code == ERR_OK && count != check->documents)
        found(ctx, &(struct postings_finding){
                       UINT32_MAX, "the index lacks counts of words"});
    return code;
}

static enum err_code
compare_averages(const struct postings_check *check, struct db *db,
                 uint64_t total, found_function *found, void *ctx,
                 struct error *err)
{
    uint8_t bytes[2 * VARINT_MAX] = {0};
    struct stmt *stmt;
    bool more = false;
    uint64_t rows = 0;
    uint64_t tokens = 0;
    enum err_code code = db_stmt(db, sql[SQL_AVERAGES], &stmt, err);

    if (code == ERR_OK)
        code = stmt_step(stmt, &more, err);
    if (code != ERR_OK)
        return code;
    if (more) {
        struct str block = stmt_text(stmt, 0);

        if (block.len > 0 && block.len <= sizeof(bytes)) {
            memcpy(bytes, block.ptr, block.len);
            (void)varint_get(bytes + varint_get(bytes, &rows), &tokens);
        }
    }
    stmt_reset(stmt);
    if (rows != check->documents || tokens != total)
        found(ctx, &(struct postings_finding){
                       UINT32_MAX, "the index's averages are wrong"});
    return ERR_OK;
}

enum err_code
postings_check_compare(struct postings_check *check, struct db *db,
                       const int *cancel, found_function *found, void *ctx,
                       struct error *err)
{
    uint64_t total;
    enum err_code code = db_exec(db, sql[SQL_VOCABULARY], err);

    if (code == ERR_OK)
        code = subtract_instances(check, db, cancel, err);
    if (code == ERR_OK)
        code = compare_sizes(check, db, &total, found, ctx, err);
    if (code == ERR_OK)
        code = compare_averages(check, db, total, found, ctx, err);
    for (uint32_t i = 0; code == ERR_OK && i < check->documents; i++)
        if (check->given[i] && check->sums[i] != 0)
            found(ctx, &(struct postings_finding){
                           i, "its words in the index are not its text's"});
    return code;
}
