/* Files of rows beside a shard (row_files.h), which must follow its records. */
#ifndef REVIEW_SIBLINGS_H
#define REVIEW_SIBLINGS_H

#include "apply_plan.h"
#include "stet/fileio.h"

/* The splices that make a sibling follow its shard: rows of dropped records
 * are removed, rows of changed texts get `{}` for their attributes or signals.
 * Free *splices; their bytes are constant. Fails: ERR_FORMAT when its rows are
 * not the shard's records. */
enum err_code sibling_plan(const char *path, const struct plan_input *input,
                           const struct apply_options *options,
                           struct splice **splices, size_t *count,
                           struct error *err);

#endif
