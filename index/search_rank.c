/* bm25 with the statistics of the whole corpus: each partition's counts are
 * summed first, then each row gets the value that it would have in one big
 * table. */
#include "config.h"

#include "search_rank.h"

#include <math.h>
#include <stdlib.h>

#include "query_match.h"
#include "stet/db.h"
#include "stet/pool.h"
#include "stet/xalloc.h"

struct rank {
    const struct search *search;
    struct arena arena;
    struct str *phrases; /* each as an expression */
    size_t count, cap;
    struct buf expression; /* all of them */
    double *weights;       /* the average length, then each phrase's idf */
};

/* What one thread counts. */
struct tally {
    const struct rank *rank;
    unsigned partition;
    int64_t rows, tokens;
    int64_t *found; /* rows of each phrase */
    enum err_code code;
    struct error err;
};

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

/* FTS5 keeps its rows and tokens as record 1 (fts5_index.c, "averages"). */
static enum err_code
count_tokens(struct tally *tally, struct db *db, struct error *err)
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
    data = row ? stmt_text(stmt, 0) : (struct str){NULL, 0};
    if (row && data.len > 0 &&
        (!take_varint(&data, &tally->rows) ||
         !take_varint(&data, &tally->tokens) || tally->rows < 0 ||
         tally->tokens < 0))
        code = error_set(err, ERR_FORMAT,
                         "the index's sums are damaged; run `stet check`");
    stmt_reset(stmt);
    return code;
}

static enum err_code
count_rows(const struct tally *tally, size_t phrase, struct error *err)
{
    const struct search *search = tally->rank->search;
    struct cursor cursor =
        cursor_on(search, tally->partition, tally->rank->phrases[phrase]);
    enum err_code code = cursor_seek(&cursor, 1, err);

    while (code == ERR_OK && cursor.row <= cursor.rows) {
        tally->found[phrase]++;
        code = cursor_seek(&cursor, cursor.row + 1, err);
    }
    cursor_close(&cursor);
    return code;
}

static void
run_tally(void *arg)
{
    struct tally *tally = arg;
    const struct search *search = tally->rank->search;
    struct db *db = index_partition_db(search->index, tally->partition);

    db_set_cancel(db, search->env->cancel);
    tally->code = count_tokens(tally, db, &tally->err);
    for (size_t i = 0; tally->code == ERR_OK && i < tally->rank->count; i++) {
        tally->code = search_cancelled(search, &tally->err);
        if (tally->code == ERR_OK)
            tally->code = count_rows(tally, i, &tally->err);
    }
    db_set_cancel(db, NULL);
}

/* As FTS5 has it; see fts.c. */
static double
idf_of(int64_t rows, int64_t found)
{
    double idf = log(((double)(rows - found) + 0.5) / ((double)found + 0.5));

    return idf <= 0.0 ? 1e-6 : idf;
}

static void
weigh(struct rank *rank, const struct tally *tallies, unsigned count)
{
    int64_t rows = 0;
    int64_t tokens = 0;

    for (unsigned i = 0; i < count; i++) {
        rows += tallies[i].rows;
        tokens += tallies[i].tokens;
    }
    rank->weights = xcalloc(rank->count + 1, sizeof(*rank->weights));
    rank->weights[0] = (double)tokens / (double)rows;
    for (size_t phrase = 0; phrase < rank->count; phrase++) {
        int64_t found = 0;

        for (unsigned i = 0; i < count; i++)
            found += tallies[i].found[phrase];
        rank->weights[phrase + 1] = idf_of(rows, found);
    }
}

static enum err_code
tally_all(struct rank *rank, struct error *err)
{
    unsigned count = index_partition_count(rank->search->index);
    struct tally *tallies = xcalloc(count + 1, sizeof(*tallies));
    struct pool *pool = search_pool(rank->search);
    enum err_code code = ERR_OK;

    for (unsigned i = 0; i < count; i++) {
        tallies[i] =
            (struct tally){.rank = rank,
                           .partition = i,
                           .found = xcalloc(rank->count, sizeof(int64_t)),
                           .err = ERROR_INIT};
        pool_submit(pool, run_tally, &tallies[i], 0);
    }
    pool_wait(pool);
    pool_free(pool);
    for (unsigned i = 0; code == ERR_OK && i < count; i++) {
        code = tallies[i].code;
        if (code != ERR_OK)
            *err = tallies[i].err;
    }
    if (code == ERR_OK)
        weigh(rank, tallies, count);
    for (unsigned i = 0; i < count; i++)
        free(tallies[i].found);
    free(tallies);
    return code;
}

static enum err_code
add_phrase(struct rank *rank, const struct query_phrase *phrase,
           struct error *err)
{
    struct buf text = {0};
    enum err_code code = match_append_phrase(phrase, &text, err);

    if (rank->count == rank->cap) {
        rank->cap = rank->cap ? rank->cap * 2 : 16;
        rank->phrases =
            xreallocarray(rank->phrases, rank->cap, sizeof(*rank->phrases));
    }
    if (code == ERR_OK) {
        rank->phrases[rank->count] = arena_copy(&rank->arena, buf_str(&text));
        if (!rank->phrases[rank->count++].ptr)
            code = error_nomem(err);
    }
    buf_release(&text);
    return code;
}

static enum err_code
add_words(void *ctx, const struct query_node *leaf, struct error *err)
{
    struct rank *rank = ctx;
    enum err_code code = ERR_OK;

    if (leaf->op != QUERY_TEXT)
        return ERR_OK;
    if (rank->expression.len > 0)
        code = buf_append_str(&rank->expression, STR_LIT(" OR "), err);
    if (code == ERR_OK)
        code = match_append(leaf, &rank->expression, err);
    for (size_t i = 0; code == ERR_OK && i < leaf->text.count; i++)
        code = add_phrase(rank, &leaf->text.phrases[i], err);
    return code;
}

enum err_code
rank_make(struct rank **out, const struct search *search,
          const struct query *query, struct error *err)
{
    struct rank *rank = xcalloc(1, sizeof(*rank));
    enum err_code code;

    rank->search = search;
    arena_init(&rank->arena, 0);
    code = match_foreach(query->root, add_words, rank, err);
    if (code == ERR_OK && rank->count == 0)
        code = error_set_at(err, ERR_USAGE, query->order.at,
                            "sort:rank needs words to rank by");
    if (code == ERR_OK)
        code = tally_all(rank, err);
    if (code == ERR_OK)
        *out = rank;
    else
        rank_free(rank);
    return code;
}

void
rank_free(struct rank *rank)
{
    if (!rank)
        return;
    buf_release(&rank->expression);
    arena_release(&rank->arena);
    free(rank->phrases);
    free(rank->weights);
    free(rank);
}

enum err_code
rank_keys(const struct rank *rank, unsigned partition, bool descending,
          struct keyed *items, uint32_t count, struct error *err)
{
    struct cursor cursor =
        cursor_on(rank->search, partition, buf_str(&rank->expression));
    uint32_t first;
    uint32_t end;
    enum err_code code = ERR_OK;

    cursor.weights = (struct str){(const char *)rank->weights,
                                  (rank->count + 1) * sizeof(double)};
    index_partition_range(rank->search->index, partition, &first, &end);
    for (uint32_t i = 0; code == ERR_OK && i < count; i++) {
        int64_t row = (int64_t)(items[i].doc - first) + 1;

        code = cursor_seek(&cursor, row, err);
        if (code == ERR_OK)
            items[i].key = order_key(cursor.row == row ? cursor_bm25(&cursor)
                                                       : (double)NAN,
                                     descending);
    }
    cursor_close(&cursor);
    return code;
}
