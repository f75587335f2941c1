/* The parts of a query that must read documents to be decided: on the caller's
 * thread, over sets of all documents, after what is quicker. Parts that read
 * nothing are walked as usual. Of the others the index tells, partition after
 * partition, for which documents each can hold; what is still open then is
 * decided by reading, each document once for all parts. */
#include "config.h"

#include "regex_terms.h"
#include "search_ask.h"
#include "search_run.h"

/* So few documents are read sooner than looked up. */
#define NARROW_FROM 16u

struct deep {
    struct run *run;
    struct arena arena;
    struct ask *root;
    unsigned readers;
    struct scan_run scan;
};

static enum err_code
make_reader(struct deep *deep, struct ask *ask, struct error *err)
{
    const struct search *search = &deep->run->search;
    const struct query_node *query = ask->node->query;

    ask->number = deep->readers++;
    if (query->op == QUERY_REGEX)
        return search_regex(&ask->reader, search, query, &deep->arena, err);
    return search_meta(&ask->reader, &query->field, &deep->arena, err);
}

static enum err_code
make_ask(struct deep *deep, const struct plan_node *node, struct ask **out,
         struct error *err)
{
    struct ask *ask = arena_alloc(&deep->arena, sizeof(*ask));
    struct ask **link;
    enum err_code code = ERR_OK;

    if (!ask)
        return error_nomem(err);
    *ask = (struct ask){.op = node->op, .node = node};
    *out = ask;
    link = &ask->children;
    if (node->op == PLAN_READ)
        return make_reader(deep, ask, err);
    if (node->cost < COST_READ) {
        ask->op = PLAN_SET;
        return ERR_OK;
    }
    for (const struct plan_node *child = node->children;
         code == ERR_OK && child; child = child->next) {
        code = make_ask(deep, child, link, err);
        if (code == ERR_OK)
            link = &(*link)->next;
    }
    return code;
}

static void
release_ask(struct ask *ask)
{
    if (!ask)
        return;
    bits_release(&ask->set);
    for (struct ask *child = ask->children; child; child = child->next)
        release_ask(child);
}

static void
list_readers(const struct ask *ask, const struct ask **readers)
{
    if (ask->op == PLAN_READ)
        readers[ask->number] = ask;
    for (const struct ask *child = ask->children; child; child = child->next)
        list_readers(child, readers);
}

/* Walk what reads nothing. `out`, clear, becomes those for which the whole can
 * hold, whatever is read. */
static enum err_code
walk_sets(struct deep *deep, struct ask *ask, const struct bits *candidates,
          struct bits *out, struct error *err)
{
    struct bits left = {NULL, 0};
    enum err_code code;

    if (ask->op == PLAN_SET) {
        code = search_shallow(deep->run, ask->node, candidates, out, err);
        if (code == ERR_OK)
            code = bits_init(&ask->set, out->count, err);
        if (code == ERR_OK)
            bits_or(&ask->set, out);
        return code;
    }
    code = bits_init(&left, out->count, err);
    if (code == ERR_OK && ask->op != PLAN_OR)
        bits_or(out, candidates);
    for (struct ask *child = ask->children; code == ERR_OK && child;
         child = child->next) {
        bits_clear(&left);
        if (ask->op == PLAN_AND) {
            bits_swap(&left, out);
            code = walk_sets(deep, child, &left, out, err);
        } else {
            code = walk_sets(deep, child, candidates, &left, err);
            if (ask->op == PLAN_OR)
                bits_or(out, &left);
        }
    }
    bits_release(&left);
    return code;
}

/* Documents of a partition (bit 0 is its first) for which a part holds
 * certainly, and for which it can hold: all of these are candidates. */
struct bounds {
    struct bits certain, possible;
};

static enum err_code
bounds_init(struct bounds *bounds, uint32_t count, struct error *err)
{
    enum err_code code = bits_init(&bounds->certain, count, err);

    return code == ERR_OK ? bits_init(&bounds->possible, count, err) : code;
}

