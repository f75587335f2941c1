/* One record, or one shard, made ready for training. */
#ifndef REVIEW_TRAINING_PRIVATE_H
#define REVIEW_TRAINING_PRIVATE_H

#include "apply_plan.h"
#include "stet/training.h"

/* --- training_label.c --- */

enum training_label { LABEL_UNKNOWN, LABEL_GOOD, LABEL_BAD };
struct training_segment {
    size_t start, end; /* bytes of the text */
    enum training_label label;
    double score; /* people's 0 or 1, else the classifier's; NaN: unknown */
};
struct training_text {
    struct training_segment *list; /* in the arena; cover the text */
    size_t count;
};
/* Cut a document's text and label its pieces. `moved`: the patch changed the
 * text, so scores of spans are of other places. */
enum err_code training_label(const struct apply_options *options,
                             const struct document *document, bool moved,
                             struct arena *arena, struct training_text *out,
                             struct error *err);

/* --- training_chance.c --- */

/* Numbers that follow from seed, text and purpose alone. */
struct chance {
    uint64_t state;
};
void chance_init(struct chance *chance, uint64_t seed, const struct hash *text,
                 const char *purpose);
/* Whether what happens at this rate happens now. */
bool chance_take(struct chance *chance, double rate);

/* Where a token goes, in order. */
struct training_insert {
    size_t at;
    struct str token;
    bool injected;
    bool blank; /* a blank follows it */
};
struct training_inserts {
    struct training_insert *list; /* in the arena */
    size_t count;
};
/* The tokens of a labelled text, in order. */
enum err_code training_inserts(const struct training_options *options,
                               const struct document *document,
                               const struct training_text *text,
                               struct arena *arena,
                               struct training_inserts *out,
                               struct training_counts *counts,
                               struct error *err);

/* --- training_record.c --- */

struct training_result {
    struct record_splices splices;
    struct str collision; /* the token that is in the text already; or NULL */
};
/* Where records come from. */
struct training_place {
    const struct apply_options *options;
    const struct patch_header *header;
    const char *text; /* path */
};
/* What training makes of a record; splices are in the arena. `moved`: see
 * training_label. ERR_CONFLICT: the record has members where scores go. */
enum err_code training_record(const struct training_place *place,
                              const struct document *document, bool moved,
                              struct arena *arena, struct training_result *out,
                              struct training_counts *counts,
                              struct error *err);

/* --- training_shard.c --- */

struct training_job {
    struct plan *plan;
    const struct plan_input *input; /* whose patches were applied */
    const char *from, *to;          /* may be the same */
    const int *cancel;
    struct training_counts *counts;
    struct buf *collisions; /* lines about them */
};
enum err_code training_shard(const struct training_job *job, struct error *err);
/* The same for whole lines of new documents. */
enum err_code training_lines(struct plan *plan, struct buf *lines,
                             struct training_counts *counts,
                             struct buf *collisions, struct error *err);
/* ERR_CONFLICT when there were collisions and they are not allowed. */
enum err_code training_refuse(const struct training_options *options,
                              const struct training_counts *counts,
                              struct str collisions, struct error *err);
void training_count(struct training_counts *sum,
                    const struct training_counts *part);
/* What of the options shapes the output, as JSON. */
void training_format(const struct training_options *options, struct buf *out);

#endif
