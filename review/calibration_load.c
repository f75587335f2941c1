/* What reviewers found in the documents they read: their verdicts from the
 * journal, one truth an item, and which items are of random queues. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "review/resolve_private.h"
#include "review/store_scan.h"
#include "stet/calibration.h"
#include "stet/xalloc.h"

/* A reviewer's verdict that stands, given while reading. */
struct vote {
    int64_t item, lamport, seq;
    uint32_t reviewer;
    unsigned char truth;
    bool adjudication, saw_scores;
};

struct load {
    struct resolver *resolver;
    const struct judgement_scope *scope;
    struct judgements *out;
    struct vote *votes;
    size_t vote_count, vote_cap;
    char **reviewers;
    uint32_t reviewer_count;
    struct item_list sampled; /* items of the random queues */
    struct item_list passed;  /* of them, before the last one judged */
    struct item_list judged;
    unsigned char *truths; /* of the judged items, in their order */
    bool *saw;
    struct buf population; /* the query asked about, as a tree */
    struct buf names;
};

static uint32_t
reviewer_number(struct load *load, struct str name)
{
    for (uint32_t i = load->reviewer_count; i-- > 0;)
        if (str_equal(str_of(load->reviewers[i]), name))
            return i;
    load->reviewers = xreallocarray(load->reviewers, load->reviewer_count + 1,
                                    sizeof(*load->reviewers));
    load->reviewers[load->reviewer_count] = xstrndup(name);
    return load->reviewer_count++;
}

static enum truth
truth_of(const struct verdict_set *set, struct str value)
{
    switch (verdict_set_side(set, value)) {
    case VERDICT_GOOD:
        return TRUTH_GOOD;
    case VERDICT_BAD:
        return TRUTH_BAD;
    case VERDICT_NEITHER:
        break;
    }
    return TRUTH_UNSURE;
}

static enum err_code
vote_row(void *ctx, struct stmt *stmt, struct error *err)
{
    struct load *load = ctx;
    struct str reviewer = stmt_text(stmt, 2);
    struct str value = stmt_text(stmt, 3);
    bool adjudication = stmt_int(stmt, 5) != 0;

    (void)err;
    if (stmt_int(stmt, 1) == 0 || value.len == 0 ||
        reviewer_is_model(reviewer) ||
        (!adjudication && stmt_int(stmt, 7) == 0))
        return ERR_OK;
    if (load->vote_count == load->vote_cap) {
        load->vote_cap = load->vote_cap ? load->vote_cap * 2 : 1024;
        load->votes =
            xreallocarray(load->votes, load->vote_cap, sizeof(*load->votes));
    }
    load->votes[load->vote_count++] = (struct vote){
        .item = stmt_int(stmt, 1),
        .lamport = stmt_int(stmt, 6),
        .seq = stmt_int(stmt, 0),
        .reviewer = reviewer_number(load, reviewer),
        .truth =
            (unsigned char)truth_of(&load->resolver->store->verdicts, value),
        .adjudication = adjudication,
        .saw_scores = (stmt_int(stmt, 4) & VISIBLE_SCORES) != 0,
    };
    return ERR_OK;
}

/* One row an annotation, so that a step reads a bounded part of the journal;
 * those that are no verdict have no item. A verdict that a later one replaced,
 * read or not, is not what its reviewer's state says. */
static enum err_code
load_votes(struct load *load, struct error *err)
{
    static const char sql[] =
        "SELECT a.seq, ifnull(s.item, 0), a.reviewer, a.value, a.visible,"
        " a.kind = 'adjudicate', a.lamport, ifnull(st.verdict = a.value, 0)"
        " FROM (SELECT seq, reviewer, value, visible, kind, lamport,"
        "  bulk = 0 AND how = 'read' AND span_start IS NULL"
        "  AND kind IN ('verdict', 'adjudicate') AS counts"
        "  FROM annotation WHERE seq > ?1 ORDER BY seq LIMIT ?2) a"
        " LEFT JOIN subject s ON s.seq = a.seq AND a.counts"
        "  AND NOT EXISTS (SELECT 1 FROM undone u WHERE u.seq = a.seq)"
        " LEFT JOIN state st ON st.reviewer = a.reviewer AND st.item = s.item"
        " ORDER BY a.seq";
    struct store_steps steps = {sql, NULL, vote_row, load};

    return store_step_through(load->resolver->store, &steps, err);
}

static int
compare_votes(const void *a, const void *b)
{
    const struct vote *x = a;
    const struct vote *y = b;

    if (x->item != y->item)
        return x->item < y->item ? -1 : 1;
    if (x->lamport != y->lamport)
        return x->lamport < y->lamport ? -1 : 1;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

/* Keep of one item's votes the newest of each reviewer; returns how many. */
static size_t
keep_newest(struct vote *votes, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        bool later = false;

        for (size_t j = i + 1; !later && j < count; j++)
            later = votes[j].reviewer == votes[i].reviewer &&
                    votes[j].adjudication == votes[i].adjudication;
        if (!later)
            votes[kept++] = votes[i];
    }
    return kept;
}

