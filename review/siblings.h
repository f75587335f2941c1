/* Dolma's attribute shards: `attributes/NAME/x` beside `documents/x`, one row
 * for each record of it, in the same order. */
#ifndef REVIEW_SIBLINGS_H
#define REVIEW_SIBLINGS_H

#include "apply_plan.h"
#include "stet/fileio.h"

/* Paths of a shard's siblings, sorted; none when it is not below `documents`.
 * Free with names_free. */
enum err_code siblings_find(const char *path, struct names *out,
                            struct error *err);
/* The folder that holds `documents` and `attributes`; NULL when there is none.
 * Caller frees. */
char *siblings_root(const char *path);

/* The splices that make a sibling follow its shard: rows of dropped records
 * are removed, rows of changed texts get `{}` for their attributes. Free
 * *splices; their bytes are constant.
 * Fails: ERR_FORMAT when its rows are not the shard's records. */
enum err_code sibling_plan(const char *path, const struct plan_input *input,
                           const struct apply_options *options,
                           struct splice **splices, size_t *count,
                           struct error *err);

#endif
