/* Growing a list of record splices. */
#ifndef REVIEW_SPLICE_LIST_H
#define REVIEW_SPLICE_LIST_H

#include "splice_record.h"

enum err_code splices_add(struct record_splices *splices,
                          const struct record_splice *splice,
                          struct error *err);

#endif
