/* The new generation: finished partitions get their names, and the manifest is
 * replaced by rename. */
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

void
build_moved(struct build *build, struct work_shard *shard, uint32_t partition,
            uint32_t number)
{
    if (shard->known)
        generation_forget(&build->manifest, shard->partition, shard->shard);
    shard->known = true;
    shard->state = WORK_KEEP;
    shard->partition = partition;
    shard->shard = number;
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
        if (result->shards[i])
            build_moved(build, result->shards[i], number, i);
        else
            generation_forget(&build->manifest, number, i);
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

/* The definitions of this run: those that the manifest had come first. */
void
build_take_scores(struct build *build)
{
    struct generation *manifest = &build->manifest;
    struct generation old = {.scores = manifest->scores,
                             .score_count = manifest->score_count};

    manifest->scores = NULL;
    manifest->score_count = 0;
    for (size_t i = 0; i < build->mapping.score_count; i++) {
        const struct score_def *def = &build->mapping.scores[i];

        generation_add_score(manifest, def->name, def->path, def->kind);
        if (i < old.score_count)
            manifest->scores[i].rows = old.scores[i].rows;
    }
    generation_release(&old);
}

/* Those that were lost with their partition stay known until they are indexed
 * again or gone. */
static void
list_shards(struct build *build)
{
    generation_drop_shards(&build->manifest);
    for (size_t i = 0; i < build->shard_count; i++) {
        const struct work_shard *shard = &build->shards[i];

        if (shard->known)
            generation_add_shard(&build->manifest, shard->partition,
                                 shard->shard, shard->path);
        else if (shard->lost && shard->state != WORK_MISSING &&
                 shard->state != WORK_FORGET)
            generation_add_shard(&build->manifest, 0, 0, shard->path);
    }
}

enum err_code
build_publish_results(struct build *build, struct error *err)
{
    enum err_code code = ERR_OK;

    if (build->result_count > 1)
        qsort(build->results, build->result_count, sizeof(*build->results),
              compare_results);
    for (size_t i = 0; i < build->result_count && code == ERR_OK; i++)
        code = publish_result(build, &build->results[i], err);
    return code;
}

enum err_code
build_publish_generation(struct build *build, struct error *err)
{
    enum err_code code;

    forget_missing(build);
    drop_empty(build);
    build_take_scores(build);
    list_shards(build);
    code = attributes_fill(&build->manifest, build->ws->index,
                           &build->attributes, NULL, err);
    if (code != ERR_OK)
        return code;
    build->attributes_differ = false;
    build->manifest.generation++;
    code =
        generation_make_lock(build->ws->index, build->manifest.generation, err);
    if (code == ERR_OK)
        code = generation_store(&build->manifest, build->ws->index, err);
    return code;
}
