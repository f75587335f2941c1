/* Finishing a partition: look-up tables, merging, syncing; then its name, its
 * columns, its place in the manifest. */
#include "config.h"

#include "partition.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bulk.h"
#include "dictionary.h"
#include "partition_writer.h"
#include "stet/fileio.h"
#include "stet/pool.h"
#include "stet/tokenizer.h"
#include "stet/xalloc.h"

#define MERGE_PAGES 500 /* between two looks at the cancel flag */

enum { SQL_LOOKUP, SQL_META };
static const char *const sql[] = {
    [SQL_LOOKUP] = "INSERT INTO lookup VALUES(?1, ?2, ?3, ?4)",
    [SQL_META] = "INSERT INTO meta VALUES(?1, ?2)",
};

static int
compare_entries(const void *a, const void *b)
{
    const struct pack_entry *x = a;
    const struct pack_entry *y = b;

    if (x->prefix != y->prefix)
        return x->prefix < y->prefix ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return (x->doc > y->doc) - (x->doc < y->doc);
}

static enum err_code
write_lookup(struct partition_writer *writer, enum lookup_kind kind,
             struct entries *entries, struct error *err)
{
    enum err_code code = ERR_OK;

    if (entries->count > 1)
        qsort(entries->list, entries->count, sizeof(*entries->list),
              compare_entries);
    for (size_t at = 0; at < entries->count && code == ERR_OK;) {
        size_t end = at + PACK_ENTRIES;
        struct stmt *stmt;

        if (end > entries->count)
            end = entries->count;
        code = db_stmt(writer->db, sql[SQL_LOOKUP], &stmt, err);
        if (code != ERR_OK)
            break;
        stmt_bind_int(stmt, 1, kind);
        stmt_bind_int(stmt, 2,
                      (int64_t)(entries->list[at].prefix ^ UINT64_C(1) << 63));
        stmt_bind_int(stmt, 3, (int64_t)at);
        buf_clear(&writer->packed);
        for (; at < end; at++)
            pack_entry(&writer->packed, &entries->list[at]);
        stmt_bind_blob(stmt, 4, writer->packed.ptr, writer->packed.len);
        code = stmt_run(stmt, err);
    }
    return code;
}

static void
count_duplicates(struct partition_writer *writer)
{
    const struct pack_entry *list = writer->id_entries.list;

    for (size_t i = 1; i < writer->id_entries.count; i++)
        if (list[i].prefix == list[i - 1].prefix &&
            list[i].source == list[i - 1].source)
            writer->duplicates++;
}

static void
entries_release(struct entries *entries)
{
    free(entries->list);
    *entries = (struct entries){NULL, 0, 0};
}

/* FTS5's own optimize, in pieces. */
static enum err_code
merge_postings(struct partition_writer *writer, void (*merging)(void *ctx),
               void *ctx, struct error *err)
{
    static const char changes[] = "SELECT total_changes()";
    int pages = -MERGE_PAGES;
    int64_t before = 0;
    int64_t after = 0;
    enum err_code code;

    for (;;) {
        char text[80];

        if (cancel_is_set(writer->options.cancel))
            return ERR_OK;
        (void)snprintf(text, sizeof(text),
                       "INSERT INTO fts(fts, rank) VALUES('merge', %d)", pages);
        code = db_get_int(writer->db, changes, 0, 0, 0, &before, err);
        if (code == ERR_OK)
            code = db_exec(writer->db, text, err);
        if (code == ERR_OK)
            code = db_get_int(writer->db, changes, 0, 0, 0, &after, err);
        if (code != ERR_OK || after - before < 2)
            return code;
        pages = MERGE_PAGES;
        if (merging)
            merging(ctx);
    }
}

static enum err_code
finish_postings(struct partition_writer *writer, void (*merging)(void *ctx),
                void *ctx, struct error *err)
{
    enum err_code code;

    if (writer->bulk) {
        code = bulk_finish(writer->bulk, err);
        bulk_free(writer->bulk);
        writer->bulk = NULL;
        return code;
    }
    code = merge_postings(writer, merging, ctx, err);
    return code == ERR_OK ? dictionary_fill(writer->db, err) : code;
}

