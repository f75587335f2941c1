/* Values of a record into values of a document: strings, list texts, scores
 * of every kind. */
#ifndef SHARD_MAPPING_VALUES_H
#define SHARD_MAPPING_VALUES_H

#include "stet/mapping.h"

#include "shard/mapping_tree.h"

/* Decode a string token. Borrows from `raw` when it has no escape. */
enum err_code value_string(struct str raw, unsigned flags, struct arena *arena,
                           struct str *out, struct error *err);
/* A finite number, also in a string, true or false; NaN for everything else. */
double value_number(struct str raw, enum json_type type);
/* A label, or a set of them: a string, the strings of a list, the keys of an
 * object whose number is at least `threshold`; ptr NULL for none. */
enum err_code value_labels(struct str raw, unsigned flags, double threshold,
                           struct arena *arena, struct str *out,
                           struct error *err);
/* The key with the largest number of an object, without fastText's prefix;
 * ptr NULL for none. */
enum err_code value_best_key(struct str object, struct arena *arena,
                             struct str *out, struct error *err);
/* A list text: join its strings with `joint`, fill the segments.
 * `base`: offset of the list in the record, 0 if it is embedded. */
enum err_code value_segments(struct document *doc, struct str list, size_t base,
                             struct str joint, struct arena *arena,
                             struct error *err);
/* Scores parallel to the segments: fill them where `fill`, and the worst. */
void value_segment_scores(struct document *doc, struct str list,
                          enum score_bad bad, bool fill, double *worst);

/* Span triples of all definitions, collected while the text is known. */
struct span_list {
    struct span_score *spans; /* code points until span_list_finish */
    size_t count, cap;
};
enum err_code span_list_add(struct span_list *list, struct str raw,
                            unsigned score, enum score_bad bad,
                            const struct document *doc, double *worst,
                            struct error *err);
/* Code points to bytes, add to the document's, sort by start. */
enum err_code span_list_finish(struct span_list *list, struct document *doc,
                               struct arena *arena, struct error *err);
void span_list_release(struct span_list *list);

#endif
