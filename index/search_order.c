/* What hits are ordered by. Every order is one number a document, mapped to an
 * integer that sorts the same way; unknown values come last. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "search_eval.h"
#include "search_rank.h"
#include "stet/xalloc.h"

#define CANCEL_EVERY 1024u

typedef enum err_code order_value(const struct order *order, uint32_t doc,
                                  double *value, struct error *err);

struct order {
    const struct search *search;
    const struct query_order *wanted;
    order_value *value; /* NULL: documents, random or rank */
    bool descending;
    bool direction_unknown;
    unsigned a, b;           /* scores */
    double scale_a, scale_b; /* 1 / width of their ranges */
    double low_a, low_b;
    struct rank *rank; /* NULL: not by rank */
};

/* Doubles in the order of integers; NaN after everything in both
 * directions. */
uint64_t
order_key(double value, bool descending)
{
    uint64_t bits;

    if (isnan(value))
        return UINT64_MAX;
    if (value == 0)
        value = 0; /* no -0 */
    memcpy(&bits, &value, sizeof(bits));
    bits = bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
    return descending ? ~bits : bits;
}

static enum err_code
score_value(const struct order *order, uint32_t doc, double *value,
            struct error *err)
{
    (void)err;
    *value = index_score(order->search->index, order->a, doc);
    return ERR_OK;
}

static enum err_code
near_value(const struct order *order, uint32_t doc, double *value,
           struct error *err)
{
    (void)err;
    *value = fabs(index_score(order->search->index, order->a, doc) -
                  order->wanted->value);
    return ERR_OK;
}

static enum err_code
disagree_scores(const struct order *order, uint32_t doc, double *value,
                struct error *err)
{
    double a = index_score(order->search->index, order->a, doc);
    double b = index_score(order->search->index, order->b, doc);

    (void)err;
    *value = fabs((a - order->low_a) * order->scale_a -
                  (b - order->low_b) * order->scale_b);
    return ERR_OK;
}

static enum err_code
disagree_reviewers(const struct order *order, uint32_t doc, double *value,
                   struct error *err)
{
    const struct search_env *env = order->search->env;

    (void)err;
    *value = env->disagree(env->ctx, order->wanted->a, order->wanted->b, doc);
    return ERR_OK;
}

static enum err_code
length_value(const struct order *order, uint32_t doc, double *value,
             struct error *err)
{
    struct document_place place;
    enum err_code code = index_place(order->search->index, doc, &place, err);

    if (code == ERR_OK)
        *value = place.text_cp;
    return code;
}

static enum err_code
number_value(const struct order *order, uint32_t doc, double *value,
             struct error *err)
{
    (void)order;
    (void)err;
    *value = doc;
    return ERR_OK;
}

/* splitmix64's finalizer. */
static uint64_t
mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* By seed, text and id, not by number: the order outlives a re-sharding. */
static enum err_code
random_key(const struct order *order, uint32_t doc, struct arena *arena,
           uint64_t *key, struct error *err)
{
    struct document_place place;
    struct str id = {NULL, 0};
    struct str source = {NULL, 0};
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a of the id */
    enum err_code code = index_place(order->search->index, doc, &place, err);

    arena_reset(arena);
    if (code == ERR_OK)
        code =
            index_identity(order->search->index, doc, arena, &id, &source, err);
    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < id.len; i++)
        hash = (hash ^ (unsigned char)id.ptr[i]) * UINT64_C(0x100000001b3);
    hash = mix(hash + hash_prefix(&place.text_hash));
    hash = mix(hash + mix(order->wanted->seed + UINT64_C(0x9e3779b97f4a7c15)));
    *key = order->wanted->reverse ? ~hash : hash;
    return ERR_OK;
}

static enum err_code
random_keys(const struct order *order, struct keyed *items, uint32_t count,
            struct error *err)
{
    struct arena arena;
    enum err_code code = ERR_OK;

    arena_init(&arena, 0);
    for (uint32_t i = 0; code == ERR_OK && i < count; i++) {
        code = random_key(order, items[i].doc, &arena, &items[i].key, err);
        if (code == ERR_OK && i % CANCEL_EVERY == 0)
            code = search_cancelled(order->search, err);
    }
    arena_release(&arena);
    return code;
}

static enum err_code
value_keys(const struct order *order, struct keyed *items, uint32_t count,
           struct error *err)
{
    enum err_code code = ERR_OK;

    for (uint32_t i = 0; code == ERR_OK && i < count; i++) {
        double value = (double)NAN;

        code = order->value(order, items[i].doc, &value, err);
        items[i].key = order_key(value, order->descending);
        if (code == ERR_OK && i % CANCEL_EVERY == 0)
            code = search_cancelled(order->search, err);
    }
    return code;
}

#define BLOCK 256u      /* documents whose scores are fetched at a time, */
#define BLOCK_DENSE 32u /* when at least so many of them are wanted */

/* The same for a score, of ascending documents of one partition. */
static enum err_code
score_keys(const struct order *order, struct keyed *items, uint32_t count,
           struct error *err)
{
    struct index *index = order->search->index;
    bool near = order->value == near_value;
    double values[BLOCK];
    uint32_t first = 0;
    uint32_t have = 0; /* values from `first` on */

