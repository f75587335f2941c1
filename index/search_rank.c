/* bm25 with the statistics of the whole corpus: each partition's counts are
 * summed first, then each row gets the value that it would have in one big
 * table. */
#include "config.h"

#include "search_rank.h"

#include <math.h>
#include <stdlib.h>

#include "dictionary.h"
#include "doclist_read.h"
#include "docsize.h"
#include "fts.h"
#include "query_match.h"
#include "search_terms.h"
#include "stet/db.h"
#include "stet/pool.h"
#include "stet/xalloc.h"

struct rank {
    const struct search *search;
    struct arena arena;
    struct str *phrases; /* each as an expression, */
    struct str *words;   /* or as the one word it is: ptr NULL: it is not */
    bool plain;          /* all are words */
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

static enum err_code
count_word(const struct tally *tally, struct db *db, size_t phrase,
           struct error *err)
{
    uint32_t documents = 0;
    enum err_code code =
        dictionary_find(db, tally->rank->words[phrase], &documents, err);

    tally->found[phrase] = documents;
    return code;
}

static void
run_tally(void *arg)
{
    struct tally *tally = arg;
    const struct search *search = tally->rank->search;
    struct db *db = index_partition_db(search->index, tally->partition);

    db_set_cancel(db, search->env->cancel);
    tally->code = docsize_totals(db, &tally->rows, &tally->tokens, &tally->err);
    for (size_t i = 0; tally->code == ERR_OK && i < tally->rank->count; i++) {
        tally->code = search_cancelled(search, &tally->err);
        if (tally->code == ERR_OK)
            tally->code = tally->rank->words[i].ptr
                              ? count_word(tally, db, i, &tally->err)
                              : count_rows(tally, i, &tally->err);
    }
    db_set_cancel(db, NULL);
}

/* As FTS5 has it; see fts.c. */
double
rank_idf(int64_t rows, int64_t found)
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
        rank->weights[phrase + 1] = rank_idf(rows, found);
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
    const struct query_text alone = {phrase, 1, 0};
    struct buf text = {0};
    struct str word = {NULL, 0};
    enum err_code code = match_append_phrase(phrase, &text, err);

    if (code == ERR_OK && !phrase->prefix)
        code = terms_word(&alone, &rank->arena, &word, err);

    if (rank->count == rank->cap) {
        rank->cap = rank->cap ? rank->cap * 2 : 16;
        rank->phrases =
            xreallocarray(rank->phrases, rank->cap, sizeof(*rank->phrases));
        rank->words =
            xreallocarray(rank->words, rank->cap, sizeof(*rank->words));
    }
    rank->words[rank->count] = word;
    rank->plain = rank->plain && word.ptr;
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
    rank->plain = rank->plain && leaf->text.count == 1;
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
    rank->plain = true;
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
    free(rank->words);
    free(rank->weights);
    free(rank);
}

/* The sizes of documents in tokens: those of many by one scan. */
#define SCAN_SHARE 16u

static enum err_code
take_size(struct stmt *stmt, double *out, struct error *err)
{
    int64_t tokens = 0;
    enum err_code code = docsize_take(stmt_text(stmt, 1), &tokens, err);

    if (code == ERR_OK)
        *out = (double)tokens;
    return code;
}

static enum err_code
scan_sizes(struct db *db, uint32_t first, const struct keyed *items,
           uint32_t count, double *sizes, struct error *err)
{
    struct stmt *stmt;
    uint32_t at = 0;
    enum err_code code =
        db_stmt(db, "SELECT id, sz FROM fts_docsize ORDER BY id", &stmt, err);

    while (code == ERR_OK && at < count) {
        bool more;
        int64_t wanted = (int64_t)(items[at].doc - first) + 1;

        code = stmt_step(stmt, &more, err);
        if (code != ERR_OK || !more)
            break;
        if (stmt_int(stmt, 0) == wanted)
            code = take_size(stmt, &sizes[at++], err);
        else if (stmt_int(stmt, 0) > wanted)
            break;
    }
    if (code == ERR_OK && at < count)
        code = error_set(err, ERR_FORMAT,
                         "a document's size is missing; run `stet check`");
    stmt_reset(stmt);
    return code;
}

static enum err_code
find_sizes(struct db *db, uint32_t first, const struct keyed *items,
           uint32_t count, double *sizes, struct error *err)
{
    struct stmt *stmt;
    enum err_code code =
        db_stmt(db, "SELECT id, sz FROM fts_docsize WHERE id = ?1", &stmt, err);

    for (uint32_t i = 0; code == ERR_OK && i < count; i++) {
        bool more;

        stmt_reset(stmt);
        stmt_bind_int(stmt, 1, (int64_t)(items[i].doc - first) + 1);
        code = stmt_step(stmt, &more, err);
        if (code == ERR_OK)
            code = take_size(stmt, &sizes[i], err);
    }
    stmt_reset(stmt);
    return code;
}

/* A word's share of the sums of ascending documents. */
struct shares {
    const struct keyed *items;
    uint32_t count, at;
    uint32_t first; /* of the partition */
    double idf, average;
    const double *sizes;
    double *sums; /* NaN: no word yet */
};

static void
add_share(void *ctx, uint32_t row, uint32_t places)
{
    struct shares *shares = ctx;
    uint32_t doc = shares->first + row - 1;
    uint32_t at = shares->at;

    if (at > 0 && shares->items[at - 1].doc >= doc)
        at = 0; /* another segment */
    while (at < shares->count && shares->items[at].doc < doc)
        at++;
    shares->at = at;
    if (at == shares->count || shares->items[at].doc != doc)
        return;
    if (isnan(shares->sums[at]))
        shares->sums[at] = 0.0;
    shares->sums[at] +=
        fts_bm25_part(shares->idf, places, shares->sizes[at], shares->average);
}

/* The same as by FTS5's rows, from the words' doclists: no row goes through
 * SQL. */
static enum err_code
plain_keys(const struct rank *rank, unsigned partition, bool descending,
           struct keyed *items, uint32_t count, struct error *err)
{
    struct db *db = index_partition_db(rank->search->index, partition);
    double *sizes = malloc(((size_t)count + 1) * sizeof(*sizes));
    double *sums = malloc(((size_t)count + 1) * sizeof(*sums));
    struct shares shares = {.items = items, .count = count, .sizes = sizes};
    uint32_t end;
    enum err_code code = sizes && sums ? ERR_OK : error_nomem(err);

    index_partition_range(rank->search->index, partition, &shares.first, &end);
    shares.average = rank->weights[0];
    shares.sums = sums;
    for (uint32_t i = 0; code == ERR_OK && i < count; i++)
        sums[i] = (double)NAN;
    if (code == ERR_OK)
        code = (count > (end - shares.first) / SCAN_SHARE
                    ? scan_sizes
                    : find_sizes)(db, shares.first, items, count, sizes, err);
    for (size_t i = 0; code == ERR_OK && i < rank->count; i++) {
        const struct doclist_wanted wanted = {
            .term = rank->words[i],
            .places = true,
            .rows = end - shares.first,
            .cancel = rank->search->env->cancel,
            .row = add_share,
            .ctx = &shares,
        };

        shares.at = 0;
        shares.idf = rank->weights[i + 1];
        code = doclist_read(db, &wanted, err);
    }
    for (uint32_t i = 0; code == ERR_OK && i < count; i++)
        items[i].key = order_key(-1.0 * sums[i], descending);
    free(sums);
    free(sizes);
    return code;
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

    if (rank->plain)
        return plain_keys(rank, partition, descending, items, count, err);
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
