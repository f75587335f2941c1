/* An index in memory for tests of search: the functions of stet/index.h that
 * searching needs, over documents that a test lists. The words are in real
 * FTS5 tables, partitions in temporary files. */
#ifndef TESTS_FAKE_INDEX_H
#define TESTS_FAKE_INDEX_H

#include "stet/index.h"

#define FAKE_SCORES                                                      \
    3                /* "toxicity" 0..1 bad high, "safety" 0..5 unknown, \
                      * "self-harm" bad low */
#define FAKE_LABEL 3 /* number of the label score "category" */

struct fake_document {
    const char *text, *id_token, *source, *lang, *category, *record;
    double scores[FAKE_SCORES];
    bool dead;
};

/* The first half is the shard "web/a.jsonl" and partition 0, the rest
 * "web/b.jsonl.zst" and partition 1. Borrows `documents`. Fails the test on
 * errors. */
struct index *fake_index_new(const struct fake_document *documents,
                             uint32_t count);
/* The same in so many partitions, up to 8, of about the same size. */
struct index *fake_index_split(const struct fake_document *documents,
                               uint32_t count, unsigned partitions);
void fake_index_free(struct index *index);

#endif
