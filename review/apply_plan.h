/* What a patch set does to a list of shards, worked out before anything is
 * written. */
#ifndef REVIEW_APPLY_PLAN_H
#define REVIEW_APPLY_PLAN_H

#include "apply_record.h"
#include "stet/shard_writer.h"

/* A record that row-aligned siblings must follow. */
struct plan_row {
    uint64_t record;
    bool dropped; /* else its text changed */
    struct str source, id_token;
};
struct plan_input {
    const char *path;
    struct shard_info info; /* of the whole shard */
    struct splice *splices; /* sorted; bytes in the plan's arena */
    size_t splice_count, splice_cap;
    struct plan_row *rows; /* sorted */
    size_t row_count, row_cap;
};
struct plan {
    struct patch_set set;
    struct mapping *mappings; /* as the header's */
    struct apply_context context;
    const struct apply_options *options;
    bool filter; /* one shard of many: what is not in it is elsewhere */
    struct arena arena;
    struct plan_input *inputs; /* in the order given */
    size_t input_count;
    struct buf additions; /* whole lines */
    struct buf conflicts; /* lines of the conflicts file */
    struct apply_report *report;
    uint64_t bytes_done, bytes_total;
};

/* Load the patch set and read its mapping; then the inputs can be planned. */
enum err_code plan_open(struct plan *plan, const char *patchset,
                        const struct apply_options *options,
                        struct apply_report *report, struct error *err);
/* Read the shards (twice those with targets) and work out every splice. Paths
 * are borrowed. Conflicts are no failure: report->conflicts counts them. */
enum err_code plan_make(struct plan *plan, const char *const *shards,
                        size_t count, struct error *err);
void plan_release(struct plan *plan);
/* Tell the caller how far things are. */
void plan_progress(struct plan *plan, uint64_t bytes);

/* --- plan_report.c --- */

/* Count a patch's results, tell them edit by edit, keep its conflicts. `shard`
 * is where the document is; NULL when it was not found. */
void plan_report(struct plan *plan, size_t line, const struct patch *patch,
                 const struct edit_result *edits, const char *shard,
                 uint64_t record);
/* Every edit of a patch has one outcome. */
enum err_code plan_report_all(struct plan *plan, size_t line,
                              const struct patch *patch,
                              enum edit_outcome outcome, const char *why,
                              struct error *err);

#endif
