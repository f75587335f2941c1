/* Annotations of other raters, most of all of models: verdicts, ratings, tags
 * and tagged spans from files, into the journal under the rater's own name. */
#ifndef STET_ANNOTATION_IMPORT_H
#define STET_ANNOTATION_IMPORT_H

#include "stet/index.h"
#include "stet/store.h"

struct annotation_import {
    uint64_t rows;
    uint64_t annotations; /* that are new */
    uint64_t known;       /* that the rater's newest says already */
    uint64_t stale;       /* rows about another text of that id */
    uint64_t unmatched, ambiguous;
    uint64_t empty; /* rows that say nothing */
    uint64_t bad;   /* no row: told with their lines */
};
/* Called for what is wrong with a row; `line` from 1. */
typedef void annotation_import_message(void *ctx, const char *file,
                                       uint64_t line, const char *text);
/* Rows as `stet export --format ratings` writes them. The rater is the store's
 * reviewer; a model (`model/NAME@VERSION`) never counts among people. Rows are
 * written in batches; importing a file again adds nothing. */
enum err_code annotations_import(struct store *store, struct index *index,
                                 const char *path,
                                 struct annotation_import *out,
                                 annotation_import_message *message, void *ctx,
                                 struct error *err);

#endif
