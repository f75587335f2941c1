/* What several people said of the same documents, for agreement.h: from the
 * store, or from members of the documents themselves. */
#ifndef STET_RATINGS_H
#define STET_RATINGS_H

#include "stet/agreement.h"
#include "stet/resolve.h"

/* One thing that was rated. Lives until the callback returns. */
struct rated {
    const char *what; /* "verdict", "tag", "rating", "member" */
    bool is_member;   /* of the documents themselves */
    struct str name;  /* the tag, scale or member; empty for verdicts */
    const struct rating *ratings; /* by unit */
    size_t count;
    struct rating_scale scale;
    const struct str *categories; /* scale.count names */
    const struct str *raters;
    uint32_t rater_count;
    uint64_t repeated;   /* left out: not the first of a rater and document */
    uint64_t peers_seen; /* counted, though others' decisions were in view */
    uint64_t without;    /* documents that have no rating */
    uint64_t unreadable; /* documents left out: changed or damaged */
};
typedef enum err_code rated_visit(void *ctx, const struct rated *rated,
                                  struct error *err);

/* Verdicts, then ratings by scale, then tags (yes or no, for everybody who
 * read the document), as they stand. Only of people, and only where something
 * was decided while reading, here or (imports) elsewhere: bulk actions and
 * commands tell nothing of a second reader.
 * Fails: what reading the store gives, and what `visit` does. */
struct ratings_scope {
    const struct bits *within; /* documents that count; NULL: all */
    bool models; /* model raters are raters, too: model/NAME@VERSION */
};
enum err_code ratings_of_store(struct resolver *resolver,
                               const struct ratings_scope *scope,
                               rated_visit *visit, void *ctx,
                               struct error *err);
/* Whether a rater of the store is a model. */
bool rater_is_model(struct str name);

/* Where a document has its raters' values. `from` is a path (mapping.h) to
 *   a list of objects, each with its rater in `rater` and its value in
 *     `value`;
 *   a list of values of raters unknown;
 *   an object of values by rater;
 *   or an object whose members in `counts` say how many chose each.
 * `value` is a path in the object, perhaps with a condition behind it that
 * makes it yes or no: "severity<0", "label=hate". A list or object as value is
 * "some" or, empty, "none"; null is no rating. */
struct ratings_member {
    const char *from;
    const char *rater;  /* NULL: annotator, rater, reviewer, worker or user */
    const char *value;  /* NULL: the element itself */
    const char *counts; /* "A,B,C", or NULL */
};
/* Cost: reads the documents. Fails: ERR_USAGE, ERR_LIMIT (over
 * RATING_CATEGORIES_MAX values), ERR_CANCELLED. */
enum err_code ratings_of_documents(struct index *index, const struct hits *docs,
                                   const struct ratings_member *member,
                                   const int *cancel, rated_visit *visit,
                                   void *ctx, struct error *err);

#endif