static void
count_agreement(struct load *load, const struct vote *votes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++) {
            if (votes[i].adjudication || votes[j].adjudication)
                continue;
            load->out->pairs++;
            load->out->agreeing += votes[i].truth == votes[j].truth;
        }
}

/* The newest adjudication, else the newest verdict (which is the common one
 * where they agree). */
static const struct vote *
decide(const struct vote *votes, size_t count)
{
    for (size_t i = count; i-- > 0;)
        if (votes[i].adjudication)
            return &votes[i];
    return &votes[count - 1];
}

static enum err_code
find_truths(struct load *load, struct error *err)
{
    enum err_code code = ERR_OK;

    if (load->vote_count)
        qsort(load->votes, load->vote_count, sizeof(*load->votes),
              compare_votes);
    load->truths = xcalloc(load->vote_count + 1, sizeof(*load->truths));
    load->saw = xcalloc(load->vote_count + 1, sizeof(*load->saw));
    for (size_t i = 0, end; i < load->vote_count && !code; i = end) {
        struct vote *votes = load->votes + i;
        const struct vote *decided;
        size_t count;

        for (end = i;
             end < load->vote_count && load->votes[end].item == votes->item;)
            end++;
        count = keep_newest(votes, end - i);
        count_agreement(load, votes, count);
        decided = decide(votes, count);
        load->truths[load->judged.count] = decided->truth;
        for (size_t v = 0; v < count; v++)
            load->saw[load->judged.count] |=
                votes[v].saw_scores && votes[v].truth == decided->truth;
        code = item_list_add(&load->judged, decided->item, err);
    }
    return code;
}

/* The tree of a query without its order. */
static bool
dump_population(struct str text, struct buf *out, bool *is_random)
{
    struct arena arena;
    const struct query *query = NULL;
    struct error ignored = ERROR_INIT;
    bool good;

    arena_init(&arena, 0);
    good = query_parse(&query, text, &arena, &ignored) == ERR_OK;
    if (good) {
        struct query bare = *query;

        *is_random = query->order.kind == ORDER_RANDOM;
        bare.order = (struct query_order){0};
        query_dump(&bare, out);
    }
    arena_release(&arena);
    return good;
}

struct queue_ids {
    struct load *load;
    struct item_list ids;
};

static enum err_code
queue_row(void *ctx, struct stmt *stmt, struct error *err)
{
    struct queue_ids *queues = ctx;
    struct load *load = queues->load;
    struct buf tree = {0};
    struct buf all = {0};
    bool is_random = false;
    bool ignored = false;
    enum err_code code = ERR_OK;

    if (dump_population(STR_LIT(""), &all, &ignored) &&
        dump_population(stmt_text(stmt, 2), &tree, &is_random) && is_random &&
        (str_equal(buf_str(&tree), buf_str(&all)) ||
         str_equal(buf_str(&tree), buf_str(&load->population)))) {
        xbuf_printf(&load->names, "%s%.*s", load->names.len ? ", " : "",
                    STR_FMT(stmt_text(stmt, 1)));
        load->out->sample.queues++;
        code = item_list_add(&queues->ids, stmt_int(stmt, 0), err);
    }
    buf_release(&tree);
    buf_release(&all);
    return code;
}

struct queue_walk {
    int64_t queue;
    struct item_list items; /* in the queue's order */
};

static void
bind_queue(void *ctx, struct stmt *stmt)
{
    stmt_bind_int(stmt, 3, ((struct queue_walk *)ctx)->queue);
}

static enum err_code
queue_item_row(void *ctx, struct stmt *stmt, struct error *err)
{
    return item_list_add(&((struct queue_walk *)ctx)->items, stmt_int(stmt, 1),
                         err);
}

