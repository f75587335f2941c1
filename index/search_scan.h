/* Reading documents to ask a question of each: private to search. */
#ifndef INDEX_SEARCH_SCAN_H
#define INDEX_SEARCH_SCAN_H

#include "regex_need.h"
#include "stet/bits.h"
#include "stet/document.h"
#include "stet/search.h"

struct search;

/* The question. A state belongs to one thread at a time. */
struct scan_test {
    enum err_code (*begin)(void *ctx, void **state, struct error *err);
    void (*end)(void *state);
    /* What comes next is about this document. NULL allowed. */
    void (*about)(void *state, uint32_t doc);
    /* Whether it holds. Of the document there are `raw` and `text`; `arena` is
     * the document's. ERR_LIMIT: too costly. */
    enum err_code (*holds)(void *state, const struct document *document,
                           struct arena *arena, bool *holds, struct error *err);
    /* Whether it can hold, by the record's bytes alone and the document's
     * flags; NULL: always. */
    bool (*may_hold)(void *state, struct str record, unsigned flags);
    void *ctx;
};

/* What a part of a query asks of documents. */
struct reader {
    struct scan_test test;
    const struct need *need; /* of regexes (regex_need.h); NULL: nothing */
};
/* Of /pattern/ and meta.PATH; they live in `arena`. */
enum err_code search_regex(struct reader *out, const struct search *search,
                           const struct query_node *node, struct arena *arena,
                           struct error *err);
enum err_code search_meta(struct reader *out, const struct query_field *field,
                          struct arena *arena, struct error *err);

/* What it is asked of, and what comes out. */
struct scan_run {
    struct index *index;
    const struct search_env *env;
    const struct scan_test *test;
    const struct bits *candidates;
    uint32_t base; /* document number of their bit 0 */
    /* Told what is found at once; false: enough. NULL allowed. */
    bool (*found)(void *ctx, const uint32_t *docs, uint32_t count);
    void *found_ctx;
    struct bits *out;
    uint32_t done, total;        /* of env->progress; `done` is added to */
    uint32_t unreadable, costly; /* documents left out; added to */
    bool cut;                    /* found() had enough */
};

/* Set the bits of `out` for the candidates for which the test holds. They are
 * read from the shards in order, several stretches at a time. A document that
 * is not what was indexed is left out and counted, and so is one on which the
 * test is too costly. That a document is what was indexed is known by its
 * hash when the test holds or its shard has another size or time; else the
 * shard's size and time are believed.
 * Fails: ERR_CANCELLED; what reading and the test give. */
enum err_code search_scan(struct scan_run *run, struct error *err);

#endif
