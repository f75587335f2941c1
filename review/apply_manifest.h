/* The manifest of an output folder: which patch set made it of what. */
#ifndef REVIEW_APPLY_MANIFEST_H
#define REVIEW_APPLY_MANIFEST_H

#include "patch.h"
#include "stet/apply.h"

#define MANIFEST_NAME "stet-manifest.json"

struct manifest_file {
    char *path;   /* below the root */
    char *out;    /* below the output folder; another ending where the
                   * container changes */
    bool written; /* changed, or brought along */
    bool changed;
    uint64_t bytes_in, bytes_out;
    struct hash hash_in, hash_out;
};
struct manifest {
    const struct patch_set *set;
    struct str options;
    const struct manifest_file *inputs, *siblings;
    size_t input_count, sibling_count;
    const char *added; /* path, or NULL */
    uint64_t rescored; /* lines of rescore.ids */
    const struct apply_report *report;
};

/* What of the options shapes the output, as text. */
void manifest_options(const struct apply_options *options, struct buf *out);
void manifest_format(const struct manifest *manifest, struct buf *out);

/* Whether `folder` holds a manifest that names this patch set, these options
 * and, in order, these inputs (path, hash_in). *report is filled from it. */
bool manifest_matches(const char *folder, const struct patch_set *set,
                      struct str options, const struct manifest_file *inputs,
                      size_t count, struct apply_report *report);
/* Whether a manifest beside the file, or in a folder above it, names this
 * patch set: the file was made by it; *whole: without a conflict. */
bool manifest_names(const char *path, const struct patch_set *set, bool *whole);
/* Hashes of the files that this patch set wrote beside such a manifest, sorted;
 * the caller frees *out. None when there is no manifest. */
void manifest_outputs(const char *path, const struct patch_set *set,
                      struct hash **out, size_t *count);

#endif
