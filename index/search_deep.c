/* The parts of a query that must read documents to be decided: on the caller's
 * thread, over sets of all documents, after what is quicker. Parts that read
 * nothing are walked as usual. */
#include "config.h"

#include "search_run.h"
#include "search_scan.h"

void
search_count_left_out(const struct search *search, const struct scan_run *run)
{
    search->hits->unreadable += run->unreadable;
    search->hits->costly += run->costly;
    search->hits->cut = search->hits->cut || run->cut;
}

static enum err_code
deep_and(struct run *run, const struct plan_node *node,
         const struct bits *candidates, struct bits *out, struct error *err)
{
    struct bits left = {NULL, 0};
    enum err_code code = bits_init(&left, out->count, err);

    if (code == ERR_OK)
        bits_or(out, candidates);
    for (const struct plan_node *child = node->children;
         code == ERR_OK && child; child = child->next) {
        bits_slice(&left, out, 0);
        bits_clear(out);
        code = search_deep(run, child, &left, out, err);
    }
    bits_release(&left);
    return code;
}

static enum err_code
deep_or(struct run *run, const struct plan_node *node,
        const struct bits *candidates, struct bits *out, struct error *err)
{
    struct bits rest = {NULL, 0};
    struct bits found = {NULL, 0};
    enum err_code code = bits_init(&rest, out->count, err);

    if (code == ERR_OK)
        code = bits_init(&found, out->count, err);
    if (code == ERR_OK)
        bits_or(&rest, candidates);
    for (const struct plan_node *child = node->children;
         code == ERR_OK && child; child = child->next) {
        bits_clear(&found);
        code = search_deep(run, child, &rest, &found, err);
        bits_or(out, &found);
        bits_and_not(&rest, &found);
    }
    bits_release(&found);
    bits_release(&rest);
    return code;
}

static enum err_code
deep_not(struct run *run, const struct plan_node *node,
         const struct bits *candidates, struct bits *out, struct error *err)
{
    struct bits found = {NULL, 0};
    enum err_code code = bits_init(&found, out->count, err);

    if (code == ERR_OK)
        code = search_deep(run, node->children, candidates, &found, err);
    if (code == ERR_OK) {
        bits_or(out, candidates);
        bits_and_not(out, &found);
    }
    bits_release(&found);
    return code;
}

static enum err_code
deep_read(struct run *run, const struct plan_node *node,
          const struct bits *candidates, struct bits *out, struct error *err)
{
    const struct query_node *query = node->query;

    if (query->op == QUERY_REGEX)
        return search_regex(&run->search, query, candidates, out, err);
    return search_meta(&run->search, &query->field, candidates, out, err);
}

enum err_code
search_deep(struct run *run, const struct plan_node *node,
            const struct bits *candidates, struct bits *out, struct error *err)
{
    enum err_code code = search_cancelled(&run->search, err);

    if (code != ERR_OK)
        return code;
    if (node->cost < COST_READ)
        return search_shallow(run, node, candidates, out, err);
    if (node->op == PLAN_READ)
        return deep_read(run, node, candidates, out, err);
    if (node->op == PLAN_AND)
        return deep_and(run, node, candidates, out, err);
    if (node->op == PLAN_OR)
        return deep_or(run, node, candidates, out, err);
    return deep_not(run, node, candidates, out, err);
}
