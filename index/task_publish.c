/* What tasks have built becomes part of the index: files get their names by
 * hard links, so that a run that is killed leaves both what it began with and
 * litter, and the manifest is replaced by one rename. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "stet/fileio.h"
#include "stet/pool.h"
#include "stet/xalloc.h"
#include "task.h"

#define COPY_BYTES ((size_t)1 << 20)

/* Where the file system has no hard links. */
static enum err_code
copy_file(const char *from, const char *to, struct error *err)
{
    char *bytes = xmalloc(COPY_BYTES);
    struct outfile *out = NULL;
    FILE *in = fopen(from, "rbe");
    enum err_code code = ERR_OK;
    size_t got;

    if (!in)
        code = error_errno(err, errno, from);
    if (code == ERR_OK)
        code = outfile_open(&out, to, err);
    while (code == ERR_OK && (got = fread(bytes, 1, COPY_BYTES, in)) > 0)
        code = outfile_write(out, bytes, got, err);
    if (code == ERR_OK && ferror(in))
        code = error_errno(err, errno, from);
    if (code == ERR_OK) {
        code = outfile_commit(out, true, NULL, err);
        out = NULL;
    }
    outfile_abort(out);
    if (in)
        (void)fclose(in);
    free(bytes);
    return code;
}

static enum err_code
place_file(const char *from_folder, const char *from, const char *to_folder,
           const char *to, struct error *err)
{
    char *source = path_join(from_folder, from);
    char *target = path_join(to_folder, to);
    enum err_code code = ERR_OK;

    /* the manifest does not name it: it is litter */
    if (unlink(target) != 0 && errno != ENOENT)
        code = error_errno(err, errno, target);
    if (code == ERR_OK && link(source, target) != 0) {
        if (errno == ENOENT || errno == ENOSPC || errno == EIO)
            code = error_errno(err, errno, source);
        else
            code = copy_file(source, target, err);
    }
    free(source);
    free(target);
    return code;
}

static enum err_code
place_copies(const struct build *build, const char *folder, struct error *err)
{
    char *from = path_join(folder, COPY_FOLDER);
    char *to = path_join(build->ws->index, COPY_FOLDER);
    struct names names = {NULL, 0};
    enum err_code code = folder_list(from, false, &names, err);

    for (size_t i = 0; i < names.count && code == ERR_OK; i++)
        code = place_file(from, names.names[i], to, names.names[i], err);
    if (code == ERR_OK)
        code = file_sync_folder(to, err);
    names_free(&names);
    free(from);
    free(to);
    return code;
}

/* The name a column has beside partition `number`. */
static char *
column_name(const struct build *build, enum column_kind kind, uint32_t score,
            uint32_t number)
{
    if (kind == COLUMN_SOURCE || kind == COLUMN_LANG)
        return xasprintf("part-%04" PRIu32 ".doc.%s.col", number,
                         kind == COLUMN_SOURCE ? "source" : "lang");
    return generation_column_name(number, build->mapping.scores[score].name);
}

static enum err_code
place_columns(struct build *build, const struct generation *part,
              const char *folder, uint32_t from, uint32_t to,
              const unsigned *scores, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < part->column_count && code == ERR_OK; i++) {
        const struct generation_column *column = &part->columns[i];
        uint32_t score = 0;
        char *name;

        if (column->partition != from)
            continue;
        if (column->kind == COLUMN_SCORE || column->kind == COLUMN_LABEL) {
            if (column->score >= part->score_count)
                return error_set(err, ERR_FORMAT, "%s: damaged", folder);
            score = scores[column->score];
        }
        name = column_name(build, column->kind, score, to);
        code = place_file(folder, column->file, build->ws->index, name, err);
        if (code == ERR_OK)
            generation_add_column(&build->manifest, to, column->kind, score,
                                  name);
        free(name);
    }
    return code;
}

/* The shards of a partition that is in the manifest now. */
static enum err_code
move_shards(struct build *build, const char *folder,
            const struct generation_partition *from, uint32_t to,
            struct error *err)
{
    struct partition_shards shards = {NULL, 0};
    struct db *db = NULL;
    enum err_code code = partition_open(&db, folder, from->number, err);

    if (code == ERR_OK)
        code = partition_load_shards(db, from->documents, &shards, err);
    for (uint32_t i = 0; i < shards.count && code == ERR_OK; i++) {
        struct work_shard *shard = build_find_shard(build, shards.list[i].path);

        if (shard)
            build_moved(build, shard, to, i);
    }
    partition_shards_release(&shards);
    db_close(db);
    return code;
}

static enum err_code
place_part(struct build *build, const struct task_plan *plan, uint32_t number,
           const unsigned *scores, struct error *err)
{
    char *folder = task_part_folder(plan, number);
    struct generation part;
    enum err_code code;

    generation_init(&part);
    code = generation_load(&part, folder, NULL, err);
    if (code == ERR_OK && part.score_count > plan->mapping.score_count)
        code = error_set(err, ERR_FORMAT, "%s: damaged", folder);
    if (code == ERR_OK)
        code = place_copies(build, folder, err);
    for (size_t i = 0; i < part.partition_count && code == ERR_OK; i++) {
        struct generation_partition partition = part.partitions[i];
        char *from = generation_partition_name(partition.number);
        uint32_t to = build->manifest.next++;
        char *name = generation_partition_name(to);

        code = place_file(folder, from, build->ws->index, name, err);
        if (code == ERR_OK)
            code = place_columns(build, &part, folder, partition.number, to,
                                 scores, err);
        if (code == ERR_OK)
            code = move_shards(build, folder, &partition, to, err);
        partition.number = to;
        if (code == ERR_OK)
            generation_add_partition(&build->manifest, &partition);
        free(from);
        free(name);
    }
    generation_release(&part);
    free(folder);
    return code;
}

