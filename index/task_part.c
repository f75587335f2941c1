/* A part's marker: what it was made of, and whether that is still so. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "build_rows.h"
#include "manifest_words.h"
#include "stet/fileio.h"
#include "stet/tokenizer.h"
#include "stet/xalloc.h"
#include "task.h"

#define HEADER "stet-part 1"
#define PART_MAX ((size_t)256 << 20)

void
task_part_release(struct task_part *part)
{
    for (size_t i = 0; i < part->shard_count; i++)
        free(part->shards[i].path);
    free(part->shards);
    *part = (struct task_part){NULL, 0};
}

char *
task_part_folder(const struct task_plan *plan, uint32_t number)
{
    char *name = xasprintf("part-%04" PRIu32, number);
    char *out = path_join(plan->folder, name);

    free(name);
    return out;
}

static void
append_word(struct buf *out, const char *word)
{
    xbuf_printf(out, " ");
    words_encode(out, word ? word : "", "./");
}

/* The shards of one partition that was built, as it knows them. */
static void
append_shards(struct buf *out, const struct partition_shards *shards)
{
    for (size_t i = 0; i < shards->count; i++) {
        const struct partition_shard *shard = &shards->list[i];
        char hex[HASH_HEX_SIZE];

        hash_format(&shard->file_hash, hex);
        xbuf_printf(out, "shard %" PRIu64 " %" PRIu64 " %" PRIu64 " %s",
                    shard->bytes, (uint64_t)shard->mtime_ns, shard->rows, hex);
        append_word(out, shard->text);
        append_word(out, shard->id);
        append_word(out, shard->source);
        append_word(out, shard->lang);
        append_word(out, shard->path);
        xbuf_printf(out, "\n");
    }
}

static void
append_failed(struct buf *out, const struct build *build)
{
    for (size_t i = 0; i < build->shard_count; i++) {
        const struct work_shard *shard = &build->shards[i];

        if (shard->known)
            continue;
        xbuf_printf(out, "failed %" PRIu64 " %" PRIu64 " %" PRIu64,
                    shard->stat.bytes, (uint64_t)shard->stat.mtime_ns,
                    shard->stat.bytes ? rows_fingerprint(shard->full) : 0);
        append_word(out, shard->path);
        xbuf_printf(out, "\n");
    }
}

enum err_code
task_part_store(const struct build *build, const char *folder,
                struct error *err)
{
    char *path = path_join(folder, PART_NAME);
    struct buf text = {0};
    enum err_code code = ERR_OK;

    xbuf_printf(&text, HEADER "\nformat %u\ntokenizer", PARTITION_VERSION);
    append_word(&text, tokenizer_identity());
    xbuf_printf(&text, "\n");
    for (size_t i = 0; i < build->manifest.partition_count && code == ERR_OK;
         i++) {
        const struct generation_partition *partition =
            &build->manifest.partitions[i];
        struct partition_shards shards = {NULL, 0};
        struct db *db = NULL;

        code = partition_open(&db, folder, partition->number, err);
        if (code == ERR_OK)
            code =
                partition_load_shards(db, partition->documents, &shards, err);
        if (code == ERR_OK)
            append_shards(&text, &shards);
        partition_shards_release(&shards);
        db_close(db);
    }
    append_failed(&text, build);
    words_seal(&text, 0);
    if (code == ERR_OK)
        code = file_write_atomic(path, buf_str(&text), err);
    buf_release(&text);
    free(path);
    return code;
}

struct part_reader {
    struct task_part part;
    bool other_version;
};

static bool
parse_shard(struct task_part *part, const struct words *line, bool failed)
{
    struct task_part_shard shard = {.failed = failed};
    uint64_t mtime;

    if (line->count != (failed ? 5 : 10) ||
        !words_number(line->words[1], UINT64_MAX, &shard.bytes) ||
        !words_number(line->words[2], UINT64_MAX, &mtime) ||
        !words_number(line->words[3], UINT64_MAX, &shard.rows))
        return false;
    shard.mtime_ns = (int64_t)mtime;
    shard.path = words_decode(line->words[line->count - 1]);
    if (!shard.path)
        return false;
    if ((part->shard_count & (part->shard_count - 1)) == 0)
        part->shards = xreallocarray(
            part->shards, part->shard_count ? part->shard_count * 2 : 1,
            sizeof(*part->shards));
    part->shards[part->shard_count++] = shard;
    return true;
}

