/* Which members of the rows are scores, and the names they get: NAME@VERSION
 * for the one score of a classifier, NAME/WHAT@VERSION for one of several. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "import_work.h"
#include "score_name.h"
#include "stet/utf8.h"
#include "stet/xalloc.h"

#define SAMPLE_RECORDS 1000u
#define SAMPLE_BYTES (UINT64_C(4) << 20)
#define NAME_BYTES 200u

static enum err_code
sample_file(const char *path, struct mapping_sample *sample, struct error *err)
{
    struct shard *shard = NULL;
    struct record record = {0};
    uint64_t bytes = 0;
    struct error ignored = ERROR_INIT;
    enum err_code code = shard_open(&shard, path, &shard_default_limits, err);

    if (code != ERR_OK)
        return error_wrap(err, "%s", path);
    for (unsigned i = 0; i < SAMPLE_RECORDS && bytes < SAMPLE_BYTES; i++) {
        if (shard_next(shard, &record, &ignored) != ERR_OK ||
            record.kind == RECORD_END)
            break; /* damage is said when the rows are read */
        if (record.kind == RECORD_LINE)
            mapping_sample_add_row(sample, record.raw);
        bytes += record.length;
    }
    shard_close(shard);
    return ERR_OK;
}

/* Members that say which document, or about it, are no scores. */
static bool
is_key(const char *path)
{
    static const char *const keys[] = {
        "id",      "source", "sha256",  "text_sha256", "shard",
        "record",  "text",   "added",   "created",     "version",
        "content", "lang",   "language"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (strcmp(path, keys[i]) == 0)
            return true;
    return false;
}

/* All that the first rows have. */
static enum err_code
sample_all(const struct import *import, struct mapping *found,
           struct error *err)
{
    struct mapping_sample *sample = mapping_sample_new();
    enum err_code code = ERR_OK;

    found->text = xstrdup("text"); /* rows have none */
    found->id = xstrdup("id");
    for (size_t i = 0; i < import->file_count && code == ERR_OK; i++)
        code = sample_file(import->files[i], sample, err);
    if (code == ERR_OK)
        code = mapping_discover(found, sample, err);
    mapping_sample_free(sample);
    return code;
}

static enum err_code
take_found(const struct import *import, const struct mapping *found,
           struct mapping *out, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < found->score_count && code == ERR_OK; i++)
        if (!is_key(found->scores[i].path))
            code = mapping_add_score(out, &found->scores[i], NULL, err);
    if (code == ERR_OK && out->score_count == 0)
        code = error_set(err, ERR_NOTFOUND,
                         "no scores found in %s; --score [NAME=]PATH says "
                         "where they are",
                         import->files[0]);
    return code;
}

/* With the kind, direction and range that sampling saw there. */
static enum err_code
take_given(const struct import *import, const struct mapping *found,
           struct mapping *out, struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; i < import->options->score_count && code == ERR_OK;
         i++) {
        const struct import_score *given = &import->options->scores[i];
        struct score_def def = {
            NULL,        NULL,        SCORE_NUMBER, SCORE_BAD_UNKNOWN,
            (double)NAN, (double)NAN, (double)NAN};

        for (size_t f = 0; f < found->score_count; f++)
            if (strcmp(found->scores[f].path, given->path) == 0)
                def = found->scores[f];
        def.name = given->name ? xstrdup(given->name) : NULL;
        def.path = xstrdup(given->path);
        code = mapping_add_score(out, &def, NULL, err);
        free(def.name);
        free(def.path);
    }
    return code;
}

static bool
is_given(const struct import *import, size_t i)
{
    return i < import->options->score_count && import->options->scores[i].name;
}

/* The final name of score `i`; caller frees. */
static char *
final_name(const struct import *import, const struct mapping *mapping, size_t i)
{
    const char *classifier = import->options->classifier;
    struct str found = str_of(mapping->scores[i].name);
    struct str base = {NULL, 0};
    struct str version = {NULL, 0};
    struct buf name = {0};

    if (classifier && classifier[0] == '@') {
        version = str_of(classifier + 1);
    } else if (classifier) {
        base = score_name_base(str_of(classifier));
        version = score_name_version(str_of(classifier));
    }
    if (is_given(import, i) || base.len == 0)
        xbuf_append_str(&name, found);
    else if (mapping->score_count == 1)
        xbuf_append_str(&name, base);
    else
        xbuf_printf(&name, "%.*s/%.*s", STR_FMT(base), STR_FMT(found));
    if (version.ptr && !score_name_version(buf_str(&name)).ptr)
        xbuf_printf(&name, "@%.*s", STR_FMT(version));
    return buf_take(&name);
}

static enum err_code
check_name(const struct import *import, const char *name, struct error *err)
{
    struct str text = str_of(name);

    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7F)
            text.len = 0;
    if (text.len == 0 || text.len > NAME_BYTES || !utf8_is_valid(text))
        return error_set(err, ERR_USAGE, "'%s' is no name for a score", name);
    for (size_t i = 0; i < import->manifest.score_count; i++) {
        const struct generation_score *score = &import->manifest.scores[i];

        if (score->path && strcmp(score->name, name) == 0)
            return error_set(err, ERR_EXISTS,
                             "the shards have a score named %s: give this one "
                             "a version, as in --classifier %s@v2",
                             name, name);
    }
    return ERR_OK;
}

enum err_code
import_map(struct import *import, struct error *err)
{
    struct mapping found;
    struct mapping mapping;
    enum err_code code;

    mapping_init(&found);
    mapping_init(&mapping);
    code = sample_all(import, &found, err);
    if (code == ERR_OK)
        code = import->options->score_count
                   ? take_given(import, &found, &mapping, err)
                   : take_found(import, &found, &mapping, err);
    mapping_release(&found);
    for (size_t i = 0; i < mapping.score_count && code == ERR_OK; i++) {
        struct score_def def = mapping.scores[i];
        unsigned number;

        def.name = final_name(import, &mapping, i);
        code = check_name(import, def.name, err);
        if (code == ERR_OK)
            code = mapping_add_score(&import->mapping, &def, &number, err);
        if (code == ERR_OK &&
            strcmp(import->mapping.scores[number].name, def.name) != 0)
            code = error_set(err, ERR_USAGE, "two scores named %s", def.name);
        free(def.name);
    }
    mapping_release(&mapping);
    if (code == ERR_OK)
        code = mapping_compile(&import->mapping, err);
    return code;
}
