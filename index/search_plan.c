/* From a query's tree to a plan: what can be said in one FTS5 expression is
 * one, what only the caller knows becomes a set, and in a group the cheap
 * parts come before the dear ones, which then see only what is left. */
#include "config.h"

#include "query_match.h"
#include "search_eval.h"
#include "search_terms.h"
#include "search_words.h"

struct plan_node *
search_plan_new(struct plan *plan, enum plan_op op, enum plan_cost cost)
{
    struct plan_node *node = arena_alloc(&plan->arena, sizeof(*node));

    if (node)
        *node = (struct plan_node){.op = op, .cost = cost};
    return node;
}

enum err_code
search_plan_set(struct plan *plan, struct plan_node *node, struct error *err)
{
    enum err_code code =
        bits_init(&node->set, index_count(plan->search->index), err);

    if (code != ERR_OK)
        return code;
    node->op = PLAN_SET;
    node->cost = COST_SET;
    node->next_set = plan->sets;
    plan->sets = node;
    return ERR_OK;
}

void
search_plan_release(struct plan *plan)
{
    for (struct plan_node *node = plan->sets; node; node = node->next_set)
        bits_release(&node->set);
    arena_release(&plan->arena);
    *plan = (struct plan){0};
}

enum err_code
search_plan_add(struct plan *plan, struct plan_node *node,
                struct str expression, struct error *err)
{
    if (node->count == node->cap) {
        size_t cap = node->cap ? node->cap * 2 : 1;
        struct str *grown = arena_alloc(&plan->arena, cap * sizeof(*grown));

        if (!grown)
            return error_nomem(err);
        if (node->count > 0)
            memcpy(grown, node->expressions, node->count * sizeof(*grown));
        node->expressions = grown;
        node->cap = cap;
    }
    node->expressions[node->count] = arena_copy(&plan->arena, expression);
    if (!node->expressions[node->count].ptr)
        return error_nomem(err);
    node->count++;
    return ERR_OK;
}

/* One expression, the rarest word of every AND first: FTS5 skips along it. */
static enum err_code
make_match(struct plan *plan, const struct query_node *words,
           struct plan_node **out, struct error *err)
{
    struct plan_node *node = search_plan_new(plan, PLAN_MATCH, COST_TEXT);
    struct query_node *sorted = NULL;
    struct buf expression = {0};
    enum err_code code = node ? ERR_OK : error_nomem(err);

    if (code == ERR_OK)
        code = terms_sort(plan->search, words, &plan->arena, &sorted, err);
    if (code == ERR_OK)
        code = match_append(sorted, &expression, err);
    if (code == ERR_OK)
        code = search_plan_add(plan, node, buf_str(&expression), err);
    if (code == ERR_OK && words->op == QUERY_TEXT &&
        !words->text.phrases[0].prefix)
        code = terms_word(&words->text, &plan->arena, &node->term, err);
    if (code == ERR_OK)
        code = words_make(plan->search, words, &plan->arena, &node->words, err);
    if (code == ERR_OK) {
        node->number = plan->matches++;
        *out = node;
    }
    buf_release(&expression);
    return code;
}

/* pre* by the doclists of all terms that begin so: FTS5's own prefix query
 * takes seconds for short ones and gives no row before the last is read. */
static enum err_code
make_prefix(struct plan *plan, const struct query_node *query,
            struct plan_node **out, struct error *err)
{
    struct plan_node *node;
    struct str word;
    enum err_code code = terms_word(&query->text, &plan->arena, &word, err);

    if (code != ERR_OK)
        return code;
    if (!word.ptr)
        return make_match(plan, query, out, err);
    node = search_plan_new(plan, PLAN_MATCH, COST_TEXT);
    if (!node)
        return error_nomem(err);
    code = words_make_prefix(word, &plan->arena, &node->words, err);
    if (code == ERR_OK) {
        node->number = plan->matches++;
        *out = node;
    }
    return code;
}

static bool
is_prefix(const struct query_node *query)
{
    return query->op == QUERY_TEXT && query->text.count == 1 &&
           query->text.phrases[0].prefix;
}

static bool
has_prefix(const struct query_node *query)
{
    bool found = is_prefix(query);

    for (const struct query_node *child = query->first; child && !found;
         child = child->next)
        found = has_prefix(child);
    return found;
}

/* Whether it is best said in one FTS5 expression. */
static bool
is_match(const struct query_node *query)
{
    return match_can(query) && !has_prefix(query);
}

/* Keep the children in the order of their cost. */
static void
insert(struct plan_node *group, struct plan_node *child)
{
    struct plan_node **link = &group->children;

    while (*link && (*link)->cost <= child->cost)
        link = &(*link)->next;
    child->next = *link;
    *link = child;
    if (child->cost > group->cost)
        group->cost = child->cost;
}

