/* Puts hits in order. Every order is one number a document; the numbers are
 * mapped to integers that sort the same way and radix-sorted, which is stable:
 * ties stay in the order of documents, unknown values come last. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "query_match.h"
#include "search_eval.h"

#define CANCEL_EVERY 1024u

struct keyed {
    uint64_t key; /* small first */
    uint32_t doc;
};

struct ranks {
    const struct bits *wanted;
    double *values; /* by document */
};

/* What to sort by; filled by the order's own function. */
struct plan {
    const struct search *search;
    const struct query_order *order;
    bool descending;
    unsigned a, b;           /* scores */
    double scale_a, scale_b; /* 1 / width of their ranges */
    double low_a, low_b;
    struct ranks ranks;
};

typedef enum err_code plan_value(const struct plan *plan, uint32_t doc,
                                 double *value, struct error *err);

/* Doubles in the order of integers; NaN after everything in both
 * directions. */
static uint64_t
key_of(double value, bool descending)
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

/* Least significant byte first; bytes that are all equal cost one pass of
 * counting. */
static enum err_code
radix_sort(const struct search *search, struct keyed **items,
           struct keyed **space, uint32_t count, struct error *err)
{
    enum err_code code = ERR_OK;

    for (unsigned shift = 0; shift < 64 && code == ERR_OK; shift += 8) {
        uint32_t starts[257] = {0};
        struct keyed *from = *items;
        struct keyed *to = *space;

        for (uint32_t i = 0; i < count; i++)
            starts[((from[i].key >> shift) & 0xff) + 1]++;
        code = search_cancelled(search, err);
        if (count == 0 || starts[((from[0].key >> shift) & 0xff) + 1] == count)
            continue;
        for (unsigned i = 1; i < 257; i++)
            starts[i] += starts[i - 1];
        for (uint32_t i = 0; i < count; i++)
            to[starts[(from[i].key >> shift) & 0xff]++] = from[i];
        *items = to;
        *space = from;
    }
    return code;
}

static enum err_code
score_value(const struct plan *plan, uint32_t doc, double *value,
            struct error *err)
{
    (void)err;
    *value = index_score(plan->search->index, plan->a, doc);
    return ERR_OK;
}

static enum err_code
near_value(const struct plan *plan, uint32_t doc, double *value,
           struct error *err)
{
    (void)err;
    *value = fabs(index_score(plan->search->index, plan->a, doc) -
                  plan->order->value);
    return ERR_OK;
}

static enum err_code
disagree_scores(const struct plan *plan, uint32_t doc, double *value,
                struct error *err)
{
    double a = index_score(plan->search->index, plan->a, doc);
    double b = index_score(plan->search->index, plan->b, doc);

    (void)err;
    *value = fabs((a - plan->low_a) * plan->scale_a -
                  (b - plan->low_b) * plan->scale_b);
    return ERR_OK;
}

static enum err_code
disagree_reviewers(const struct plan *plan, uint32_t doc, double *value,
                   struct error *err)
{
    const struct search_env *env = plan->search->env;

    (void)err;
    *value = env->disagree(env->ctx, plan->order->a, plan->order->b, doc);
    return ERR_OK;
}

static enum err_code
length_value(const struct plan *plan, uint32_t doc, double *value,
             struct error *err)
{
    struct document_place place;
    enum err_code code = index_place(plan->search->index, doc, &place, err);

    if (code == ERR_OK)
        *value = place.text_cp;
    return code;
}

static enum err_code
number_value(const struct plan *plan, uint32_t doc, double *value,
             struct error *err)
{
    (void)plan;
    (void)err;
    *value = doc;
    return ERR_OK;
}

