/* The plan of a build in tasks: shards spread over parts by size, and the
 * definitions of scores found by sampling all of them. Made by whoever comes
 * first, published by a rename that replaces nothing, read by all others: a
 * shard that changes later moves no other one. */
#include "config.h"

#include "task.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "manifest_words.h"
#include "stet/fileio.h"
#include "stet/pool.h"
#include "stet/xalloc.h"

#define HEADER "stet-plan 1"
#define PLAN_MAX ((size_t)1 << 30)
#define FIELDS 4

static const char *const field_names[FIELDS] = {"text", "id", "source", "lang"};
static const char *const bad_names[] = {"unknown", "high", "low"};

void
task_plan_release(struct task_plan *plan)
{
    for (size_t i = 0; i < plan->shard_count; i++)
        free(plan->shards[i].path);
    free(plan->shards);
    free(plan->folder);
    mapping_release(&plan->mapping);
    *plan = (struct task_plan){0};
    mapping_init(&plan->mapping);
}

static char **
field_of(struct mapping *mapping, unsigned field)
{
    char **fields[FIELDS] = {&mapping->text, &mapping->id, &mapping->source,
                             &mapping->lang};

    return fields[field];
}

static void
append_number(struct buf *out, double number)
{
    char *text = xasprintf("%a", number);

    xbuf_printf(out, " ");
    words_encode(out, isnan(number) ? "nan" : text, ".+");
    free(text);
}

static void
append_score(struct buf *out, const struct score_def *def)
{
    xbuf_printf(out, "score %s %s", score_kind_names[def->kind],
                bad_names[def->bad]);
    append_number(out, def->min);
    append_number(out, def->max);
    append_number(out, def->threshold);
    xbuf_printf(out, " ");
    words_encode(out, def->name, "./");
    xbuf_printf(out, " ");
    words_encode(out, def->path, "./");
    xbuf_printf(out, "\n");
}

static void
plan_format(struct task_plan *plan, struct buf *out)
{
    xbuf_printf(out, HEADER "\ntasks %u\nparts %" PRIu32 "\n", plan->tasks,
                plan->parts);
    for (unsigned i = 0; i < FIELDS; i++) {
        const char *path = *field_of(&plan->mapping, i);

        if (!path)
            continue;
        xbuf_printf(out, "field %s ", field_names[i]);
        words_encode(out, path, "./");
        xbuf_printf(out, "\n");
    }
    for (size_t i = 0; i < plan->mapping.score_count; i++)
        append_score(out, &plan->mapping.scores[i]);
    for (size_t i = 0; i < plan->shard_count; i++) {
        xbuf_printf(out, "shard %" PRIu32 " ", plan->shards[i].part);
        words_encode(out, plan->shards[i].path, "./");
        xbuf_printf(out, "\n");
    }
    words_seal(out, 0);
}

static bool
parse_double(struct str word, double *out)
{
    char *text = words_decode(word);
    char *end = NULL;
    bool good = text && *text;

    if (good)
        *out = strtod(text, &end);
    good = good && *end == '\0';
    free(text);
    return good;
}

static bool
parse_score(struct task_plan *plan, const struct words *line)
{
    struct score_def def = {0};
    struct error ignored = ERROR_INIT;
    unsigned kind;
    unsigned bad;
    bool good;

    if (line->count != 8 ||
        !words_choice(line->words[1], score_kind_names, SCORE_KINDS, &kind) ||
        !words_choice(line->words[2], bad_names, 3, &bad) ||
        !parse_double(line->words[3], &def.min) ||
        !parse_double(line->words[4], &def.max) ||
        !parse_double(line->words[5], &def.threshold) ||
        plan->mapping.score_count >= MANIFEST_SCORES_MAX)
        return false;
    def.kind = (enum score_kind)kind;
    def.bad = (enum score_bad)bad;
    def.name = words_decode(line->words[6]);
    def.path = words_decode(line->words[7]);
    good = def.name && def.path &&
           mapping_add_score(&plan->mapping, &def, NULL, &ignored) == ERR_OK;
    free(def.name);
    free(def.path);
    return good;
}

static void
append_shard(struct task_plan *plan, char *path, uint32_t part)
{
    if ((plan->shard_count & (plan->shard_count - 1)) == 0)
        plan->shards = xreallocarray(
            plan->shards, plan->shard_count ? plan->shard_count * 2 : 1,
            sizeof(*plan->shards));
    plan->shards[plan->shard_count++] = (struct task_plan_shard){path, part};
}

static bool
parse_shard(struct task_plan *plan, const struct words *line)
{
    uint32_t part;
    char *path;
    size_t count = plan->shard_count;

    if (line->count != 3 || !words_u32(line->words[1], &part) ||
        part >= plan->parts)
        return false;
    path = words_decode(line->words[2]);
    if (!path || !*path ||
        (count > 0 && strcmp(plan->shards[count - 1].path, path) >= 0)) {
        free(path);
        return false;
    }
    append_shard(plan, path, part);
    return true;
}

