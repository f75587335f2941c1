/* What both sources of ratings do with them. */
#ifndef STET_REVIEW_RATINGS_PRIVATE_H
#define STET_REVIEW_RATINGS_PRIVATE_H

#include "review/name_table.h"
#include "stet/ratings.h"

/* Ratings being gathered; categories are numbered as they come. */
struct rating_list {
    struct rating *list;
    size_t count, cap;
};
enum err_code rating_list_add(struct rating_list *list, struct rating rating,
                              struct error *err);
/* Sort by unit and rater, keep the first of each (in the order they were
 * added; unknown raters all), put the categories in order (numbers by value)
 * and call `visit`. `rated` has the rest. */
enum err_code ratings_deliver(struct rated *rated, struct rating_list *list,
                              struct name_table *categories, rated_visit *visit,
                              void *ctx, struct error *err);

#endif
