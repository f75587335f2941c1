/* The fields that the index knows itself: scores, labels, columns, places,
 * lengths, duplicates, ids. What it does not know is asked of the caller. */
#include "config.h"

#include "search_eval.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "stet/json.h"

#define CANCEL_EVERY 1024u /* documents between two looks */

static enum err_code
look_at(const struct search *search, uint32_t *steps, struct error *err)
{
    if (++*steps % CANCEL_EVERY)
        return ERR_OK;
    return search_cancelled(search, err);
}

/* Bounds of a field that counts or measures; NaN stays open. */
static enum err_code
numbers(const struct query_field *field, double *low, double *high,
        struct error *err)
{
    bool good = field->is_range
                    ? (isnan(field->low) == (field->low_text.len == 0) &&
                       isnan(field->high) == (field->high_text.len == 0))
                    : !isnan(field->low);

    if (!good)
        return error_set_at(err, ERR_USAGE, field->value_at,
                            "%.*s: needs a number or a range: %.*s:5 "
                            "%.*s:0.8.. %.*s:..0.2",
                            STR_FMT(field->name), STR_FMT(field->name),
                            STR_FMT(field->name), STR_FMT(field->name));
    if (field->low > field->high)
        return error_set_at(err, ERR_USAGE, field->value_at,
                            "this range is empty: the smaller number comes "
                            "first");
    *low = field->low;
    *high = field->high;
    return ERR_OK;
}

static bool
in_range(double value, double low, double high)
{
    return !isnan(value) && !(value < low) && !(value > high);
}

/* Where no candidate is, no column is read. */
static enum err_code
run_score(const struct stretch *at, const struct leaf *leaf,
          const struct bits *candidates, struct bits *out, struct error *err)
{
    struct index *index = at->search->index;
    double low = leaf->low;
    double high = leaf->high;
    double values[CANCEL_EVERY];

    if (!isnan(low))
        low = index_score_round(index, leaf->score, at->first, low);
    if (!isnan(high))
        high = index_score_round(index, leaf->score, at->first, high);
    for (uint32_t doc = bits_next(candidates, 0); doc != UINT32_MAX;
         doc = bits_next(candidates, doc)) {
        uint32_t count = candidates->count - doc;

        if (count > CANCEL_EVERY)
            count = CANCEL_EVERY;
        index_scores(index, leaf->score, at->first + doc, count, values);
        for (uint32_t i = 0; i < count; i++)
            if (in_range(values[i], low, high))
                bits_set(out, doc + i);
        doc += count;
    }
    return search_cancelled(at->search, err);
}

enum err_code
search_may_score(const struct search *search, size_t at, struct error *err)
{
    return search->env->hide_scores
               ? error_set_at(err, ERR_USAGE, at,
                              "scores are hidden (blind = all): ask for words, "
                              "or open a queue")
               : ERR_OK;
}

static enum err_code
set_label(const struct search *search, const struct query_field *field,
          struct bits *out, struct error *err)
{
    size_t count = index_score_count(search->index);
    enum err_code code = search_may_score(search, field->at, err);

    for (size_t i = 0; code == ERR_OK && i < count; i++) {
        unsigned score = (unsigned)i;

        if (index_score_def(search->index, score)->kind == SCORE_LABEL)
            code = index_label_bits(search->index, LABEL_SCORE, score,
                                    field->value, out, err);
    }
    return code;
}

static enum err_code
set_source(const struct search *search, const struct query_field *field,
           struct bits *out, struct error *err)
{
    return index_label_bits(search->index, LABEL_SOURCE, 0, field->value, out,
                            err);
}

static enum err_code
set_lang(const struct search *search, const struct query_field *field,
         struct bits *out, struct error *err)
{
    return index_label_bits(search->index, LABEL_LANG, 0, field->value, out,
                            err);
}

static enum err_code
set_shard(const struct search *search, const struct query_field *field,
          struct bits *out, struct error *err)
{
    uint32_t count = index_shard_count(search->index);

