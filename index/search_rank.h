/* bm25 over all partitions: private to search. */
#ifndef INDEX_SEARCH_RANK_H
#define INDEX_SEARCH_RANK_H

#include "search_eval.h"

/* Values are those that FTS5's bm25() gives when all partitions are one table
 * and the query's words, those under NOT left out, are joined by OR. */
struct rank;

/* Counts rows, tokens and the rows of each phrase, partitions side by side.
 * ERR_USAGE at the order: no words to rank by. */
enum err_code rank_make(struct rank **out, const struct search *search,
                        const struct query *query, struct error *err);
void rank_free(struct rank *rank); /* NULL allowed */
/* Keys of ascending documents of one partition, on the thread that has it. */
enum err_code rank_keys(const struct rank *rank, unsigned partition,
                        bool descending, struct keyed *items, uint32_t count,
                        struct error *err);

/* Inverse document frequency, as FTS5's bm25() has it. */
double rank_idf(int64_t rows, int64_t found);

#endif
