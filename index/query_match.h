/* A subtree of words as one FTS5 MATCH expression: private to search. */
#ifndef STET_INDEX_QUERY_MATCH_H
#define STET_INDEX_QUERY_MATCH_H

#include "stet/query.h"

/* Whether the whole subtree can be one expression: words, AND, OR, and NOT
 * beside something that is searched for; not too deep for FTS5's parser. */
bool match_can(const struct query_node *node);

/* Append the expression of such a subtree. User text appears in it only inside
 * quoted strings. */
enum err_code match_append(const struct query_node *node, struct buf *out,
                           struct error *err);
enum err_code match_append_phrase(const struct query_phrase *phrase,
                                  struct buf *out, struct error *err);

/* Call `visit` on every text, field and regex that is searched for (not under
 * NOT). Stops at the first error. */
typedef enum err_code match_visit(void *ctx, const struct query_node *leaf,
                                  struct error *err);
enum err_code match_foreach(const struct query_node *node, match_visit *visit,
                            void *ctx, struct error *err);

#endif
