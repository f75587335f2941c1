/* Places of phrases counted in the partitions: words from their doclists,
 * longer ones by FTS5. No document is read. */
#include "config.h"

#include "stet/phrases.h"

#include <stdlib.h>

#include "doclist_read.h"
#include "docsize.h"
#include "query_match.h"
#include "search_terms.h"
#include "stet/db.h"
#include "stet/pool.h"
#include "stet/xalloc.h"

/* One thread's partition. */
struct part {
    struct index *index;
    const struct phrase_list *list;
    const struct bits *within;
    const int *cancel;
    struct db *db;
    uint32_t first, rows;
    struct bits rows_within;    /* bit 0 is row 1 */
    bool all;                   /* every row is within */
    struct bits any;            /* of the category: rows that have a phrase */
    uint64_t *hits, *documents; /* by phrase */
    uint64_t *category_documents;
    uint64_t tokens;
    size_t phrase; /* now */
    enum err_code code;
    struct error err;
};

static void
take_row(void *ctx, uint32_t row, uint32_t places)
{
    struct part *part = ctx;

    if (row == 0 || row > part->rows || !bits_get(&part->rows_within, row - 1))
        return;
    part->hits[part->phrase] += places;
    part->documents[part->phrase]++;
    bits_set(&part->any, row - 1);
}

static enum err_code
count_word(struct part *part, struct str word, struct error *err)
{
    const struct doclist_wanted wanted = {.term = word,
                                          .places = true,
                                          .rows = part->rows,
                                          .cancel = part->cancel,
                                          .row = take_row,
                                          .ctx = part};

    return doclist_read(part->db, &wanted, err);
}

static enum err_code
count_words(struct part *part, struct str expression, struct error *err)
{
    struct stmt *stmt = NULL;
    bool more = false;
    enum err_code code = db_prepare(part->db,
                                    "SELECT rowid, stet_places(fts) FROM fts"
                                    " WHERE fts MATCH ?1",
                                    &stmt, err);

    if (code)
        return code;
    stmt_bind_text(stmt, 1, expression);
    code = stmt_step(stmt, &more, err);
    while (!code && more) {
        int64_t row = stmt_int(stmt, 0);

        if (row >= 1 && row <= part->rows)
            take_row(part, (uint32_t)row, (uint32_t)stmt_int(stmt, 1));
        code = stmt_step(stmt, &more, err);
    }
    stmt_free(stmt);
    return code;
}

static enum err_code
count_phrase(struct part *part, struct error *err)
{
    const struct query_phrase phrase = {part->list->phrases[part->phrase].text,
                                        false};
    const struct query_text text = {&phrase, 1, 0};
    struct buf expression = {0};
    struct str word = {NULL, 0};
    struct arena arena;
    enum err_code code;

    arena_init(&arena, 0);
    code = terms_word(&text, &arena, &word, err);
    if (!code && word.ptr)
        code = count_word(part, word, err);
    else if (!code)
        code = match_append_phrase(&phrase, &expression, err);
    if (!code && !word.ptr)
        code = count_words(part, buf_str(&expression), err);
    buf_release(&expression);
    arena_release(&arena);
    return code;
}

static enum err_code
count_category(struct part *part, size_t number, struct error *err)
{
    const struct phrase_category *category = &part->list->categories[number];
    enum err_code code = ERR_OK;

    bits_clear(&part->any);
    for (size_t i = category->start; !code && i < category->end; i++) {
        part->phrase = i;
        code = cancel_is_set(part->cancel)
                   ? error_set(err, ERR_CANCELLED, "%s",
                               err_code_text(ERR_CANCELLED))
                   : count_phrase(part, err);
    }
    part->category_documents[number] = bits_population(&part->any);
    return code;
}

static void
count_part(void *arg)
{
    struct part *part = arg;

    db_set_cancel(part->db, part->cancel);
    part->code = docsize_sum(part->db, part->all ? NULL : &part->rows_within,
                             &part->tokens, &part->err);
    for (size_t i = 0; !part->code && i < part->list->category_count; i++)
        part->code = count_category(part, i, &part->err);
    db_set_cancel(part->db, NULL);
}

static enum err_code
part_init(struct part *part, const struct part *all, unsigned number,
          struct error *err)
{
    uint32_t end;
    enum err_code code;

    *part = *all;
    index_partition_range(part->index, number, &part->first, &end);
    part->rows = end - part->first;
    part->db = index_partition_db(part->index, number);
    code = bits_init(&part->rows_within, part->rows, err);
    if (!code)
        code = bits_init(&part->any, part->rows, err);
    if (code)
        return code;
    bits_slice(&part->rows_within, part->within, part->first);
    part->all = bits_population(&part->rows_within) == part->rows;
    part->hits = xcalloc(part->list->phrase_count + 1, sizeof(uint64_t));
    part->documents = xcalloc(part->list->phrase_count + 1, sizeof(uint64_t));
    part->category_documents =
        xcalloc(part->list->category_count + 1, sizeof(uint64_t));
    return ERR_OK;
}

static void
part_release(struct part *part)
{
    bits_release(&part->rows_within);
    bits_release(&part->any);
    free(part->hits);
    free(part->documents);
    free(part->category_documents);
}

static void
add_part(struct phrase_list *list, const struct part *part)
{
    list->tokens += part->tokens;
    list->documents += bits_population(&part->rows_within);
    for (size_t i = 0; i < list->phrase_count; i++) {
        list->phrases[i].hits += part->hits[i];
        list->phrases[i].documents += part->documents[i];
    }
    for (size_t c = 0; c < list->category_count; c++) {
        struct phrase_category *category = &list->categories[c];

        category->documents += part->category_documents[c];
        for (size_t i = category->start; i < category->end; i++)
            category->hits += part->hits[i];
    }
}

static void
run_parts(struct part *parts, unsigned count)
{
    unsigned cores = pool_cores();
    struct pool *pool = pool_new(cores < count ? cores : count, "phrases");

    for (unsigned i = 0; i < count; i++)
        pool_submit(pool, count_part, &parts[i], 0);
    pool_wait(pool);
    pool_free(pool);
}

enum err_code
phrases_count(struct phrase_list *list, struct index *index,
              const struct bits *within, const int *cancel, struct error *err)
{
    unsigned count = index_partition_count(index);
    struct part *parts = xcalloc(count + 1, sizeof(*parts));
    const struct part all = {.index = index,
                             .list = list,
                             .within = within ? within : index_live(index),
                             .cancel = cancel,
                             .err = ERROR_INIT};
    enum err_code code = ERR_OK;

    for (unsigned i = 0; !code && i < count; i++)
        code = part_init(&parts[i], &all, i, err);
    if (!code && count)
        run_parts(parts, count);
    for (unsigned i = 0; !code && i < count; i++) {
        code = parts[i].code;
        if (code)
            *err = parts[i].err;
    }
    for (unsigned i = 0; i < count; i++) {
        if (!code)
            add_part(list, &parts[i]);
        part_release(&parts[i]);
    }
    free(parts);
    return code;
}
