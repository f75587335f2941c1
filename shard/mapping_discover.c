/* Discovery: from what sampling saw to a mapping. The names are those that
 * released corpora use; whatever is guessed can be overridden. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "stet/mapping.h"
#include "stet/xalloc.h"

#include "shard/mapping_sample.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const text_paths[] = {"text", "content", "raw_content",
                                         "texts"};
static const char *const id_paths[] = {
    "id",
    "warc_headers.warc-record-id",
    "metadata.WARC-Record-ID",
    "metadata.warc-record-id",
    "WARC-Record-ID",
    "url",
    "metadata.url",
    "digest",
};
static const char *const source_paths[] = {"source", "metadata.source",
                                           "meta.pile_set_name"};
static const char *const lang_paths[] = {
    "metadata.lang", "metadata.language", "language",     "lang",
    "meta.lang",     "meta.language",     "document_lang"};

static bool
is_text(const struct sample_path *path)
{
    return path->strings > 0 || path->shapes[SHAPE_STRINGS] > 0;
}

static bool
is_id(const struct sample_path *path)
{
    return path->strings > 0 || path->integers > 0;
}

static bool
is_name(const struct sample_path *path)
{
    return path->strings > 0;
}

/* The first of the paths that was seen with a fitting type, copied. */
static char *
first_seen(const struct mapping_sample *sample, const char *const *paths,
           size_t count, bool (*fits)(const struct sample_path *))
{
    for (size_t i = 0; i < count; i++) {
        const struct sample_path *path = sample_find(sample, paths[i]);

        if (path && fits(path))
            return xstrdup(paths[i]);
    }
    return NULL;
}

/* Words of a key: runs of letters and digits, an upper-case letter after a
 * lower-case one begins a word; compared without case. */
static bool
next_word(struct str key, size_t *at, char *word, size_t size)
{
    size_t len = 0;
    char before = '\0';

    for (; *at < key.len; ++*at) {
        char c = key.ptr[*at];
        bool upper = c >= 'A' && c <= 'Z';
        bool letter = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

        if (!letter && len > 0)
            break;
        if (upper && len > 0 && before >= 'a' && before <= 'z')
            break;
        before = c;
        if (letter && len + 1 < size)
            word[len++] = (char)(upper ? c - 'A' + 'a' : c);
    }
    word[len] = '\0';
    return len > 0;
}

static bool
has_word(struct str key, const char *const *words, size_t count)
{
    char word[64];
    size_t at = 0;

    while (next_word(key, &at, word, sizeof(word)))
        for (size_t i = 0; i < count; i++)
            if (strcmp(word, words[i]) == 0)
                return true;
    return false;
}

static bool
has_stem(struct str key, const char *const *stems, size_t count)
{
    char word[64];
    size_t at = 0;

    while (next_word(key, &at, word, sizeof(word)))
        for (size_t i = 0; i < count; i++)
            if (strncmp(word, stems[i], strlen(stems[i])) == 0)
                return true;
    return false;
}

/* Which end is bad, where the name leaves no doubt. */
static enum score_bad
guess_bad(struct str key)
{
    static const char *const bad[] = {
        "toxic",    "hate",   "harm",   "unsafe", "threat",   "insult",
        "nsfw",     "sexual", "sexis",  "violen", "offens",   "racis",
        "abus",     "harass", "obscen", "profan", "porn",     "derogat",
        "selfharm", "bully",  "slur",   "danger", "inflammat"};
    static const char *const perplexity[] = {"pp", "ppl", "perplexity"};
    static const char *const negation[] = {"not", "non", "no"};
    static const char *const opposite[] = {"harmless", "nontoxic", "inoffens"};

    if (has_stem(key, opposite, COUNT(opposite)))
        return SCORE_BAD_LOW;
    if (!has_stem(key, bad, COUNT(bad)))
        return SCORE_BAD_UNKNOWN;
    if (has_word(key, perplexity, COUNT(perplexity)) ||
        has_word(key, negation, COUNT(negation)))
        return SCORE_BAD_LOW;
    return SCORE_BAD_HIGH;
}

/* Sizes, places and times: numbers, but no scores. */
static bool
is_no_score(struct str key)
{
    static const char *const score[] = {
        "score", "scores", "prob",       "probability", "ppl",       "pp",
        "ratio", "conf",   "confidence", "fraction",    "perplexity"};
    static const char *const other[] = {
        "length", "len",    "nlines",    "nlines",    "lines",   "line",
        "count",  "counts", "tokens",    "token",     "offset",  "date",
        "time",   "year",   "timestamp", "version",   "id",      "ids",
        "index",  "idx",    "size",      "bytes",     "chars",   "rank",
        "page",   "pages",  "seed",      "partition", "num",     "number",
        "month",  "day",    "start",     "end",       "begin",   "position",
        "shard",  "row",    "segment",   "added",     "created", "status",
        "words",  "nwords", "created",   "epoch",     "port",    "views"};

    return !has_word(key, score, COUNT(score)) &&
           has_word(key, other, COUNT(other));
}