/* All but the markers, and what was left in the middle. */
static void
clean_plan(const struct task_plan *plan)
{
    struct names folders = {NULL, 0};
    struct error ignored = ERROR_INIT;

    if (folder_list_folders(plan->folder, &folders, &ignored) != ERR_OK)
        return;
    for (size_t i = 0; i < folders.count; i++) {
        const char *name = path_base(folders.names[i]);
        char *folder = path_join(plan->folder, name);
        char *copies = path_join(folder, COPY_FOLDER);
        struct names files = {NULL, 0};

        (void)folder_remove(
            strncmp(name, TEMPORARY, strlen(TEMPORARY)) == 0 ? folder : copies,
            &ignored);
        if (folder_list(folder, false, &files, &ignored) != ERR_OK)
            files.count = 0;
        for (size_t j = 0; j < files.count; j++) {
            char *path = path_join(folder, files.names[j]);

            if (strcmp(files.names[j], PART_NAME) != 0)
                (void)unlink(path);
            free(path);
        }
        names_free(&files);
        free(copies);
        free(folder);
    }
    names_free(&folders);
}

/* Whether all parts are there; *ready: those to be published. */
static bool
is_complete(const struct task_plan *plan, const struct build *known,
            uint32_t *ready)
{
    bool complete = true;

    *ready = 0;
    for (uint32_t i = 0; i < plan->parts && complete; i++) {
        enum task_part_state state = task_part_state(plan, i, known);

        *ready += state == PART_READY;
        complete = state == PART_READY || state == PART_PUBLISHED;
    }
    return complete;
}

static enum err_code
place_plan(struct build *build, const struct task_plan *plan, struct error *err)
{
    unsigned *scores = xcalloc(plan->mapping.score_count + 1, sizeof(*scores));
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < plan->mapping.score_count && code == ERR_OK; i++)
        code = mapping_add_score(&build->mapping, &plan->mapping.scores[i],
                                 &scores[i], err);
    /* shards that the index has not seen get a place to be known at */
    for (size_t i = 0; i < plan->shard_count && code == ERR_OK; i++)
        build_list_add(build, plan->shards[i].path);
    build_list_sort(build);
    for (uint32_t i = 0; i < plan->parts && code == ERR_OK; i++)
        if (task_part_state(plan, i, build) == PART_READY)
            code = place_part(build, plan, i, scores, err);
    free(scores);
    return code;
}

/* Plans that are complete, and have something to publish, are loaded. */
static enum err_code
take_plans(struct build *known, struct task_plan **out, size_t *count,
           struct error *err)
{
    struct names names;
    enum err_code code = task_plan_list(known->ws, &names, err);

    for (size_t i = 0; i < names.count && code == ERR_OK; i++) {
        struct error problem = ERROR_INIT;
        struct task_plan plan;
        uint32_t ready;
        enum err_code loaded = task_plan_load(&plan, names.names[i], &problem);

        if (loaded == ERR_NOTFOUND)
            continue;
        if (loaded != ERR_OK) {
            build_note(known, NULL, loaded, false, problem.message);
            continue;
        }
        if (!is_complete(&plan, known, &ready)) {
            task_plan_release(&plan);
        } else if (ready == 0) { /* killed before it cleaned up, perhaps */
            clean_plan(&plan);
            task_plan_release(&plan);
        } else {
            *out = xreallocarray(*out, *count + 1, sizeof(**out));
            (*out)[(*count)++] = plan;
        }
    }
    names_free(&names);
    return code;
}

static enum err_code
publish_plans(struct build *build, struct task_plan *plans, size_t count,
              struct error *err)
{
    enum err_code code = build_mapping_load(build, err);
    size_t known = build->mapping.score_count;

    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = place_plan(build, &plans[i], err);
    if (code == ERR_OK)
        code = file_sync_folder(build->ws->index, err);
    if (code == ERR_OK)
        code = build_publish_generation(build, err);
    if (code == ERR_OK)
        code = build_mapping_store(build, known, err);
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        clean_plan(&plans[i]);
    return code;
}

enum err_code
task_publish(const struct workspace *ws, const struct build_options *options,
             bool *published, struct error *err)
{
    struct build_options quiet = *options;
    struct build_report ignored;
    struct task_plan *plans = NULL;
    struct build build;
    size_t count = 0;
    enum err_code code;

    *published = false;
    quiet.message = NULL; /* the run that follows tells of the index */
    build_init(&build, ws, &quiet, &ignored);
    code = build_load_manifest(&build, err);
    if (code == ERR_OK)
        code = attributes_load(&build.attributes, ws, err);
    if (code == ERR_OK) {
        (void)attributes_align(&build.manifest, ws->index, &build.attributes);
        code = build_list_known(&build, err);
    }
    build.options = options;
    if (code == ERR_OK)
        code = take_plans(&build, &plans, &count, err);
    if (code == ERR_OK && count > 0) {
        code = publish_plans(&build, plans, count, err);
        *published = code == ERR_OK;
    }
    for (size_t i = 0; i < count; i++)
        task_plan_release(&plans[i]);
    free(plans);
    build_release(&build);
    return code;
}