static bool
parse_line(void *ctx, const struct words *line)
{
    struct task_plan *plan = ctx;
    struct str word = line->words[0];
    unsigned field;
    uint64_t number;

    if (str_equal(word, STR_LIT("score")))
        return parse_score(plan, line);
    if (str_equal(word, STR_LIT("shard")))
        return parse_shard(plan, line);
    if (str_equal(word, STR_LIT("field")) && line->count == 3 &&
        words_choice(line->words[1], field_names, FIELDS, &field)) {
        char **path = field_of(&plan->mapping, field);

        free(*path);
        *path = words_decode(line->words[2]);
        return *path != NULL;
    }
    if (line->count != 2 || !words_number(line->words[1], TASKS_MAX, &number))
        return false;
    if (str_equal(word, STR_LIT("tasks"))) {
        plan->tasks = (unsigned)number;
        return number > 0;
    }
    plan->parts = (uint32_t)number;
    return str_equal(word, STR_LIT("parts"));
}

enum err_code
task_plan_parse(struct task_plan *out, struct str text, struct error *err)
{
    struct task_plan plan = {0};
    enum err_code code = words_unseal(&text, HEADER, err);

    mapping_init(&plan.mapping);
    if (code == ERR_OK)
        code = words_foreach(text, parse_line, &plan, err);
    if (code == ERR_OK && plan.tasks == 0)
        code = error_set(err, ERR_FORMAT, "damaged: no number of tasks");
    if (code == ERR_OK)
        *out = plan;
    else
        task_plan_release(&plan);
    return code;
}

enum err_code
task_plan_load(struct task_plan *out, const char *folder, struct error *err)
{
    char *path = path_join(folder, PLAN_NAME);
    struct buf text = {0};
    enum err_code code = file_read(path, PLAN_MAX, &text, err);

    if (code == ERR_OK) {
        code = task_plan_parse(out, buf_str(&text), err);
        if (code != ERR_OK)
            error_wrap(err, "%s", path);
        else
            out->folder = xstrdup(folder);
    }
    buf_release(&text);
    free(path);
    return code;
}

enum err_code
task_plan_list(const struct workspace *ws, struct names *out, struct error *err)
{
    char *tasks = path_join(ws->index, TASKS_FOLDER);
    enum err_code code = ERR_OK;

    *out = (struct names){NULL, 0};
    if (file_is_folder(tasks))
        code = folder_list_folders(tasks, out, err);
    for (size_t i = 0; i < out->count; i++) {
        char *full = path_join(tasks, path_base(out->names[i]));

        free(out->names[i]);
        out->names[i] = full;
    }
    free(tasks);
    return code;
}

static int
by_weight(const void *a, const void *b)
{
    const struct work_shard *x = *(const struct work_shard *const *)a;
    const struct work_shard *y = *(const struct work_shard *const *)b;
    uint64_t wx = build_shard_weight(x);
    uint64_t wy = build_shard_weight(y);

    if (wx != wy)
        return wx > wy ? -1 : 1;
    return strcmp(x->path, y->path);
}

/* How many parts: about as much text as a partition takes in each, as many for
 * each task. */
static uint32_t
count_parts(const struct build *build, const struct work_shard *const *shards,
            size_t count, unsigned tasks)
{
    uint64_t total = 0;
    uint64_t parts;

    for (size_t i = 0; i < count; i++)
        total += build_shard_weight(shards[i]);
    parts = total / build_partition_text(build) + 1;
    parts = (parts + tasks - 1) / tasks * tasks;
    return parts > count ? (uint32_t)count : (uint32_t)parts;
}

/* Spread shards over more parts: the heaviest first, each to the part that has
 * least. */
static void
spread(const struct build *build, struct task_plan *plan,
       const struct work_shard **shards, size_t count, uint32_t *part_of)
{
    uint32_t parts = count_parts(build, shards, count, plan->tasks);
    uint64_t *sums = xcalloc((size_t)parts + 1, sizeof(*sums));

    if (count > 1)
        qsort(shards, count, sizeof(struct work_shard *), by_weight);
    for (size_t i = 0; i < count; i++) {
        uint32_t least = 0;

        for (uint32_t j = 1; j < parts; j++)
            if (sums[j] < sums[least])
                least = j;
        /* an empty shard counts, too, or all of them would meet */
        sums[least] += build_shard_weight(shards[i]) + 1;
        part_of[shards[i] - build->shards] = plan->parts + least;
    }
    plan->parts += parts;
    free(sums);
}

