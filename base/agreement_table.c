/* Ratings put together by unit and by pair of raters. Most corpora have few
 * different rows: three raters and three classes make ten. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "stet/agreement.h"

#define PAIRS_MAX (UINT32_C(1) << 26)

/* A unit's categories, sorted. */
struct unit {
    const uint32_t *categories;
    uint32_t ratings, first;
};

static int
compare_numbers(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static int
compare_units(const void *a, const void *b)
{
    const struct unit *x = a;
    const struct unit *y = b;

    if (x->ratings != y->ratings)
        return x->ratings < y->ratings ? -1 : 1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return memcmp(x->categories, y->categories,
                  x->ratings * sizeof(*x->categories));
}

static void
add_row(struct rating_table *table, size_t *choices, const struct unit *unit)
{
    struct rating_row *row = &table->rows[table->row_count++];

    *row = (struct rating_row){unit->first, *choices, unit->ratings, 0};
    for (uint32_t i = 0; i < unit->ratings; i++) {
        if (i == 0 || unit->categories[i] != unit->categories[i - 1])
            table->choices[(*choices)++] =
                (struct rating_choice){unit->categories[i], 0};
        table->choices[*choices - 1].count++;
    }
    row[1].start = *choices;
}

static enum err_code
make_rows(struct rating_table *out, struct unit *units, size_t count,
          size_t ratings, struct error *err)
{
    size_t choices = 0;

    qsort(units, count, sizeof(*units), compare_units);
    out->rows = calloc(count + 1, sizeof(*out->rows));
    out->choices = calloc(ratings + 1, sizeof(*out->choices));
    if (!out->rows || !out->choices) {
        rating_table_release(out);
        return error_nomem(err);
    }
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare_units(&units[i - 1], &units[i]) != 0)
            add_row(out, &choices, &units[i]);
        out->rows[out->row_count - 1].units++;
    }
    return ERR_OK;
}

enum err_code
rating_table_make(struct rating_table *out, const struct rating *ratings,
                  size_t count, struct rating_scale scale, struct error *err)
{
    struct rating_table table = {.scale = scale};
    uint32_t *categories = calloc(count + 1, sizeof(*categories));
    struct unit *units = calloc(count + 1, sizeof(*units));
    size_t unit_count = 0;
    enum err_code code = ERR_OK;

    if (!categories || !units)
        code = error_nomem(err);
    for (size_t i = 0, end; !code && i < count; i = end) {
        for (end = i; end < count && ratings[end].unit == ratings[i].unit;
             end++)
            categories[end] = ratings[end].category;
        qsort(categories + i, end - i, sizeof(*categories), compare_numbers);
        units[unit_count++] =
            (struct unit){categories + i, (uint32_t)(end - i), 0};
    }
    if (!code)
        code = make_rows(&table, units, unit_count, count, err);
    free(categories);
    free(units);
    if (!code)
        *out = table;
    return code;
}

void
rating_table_release(struct rating_table *table)
{
    free(table->rows);
    free(table->choices);
    *table = (struct rating_table){0};
}

/* What two raters chose for one unit: `a` the one with the lower number. */
struct pair_rating {
    uint32_t a, b;
    uint32_t chosen[2];
};

static int
compare_ratings(const void *x, const void *y)
{
    const struct pair_rating *p = x;
    const struct pair_rating *q = y;

    if (p->a != q->a)
        return p->a < q->a ? -1 : 1;
    return (p->b > q->b) - (p->b < q->b);
}

static int
compare_pairs(const void *x, const void *y)
{
    const struct rater_pair *p = x;
    const struct rater_pair *q = y;

    if (p->units != q->units)
        return p->units > q->units ? -1 : 1;
    if (p->a != q->a)
        return p->a < q->a ? -1 : 1;
    return (p->b > q->b) - (p->b < q->b);
}

/* All pairs within units; with `out` NULL they are only counted, up to one
 * more than are allowed. */