    (void)err;
    for (uint32_t i = 0; i < count; i++) {
        const struct index_shard *shard = index_shard(search->index, i);

        if (shard->live &&
            (str_glob(field->value, str_of(shard->path)) ||
             str_glob(field->value, str_of(path_base(shard->path)))))
            bits_set_range(out, shard->first, shard->end);
    }
    return ERR_OK;
}

static enum err_code
run_len(const struct stretch *at, const struct leaf *leaf,
        const struct bits *candidates, struct bits *out, struct error *err)
{
    struct document_place place;
    uint32_t steps = 0;
    enum err_code code = ERR_OK;

    for (uint32_t doc = bits_next(candidates, 0);
         code == ERR_OK && doc != UINT32_MAX;
         doc = bits_next(candidates, doc + 1)) {
        code = index_place(at->search->index, at->first + doc, &place, err);
        if (code == ERR_OK && in_range(place.text_cp, leaf->low, leaf->high))
            bits_set(out, doc);
        if (code == ERR_OK)
            code = look_at(at->search, &steps, err);
    }
    return code;
}

/* Half of a text's hash is enough to count equal texts by. */
struct text_key {
    uint64_t high, low;
    uint32_t doc;
};

static int
compare_keys(const void *left, const void *right)
{
    const struct text_key *a = left;
    const struct text_key *b = right;

    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    return (a->low > b->low) - (a->low < b->low);
}

static enum err_code
load_keys(const struct search *search, struct text_key *keys, size_t *count,
          struct error *err)
{
    const struct bits *live = index_live(search->index);
    struct document_place place = {0};
    uint32_t steps = 0;
    enum err_code code = ERR_OK;

    *count = 0;
    for (uint32_t doc = bits_next(live, 0); code == ERR_OK && doc != UINT32_MAX;
         doc = bits_next(live, doc + 1)) {
        struct text_key *key = &keys[(*count)++];

        code = index_place(search->index, doc, &place, err);
        if (code == ERR_OK)
            code = look_at(search, &steps, err);
        key->high = hash_prefix(&place.text_hash);
        memcpy(&key->low, place.text_hash.bytes + 8, sizeof(key->low));
        key->doc = doc;
    }
    return code;
}

/* Into 256 buckets by the first byte, then each by itself: a sort that can be
 * stopped. `sorted` has room for all. */
static enum err_code
sort_keys(const struct search *search, const struct text_key *keys,
          struct text_key *sorted, size_t count, struct error *err)
{
    size_t starts[257] = {0};
    size_t ends[256];
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < count; i++)
        starts[(keys[i].high >> 56) + 1]++;
    for (size_t i = 1; i < 257; i++)
        starts[i] += starts[i - 1];
    memcpy(ends, starts, sizeof(ends));
    for (size_t i = 0; i < count; i++)
        sorted[ends[keys[i].high >> 56]++] = keys[i];
    for (size_t i = 0; code == ERR_OK && i < 256; i++) {
        qsort(sorted + starts[i], ends[i] - starts[i], sizeof(*sorted),
              compare_keys);
        code = search_cancelled(search, err);
    }
    return code;
}

static void
set_copies(const struct text_key *keys, size_t count, double low, double high,
           struct bits *out)
{
    size_t end;

    for (size_t start = 0; start < count; start = end) {
        for (end = start + 1;
             end < count && keys[end].high == keys[start].high &&
             keys[end].low == keys[start].low;
             end++)
            ;
        for (size_t i = start; i < end; i++)
            if (in_range((double)(end - start), low, high))
                bits_set(out, keys[i].doc);
    }
}

static enum err_code
set_dup(const struct search *search, const struct query_field *field,
        struct bits *out, struct error *err)
{
    size_t live = index_live_count(search->index);
    struct text_key *keys;
    size_t count = 0;
    double low = (double)NAN;
    double high = (double)NAN;
    enum err_code code = numbers(field, &low, &high, err);

    if (code != ERR_OK)
        return code;
    keys = malloc((live + 1) * 2 * sizeof(*keys));
    if (!keys)
        return error_nomem(err);
    code = load_keys(search, keys, &count, err);
    if (code == ERR_OK)
        code = sort_keys(search, keys, keys + live, count, err);
    if (code == ERR_OK)
        set_copies(keys + live, count, low, high, out);
    free(keys);
    return code;
}

