/* Which part of a record is what, for a run: the definitions of scores that
 * the index has, those of the configuration, of the caller, and what sampling
 * finds. A definition's number never changes while the index lives. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "build_rows.h"
#include "build_work.h"
#include "score_config.h"
#include "stet/fileio.h"
#include "stet/pool.h"
#include "stet/row_files.h"
#include "stet/xalloc.h"

static void
override(char **field, const char *value)
{
    if (!value)
        return;
    free(*field);
    *field = xstrdup(value);
}

static void
take_setting(char **field, const struct settings *settings, const char *key)
{
    const struct setting *set = settings_get(settings, "corpus", NULL, key);

    if (set) {
        free(*field);
        *field = xstrndup(set->value);
    }
}

static bool
is_read_alike(enum score_kind a, enum score_kind b)
{
    return a == b || (score_is_number(a) && score_is_number(b));
}

static enum err_code
add_published(struct build *build, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < build->manifest.score_count && code == ERR_OK; i++) {
        const struct generation_score *score = &build->manifest.scores[i];
        struct score_def def = {score->name,       score->path, score->kind,
                                SCORE_BAD_UNKNOWN, (double)NAN, (double)NAN,
                                (double)NAN};
        unsigned number;

        code = score_config_apply(build->ws->settings, &def, err);
        if (code == ERR_OK && !score->path) {
            free(def.path); /* an imported one is what its rows are */
            def.path = NULL;
            def.kind = score->kind;
        } else if (code == ERR_OK && (strcmp(def.path, score->path) != 0 ||
                                      !is_read_alike(def.kind, score->kind))) {
            build->rebuild = true; /* the user defined it anew */
        }
        if (code == ERR_OK)
            code = mapping_add_score(&build->mapping, &def, &number, err);
        if (def.path != score->path)
            free(def.path);
    }
    return code;
}

static bool
has_path(const struct mapping *mapping, const char *path)
{
    for (size_t i = 0; i < mapping->score_count; i++)
        if (mapping->scores[i].path &&
            strcmp(mapping->scores[i].path, path) == 0)
            return true;
    return false;
}

/* Definitions that the index does not have yet. */
static enum err_code
add_new(struct build *build, const struct score_def *defs, size_t count,
        struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        unsigned number;

        if (has_path(&build->mapping, defs[i].path))
            continue;
        if (build->has_manifest)
            build->rebuild = true;
        code = mapping_add_score(&build->mapping, &defs[i], &number, err);
    }
    return code;
}

enum err_code
build_mapping_load(struct build *build, struct error *err)
{
    const struct mapping *given = build->options->mapping;
    struct mapping *mapping = &build->mapping;
    struct score_def *defs = NULL;
    size_t count = 0;
    enum err_code code;

    take_setting(&mapping->text, build->ws->settings, "text");
    take_setting(&mapping->id, build->ws->settings, "id");
    take_setting(&mapping->source, build->ws->settings, "source");
    take_setting(&mapping->lang, build->ws->settings, "lang");
    if (given) {
        override(&mapping->text, given->text);
        override(&mapping->id, given->id);
        override(&mapping->source, given->source);
        override(&mapping->lang, given->lang);
    }
    code = add_published(build, err);
    if (code == ERR_OK)
        code = score_config_load(build->ws->settings, &defs, &count, err);
    if (code == ERR_OK)
        code = add_new(build, defs, count, err);
    if (code == ERR_OK && given)
        code = add_new(build, given->scores, given->score_count, err);
    score_config_free(defs, count);
    return code;
}

static enum err_code
sample_file(const struct build *build, const char *full, bool rows,
            struct mapping_sample *sample, uint64_t *records, struct error *err)
{
    const struct shard_limits *limits = &build->options->limits;
    struct shard *shard = NULL;
    uint64_t bytes = 0;
    enum err_code code = shard_open(
        &shard, full, limits->max_record ? limits : &shard_default_limits, err);

    *records = 0;
    if (code != ERR_OK)
        return code;
    shard_set_cancel(shard, &build->stop);
    while (*records < SAMPLE_RECORDS && bytes < SAMPLE_BYTES) {
        struct error ignored = ERROR_INIT;
        struct record record;

        /* damage is said when the shard is read */
        if (shard_next(shard, &record, &ignored) != ERR_OK ||
            record.kind == RECORD_END)
            break;
        if (record.kind != RECORD_LINE)
            continue;
        if (rows)
            mapping_sample_add_row(sample, record.raw);
        else
            mapping_sample_add(sample, record.raw);
        bytes += record.raw.len;
        ++*records;
    }
    shard_close(shard);
    return ERR_OK;
}

