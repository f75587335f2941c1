/* Ratings out of the journal: who read what, and how their decisions stand. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "review/ratings_private.h"
#include "review/resolve_private.h"
#include "review/store_scan.h"
#include "stet/xalloc.h"

/* One reviewer on one item. */
struct reading {
    int64_t item;
    uint32_t reviewer;
    bool is_verdict; /* the verdict that stands was given while reading */
    bool peers_seen;
    uint32_t unit;
    uint32_t verdict; /* category; UINT32_MAX: none */
};
struct scale_value {
    int64_t item, lamport, seq;
    uint32_t reviewer, scale;
    double number;
};
/* A tag on what a reviewer read. */
struct reading_tag {
    uint32_t tag;
    size_t reading;
};

struct gathering {
    struct resolver *resolver;
    const struct bits *within;
    bool models;
    rated_visit *visit;
    void *ctx;
    struct name_table reviewers, verdicts, scales, tags;
    struct reading *readings;
    size_t count, cap;
    struct scale_value *values;
    size_t value_count, value_cap;
    struct reading_tag *tagged;
    size_t tagged_count, tagged_cap;
    size_t at; /* of a reviewer's readings, while the states are gone through */
    uint32_t reviewer;
};

static void
add_value(struct gathering *g, struct stmt *stmt, uint32_t reviewer)
{
    if (g->value_count == g->value_cap) {
        g->value_cap = g->value_cap ? g->value_cap * 2 : 256;
        g->values = xreallocarray(g->values, g->value_cap, sizeof(*g->values));
    }
    g->values[g->value_count++] = (struct scale_value){
        .item = stmt_int(stmt, 1),
        .lamport = stmt_int(stmt, 6),
        .seq = stmt_int(stmt, 0),
        .reviewer = reviewer,
        .scale = name_table_add(&g->scales, stmt_text(stmt, 3)),
        .number = stmt_double(stmt, 7),
    };
}

static enum err_code
reading_row(void *ctx, struct stmt *stmt, struct error *err)
{
    struct gathering *g = ctx;
    struct str reviewer = stmt_text(stmt, 2);
    uint32_t number;

    (void)err;
    if (stmt_int(stmt, 1) == 0 || (!g->models && reviewer_is_model(reviewer)))
        return ERR_OK;
    number = name_table_add(&g->reviewers, reviewer);
    if (g->count == g->cap) {
        g->cap = g->cap ? g->cap * 2 : 1024;
        g->readings = xreallocarray(g->readings, g->cap, sizeof(*g->readings));
    }
    g->readings[g->count++] = (struct reading){
        .item = stmt_int(stmt, 1),
        .reviewer = number,
        .is_verdict = stmt_int(stmt, 8) != 0,
        .peers_seen = (stmt_int(stmt, 4) & VISIBLE_PEERS) != 0,
        .verdict = UINT32_MAX,
    };
    if (stmt_int(stmt, 5))
        add_value(g, stmt, number);
    return ERR_OK;
}

/* One row an annotation, so that a step reads a bounded part of the journal;
 * those that are no decision of a reader have no item. What was imported was
 * read elsewhere. */
static enum err_code
load_readings(struct gathering *g, struct error *err)
{
    static const char sql[] =
        "SELECT a.seq, ifnull(s.item, 0), a.reviewer, a.value, a.visible,"
        " a.kind = 'rate', a.lamport, a.number,"
        " a.kind = 'verdict' AND ifnull(st.verdict = a.value, 0)"
        " FROM (SELECT seq, reviewer, value, visible, kind, lamport, number,"
        "  bulk = 0 AND how IN ('read', 'import', 'model')"
        "  AND kind IN ('verdict', 'rate', 'tag', 'untag', 'rewrite',"
        "  'redact', 'insert', 'drop', 'keep')"
        "  AND (span_start IS NULL OR kind NOT IN ('verdict', 'rate'))"
        "  AS counts"
        "  FROM annotation WHERE seq > ?1 ORDER BY seq LIMIT ?2) a"
        " LEFT JOIN subject s ON s.seq = a.seq AND a.counts"
        "  AND NOT EXISTS (SELECT 1 FROM undone u WHERE u.seq = a.seq)"
        " LEFT JOIN state st ON st.reviewer = a.reviewer AND st.item = s.item"
        " ORDER BY a.seq";
    struct store_steps steps = {sql, NULL, reading_row, g};

    return store_step_through(g->resolver->store, &steps, err);
}

/* By name, so that it does not matter in which order journals came. */
static void
sort_reviewers(struct gathering *g)
{
    uint32_t *numbers = xcalloc(g->reviewers.count + 1, sizeof(*numbers));

    name_table_sort(&g->reviewers, numbers);
    for (size_t i = 0; i < g->count; i++)
        g->readings[i].reviewer = numbers[g->readings[i].reviewer];
    for (size_t i = 0; i < g->value_count; i++)
        g->values[i].reviewer = numbers[g->values[i].reviewer];
    free(numbers);
}