static enum err_code
rank_value(const struct plan *plan, uint32_t doc, double *value,
           struct error *err)
{
    (void)err;
    *value = plan->ranks.values[doc];
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
random_key(const struct plan *plan, uint32_t doc, struct arena *arena,
           uint64_t *key, struct error *err)
{
    struct document_place place;
    struct str id = {NULL, 0};
    struct str source = {NULL, 0};
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a of the id */
    enum err_code code = index_place(plan->search->index, doc, &place, err);

    arena_reset(arena);
    if (code == ERR_OK)
        code =
            index_identity(plan->search->index, doc, arena, &id, &source, err);
    if (code != ERR_OK)
        return code;
    for (size_t i = 0; i < id.len; i++)
        hash = (hash ^ (unsigned char)id.ptr[i]) * UINT64_C(0x100000001b3);
    hash = mix(hash + hash_prefix(&place.text_hash));
    hash = mix(hash + mix(plan->order->seed + UINT64_C(0x9e3779b97f4a7c15)));
    *key = plan->order->reverse ? ~hash : hash;
    return ERR_OK;
}

static enum err_code
fill_random(const struct plan *plan, struct keyed *items, struct error *err)
{
    const struct hits *hits = plan->search->hits;
    struct arena arena;
    enum err_code code = ERR_OK;

    arena_init(&arena, 0);
    for (uint32_t i = 0; code == ERR_OK && i < hits->count; i++) {
        items[i].doc = hits->docs[i];
        code = random_key(plan, hits->docs[i], &arena, &items[i].key, err);
        if (code == ERR_OK && i % CANCEL_EVERY == 0)
            code = search_cancelled(plan->search, err);
    }
    arena_release(&arena);
    return code;
}

static enum err_code
fill_values(const struct plan *plan, plan_value *value_of, struct keyed *items,
            struct error *err)
{
    const struct hits *hits = plan->search->hits;
    enum err_code code = ERR_OK;

    for (uint32_t i = 0; code == ERR_OK && i < hits->count; i++) {
        double value = (double)NAN;

        code = value_of(plan, hits->docs[i], &value, err);
        items[i] =
            (struct keyed){key_of(value, plan->descending), hits->docs[i]};
        if (code == ERR_OK && i % CANCEL_EVERY == 0)
            code = search_cancelled(plan->search, err);
    }
    return code;
}

static enum err_code
number_score(struct plan *plan, struct str name, unsigned *score,
             struct error *err)
{
    const struct search *search = plan->search;
    enum err_code code =
        search_score(search, name, plan->order->at, score, err);

