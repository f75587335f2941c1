/* Writing the cache of groups; private to similar_groups.c. */
#ifndef INDEX_SIMILAR_CACHE_H
#define INDEX_SIMILAR_CACHE_H

#include "stet/similar_groups.h"

#define SIMILAR_CACHE "similar.groups" /* in the index's folder */

enum err_code similar_cache_write(const struct index *index, double threshold,
                                  const struct similar_groups *groups,
                                  struct error *err);

#endif