static bool
parse_line(void *ctx, const struct words *line)
{
    struct part_reader *reader = ctx;
    struct str word = line->words[0];
    uint64_t number;

    if (str_equal(word, STR_LIT("shard")))
        return parse_shard(&reader->part, line, false);
    if (str_equal(word, STR_LIT("failed")))
        return parse_shard(&reader->part, line, true);
    if (line->count != 2)
        return false;
    if (str_equal(word, STR_LIT("tokenizer"))) {
        char *identity = words_decode(line->words[1]);

        if (!identity || strcmp(identity, tokenizer_identity()) != 0)
            reader->other_version = true;
        free(identity);
        return true;
    }
    if (!str_equal(word, STR_LIT("format")) ||
        !words_number(line->words[1], UINT32_MAX, &number))
        return false;
    if (number != PARTITION_VERSION)
        reader->other_version = true;
    return true;
}

static int
by_path(const void *a, const void *b)
{
    const struct task_part_shard *x = a;
    const struct task_part_shard *y = b;

    return strcmp(x->path, y->path);
}

enum err_code
task_part_parse(struct task_part *out, struct str text, struct error *err)
{
    struct part_reader reader = {{NULL, 0}, false};
    enum err_code code = words_unseal(&text, HEADER, err);

    if (code == ERR_OK)
        code = words_foreach(text, parse_line, &reader, err);
    if (code == ERR_OK && reader.other_version)
        code = error_set(err, ERR_CONFLICT, "built by another version of stet");
    if (code != ERR_OK) {
        task_part_release(&reader.part);
        return code;
    }
    if (reader.part.shard_count > 1)
        qsort(reader.part.shards, reader.part.shard_count,
              sizeof(*reader.part.shards), by_path);
    *out = reader.part;
    return ERR_OK;
}

enum err_code
task_part_load(struct task_part *out, const char *folder, struct error *err)
{
    char *path = path_join(folder, PART_NAME);
    struct buf text = {0};
    enum err_code code = file_read(path, PART_MAX, &text, err);

    if (code == ERR_OK)
        code = task_part_parse(out, buf_str(&text), err);
    buf_release(&text);
    free(path);
    return code;
}

/* The files of the part are all there, in their lengths. */
static bool
has_files(const char *folder)
{
    struct generation manifest;
    struct error ignored = ERROR_INIT;
    struct file_stat stat;
    bool all;

    generation_init(&manifest);
    all = generation_load(&manifest, folder, NULL, &ignored) == ERR_OK;
    for (size_t i = 0; i < manifest.partition_count && all; i++) {
        char *name = generation_partition_name(manifest.partitions[i].number);
        char *path = path_join(folder, name);

        all = file_stat(path, &stat, &ignored) == ERR_OK &&
              stat.bytes == manifest.partitions[i].bytes;
        free(name);
        free(path);
    }
    for (size_t i = 0; i < manifest.column_count && all; i++) {
        char *path = path_join(folder, manifest.columns[i].file);

        all = file_exists(path);
        free(path);
    }
    generation_release(&manifest);
    return all;
}

static const struct task_part_shard *
find(const struct task_part *part, const char *path)
{
    struct task_part_shard key = {.path = NULL};

    if (part->shard_count == 0)
        return NULL;
    key.path = xstrdup(path);
    const struct task_part_shard *found = bsearch(
        &key, part->shards, part->shard_count, sizeof(*part->shards), by_path);
    free(key.path);
    return found;
}

/* Whether the index has the shard as it is now. */
static bool
is_known(const struct build *known, const char *path,
         const struct file_stat *now, uint64_t rows)
{
    const struct work_shard *shard = build_find_shard(known, path);

    return shard && shard->known && shard->stat.bytes == now->bytes &&
           shard->stat.mtime_ns == now->mtime_ns && shard->rows == rows;
}

enum task_part_state
task_part_state(const struct task_plan *plan, uint32_t number,
                const struct build *known)
{
    char *folder = task_part_folder(plan, number);
    struct error ignored = ERROR_INIT;
    struct task_part part = {NULL, 0};
    enum err_code code = task_part_load(&part, folder, &ignored);
    bool fresh = code == ERR_OK && has_files(folder);
    bool published = true;

    for (size_t i = 0; i < plan->shard_count && (fresh || published); i++) {
        const struct task_plan_shard *shard = &plan->shards[i];
        const struct task_part_shard *built;
        struct file_stat now = {0};
        uint64_t rows = 0;
        char *full;
        bool same;

        if (shard->part != number)
            continue;
        full = build_full_path(known, shard->path);
        if (file_stat(full, &now, &ignored) == ERR_OK)
            rows = rows_fingerprint(full);
        free(full);
        built = find(&part, shard->path);
        same = built && built->bytes == now.bytes &&
               built->mtime_ns == now.mtime_ns && built->rows == rows;
        fresh = fresh && same;
        published = published && (is_known(known, shard->path, &now, rows) ||
                                  (same && built->failed));
    }
    task_part_release(&part);
    free(folder);
    if (published)
        return PART_PUBLISHED;
    if (fresh)
        return PART_READY;
    return code == ERR_NOTFOUND ? PART_MISSING : PART_STALE;
}
