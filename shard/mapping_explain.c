/* The mapping in words, for `stet index --explain`. Keys and examples come
 * from data; whoever prints the lines escapes them. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "stet/mapping.h"

#include "shard/mapping_sample.h"

#define REFUSED_MAX 40 /* members named that are no scores */

struct explain {
    const struct mapping *mapping, *given,
        *options; /* the latter may be NULL */
    const struct mapping_sample *sample;
    struct buf *out;
};

static const char *
role_of(const struct mapping *mapping, enum role role)
{
    if (!mapping)
        return NULL;
    switch (role) {
    case ROLE_TEXT:
        return mapping->text;
    case ROLE_ID:
        return mapping->id;
    case ROLE_SOURCE:
        return mapping->source;
    case ROLE_LANG:
        return mapping->lang;
    case ROLE_COUNT:
        break;
    }
    return NULL;
}

static bool
has_role(const struct mapping *mapping, const char *path)
{
    for (enum role role = ROLE_TEXT; role < ROLE_COUNT; role++)
        if (role_of(mapping, role) && strcmp(role_of(mapping, role), path) == 0)
            return true;
    return false;
}

static uint64_t
times_in_records(const struct mapping_sample *sample,
                 const struct sample_path *seen)
{
    uint64_t times = seen ? seen->in_records : 0;

    return times < sample->records ? times : sample->records;
}

static void
explain_example(const struct sample_path *path, struct buf *out)
{
    if (path && path->example_len > 0) {
        xbuf_printf(out, ", for instance ");
        xbuf_append(out, path->example, path->example_len);
        xbuf_printf(out, "%s", path->example_cut ? "..." : "");
    }
}

/* Repeated keys are not counted twice. */
static uint64_t
times_seen(const struct mapping_sample *sample, const struct sample_path *seen)
{
    uint64_t times = seen ? sample_times(seen) : 0;

    return times < sample->records ? times : sample->records;
}

static const char *
type_seen(const struct sample_path *path)
{
    if (path->objects > 0)
        return "an object";
    if (path->shapes[SHAPE_STRINGS] > 0)
        return "a list of strings";
    if (path->arrays > 0)
        return "a list";
    if (path->strings > 0)
        return "a string";
    if (path->integers > 0)
        return "an integer";
    if (path->numbers > 0)
        return "a number";
    return path->booleans > 0 ? "true or false" : "null";
}

/* The other members that could have had the role, and why they have not. */
static void
explain_others(enum role role, const char *taken, bool set,
               const struct mapping_sample *sample, struct buf *out)
{
    bool before = true; /* in the order of names, of the one taken */

    for (size_t i = 0; i < ROLE_PATHS_MAX && role_paths[role][i]; i++) {
        const char *name = role_paths[role][i];
        const struct sample_path *seen = sample_find(sample, name);

        if (taken && strcmp(name, taken) == 0) {
            before = false;
            continue;
        }
        if (!seen || seen->in_records == 0)
            continue;
        xbuf_printf(out, "        not %s: ", name);
        if (set)
            xbuf_printf(out, "%s was set\n", *taken ? taken : "another");
        else if (before || !role_fits(role, seen))
            xbuf_printf(out, "it is %s\n", type_seen(seen));
        else
            xbuf_printf(out, "%s comes first\n", taken);
    }
}

static void
explain_field(const struct explain *explain, enum role role)
{
    static const char *const names[] = {"text", "id", "source", "lang"};
    const struct mapping_sample *sample = explain->sample;
    struct buf *out = explain->out;
    const char *path = role_of(explain->mapping, role);
    const char *given = role_of(explain->given, role);
    const char *option = role_of(explain->options, role);
    const struct sample_path *seen;

    if (!path) {
        xbuf_printf(out, "%-7s none\n", names[role]);
        explain_others(role, NULL, false, sample, out);
        return;
    }
    if (!*path) {
        xbuf_printf(out, "%-7s the record itself, a bare string (%llu)\n",
                    names[role], (unsigned long long)sample->bare);
        return;
    }
    seen = sample_find(sample, path);
    xbuf_printf(out, "%-7s %s: in %llu of %llu records", names[role], path,
                (unsigned long long)times_in_records(sample, seen),
                (unsigned long long)sample->records);
    explain_example(seen, out);
    xbuf_append(out, "\n", 1);
    if (option)
        xbuf_printf(out, "        set by --%s\n", names[role]);
    else if (given)
        xbuf_printf(out, "        set by corpus.%s in the configuration\n",
                    names[role]);
    explain_others(role, path, given || option, sample, out);
}

