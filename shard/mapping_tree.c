/* A tree of keys; siblings are sorted, so that an object of 200,000 keys costs
 * a binary search a key. Where a key is repeated the last one wins: the
 * captures below the earlier one are forgotten. */
#include "config.h"

#include "shard/mapping_tree.h"

#include <stdlib.h>

#include "shard/record_path.h"

#define NO_NODE UINT32_MAX

struct tree_node {
    char *key;
    size_t len;
    uint32_t *children; /* node numbers, sorted by key */
    uint32_t child_count, child_cap;
};

struct mapping_tree {
    struct tree_node *nodes; /* 0: the record */
    uint32_t count, cap;
};

struct mapping_tree *
mapping_tree_new(void)
{
    struct mapping_tree *tree = calloc(1, sizeof(*tree));

    if (!tree)
        return NULL;
    tree->cap = 16;
    tree->nodes = calloc(tree->cap, sizeof(*tree->nodes));
    if (!tree->nodes) {
        free(tree);
        return NULL;
    }
    tree->count = 1;
    return tree;
}

void
mapping_tree_free(struct mapping_tree *tree)
{
    if (!tree)
        return;
    for (uint32_t i = 0; i < tree->count; i++) {
        free(tree->nodes[i].key);
        free(tree->nodes[i].children);
    }
    free(tree->nodes);
    free(tree);
}

uint32_t
mapping_tree_count(const struct mapping_tree *tree)
{
    return tree->count;
}

static int
compare_key(const struct tree_node *node, struct str key)
{
    if (node->len != key.len)
        return node->len < key.len ? -1 : 1;
    return key.ptr ? memcmp(node->key, key.ptr, key.len) : 0;
}