static size_t
pair_ratings(const struct rating *ratings, size_t count,
             struct pair_rating *out)
{
    size_t found = 0;

    for (size_t i = 0; i < count && found <= PAIRS_MAX; i++)
        for (size_t j = i + 1; j < count && ratings[j].unit == ratings[i].unit;
             j++) {
            const struct rating *x = &ratings[i];
            const struct rating *y = &ratings[j];

            if (x->rater == y->rater || x->rater == RATER_UNKNOWN ||
                y->rater == RATER_UNKNOWN)
                continue;
            if (x->rater > y->rater) {
                x = y;
                y = &ratings[i];
            }
            if (out)
                out[found] = (struct pair_rating){
                    x->rater, y->rater, {x->category, y->category}};
            found++;
        }
    return found;
}

static enum err_code
list_pairs(struct rater_pairs *pairs, size_t count, struct error *err)
{
    size_t different = 0;

    for (size_t i = 0; i < count; i++)
        different += i == 0 || compare_ratings(&pairs->ratings[i - 1],
                                               &pairs->ratings[i]) != 0;
    pairs->list = calloc(different + 1, sizeof(*pairs->list));
    if (!pairs->list)
        return error_nomem(err);
    for (size_t i = 0; i < count; i++) {
        const struct pair_rating *r = &pairs->ratings[i];

        if (i == 0 || compare_ratings(r - 1, r) != 0)
            pairs->list[pairs->count++] = (struct rater_pair){r->a, r->b, i, 0};
        pairs->list[pairs->count - 1].units++;
    }
    qsort(pairs->list, pairs->count, sizeof(*pairs->list), compare_pairs);
    return ERR_OK;
}

enum err_code
rater_pairs_find(struct rater_pairs *out, const struct rating *ratings,
                 size_t count, struct error *err)
{
    struct rater_pairs pairs = {0};
    size_t found = pair_ratings(ratings, count, NULL);
    enum err_code code = ERR_OK;

    if (found > PAIRS_MAX)
        return error_set(err, ERR_LIMIT,
                         "more than %u pairs of ratings: too many to compare "
                         "raters two by two",
                         PAIRS_MAX);
    pairs.ratings = calloc(found + 1, sizeof(*pairs.ratings));
    if (!pairs.ratings)
        return error_nomem(err);
    (void)pair_ratings(ratings, count, pairs.ratings);
    qsort(pairs.ratings, found, sizeof(*pairs.ratings), compare_ratings);
    code = list_pairs(&pairs, found, err);
    if (code)
        rater_pairs_release(&pairs);
    else
        *out = pairs;
    return code;
}

void
rater_pairs_release(struct rater_pairs *pairs)
{
    free(pairs->list);
    free(pairs->ratings);
    *pairs = (struct rater_pairs){0};
}

enum err_code
rating_table_of_pair(struct rating_table *out, const struct rater_pairs *pairs,
                     size_t pair, struct rating_scale scale, struct error *err)
{
    struct rating_table table = {.scale = scale, .of_pair = true};
    size_t count = pairs->list[pair].units;
    uint32_t *categories = calloc(2 * count + 1, sizeof(*categories));
    struct unit *units = calloc(count + 1, sizeof(*units));
    enum err_code code = ERR_OK;

    if (!categories || !units)
        code = error_nomem(err);
    for (size_t i = 0; !code && i < count; i++) {
        const uint32_t *chosen =
            pairs->ratings[pairs->list[pair].start + i].chosen;
        bool turned = chosen[0] > chosen[1];

        categories[2 * i] = chosen[turned];
        categories[2 * i + 1] = chosen[!turned];
        units[i] = (struct unit){categories + 2 * i, 2, chosen[0]};
    }
    if (!code)
        code = make_rows(&table, units, count, 2 * count, err);
    free(categories);
    free(units);
    if (!code)
        *out = table;
    return code;
}
