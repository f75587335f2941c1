/* One run of a query: private to the search files. */
#ifndef STET_INDEX_SEARCH_EVAL_H
#define STET_INDEX_SEARCH_EVAL_H

#include "stet/search.h"

struct search {
    struct index *index;
    const struct search_env *env;  /* never NULL here */
    struct hits *hits;             /* for its flags */
    const struct query_node *last; /* what it finds are hits; NULL: none */
};

/* ERR_CANCELLED when the caller asked to stop; cheap enough for every 1,000
 * documents. */
enum err_code search_cancelled(const struct search *search, struct error *err);

/* What an expression's rows do: set a bit, or note a rank. */
typedef void search_row(void *ctx, uint32_t doc, double rank);
/* Run one MATCH expression on every partition. */
enum err_code search_match(const struct search *search, struct str expression,
                           bool ranked, search_row *row, void *ctx,
                           struct error *err);
/* The row function that sets bits of a struct bits. */
void search_set_bit(void *ctx, uint32_t doc, double rank);

/* How dear a field is for each document that it is tried on. */
enum field_cost { FIELD_CHEAP, FIELD_SCAN, FIELD_READ };
enum field_cost search_field_cost(const struct search *search,
                                  const struct query_field *field);
/* Set the bits of `candidates` for which the field holds; others may be set
 * too. `out` is clear. */
enum err_code search_field(const struct search *search,
                           const struct query_field *field,
                           const struct bits *candidates, struct bits *out,
                           struct error *err);
/* list: and meta. , in their own files. */
enum err_code search_list(const struct search *search,
                          const struct query_field *field, struct bits *out,
                          struct error *err);
enum err_code search_meta(const struct search *search,
                          const struct query_field *field,
                          const struct bits *candidates, struct bits *out,
                          struct error *err);

struct scan_run;
/* Tell the hits what a scan left out. */
void search_count_left_out(const struct search *search,
                           const struct scan_run *run);
/* /pattern/; as search_field. */
enum err_code search_regex(const struct search *search,
                           const struct query_node *node,
                           const struct bits *candidates, struct bits *out,
                           struct error *err);

/* Number of a score by its name, with or without "score."; ERR_USAGE at `at`
 * with the nearest names. */
enum err_code search_score(const struct search *search, struct str name,
                           size_t at, unsigned *score, struct error *err);
/* ERR_USAGE: "unknown field", with the nearest of fields and scores. */
enum err_code search_unknown(const struct search *search, struct str name,
                             size_t at, bool only_scores, struct error *err);

/* Put hits->docs, ascending, into the query's order. */
enum err_code search_order(const struct search *search,
                           const struct query *query, struct error *err);

#endif
