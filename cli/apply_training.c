/* Control tokens and segments: from options and configuration to what the
 * review room does with records. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/apply_training.h"
#include "cli/session.h"
#include "stet/xalloc.h"

struct source {
    const struct invocation *in;
    const struct settings *settings;
    const char *section; /* of [tokens "..."], or NULL */
};

static const char *
from_section(const struct source *source, struct training_setup *out,
             const char *key)
{
    const struct setting *set =
        source->section
            ? settings_get(source->settings, "tokens", source->section, key)
            : NULL;

    if (!set)
        return NULL;
    return out->owned[out->owned_count++] = xstrndup(set->value);
}

/* The command line's value, else the section's; NULL: neither. */
static const char *
get(const struct source *source, struct training_setup *out, const char *name)
{
    const char *value = option_get(source->in, name);

    return value ? value : from_section(source, out, name);
}

static struct str
str_or_null(const char *text)
{
    return text && *text ? str_of(text) : (struct str){NULL, 0};
}

static enum err_code
get_number(const struct source *source, struct training_setup *out,
           const char *name, double *value, struct error *err)
{
    const char *text = get(source, out, name);
    bool is_rate = strcmp(name, "threshold") != 0;
    char *end;

    if (!text)
        return ERR_OK;
    *value = strtod(text, &end);
    if (end == text || *end || isnan(*value) ||
        (is_rate && (*value < 0 || *value > 1)))
        return usage_error(source->in, err, "--%s takes a number%s, not '%s'",
                           name, is_rate ? " from 0 to 1" : "", text);
    return ERR_OK;
}

/* Words with commas or blanks between them, as words with blanks. */
static struct str
get_words(const struct source *source, struct training_setup *out,
          const char *name)
{
    const char *text = get(source, out, name);
    char *copy;

    if (!text)
        return (struct str){"", 0};
    copy = out->owned[out->owned_count++] = xstrdup(text);
    for (char *at = copy; *at; at++)
        if (*at == ',')
            *at = ' ';
    return str_of(copy);
}

/* good=TOKEN,bad=TOKEN: either may be left out; a token may hold no comma. */
static enum err_code
parse_pair(const struct source *source, struct training_setup *out,
           const char *text, struct error *err)
{
    char *copy = out->owned[out->owned_count++] = xstrdup(text);
    char *rest = copy;

    for (char *part; (part = strsep(&rest, ","));) {
        if (strncmp(part, "good=", 5) == 0 && part[5])
            out->options.good = str_of(part + 5);
        else if (strncmp(part, "bad=", 4) == 0 && part[4])
            out->options.bad = str_of(part + 4);
        else
            return usage_error(source->in, err,
                               "--tokens takes good=TOKEN,bad=TOKEN, or the "
                               "name of a section [tokens \"NAME\"]");
    }
    return ERR_OK;
}

static enum err_code
find_section(struct source *source, const char *name, struct error *err)
{
    for (size_t i = 0;; i++) {
        const struct setting *set = settings_at(source->settings, i);

        if (!set)
            return usage_error(source->in, err,
                               "no section [tokens \"%s\"] in the "
                               "configuration",
                               name);
        if (str_equal(set->section, STR_LIT("tokens")) &&
            str_equal(set->sub, str_of(name))) {
            source->section = name;
            return ERR_OK;
        }
    }
}

static enum err_code
get_tokens(struct source *source, struct training_setup *out, struct error *err)
{
    const char *tokens = option_get(source->in, "tokens");
    enum err_code code = ERR_OK;

    if (tokens && strchr(tokens, '='))
        code = parse_pair(source, out, tokens, err);
    else if (tokens)
        code = find_section(source, tokens, err);
    if (code)
        return code;
    if (source->section) {
        out->options.good = str_or_null(from_section(source, out, "good"));
        out->options.bad = str_or_null(from_section(source, out, "bad"));
    }
    out->options.inject = str_or_null(get(source, out, "inject"));
    return ERR_OK;
}

static enum err_code
get_unit(const struct source *source, struct training_setup *out,
         struct error *err)
{
    const char *unit = get(source, out, "unit");

    for (unsigned i = 0; unit && i < TRAINING_UNITS; i++)
        if (strcmp(unit, training_unit_names[i]) == 0) {
            out->options.unit = (enum training_unit)i;
            return ERR_OK;
        }
    return unit ? usage_error(source->in, err,
                              "--unit takes sentence, line or given, not '%s'",
                              unit)
                : ERR_OK;
}

/* A [score] of the configuration, else a path in the records. */
static enum err_code
get_score(const struct source *source, struct training_setup *out,
          struct error *err)
{
    struct training_options *options = &out->options;
    const char *name = get(source, out, "score");
    const char *end = option_get(source->in, "bad");
    const struct setting *set;
    enum err_code code = ERR_OK;

