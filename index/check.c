/* Verifying an open index against its files: the databases, the files' hashes,
 * the columns, records against the hashes of their texts, and the postings
 * against the texts. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "check_postings.h"
#include "index_impl.h"
#include "signatures.h"
#include "stet/fileio.h"
#include "stet/pool.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"

#define SAMPLE_STEP 97u /* every so many documents when not `full` */
#define FINDINGS_OF_SHARD 20u

struct check {
    struct index *index;
    bool full;
    const int *cancel;
    void (*finding)(void *ctx, const struct check_finding *finding);
    void *ctx;
    const struct open_partition *part;   /* being checked */
    struct postings_check *postings;     /* of it, when `full` */
    struct signatures_check *signatures; /* the same */
};

/* About the partition: all of its shards have to be indexed again. */
static void
report_partition(const struct check *check, const char *text)
{
    const struct open_partition *part = check->part;
    struct check_finding finding = {
        .text = text,
        .again_first = part->shard_first,
        .again_end = part->shard_first + (uint32_t)part->shards.count,
    };

    check->finding(check->ctx, &finding);
}

static void
report_shard(const struct check *check, uint32_t shard, const char *text,
             bool again)
{
    struct check_finding finding = {
        .shard = check->index->shards[shard].path,
        .text = text,
        .again_first = shard,
        .again_end = shard + again,
    };

    check->finding(check->ctx, &finding);
}

static bool
is_fatal(enum err_code code)
{
    return code == ERR_NOMEM || code == ERR_CANCELLED;
}

static enum err_code
check_column(const struct check *check, const struct generation_column *column,
             const struct open_partition *part, struct error *err)
{
    char *path = path_join(check->index->folder, column->file);
    bool labels = column->kind != COLUMN_SCORE;
    struct error problem = ERROR_INIT;
    struct column *opened = NULL;
    enum err_code code = column_open(
        &opened, path, labels, part->end - part->first, &part->hash, &problem);

    if (code == ERR_OK && !column_is_sound(opened))
        code = error_set(&problem, ERR_FORMAT,
                         "%s: not the bytes that were written", path);
    column_close(opened);
    free(path);
    if (code == ERR_OK)
        return ERR_OK;
    if (is_fatal(code)) {
        *err = problem;
        return code;
    }
    report_partition(check, problem.message);
    return ERR_OK;
}

static enum err_code
check_partition(const struct check *check, const struct open_partition *part,
                struct error *err)
{
    const struct generation *manifest = &check->index->manifest;
    char *name = generation_partition_name(part->number);
    char *path = path_join(check->index->folder, name);
    struct error problem = ERROR_INIT;
    struct hash hash;
    enum err_code code = file_hash(path, &hash, check->cancel, &problem);

    if (code == ERR_OK && !hash_equal(&hash, &part->hash))
        code = error_set(&problem, ERR_FORMAT,
                         "%s: not the bytes that were written", path);
    if (code == ERR_OK)
        code = db_check(part->db, check->full, &problem);
    free(name);
    free(path);
    if (is_fatal(code)) {
        *err = problem;
        return code;
    }
    if (code != ERR_OK)
        report_partition(check, problem.message);
    code = ERR_OK;
    for (size_t i = 0; i < manifest->column_count && code == ERR_OK; i++)
        if (manifest->columns[i].partition == part->number)
            code = check_column(check, &manifest->columns[i], part, err);
    return code;
}

/* Whether the shard's file is what was indexed; *same is set accordingly. */
static enum err_code
check_file(const struct check *check, uint32_t number, bool *same,
           struct error *err)
{
    const struct index_shard *shard = &check->index->shards[number];
    char *path = shard->path[0] == '/'
                     ? xstrdup(shard->path)
                     : path_join(check->index->root, shard->path);
    struct error problem = ERROR_INIT;
    struct hash hash;
    enum err_code code = file_hash(path, &hash, check->cancel, &problem);

    *same = code == ERR_OK && hash_equal(&hash, &shard->file_hash);
    free(path);
    if (is_fatal(code)) {
        *err = problem;
        return code;
    }
    if (code != ERR_OK) /* it may come back: the index keeps what it has */
        report_shard(check, number, problem.message, false);
    else if (!*same)
        report_shard(check, number, "changed since it was indexed", true);
    return ERR_OK;
}

/* Its postings and its signature. */
static enum err_code
compare_text(const struct check *check, uint32_t doc, struct str text,
             struct error *err)
{
    bool same = false;
    enum err_code code;

    postings_check_add(check->postings, doc, text);
    code = signatures_check_text(check->signatures, doc, text, &same, err);
    if (code == ERR_OK && !same)
        code = error_set(err, ERR_FORMAT, "a signature is not its text's");
    return code;
}

