/* Runs a query: sets of document numbers, joined as the tree says, then put in
 * order. What can be said in one FTS5 expression is one; what has to read
 * records comes last, for the documents that are left. */
#include "config.h"

#include "stet/search.h"

#include <stdlib.h>

#include "query_match.h"
#include "search_eval.h"
#include "search_scan.h"
#include "stet/db.h"
#include "stet/pool.h"

static enum err_code eval(const struct search *search,
                          const struct query_node *node,
                          const struct bits *candidates, struct bits *out,
                          struct error *err);

enum err_code
search_cancelled(const struct search *search, struct error *err)
{
    if (cancel_is_set(search->env->cancel))
        return error_set(err, ERR_CANCELLED, "%s",
                         err_code_text(ERR_CANCELLED));
    return ERR_OK;
}

void
search_set_bit(void *ctx, uint32_t doc, double rank)
{
    struct bits *bits = ctx;

    (void)rank;
    bits_set(bits, doc);
}

void
search_count_left_out(const struct search *search, const struct scan_run *run)
{
    search->hits->unreadable += run->unreadable;
    search->hits->costly += run->costly;
    search->hits->cut = search->hits->cut || run->cut;
}

struct range {
    uint32_t first, end;
};

static enum err_code
match_rows(struct stmt *stmt, struct range range, bool ranked, search_row *row,
           void *ctx, struct error *err)
{
    enum err_code code;
    bool more = false;

    for (;;) {
        int64_t local;

        code = stmt_step(stmt, &more, err);
        if (code != ERR_OK || !more)
            return code;
        local = stmt_int(stmt, 0);
        if (local < 1 || local > (int64_t)(range.end - range.first))
            return error_set(err, ERR_FORMAT,
                             "the index names a document that it does not "
                             "have; run `stet check`");
        row(ctx, range.first + (uint32_t)(local - 1),
            ranked ? stmt_double(stmt, 1) : 0);
    }
}

enum err_code
search_match(const struct search *search, struct str expression, bool ranked,
             search_row *row, void *ctx, struct error *err)
{
    static const char *const plain = "SELECT rowid FROM fts WHERE fts MATCH ?1";
    static const char *const rank =
        "SELECT rowid, bm25(fts) FROM fts WHERE fts MATCH ?1";
    unsigned count = index_partition_count(search->index);
    enum err_code code = ERR_OK;

    for (unsigned i = 0; code == ERR_OK && i < count; i++) {
        struct db *db = index_partition_db(search->index, i);
        struct stmt *stmt;
        struct range range;

        index_partition_range(search->index, i, &range.first, &range.end);
        code = search_cancelled(search, err);
        if (code == ERR_OK)
            code = db_stmt(db, ranked ? rank : plain, &stmt, err);
        if (code != ERR_OK)
            break;
        db_set_cancel(db, search->env->cancel);
        stmt_bind_text(stmt, 1, expression);
        code = match_rows(stmt, range, ranked, row, ctx, err);
        stmt_reset(stmt);
        db_set_cancel(db, NULL);
    }
    return code;
}

static enum err_code
eval_match(const struct search *search, const struct query_node *node,
           struct bits *out, struct error *err)
{
    struct buf expression = {0};
    enum err_code code = match_append(node, &expression, err);

    if (code == ERR_OK)
        code = search_match(search, buf_str(&expression), false, search_set_bit,
                            out, err);
    buf_release(&expression);
    return code;
}

static enum field_cost
cost_of(const struct search *search, const struct query_node *node)
{
    enum field_cost cost = FIELD_CHEAP;

    if (node->op == QUERY_REGEX)
        return FIELD_READ;
    if (node->op == QUERY_FIELD)
        return search_field_cost(search, &node->field);
    for (const struct query_node *child = node->first; child;
         child = child->next) {
        enum field_cost of_child = cost_of(search, child);

        if (of_child > cost)
            cost = of_child;
    }
    return cost;
}

/* Evaluate a child and join it to `set`: narrow it, or (widen) add to it what
 * is found among `rest`. */
static enum err_code
join_child(const struct search *search, const struct query_node *child,
           const struct bits *candidates, bool widen, struct bits *set,
           struct error *err)
{
    struct bits found = {NULL, 0};
    enum err_code code = bits_init(&found, set->count, err);

    if (code == ERR_OK)
        code = eval(search, child, candidates, &found, err);
    if (code == ERR_OK && widen)
        bits_or(set, &found);
    else if (code == ERR_OK)
        bits_and(set, &found);
    bits_release(&found);
    return code;
}

/* All words of a group at once: FTS5 skips along the rarest. */
static enum err_code
eval_words(const struct search *search, const struct query_node *group,
           struct bits *set, struct error *err)
{
    struct query_node words = {.op = QUERY_AND, .at = group->at};
    struct query_node copies[64];
    struct query_node **link = &words.first;
    struct bits found = {NULL, 0};
    size_t used = 0;
    enum err_code code;

    for (const struct query_node *child = group->first; child;
         child = child->next) {
        if (child->op != QUERY_TEXT || used == 64)
            continue;
        copies[used] = *child;
        copies[used].next = NULL;
        *link = &copies[used];
        link = &copies[used++].next;
    }
    code = bits_init(&found, set->count, err);
    if (code == ERR_OK)
        code = eval_match(search, &words, &found, err);
    if (code == ERR_OK)
        bits_and(set, &found);
    bits_release(&found);
    return code;
}