enum err_code
build_sample_shard(const struct build *build, const char *full,
                   struct mapping_sample *sample, uint64_t *records,
                   struct error *err)
{
    return sample_file(build, full, false, sample, records, err);
}

void
build_guess_given(struct build *build, const struct mapping_sample *sample)
{
    const struct mapping *given = build->options->mapping;

    for (size_t i = build->manifest.score_count;
         given && i < build->mapping.score_count; i++) {
        const struct score_def *def = &build->mapping.scores[i];

        if (def->path && has_path(given, def->path) &&
            def->kind == SCORE_NUMBER && def->bad == SCORE_BAD_UNKNOWN &&
            isnan(def->min))
            mapping_guess_score(&build->mapping, i, sample);
    }
}

/* The scores that `found` has over those of the run. */
static enum err_code
add_found(struct build *build, const struct mapping *found, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = build->mapping.score_count;
         i < found->score_count && code == ERR_OK && !build->scores_fixed;
         i++) {
        unsigned number;

        if (build->mapping.score_count >= SCORES_MAX)
            break;
        code =
            mapping_add_score(&build->mapping, &found->scores[i], &number, err);
    }
    return code;
}

void
build_sample_rows(const struct build *build, const char *full,
                  struct mapping_sample *sample)
{
    struct names names;

    row_files_list(full, &names);
    for (size_t i = 0; i < names.count; i++) {
        struct error ignored = ERROR_INIT;
        uint64_t records;

        (void)sample_file(build, names.names[i], true, sample, &records,
                          &ignored);
    }
    names_free(&names);
}

static enum err_code
sample_shard(struct build *build, struct work_shard *shard, struct error *err)
{
    struct mapping_sample *sample = mapping_sample_new();
    struct error problem = ERROR_INIT;
    struct mapping found;
    uint64_t records = 0;
    enum err_code code;

    mapping_init(&found);
    code = build_sample_shard(build, shard->full, sample, &records, &problem);
    if (code == ERR_OK) {
        build_sample_rows(build, shard->full, sample);
        build_guess_given(build, sample);
        code = mapping_copy(&found, &build->mapping, &problem);
    }
    if (code == ERR_OK && records == 0 && !found.text)
        found.text = xstrdup("text"); /* nothing to be read anyway */
    else if (code == ERR_OK)
        code = mapping_discover(&found, sample, &problem);
    mapping_sample_free(sample);
    if (code == ERR_OK) {
        override(&shard->text, found.text);
        override(&shard->id, found.id);
        override(&shard->source, found.source);
        override(&shard->lang, found.lang);
        code = add_found(build, &found, err);
    } else if (code != ERR_NOMEM) {
        shard->state = WORK_FAILED;
        build->report->shards_failed++;
        build_note(build, shard->path, code, true, problem.message);
        code = ERR_OK;
    } else {
        *err = problem;
    }
    mapping_release(&found);
    return code;
}

enum err_code
build_mapping_sample(struct build *build, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < build->shard_count && code == ERR_OK; i++) {
        struct work_shard *shard = &build->shards[i];

        if (shard->state != WORK_INDEX)
            continue;
        if (cancel_is_set(build->options->cancel))
            return error_set(err, ERR_CANCELLED, "%s",
                             err_code_text(ERR_CANCELLED));
        free(shard->text);
        free(shard->id);
        free(shard->source);
        free(shard->lang);
        shard->text = shard->id = shard->source = shard->lang = NULL;
        code = sample_shard(build, shard, err);
        if (i % 16 == 0)
            build_report_progress(build);
    }
    return code;
}

enum err_code
build_mapping_store(const struct build *build, size_t first, struct error *err)
{
    return score_config_append(build->ws->config, build->ws->settings,
                               build->mapping.scores + first,
                               build->mapping.score_count - first, err);
}

enum err_code
build_mapping_of(const struct build *build, const struct work_shard *shard,
                 struct mapping *out, struct error *err)
{
    enum err_code code = mapping_copy(out, &build->mapping, err);

    if (code != ERR_OK)
        return code;
    override(&out->text, shard->text);
    override(&out->id, shard->id);
    override(&out->source, shard->source);
    override(&out->lang, shard->lang);
    code = mapping_compile(out, err);
    if (code != ERR_OK)
        mapping_release(out);
    return code;
}
