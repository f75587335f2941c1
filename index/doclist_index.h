/* Doclist indexes of a segment being written (segment.h): for the doclist at
 * hand the first row number of each page it goes on over. Finished ones are
 * kept until the pages are written, since their ids come behind. */
#ifndef INDEX_DOCLIST_INDEX_H
#define INDEX_DOCLIST_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"

struct doclist_index;
struct doclist_index *doclist_index_new(uint32_t segment, size_t page_size);
void doclist_index_free(struct doclist_index *index); /* NULL allowed */
/* A term begins on page `page`. */
void doclist_index_start(struct doclist_index *index, uint32_t page);
/* `row` is the first on page `page`. */
enum err_code doclist_index_add(struct doclist_index *index, uint64_t row,
                                uint32_t page, struct error *err);
/* A page has no row number. */
void doclist_index_skip(struct doclist_index *index);
/* The doclist ends: keep its index, or forget it. True: there is one now. */
bool doclist_index_close(struct doclist_index *index, bool keep);
/* Call `write` with every finished page, by ascending id. */
enum err_code doclist_index_foreach(struct doclist_index *index,
                                    enum err_code (*write)(void *ctx,
                                                           int64_t id,
                                                           struct str page,
                                                           struct error *err),
                                    void *ctx, struct error *err);

#endif
