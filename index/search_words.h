/* Trees of single words, whose rows are found all at once, as sets. */
#ifndef STET_INDEX_SEARCH_WORDS_H
#define STET_INDEX_SEARCH_WORDS_H

#include "search_eval.h"

/* What `query` says, when it is made of single words and reading all rows of
 * each is quicker than to let FTS5 skip; else *out is NULL. Lives in `arena`.
 */
struct words;
enum err_code words_make(const struct search *search,
                         const struct query_node *query, struct arena *arena,
                         const struct words **out, struct error *err);
/* All words that begin like this one, folded. */
enum err_code words_make_prefix(struct str beginning, struct arena *arena,
                                const struct words **out, struct error *err);
/* Set the bits of the partition's documents for which it holds; bit 0 is row
 * 1. `out` is clear. */
enum err_code words_find(const struct words *words, const struct search *search,
                         unsigned partition, struct bits *out,
                         struct error *err);
/* The same of words_make_prefix() for its first documents, as many as `out`
 * has bits, in a fraction of the time. */
enum err_code words_find_first(const struct words *words,
                               const struct search *search, unsigned partition,
                               struct bits *out, struct error *err);

#endif
