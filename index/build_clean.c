/* Removing what no generation needs any more: what unfinished runs left, files
 * that the manifest does not name, once no reader holds a former one. */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "build_work.h"
#include "partition_rows.h"
#include "stet/fileio.h"
#include "stet/xalloc.h"

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
release_generations(const char *folder, const struct generation *manifest,
                    const struct names *names)
{
    bool free_of_readers = true;

    for (size_t i = 0; i < names->count; i++) {
        struct error ignored = ERROR_INIT;
        uint64_t number;
        char *path;
        int fd;

        if (!is_number_between(names->names[i], "gen-", ".lock", &number) ||
            number == manifest->generation)
            continue;
        path = path_join(folder, names->names[i]);
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

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct copies {
    const struct generation *manifest;
    uint32_t partition;
    const struct names *names; /* of the files, sorted */
    bool *used;                /* by position in `names` */
};

static void
mark_copy(const struct copies *copies, uint32_t shard, const char *copy)
{
    const struct names *names = copies->names;
    char **found;

    if (!copy || names->count == 0 ||
        generation_is_forgotten(copies->manifest, copies->partition, shard))
        return;
    copy += strlen(COPY_FOLDER "/");
    found = bsearch(&copy, names->names, names->count, sizeof(char *),
                    compare_names);
    if (found)
        copies->used[found - names->names] = true;
}

static void
mark_rows(void *ctx, uint32_t shard, struct partition_rows *rows)
{
    mark_copy(ctx, shard, rows->copy);
}

/* Mark the copies that a partition's shards and files of rows name. */
static enum err_code
mark_copies(const char *folder, const struct generation *manifest,
            const struct generation_partition *partition,
            const struct names *names, bool *used)
{
    struct copies copies = {manifest, partition->number, names, used};
    struct partition_shards shards = {NULL, 0};
    struct error ignored = ERROR_INIT;
    struct db *db = NULL;
    enum err_code code =
        partition_open(&db, folder, partition->number, &ignored);

    if (code == ERR_OK)
        code =
            partition_load_shards(db, partition->documents, &shards, &ignored);
    for (uint32_t i = 0; i < shards.count; i++)
        mark_copy(&copies, i, shards.list[i].copy);
    if (code == ERR_OK)
        code =
            partition_load_rows(db, UINT32_MAX, mark_rows, &copies, &ignored);
    partition_shards_release(&shards);
    db_close(db);
    return code;
}

/* Seekable copies that no shard of the manifest names. When a partition cannot
 * be read, all of them stay. */
static void
clean_copies(const char *folder, const struct generation *manifest)
{
    char *copies = path_join(folder, COPY_FOLDER);
    struct names names = {NULL, 0};
    struct error ignored = ERROR_INIT;
    bool *used = NULL;
    enum err_code code = folder_list(copies, false, &names, &ignored);

    if (code == ERR_OK)
        used = xcalloc(names.count + 1, sizeof(*used));
    for (size_t i = 0; i < manifest->partition_count && code == ERR_OK; i++)
        code = mark_copies(folder, manifest, &manifest->partitions[i], &names,
                           used);
    for (size_t i = 0; i < names.count && code == ERR_OK; i++)
        if (!used[i])
            remove_named(copies, names.names[i]);
    free(used);
    names_free(&names);
    free(copies);
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
build_clean(const char *folder)
{
    struct generation manifest;
    struct names names = {NULL, 0};
    struct error err = ERROR_INIT;
    enum err_code code;

    generation_init(&manifest);
    code = generation_load(&manifest, folder, NULL, &err);
    if (code != ERR_OK && code != ERR_NOTFOUND)
        return;
    if (folder_list(folder, false, &names, &err) == ERR_OK &&
        release_generations(folder, &manifest, &names)) {
        for (size_t i = 0; i < names.count; i++)
            if (strncmp(names.names[i], "part-", 5) == 0 &&
                !is_used(&manifest, names.names[i]))
                remove_named(folder, names.names[i]);
        clean_copies(folder, &manifest);
    }
    names_free(&names);
    generation_release(&manifest);
}