static void
bounds_release(struct bounds *bounds)
{
    bits_release(&bounds->certain);
    bits_release(&bounds->possible);
}

static enum err_code
bound_reader(const struct deep *deep, unsigned number, struct ask *ask,
             const struct bits *candidates, struct bounds *out,
             struct error *err)
{
    const struct search *search = &deep->run->search;
    bool useful = false;
    enum err_code code;

    bits_release(&ask->set);
    code = bits_init(&ask->set, candidates->count, err);
    if (code != ERR_OK)
        return code;
    bits_or(&ask->set, candidates);
    if (ask->reader.need && bits_population(candidates) >= NARROW_FROM)
        code = regex_narrow(index_partition_db(search->index, number),
                            ask->reader.need, search->env->cancel, &ask->set,
                            &useful, err);
    bits_or(&out->possible, &ask->set);
    return code;
}

static enum err_code bound(const struct deep *deep, unsigned number,
                           struct ask *ask, const struct bits *candidates,
                           struct bounds *out, struct error *err);

/* A child is bounded for those that its elder siblings leave open. */
static enum err_code
bound_group(const struct deep *deep, unsigned number, struct ask *ask,
            const struct bits *candidates, struct bounds *out,
            struct error *err)
{
    struct bits open = {NULL, 0};
    enum err_code code = bits_init(&open, candidates->count, err);

    if (code == ERR_OK)
        bits_or(&open, candidates);
    if (code == ERR_OK && ask->op == PLAN_AND)
        bits_or(&out->certain, candidates);
    for (struct ask *child = ask->children; code == ERR_OK && child;
         child = child->next) {
        struct bounds one = {.certain = {NULL, 0}};

        code = bounds_init(&one, candidates->count, err);
        if (code == ERR_OK)
            code = bound(deep, number, child, &open, &one, err);
        if (code == ERR_OK && ask->op == PLAN_AND) {
            bits_and(&out->certain, &one.certain);
            bits_swap(&open, &one.possible);
        } else if (code == ERR_OK) {
            bits_or(&out->certain, &one.certain);
            bits_or(&out->possible, &one.possible);
            bits_and_not(&open, &one.certain);
        }
        bounds_release(&one);
    }
    if (code == ERR_OK && ask->op == PLAN_AND)
        bits_or(&out->possible, &open);
    bits_release(&open);
    return code;
}

static enum err_code
bound_not(const struct deep *deep, unsigned number, struct ask *ask,
          const struct bits *candidates, struct bounds *out, struct error *err)
{
    struct bounds inner = {.certain = {NULL, 0}};
    enum err_code code = bounds_init(&inner, candidates->count, err);

    if (code == ERR_OK)
        code = bound(deep, number, ask->children, candidates, &inner, err);
    if (code == ERR_OK) {
        bits_or(&out->certain, candidates);
        bits_and_not(&out->certain, &inner.possible);
        bits_or(&out->possible, candidates);
        bits_and_not(&out->possible, &inner.certain);
    }
    bounds_release(&inner);
    return code;
}

/* `out` is clear. */
static enum err_code
bound(const struct deep *deep, unsigned number, struct ask *ask,
      const struct bits *candidates, struct bounds *out, struct error *err)
{
    uint32_t first;
    uint32_t end;

    if (ask->op == PLAN_READ)
        return bound_reader(deep, number, ask, candidates, out, err);
    if (ask->op == PLAN_NOT)
        return bound_not(deep, number, ask, candidates, out, err);
    if (ask->op != PLAN_SET)
        return bound_group(deep, number, ask, candidates, out, err);
    index_partition_range(deep->run->search.index, number, &first, &end);
    bits_slice(&out->certain, &ask->set, first);
    bits_and(&out->certain, candidates);
    bits_or(&out->possible, &out->certain);
    return ERR_OK;
}

/* Decide a partition: `out` is of its documents. */
static enum err_code
read_open(struct deep *deep, unsigned number, const struct bits *candidates,
          struct bits *out, struct error *err)
{
    struct bounds bounds = {.certain = {NULL, 0}};
    enum err_code code = bounds_init(&bounds, candidates->count, err);