static enum err_code
write_meta(struct partition_writer *writer, struct error *err)
{
    struct stmt *stmt;
    enum err_code code = db_stmt(writer->db, sql[SQL_META], &stmt, err);

    if (code != ERR_OK)
        return code;
    stmt_bind_text(stmt, 1, STR_LIT("tokenizer"));
    stmt_bind_text(stmt, 2, str_of(tokenizer_identity()));
    return stmt_run(stmt, err);
}

enum err_code
partition_writer_finish(struct partition_writer *writer,
                        void (*merging)(void *ctx), void *ctx,
                        struct error *err)
{
    struct file_stat stat;
    enum err_code code = ERR_OK;

    if (writer->count % PACK_BLOCK != 0)
        code = partition_write_block(writer, err);
    if (code == ERR_OK)
        code = write_lookup(writer, LOOKUP_HASH, &writer->hash_entries, err);
    if (code == ERR_OK)
        code = write_lookup(writer, LOOKUP_ID, &writer->id_entries, err);
    if (code == ERR_OK) {
        count_duplicates(writer);
        code = write_meta(writer, err);
    }
    if (code == ERR_OK)
        code = finish_postings(writer, merging, ctx, err);
    if (code == ERR_OK)
        code = signatures_finish(&writer->signatures, writer->db, err);
    if (code == ERR_OK)
        code = db_exec(writer->db, "COMMIT", err);
    if (code == ERR_OK)
        code = db_sync(writer->db, err);
    if (code == ERR_OK)
        code = file_stat(writer->path, &stat, err);
    if (code != ERR_OK)
        return code;
    writer->file_bytes = stat.bytes;
    entries_release(&writer->hash_entries);
    entries_release(&writer->id_entries);
    db_close(writer->db);
    writer->db = NULL;
    return ERR_OK;
}

static enum err_code
publish_column(struct partition_writer *writer, struct column_writer *column,
               const struct generation_column *as,
               const struct generation_partition *partition,
               struct generation *manifest, struct error *err)
{
    char *path;
    enum err_code code;

    if (!column || column_writer_is_empty(column))
        return ERR_OK;
    path = path_join(writer->options.folder, as->file);
    code = column_writer_commit(column, path, writer->count, &partition->hash,
                                err);
    if (code == ERR_OK)
        generation_add_column(manifest, partition->number, as->kind, as->score,
                              as->file);
    free(path);
    return code;
}

static enum err_code
publish_columns(struct partition_writer *writer,
                const struct generation_partition *partition,
                struct generation *manifest, struct error *err)
{
    char *source =
        xasprintf("part-%04" PRIu32 ".doc.source.col", partition->number);
    char *lang =
        xasprintf("part-%04" PRIu32 ".doc.lang.col", partition->number);
    struct generation_column as = {.kind = COLUMN_SOURCE, .file = source};
    enum err_code code;

    code =
        publish_column(writer, writer->source, &as, partition, manifest, err);
    as = (struct generation_column){.kind = COLUMN_LANG, .file = lang};
    if (code == ERR_OK)
        code =
            publish_column(writer, writer->lang, &as, partition, manifest, err);
    for (size_t i = 0; i < writer->score_count && code == ERR_OK; i++) {
        const struct score_def *def = &writer->options.mapping->scores[i];

        as.kind = def->kind == SCORE_LABEL ? COLUMN_LABEL : COLUMN_SCORE;
        as.score = (uint32_t)i;
        as.file = generation_column_name(partition->number, def->name);
        code = publish_column(writer, writer->scores[i], &as, partition,
                              manifest, err);
        free(as.file);
    }
    free(source);
    free(lang);
    return code;
}

enum err_code
partition_writer_publish(struct partition_writer *writer, uint32_t number,
                         struct generation *manifest, struct error *err)
{
    struct generation_partition partition = {
        .number = number,
        .documents = writer->count,
        .bytes = writer->file_bytes,
    };
    char *name = generation_partition_name(number);
    char *path = path_join(writer->options.folder, name);
    enum err_code code;

    code = file_hash(writer->path, &partition.hash, NULL, err);
    if (code == ERR_OK)
        code = publish_columns(writer, &partition, manifest, err);
    if (code == ERR_OK && rename(writer->path, path) != 0)
        code = error_errno(err, errno, path);
    if (code == ERR_OK)
        code = file_sync_folder(writer->options.folder, err);
    if (code == ERR_OK)
        generation_add_partition(manifest, &partition);
    free(name);
    free(path);
    return code;
}