/* Where `key` is, or belongs, among the children. */
static uint32_t
child_place(const struct mapping_tree *tree, const struct tree_node *node,
            struct str key)
{
    uint32_t low = 0;
    uint32_t high = node->child_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (compare_key(&tree->nodes[node->children[middle]], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint32_t
find_child(const struct mapping_tree *tree, uint32_t parent, struct str key)
{
    const struct tree_node *node = &tree->nodes[parent];
    uint32_t place = child_place(tree, node, key);
    uint32_t child;

    if (!node->children || place == node->child_count)
        return NO_NODE;
    child = node->children[place];
    return compare_key(&tree->nodes[child], key) == 0 ? child : NO_NODE;
}

static bool
grow_nodes(struct mapping_tree *tree)
{
    uint32_t cap = tree->cap ? tree->cap * 2 : 16;
    struct tree_node *nodes;

    if (tree->count < tree->cap)
        return true;
    nodes = realloc(tree->nodes, cap * sizeof(*nodes));
    if (!nodes)
        return false;
    tree->nodes = nodes;
    tree->cap = cap;
    return true;
}

static bool
grow_children(struct tree_node *node)
{
    uint32_t cap = node->child_cap ? node->child_cap * 2 : 8;
    uint32_t *children;

    if (node->child_count < node->child_cap)
        return true;
    children = realloc(node->children, cap * sizeof(*children));
    if (!children)
        return false;
    node->children = children;
    node->child_cap = cap;
    return true;
}

static uint32_t
add_child(struct mapping_tree *tree, uint32_t parent, struct str key)
{
    struct tree_node *node;
    uint32_t place;
    uint32_t child = tree->count;
    char *copy;

    if (!grow_nodes(tree) || !grow_children(&tree->nodes[parent]))
        return NO_NODE;
    copy = malloc(key.len + 1);
    if (!copy)
        return NO_NODE;
    if (key.len)
        memcpy(copy, key.ptr, key.len);
    node = &tree->nodes[parent];
    place = child_place(tree, node, key);
    memmove(node->children + place + 1, node->children + place,
            (node->child_count - place) * sizeof(*node->children));
    node->children[place] = child;
    node->child_count++;
    tree->nodes[child] = (struct tree_node){.key = copy, .len = key.len};
    tree->count++;
    return child;
}

enum err_code
mapping_tree_add(struct mapping_tree *tree, const char *path, uint32_t *node,
                 struct error *err)
{
    struct record_path parts = {0};
    uint32_t at = 0;
    enum err_code code = record_path_parse(&parts, path, err);

    for (unsigned i = 0; code == ERR_OK && i < parts.count; i++) {
        struct str key = record_path_part(&parts, i);
        uint32_t child = find_child(tree, at, key);

        if (child == NO_NODE)
            child = add_child(tree, at, key);
        if (child == NO_NODE)
            code = error_nomem(err);
        at = child;
    }
    record_path_release(&parts);
    if (code == ERR_OK)
        *node = at;
    return code;
}

/* Forget what was found at a node and below: its key came again. */
static void
forget(struct tree_walk *walk, uint32_t node)
{
    const struct tree_node *at = &walk->tree->nodes[node];

    walk->captures[node] = (struct capture){0};
    for (uint32_t i = 0; i < at->child_count; i++)
        if (walk->captures[at->children[i]].seen)
            forget(walk, at->children[i]);
}

/* Pass the rest of a value whose first token was read. */
static enum err_code
skip_value(struct tree_walk *walk, struct json_scan *scan,
           const struct json_token *first, struct error *err)
{
    struct json_token token = *first;
    unsigned depth = 0;

    for (;;) {
        enum err_code code;

        walk->flags |= token.flags & JSON_BAD_UTF8;
        if (token.type == JSON_ARRAY || token.type == JSON_OBJECT)
            depth++;
        else if (token.type == JSON_ARRAY_END || token.type == JSON_OBJECT_END)
            depth--;
        if (depth == 0)
            return ERR_OK;
        code = json_next(scan, &token, err);
        if (code)
            return code;
    }
}

static enum err_code walk_object(struct tree_walk *walk, uint32_t node,
                                 struct json_scan *scan, bool embedded,
                                 struct error *err);

/* A string where an object was expected: perhaps it holds one as JSON. What
 * does not parse is only a string. */
static enum err_code
walk_string(struct tree_walk *walk, uint32_t node, struct str raw,
            struct error *err)
{
    struct error inner = ERROR_INIT;
    struct json_scan scan;
    struct json_token token;
    struct buf text = {0};
    struct str copy;
    enum err_code code = ERR_OK;

    code = json_decode_string(raw, &text, err);
    if (code)
        goto out;
    copy = str_trim(buf_str(&text));
    if (copy.len == 0 || copy.ptr[0] != '{')
        goto out;
    copy = arena_copy(walk->arena, copy);
    if (!copy.ptr) {
        code = error_nomem(err);
        goto out;
    }
    json_scan_init(&scan, copy, 0);
    if (json_next(&scan, &token, &inner) ||
        walk_object(walk, node, &scan, true, &inner) ||
        json_next(&scan, &token, &inner)) {
        struct capture self = walk->captures[node];

        forget(walk, node);
        walk->captures[node] = self;
        if (inner.code == ERR_NOMEM)
            code = error_nomem(err);
        goto out;
    }
    walk->captures[node].embedded = true;
out:
    buf_release(&text);
    return code;
}

static enum err_code
walk_value(struct tree_walk *walk, uint32_t node, struct json_scan *scan,
           const struct json_token *token, bool embedded, struct error *err)
{
    const struct tree_node *at = &walk->tree->nodes[node];
    struct capture *capture = &walk->captures[node];
    struct str raw;
    enum err_code code;

    if (capture->seen)
        forget(walk, node);
    *capture = (struct capture){.type = token->type,
                                .flags = token->flags,
                                .embedded = embedded,
                                .seen = true};
    if (token->type == JSON_OBJECT && at->child_count > 0)
        code = walk_object(walk, node, scan, embedded, err);
    else
        code = skip_value(walk, scan, token, err);
    if (code)
        return code;
    raw = str_slice(scan->input, token->start, scan->at);
    capture->raw = raw;
    if (token->type == JSON_STRING && at->child_count > 0)
        return walk_string(walk, node, raw, err);
    return ERR_OK;
}

/* The child that a key names; NO_NODE for none. */
static enum err_code
key_child(struct tree_walk *walk, uint32_t node, struct str input,
          const struct json_token *key, uint32_t *child, struct error *err)
{
    struct buf decoded = {0};
    enum err_code code;

    walk->flags |= key->flags & JSON_BAD_UTF8;
    if (key->flags == 0) {
        *child = find_child(walk->tree, node,
                            str_slice(input, key->start + 1, key->end - 1));
        return ERR_OK;
    }
    code = json_decode_string(str_slice(input, key->start, key->end), &decoded,
                              err);
    if (code == ERR_OK)
        *child = find_child(walk->tree, node, buf_str(&decoded));
    buf_release(&decoded);
    return code;
}

/* The members of an object whose '{' was read. Recursion is as deep as the
 * longest path at most. */
static enum err_code
walk_object(struct tree_walk *walk, uint32_t node, struct json_scan *scan,
            bool embedded, struct error *err)
{
    for (;;) {
        struct json_token token;
        uint32_t child = NO_NODE;
        enum err_code code = json_next(scan, &token, err);

        if (code || token.type == JSON_OBJECT_END)
            return code;
        code = key_child(walk, node, scan->input, &token, &child, err);
        if (code == ERR_OK)
            code = json_next(scan, &token, err);
        if (code == ERR_OK && child == NO_NODE)
            code = skip_value(walk, scan, &token, err);
        else if (code == ERR_OK)
            code = walk_value(walk, child, scan, &token, embedded, err);
        if (code)
            return code;
    }
}

const char *
json_type_name(enum json_type type)
{
    switch (type) {
    case JSON_NULL:
        return "null";
    case JSON_FALSE:
    case JSON_TRUE:
        return "true or false";
    case JSON_NUMBER:
        return "a number";
    case JSON_STRING:
        return "a string";
    case JSON_ARRAY:
        return "an array";
    case JSON_OBJECT:
        return "an object";
    case JSON_KEY:
    case JSON_ARRAY_END:
    case JSON_OBJECT_END:
    case JSON_END:
        break;
    }
    return "nothing";
}

enum err_code
mapping_tree_walk(struct tree_walk *walk, struct str raw, struct error *err)
{
    struct json_scan scan;
    struct json_token first;
    struct json_token last;
    enum err_code code;

    json_scan_init(&scan, raw, 0);
    code = json_next(&scan, &first, err);
    if (code)
        return code;
    walk->captures[0] = (struct capture){
        .type = first.type, .flags = first.flags, .seen = true};
    if (first.type == JSON_OBJECT)
        code = walk_object(walk, 0, &scan, false, err);
    else
        code = skip_value(walk, &scan, &first, err);
    if (code)
        return code;
    walk->captures[0].raw = str_slice(raw, first.start, scan.at);
    code = json_next(&scan, &last, err);
    if (code)
        return code;
    if (first.type == JSON_OBJECT || first.type == JSON_STRING)
        return ERR_OK;
    return error_set_at(err, ERR_FORMAT, first.start,
                        "%s, not an object; first byte %c",
                        json_type_name(first.type), raw.ptr[first.start]);
}