    options->threshold = (double)NAN;
    if (!name)
        return end ? usage_error(source->in, err,
                                 "--bad says which end of a "
                                 "--score is bad")
                   : ERR_OK;
    options->score = name;
    if ((set = settings_get(source->settings, "score", name, "path")))
        options->score = out->owned[out->owned_count++] = xstrndup(set->value);
    if ((set = settings_get(source->settings, "score", name, "bad")))
        options->low_is_bad = str_equal(set->value, STR_LIT("low"));
    if ((set = settings_get(source->settings, "score", name, "threshold"))) {
        char *text = out->owned[out->owned_count++] = xstrndup(set->value);

        options->threshold = strtod(text, NULL);
    }
    if (end && strcmp(end, "low") != 0 && strcmp(end, "high") != 0)
        return usage_error(source->in, err, "--bad takes high or low");
    if (end)
        options->low_is_bad = strcmp(end, "low") == 0;
    code = get_number(source, out, "threshold", &options->threshold, err);
    if (!code && isnan(options->threshold) && !options->segments)
        code = usage_error(source->in, err,
                           "%s has no threshold: --threshold N", name);
    if (!code && options->low_is_bad && options->segments)
        code = usage_error(source->in, err,
                           "%s is bad at its low end: it cannot stand beside "
                           "people's 0 for good and 1 for bad",
                           name);
    return code;
}

/* Which verdicts say good and bad. */
static enum err_code
get_verdicts(const struct source *source, struct training_setup *out,
             struct error *err)
{
    struct verdict_set set = {NULL, 0};
    struct buf words[2] = {{0}, {0}};
    enum err_code code = verdict_set_load(&set, source->settings, err);

    for (size_t i = 0; i < set.count && !code; i++)
        if (set.defs[i].side != VERDICT_NEITHER)
            xbuf_printf(&words[set.defs[i].side == VERDICT_BAD], "%s ",
                        set.defs[i].value);
    verdict_set_release(&set);
    if (code)
        return code;
    for (int i = 0; i < 2; i++)
        out->owned[out->owned_count++] = buf_take(&words[i]);
    out->options.good_verdicts = str_of(out->owned[out->owned_count - 2]);
    out->options.bad_verdicts = str_of(out->owned[out->owned_count - 1]);
    return ERR_OK;
}

static enum err_code
check(const struct source *source, const struct training_options *options,
      struct error *err)
{
    if (options->segments && options->inject.ptr)
        return usage_error(source->in, err,
                           "--segments leaves texts as they are: no --inject");
    if (!options->segments && !options->good.ptr && !options->bad.ptr &&
        !options->inject.ptr)
        return usage_error(source->in, err, "no token is given");
    return ERR_OK;
}

static enum err_code
fill(struct training_setup *out, struct source *source, struct error *err)
{
    struct training_options *options = &out->options;
    uint64_t seed = 0;
    enum err_code code =
        option_uint(source->in, "seed", 0, UINT64_MAX, &seed, err);

    options->segments = option_given(source->in, "segments");
    options->allow_collisions = option_given(source->in, "allow-collisions");
    options->seed = seed;
    options->dropout = 0.01;
    options->rate = 0.05;
    if (!code)
        code = get_tokens(source, out, err);
    if (!code)
        code = get_number(source, out, "dropout", &options->dropout, err);
    if (!code)
        code = get_number(source, out, "rate", &options->rate, err);
    if (!code)
        code = get_unit(source, out, err);
    if (!code)
        code = get_score(source, out, err);
    if (!code)
        code = get_verdicts(source, out, err);
    options->bad_tags = get_words(source, out, "bad-tags");
    options->good_tags = get_words(source, out, "good-tags");
    return code ? code : check(source, options, err);
}

enum err_code
training_setup(struct training_setup *out, const struct invocation *in,
               struct error *err)
{
    static const char *const rules[] = {
        "dropout", "rate",      "seed",     "unit",      "score",
        "bad",     "threshold", "bad-tags", "good-tags", "allow-collisions"};
    struct source source = {.in = in};
    struct error none = ERROR_INIT;
    enum err_code code;

    *out = (struct training_setup){.given = option_given(in, "segments") ||
                                            option_given(in, "tokens") ||
                                            option_given(in, "inject")};
    for (size_t i = 0; !out->given && i < sizeof(rules) / sizeof(rules[0]); i++)
        if (option_given(in, rules[i]))
            return usage_error(in, err,
                               "--%s belongs to --segments, --tokens "
                               "or --inject",
                               rules[i]);
    if (!out->given)
        return ERR_OK;
    code = workspace_open(&out->ws, option_get(in, "directory"),
                          option_given(in, "trust"), &none);
    if (code && code != ERR_NOTFOUND) {
        *err = none;
        return code;
    }
    if (code)
        out->none = settings_new();
    source.settings = code ? out->none : out->ws->settings;
    return fill(out, &source, err);
}

void
training_setup_release(struct training_setup *setup)
{
    for (size_t i = 0; i < setup->owned_count; i++)
        free(setup->owned[i]);
    settings_free(setup->none);
    workspace_close(setup->ws);
}

void
training_print(const struct training_options *options,
               const struct training_counts *counts, FILE *to)
{
    (void)fprintf(
        to,
        "%llu documents: %llu segments, of them %llu good, %llu bad, "
        "%llu unknown\n",
        (unsigned long long)counts->documents,
        (unsigned long long)counts->segments, (unsigned long long)counts->good,
        (unsigned long long)counts->bad, (unsigned long long)counts->unknown);
    if (!options->segments && (options->good.ptr || options->bad.ptr))
        (void)fprintf(to, "%llu segments left without their token by chance\n",
                      (unsigned long long)counts->dropped);
    if (options->inject.ptr)
        (void)fprintf(to, "%llu tokens put between words\n",
                      (unsigned long long)counts->injected);
    if (counts->left)
        complain("%llu documents are read-only and stay as they are",
                 (unsigned long long)counts->left);
    if (counts->collisions)
        complain("%llu documents had a control token in their text already",
                 (unsigned long long)counts->collisions);
}