static int
compare_items(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static bool
has_item(const struct item_list *sorted, int64_t item)
{
    return sorted->count && bsearch(&item, sorted->items, sorted->count,
                                    sizeof(item), compare_items);
}

/* Who goes through a queue in its order has read a random part of it; those
 * passed over on the way may differ from the rest, so they are counted. */
static enum err_code
take_queue(struct load *load, int64_t queue, struct error *err)
{
    static const char sql[] =
        "SELECT position, item FROM queue_item"
        " WHERE queue = ?3 AND position > ?1 ORDER BY position LIMIT ?2";
    struct queue_walk walk = {.queue = queue};
    struct store_steps steps = {sql, bind_queue, queue_item_row, &walk};
    enum err_code code = store_step_through(load->resolver->store, &steps, err);
    size_t last = 0;

    for (size_t i = 0; !code && i < walk.items.count; i++) {
        if (has_item(&load->judged, walk.items.items[i]))
            last = i;
        code = item_list_add(&load->sampled, walk.items.items[i], err);
    }
    for (size_t i = 0; !code && i < last; i++)
        if (!has_item(&load->judged, walk.items.items[i]))
            code = item_list_add(&load->passed, walk.items.items[i], err);
    item_list_release(&walk.items);
    return code;
}

static enum err_code
load_sample(struct load *load, struct error *err)
{
    struct queue_ids queues = {.load = load};
    struct store_steps steps = {
        "SELECT id, name, query FROM queue WHERE id > ?1"
        " ORDER BY id LIMIT ?2",
        NULL, queue_row, &queues};
    bool ignored = false;
    enum err_code code = ERR_OK;

    if (dump_population(load->scope->query, &load->population, &ignored))
        code = store_step_through(load->resolver->store, &steps, err);
    for (size_t i = 0; !code && i < queues.ids.count; i++)
        code = take_queue(load, queues.ids.items[i], err);
    item_list_sort_unique(&load->sampled);
    item_list_sort_unique(&load->passed);
    load->out->sample.names =
        arena_copy(&load->out->arena, buf_str(&load->names));
    item_list_release(&queues.ids);
    return code;
}

static bool
is_within(const struct load *load, uint32_t doc)
{
    const struct bits *within = load->scope->within
                                    ? load->scope->within
                                    : index_live(load->resolver->index);

    return doc < within->count && bits_get(within, doc);
}

static void
add_judgement(struct load *load, struct judgement judgement, size_t *cap)
{
    struct judgements *out = load->out;

    if (out->count == *cap) {
        *cap = *cap ? *cap * 2 : 1024;
        out->list = xreallocarray(out->list, *cap, sizeof(*out->list));
    }
    out->list[out->count++] = judgement;
}

static bool
is_shown(const struct load *load, const uint32_t *docs, uint32_t count)
{
    const struct bits *shown = load->scope->shown;
    bool yes = !shown;

    for (uint32_t d = 0; !yes && d < count; d++)
        yes = docs[d] < shown->count && bits_get(shown, docs[d]);
    return yes;
}

/* Every place of a judged item; the first one counts. */
static void
place_item(struct load *load, size_t at, size_t *cap)
{
    int64_t item = load->judged.items[at];
    uint32_t count = 0;
    const uint32_t *docs = resolve_places(load->resolver, item, &count);
    bool sampled = has_item(&load->sampled, item);
    bool first = true;

    if (!is_shown(load, docs, count))
        return;
    for (uint32_t d = 0; d < count; d++) {
        if (!is_within(load, docs[d]))
            continue;
        add_judgement(load,
                      (struct judgement){docs[d], load->truths[at], sampled,
                                         first, load->saw[at]},
                      cap);
        load->out->items += first;
        load->out->sample.judged += first && sampled;
        first = false;
    }
}

static int
compare_judgements(const void *a, const void *b)
{
    const struct judgement *x = a;
    const struct judgement *y = b;

    return (x->doc > y->doc) - (x->doc < y->doc);
}

static uint32_t
count_within(const struct load *load, const struct item_list *items)
{
    uint32_t inside = 0;

    for (size_t i = 0; i < items->count; i++) {
        uint32_t count = 0;
        const uint32_t *docs =
            resolve_places(load->resolver, items->items[i], &count);
        bool found = false;

        for (uint32_t d = 0; d < count && !found; d++)
            found = is_within(load, docs[d]);
        inside += found;
    }
    return inside;
}

static enum err_code
place_all(struct load *load, struct error *err)
{
    struct bits places = {0};
    size_t cap = 0;
    enum err_code code =
        bits_init(&places, index_count(load->resolver->index), err);

    if (!code)
        code = resolve_items(load->resolver, &load->judged, &places, err);
    if (!code)
        code = resolve_items(load->resolver, &load->sampled, &places, err);
    for (size_t i = 0; !code && i < load->judged.count; i++)
        place_item(load, i, &cap);
    if (!code) {
        load->out->sample.items = count_within(load, &load->sampled);
        load->out->sample.passed = count_within(load, &load->passed);
    }
    if (!code && load->out->count)
        qsort(load->out->list, load->out->count, sizeof(*load->out->list),
              compare_judgements);
    bits_release(&places);
    return code;
}

enum err_code
judgements_load(struct resolver *resolver, const struct judgement_scope *scope,
                struct judgements *out, struct error *err)
{
    struct judgements found = {0};
    struct load load = {.resolver = resolver, .scope = scope, .out = &found};
    enum err_code code;

    arena_init(&found.arena, 0);
    code = load_votes(&load, err);
    if (!code)
        code = find_truths(&load, err);
    if (!code)
        code = load_sample(&load, err);
    if (!code)
        code = place_all(&load, err);
    for (uint32_t i = 0; i < load.reviewer_count; i++)
        free(load.reviewers[i]);
    free(load.reviewers);
    free(load.votes);
    free(load.truths);
    free(load.saw);
    item_list_release(&load.sampled);
    item_list_release(&load.passed);
    item_list_release(&load.judged);
    buf_release(&load.population);
    buf_release(&load.names);
    if (code)
        judgements_release(&found);
    else
        *out = found;
    return code;
}

void
judgements_release(struct judgements *judgements)
{
    free(judgements->list);
    arena_release(&judgements->arena);
    *judgements = (struct judgements){0};
}
