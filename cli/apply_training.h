/* The options of `stet apply` that make shards ready for training. */
#ifndef STET_CLI_APPLY_TRAINING_H
#define STET_CLI_APPLY_TRAINING_H

#include <stdio.h>

#include "cli/command.h"
#include "stet/apply.h"

#define TRAINING_OPTIONS                                                      \
    {"segments", 0, NULL, "write texts as lists of segments with scores"},    \
        {"tokens", 0, "TOKENS",                                               \
         "put good=TOKEN,bad=TOKEN, or those of [tokens NAME]"},              \
        {"dropout", 0, "RATE", "segments left without a token (0.01)"},       \
        {"inject", 0, "TOKEN", "put it between words of bad text"},           \
        {"rate", 0, "RATE", "share of those words (0.05)"},                   \
        {"seed", 0, "N", "of what is left to chance (0)"},                    \
        {"unit", 0, "UNIT", "segments: sentence (default), line, given"},     \
        {"score", 0, "NAME", "a classifier's score, or its path in records"}, \
        {"bad", 0, "END", "which end of it is bad: high or low"},             \
        {"threshold", 0, "N", "beyond which it is bad"},                      \
        {"bad-tags", 0, "TAGS", "tags of bad passages; globs"},               \
        {"good-tags", 0, "TAGS", "tags of good passages; globs"},             \
        {"allow-collisions", 0, NULL, "though texts have a token already"},

struct training_setup {
    struct training_options options;
    bool given; /* something of it is wanted */
    struct workspace *ws;
    struct settings *none; /* where there is no workspace */
    char *owned[32];       /* strings of the options */
    size_t owned_count;
};

/* From the command line and `[tokens "NAME"]`. training_setup_release() in any
 * case. */
enum err_code training_setup(struct training_setup *out,
                             const struct invocation *in, struct error *err);
void training_setup_release(struct training_setup *setup);
/* What was done, for people. */
void training_print(const struct training_options *options,
                    const struct training_counts *counts, FILE *to);

#endif
