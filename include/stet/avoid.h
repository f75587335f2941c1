/* What a reviewer keeps out of his own queues. Words with blanks between, each
 * a tag, which may have * and ?, or a word of the query language with a colon
 * (toxicity:0.9.., lang:de); they lie in the reviewer's memory (store_note_get)
 * under AVOID_KEY. */
#ifndef STET_AVOID_H
#define STET_AVOID_H

#include "stet/resolve.h"

#define AVOID_KEY "avoid"

/* The next word of a list from *at on; false: there is none. */
bool avoid_next(struct str words, size_t *at, struct str *word);
/* ERR_USAGE: it cannot be understood. */
enum err_code avoid_check(struct str word, struct error *err);

/* Set the bits of the documents that the words name. To leave them out, not to
 * tell of them: whatever the resolver's sight. With `told`, as a query would:
 * ERR_USAGE by a score where scores are hidden. Fails as search_run, with the
 * word in the message. */
enum err_code avoid_find(struct resolver *resolver, struct str words, bool told,
                         struct bits *out, struct error *err);

/* Of what a queue has left, count what is avoided, in queue->avoided, and take
 * it off queue->left. */
enum err_code avoid_count(struct resolver *resolver, const struct bits *avoided,
                          struct queue_info *queue, struct error *err);

#endif