    if (code == ERR_OK)
        code = bound(deep, number, deep->root, candidates, &bounds, err);
    if (code == ERR_OK) {
        bits_or(out, &bounds.certain);
        bits_and_not(&bounds.possible, &bounds.certain);
        deep->scan.done +=
            bits_population(candidates) - bits_population(&bounds.possible);
        deep->scan.candidates = &bounds.possible;
        deep->scan.out = out;
        code = search_scan(&deep->scan, err);
    }
    bounds_release(&bounds);
    return code;
}

/* Partition after partition, so that the first hits do not wait for the last
 * one's dictionary. */
static enum err_code
read_partitions(struct deep *deep, struct ask_all *all,
                const struct bits *candidates, struct bits *out,
                struct error *err)
{
    struct index *index = deep->run->search.index;
    unsigned count = index_partition_count(index);
    enum err_code code = ERR_OK;

    for (unsigned i = 0; code == ERR_OK && i < count && !deep->scan.cut; i++) {
        struct bits part = {NULL, 0};
        struct bits found = {NULL, 0};
        uint32_t end;

        index_partition_range(index, i, &all->first, &end);
        deep->scan.base = all->first;
        code = bits_init(&part, end - all->first, err);
        if (code == ERR_OK)
            code = bits_init(&found, end - all->first, err);
        if (code == ERR_OK) {
            bits_slice(&part, candidates, all->first);
            code = read_open(deep, i, &part, &found, err);
        }
        for (uint32_t bit = code == ERR_OK ? bits_next(&found, 0) : UINT32_MAX;
             bit != UINT32_MAX; bit = bits_next(&found, bit + 1))
            bits_set(out, all->first + bit);
        bits_release(&found);
        bits_release(&part);
    }
    return code;
}

static void
count_left_out(struct hits *hits, const struct scan_run *scan)
{
    hits->unreadable += scan->unreadable;
    hits->costly += scan->costly;
    hits->cut = hits->cut || scan->cut;
}

static enum err_code
read_documents(struct deep *deep, const struct bits *candidates,
               struct bits *out, struct error *err)
{
    const struct search *search = &deep->run->search;
    const struct ask **readers =
        arena_alloc(&deep->arena, deep->readers * sizeof(struct ask *));
    struct ask_all all = {
        .root = deep->root, .readers = readers, .count = deep->readers};
    struct scan_test test = ask_test;
    enum err_code code;

    if (!readers)
        return error_nomem(err);
    list_readers(deep->root, readers);
    test.ctx = &all;
    deep->scan = (struct scan_run){.index = search->index,
                                   .env = search->env,
                                   .test = &test,
                                   .total = bits_population(candidates),
                                   .found = search->found,
                                   .found_ctx = search->found_ctx};
    code = read_partitions(deep, &all, candidates, out, err);
    count_left_out(search->hits, &deep->scan);
    return code;
}

bool
search_is_read(const struct plan_node *node)
{
    bool any = node->op == PLAN_AND;
    const struct plan_node *child = node->children;

    if (node->op == PLAN_READ)
        return true;
    if (node->op != PLAN_AND && node->op != PLAN_OR)
        return false;
    while (child && search_is_read(child) != any)
        child = child->next;
    return any ? child != NULL : child == NULL;
}

enum err_code
search_deep(struct run *run, const struct plan_node *node,
            const struct bits *candidates, struct bits *out, struct error *err)
{
    struct deep deep = {.run = run};
    struct bits possible = {NULL, 0};
    enum err_code code;

    arena_init(&deep.arena, 0);
    code = make_ask(&deep, node, &deep.root, err);
    if (code == ERR_OK)
        code = bits_init(&possible, candidates->count, err);
    if (code == ERR_OK)
        code = walk_sets(&deep, deep.root, candidates, &possible, err);
    if (code == ERR_OK)
        code = read_documents(&deep, &possible, out, err);
    bits_release(&possible);
    release_ask(deep.root);
    arena_release(&deep.arena);
    return code;
}
