/* `stet import scores`: under the index's lock, rows become files of a set,
 * then columns, then a generation. */
#include "config.h"

#include "stet/import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "build_work.h"
#include "import_work.h"
#include "index_impl.h"
#include "score_config.h"
#include "stet/xalloc.h"

void
import_say(const struct import *import, size_t file, uint64_t line,
           const char *text)
{
    struct import_message message = {import->files[file], true, line + 1, text};

    if (import->options->message)
        import->options->message(import->options->ctx, &message);
}

void
import_report_release(struct import_report *report)
{
    for (size_t i = 0; i < report->score_count; i++)
        free(report->scores[i].name);
    free(report->scores);
    report->scores = NULL;
    report->score_count = 0;
}

static enum err_code
lock_index(const struct workspace *ws, int *fd, struct error *err)
{
    char *path = path_join(ws->index, INDEX_LOCK);
    enum err_code code;

    if (!file_is_folder(ws->index)) {
        code = error_set(err, ERR_NOTFOUND,
                         "no index yet: run `stet index SHARD...`");
    } else {
        code = file_lock(path, true, false, fd, err);
        if (code == ERR_BUSY)
            code = error_set(err, ERR_BUSY,
                             "the index is being written: try "
                             "again later");
    }
    free(path);
    return code;
}

/* Without the configuration: a derived score may wait for what is being
 * imported. */
static enum err_code
open_plain(struct index **out, const struct workspace *ws, struct error *err)
{
    struct workspace plain = *ws;
    enum err_code code;

    plain.settings = settings_new();
    code = index_open(out, &plain, err);
    settings_free(plain.settings);
    return code;
}

static enum err_code
open_all(struct import *import, struct error *err)
{
    size_t scores;
    uint32_t count;
    enum err_code code = open_plain(&import->index, import->ws, err);

    if (code == ERR_OK)
        code = generation_load(&import->manifest, import->ws->index, NULL, err);
    if (code == ERR_OK)
        code = import_map(import, err);
    if (code == ERR_OK)
        code = document_keys_open(&import->keys, import->ws->index,
                                  &import->manifest, NULL,
                                  import->options->cancel, err);
    if (code != ERR_OK)
        return code;
    scores = import->mapping.score_count;
    import->writers = xcalloc(scores + 1, sizeof(struct attribute_writer *));
    for (size_t i = 0; i < scores && code == ERR_OK; i++)
        code = attribute_writer_open(&import->writers[i], import->ws,
                                     import->mapping.scores[i].name, err);
    count = index_count(import->index);
    import->seen = calloc((size_t)count + 1, sizeof(*import->seen));
    import->values = calloc((size_t)count + 1, sizeof(*import->values));
    if (code == ERR_OK && (!import->seen || !import->values))
        code = error_nomem(err);
    import->file_lines =
        xcalloc(import->file_count + 1, sizeof(*import->file_lines));
    for (size_t i = 0; i < import->file_count; i++) {
        struct file_stat stat = {0};
        struct error ignored = ERROR_INIT;

        (void)file_stat(import->files[i], &stat, &ignored);
        import->bytes_total += stat.bytes;
    }
    return code;
}

/* Their files complete; *added: any of them is new. */
static enum err_code
commit_rows(struct import *import, struct error *err)
{
    struct import_report *report = import->report;
    size_t count = import->mapping.score_count;
    enum err_code code = ERR_OK;

    report->documents = index_live_count(import->index);
    report->scores = xcalloc(count + 1, sizeof(*report->scores));
    report->score_count = count;
    for (size_t i = 0; i < count; i++)
        report->scores[i].name = xstrdup(import->mapping.scores[i].name);
    for (size_t i = 0; i < count && code == ERR_OK; i++) {
        struct attribute_writer *writer = import->writers[i];

        import->writers[i] = NULL;
        code = attribute_writer_commit(writer, &report->scores[i].added, err);
    }
    return code;
}

static enum err_code
publish(const struct workspace *ws, struct generation *manifest,
        struct attribute_sets *sets, const int *cancel, struct error *err)
{
    bool changed = attributes_align(manifest, ws->index, sets);
    enum err_code code;

    if (!changed && attributes_are_filled(manifest, sets))
        return ERR_OK;
    code = attributes_fill(manifest, ws->index, sets, cancel, err);
    if (code != ERR_OK)
        return code;
    manifest->generation++;
    code = generation_make_lock(ws->index, manifest->generation, err);
    if (code == ERR_OK)
        code = generation_store(manifest, ws->index, err);
    build_clean(ws->index);
    return code;
}

/* A value that was asked for goes over the configuration's, a guess does
 * not. */
static enum err_code
set_value(const struct workspace *ws, const char *name, const char *key,
          const char *value, bool asked, struct error *err)
{
    const struct setting *set = settings_get(ws->settings, "score", name, key);
    enum err_code code = ERR_OK;

    if (asked ? !set || !str_equal(set->value, str_of(value))
              : !score_config_says(ws->settings, name, key))
        code =
            settings_store(ws->config, "score", name, key, str_of(value), err);
    return code;
}

