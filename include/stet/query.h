/* The query language of stet-query(7): text to tree, errors with a position. */
#ifndef STET_QUERY_H
#define STET_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/arena.h"
#include "stet/buf.h"

enum query_op {
    QUERY_ALL, /* every document (the empty query) */
    QUERY_AND, /* children */
    QUERY_OR,  /* children */
    QUERY_NOT, /* first child */
    QUERY_TEXT,
    QUERY_FIELD
};

/* Text: `words` is one phrase, or the operands of NEAR. */
struct query_text {
    const struct str *phrases; /* as written, without quotes */
    size_t count;              /* 1 unless NEAR */
    unsigned near;             /* NEAR distance; 0: a single phrase */
    bool prefix;               /* the last token is a prefix */
};

/* name:value. A range when `is_range`; bounds are inclusive; NaN: open. */
struct query_field {
    struct str name;  /* "toxicity", "score.x", "tag", "meta.url" ... */
    struct str value; /* as written, without quotes */
    bool is_range;
    double low, high;               /* of numbers; k, m suffixes resolved */
    struct str low_text, high_text; /* of dates and names; may be empty */
    struct str by; /* the reviewer of a `by:` beside it; ptr NULL: anyone */
    size_t at;     /* where it stands in the query */
};

struct query_node {
    enum query_op op;
    struct query_node *first, *next; /* children; siblings */
    struct query_text text;
    struct query_field field;
    size_t at;
};

enum order_kind {
    ORDER_DEFAULT,  /* the order of numbers: shard order */
    ORDER_SCORE,    /* bad end first; `reverse` the other */
    ORDER_NEAR,     /* nearest to `value` first */
    ORDER_DISAGREE, /* |a - b| scaled to ranges, largest first */
    ORDER_RANDOM,   /* by hash of seed and item */
    ORDER_RANK,     /* bm25 */
    ORDER_SHARD,
    ORDER_LENGTH
};
struct query_order {
    enum order_kind kind;
    bool reverse;
    struct str a, b; /* score names (or reviewers, for disagree) */
    double value;
    uint64_t seed;
    size_t at;
};

struct query {
    struct query_node *root;
    struct query_order order;
    struct str text; /* the whole query, as typed */
};

/* Parse; *out lives in `arena`, views borrow from a copy there.
 * Fails: ERR_USAGE with err->offset and a message for people ("missing )"). */
enum err_code query_parse(const struct query **out, struct str text,
                          struct arena *arena, struct error *err);

/* One row a field or order: name, form, meaning; the source of stet-query(7),
 * of completion and of "unknown field" suggestions. NULL name at the end. */
struct query_help {
    const char *name, *form, *meaning;
};
extern const struct query_help query_fields[];
extern const struct query_help query_orders[];

#endif
