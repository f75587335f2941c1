/* Patch sets put together by hand, and the shards they are tried on. */
#include "config.h"

#include "tests/lib/patch_draft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "stet/fileio.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"

char test_folder[64];

int
draft_setup(void **state)
{
    (void)state;
    (void)snprintf(test_folder, sizeof(test_folder),
                   "/tmp/stet-test-apply-XXXXXX");
    return mkdtemp(test_folder) ? 0 : -1;
}

int
draft_teardown(void **state)
{
    struct error err = ERROR_INIT;

    (void)state;
    return (int)folder_remove(test_folder, &err);
}

char *
draft_path(const char *name)
{
    return path_join(test_folder, name);
}

void
write_shard(const char *name, enum container container, const char *lines)
{
    char *path = draft_path(name);
    char *parent = path_parent(path);
    struct error err = ERROR_INIT;

    if (folder_make(parent, 0700, &err) ||
        (container == CONTAINER_PLAIN
             ? file_write_atomic(path, str_of(lines), &err)
             : shard_write_lines(path, container, str_of(lines), &err)))
        fail_msg("%s", err.message);
    free(parent);
    free(path);
}

static enum err_code
collect(void *ctx, const void *ptr, size_t len, struct error *err)
{
    return buf_append(ctx, ptr, len, err);
}

/* The decompressed bytes; NUL-terminated. Caller frees. */
char *
read_shard(const char *name)
{
    char *path = draft_path(name);
    struct buf out = {0};
    struct error err = ERROR_INIT;
    struct shard *shard = NULL;
    struct record record;

    if (shard_open(&shard, path, &shard_default_limits, &err))
        fail_msg("%s", err.message);
    shard_set_tee(shard, collect, &out);
    do {
        if (shard_next(shard, &record, &err))
            fail_msg("%s", err.message);
    } while (record.kind != RECORD_END);
    shard_close(shard);
    free(path);
    xbuf_append(&out, "", 1);
    return buf_take(&out);
}

void
check_shard(const char *name, const char *want)
{
    char *got = read_shard(name);

    assert_string_equal(got, want);
    free(got);
}

struct text_id
text_id_of(struct str text)
{
    return (struct text_id){hash_of(text), text.len, utf8_count(text)};
}

struct patch_edit
edit_of(enum patch_op op, const char *value)
{
    struct patch_edit edit = {
        .op = op, .reviewer = STR_LIT("r-1"), .at_us = 1790000000123456};

    if (value && (op == OP_VERDICT || op == OP_TAG || op == OP_RATE))
        edit.value = str_of(value);
    else if (value)
        edit.text = str_of(value);
    return edit;
}

/* An edit of the first occurrence of `quote`, which it carries. */
struct patch_edit
span_edit(enum patch_op op, const char *value, const char *text,
          const char *quote)
{
    struct patch_edit edit = edit_of(op, value);
    size_t start = str_find(str_of(text), str_of(quote), 0);

    assert_true(start != SIZE_MAX);
    edit.has_span = true;
    edit.span = (struct span){start, start + strlen(quote)};
    edit.start_cp = utf8_count(str_slice(str_of(text), 0, start));
    edit.end_cp = edit.start_cp + utf8_count(str_of(quote));
    edit.has_quote = true;
    edit.quote = quote_take(str_of(text), edit.span);
    return edit;
}

/* A line of the draft. id: raw JSON token or NULL; after NULL: as before. */
void
draft_patch(struct draft *draft, const char *id, const char *text,
            const struct patch_edit *edits, size_t count, const char *after)
{
    struct patch patch = {.shard = draft->shards[0].path,
                          .record = draft->counts.patches,
                          .edits = edits,
                          .edit_count = count};
    struct error err = ERROR_INIT;

    if (id)
        patch.id_token = str_of(id);
    patch.guard = text_id_of(str_of(text));
    patch.has_after = count == 0 || edits[0].op != OP_DROP;
    patch.after = after ? text_id_of(str_of(after)) : patch.guard;
    patch_count(&draft->counts, &patch);
    assert_int_equal(patch_format(&patch, &draft->body, &err), ERR_OK);
}

void
draft_init(struct draft *draft)
{
    *draft = (struct draft){0};
    draft->shards[0].path = STR_LIT("a.jsonl");
    draft->shard_count = 1;
}