static enum err_code
add_id(const struct search *search, struct str token, struct arena *arena,
       struct bits *out, bool *found, struct error *err)
{
    uint32_t *docs = NULL;
    size_t count = 0;
    enum err_code code = index_find_id(
        search->index, token, (struct str){NULL, 0}, arena, &docs, &count, err);

    for (size_t i = 0; code == ERR_OK && i < count; i++)
        bits_set(out, docs[i]);
    *found = *found || (code == ERR_OK && count > 0);
    return code;
}

/* As its JSON token stands in a shard: a number, or a string in the two usual
 * spellings. */
static enum err_code
find_exact(const struct search *search, struct str id, struct bits *out,
           bool *found, struct error *err)
{
    struct arena arena;
    struct buf token = {0};
    enum err_code code;

    arena_init(&arena, 0);
    code = add_id(search, id, &arena, out, found, err);
    for (int ascii = 0; code == ERR_OK && ascii < 2; ascii++) {
        buf_clear(&token);
        code = json_write_string(&token, id, ascii, err);
        if (code == ERR_OK)
            code = add_id(search, buf_str(&token), &arena, out, found, err);
    }
    buf_release(&token);
    arena_release(&arena);
    return code;
}

/* Whether an id's token, or what it says, matches. */
static enum err_code
id_matches(struct str pattern, struct str token, struct buf *decoded,
           bool *matches, struct error *err)
{
    enum err_code code = ERR_OK;

    *matches = token.ptr && str_glob(pattern, token);
    if (*matches || !token.ptr || token.len < 2 || token.ptr[0] != '"')
        return ERR_OK;
    buf_clear(decoded);
    code = json_decode_string(token, decoded, err);
    *matches = code == ERR_OK && str_glob(pattern, buf_str(decoded));
    return code;
}

static enum err_code
run_id(const struct stretch *at, const struct leaf *leaf,
       const struct bits *candidates, struct bits *out, struct error *err)
{
    struct arena arena;
    struct buf decoded = {0};
    uint32_t steps = 0;
    enum err_code code = ERR_OK;

    arena_init(&arena, 0);
    for (uint32_t doc = bits_next(candidates, 0);
         code == ERR_OK && doc != UINT32_MAX;
         doc = bits_next(candidates, doc + 1)) {
        struct str token = {NULL, 0};
        struct str source = {NULL, 0};
        bool matches = false;

        arena_reset(&arena);
        code = index_identity(at->search->index, at->first + doc, &arena,
                              &token, &source, err);
        if (code == ERR_OK)
            code =
                id_matches(leaf->field->value, token, &decoded, &matches, err);
        if (matches)
            bits_set(out, doc);
        if (code == ERR_OK)
            code = look_at(at->search, &steps, err);
    }
    buf_release(&decoded);
    arena_release(&arena);
    return code;
}

static void
make_leaf(struct plan_node *node, enum plan_cost cost, leaf_run *run)
{
    node->op = PLAN_LEAF;
    node->cost = cost;
    node->leaf.run = run;
}

/* An id that is known is a set; else, and for patterns, all are looked at. */
static enum err_code
plan_id(struct plan *plan, const struct query_field *field,
        struct plan_node *node, struct error *err)
{
    struct plan_node *exact = search_plan_new(plan, PLAN_SET, COST_SET);
    struct plan_node *scan = search_plan_new(plan, PLAN_LEAF, COST_SCAN);
    bool found = false;
    bool is_pattern = str_find(field->value, STR_LIT("*"), 0) != SIZE_MAX ||
                      str_find(field->value, STR_LIT("?"), 0) != SIZE_MAX;
    enum err_code code;

    if (!exact || !scan)
        return error_nomem(err);
    code = search_plan_set(plan, exact, err);
    if (code == ERR_OK)
        code = find_exact(plan->search, field->value, &exact->set, &found, err);
    make_leaf(scan, COST_SCAN, run_id);
    scan->leaf.field = field;
    node->op = PLAN_OR;
    node->children = exact;
    if (!found || is_pattern) {
        exact->next = scan;
        node->cost = COST_SCAN;
    }
    return code;
}

