/* Patch sets put together by hand, and the shards they are tried on. */
#ifndef TESTS_LIB_PATCH_DRAFT_H
#define TESTS_LIB_PATCH_DRAFT_H

#include "review/patch.h"
#include "stet/apply.h"

/* A patch set that a test puts together. */
struct draft {
    struct buf body;
    struct patch_counts counts;
    struct patch_shard shards[4];
    size_t shard_count;
};

#define LINES                                                    \
    "{\"id\":\"1\",\"text\":\"one bad word\",\"metadata\":{}}\n" \
    "{\"id\":\"2\", \"text\":\"two\" , \"big\":1e999}\n"         \
    "{\"id\":3,\"text\":\"three\"}\r\n"                          \
    "\n"                                                         \
    "not json\n"                                                 \
    "{\"id\":\"4\",\"text\":\"four\"}"

/* Each test has a folder of its own. */
extern char test_folder[64];
#define DRAFT_TEST(name) \
    cmocka_unit_test_setup_teardown(name, draft_setup, draft_teardown)

int draft_setup(void **state);
int draft_teardown(void **state);
char *draft_path(const char *name);
void write_shard(const char *name, enum container container, const char *lines);
/* The decompressed bytes; NUL-terminated. Caller frees. */
char *read_shard(const char *name);
void check_shard(const char *name, const char *want);
struct text_id text_id_of(struct str text);
struct patch_edit edit_of(enum patch_op op, const char *value);
/* An edit of the first occurrence of `quote`, which it carries. */
struct patch_edit span_edit(enum patch_op op, const char *value,
                            const char *text, const char *quote);
/* A line of the draft. id: raw JSON token or NULL; after NULL: as before. */
void draft_patch(struct draft *draft, const char *id, const char *text,
                 const struct patch_edit *edits, size_t count,
                 const char *after);
void draft_init(struct draft *draft);
char *draft_write(struct draft *draft, const char *name);
struct apply_options default_options(void);
/* Apply to shards of the test's folder; the result is `out` in it. */
enum err_code draft_apply(const char *patchset, const char *const *names,
                          size_t count, const char *out,
                          const struct apply_options *options,
                          struct apply_report *report);
/* Whether a folder that was being built was left behind. */
bool is_littered(void);
bool is_there(const char *name);
/* Tags, a redaction, a rewrite and a drop of the last record. */
char *usual_set(const char *name);
/* The result, with the id of the patch set. */
char *usual_result(const char *patchset);

#endif