static enum err_code
store_config(const struct import *import, struct error *err)
{
    static const char *const ends[] = {"unknown", "high", "low"};
    const struct import_options *options = import->options;
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < import->mapping.score_count && code == ERR_OK; i++) {
        const struct score_def *def = &import->mapping.scores[i];
        double min = options->has_range ? options->min : def->min;
        double max = options->has_range ? options->max : def->max;
        char range[64];

        if (def->kind == SCORE_LABEL)
            continue;
        code = set_value(import->ws, def->name, "bad",
                         ends[options->has_bad ? options->bad : def->bad],
                         options->has_bad, err);
        (void)snprintf(range, sizeof(range), "%g..%g", min, max);
        if (code == ERR_OK && min <= max)
            code = set_value(import->ws, def->name, "range", range,
                             options->has_range, err);
    }
    return code;
}

static enum err_code
finish(struct import *import, struct error *err)
{
    struct import_report *report = import->report;
    struct attribute_sets sets = {NULL, 0};
    enum err_code code = commit_rows(import, err);

    document_keys_close(import->keys);
    import->keys = NULL;
    index_close(import->index); /* lets go of its generation */
    import->index = NULL;
    if (code == ERR_OK)
        code = attributes_load(&sets, import->ws, err);
    if (code == ERR_OK)
        code = publish(import->ws, &import->manifest, &sets,
                       import->options->cancel, err);
    if (code == ERR_OK)
        code = store_config(import, err);
    report->generation = import->manifest.generation;
    for (size_t i = 0; i < report->score_count; i++)
        for (size_t s = 0; s < sets.count; s++)
            if (strcmp(sets.list[s].name, report->scores[i].name) == 0)
                report->scores[i].known = sets.list[s].known;
    attributes_release(&sets);
    return code;
}

static void
release(struct import *import)
{
    for (size_t i = 0; import->writers && i < import->mapping.score_count; i++)
        attribute_writer_abort(import->writers[i]);
    free(import->writers);
    document_keys_close(import->keys);
    index_close(import->index);
    generation_release(&import->manifest);
    mapping_release(&import->mapping);
    arena_release(&import->arena);
    free(import->file_lines);
    free(import->seen);
    free(import->values);
}

enum err_code
import_scores(struct workspace *ws, const char *const *files, size_t count,
              const struct import_options *options,
              struct import_report *report, struct error *err)
{
    struct import import = {.ws = ws,
                            .options = options,
                            .report = report,
                            .files = files,
                            .file_count = count};
    int fd = -1;
    enum err_code code = lock_index(ws, &fd, err);

    *report = (struct import_report){0};
    if (code != ERR_OK)
        return code;
    arena_init(&import.arena, 0);
    mapping_init(&import.mapping);
    generation_init(&import.manifest);
    attributes_clean(ws);
    code = open_all(&import, err);
    for (size_t i = 0; i < count && code == ERR_OK; i++)
        code = import_file(&import, i, err);
    if (code == ERR_OK)
        code = finish(&import, err);
    release(&import);
    close(fd);
    return code;
}

/* A derived score that needs it would stop everything from opening. */
static enum err_code
check_needs(const struct workspace *ws, const char *name, struct error *err)
{
    struct index *index = NULL;
    struct error ignored = ERROR_INIT;
    enum err_code code = ERR_OK;

    if (index_open(&index, ws, &ignored) != ERR_OK)
        return ERR_OK; /* what is wrong now cannot get worse */
    for (size_t i = index->stored_count; i < index->def_count; i++) {
        const struct derived *derived = index->derived[i - index->stored_count];

        for (size_t n = 0; n < derived_name_count(derived); n++)
            if (strcmp(index->defs[derived_score(derived, n)].name, name) == 0)
                code = error_set(err, ERR_CONFLICT,
                                 "%s is derived from it: change .stet/config "
                                 "first",
                                 index->defs[i].name);
    }
    index_close(index);
    return code;
}

/* The folder goes out of sight first: a kill from there on ends in the removal
 * being completed by the next run. */
static enum err_code
remove_locked(struct workspace *ws, const char *name, struct error *err)
{
    char *folder = attributes_folder(ws, name);
    char *parent = path_parent(folder);
    char *word = xasprintf(".removed-%s", path_base(folder));
    char *hidden = path_join(parent, word);
    struct attribute_sets sets = {NULL, 0};
    struct generation manifest;
    enum err_code code = ERR_OK;

    generation_init(&manifest);
    if (!file_is_folder(folder))
        code = error_set(err, ERR_NOTFOUND, "no score named %s was imported",
                         name);
    else if (rename(folder, hidden) != 0)
        code = error_errno(err, errno, folder);
    if (code == ERR_OK)
        code = generation_load(&manifest, ws->index, NULL, err);
    if (code == ERR_OK)
        code = attributes_load(&sets, ws, err);
    if (code == ERR_OK)
        code = publish(ws, &manifest, &sets, NULL, err);
    if (code == ERR_OK)
        attributes_clean(ws);
    attributes_release(&sets);
    generation_release(&manifest);
    free(folder);
    free(parent);
    free(word);
    free(hidden);
    return code;
}

enum err_code
import_remove(struct workspace *ws, const char *name, struct error *err)
{
    int fd = -1;
    enum err_code code = lock_index(ws, &fd, err);

    if (code != ERR_OK)
        return code;
    attributes_clean(ws);
    code = check_needs(ws, name, err);
    if (code == ERR_OK)
        code = remove_locked(ws, name, err);
    close(fd);
    return code;
}
