/* The output folder of an application: names, files, manifest. */
#ifndef REVIEW_APPLY_OUTPUT_H
#define REVIEW_APPLY_OUTPUT_H

#include "apply_manifest.h"
#include "apply_plan.h"
#include "siblings.h"

struct output_sibling {
    char *path;
    size_t input;
};
struct output {
    const struct apply_options *options;
    char *folder;                 /* absolute */
    char *partial;                /* where it is built */
    char *root;                   /* of the inputs; absolute */
    size_t count;                 /* of inputs */
    const char **paths;           /* sorted by name below the root */
    struct manifest_file *inputs; /* parallel to paths */
    struct output_sibling *siblings;
    struct manifest_file *sibling_files; /* parallel */
    size_t sibling_count;
    struct buf options_text;
};

/* Work out the names. ERR_USAGE: two inputs of one name, an input outside the
 * root or inside the output; two files that would get one name. */
enum err_code output_open(struct output *output, const char *folder,
                          const char *const *shards, size_t count,
                          const struct apply_options *options,
                          struct error *err);
void output_release(struct output *output);
/* Build, verify and publish: the folder is absent before and complete after.
 * ERR_EXISTS: something came there meanwhile. */
enum err_code output_write(struct output *output, struct plan *plan,
                           struct error *err);

#endif
