/* One journalled act of a reviewer, and what it is about. */
#ifndef STET_ANNOTATION_H
#define STET_ANNOTATION_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/document.h"
#include "stet/hash.h"

/* enum, name in journals and commands, meaning. Their numbers are bits in the
 * store's state: new ones come last. */
#define ANNOTATION_KINDS(X)                                      \
    X(VERDICT, "verdict", "one value of the exclusive set")      \
    X(RATE, "rate", "a value on a scale")                        \
    X(TAG, "tag", "put a topic on the document or a span")       \
    X(UNTAG, "untag", "take a topic off")                        \
    X(REWRITE, "rewrite", "new text for the document or a span") \
    X(REDACT, "redact", "replace a span by a placeholder")       \
    X(INSERT, "insert", "put text at a place")                   \
    X(DROP, "drop", "leave the document out")                    \
    X(KEEP, "keep", "keep the document as it is")                \
    X(ADD, "add", "a new document")                              \
    X(NOTE, "note", "a remark")                                  \
    X(SKIP, "skip", "pass on, stays open for others")            \
    X(ESCALATE, "escalate", "hand to a lead")                    \
    X(SEND_BACK, "send-back", "ask its reviewer again")          \
    X(ADJUDICATE, "adjudicate", "settle a disagreement")         \
    X(CLAIM, "claim", "take over someone's claim")               \
    X(REVEAL, "reveal", "see what was hidden")                   \
    X(EXPORT, "export", "a patch set was written")               \
    X(UNDO, "undo", "invert an annotation; of an undo: redo")    \
    X(RESOLVE, "resolve", "end an escalation")                   \
    X(FAILURE, "failure", "a model's output that should not be") \
    X(STATUS, "status", "where a failure stands")

enum annotation_kind {
#define X(name, text, meaning) ANNOTATION_##name,
    ANNOTATION_KINDS(X)
#undef X
        ANNOTATION_KIND_COUNT
};
const char *annotation_kind_name(enum annotation_kind kind);
bool annotation_kind_parse(struct str name, enum annotation_kind *kind);

enum annotation_how {
    HOW_READ,   /* at the desk, with the text on screen */
    HOW_BULK,   /* over marks or a query */
    HOW_SPREAD, /* from a similar document */
    HOW_IMPORT,
    HOW_COMMAND, /* a subcommand */
    HOW_MODEL
};
const char *annotation_how_name(enum annotation_how how);

/* What a decision is bound to. Two documents equal in all three are one item
 * with several places. Missing parts have ptr NULL. */
struct item_key {
    struct str source;
    struct str id_token; /* raw JSON */
    struct hash text;    /* document.text_hash */
};
struct item_key item_key_of(const struct document *document);

/* PEERS: others' decisions were not hidden; VERDICTS: and somebody had judged
 * it. */
enum { VISIBLE_SCORES = 1, VISIBLE_PEERS = 2, VISIBLE_VERDICTS = 4 };
#define VISIBLE_ALL 7u

/* A span in the exact text that the item's hash names. */
struct annotation_span {
    bool given;
    struct span bytes;
    uint64_t start_cp, end_cp;
};

struct annotation {
    struct uuid uuid;    /* all zero: made by store_append */
    uint64_t lamport;    /* 0: made by store_append */
    int64_t at_us;       /* UTC; 0: now */
    struct str reviewer; /* ptr NULL: the store's */
    enum annotation_kind kind;

    struct item_key item; /* unless `items` or a kind without an item */
    bool has_item;
    const struct item_key *items; /* a bulk action's exact list */
    size_t item_count;
    struct str query; /* of a bulk action */

    struct str value; /* verdict, scale, tag, placeholder, undone uuid (text),
                       * patch set id, failure id */
    double number;    /* of a rating */
    struct str text;  /* rewrite, insert, note; whole record of an add or a
                       * failure; state of a failure */
    struct annotation_span span;
    struct str reason;

    enum annotation_how how;
    uint32_t ms;      /* on screen */
    double share;     /* of the text that was displayed, 0..1 */
    unsigned visible; /* VISIBLE_ bits */
    struct str queue; /* name; empty: none */
    uint32_t position;
    struct str policy; /* hex hash of the policy in force */

    bool undone; /* on reading: an active undo names it */
    int64_t seq; /* on reading: place in this store */
};

/* The journal's line for an annotation (docs/journal-format.md), and back.
 * `stet log --json` prints these; `stet merge` reads them. */
enum err_code annotation_format(const struct annotation *annotation,
                                struct buf *out, struct error *err);
enum err_code annotation_parse(struct str line, struct arena *arena,
                               struct annotation *out, struct error *err);

#endif