char *
draft_write(struct draft *draft, const char *name)
{
    static const struct patch_mapping mappings[] = {
        {{"text", 4}, {"id", 2}, {NULL, 0}},
        {{"texts", 5}, {"id", 2}, {NULL, 0}}};
    static const struct str scores[] = {{"scores", 6}};
    struct patch_header header = {.corpus = STR_LIT("test"),
                                  .policy = STR_LIT("last"),
                                  .rewrites = STR_LIT("replace"),
                                  .mappings = mappings,
                                  .mapping_count = 2,
                                  .segment_scores = scores,
                                  .segment_score_count = 1,
                                  .shards = draft->shards,
                                  .shard_count = draft->shard_count};
    char *path = draft_path(name);
    struct error err = ERROR_INIT;
    struct hash hash;

    if (patch_set_write(path, &header, buf_str(&draft->body), &draft->counts,
                        &hash, &err))
        fail_msg("%s", err.message);
    buf_release(&draft->body);
    return path;
}

struct apply_options
default_options(void)
{
    return (struct apply_options){.limits = shard_default_limits};
}

/* Apply to shards of the test's folder; the result is `out` in it. */
enum err_code
draft_apply(const char *patchset, const char *const *names, size_t count,
            const char *out, const struct apply_options *options,
            struct apply_report *report)
{
    struct apply_options standard = default_options();
    char *paths[8];
    char *output = draft_path(out);
    struct error err = ERROR_INIT;
    enum err_code code;

    for (size_t i = 0; i < count; i++)
        paths[i] = draft_path(names[i]);
    code = apply_run(patchset, (const char *const *)paths, count, output,
                     options ? options : &standard, report, &err);
    if (code)
        (void)fprintf(stderr, "# %s\n", err.message);
    for (size_t i = 0; i < count; i++)
        free(paths[i]);
    free(output);
    return code;
}

/* Whether a folder that was being built was left behind. */
bool
is_littered(void)
{
    struct names names;
    struct error err = ERROR_INIT;
    bool found = false;

    assert_int_equal(folder_list(test_folder, true, &names, &err), ERR_OK);
    for (size_t i = 0; i < names.count; i++)
        found = found || strstr(names.names[i], ".partial-");
    names_free(&names);
    return found;
}

bool
is_there(const char *name)
{
    char *path = draft_path(name);
    bool there = file_exists(path) || file_is_folder(path);

    free(path);
    return there;
}

/* Tags, a redaction, a rewrite and a drop of the last record. */
char *
usual_set(const char *name)
{
    struct draft draft;
    struct patch_edit one[] = {
        edit_of(OP_VERDICT, "bad"), edit_of(OP_TAG, "b"), edit_of(OP_TAG, "a"),
        span_edit(OP_TAG, "slur", "one bad word", "word"),
        span_edit(OP_REDACT, "\xf0\x9f\x98\x80[]", "one bad word", "bad")};
    struct patch_edit two[] = {edit_of(OP_REPLACE, "\"2\"\n")};
    struct patch_edit three[] = {edit_of(OP_KEEP, NULL),
                                 edit_of(OP_NOTE, "fine")};
    struct patch_edit four[] = {edit_of(OP_DROP, NULL)};

    draft_init(&draft);
    draft_patch(&draft, "\"1\"", "one bad word", one, 5,
                "one \xf0\x9f\x98\x80[] word");
    draft_patch(&draft, "\"2\"", "two", two, 1, "\"2\"\n");
    draft_patch(&draft, "3", "three", three, 2, NULL);
    draft_patch(&draft, "\"4\"", "four", four, 1, NULL);
    return draft_write(&draft, name);
}

/* The result, with the id of the patch set. */
char *
usual_result(const char *patchset)
{
    struct patch_set set;
    struct error err = ERROR_INIT;
    char *text;

    if (patch_set_load(&set, patchset, &err))
        fail_msg("%s", err.message);
    text = xasprintf(
        "{\"id\":\"1\",\"text\":\"one \xf0\x9f\x98\x80[] word\",\"metadata\":"
        "{\"stet\":{\"verdict\":\"bad\",\"tags\":[\"a\",\"b\"],\"spans\":[{"
        "\"start\":8,\"end\":12,\"tag\":\"slur\"}],\"patch\":\"%s\"}}}\n"
        "{\"id\":\"2\", \"text\":\"\\\"2\\\"\\n\" , \"big\":1e999}\n"
        "{\"id\":3,\"text\":\"three\"}\r\n\nnot json\n",
        set.header.id);
    patch_set_release(&set);
    return text;
}
