/* Scores from elsewhere for an index that stands: rows that name a document
 * and give it values, kept in `.stet/attributes/` and put into columns. */
#ifndef STET_IMPORT_H
#define STET_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/mapping.h"
#include "stet/workspace.h"

struct import_message {
    const char *file;
    bool has_line;
    uint64_t line; /* from 1 */
    const char *text;
};

struct import_score {
    const char *name; /* NULL: made from the path */
    const char *path; /* of the value in a row */
};

struct import_options {
    const char *classifier; /* NAME, NAME@VERSION or @VERSION; NULL */
    const struct import_score *scores; /* none: found by sampling */
    size_t score_count;
    bool has_bad, has_range; /* what follows overrides the configuration */
    enum score_bad bad;
    double min, max;
    bool aligned; /* line N of a file is record N of the shard of its name */
    const int *cancel;
    /* ctx is passed on; NULL allowed. Progress in compressed bytes. */
    void (*message)(void *ctx, const struct import_message *message);
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *ctx;
};

struct import_report {
    uint64_t rows;
    uint64_t documents, covered; /* in the index; those that rows named */
    uint64_t unmatched;          /* rows of no document; kept when they have a
                                  * key that a later document may have */
    uint64_t changed;            /* of those: the document has another text */
    uint64_t duplicates;         /* rows that say again what one said */
    uint64_t disagreements;      /* rows that say otherwise; the last counts */
    uint64_t ambiguous;          /* ids of documents of several sources */
    uint64_t bad, empty;         /* no row; a row without a value */
    uint64_t generation;
    struct import_score_report {
        char *name;
        uint64_t known; /* documents that have it now */
        bool added;     /* false: it had these rows already */
    } * scores;
    size_t score_count;
};
void import_report_release(struct import_report *report);

/* Take the rows of all files in and publish a generation that has them.
 * Rows are found by source and id, id, text's SHA-256, or shard and record.
 * Holds index/lock. A kill at any moment leaves the former generation; what
 * was taken in by then is completed by the next run or `stet index`.
 *
 * Cost:  24 bytes a document and what it takes to read the rows twice.
 * Fails: ERR_BUSY another writer; ERR_NOTFOUND no index, no score found, no
 *        shard for an aligned file; ERR_CONFLICT an aligned file of other
 *        length or ids; ERR_EXISTS a score of the shards has this name. */
enum err_code import_scores(struct workspace *ws, const char *const *files,
                            size_t count, const struct import_options *options,
                            struct import_report *report, struct error *err);
/* Take an imported score out, rows and all. ERR_NOTFOUND; ERR_CONFLICT: a
 * derived score needs it. */
enum err_code import_remove(struct workspace *ws, const char *name,
                            struct error *err);

#endif
