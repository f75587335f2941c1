/* The compiled paths of a mapping: one walk over a record finds them all. */
#ifndef SHARD_MAPPING_TREE_H
#define SHARD_MAPPING_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/arena.h"
#include "stet/json.h"

struct mapping_tree;

/* What was found at a node. */
struct capture {
    enum json_type type; /* of the value */
    unsigned flags;      /* of a string token */
    bool seen;
    bool embedded;  /* it lay inside JSON kept in a string */
    struct str raw; /* in the record, or in the arena if embedded */
};

struct mapping_tree *mapping_tree_new(void);
void mapping_tree_free(struct mapping_tree *tree);
/* Add a path, if it is new; *node is its number. ERR_USAGE: unreadable. */
enum err_code mapping_tree_add(struct mapping_tree *tree, const char *path,
                               uint32_t *node, struct error *err);
uint32_t mapping_tree_count(const struct mapping_tree *tree);

/* Walk a record whose top level is an object. `captures` has one element a
 * node, zeroed. *flags: the JSON_BAD_UTF8 of any string in it. */
struct tree_walk {
    const struct mapping_tree *tree;
    struct capture *captures;
    struct arena *arena; /* for JSON kept in strings */
    unsigned flags;
};
enum err_code mapping_tree_walk(struct tree_walk *walk, struct str raw,
                                struct error *err);
/* For messages: "a number". */
const char *json_type_name(enum json_type type);

#endif
