/* The new generation: finished partitions get their names, the manifest is
 * replaced by rename, and what no generation needs any more is removed. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build_work.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

static int
compare_results(const void *a, const void *b)
{
    const struct result *x = a;
    const struct result *y = b;

    if (x->batch != y->batch)
        return x->batch < y->batch ? -1 : 1;
    return (x->part > y->part) - (x->part < y->part);
}

static enum err_code
publish_result(struct build *build, const struct result *result,
               struct error *err)
{
    uint32_t number = build->manifest.next;
    enum err_code code =
        partition_writer_publish(result->writer, number, &build->manifest, err);

    if (code != ERR_OK)
        return code;
    build->manifest.next++;
    for (uint32_t i = 0; i < result->shard_count; i++) {
        struct work_shard *shard = result->shards[i];

        if (!shard) {
            generation_forget(&build->manifest, number, i);
            continue;
        }
        if (shard->known)
            generation_forget(&build->manifest, shard->partition, shard->shard);
        shard->known = true;
        shard->state = WORK_KEEP;
        shard->partition = number;
        shard->shard = i;
    }
    return ERR_OK;
}

static void
forget_missing(struct build *build)
{
    for (size_t i = 0; i < build->shard_count; i++) {
        struct work_shard *shard = &build->shards[i];

        if (!shard->known ||
            (shard->state != WORK_MISSING && shard->state != WORK_FORGET))
            continue;
        generation_forget(&build->manifest, shard->partition, shard->shard);
        shard->known = false;
    }
}

/* Partitions of which nothing is left. */
static void
drop_empty(struct build *build)
{
    size_t i = 0;

    while (i < build->manifest.partition_count) {
        uint32_t number = build->manifest.partitions[i].number;
        bool used = false;

        for (size_t j = 0; j < build->shard_count && !used; j++)
            used =
                build->shards[j].known && build->shards[j].partition == number;
        if (used)
            i++;
        else
            generation_drop_partition(&build->manifest, number);
    }
}

static enum err_code
make_generation_lock(const struct build *build, struct error *err)
{
    char *name = generation_lock_name(build->manifest.generation);
    char *path = path_join(build->ws->index, name);
    int fd = -1;
    enum err_code code = file_lock(path, false, true, &fd, err);

    if (code == ERR_OK)
        close(fd);
    free(name);
    free(path);
    return code;
}

enum err_code
build_publish(struct build *build, struct error *err)
{
    enum err_code code = ERR_OK;

    if (build->result_count > 1)
        qsort(build->results, build->result_count, sizeof(*build->results),
              compare_results);
    for (size_t i = 0; i < build->result_count && code == ERR_OK; i++)
        code = publish_result(build, &build->results[i], err);
    if (code != ERR_OK)
        return code;
    forget_missing(build);
    drop_empty(build);
    for (size_t i = 0; i < build->manifest.score_count; i++) {
        free(build->manifest.scores[i].name);
        free(build->manifest.scores[i].path);
    }
    build->manifest.score_count = 0;
    for (size_t i = 0; i < build->mapping.score_count; i++) {
        const struct score_def *def = &build->mapping.scores[i];

        generation_add_score(&build->manifest, def->name, def->path, def->kind);
    }
    build->manifest.generation++;
    code = make_generation_lock(build, err);
    if (code == ERR_OK)
        code = generation_store(&build->manifest, build->ws->index, err);
    return code;
}

static bool
is_number_between(const char *name, const char *before, const char *after,
                  uint64_t *number)
{
    size_t len = strlen(before);
    char *end;

    if (strncmp(name, before, len) != 0 || name[len] < '0' || name[len] > '9')
        return false;
    *number = strtoull(name + len, &end, 10);
    return strcmp(end, after) == 0;
}

/* Take away the locks of former generations; false when one is in use. */
static bool
release_generations(const struct build *build, const struct names *names)
{
    bool free_of_readers = true;

    for (size_t i = 0; i < names->count; i++) {
        struct error ignored = ERROR_INIT;
        uint64_t number;
        char *path;
        int fd;

        if (!is_number_between(names->names[i], "gen-", ".lock", &number) ||
            number == build->manifest.generation)
            continue;
        path = path_join(build->ws->index, names->names[i]);
        if (file_lock(path, true, false, &fd, &ignored) == ERR_OK) {
            (void)unlink(path);
            close(fd);
        } else {
            free_of_readers = false;
        }
        free(path);
    }
    return free_of_readers;
}

static bool
is_used(const struct generation *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->partition_count; i++) {
        char *used = generation_partition_name(manifest->partitions[i].number);
        bool same = strcmp(used, name) == 0;

        free(used);
        if (same)
            return true;
    }
    for (size_t i = 0; i < manifest->column_count; i++)
        if (strcmp(manifest->columns[i].file, name) == 0)
            return true;
    return false;
}

static void
remove_named(const char *folder, const char *name)
{
    char *path = path_join(folder, name);

    (void)unlink(path);
    free(path);
}

/* Seekable copies that no shard of the manifest names. When a partition cannot
 * be read, all of them stay. */
static void
clean_copies(const struct build *build)
{
    char *folder = path_join(build->ws->index, COPY_FOLDER);
    struct names names = {NULL, 0};
    struct error ignored = ERROR_INIT;
    enum err_code code = folder_list(folder, false, &names, &ignored);

    for (size_t i = 0; i < build->manifest.partition_count && code == ERR_OK;
         i++) {
        const struct generation_partition *partition =
            &build->manifest.partitions[i];
        struct partition_shards shards = {NULL, 0};
        struct db *db = NULL;

        code =
            partition_open(&db, build->ws->index, partition->number, &ignored);
        if (code == ERR_OK)
            code = partition_load_shards(db, partition->documents, &shards,
                                         &ignored);
        for (uint32_t j = 0; j < shards.count; j++) {
            const char *copy = shards.list[j].copy;

            if (!copy ||
                generation_is_forgotten(&build->manifest, partition->number, j))
                continue;
            for (size_t k = 0; k < names.count; k++)
                if (strcmp(names.names[k], copy + strlen(COPY_FOLDER "/")) == 0)
                    names.names[k][0] = '\0';
        }
        partition_shards_release(&shards);
        db_close(db);
    }
    for (size_t i = 0; i < names.count && code == ERR_OK; i++)
        if (names.names[i][0])
            remove_named(folder, names.names[i]);
    names_free(&names);
    free(folder);
}

static void
clean_folder(const char *folder)
{
    struct names names = {NULL, 0};
    struct error ignored = ERROR_INIT;

    if (folder_list(folder, false, &names, &ignored) != ERR_OK)
        return;
    for (size_t i = 0; i < names.count; i++)
        if (str_starts_with(str_of(names.names[i]), STR_LIT(TEMPORARY)) ||
            path_is_partial(names.names[i]))
            remove_named(folder, names.names[i]);
    names_free(&names);
}

void
build_clean_temporary(const char *folder)
{
    char *copies = path_join(folder, COPY_FOLDER);

    clean_folder(folder);
    clean_folder(copies);
    free(copies);
}

void
build_clean(const struct build *build)
{
    struct names names = {NULL, 0};
    struct error ignored = ERROR_INIT;

    if (folder_list(build->ws->index, false, &names, &ignored) != ERR_OK)
        return;
    if (release_generations(build, &names)) {
        for (size_t i = 0; i < names.count; i++)
            if (strncmp(names.names[i], "part-", 5) == 0 &&
                !is_used(&build->manifest, names.names[i]))
                remove_named(build->ws->index, names.names[i]);
        clean_copies(build);
    }
    names_free(&names);
}