/* The text as it was indexed. */
static enum err_code
add_text(const struct check *check, uint32_t doc,
         const struct document *document, struct buf *scratch,
         struct error *err)
{
    struct str text = document->text;

    if (document->flags & (DOC_BAD_UTF8 | DOC_LONE_SURROGATE)) {
        enum err_code code;

        buf_clear(scratch);
        code = utf8_to_display(text, scratch, err);
        if (code != ERR_OK)
            return code;
        text = buf_str(scratch);
    }
    return compare_text(check, doc - check->part->first, text, err);
}

static enum err_code
check_documents(const struct check *check, uint32_t number, struct error *err)
{
    const struct index_shard *shard = &check->index->shards[number];
    uint32_t step = check->full ? 1 : SAMPLE_STEP;
    unsigned findings = 0;
    struct buf scratch = {0};
    struct arena arena;
    enum err_code code = ERR_OK;

    arena_init(&arena, 0);
    for (uint32_t doc = shard->first; doc < shard->end; doc += step) {
        struct error problem = ERROR_INIT;
        const struct document *document;

        if (cancel_is_set(check->cancel)) {
            code = error_set(err, ERR_CANCELLED, "%s",
                             err_code_text(ERR_CANCELLED));
            break;
        }
        arena_reset(&arena);
        code = index_document(check->index, doc, &arena, &document, &problem);
        if (is_fatal(code)) {
            *err = problem;
            break;
        }
        if (code == ERR_OK && check->postings)
            code = add_text(check, doc, document, &scratch, &problem);
        if (code != ERR_OK) {
            report_shard(check, number, problem.message, true);
            findings++;
        }
        code = ERR_OK;
        if (findings == FINDINGS_OF_SHARD) {
            report_shard(check, number, "more of the same are not listed",
                         true);
            break;
        }
        if (UINT32_MAX - doc < step)
            break;
    }
    arena_release(&arena);
    buf_release(&scratch);
    return code;
}

static enum err_code
check_shard(const struct check *check, uint32_t number, struct error *err)
{
    const struct index_shard *shard = &check->index->shards[number];
    bool same = true;
    enum err_code code;

    if (!shard->live)
        return ERR_OK;
    code = check_file(check, number, &same, err);
    /* a copy still holds what was indexed */
    if (code == ERR_OK && (same || shard->copy))
        code = check_documents(check, number, err);
    return code;
}

static void
report_postings(void *ctx, const struct postings_finding *finding)
{
    const struct check *check = ctx;
    struct index *index = check->index;
    struct error ignored = ERROR_INIT;
    struct document_place place;
    char text[200];
    uint32_t doc;

    if (finding->document == UINT32_MAX) {
        report_partition(check, finding->text);
        return;
    }
    doc = check->part->first + finding->document;
    if (index_place(index, doc, &place, &ignored) != ERR_OK)
        return; /* said already */
    (void)snprintf(text, sizeof(text), "record %" PRIu64 ": %s", place.record,
                   finding->text);
    report_shard(check, place.shard, text, true);
}

static enum err_code
check_postings(struct check *check, struct error *err)
{
    struct error problem = ERROR_INIT;
    enum err_code code =
        postings_check_compare(check->postings, check->part->db, check->cancel,
                               report_postings, check, &problem);

    if (is_fatal(code)) {
        *err = problem;
        return code;
    }
    if (code != ERR_OK)
        report_partition(check, problem.message);
    return ERR_OK;
}

/* A partition, its shards, and at last its postings against their texts. */
static enum err_code
check_all(struct check *check, const struct open_partition *part,
          struct error *err)
{
    enum err_code code;

    check->part = part;
    code = check_partition(check, part, err);
    if (code == ERR_OK && check->full) {
        check->postings = postings_check_new(part->end - part->first);
        if (!check->postings)
            code = error_nomem(err);
        check->signatures =
            signatures_check_new(part->db, part->end - part->first);
    }
    for (uint32_t i = 0; code == ERR_OK && i < part->shards.count; i++)
        code = check_shard(check, part->shard_first + i, err);
    if (code == ERR_OK && check->postings)
        code = check_postings(check, err);
    postings_check_free(check->postings);
    check->postings = NULL;
    signatures_check_free(check->signatures);
    check->signatures = NULL;
    return code;
}

enum err_code
index_check(struct index *index, bool full, const int *cancel,
            void (*finding)(void *ctx, const struct check_finding *finding),
            void *ctx, struct error *err)
{
    struct check check = {
        .index = index,
        .full = full,
        .cancel = cancel,
        .finding = finding,
        .ctx = ctx,
    };
    enum err_code code = ERR_OK;

    for (unsigned i = 0; i < index->partition_count && code == ERR_OK; i++)
        code = check_all(&check, &index->partitions[i], err);
    return code;
}