    if (code == ERR_OK &&
        index_score_def(search->index, *score)->kind == SCORE_LABEL)
        code = error_set_at(err, ERR_USAGE, plan->order->at,
                            "%.*s is a label, not a number to sort by",
                            STR_FMT(name));
    return code;
}

static enum err_code
plan_score(struct plan *plan, struct error *err)
{
    enum score_bad bad;
    enum err_code code = number_score(plan, plan->order->a, &plan->a, err);

    if (code != ERR_OK)
        return code;
    bad = index_score_def(plan->search->index, plan->a)->bad;
    plan->descending = (bad != SCORE_BAD_LOW) != plan->order->reverse;
    plan->search->hits->direction_unknown = bad == SCORE_BAD_UNKNOWN;
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
plan_disagree(struct plan *plan, plan_value **value_of, struct error *err)
{
    const struct search *search = plan->search;
    const struct query_order *order = plan->order;
    enum err_code code;
    unsigned ignored;

    plan->descending = !order->reverse;
    if (search->env->disagree &&
        !index_score_find(search->index, order->a, &ignored) &&
        !index_score_find(search->index, order->b, &ignored) &&
        !str_starts_with(order->a, STR_LIT("score.")) &&
        !str_starts_with(order->b, STR_LIT("score."))) {
        *value_of = disagree_reviewers;
        return ERR_OK;
    }
    code = number_score(plan, order->a, &plan->a, err);
    if (code == ERR_OK)
        code = number_score(plan, order->b, &plan->b, err);
    if (code != ERR_OK)
        return code;
    score_scale(search, plan->a, &plan->low_a, &plan->scale_a);
    score_scale(search, plan->b, &plan->low_b, &plan->scale_b);
    *value_of = disagree_scores;
    return ERR_OK;
}

static enum err_code
add_words(void *ctx, const struct query_node *leaf, struct error *err)
{
    struct buf *expression = ctx;

    if (leaf->op != QUERY_TEXT)
        return ERR_OK;
    if (expression->len > 0) {
        enum err_code code = buf_append_str(expression, STR_LIT(" OR "), err);

        if (code != ERR_OK)
            return code;
    }
    return match_append(leaf, expression, err);
}

static void
set_rank(void *ctx, uint32_t doc, double rank)
{
    struct ranks *ranks = ctx;

    if (bits_get(ranks->wanted, doc))
        ranks->values[doc] = rank;
}

/* bm25 of all words that are searched for, within each partition. */
static enum err_code
plan_rank(struct plan *plan, const struct query *query, struct error *err)
{
    const struct search *search = plan->search;
    const struct hits *hits = search->hits;
    uint32_t count = index_count(search->index);
    struct buf expression = {0};
    struct bits wanted = {NULL, 0};
    enum err_code code =
        match_foreach(query->root, add_words, &expression, err);

    plan->descending = plan->order->reverse;
    if (code == ERR_OK && expression.len == 0)
        code = error_set_at(err, ERR_USAGE, plan->order->at,
                            "sort:rank needs words to rank by");
    if (code == ERR_OK)
        code = bits_init(&wanted, count, err);
    if (code != ERR_OK)
        goto out;
    plan->ranks.values = malloc((count ? count : 1) * sizeof(double));
    if (!plan->ranks.values) {
        code = error_nomem(err);
        goto out;
    }
    for (uint32_t i = 0; i < count; i++)
        plan->ranks.values[i] = (double)NAN;
    for (uint32_t i = 0; i < hits->count; i++)
        bits_set(&wanted, hits->docs[i]);
    plan->ranks.wanted = &wanted;
    code = search_match(search, buf_str(&expression), true, set_rank,
                        &plan->ranks, err);
    plan->ranks.wanted = NULL;
out:
    bits_release(&wanted);
    buf_release(&expression);
    return code;
}

/* Choose the number to sort by; NULL: keep the order of documents. */
static enum err_code
make_plan(struct plan *plan, const struct query *query, plan_value **value_of,
          struct error *err)
{
    plan->descending = plan->order->reverse;
    *value_of = NULL;
    switch (plan->order->kind) {
    case ORDER_DEFAULT:
    case ORDER_RANDOM:
        return ERR_OK;
    case ORDER_SHARD:
        if (plan->order->reverse)
            *value_of = number_value;
        return ERR_OK;
    case ORDER_LENGTH:
        *value_of = length_value;
        return ERR_OK;
    case ORDER_SCORE:
        *value_of = score_value;
        return plan_score(plan, err);
    case ORDER_NEAR:
        *value_of = near_value;
        return number_score(plan, plan->order->a, &plan->a, err);
    case ORDER_DISAGREE:
        return plan_disagree(plan, value_of, err);
    case ORDER_RANK:
        *value_of = rank_value;
        return plan_rank(plan, query, err);
    }
    return ERR_OK;
}

enum err_code
search_order(const struct search *search, const struct query *query,
             struct error *err)
{
    struct plan plan = {.search = search, .order = &query->order};
    struct hits *hits = search->hits;
    size_t count = hits->count ? hits->count : 1;
    struct keyed *items = NULL;
    struct keyed *space = NULL;
    plan_value *value_of;
    enum err_code code = make_plan(&plan, query, &value_of, err);

    if (code != ERR_OK || (!value_of && query->order.kind != ORDER_RANDOM))
        goto out;
    items = malloc(count * sizeof(*items));
    space = malloc(count * sizeof(*space));
    if (!items || !space) {
        code = error_nomem(err);
        goto out;
    }
    code = value_of ? fill_values(&plan, value_of, items, err)
                    : fill_random(&plan, items, err);
    if (code == ERR_OK)
        code = radix_sort(search, &items, &space, hits->count, err);
    for (uint32_t i = 0; code == ERR_OK && i < hits->count; i++)
        hits->docs[i] = items[i].doc;
out:
    free(plan.ranks.values);
    free(items);
    free(space);
    return code;
}
