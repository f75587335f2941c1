/* The value of sort: private to the query parser. */
#ifndef STET_INDEX_QUERY_SORT_H
#define STET_INDEX_QUERY_SORT_H

#include "stet/query.h"

/* `value` stands at byte `at` of the query. ERR_USAGE with its position. */
enum err_code query_sort_parse(struct query_order *order, struct str value,
                               size_t at, struct arena *arena,
                               struct error *err);

#endif
