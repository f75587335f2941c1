/* For tests of the index: a workspace with small shards, builds of it, and
 * every document read back. Each test has a folder of its own. */
#ifndef TESTS_INDEX_CORPUS_H
#define TESTS_INDEX_CORPUS_H

#include "stet/build.h"
#include "stet/index.h"

extern struct workspace *ws;

/* What the last run said. */
struct said {
    unsigned count, whole;
    struct build_message last;
    char shard[128];
    char text[ERR_MESSAGE_MAX];
    int *cancel_on_message;
};
extern struct said said;

int corpus_setup(void **state);
int corpus_teardown(void **state);
#define CORPUS_TEST(name) \
    cmocka_unit_test_setup_teardown(name, corpus_setup, corpus_teardown)

/* For build_options. */
void take_message(void *ctx, const struct build_message *message);
/* Caller frees. */
char *corpus_path(const char *name);
/* Documents "NAME-0" ... of distinct words; some sizes, some scores. */
void make_lines(struct buf *out, const char *name, unsigned count);
void make_shard(const char *name, enum container container, unsigned count);
/* Of names below the corpus root. */
enum err_code build(const struct build_options *options,
                    struct build_report *report, const char *const *names,
                    size_t count, struct error *err);
/* Run with the defaults over the whole corpus folder, or re-check. */
struct build_report must_build(bool whole_folder);
struct index *must_open(void);
/* Sum over the partitions of a query that gives one number. */
int64_t count_matches(struct index *index, const char *sql);
/* Read a document back and find it by hash, id and place. */
void check_document(struct index *index, uint32_t doc);
void check_all(struct index *index, uint32_t live);
unsigned count_findings(struct index *index);

#endif
