/* The documents of a partition that share the most of an output's rare words:
 * the weights of its anchors summed over their documents. */
#include "config.h"

#include <stdlib.h>

#include "docsize.h"
#include "trace_part.h"

#define HEAVIEST 2048u /* of which those that are not just long are taken */

static const char sql_size[] = "SELECT sz FROM fts_docsize WHERE id = ?1";

static void
add_anchor(const struct trace_places *places, double weight, float *sums)
{
    uint64_t former = 0;

    for (size_t i = 0; i < places->count; i++) {
        uint64_t row = places->list[i] >> 32;

        if (row != former)
            sums[row] += (float)weight;
        former = row;
    }
}

/* The heaviest rows as keys, small first. */
static enum err_code
find_heaviest(const struct trace_part *part, const float *sums, double least,
              struct keyed **out, uint32_t *count, struct error *err)
{
    uint32_t rows = part->end - part->first;
    struct keyed *all;
    uint32_t found = 0;

    for (uint32_t row = 1; row <= rows; row++)
        found += (double)sums[row] >= least;
    all = malloc(((size_t)found + 1) * sizeof(*all));
    *out = malloc((HEAVIEST + 1) * sizeof(**out));
    if (!all || !*out) {
        free(all);
        return error_nomem(err);
    }
    found = 0;
    for (uint32_t row = 1; row <= rows; row++)
        if ((double)sums[row] >= least)
            all[found++] = (struct keyed){
                .key = order_key((double)sums[row], true), .doc = row};
    *count = order_select(all, found, NULL, *out, HEAVIEST);
    free(all);
    return ERR_OK;
}

/* A long document has many words anyway: as in bm25, its weight counts less. */
static enum err_code
weigh_by_length(const struct trace_part *part, const float *sums,
                struct keyed *rows, uint32_t count, struct error *err)
{
    const struct trace_text *text = part->text;
    double mean = (double)text->tokens / (double)text->rows;
    struct stmt *stmt;
    enum err_code code = db_stmt(part->db, sql_size, &stmt, err);

    for (uint32_t i = 0; code == ERR_OK && i < count; i++) {
        int64_t tokens = 0;
        bool more = false;

        stmt_reset(stmt);
        stmt_bind_int(stmt, 1, rows[i].doc);
        code = stmt_step(stmt, &more, err);
        if (code == ERR_OK && more)
            code = docsize_take(stmt_text(stmt, 0), &tokens, err);
        rows[i].key = order_key((double)sums[rows[i].doc] /
                                    (0.25 + 0.75 * (double)tokens / mean),
                                true);
    }
    if (code == ERR_OK)
        stmt_reset(stmt);
    return code;
}

static enum err_code
choose(struct trace_part *part, const float *sums, double least,
       struct error *err)
{
    struct keyed chosen[TRACE_WEIGHED] = {{0}};
    struct keyed *rows = NULL;
    uint32_t count = 0;
    enum err_code code = find_heaviest(part, sums, least, &rows, &count, err);

    if (code == ERR_OK)
        code = weigh_by_length(part, sums, rows, count, err);
    if (code == ERR_OK)
        part->weighed_count =
            order_select(rows, count, NULL, chosen, TRACE_WEIGHED);
    for (size_t i = 0; i < part->weighed_count; i++)
        part->weighed[i] = (struct trace_weighed){
            chosen[i].key, part->first + chosen[i].doc - 1};
    free(rows);
    return code;
}

enum err_code
trace_weigh(struct trace_part *part, struct error *err)
{
    const struct trace_text *text = part->text;
    double least = trace_text_rare_weight(text);
    float *sums;
    enum err_code code;

    if (part->options->fuzzy_documents == 0 || least <= 0)
        return ERR_OK;
    sums = calloc((size_t)(part->end - part->first) + 1, sizeof(*sums));
    if (!sums)
        return error_nomem(err);
    for (size_t i = 0; i < text->anchor_count; i++)
        if (!text->anchors[i].dropped)
            add_anchor(&part->places[i], text->anchors[i].weight, sums);
    code = choose(part, sums, least, err);
    free(sums);
    return code;
}