static enum err_code
plan_len(struct plan *plan, const struct query_field *field,
         struct plan_node *node, struct error *err)
{
    (void)plan;
    make_leaf(node, COST_SCAN, run_len);
    return numbers(field, &node->leaf.low, &node->leaf.high, err);
}

static enum err_code
plan_score(struct plan *plan, unsigned score, struct plan_node *node,
           struct error *err)
{
    struct index *index = plan->search->index;
    const struct query_field *field = node->leaf.field;
    enum err_code code = search_may_score(plan->search, field->at, err);

    if (code != ERR_OK)
        return code;
    if (index_score_def(index, score)->kind != SCORE_LABEL) {
        make_leaf(node, COST_SET, run_score);
        node->leaf.score = score;
        return numbers(field, &node->leaf.low, &node->leaf.high, err);
    }
    code = search_plan_set(plan, node, err);
    if (code == ERR_OK)
        code = index_label_bits(index, LABEL_SCORE, score, field->value,
                                &node->set, err);
    return code;
}

typedef enum err_code make_set(const struct search *search,
                               const struct query_field *field,
                               struct bits *out, struct error *err);
typedef enum err_code make_node(struct plan *plan,
                                const struct query_field *field,
                                struct plan_node *node, struct error *err);

static const struct {
    const char *name;
    make_set *set; /* or else */
    make_node *plan;
} own_fields[] = {
    {"label", set_label, NULL},       {"source", set_source, NULL},
    {"lang", set_lang, NULL},         {"shard", set_shard, NULL},
    {"list", NULL, search_plan_list}, {"dup", set_dup, NULL},
    {"len", NULL, plan_len},          {"id", NULL, plan_id},
};
#define OWN_COUNT (sizeof(own_fields) / sizeof(own_fields[0]))

/* Index into own_fields, OWN_COUNT for none. */
static size_t
find_own(struct str name)
{
    size_t i = 0;

    while (i < OWN_COUNT && !str_equal(name, str_of(own_fields[i].name)))
        i++;
    return i;
}

/* Names of the language itself, which a score of that name does not hide. */
static bool
is_reserved(struct str name)
{
    for (const struct query_help *row = query_fields; row->name; row++)
        if (str_equal(name, str_of(row->name)))
            return true;
    return false;
}

static enum err_code
ask_caller(const struct search *search, const struct query_field *field,
           struct bits *out, struct error *err)
{
    enum err_code code = ERR_NOTFOUND;

    if (search->env->named)
        code = search->env->named(search->env->ctx, field, out, err);
    if (code == ERR_NOTFOUND)
        return search_unknown(search, field->name, field->at, false, err);
    if (code == ERR_USAGE && err->offset == ERR_NO_OFFSET)
        err->offset = field->value_at;
    return code;
}

static enum err_code
fill_set(struct plan *plan, make_set *set, struct plan_node *node,
         struct error *err)
{
    enum err_code code = search_plan_set(plan, node, err);

    if (code == ERR_OK)
        code = set(plan->search, node->leaf.field, &node->set, err);
    return code;
}

enum err_code
search_plan_field(struct plan *plan, const struct query_field *field,
                  struct plan_node **out, struct error *err)
{
    size_t own = find_own(field->name);
    struct plan_node *node = search_plan_new(plan, PLAN_LEAF, COST_SET);
    unsigned score;

    if (!node)
        return error_nomem(err);
    *out = node;
    node->leaf.field = field;
    if (own < OWN_COUNT && own_fields[own].plan)
        return own_fields[own].plan(plan, field, node, err);
    if (own < OWN_COUNT)
        return fill_set(plan, own_fields[own].set, node, err);
    if (str_starts_with(field->name, STR_LIT("score."))) {
        enum err_code code =
            search_score(plan->search, field->name, field->at, &score, err);

        return code == ERR_OK ? plan_score(plan, score, node, err) : code;
    }
    if (!is_reserved(field->name) &&
        index_score_find(plan->search->index, field->name, &score))
        return plan_score(plan, score, node, err);
    return fill_set(plan, ask_caller, node, err);
}