    for (uint32_t i = 0; i < count; i++) {
        uint32_t doc = items[i].doc;
        double value;

        if (doc - first >= have && count - i >= BLOCK_DENSE &&
            items[i + BLOCK_DENSE - 1].doc - doc < BLOCK) {
            uint32_t last = i + BLOCK - 1 < count ? i + BLOCK - 1 : count - 1;

            first = doc;
            have = items[last].doc - doc + 1;
            have = have < BLOCK ? have : BLOCK;
            index_scores(index, order->a, first, have, values);
        }
        value = doc - first < have ? values[doc - first]
                                   : index_score(index, order->a, doc);
        if (near)
            value = fabs(value - order->wanted->value);
        items[i].key = order_key(value, order->descending);
    }
    return search_cancelled(order->search, err);
}

enum err_code
order_keys(const struct order *order, unsigned partition, struct keyed *items,
           uint32_t count, struct error *err)
{
    if (order->rank)
        return rank_keys(order->rank, partition, order->descending, items,
                         count, err);
    if (order->wanted->kind == ORDER_RANDOM)
        return random_keys(order, items, count, err);
    if (order_is_score(order))
        return score_keys(order, items, count, err);
    if (order->value)
        return value_keys(order, items, count, err);
    for (uint32_t i = 0; i < count; i++)
        items[i].key = 0;
    return ERR_OK;
}

static enum err_code
number_score(struct order *order, struct str name, unsigned *score,
             struct error *err)
{
    const struct search *search = order->search;
    enum err_code code = search_may_score(search, order->wanted->at, err);

    if (code == ERR_OK)
        code = search_score(search, name, order->wanted->at, score, err);

    if (code == ERR_OK &&
        index_score_def(search->index, *score)->kind == SCORE_LABEL)
        code = error_set_at(err, ERR_USAGE, order->wanted->at,
                            "%.*s is a label, not a number to sort by",
                            STR_FMT(name));
    return code;
}

static enum err_code
choose_score(struct order *order, struct error *err)
{
    enum score_bad bad;
    enum err_code code = number_score(order, order->wanted->a, &order->a, err);

    if (code != ERR_OK)
        return code;
    bad = index_score_def(order->search->index, order->a)->bad;
    order->descending = (bad != SCORE_BAD_LOW) != order->wanted->reverse;
    order->direction_unknown = bad == SCORE_BAD_UNKNOWN;
    return ERR_OK;
}

/* A score's range as defined, else as seen in the index. */
static void
score_scale(const struct search *search, unsigned score, double *low,
            double *scale)
{
    const struct score_def *def = index_score_def(search->index, score);
    const struct bits *live = index_live(search->index);
    double min = def->min;
    double max = def->max;

    if (isnan(min) || isnan(max)) {
        min = max = (double)NAN;
        for (uint32_t doc = bits_next(live, 0); doc != UINT32_MAX;
             doc = bits_next(live, doc + 1)) {
            double value = index_score(search->index, score, doc);

            min = fmin(min, value); /* skips NaN */
            max = fmax(max, value);
        }
    }
    *low = min;
    *scale = max > min ? 1 / (max - min) : 1;
}

static enum err_code
choose_disagree(struct order *order, struct error *err)
{
    const struct search *search = order->search;
    const struct query_order *wanted = order->wanted;
    enum err_code code;
    unsigned ignored;

    order->descending = !wanted->reverse;
    if (search->env->disagree &&
        !index_score_find(search->index, wanted->a, &ignored) &&
        !index_score_find(search->index, wanted->b, &ignored) &&
        !str_starts_with(wanted->a, STR_LIT("score.")) &&
        !str_starts_with(wanted->b, STR_LIT("score."))) {
        order->value = disagree_reviewers;
        return ERR_OK;
    }
    code = number_score(order, wanted->a, &order->a, err);
    if (code == ERR_OK)
        code = number_score(order, wanted->b, &order->b, err);
    if (code != ERR_OK)
        return code;
    score_scale(search, order->a, &order->low_a, &order->scale_a);
    score_scale(search, order->b, &order->low_b, &order->scale_b);
    order->value = disagree_scores;
    return ERR_OK;
}

/* Choose the number to sort by. */
static enum err_code
choose(struct order *order, const struct query *query, struct error *err)
{
    order->descending = order->wanted->reverse;
    switch (order->wanted->kind) {
    case ORDER_DEFAULT:
    case ORDER_RANDOM:
        return ERR_OK;
    case ORDER_SHARD:
        if (order->wanted->reverse)
            order->value = number_value;
        return ERR_OK;
    case ORDER_LENGTH:
        order->value = length_value;
        return ERR_OK;
    case ORDER_SCORE:
        order->value = score_value;
        return choose_score(order, err);
    case ORDER_NEAR:
        order->value = near_value;
        return number_score(order, order->wanted->a, &order->a, err);
    case ORDER_DISAGREE:
        return choose_disagree(order, err);
    case ORDER_RANK:
        return rank_make(&order->rank, order->search, query, err);
    }
    return ERR_OK;
}

enum err_code
order_make(struct order **out, const struct search *search,
           const struct query *query, struct error *err)
{
    struct order *order = xcalloc(1, sizeof(*order));
    enum err_code code;

    order->search = search;
    order->wanted = &query->order;
    code = choose(order, query, err);
    if (code == ERR_OK)
        *out = order;
    else
        order_free(order);
    return code;
}

void
order_free(struct order *order)
{
    if (!order)
        return;
    rank_free(order->rank);
    free(order);
}

bool
order_is_documents(const struct order *order)
{
    return !order->value && !order->rank && order->wanted->kind != ORDER_RANDOM;
}

bool
order_direction_unknown(const struct order *order)
{
    return order->direction_unknown;
}

bool
order_asks_caller(const struct order *order)
{
    return order->value == disagree_reviewers;
}

bool
order_is_score(const struct order *order)
{
    return order->value == score_value || order->value == near_value;
}
