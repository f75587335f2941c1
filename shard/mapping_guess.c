/* Guessing what a member is as a score, from its name and what was seen there.
 * The names are those that released corpora use; each guess has a reason, which
 * `stet index --explain` prints. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "shard/mapping_sample.h"

#define DICTIONARY_KEYS 160u
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

/* The stem that begins a word of the key; NULL: none does. */
static const char *
has_stem(struct str key, const char *const *stems, size_t count)
{
    char word[64];
    size_t at = 0;

    while (next_word(key, &at, word, sizeof(word)))
        for (size_t i = 0; i < count; i++)
            if (strncmp(word, stems[i], strlen(stems[i])) == 0)
                return stems[i];
    return NULL;
}

/* Which end is bad, where the name leaves no doubt. */
static const char *const bad_stems[] = {
    "toxic",    "hate",   "harm",   "unsafe", "threat",   "insult",
    "nsfw",     "sexual", "sexis",  "violen", "offens",   "racis",
    "abus",     "harass", "obscen", "profan", "porn",     "derogat",
    "selfharm", "bully",  "slur",   "danger", "inflammat"};
static const char *const perplexity_words[] = {"pp", "ppl", "perplexity"};

enum score_bad
score_guess_bad(struct str key, const char **word)
{
    static const char *const negation[] = {"not", "non", "no"};
    static const char *const opposite[] = {"harmless", "nontoxic", "inoffens"};
    const char *low = has_stem(key, opposite, COUNT(opposite));
    const char *bad = has_stem(key, bad_stems, COUNT(bad_stems));

    *word = low ? low : bad ? bad : "";
    if (low)
        return SCORE_BAD_LOW;
    if (!bad)
        return SCORE_BAD_UNKNOWN;
    if (has_word(key, perplexity_words, COUNT(perplexity_words)) ||
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

static bool
is_named_label(struct str key)
{
    static const char *const names[] = {
        "label",    "labels",     "class",  "classes",    "category",
        "verdict",  "categories", "pred",   "prediction", "preds",
        "warnings", "flags",      "topics", "predictions"};

    return has_word(key, names, COUNT(names));
}

/* Short strings of a few kinds, one or a list, where labels are expected. */
static bool
is_label(const struct mapping_sample *sample, const struct sample_path *path,
         const char **why)
{
    struct str top = key_of(outermost(sample, path));
    uint64_t lists = path->shapes[SHAPE_STRINGS];
    uint64_t times = path->strings + lists;
    bool named = is_named_label(key_of(path));

    if (!named &&
        !(path->parent != 0 && str_starts_with(top, STR_LIT("attributes"))))
        return false;
    if (times == 0 || path->numbers > 0 || path->objects > 0 ||
        path->arrays > lists + path->shapes[SHAPE_EMPTY])
        return false;
    *why = "strings, but so many different ones or so long that they are no "
           "labels";
    if (path->many_labels || path->long_strings > 0 ||
        (times >= 8 && (uint64_t)path->label_count * 2 > times))
        return false;
    *why = lists > 0 ? "lists of a few different strings"
                     : "a few different strings";
    return true;
}

/* The object above has so many keys, each in few records, that they are data,
 * not names. */
static bool
is_dictionary(const struct mapping_sample *sample,
              const struct sample_path *path)
{
    const struct sample_path *parent = &sample->paths[path->parent];

    return path->parent != 0 && parent->children >= DICTIONARY_KEYS &&
           sample_times(path) * 2 < parent->objects;
}

/* In under a hundredth of the records. */
static bool
is_rare(const struct mapping_sample *sample, const struct sample_path *path)
{
    return sample_times(path) * 100 < sample->records;
}

/* Whether every member of the object is a number in 0..1, true or false: a map
 * from classes to how sure the classifier is. */
static bool
is_label_map(const struct mapping_sample *sample,
             const struct sample_path *path, enum region region)
{
    uint32_t number = (uint32_t)(path - sample->paths);
    uint32_t members = 0;

    if (path->objects == 0 || path->strings + path->numbers + path->arrays > 0)
        return false;
    if (region != REGION_SCORES && !is_named_label(key_of(path)))
        return false;
    for (uint32_t i = 1; i < sample->count; i++) {
        const struct sample_path *member = &sample->paths[i];

        if (member->parent != number)
            continue;
        members++;
        if (member->strings + member->objects + member->arrays > 0 ||
            member->min < 0 || member->max > 1)
            return false;
    }
    return members > 1;
}

/* The kind of a plain number. */
static enum score_kind
number_kind(const struct sample_path *path)
{
    if (has_word(key_of(path), perplexity_words, COUNT(perplexity_words)))
        return SCORE_PERPLEXITY;
    if (path->values == 0 || path->booleans > 0 || !(path->min >= 0))
        return SCORE_NUMBER;
    if (path->whole_values == path->values && path->max > 1 && path->max <= 10)
        return SCORE_SCALE;
    if (path->whole_values < path->values && path->max <= 1)
        return SCORE_PROBABILITY;
    return SCORE_NUMBER;
}

/* Numbers, plain, in quotes, or as triples for the whole text, and nothing
 * else. */
static bool
is_numbers(const struct sample_path *path, enum region region, const char **why)
{
    static const char *const score[] = {"score", "prob", "probability"};

    if (path->wholes > 0) {
        *why = "spans that are each one, from 0 on: scores of documents";
        return path->arrays == path->wholes && path->strings == 0 &&
               path->numbers == 0;
    }
    if (path->arrays > 0 || path->strings != path->quoted ||
        path->numbers + path->booleans + path->quoted == 0)
        return false;
    *why = "its name says a size, a place or a time";
    if (region != REGION_SCORES && is_no_score(key_of(path)))
        return false;
    *why = "numbers in quotes, and no score by its name";
    if (path->quoted > 0 && region != REGION_SCORES &&
        !has_word(key_of(path), score, COUNT(score)))
        return false;
    *why = path->quoted > 0     ? "numbers in quotes"
           : path->booleans > 0 ? "true or false"
                                : "numbers";
    return true;
}

/* What is said of a member that is no score. NULL: nothing; most are not
 * expected to be one. */
static const char *
why_refused(const struct sample_path *path)
{
    uint64_t numbers = path->numbers + path->booleans;

    if (path->shapes[SHAPE_NUMBERS] > 0)
        return "lists of numbers that are not parallel to a list text";
    if (path->shapes[SHAPE_SPANS] > 0)
        return "spans, mixed with other values";
    if (numbers > 0 && path->strings + path->objects + path->arrays > 0)
        return "numbers, mixed with other values";
    return NULL;
}

static bool
is_spans(const struct sample_path *path)
{
    uint64_t lists = path->arrays - path->shapes[SHAPE_EMPTY];
    const char *word;

    return path->shapes[SHAPE_SPANS] > 0 &&
           lists == path->shapes[SHAPE_SPANS] &&
           (path->parent != 0 || score_guess_bad(key_of(path), &word));
}

/* What an export of ours told Dolma's mixer to do, RUN__human__drop, redact,
 * r0, r0_text: it is done, and its places are those of another text. */
static bool
is_instruction(struct str key)
{
    size_t at = str_find(key, STR_LIT("__human__"), 0);
    struct str kind;
    size_t digits = 1;

    if (at == SIZE_MAX)
        return false;
    kind = str_slice(key, at + strlen("__human__"), key.len);
    if (str_equal(kind, STR_LIT("drop")) || str_equal(kind, STR_LIT("redact")))
        return true;
    if (kind.len < 2 || kind.ptr[0] != 'r')
        return false;
    while (digits < kind.len && kind.ptr[digits] >= '0' &&
           kind.ptr[digits] <= '9')
        digits++;
    kind = str_slice(kind, digits, kind.len);
    return digits > 1 && (kind.len == 0 || str_equal(kind, STR_LIT("_text")));
}

bool
score_judge(const struct mapping_sample *sample, const struct sample_path *path,
            enum score_kind *kind, const char **why)
{
    enum region region = region_of(sample, path);
    const char *reason = NULL;

    *why = NULL;
    if (region == REGION_NONE)
        return false;
    if (is_instruction(key_of(path))) {
        *why = "told Dolma's mixer what to change";
        return false;
    }
    if (is_dictionary(sample, path)) {
        *why = "one of so many keys of an object that they are data, not names";
        return false;
    }
    if (is_label_map(sample, path, region)) {
        *kind = SCORE_LABEL;
        *why = "a map of classes";
        return true;
    }
    if (region == REGION_MIXED && is_rare(sample, path)) {
        *why = "in under a hundredth of the records";
        return false;
    }
    if (is_numbers(path, region, &reason)) {
        *kind = number_kind(path);
    } else if (is_spans(path)) {
        *kind = SCORE_SPANS;
        reason = "spans";
    } else if (path->parallel > 0 && path->parallel == path->arrays) {
        *kind = SCORE_SEGMENTS;
        reason = "as many numbers as the text has parts";
    } else if (is_label(sample, path, &reason)) {
        *kind = SCORE_LABEL;
    } else {
        *why = reason ? reason : why_refused(path);
        return false;
    }
    *why = reason;
    return true;
}
