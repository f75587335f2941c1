/* Which shards there are and what is to be done with each: those that the
 * published partitions know, those named, compared with the files. */
#include "config.h"

#include <stdlib.h>

#include "build_rows.h"
#include "build_work.h"
#include "stet/fileio.h"
#include "stet/pool.h"
#include "stet/row_files.h"
#include "stet/tokenizer.h"
#include "stet/xalloc.h"

/* Partitions smaller than a tenth of the target are merged when there are
 * this many. */
#define SMALL_PARTITIONS 8

static const char *const shard_suffixes[] = {
    ".jsonl",      ".json",       ".ndjson",    ".jsonl.gz",
    ".json.gz",    ".ndjson.gz",  ".jsonl.zst", ".json.zst",
    ".ndjson.zst", ".jsonl.zstd", ".json.zstd", ".jsonl.gzip",
};

static void
release_shard(struct work_shard *shard)
{
    free(shard->path);
    free(shard->full);
    free(shard->text);
    free(shard->id);
    free(shard->source);
    free(shard->lang);
}

void
build_list_release(struct build *build)
{
    for (size_t i = 0; i < build->shard_count; i++)
        release_shard(&build->shards[i]);
    free(build->shards);
    build->shards = NULL;
    build->shard_count = 0;
}

char *
build_full_path(const struct build *build, const char *path)
{
    return path[0] == '/' ? xstrdup(path) : path_join(build->ws->root, path);
}

static struct work_shard *
append_shard(struct build *build, const char *path)
{
    struct work_shard *shard;

    if (build->shard_count == build->shard_cap) {
        build->shard_cap = build->shard_cap ? build->shard_cap * 2 : 32;
        build->shards = xreallocarray(build->shards, build->shard_cap,
                                      sizeof(*build->shards));
    }
    shard = &build->shards[build->shard_count++];
    *shard = (struct work_shard){
        .path = xstrdup(path),
        .full = build_full_path(build, path),
    };
    return shard;
}

static int
compare_shards(const void *a, const void *b)
{
    const struct work_shard *x = a;
    const struct work_shard *y = b;
    int order = strcmp(x->path, y->path);

    return order ? order : (int)y->known - (int)x->known;
}

/* By path; one entry a path, the known one, named if either was. */
void
build_list_sort(struct build *build)
{
    size_t kept = 0;

    if (build->shard_count < 2)
        return;
    qsort(build->shards, build->shard_count, sizeof(*build->shards),
          compare_shards);
    for (size_t i = 1; i < build->shard_count; i++) {
        struct work_shard *last = &build->shards[kept];
        struct work_shard *next = &build->shards[i];

        if (strcmp(last->path, next->path) == 0) {
            last->named |= next->named;
            last->lost |= next->lost;
            release_shard(next);
        } else {
            build->shards[++kept] = *next;
        }
    }
    build->shard_count = kept + 1;
}

void
build_list_add(struct build *build, const char *path)
{
    (void)append_shard(build, path);
}

static int
compare_path(const void *path, const void *shard)
{
    return strcmp(path, ((const struct work_shard *)shard)->path);
}

struct work_shard *
build_find_shard(const struct build *build, const char *path)
{
    return build->shard_count > 0
               ? bsearch(path, build->shards, build->shard_count,
                         sizeof(*build->shards), compare_path)
               : NULL;
}

static void
take_known(struct build *build, uint32_t partition,
           struct partition_shards *shards, bool stale)
{
    for (uint32_t i = 0; i < shards->count; i++) {
        struct partition_shard *from = &shards->list[i];
        struct work_shard *shard;

        if (generation_is_forgotten(&build->manifest, partition, i))
            continue;
        shard = append_shard(build, from->path);
        shard->known = true;
        shard->renewed = stale;
        shard->partition = partition;
        shard->shard = i;
        shard->documents = from->end - from->first;
        shard->stat.bytes = from->bytes;
        shard->stat.mtime_ns = from->mtime_ns;
        shard->file_hash = from->file_hash;
        shard->rows = from->rows;
        shard->text = from->text;
        shard->id = from->id;
        shard->source = from->source;
        shard->lang = from->lang;
        from->text = from->id = from->source = from->lang = NULL;
    }
}

/* Shards of a partition that cannot be read; 0: of those before. */
static size_t
take_lost(struct build *build, uint32_t partition)
{
    size_t count = 0;

    for (size_t i = 0; i < build->manifest.shard_count; i++)
        if (build->manifest.shards[i].partition == partition) {
            append_shard(build, build->manifest.shards[i].path)->lost = true;
            count++;
        }
    return count;
}

