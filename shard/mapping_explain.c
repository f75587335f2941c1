/* The mapping in words, for `stet index --explain`. Keys and examples come
 * from data; whoever prints the lines escapes them. */
#include "config.h"

#include <math.h>

#include "stet/mapping.h"

#include "shard/mapping_sample.h"

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

static void
explain_field(const char *name, const char *path,
              const struct mapping_sample *sample, struct buf *out)
{
    const struct sample_path *seen;

    if (!path) {
        xbuf_printf(out, "%-7s none\n", name);
        return;
    }
    if (!*path) {
        xbuf_printf(out, "%-7s the record itself, a bare string (%llu)\n", name,
                    (unsigned long long)sample->bare);
        return;
    }
    seen = sample_find(sample, path);
    xbuf_printf(out, "%-7s %s: in %llu of %llu records", name, path,
                (unsigned long long)times_seen(sample, seen),
                (unsigned long long)sample->records);
    explain_example(seen, out);
    xbuf_append(out, "\n", 1);
}

static void
explain_score(const struct score_def *def, const struct mapping_sample *sample,
              struct buf *out)
{
    static const char *const kinds[] = {"number", "label", "spans", "segments"};
    static const char *const bads[] = {"unknown", "high", "low"};
    const struct sample_path *seen = sample_find(sample, def->path);

    xbuf_printf(out, "score   %s = %s: %s", def->name, def->path,
                kinds[def->kind]);
    if (def->kind != SCORE_LABEL) {
        if (!isnan(def->min) && !isnan(def->max))
            xbuf_printf(out, " in %g..%g", def->min, def->max);
        xbuf_printf(out, ", bad end %s", bads[def->bad]);
    }
    xbuf_printf(out, ": in %llu of %llu records",
                (unsigned long long)times_seen(sample, seen),
                (unsigned long long)sample->records);
    if (seen && !isnan(seen->min) && !isnan(seen->max))
        xbuf_printf(out, ", seen %g..%g", seen->min, seen->max);
    explain_example(seen, out);
    xbuf_append(out, "\n", 1);
}

void
mapping_explain(const struct mapping *mapping,
                const struct mapping_sample *sample, struct buf *out)
{
    explain_field("text", mapping->text, sample, out);
    explain_field("id", mapping->id, sample, out);
    explain_field("source", mapping->source, sample, out);
    explain_field("lang", mapping->lang, sample, out);
    for (size_t i = 0; i < mapping->score_count; i++)
        explain_score(&mapping->scores[i], sample, out);
    if (sample->dropped > 0)
        xbuf_printf(out,
                    "note    %llu keys over the limit of %d paths were "
                    "not looked at\n",
                    (unsigned long long)sample->dropped, SAMPLE_PATHS_MAX);
}
