/* Saying what a run would do, before it does it: sizes, and the mapping. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "build_work.h"
#include "stet/fileio.h"
#include "stet/pool.h"
#include "stet/row_files.h"
#include "stet/width.h"
#include "stet/xalloc.h"

/* Measured on English and mixed text: decompressed bytes of a byte of gzip or
 * zstd, index bytes of a decompressed byte, bytes of a seekable copy (zstd
 * level 1) of a decompressed byte, each on the safe side. */
#define GROWTH 4u
#define INDEX_PERCENT 60u
#define COPY_PERCENT 45u

static enum err_code
decompressed_size(const struct work_shard *shard, bool *in_place, uint64_t *out)
{
    struct frame_map map = {0};
    struct error ignored = ERROR_INIT;
    enum err_code code = frame_map_scan(&map, shard->full, in_place, &ignored);

    if (code != ERR_OK)
        *in_place = false;
    if (code == ERR_OK && *in_place && map.frames > 0)
        *out = map.out[map.frames];
    else if (code == ERR_OK && *in_place)
        *out = shard->stat.bytes;
    else
        *out = shard->stat.bytes * GROWTH;
    frame_map_release(&map);
    return code;
}

void
build_add_sizes(const struct build *build, const struct work_shard *shard,
                struct build_plan *plan)
{
    enum seekable_policy policy = build->options->seekable;
    bool in_place = false;
    uint64_t bytes = 0;

    (void)decompressed_size(shard, &in_place, &bytes);
    plan->index_bytes += bytes * INDEX_PERCENT / 100;
    if (policy == SEEKABLE_ALWAYS || (policy == SEEKABLE_AUTO && !in_place))
        plan->copy_bytes += bytes * COPY_PERCENT / 100;
}

static void
count_plan(const struct build *build, struct build_plan *plan)
{
    for (size_t i = 0; i < build->shard_count; i++) {
        const struct work_shard *shard = &build->shards[i];

        switch (shard->state) {
        case WORK_INDEX:
            plan->shards_new += !shard->known;
            plan->shards_changed += shard->known;
            build_add_sizes(build, shard, plan);
            break;
        case WORK_MISSING:
            plan->shards_missing++;
            break;
        case WORK_KEEP:
            plan->shards_unchanged++;
            break;
        case WORK_FORGET:
        case WORK_FAILED:
            break;
        }
    }
}

enum err_code
build_plan(const struct workspace *ws, const char *const *shards, size_t count,
           const struct build_options *options, struct build_plan *out,
           struct error *err)
{
    struct build_options quiet = *options;
    struct build_plan plan = {0};
    struct build_report ignored;
    struct build build;
    enum err_code code;

    quiet.message = NULL;
    quiet.progress = NULL;
    quiet.rehash = false; /* the run itself hashes */
    build_init(&build, ws, &quiet, &ignored);
    code = build_prepare(&build, shards, count, err);
    if (code == ERR_OK) {
        count_plan(&build, &plan);
        code = file_free_space(ws->dot, &plan.free_bytes, err);
    }
    build_release(&build);
    if (code == ERR_OK)
        *out = plan;
    return code;
}

static void
explain_container(const struct build *build, const struct work_shard *shard,
                  const struct shard_info *info, struct buf *out)
{
    bool in_place = false;
    uint64_t bytes = 0;
    enum err_code code = decompressed_size(shard, &in_place, &bytes);
    const char *access = "read in place";

    if (!in_place && build->options->seekable == SEEKABLE_NEVER)
        access = "read from its start each time (--seekable=never)";
    else if (!in_place || build->options->seekable == SEEKABLE_ALWAYS)
        access = "a seekable copy will be kept";
    width_escape(str_of(shard->path), 0, out);
    xbuf_printf(out, ": %s, %" PRIu64 " bytes; %s%s\n",
                container_name(info->container), shard->stat.bytes, access,
                code == ERR_OK ? "" : " (its frames are damaged)");
}

/* The files of rows that were sampled with the shard. */
static void
explain_rows(const struct build *build, const struct work_shard *shard,
             struct buf *out)
{
    struct names names;

    row_files_list(shard->full, &names);
    for (size_t i = 0; i < names.count; i++) {
        char *below = build->ws->root
                          ? path_relative(build->ws->root, names.names[i])
                          : NULL;

        xbuf_printf(out, "beside  ");
        width_escape(str_of(below ? below : names.names[i]), 0, out);
        xbuf_printf(out, ": %s\n",
                    row_file_is_signals(names.names[i]) ? "signals"
                                                        : "attributes");
        free(below);
    }
    names_free(&names);
}

static enum err_code
explain_shard(struct build *build, struct work_shard *shard, struct buf *out,
              struct error *err)
{
    struct mapping_sample *sample = mapping_sample_new();
    struct shard *opened = NULL;
    struct mapping given;
    uint64_t records = 0;
    enum err_code code;

    mapping_init(&given);
    code = mapping_copy(&given, &build->mapping, err);
    if (code == ERR_OK)
        code = build_sample_shard(build, shard->full, sample, &records, err);
    if (code == ERR_OK)
        code = shard_open(&opened, shard->full, &shard_default_limits, err);
    if (code == ERR_OK) {
        explain_container(build, shard, shard_info(opened), out);
        explain_rows(build, shard, out);
        xbuf_printf(out, "sampled %" PRIu64 " records\n", records);
        build_sample_rows(build, shard->full, sample);
        build_guess_given(build, sample);
        code = mapping_discover(&build->mapping, sample, err);
    }
    if (code == ERR_OK)
        mapping_explain(&build->mapping, &given, build->options->mapping,
                        sample, out);
    mapping_release(&given);
    shard_close(opened);
    mapping_sample_free(sample);
    return code;
}

enum err_code
build_explain(const struct workspace *ws, const char *shard,
              const struct build_options *options, struct buf *out,
              struct error *err)
{
    struct build_report ignored;
    struct work_shard work = {0};
    struct workspace none = {.settings = settings_new()};
    struct build build;
    char *below = NULL;
    enum err_code code;

    build_init(&build, ws ? ws : &none, options, &ignored);
    work.full = path_absolute(shard);
    if (ws)
        below = path_relative(ws->root, work.full);
    work.path = below ? below : xstrdup(shard);
    code = file_stat(work.full, &work.stat, err);
    if (code == ERR_OK && ws)
        code = build_load_manifest(&build, err);
    if (code == ERR_OK)
        code = build_mapping_load(&build, err);
    if (code == ERR_OK)
        code = explain_shard(&build, &work, out, err);
    if (code != ERR_OK)
        error_wrap(err, "%s", shard);
    free(work.full);
    free(work.path);
    build_release(&build);
    settings_free(none.settings);
    return code;
}