static enum err_code make(struct plan *plan, const struct query_node *query,
                          struct plan_node **out, struct error *err);

/* Whether the child can be a part of one expression with its siblings. */
static bool
is_words(const struct query_node *child, bool *positive)
{
    const struct query_node *inner = child;

    if (child->op == QUERY_NOT)
        inner = child->first;
    if (!is_match(inner))
        return false;
    *positive |= child->op != QUERY_NOT;
    return true;
}

/* All words of an AND at once. *taken: whether they are worth an expression of
 * their own. */
static enum err_code
take_words(struct plan *plan, const struct query_node *query,
           struct query_node *words, bool *taken, struct error *err)
{
    struct query_node **link = &words->first;
    size_t count = 0;
    bool positive = false;

    *taken = false;
    *words = (struct query_node){.op = QUERY_AND, .at = query->at};
    for (const struct query_node *child = query->first; child;
         child = child->next) {
        struct query_node *copy;

        if (!is_words(child, &positive))
            continue;
        copy = arena_alloc(&plan->arena, sizeof(*copy));
        if (!copy)
            return error_nomem(err);
        *copy = *child;
        copy->next = NULL;
        *link = copy;
        link = &copy->next;
        count++;
    }
    *taken = positive && count > 1 && match_can(words);
    return ERR_OK;
}

static enum err_code
make_group(struct plan *plan, const struct query_node *query,
           struct plan_node *group, struct error *err)
{
    struct query_node words;
    struct plan_node *node = NULL;
    bool together = false;
    enum err_code code = ERR_OK;

    if (query->op == QUERY_AND)
        code = take_words(plan, query, &words, &together, err);
    if (code == ERR_OK && together) {
        code = make_match(plan, &words, &node, err);
        if (code == ERR_OK)
            insert(group, node);
    }
    for (const struct query_node *child = query->first; code == ERR_OK && child;
         child = child->next) {
        bool ignored = false;

        if (together && is_words(child, &ignored))
            continue;
        code = make(plan, child, &node, err);
        if (code == ERR_OK)
            insert(group, node);
    }
    return code;
}

/* Parts of an AND that read nothing are a group of their own, walked as one
 * before the others. */
static enum err_code
split_group(struct plan *plan, struct plan_node *group, struct error *err)
{
    struct plan_node *quick = search_plan_new(plan, PLAN_AND, COST_SET);
    struct plan_node *child = group->children;

    if (!quick)
        return error_nomem(err);
    while (child->cost < COST_READ) {
        struct plan_node *next = child->next;

        insert(quick, child);
        child = next;
    }
    quick->next = child;
    if (quick->children)
        group->children = quick;
    return ERR_OK;
}

static bool
is_meta(const struct query_node *query)
{
    return query->op == QUERY_FIELD &&
           str_starts_with(query->field.name, STR_LIT("meta."));
}

static enum err_code
make_read(struct plan *plan, const struct query_node *query,
          struct plan_node **out, struct error *err)
{
    struct plan_node *node = search_plan_new(plan, PLAN_READ, COST_READ);

    if (!node)
        return error_nomem(err);
    if (is_meta(query) && query->field.name.len == sizeof("meta.") - 1)
        return error_set_at(err, ERR_USAGE, query->field.at,
                            "a member's name is missing: meta.url:...");
    node->query = query;
    *out = node;
    return ERR_OK;
}

static enum err_code
make(struct plan *plan, const struct query_node *query, struct plan_node **out,
     struct error *err)
{
    struct plan_node *node;
    enum err_code code;

    if (is_match(query))
        return make_match(plan, query, out, err);
    if (is_prefix(query))
        return make_prefix(plan, query, out, err);
    if (query->op == QUERY_REGEX || is_meta(query))
        return make_read(plan, query, out, err);
    if (query->op == QUERY_FIELD)
        return search_plan_field(plan, &query->field, out, err);
    node = search_plan_new(plan,
                           query->op == QUERY_AND   ? PLAN_AND
                           : query->op == QUERY_OR  ? PLAN_OR
                           : query->op == QUERY_NOT ? PLAN_NOT
                                                    : PLAN_ALL,
                           COST_SET);
    if (!node)
        return error_nomem(err);
    *out = node;
    code = make_group(plan, query, node, err);
    if (code == ERR_OK && node->op == PLAN_AND && node->cost == COST_READ)
        code = split_group(plan, node, err);
    return code;
}

enum err_code
search_plan_make(struct plan *plan, const struct search *search,
                 const struct query *query, struct error *err)
{
    *plan = (struct plan){.search = search};
    arena_init(&plan->arena, 0);
    return make(plan, query->root, &plan->root, err);
}
