/* What the files of the queues share. */
#ifndef STET_REVIEW_QUEUE_PRIVATE_H
#define STET_REVIEW_QUEUE_PRIVATE_H

#include "review/store_private.h"
#include "stet/queue.h"

/* ERR_NOTFOUND when there is none. */
enum err_code queue_find(struct store *store, struct str name, int64_t *queue,
                         double *overlap, struct error *err);
/* Items of a queue that are open for the store's reviewer. */
enum err_code queue_count_left(struct store *store, int64_t queue,
                               double overlap, uint64_t *left,
                               struct error *err);
/* The same items, in the queue's order. */
enum err_code queue_left_items(struct store *store, int64_t queue,
                               double overlap, struct item_list *items,
                               struct error *err);

#endif