static size_t
count_words(const struct query_node *group)
{
    size_t count = 0;

    for (const struct query_node *child = group->first; child;
         child = child->next)
        count += child->op == QUERY_TEXT;
    return count;
}

/* Dearer children see only what the cheaper ones left. */
static enum err_code
eval_and(const struct search *search, const struct query_node *node,
         const struct bits *candidates, struct bits *out, struct error *err)
{
    size_t words = count_words(node);
    bool together = words > 1 && words <= 64;
    enum err_code code = ERR_OK;

    bits_or(out, candidates);
    if (together)
        code = eval_words(search, node, out, err);
    for (int cost = FIELD_CHEAP; cost <= FIELD_READ; cost++) {
        for (const struct query_node *child = node->first;
             code == ERR_OK && child; child = child->next) {
            if ((together && child->op == QUERY_TEXT) ||
                (int)cost_of(search, child) != cost)
                continue;
            code = join_child(search, child, out, false, out, err);
        }
    }
    return code;
}

static enum err_code
eval_or(const struct search *search, const struct query_node *node,
        const struct bits *candidates, struct bits *out, struct error *err)
{
    struct bits rest = {NULL, 0};
    enum err_code code = bits_init(&rest, out->count, err);

    if (code == ERR_OK)
        bits_or(&rest, candidates);
    for (int cost = FIELD_CHEAP; cost <= FIELD_READ; cost++) {
        for (const struct query_node *child = node->first;
             code == ERR_OK && child; child = child->next) {
            if ((int)cost_of(search, child) != cost)
                continue;
            code = join_child(search, child, &rest, true, out, err);
            if (code == ERR_OK)
                bits_and_not(&rest, out);
        }
    }
    bits_release(&rest);
    return code;
}

static enum err_code
eval_not(const struct search *search, const struct query_node *node,
         const struct bits *candidates, struct bits *out, struct error *err)
{
    struct bits found = {NULL, 0};
    enum err_code code = bits_init(&found, out->count, err);

    if (code == ERR_OK)
        code = eval(search, node->first, candidates, &found, err);
    if (code == ERR_OK) {
        bits_or(out, candidates);
        bits_and_not(out, &found);
    }
    bits_release(&found);
    return code;
}

/* The documents of `candidates` for which `node` holds. `out` is clear and is
 * neither of the others. */
static enum err_code
eval(const struct search *search, const struct query_node *node,
     const struct bits *candidates, struct bits *out, struct error *err)
{
    enum err_code code = search_cancelled(search, err);

    if (code != ERR_OK)
        return code;
    if (match_can(node)) {
        code = eval_match(search, node, out, err);
    } else {
        switch (node->op) {
        case QUERY_ALL:
            bits_or(out, candidates);
            break;
        case QUERY_AND:
            code = eval_and(search, node, candidates, out, err);
            break;
        case QUERY_OR:
            code = eval_or(search, node, candidates, out, err);
            break;
        case QUERY_NOT:
            code = eval_not(search, node, candidates, out, err);
            break;
        case QUERY_FIELD:
            code = search_field(search, &node->field, candidates, out, err);
            break;
        case QUERY_REGEX:
            code = search_regex(search, node, candidates, out, err);
            break;
        case QUERY_TEXT: /* match_can() holds */
            break;
        }
    }
    if (code == ERR_OK)
        bits_and(out, candidates);
    return code;
}

static enum err_code
take_docs(const struct bits *found, struct hits *hits, struct error *err)
{
    uint32_t count = bits_population(found);
    uint32_t *docs = malloc((count ? count : 1) * sizeof(*docs));
    uint32_t used = 0;

    if (!docs)
        return error_nomem(err);
    for (uint32_t doc = bits_next(found, 0); doc != UINT32_MAX;
         doc = bits_next(found, doc + 1))
        docs[used++] = doc;
    hits->docs = docs;
    hits->count = used;
    return ERR_OK;
}

/* The leaf that reads documents and is looked at last, so that what it finds
 * are hits, in the order of the query; NULL: there is none. */
static const struct query_node *
last_reader(const struct search *search, const struct query *query)
{
    const struct query_node *node = query->root;
    const struct query_node *last = NULL;

    if (query->order.kind != ORDER_DEFAULT &&
        (query->order.kind != ORDER_SHARD || query->order.reverse))
        return NULL;
    if (node->op == QUERY_AND) {
        for (node = node->first; node; node = node->next)
            if (cost_of(search, node) == FIELD_READ)
                last = node;
        node = last;
    }
    if (node && (node->op == QUERY_REGEX || node->op == QUERY_FIELD))
        return node;
    return NULL;
}

enum err_code
search_run(struct index *index, const struct query *query,
           const struct search_env *env, struct hits *out, struct error *err)
{
    static const struct search_env nothing = {0};
    struct hits hits = {0};
    struct search search = {index, env ? env : &nothing, &hits, NULL};
    struct bits found = {NULL, 0};
    enum err_code code = bits_init(&found, index_count(index), err);

    search.last = last_reader(&search, query);
    if (code == ERR_OK)
        code = eval(&search, query->root, index_live(index), &found, err);
    if (code == ERR_OK)
        code = take_docs(&found, &hits, err);
    bits_release(&found);
    if (code == ERR_OK)
        code = search_order(&search, query, err);
    if (code != ERR_OK) {
        hits_release(&hits);
        return code;
    }
    *out = hits;
    return ERR_OK;
}

void
hits_release(struct hits *hits)
{
    free(hits->docs);
    hits->docs = NULL;
    hits->count = 0;
}
