/* Walks over one partition: the plan's tree on one stretch of documents after
 * the other, so that first hits come before the last document is looked at,
 * sets stay small, and a search stops soon when it is told to. */
#include "config.h"

#include <stdlib.h>

#include "search_eval.h"
#include "search_words.h"
#include "stet/xalloc.h"

/* Lists of many expressions are run one by one for all documents, not
 * side by side: each open expression holds pages of the index. */
struct listed {
    struct bits found; /* of the partition's documents */
    uint32_t upto;     /* complete before this one */
};

struct walk {
    const struct plan *plan;
    const struct plan_node *root;
    uint32_t first, end; /* of the partition */
    struct cursor *cursors;
    struct bits *words;       /* found whole; no words: not yet */
    struct bits *firsts;      /* the same of the first documents */
    const struct walk *known; /* another over the same, or NULL */
    struct listed *lists;
};

/* So many documents are walked row by row, for the first rows' sake, before
 * all rows of words are found at once. Those of words that begin alike are read
 * for so many documents before. */
#define BEFORE_WORDS 1000u
#define FIRST_WORDS 2048u

enum err_code
walk_new(struct walk **out, const struct plan *plan,
         const struct plan_node *root, unsigned partition,
         const struct walk *known, struct error *err)
{
    struct walk *walk = xcalloc(1, sizeof(*walk));
    enum err_code code = ERR_OK;

    walk->plan = plan;
    walk->root = root;
    walk->known = known;
    index_partition_range(plan->search->index, partition, &walk->first,
                          &walk->end);
    walk->cursors = xcalloc(plan->matches + 1, sizeof(*walk->cursors));
    walk->words = xcalloc(plan->matches + 1, sizeof(*walk->words));
    walk->firsts = xcalloc(plan->matches + 1, sizeof(*walk->firsts));
    walk->lists = xcalloc(plan->lists + 1, sizeof(*walk->lists));
    for (unsigned i = 0; code == ERR_OK && i < plan->lists; i++)
        code = bits_init(&walk->lists[i].found, walk->end - walk->first, err);
    if (code == ERR_OK)
        *out = walk;
    else
        walk_free(walk);
    return code;
}

void
walk_free(struct walk *walk)
{
    if (!walk)
        return;
    for (unsigned i = 0; i < walk->plan->matches; i++) {
        cursor_close(&walk->cursors[i]);
        bits_release(&walk->words[i]);
        bits_release(&walk->firsts[i]);
    }
    for (unsigned i = 0; i < walk->plan->lists; i++)
        bits_release(&walk->lists[i].found);
    free(walk->cursors);
    free(walk->words);
    free(walk->firsts);
    free(walk->lists);
    free(walk);
}

/* Find the list's rows among documents [from, end) of the partition. */
static enum err_code
fill_list(struct listed *list, const struct plan_node *node,
          const struct stretch *at, struct error *err)
{
    struct bits all = {NULL, 0};
    struct bits found = {NULL, 0};
    uint32_t count = at->end - at->first;
    enum err_code code = bits_init(&all, count, err);

    if (code == ERR_OK)
        code = bits_init(&found, count, err);
    if (code == ERR_OK)
        bits_fill(&all);
    for (size_t i = 0; code == ERR_OK && i < node->count; i++) {
        struct cursor cursor =
            cursor_on(at->search, at->partition, node->expressions[i]);

        code = search_cancelled(at->search, err);
        if (code == ERR_OK)
            code = cursor_match(&cursor, at, &all, &found, err);
        cursor_close(&cursor);
    }
    for (uint32_t i = 0; code == ERR_OK && i < count; i++)
        if (bits_get(&found, i))
            bits_set(&list->found, list->upto + i);
    if (code == ERR_OK)
        list->upto += count;
    bits_release(&found);
    bits_release(&all);
    return code;
}

/* The first stretch by itself, for its rows' sake; then all others. */
static enum err_code
walk_list(struct walk *walk, const struct plan_node *node,
          const struct stretch *at, const struct bits *candidates,
          struct bits *out, struct error *err)
{
    struct listed *list = &walk->lists[node->number];
    enum err_code code = ERR_OK;

    if (list->upto < at->end - walk->first) {
        struct stretch wanted = *at;

        wanted.first = walk->first + list->upto;
        if (list->upto > 0)
            wanted.end = walk->end;
        code = fill_list(list, node, &wanted, err);
    }
    if (code == ERR_OK) {
        bits_slice(out, &list->found, at->first - walk->first);
        bits_and(out, candidates);
    }
    return code;
}

/* `out` of all rows of the node's words. */
static enum err_code
walk_words(struct walk *walk, const struct plan_node *node,
           const struct stretch *at, const struct bits *candidates,
           struct bits *out, struct error *err)
{
    struct bits *found = &walk->words[node->number];
    enum err_code code = ERR_OK;