static void
drop_unreadable(struct build *build, uint32_t partition, struct error *problem)
{
    enum err_code code = problem->code;
    size_t count = take_lost(build, partition);

    if (count > 0)
        error_wrap(problem,
                   "a partition cannot be read, its %zu %s indexed again",
                   count, count == 1 ? "shard is" : "shards are");
    else /* the manifest is of before it had shards */
        error_wrap(problem, "a partition is left out, name its shards again");
    build_note(build, NULL, code, true, problem->message);
    generation_drop_partition(&build->manifest, partition);
    build->has_dropped = true;
}

enum err_code
build_list_known(struct build *build, struct error *err)
{
    size_t i = 0;

    (void)take_lost(build, 0);
    while (i < build->manifest.partition_count) {
        struct generation_partition *partition = &build->manifest.partitions[i];
        struct partition_shards shards = {NULL, 0};
        struct error problem = ERROR_INIT;
        struct db *db = NULL;
        bool stale;
        enum err_code code =
            partition_open(&db, build->ws->index, partition->number, &problem);

        stale = code == ERR_OK &&
                partition_check_identity(db, &problem) == ERR_CONFLICT;
        if (code == ERR_OK)
            code = partition_load_shards(db, partition->documents, &shards,
                                         &problem);
        db_close(db);
        if (code == ERR_NOMEM)
            return error_nomem(err);
        if (code != ERR_OK) {
            drop_unreadable(build, partition->number, &problem);
            continue;
        }
        take_known(build, partition->number, &shards, stale);
        partition_shards_release(&shards);
        i++;
    }
    build_list_sort(build);
    return ERR_OK;
}

static bool
is_shard_name(const char *name)
{
    struct str text = str_of(name);

    /* what stet writes itself: patch sets, and manifests of `stet apply` */
    if (str_ends_with(text, STR_LIT(".stet.jsonl")) ||
        strcmp(path_base(name), "stet-manifest.json") == 0)
        return false;
    for (size_t i = 0; i < sizeof(shard_suffixes) / sizeof(shard_suffixes[0]);
         i++)
        if (str_ends_with(text, str_of(shard_suffixes[i])))
            return true;
    return false;
}

static bool
is_hidden(const char *name)
{
    return name[0] == '.' || strstr(name, "/.") != NULL;
}

static void
add_named(struct build *build, const char *absolute)
{
    char *below = path_relative(build->ws->root, absolute);

    append_shard(build, below ? below : absolute)->named = true;
    free(below);
}

static enum err_code
add_folder(struct build *build, const char *folder, struct error *err)
{
    struct names names = {NULL, 0};
    enum err_code code = folder_list(folder, true, &names, err);

    for (size_t i = 0; i < names.count && code == ERR_OK; i++) {
        char *path;

        if (!is_shard_name(names.names[i]) || is_hidden(names.names[i]))
            continue;
        path = path_join(folder, names.names[i]);
        if (!row_file_is(path))
            add_named(build, path);
        free(path);
    }
    names_free(&names);
    return code;
}

enum err_code
build_list_named(struct build *build, const char *const *names, size_t count,
                 struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        char *absolute = path_absolute(names[i]);

        if (file_is_folder(absolute))
            code = add_folder(build, absolute, err);
        else
            add_named(build, absolute);
        free(absolute);
    }
    build_list_sort(build);
    return code;
}

static bool
same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Whether what the caller or the configuration says about fields differs from
 * what the shard was indexed with. */
static bool
mapping_differs(const struct build *build, const struct work_shard *shard)
{
    const struct mapping *mapping = &build->mapping;

    return (mapping->text && !same_text(mapping->text, shard->text)) ||
           (mapping->id && !same_text(mapping->id, shard->id)) ||
           (mapping->source && !same_text(mapping->source, shard->source)) ||
           (mapping->lang && !same_text(mapping->lang, shard->lang));
}

static bool
is_to_forget(const struct build *build, const struct work_shard *shard)
{
    for (size_t i = 0; i < build->options->forget_count; i++) {
        const char *name = build->options->forget[i];
        char *absolute = path_absolute(name);
        bool found = strcmp(name, shard->path) == 0 ||
                     strcmp(absolute, shard->full) == 0;

        free(absolute);
        if (found)
            return true;
    }
    return false;
}