static int
compare_readings(const void *a, const void *b)
{
    const struct reading *x = a;
    const struct reading *y = b;

    if (x->reviewer != y->reviewer)
        return x->reviewer < y->reviewer ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static void
merge_readings(struct gathering *g)
{
    size_t kept = 0;

    if (g->count)
        qsort(g->readings, g->count, sizeof(*g->readings), compare_readings);
    for (size_t i = 0; i < g->count; i++) {
        const struct reading *r = &g->readings[i];

        if (kept && compare_readings(&g->readings[kept - 1], r) == 0) {
            g->readings[kept - 1].is_verdict |= r->is_verdict;
            g->readings[kept - 1].peers_seen |= r->peers_seen;
        } else {
            g->readings[kept++] = *r;
        }
    }
    g->count = kept;
}

static bool
is_within(const struct gathering *g, int64_t item)
{
    uint32_t count = 0;
    const uint32_t *docs = resolve_places(g->resolver, item, &count);
    bool found = false;

    for (uint32_t d = 0; d < count && !found; d++)
        found = docs[d] < g->within->count && bits_get(g->within, docs[d]);
    return found;
}

static int
compare_items(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Leave out what is not asked about, and number the items. */
static enum err_code
place_readings(struct gathering *g, struct error *err)
{
    struct item_list items = {0};
    struct bits places = {0};
    size_t kept = 0;
    enum err_code code = ERR_OK;

    for (size_t i = 0; !code && i < g->count; i++)
        code = item_list_add(&items, g->readings[i].item, err);
    item_list_sort_unique(&items);
    if (!code && g->within)
        code = bits_init(&places, index_count(g->resolver->index), err);
    if (!code && g->within)
        code = resolve_items(g->resolver, &items, &places, err);
    for (size_t i = 0; !code && i < g->count; i++) {
        const int64_t *found;

        if (g->within && !is_within(g, g->readings[i].item))
            continue;
        found = bsearch(&g->readings[i].item, items.items, items.count,
                        sizeof(*items.items), compare_items);
        g->readings[kept] = g->readings[i];
        g->readings[kept++].unit = (uint32_t)(found - items.items);
    }
    g->count = kept;
    bits_release(&places);
    item_list_release(&items);
    return code;
}

static void
add_tags(struct gathering *g, struct str tags, size_t reading)
{
    struct str tag;

    for (size_t at = 0; next_word(tags, &at, &tag);) {
        if (g->tagged_count == g->tagged_cap) {
            g->tagged_cap = g->tagged_cap ? g->tagged_cap * 2 : 256;
            g->tagged =
                xreallocarray(g->tagged, g->tagged_cap, sizeof(*g->tagged));
        }
        g->tagged[g->tagged_count++] =
            (struct reading_tag){name_table_add(&g->tags, tag), reading};
    }
}

/* States come ascending by item, as the reviewer's readings are. */
static enum err_code
state_row(void *ctx, const struct state_row *row, struct error *err)
{
    struct gathering *g = ctx;

    (void)err;
    while (g->at < g->count && g->readings[g->at].reviewer == g->reviewer &&
           g->readings[g->at].item < row->item)
        g->at++;
    if (g->at == g->count || g->readings[g->at].reviewer != g->reviewer ||
        g->readings[g->at].item != row->item)
        return ERR_OK;
    if (g->readings[g->at].is_verdict && row->verdict.len)
        g->readings[g->at].verdict = name_table_add(&g->verdicts, row->verdict);
    add_tags(g, row->tags, g->at);
    add_tags(g, row->span_tags, g->at);
    return ERR_OK;
}

static enum err_code
load_states(struct gathering *g, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; !code && i < g->count; i = g->at) {
        g->at = i;
        g->reviewer = g->readings[i].reviewer;
        code = store_scan(g->resolver->store, g->reviewers.names[g->reviewer],
                          state_row, g, err);
        while (g->at < g->count && g->readings[g->at].reviewer == g->reviewer)
            g->at++;
    }
    return code;
}

static enum err_code
deliver(struct gathering *g, struct rated *rated, struct rating_list *list,
        struct name_table *categories, struct error *err)
{
    rated->raters = g->reviewers.names;
    rated->rater_count = g->reviewers.count;
    return ratings_deliver(rated, list, categories, g->visit, g->ctx, err);
}

static enum err_code
deliver_verdicts(struct gathering *g, struct error *err)
{
    struct rated rated = {.what = "verdict"};
    struct rating_list list = {0};
    enum err_code code = ERR_OK;

    for (size_t i = 0; !code && i < g->count; i++) {
        const struct reading *r = &g->readings[i];

        if (r->verdict == UINT32_MAX)
            continue;
        rated.peers_seen += r->peers_seen;
        code = rating_list_add(
            &list, (struct rating){r->unit, r->reviewer, r->verdict}, err);
    }
    if (!code)
        code = deliver(g, &rated, &list, &g->verdicts, err);
    free(list.list);
    return code;
}

static int
compare_values(const void *a, const void *b)
{
    const struct scale_value *x = a;
    const struct scale_value *y = b;

    if (x->lamport != y->lamport)
        return x->lamport > y->lamport ? -1 : 1;
    return (x->seq < y->seq) - (x->seq > y->seq);
}

/* The newest number of a reviewer comes first, and is the one kept. */
static enum err_code
deliver_scale(struct gathering *g, uint32_t scale, struct error *err)
{
    struct rated rated = {.what = "rating", .name = g->scales.names[scale]};
    struct rating_list list = {0};
    struct name_table numbers;
    enum err_code code = ERR_OK;

    name_table_init(&numbers);
    for (size_t i = 0; !code && i < g->value_count; i++) {
        const struct scale_value *v = &g->values[i];
        struct reading key = {.item = v->item, .reviewer = v->reviewer};
        const struct reading *r;
        char text[40];

        if (v->scale != scale)
            continue;
        r = bsearch(&key, g->readings, g->count, sizeof(key), compare_readings);
        if (!r)
            continue;
        (void)snprintf(text, sizeof(text), "%.17g", v->number);
        rated.peers_seen += r->peers_seen;
        code = rating_list_add(
            &list,
            (struct rating){r->unit, r->reviewer,
                            name_table_add(&numbers, str_of(text))},
            err);
    }
    if (!code)
        code = deliver(g, &rated, &list, &numbers, err);
    free(list.list);
    name_table_release(&numbers);
    return code;
}

static enum err_code
deliver_tag(struct gathering *g, uint32_t tag, struct error *err)
{
    struct rated rated = {.what = "tag", .name = g->tags.names[tag]};
    struct rating_list list = {0};
    struct name_table answers;
    enum err_code code = ERR_OK;

    name_table_init(&answers);
    (void)name_table_add(&answers, STR_LIT("no"));
    (void)name_table_add(&answers, STR_LIT("yes"));
    for (size_t i = 0; !code && i < g->count; i++) {
        const struct reading *r = &g->readings[i];

        rated.peers_seen += r->peers_seen;
        code = rating_list_add(&list, (struct rating){r->unit, r->reviewer, 0},
                               err);
    }
    for (size_t i = 0; !code && i < g->tagged_count; i++)
        if (g->tagged[i].tag == tag)
            list.list[g->tagged[i].reading].category = 1;
    if (!code)
        code = deliver(g, &rated, &list, &answers, err);
    free(list.list);
    name_table_release(&answers);
    return code;
}

static enum err_code
deliver_all(struct gathering *g, struct error *err)
{
    uint32_t *numbers = xcalloc(g->tags.count + 1, sizeof(*numbers));
    enum err_code code = deliver_verdicts(g, err);

    if (g->value_count)
        qsort(g->values, g->value_count, sizeof(*g->values), compare_values);
    for (uint32_t i = 0; !code && i < g->scales.count; i++)
        code = deliver_scale(g, i, err);
    name_table_sort(&g->tags, numbers);
    for (size_t i = 0; i < g->tagged_count; i++)
        g->tagged[i].tag = numbers[g->tagged[i].tag];
    for (uint32_t i = 0; !code && i < g->tags.count; i++)
        code = deliver_tag(g, i, err);
    free(numbers);
    return code;
}

bool
rater_is_model(struct str name)
{
    return reviewer_is_model(name);
}

enum err_code
ratings_of_store(struct resolver *resolver, const struct ratings_scope *scope,
                 rated_visit *visit, void *ctx, struct error *err)
{
    struct gathering g = {.resolver = resolver,
                          .within = scope->within,
                          .models = scope->models,
                          .visit = visit,
                          .ctx = ctx};
    enum err_code code;

    name_table_init(&g.reviewers);
    name_table_init(&g.verdicts);
    name_table_init(&g.scales);
    name_table_init(&g.tags);
    code = load_readings(&g, err);
    sort_reviewers(&g);
    merge_readings(&g);
    if (!code)
        code = place_readings(&g, err);
    if (!code)
        code = load_states(&g, err);
    if (!code)
        code = deliver_all(&g, err);
    name_table_release(&g.reviewers);
    name_table_release(&g.verdicts);
    name_table_release(&g.scales);
    name_table_release(&g.tags);
    free(g.readings);
    free(g.values);
    free(g.tagged);
    return code;
}
