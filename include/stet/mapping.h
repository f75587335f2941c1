/* Which part of a record is text, id, source, language and score. Found by
 * sampling, overridden by options and configuration.
 *
 * A path names a member: keys joined by '.', a key with '.' or '"' in quotes
 * as in JSON: `attributes."hate/threatening"`. A member that is a string which
 * holds JSON (datatrove's `metadata`) is entered like an object. */
#ifndef STET_MAPPING_H
#define STET_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/document.h"

enum score_kind {
    SCORE_NUMBER,      /* a number (or true/false) */
    SCORE_LABEL,       /* a class, a list of them, or a map {class: number} */
    SCORE_SPANS,       /* [[start, end, score], ...], code points */
    SCORE_SEGMENTS,    /* numbers parallel to the text's list */
    SCORE_SCALE,       /* a number: whole steps, as 0..5 */
    SCORE_PROBABILITY, /* a number in 0..1 */
    SCORE_PERPLEXITY   /* a number from 0 on, without a largest */
};
#define SCORE_KINDS 7
extern const char *const score_kind_names[SCORE_KINDS];
/* Whether values of this kind are read as plain numbers. A number may also be
 * kept in a string, or as one triple for the whole text, [[0, N, number]]. */
bool score_is_number(enum score_kind kind);
enum score_bad { SCORE_BAD_UNKNOWN, SCORE_BAD_HIGH, SCORE_BAD_LOW };

struct score_def {
    char *name; /* unique; what queries and screens say */
    char *path; /* NULL: in no record; imported, or derived from others */
    enum score_kind kind;
    enum score_bad bad; /* which end is bad */
    double min, max;    /* range; NaN: unknown */
    double threshold;   /* NaN: none */
};

struct mapping {
    char *text;   /* paths; text "" for a record that is a bare string */
    char *id;     /* NULL: none */
    char *source; /* NULL: none */
    char *lang;   /* NULL: none */
    struct score_def *scores;
    size_t score_count;
    struct mapping_plan *plan; /* compiled paths; private */
};

void mapping_init(struct mapping *mapping);
void mapping_release(struct mapping *mapping);
enum err_code mapping_copy(struct mapping *out, const struct mapping *from,
                           struct error *err);
/* Add a definition (copied) unless its path (its name, where it has none) is
 * known; makes the name unique.
 * A NULL name is made from the path. *number (NULL allowed): its place.
 * The number stays valid: definitions are only appended. */
enum err_code mapping_add_score(struct mapping *mapping,
                                const struct score_def *def, unsigned *number,
                                struct error *err);
/* Compile the paths: after the last change, before the first mapping_apply.
 * ERR_USAGE: a path that cannot be read. */
enum err_code mapping_compile(struct mapping *mapping, struct error *err);

/* What sampling saw at one path. */
struct mapping_sample;
struct mapping_sample *mapping_sample_new(void);
void mapping_sample_free(struct mapping_sample *sample);
/* Feed one record; malformed ones are ignored. At most 2,048 paths are kept. */
void mapping_sample_add(struct mapping_sample *sample, struct str raw);
/* Feed a line of a file beside the shard: it may hold scores, no text. */
void mapping_sample_add_row(struct mapping_sample *sample, struct str raw);
/* Fill what `mapping` does not say yet: text, id, source, lang, and scores
 * (numbers, labels, label maps, spans, segment scores under attributes,
 * metadata, meta, scores, quality_signals and at the top level). ERR_FORMAT
 * when no text is found: the message lists what was seen. */
enum err_code mapping_discover(struct mapping *mapping,
                               const struct mapping_sample *sample,
                               struct error *err);
/* Guess kind, end and range of a score, by its place, if its path was seen:
 * the caller says that it is one, whatever its name. */
void mapping_guess_score(struct mapping *mapping, size_t number,
                         const struct mapping_sample *sample);
/* The mapping, with the reason of each choice and what was not taken, for
 * `stet index --explain`; lines of text. `given` (NULL allowed): what was set
 * before discovery; of it, `options` (NULL allowed) on the command line. */
void mapping_explain(const struct mapping *mapping, const struct mapping *given,
                     const struct mapping *options,
                     const struct mapping_sample *sample, struct buf *out);

enum {
    MAP_SCORES = 1, /* fill scores and labels */
    MAP_SPANS = 2,  /* fill spans and segment scores */
    MAP_TEXT = 4,   /* nothing but the text: no id, hash, count or score */
    MAP_SIGNALS = 8 /* a row of RedPajama's signals: no id of the document */
};
/* Map one record. `raw` must outlive the document.
 * Owns:  *out borrows from `arena` and `raw`.
 * Fails: ERR_FORMAT with err->offset into the record and what was expected
 *        (bad JSON, no text, wrong type of text or id); ERR_LIMIT depth,
 *        over a million spans; ERR_NOMEM also when the arena is full.
 * Does not set record and offset. */
enum err_code mapping_apply(const struct mapping *mapping, struct str raw,
                            unsigned what, struct arena *arena,
                            struct document **out, struct error *err);

/* Add what a row beside the document says (the same line of a file of rows,
 * row_files.h): scores, labels, spans, by the mapping that
 * made the document. To find them, feed rows to the sample as well. `row` must
 * outlive the document.
 * Fails: as mapping_apply; ERR_CONFLICT when both have ids and they differ,
 * or the urls or positions of signals: the message names the row's. */
enum err_code mapping_apply_row(const struct mapping *mapping, struct str row,
                                unsigned what, struct arena *arena,
                                struct document *doc, struct error *err);

/* The value at a path of a record, raw JSON; ptr NULL when absent. Last
 * member wins. Enters string-held JSON (then the view is in `arena`). */
enum err_code record_get(struct str raw, const char *path, struct arena *arena,
                         struct str *out, struct error *err);

#endif
