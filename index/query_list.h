/* The phrases of list:FILE: private to search and highlights. */
#ifndef STET_INDEX_QUERY_LIST_H
#define STET_INDEX_QUERY_LIST_H

#include "stet/query.h"

struct tokenizer;

/* Call `visit` on every line of the field's file that has a token, as a
 * phrase; the view lives until `visit` returns. Stops at the first error.
 * Fails: ERR_USAGE at the field's value when the file cannot be read, is over
 *        1 MiB or has too long a line. */
typedef enum err_code list_visit(void *ctx, const struct query_phrase *phrase,
                                 struct error *err);
enum err_code list_foreach(const struct query_field *field,
                           struct tokenizer *tokenizer, list_visit *visit,
                           void *ctx, struct error *err);

#endif
