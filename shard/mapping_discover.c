/* Discovery: from what sampling saw to a mapping. The names are those that
 * released corpora use; whatever is guessed can be overridden. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stet/mapping.h"
#include "stet/xalloc.h"

#include "shard/mapping_sample.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *const role_paths[ROLE_COUNT][ROLE_PATHS_MAX] = {
    [ROLE_TEXT] = {"text", "content", "raw_content", "texts"},
    [ROLE_ID] = {"id", "warc_headers.warc-record-id", "metadata.WARC-Record-ID",
                 "metadata.warc-record-id", "WARC-Record-ID", "digest", "url",
                 "metadata.url"},
    [ROLE_SOURCE] = {"source", "metadata.source", "meta.pile_set_name"},
    [ROLE_LANG] = {"metadata.lang", "metadata.language", "language", "lang",
                   "meta.lang", "meta.language", "document_lang",
                   "metadata.identification.label",
                   "language_id_whole_page_fasttext"},
};

bool
role_fits(enum role role, const struct sample_path *path)
{
    if (path->in_records == 0)
        return false;
    switch (role) {
    case ROLE_TEXT:
        return path->strings > 0 || path->shapes[SHAPE_STRINGS] > 0;
    case ROLE_ID:
        return path->strings > 0 || path->integers > 0;
    case ROLE_SOURCE:
        return path->strings > 0;
    case ROLE_LANG:
        return path->strings > 0 || path->objects > 0;
    case ROLE_COUNT:
        break;
    }
    return false;
}

/* The first of the role's paths that was seen with a fitting type, copied. */
static char *
first_seen(const struct mapping_sample *sample, enum role role)
{
    for (size_t i = 0; i < ROLE_PATHS_MAX && role_paths[role][i]; i++) {
        const struct sample_path *path =
            sample_find(sample, role_paths[role][i]);

        if (path && role_fits(role, path))
            return xstrdup(role_paths[role][i]);
    }
    return NULL;
}

static void
guess_range(const struct sample_path *path, struct score_def *def)
{
    double min = path->booleans > 0 ? 0 : path->min;
    double max = path->booleans > 0 && !(path->max > 1) ? 1 : path->max;

    def->min = def->max = (double)NAN;
    if (def->kind == SCORE_LABEL || def->kind == SCORE_PERPLEXITY ||
        !(min >= 0) || !(max <= (def->kind == SCORE_SCALE ? 10 : 5)))
        return;
    def->min = 0;
    def->max = max <= 1 ? 1 : max <= 5 ? 5 : 10;
}

void
mapping_guess_score(struct mapping *mapping, size_t number,
                    const struct mapping_sample *sample)
{
    struct score_def *def = &mapping->scores[number];
    const struct sample_path *path = sample_find(sample, def->path);
    const char *why;

    if (!path)
        return;
    if (!score_judge(sample, path, &def->kind, &why))
        def->kind =
            path->shapes[SHAPE_SPANS] > 0 ? SCORE_SPANS
            : path->strings > path->quoted || path->shapes[SHAPE_STRINGS] > 0
                ? SCORE_LABEL
                : SCORE_NUMBER;
    if (def->kind != SCORE_LABEL)
        def->bad =
            score_guess_bad((struct str){path->key, path->key_len}, &why);
    guess_range(path, def);
}

/* What is the text, id, source or language is no label besides. */
static bool
has_role(const struct mapping *mapping, const char *path)
{
    const char *const roles[] = {mapping->text, mapping->id, mapping->source,
                                 mapping->lang};

    for (size_t i = 0; i < COUNT(roles); i++)
        if (roles[i] && strcmp(roles[i], path) == 0)
            return true;
    return false;
}

static enum err_code
discover_scores(struct mapping *mapping, const struct mapping_sample *sample,
                struct error *err)
{
    enum err_code code = ERR_OK;

    for (uint32_t i = 1; code == ERR_OK && i < sample->count; i++) {
        const struct sample_path *path = &sample->paths[i];
        struct score_def def = {.threshold = (double)NAN};
        struct buf text = {0};
        const char *why;

        if (!score_judge(sample, path, &def.kind, &why))
            continue;
        sample_format(sample, path, &text);
        def.path = buf_take(&text);
        if (def.kind != SCORE_LABEL)
            def.bad =
                score_guess_bad((struct str){path->key, path->key_len}, &why);
        guess_range(path, &def);
        if (!has_role(mapping, def.path))
            code = mapping_add_score(mapping, &def, NULL, err);
        free(def.path);
    }
    return code;
}

static enum err_code
no_objects(const struct mapping_sample *sample, struct error *err)
{
    struct buf line = {0};
    enum err_code code;

    if (sample->bad)
        xbuf_printf(&line, "; line %llu", (unsigned long long)sample->bad);
    if (sample->bad && sample->why.offset != ERR_NO_OFFSET)
        xbuf_printf(&line, ", byte %llu",
                    (unsigned long long)sample->why.offset);
    if (sample->bad)
        xbuf_printf(&line, ": %s", sample->why.message);
    code = error_set(err, ERR_FORMAT,
                     "not JSON Lines: of the first %llu lines none is a JSON "
                     "object%s",
                     (unsigned long long)sample->lines,
                     line.len ? xbuf_cstr(&line) : "");
    buf_release(&line);
    return code;
}

static enum err_code
no_text(const struct mapping_sample *sample, struct error *err)
{
    struct buf seen = {0};
    enum err_code code;

    if (sample->records == sample->bare)
        return no_objects(sample, err);
    for (uint32_t i = 1; i < sample->count && seen.len < 200; i++) {
        struct buf one = {0};

        if (sample->paths[i].parent)
            continue;
        sample_format(sample, &sample->paths[i], &one);
        xbuf_printf(&seen, "%s%.*s", seen.len ? ", " : "",
                    one.len < 60 ? (int)one.len : 60, one.ptr);
        buf_release(&one);
    }
    code = error_set(err, ERR_FORMAT,
                     "no text found in %llu records (looked at text, content, "
                     "raw_content, texts); keys seen: %s",
                     (unsigned long long)sample->records,
                     seen.len ? xbuf_cstr(&seen) : "none");
    buf_release(&seen);
    return code;
}

enum err_code
mapping_discover(struct mapping *mapping, const struct mapping_sample *sample,
                 struct error *err)
{
    if (!mapping->text)
        mapping->text = first_seen(sample, ROLE_TEXT);
    /* A string here and there is in any text; in JSON Lines all are. */
    if (!mapping->text && sample->bare > 0 && sample->bare == sample->lines)
        mapping->text = xstrdup("");
    if (!mapping->text)
        return no_text(sample, err);
    if (!mapping->id)
        mapping->id = first_seen(sample, ROLE_ID);
    if (!mapping->source)
        mapping->source = first_seen(sample, ROLE_SOURCE);
    if (!mapping->lang)
        mapping->lang = first_seen(sample, ROLE_LANG);
    return discover_scores(mapping, sample, err);
}