/* What the index has already is kept apart: those parts are done. */
static void
split(const struct build *build, struct task_plan *plan)
{
    const struct work_shard **list =
        xcalloc(build->shard_count + 1, sizeof(struct work_shard *));
    uint32_t *part_of = xcalloc(build->shard_count + 1, sizeof(*part_of));

    for (int kept = 0; kept < 2; kept++) {
        size_t count = 0;

        for (size_t i = 0; i < build->shard_count; i++)
            if (build->shards[i].named &&
                (build->shards[i].state == WORK_KEEP) == (kept == 1))
                list[count++] = &build->shards[i];
        spread(build, plan, list, count, part_of);
    }
    for (size_t i = 0; i < build->shard_count; i++)
        if (build->shards[i].named)
            append_shard(plan, xstrdup(build->shards[i].path), part_of[i]);
    free(list);
    free(part_of);
}

/* A hash of the names of the shards named; caller frees. */
static char *
hash_list(const struct build *build)
{
    struct buf text = {0};
    char hex[HASH_HEX_SIZE];
    struct hash hash;

    for (size_t i = 0; i < build->shard_count; i++)
        if (build->shards[i].named) {
            xbuf_append_str(&text, str_of(build->shards[i].path));
            xbuf_append(&text, "", 1);
        }
    hash = hash_of(buf_str(&text));
    hash_format(&hash, hex);
    buf_release(&text);
    return xasprintf("%.16s-", hex);
}

enum err_code
task_plan_list_hash(struct build *build, const char *const *names, size_t count,
                    char **out, struct error *err)
{
    enum err_code code = build_list_named(build, names, count, err);

    if (code == ERR_OK)
        *out = hash_list(build);
    return code;
}

static char *
plan_folder(const struct build *build, unsigned tasks)
{
    char *list = hash_list(build);
    char *name = xasprintf(TASKS_FOLDER "/%s%u", list, tasks);
    char *out = path_join(build->ws->index, name);

    free(list);
    free(name);
    return out;
}

/* Sizes, the split, and what sampling all shards finds. */
static enum err_code
plan_make(struct task_plan *plan, struct build *build, struct error *err)
{
    enum err_code code = build_mapping_load(build, err);

    if (code == ERR_OK)
        code = build_list_check(build, false, err);
    for (size_t i = 0; i < build->shard_count && code == ERR_OK; i++)
        if (build->shards[i].named && build->shards[i].state != WORK_INDEX &&
            build->shards[i].state != WORK_KEEP)
            code = error_set(err, ERR_NOTFOUND,
                             "%s: cannot be read, so nothing was planned",
                             build->shards[i].path);
    if (code == ERR_OK)
        split(build, plan);
    for (unsigned i = 0; i < FIELDS; i++) {
        const char *path = *field_of(&build->mapping, i);

        *field_of(&plan->mapping, i) = path ? xstrdup(path) : NULL;
    }
    if (code == ERR_OK)
        code = build_mapping_sample(build, err);
    for (size_t i = 0; i < build->mapping.score_count && code == ERR_OK; i++)
        if (build->mapping.scores[i].path) /* not imported */
            code = mapping_add_score(&plan->mapping, &build->mapping.scores[i],
                                     NULL, err);
    return code;
}

static enum err_code
plan_publish(struct task_plan *plan, const struct workspace *ws,
             struct error *err)
{
    char *path = path_join(plan->folder, PLAN_NAME);
    struct buf text = {0};
    enum err_code code;

    plan_format(plan, &text);
    code = folder_make(plan->folder, workspace_folder_mode(ws), err);
    if (code == ERR_OK)
        code = file_write_new(path, buf_str(&text), err);
    buf_release(&text);
    free(path);
    return code;
}

enum err_code
task_plan_take(struct task_plan *out, const struct workspace *ws,
               const struct shard_names *names, unsigned tasks,
               const struct build_options *options, struct error *err)
{
    struct build_options quiet = *options;
    struct task_plan plan = {.tasks = tasks};
    struct error missing = ERROR_INIT;
    struct error problem = ERROR_INIT;
    struct build_report ignored;
    struct build build;
    enum err_code code;

    mapping_init(&plan.mapping);
    quiet.message = NULL; /* a task says what is wrong with its shards */
    build_init(&build, ws, &quiet, &ignored);
    code = build_load_manifest(&build, err);
    if (code == ERR_OK)
        code = build_list_known(&build, err);
    if (code == ERR_OK)
        code = build_list_named(&build, names->list, names->count, err);
    if (code != ERR_OK)
        goto out;
    plan.folder = plan_folder(&build, tasks);
    code = task_plan_load(out, plan.folder, &missing);
    if (code != ERR_NOTFOUND) {
        if (code != ERR_OK)
            *err = missing;
        goto out;
    }
    code = plan_make(&plan, &build, err);
    if (code != ERR_OK)
        goto out;
    code = plan_publish(&plan, ws, &problem);
    if (code == ERR_OK || code == ERR_EXISTS) /* another one was first */
        code = task_plan_load(out, plan.folder, err);
    else
        *err = problem;
out:
    task_plan_release(&plan);
    build_release(&build);
    return code;
}