static const struct score_def *
find_score(const struct mapping *mapping, const char *path)
{
    for (size_t i = 0; mapping && i < mapping->score_count; i++)
        if (strcmp(mapping->scores[i].path, path) == 0)
            return &mapping->scores[i];
    return NULL;
}

/* Why it is a score, of this kind, and why this end is bad. */
static void
explain_reason(const struct explain *explain, const struct score_def *def,
               const struct sample_path *seen)
{
    struct buf *out = explain->out;
    enum score_kind kind;
    const char *why = NULL;
    const char *word = "";
    enum score_bad bad;

    if (find_score(explain->options, def->path)) {
        xbuf_printf(out, "        set by --score\n");
        return;
    }
    if (find_score(explain->given, def->path)) {
        xbuf_printf(out, "        set in the configuration\n");
        return;
    }
    if (!seen || !score_judge(explain->sample, seen, &kind, &why))
        return;
    xbuf_printf(out, "        %s", why);
    bad = score_guess_bad((struct str){seen->key, seen->key_len}, &word);
    if (def->kind == SCORE_LABEL)
        xbuf_printf(out, ", %u different",
                    seen->objects > 0 ? seen->children : seen->label_count);
    else if (bad == SCORE_BAD_UNKNOWN)
        xbuf_printf(out, "; its name does not say which end is bad");
    else
        xbuf_printf(out, "; \"%s\" in its name: %s is bad", word,
                    bad == SCORE_BAD_HIGH ? "high" : "low");
    xbuf_append(out, "\n", 1);
}

static void
explain_score(const struct explain *explain, const struct score_def *def)
{
    static const char *const bads[] = {"unknown", "high", "low"};
    const struct mapping_sample *sample = explain->sample;
    const struct sample_path *seen = sample_find(sample, def->path);
    struct buf *out = explain->out;

    xbuf_printf(out, "score   %s = %s: %s", def->name, def->path,
                score_kind_names[def->kind]);
    if (def->kind != SCORE_LABEL) {
        if (!isnan(def->min) && !isnan(def->max))
            xbuf_printf(out, " in %g..%g", def->min, def->max);
        xbuf_printf(out, ", bad end %s", bads[def->bad]);
    }
    if (!isnan(def->threshold))
        xbuf_printf(out, ", threshold %g", def->threshold);
    xbuf_printf(out, ": in %llu of %llu records",
                (unsigned long long)times_seen(sample, seen),
                (unsigned long long)sample->records);
    if (seen && !isnan(seen->min) && !isnan(seen->max))
        xbuf_printf(out, ", seen %g..%g", seen->min, seen->max);
    explain_example(seen, out);
    xbuf_append(out, "\n", 1);
    explain_reason(explain, def, seen);
}

/* What looked like a score and was not taken. */
static void
explain_refused(const struct explain *explain)
{
    const struct mapping_sample *sample = explain->sample;
    size_t said = 0;

    for (uint32_t i = 1; i < sample->count; i++) {
        const struct sample_path *path = &sample->paths[i];
        struct buf name = {0};
        enum score_kind kind;
        const char *why;

        if (score_judge(sample, path, &kind, &why) || !why)
            continue;
        sample_format(sample, path, &name);
        if (!has_role(explain->mapping, xbuf_cstr(&name)) &&
            !find_score(explain->mapping, name.ptr) && ++said <= REFUSED_MAX)
            xbuf_printf(explain->out, "no      %s: %s\n", name.ptr, why);
        buf_release(&name);
    }
    if (said > REFUSED_MAX)
        xbuf_printf(explain->out, "no      %zu more\n", said - REFUSED_MAX);
}

void
mapping_explain(const struct mapping *mapping, const struct mapping *given,
                const struct mapping *options,
                const struct mapping_sample *sample, struct buf *out)
{
    const struct explain explain = {mapping, given, options, sample, out};

    for (enum role role = ROLE_TEXT; role < ROLE_COUNT; role++)
        explain_field(&explain, role);
    for (size_t i = 0; i < mapping->score_count; i++)
        explain_score(&explain, &mapping->scores[i]);
    explain_refused(&explain);
    if (sample->dropped > 0)
        xbuf_printf(out,
                    "note    %llu keys over the limit of %d paths were "
                    "not looked at\n",
                    (unsigned long long)sample->dropped, SAMPLE_PATHS_MAX);
}