/* What the outermost key says about the numbers below it. */
enum region { REGION_NONE, REGION_SCORES, REGION_MIXED };

static struct str
key_of(const struct sample_path *path)
{
    return (struct str){path->key, path->key_len};
}

static const struct sample_path *
outermost(const struct mapping_sample *sample, const struct sample_path *path)
{
    while (path->parent)
        path = &sample->paths[path->parent];
    return path;
}

static enum region
region_of(const struct mapping_sample *sample, const struct sample_path *path)
{
    struct str top = key_of(outermost(sample, path));

    if (path->parent == 0)
        return REGION_MIXED;
    if (str_starts_with(top, STR_LIT("attributes")) ||
        str_equal(top, STR_LIT("scores")) ||
        str_equal(top, STR_LIT("quality_signals")))
        return REGION_SCORES;
    if (str_equal(top, STR_LIT("metadata")) || str_equal(top, STR_LIT("meta")))
        return REGION_MIXED;
    return REGION_NONE;
}

/* Strings of a few kinds, where labels are to be expected. */
static bool
is_label(const struct mapping_sample *sample, const struct sample_path *path)
{
    static const char *const label[] = {"label",    "labels",     "class",
                                        "category", "categories", "verdict"};
    struct str top = key_of(outermost(sample, path));
    char word[64];
    size_t at = 0;
    bool named = false;

    if (path->strings == 0 || path->numbers > 0 || path->arrays > 0 ||
        path->objects > 0 || path->many_labels || path->long_strings > 0)
        return false;
    if (path->strings >= 8 && (uint64_t)path->label_count * 2 > path->strings)
        return false;
    if (next_word(key_of(path), &at, word, sizeof(word)))
        for (size_t i = 0; i < COUNT(label); i++)
            named |= strcmp(word, label[i]) == 0;
    return named ||
           (path->parent != 0 && str_starts_with(top, STR_LIT("attributes")));
}

/* The object above has so many keys that they are data, not names. */
static bool
is_dictionary(const struct mapping_sample *sample,
              const struct sample_path *path)
{
    return path->parent != 0 &&
           sample->paths[path->parent].children >= SAMPLE_CHILDREN_MAX;
}

/* In under a hundredth of the records. */
static bool
is_rare(const struct mapping_sample *sample, const struct sample_path *path)
{
    return sample_times(path) * 100 < sample->records;
}

/* The kind of score at a path; false: none. */
static bool
score_kind_of(const struct mapping_sample *sample,
              const struct sample_path *path, enum score_kind *kind)
{
    enum region region = region_of(sample, path);
    uint64_t lists = path->arrays - path->shapes[SHAPE_EMPTY];

    if (region == REGION_NONE || is_dictionary(sample, path) ||
        (region == REGION_MIXED && is_rare(sample, path)))
        return false;
    if (path->shapes[SHAPE_SPANS] > 0 && lists == path->shapes[SHAPE_SPANS] &&
        (path->parent != 0 || guess_bad(key_of(path)))) {
        *kind = SCORE_SPANS;
        return true;
    }
    if (path->parallel > 0 && path->parallel == path->arrays) {
        *kind = SCORE_SEGMENTS;
        return true;
    }
    if (path->numbers + path->booleans > 0 && path->arrays == 0 &&
        path->strings == 0) {
        *kind = SCORE_NUMBER;
        return region == REGION_SCORES || !is_no_score(key_of(path));
    }
    *kind = SCORE_LABEL;
    return is_label(sample, path);
}

static void
guess_range(const struct sample_path *path, struct score_def *def)
{
    double min = path->booleans > 0 ? 0 : path->min;
    double max = path->booleans > 0 && !(path->max > 1) ? 1 : path->max;

    def->min = def->max = (double)NAN;
    if (def->kind == SCORE_LABEL || !(min >= 0) || !(max <= 5))
        return;
    def->min = 0;
    def->max = max <= 1 ? 1 : 5;
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

        if (!score_kind_of(sample, path, &def.kind))
            continue;
        sample_format(sample, path, &text);
        def.path = buf_take(&text);
        def.bad = def.kind == SCORE_LABEL ? SCORE_BAD_UNKNOWN
                                          : guess_bad(key_of(path));
        guess_range(path, &def);
        if (!(mapping->id && strcmp(def.path, mapping->id) == 0))
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
        mapping->text =
            first_seen(sample, text_paths, COUNT(text_paths), is_text);
    /* A string here and there is in any text; in JSON Lines all are. */
    if (!mapping->text && sample->bare > 0 && sample->bare == sample->lines)
        mapping->text = xstrdup("");
    if (!mapping->text)
        return no_text(sample, err);
    if (!mapping->id)
        mapping->id = first_seen(sample, id_paths, COUNT(id_paths), is_id);
    if (!mapping->source)
        mapping->source =
            first_seen(sample, source_paths, COUNT(source_paths), is_name);
    if (!mapping->lang)
        mapping->lang =
            first_seen(sample, lang_paths, COUNT(lang_paths), is_name);
    return discover_scores(mapping, sample, err);
}
