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
    QUERY_FIELD,
    QUERY_REGEX
};

/* A word or phrase, as written, without quotes; it has at least one token. */
struct query_phrase {
    struct str text;
    bool prefix; /* its last token is the start of a word */
};

/* One phrase, or the operands of NEAR. */
struct query_text {
    const struct query_phrase *phrases;
    size_t count;  /* over 1: NEAR */
    unsigned near; /* tokens allowed between the first and the last */
};

/* /pattern/flags, checked by PCRE2. */
struct query_regex {
    struct str pattern; /* "\/" is "/" */
    unsigned flags;     /* of stet/regex.h, without REGEX_VALID */
};

/* name:value. Which names mean something is search_run's to say. */
struct query_field {
    struct str name;  /* "toxicity", "score.x", "tag", "meta.url" ... */
    struct str value; /* as written, without quotes; patterns stay patterns */
    bool is_range;    /* has ".." outside quotes; the bounds are inclusive */
    double low, high; /* NaN: open, or not a number. A single number is both;
                       * suffixes k and m are resolved */
    struct str low_text, high_text; /* of a range; may be empty */
    struct str by; /* the reviewer of a `by:` beside it; ptr NULL: anyone */
    size_t at;     /* where it stands in the query */
    size_t value_at;
};

struct query_node {
    enum query_op op;
    struct query_node *first, *next; /* children; siblings */
    struct query_text text;
    struct query_field field;
    struct query_regex regex;
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
    ORDER_LENGTH /* shortest first */
};

struct query_order {
    enum order_kind kind;
    bool reverse;
    struct str a, b; /* score names (or reviewers, for disagree) */
    double value;
    uint64_t seed;
    size_t at; /* of sort: in the query */
};

struct query {
    struct query_node *root;
    struct query_order order;
    struct str text; /* the whole query, as typed */
};

#define QUERY_BYTES_MAX ((size_t)64 << 10)
#define QUERY_DEPTH_MAX 64   /* parentheses and NOTs inside one another */
#define QUERY_TEXTS_MAX 1024 /* words and phrases */
#define QUERY_PHRASE_TOKENS_MAX 256
#define QUERY_REGEXES_MAX 32

/* Parse; *out lives in `arena`, views borrow from a copy there.
 *
 * A by:NAME beside verdict, tag, op, is, judged or reason in one group of
 * ANDed terms is moved into their `by`; elsewhere it stays a field.
 *
 * Fails: ERR_USAGE with err->offset and a message for people ("missing )"). */
enum err_code query_parse(const struct query **out, struct str text,
                          struct arena *arena, struct error *err);

/* The tree on one line, for tests and for explaining a query:
 * (and "hate" (not (field tag bad))). */
void query_dump(const struct query *query, struct buf *out);

/* One row a field or order: name, form, meaning; the source of stet-query(7),
 * of completion and of "unknown field" suggestions. NULL name at the end. A
 * name in capitals stands for one of the user's ("SCORE"). */
struct query_help {
    const char *name, *form, *meaning;
};
extern const struct query_help query_fields[];
extern const struct query_help query_orders[];

#endif
