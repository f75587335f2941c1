/* A compiled mapping: its paths as nodes of one tree. */
#ifndef SHARD_MAPPING_PLAN_H
#define SHARD_MAPPING_PLAN_H

#include "stet/mapping.h"

#include "shard/mapping_tree.h"

#define NO_NODE UINT32_MAX

/* Node numbers of the compiled paths. */
struct mapping_plan {
    struct mapping_tree *tree;
    uint32_t text, id, source, lang, metadata;
    uint32_t *scores;
    struct str joint; /* of a list text */
};

#endif