    if (walk->known && walk->known->words[node->number].words)
        found = &walk->known->words[node->number];
    if (!found->words) {
        cursor_close(&walk->cursors[node->number]);
        code = bits_init(found, walk->end - walk->first, err);
        if (code == ERR_OK)
            code =
                words_find(node->words, at->search, at->partition, found, err);
    }
    if (code == ERR_OK) {
        bits_slice(out, found, at->first - walk->first);
        bits_and(out, candidates);
    }
    return code;
}

/* The same of words that begin alike, for the partition's first documents: a
 * walk that begins there shows them before all rows are read. */
static enum err_code
walk_first_words(struct walk *walk, const struct plan_node *node,
                 const struct stretch *at, const struct bits *candidates,
                 struct bits *out, struct error *err)
{
    struct bits *found = &walk->firsts[node->number];
    enum err_code code = ERR_OK;

    if (!found->words) {
        code = bits_init(found, FIRST_WORDS, err);
        if (code == ERR_OK)
            code = words_find_first(node->words, at->search, at->partition,
                                    found, err);
    }
    if (code == ERR_OK) {
        bits_slice(out, found, at->first - walk->first);
        bits_and(out, candidates);
    }
    return code;
}

static enum err_code
walk_match(struct walk *walk, const struct plan_node *node,
           const struct stretch *at, const struct bits *candidates,
           struct bits *out, struct error *err)
{
    struct cursor *cursor = &walk->cursors[node->number];

    if (node->words && node->count == 0 && at->search->watched &&
        !walk->known && at->end - walk->first <= FIRST_WORDS &&
        at->end < walk->end)
        return walk_first_words(walk, node, at, candidates, out, err);
    if (node->words &&
        (node->count == 0 || at->first - walk->first >= BEFORE_WORDS))
        return walk_words(walk, node, at, candidates, out, err);
    if (!cursor->db)
        *cursor = cursor_on(at->search, at->partition, node->expressions[0]);
    return cursor_match(cursor, at, candidates, out, err);
}

static enum err_code walk_node(struct walk *walk, const struct plan_node *node,
                               const struct stretch *at,
                               const struct bits *candidates, struct bits *out,
                               struct error *err);

static enum err_code
walk_and(struct walk *walk, const struct plan_node *node,
         const struct stretch *at, const struct bits *candidates,
         struct bits *out, struct error *err)
{
    struct bits left = {NULL, 0};
    enum err_code code = bits_init(&left, out->count, err);

    bits_or(out, candidates);
    for (const struct plan_node *child = node->children;
         code == ERR_OK && child; child = child->next) {
        bits_slice(&left, out, 0);
        bits_clear(out);
        code = walk_node(walk, child, at, &left, out, err);
    }
    bits_release(&left);
    return code;
}

static enum err_code
walk_or(struct walk *walk, const struct plan_node *node,
        const struct stretch *at, const struct bits *candidates,
        struct bits *out, struct error *err)
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
        code = walk_node(walk, child, at, &rest, &found, err);
        bits_or(out, &found);
        bits_and_not(&rest, &found);
    }
    bits_release(&found);
    bits_release(&rest);
    return code;
}

static enum err_code
walk_not(struct walk *walk, const struct plan_node *node,
         const struct stretch *at, const struct bits *candidates,
         struct bits *out, struct error *err)
{
    struct bits found = {NULL, 0};
    enum err_code code = bits_init(&found, out->count, err);

    if (code == ERR_OK)
        code = walk_node(walk, node->children, at, candidates, &found, err);
    if (code == ERR_OK) {
        bits_or(out, candidates);
        bits_and_not(out, &found);
    }
    bits_release(&found);
    return code;
}

static enum err_code
walk_node(struct walk *walk, const struct plan_node *node,
          const struct stretch *at, const struct bits *candidates,
          struct bits *out, struct error *err)
{
    enum err_code code = search_cancelled(at->search, err);

    if (code != ERR_OK || bits_next(candidates, 0) == UINT32_MAX)
        return code;
    switch (node->op) {
    case PLAN_ALL:
        bits_or(out, candidates);
        return ERR_OK;
    case PLAN_AND:
        return walk_and(walk, node, at, candidates, out, err);
    case PLAN_OR:
        return walk_or(walk, node, at, candidates, out, err);
    case PLAN_NOT:
        return walk_not(walk, node, at, candidates, out, err);
    case PLAN_SET:
        bits_slice(out, &node->set, at->first);
        bits_and(out, candidates);
        return ERR_OK;
    case PLAN_MATCH:
        return walk_match(walk, node, at, candidates, out, err);
    case PLAN_LIST:
        return walk_list(walk, node, at, candidates, out, err);
    case PLAN_LEAF:
        code = node->leaf.run(at, &node->leaf, candidates, out, err);
        bits_and(out, candidates);
        return code;
    case PLAN_READ: /* search_deep.c's */
        break;
    }
    return code;
}

enum err_code
walk_stretch(struct walk *walk, const struct stretch *at,
             const struct bits *candidates, struct bits *out, struct error *err)
{
    return walk_node(walk, walk->root, at, candidates, out, err);
}
