/* The documents of a partition that share the most of an output's rare words:
 * the weights of its anchors summed over their documents. */
#include "config.h"

#include <stdlib.h>

#include "search_rank.h"
#include "trace_part.h"

/* Of a row. */
struct sum {
    float weight;
    uint32_t anchors;
};

static void
add_anchor(const struct trace_places *places, double idf, struct sum *sums)
{
    uint64_t former = 0;

    for (size_t i = 0; i < places->count; i++) {
        uint64_t row = places->list[i] >> 32;

        if (row != former) {
            sums[row].weight += (float)idf;
            sums[row].anchors++;
        }
        former = row;
    }
}

/* Keep it if it is one of the heaviest so far. */
static void
offer(struct trace_part *part, const struct trace_weighed *one)
{
    struct trace_weighed *list = part->weighed;
    size_t at = part->weighed_count;

    if (at == TRACE_WEIGHED && list[at - 1].weight >= one->weight)
        return;
    if (at == TRACE_WEIGHED)
        at--;
    else
        part->weighed_count++;
    for (; at > 0 && list[at - 1].weight < one->weight; at--)
        list[at] = list[at - 1];
    list[at] = *one;
}

enum err_code
trace_weigh(struct trace_part *part, struct error *err)
{
    const struct trace_text *text = part->text;
    uint32_t rows = part->end - part->first;
    struct sum *sums;

    if (part->options->fuzzy_documents == 0)
        return ERR_OK;
    sums = calloc((size_t)rows + 1, sizeof(*sums));
    if (!sums)
        return error_nomem(err);
    for (size_t i = 0; i < text->anchor_count; i++)
        if (!text->anchors[i].dropped)
            add_anchor(&part->places[i],
                       rank_idf((int64_t)text->rows,
                                (int64_t)text->anchors[i].documents),
                       sums);
    for (uint32_t row = 1; row <= rows; row++)
        if (sums[row].anchors > 1)
            offer(part, &(struct trace_weighed){
                            .weight = (double)sums[row].weight,
                            .doc = part->first + row - 1,
                            .anchors = sums[row].anchors,
                        });
    free(sums);
    return ERR_OK;
}