static enum err_code
compare_file(struct build *build, struct work_shard *shard, struct error *err)
{
    struct file_stat stat;
    struct hash hash;
    struct error problem = ERROR_INIT;
    enum err_code code = file_stat(shard->full, &stat, &problem);
    bool changed;

    if (code == ERR_NOTFOUND && (shard->known || shard->lost)) {
        shard->state = WORK_MISSING;
        return ERR_OK;
    }
    if (code != ERR_OK) {
        shard->state = WORK_FAILED;
        build->report->shards_failed++;
        build_note(build, shard->path, code, true, problem.message);
        return ERR_OK;
    }
    changed =
        !shard->known || shard->stat.bytes != stat.bytes ||
        (!build->options->rehash && shard->stat.mtime_ns != stat.mtime_ns);
    if (!changed && build->options->rehash) {
        code = file_hash(shard->full, &hash, build->options->cancel, err);
        if (code == ERR_CANCELLED || code == ERR_NOMEM)
            return code;
        changed = code != ERR_OK || !hash_equal(&hash, &shard->file_hash);
    }
    shard->stat = stat;
    if (!changed && (build->rebuild || mapping_differs(build, shard) ||
                     shard->rows != rows_fingerprint(shard->full)))
        shard->renewed = true;
    if (changed || shard->renewed)
        shard->state = WORK_INDEX;
    return ERR_OK;
}

static int
compare_names(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

static bool
is_again(const struct build *build, const struct work_shard *shard)
{
    const struct build_options *options = build->options;

    return options->again_count > 0 &&
           bsearch(shard->path, options->again, options->again_count,
                   sizeof(*options->again), compare_names);
}

enum err_code
build_list_check(struct build *build, bool all, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < build->shard_count && code == ERR_OK; i++) {
        struct work_shard *shard = &build->shards[i];

        if (cancel_is_set(build->options->cancel))
            return error_set(err, ERR_CANCELLED, "%s",
                             err_code_text(ERR_CANCELLED));
        shard->renewed |= shard->known && is_again(build, shard);
        if ((shard->known || shard->lost) && is_to_forget(build, shard))
            shard->state = WORK_FORGET;
        else if (all || shard->named || shard->lost || shard->renewed ||
                 build->rebuild)
            code = compare_file(build, shard, err);
    }
    return code;
}

/* Whether every kept shard of a partition is still there, unchanged: only then
 * it can be indexed again. */
static bool
can_renew(const struct build *build, uint32_t partition)
{
    for (size_t i = 0; i < build->shard_count; i++) {
        const struct work_shard *shard = &build->shards[i];
        struct error ignored = ERROR_INIT;
        struct file_stat stat;

        if (!shard->known || shard->partition != partition ||
            shard->state != WORK_KEEP)
            continue;
        if (file_stat(shard->full, &stat, &ignored) != ERR_OK ||
            stat.bytes != shard->stat.bytes ||
            stat.mtime_ns != shard->stat.mtime_ns)
            return false;
    }
    return true;
}

static uint32_t
kept_documents(const struct build *build, uint32_t partition)
{
    uint32_t count = 0;

    for (size_t i = 0; i < build->shard_count; i++)
        if (build->shards[i].known && build->shards[i].partition == partition &&
            build->shards[i].state != WORK_INDEX &&
            build->shards[i].state != WORK_FORGET &&
            build->shards[i].state != WORK_MISSING)
            count += build->shards[i].documents;
    return count;
}

static void
renew(struct build *build, uint32_t partition)
{
    for (size_t i = 0; i < build->shard_count; i++) {
        struct work_shard *shard = &build->shards[i];

        if (shard->known && shard->partition == partition &&
            shard->state == WORK_KEEP) {
            shard->state = WORK_INDEX;
            shard->renewed = true;
        }
    }
}

void
build_list_compact(struct build *build)
{
    size_t small = 0;

    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < build->manifest.partition_count; i++) {
            const struct generation_partition *partition =
                &build->manifest.partitions[i];
            uint32_t kept = kept_documents(build, partition->number);
            bool wasteful = kept < partition->documents / 2;
            bool is_small = partition->documents < PARTITION_DOCUMENTS / 10 &&
                            partition->bytes < PARTITION_TEXT / 10;

            if (kept == 0)
                continue;
            if (pass == 0)
                small += is_small;
            else if ((wasteful || (is_small && small >= SMALL_PARTITIONS)) &&
                     can_renew(build, partition->number))
                renew(build, partition->number);
        }
    }
}
