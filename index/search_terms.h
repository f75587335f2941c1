/* What the term dictionaries know of a query's words: private to search. */
#ifndef INDEX_SEARCH_TERMS_H
#define INDEX_SEARCH_TERMS_H

#include "search_eval.h"

/* At most so many documents can have the words; counted by their rarest one,
 * in all partitions. Of a subtree that match_can() takes. */
enum err_code terms_bound(const struct search *search,
                          const struct query_node *words, uint64_t *documents,
                          struct error *err);
/* The words with the rarest first in every AND: a copy in `arena`. */
enum err_code terms_sort(const struct search *search,
                         const struct query_node *words, struct arena *arena,
                         struct query_node **out, struct error *err);
/* The folded token of a text that is one word, or the start of one, in
 * `arena`; ptr NULL: it is more. */
enum err_code terms_word(const struct query_text *text, struct arena *arena,
                         struct str *word, struct error *err);
/* Call `visit` with each term that begins with `prefix`, folded, and the number
 * of documents of all partitions that have it; in the order of bytes. The view
 * lives until `visit` returns. */
typedef enum err_code terms_visit(void *ctx, struct str term,
                                  uint64_t documents, struct error *err);
enum err_code terms_foreach(const struct search *search, struct str prefix,
                            terms_visit *visit, void *ctx, struct error *err);

#endif
