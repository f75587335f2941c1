/* `stet stats`: progress, verdicts and tags, score histograms with the
 * reviewers' verdicts in each band. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/command_list.h"
#include "cli/session.h"
#include "cli/stats_agreement.h"
#include "cli/stats_threshold.h"
#include "stet/xalloc.h"

#define BANDS 10
#define NAMES_MAX 16

static const struct option_def stats_options[] = {
    {"mine", 0, NULL, "my own annotations only"},
    {"score", 0, "NAME", "this score's bands (default: all, briefly)"},
    {"query", 0, "QUERY", "over these documents only"},
    {"threshold", 0, "N", "precision and recall there, not at the score's own"},
    {"agreement", 0, NULL, "how far reviewers agree, instead of all that"},
    {"from", 0, "PATH", "agreement of the raters in this member of documents"},
    {"rater", 0, "NAME", "who rated, in --from's objects"},
    {"value", 0, "PATH", "the rating in them; or a condition, as 'score<0'"},
    {"counts", 0, "A,B", "members of --from that count who chose each"},
    {"models", 0, NULL, "model raters, too, in pairs with people"},
    {"pairs", 0, "N", "pairs of raters to print (20)"},
    {"resamples", 0, "N", "of the bootstrap's (1000; 0: no intervals)"},
    {"seed", 0, "N", "of the bootstrap (1)"},
    {NULL, 0, NULL, NULL},
};

/* The documents of one value of `verdict` or `tag`. */
struct group {
    struct str field, value;
    struct bits docs;
};
struct groups {
    struct group list[2 * NAMES_MAX];
    size_t count;
};

struct bands {
    double low, high;
    uint64_t known, unknown;
    uint64_t all[BANDS];
    uint64_t by_group[2 * NAMES_MAX][BANDS];
};

static enum err_code
add_groups(struct session *session, const char *field, struct str by,
           const struct name_count *names, size_t count, struct groups *groups,
           struct error *err)
{
    enum err_code code = ERR_OK;

    for (size_t i = 0; !code && i < count && i < NAMES_MAX; i++) {
        struct group *group = &groups->list[groups->count];
        struct query_field wanted = {
            .name = str_of(field),
            .value = names[i].name,
            .low = (double)NAN,
            .high = (double)NAN,
            .by = by,
        };

        code = bits_init(&group->docs, index_count(session->index), err);
        if (code)
            break;
        groups->count++;
        group->field = str_of(field);
        group->value = names[i].name;
        code = resolve_named(session->resolver, &wanted, &group->docs, err);
    }
    return code;
}

static enum err_code
load_groups(struct session *session, bool mine, struct groups *groups,
            struct error *err)
{
    struct name_count *verdicts;
    struct name_count *tags;
    size_t verdict_count;
    size_t tag_count;
    struct str by = mine ? str_of("me") : (struct str){NULL, 0};
    enum err_code code = store_verdict_counts(session->store, &session->arena,
                                              &verdicts, &verdict_count, err);

    if (!code)
        code = store_tag_counts(session->store, &session->arena, &tags,
                                &tag_count, err);
    if (!code)
        code = add_groups(session, "verdict", by, verdicts, verdict_count,
                          groups, err);
    if (!code)
        code = add_groups(session, "tag", by, tags, tag_count, groups, err);
    return code;
}

static void
fill_range(struct session *session, unsigned score, const struct hits *hits,
           struct bands *bands)
{
    const struct score_def *def = index_score_def(session->index, score);
    double low = HUGE_VAL;
    double high = -HUGE_VAL;

    for (uint32_t i = 0; i < hits->count; i++) {
        double value = index_score(session->index, score, hits->docs[i]);

        if (isfinite(value)) {
            low = fmin(low, value);
            high = fmax(high, value);
        }
    }
    if (isfinite(def->min) && isfinite(def->max) && def->min <= low &&
        def->max >= high) {
        low = def->min;
        high = def->max;
    }
    bands->low = isfinite(low) ? low : 0;
    bands->high = high > low ? high : bands->low + 1;
}

/* Where a band starts, without the noise of adding up widths. */
static double
band_start(const struct bands *bands, size_t band)
{
    return (bands->low * (double)(BANDS - band) + bands->high * (double)band) /
           BANDS;
}

static size_t
band_of(const struct bands *bands, double value)
{
    size_t band = BANDS - 1;

    while (band && value < band_start(bands, band))
        band--;
    return band;
}

static void
fill_bands(struct session *session, unsigned score, const struct hits *hits,
           const struct groups *groups, struct bands *bands)
{
    *bands = (struct bands){0};
    fill_range(session, score, hits, bands);
    for (uint32_t i = 0; i < hits->count; i++) {
        double value = index_score(session->index, score, hits->docs[i]);
        size_t band;

        if (!isfinite(value)) {
            bands->unknown++;
            continue;
        }
        band = band_of(bands, value);
        bands->known++;
        bands->all[band]++;
        for (size_t g = 0; g < groups->count; g++)
            bands->by_group[g][band] +=
                bits_get(&groups->list[g].docs, hits->docs[i]);
    }
}

static void
print_bands(const struct score_def *def, const struct bands *bands,
            const struct groups *groups)
{
    uint64_t most = 1;

    putchar('\n');
    print_escaped(str_of(def->name), 60);
    printf("  %llu scored, %llu unknown%s\n", (unsigned long long)bands->known,
           (unsigned long long)bands->unknown,
           def->bad == SCORE_BAD_HIGH  ? ", high is bad"
           : def->bad == SCORE_BAD_LOW ? ", low is bad"
                                       : "");
    for (size_t b = 0; b < BANDS; b++)
        most = bands->all[b] > most ? bands->all[b] : most;
    for (size_t b = 0; b < BANDS; b++) {
        int bar = (int)(30 * (double)bands->all[b] / (double)most + 0.5);

        printf("  %9.4g .. %-9.4g |%-30.*s %9llu", band_start(bands, b),
               band_start(bands, b + 1), bar, "##############################",
               (unsigned long long)bands->all[b]);
        for (size_t g = 0; g < groups->count; g++) {
            if (!bands->by_group[g][b])
                continue;
            printf("  ");
            print_escaped(groups->list[g].value, 20);
            printf(" %llu", (unsigned long long)bands->by_group[g][b]);
        }
        putchar('\n');
    }
}

static void
print_json_bands(const struct score_def *def, const struct bands *bands,
                 const struct groups *groups)
{
    for (size_t b = 0; b < BANDS; b++) {
        struct buf line = {0};
        struct json_out w = {&line, false};

        json_open(&w, '{');
        json_key(&w, "score");
        json_str(&w, str_of(def->name));
        json_key(&w, "low");
        json_double(&w, band_start(bands, b));
        json_key(&w, "high");
        json_double(&w, band_start(bands, b + 1));
        json_key(&w, "documents");
        json_int(&w, (int64_t)bands->all[b]);
        for (size_t g = 0; g < groups->count; g++) {
            char *key = xasprintf("%.*s:%.*s", STR_FMT(groups->list[g].field),
                                  STR_FMT(groups->list[g].value));

            json_key(&w, key);
            json_int(&w, (int64_t)bands->by_group[g][b]);
            free(key);
        }
        json_close(&w, '}');
        print_json_line(&line);
        buf_release(&line);
    }
}

static void
print_json_progress(const struct session *session, const struct store_counts *c,
                    const struct round_counts *round)
{
    const struct {
        const char *name;
        uint64_t value;
    } members[] = {
        {"documents", index_live_count(session->index)},
        {"judged", c->judged},
        {"judged_today", c->today},
        {"skipped", c->skipped},
        {"dropped", c->dropped},
        {"rewritten", c->rewritten},
        {"escalated", c->escalated},
        {"annotations", c->annotations},
        {"holding", round->holding},
        {"applied", round->applied},
        {"changed", round->changed},
        {"gone", round->gone},
        {"undecided", round->undecided},
    };
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        json_key(&w, members[i].name);
        json_int(&w, (int64_t)members[i].value);
    }
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

/* Only after a round: until then all decisions hold. */
static void
print_round(const struct round_counts *round)
{
    if (round->applied + round->changed + round->gone == 0)
        return;
    printf("decided documents: %llu as they were, %llu with the edits applied, "
           "%llu with another text, %llu gone; %llu undecided\n",
           (unsigned long long)round->holding,
           (unsigned long long)round->applied,
           (unsigned long long)round->changed, (unsigned long long)round->gone,
           (unsigned long long)round->undecided);
}

static enum err_code
print_progress(struct session *session, bool mine, struct error *err)
{
    struct store_counts c;
    struct round_counts round;
    struct name_count *verdicts;
    struct name_count *tags;
    size_t verdict_count;
    size_t tag_count;
    enum err_code code = store_count(
        session->store,
        mine ? str_of(store_reviewer(session->store)) : (struct str){NULL, 0},
        &c, err);

    if (!code)
        code = store_verdict_counts(session->store, &session->arena, &verdicts,
                                    &verdict_count, err);
    if (!code)
        code = store_tag_counts(session->store, &session->arena, &tags,
                                &tag_count, err);
    if (!code)
        code = resolve_round(session->resolver, &round, err);
    if (code)
        return code;
    if (session->json) {
        print_json_progress(session, &c, &round);
        return ERR_OK;
    }
    printf("%u documents; %llu judged (%llu today), %llu skipped, %llu "
           "dropped, %llu rewritten, %llu escalated; %llu annotations\n",
           index_live_count(session->index), (unsigned long long)c.judged,
           (unsigned long long)c.today, (unsigned long long)c.skipped,
           (unsigned long long)c.dropped, (unsigned long long)c.rewritten,
           (unsigned long long)c.escalated, (unsigned long long)c.annotations);
    print_round(&round);
    for (size_t i = 0; i < verdict_count; i++) {
        printf("%s", i ? "  " : "verdicts: ");
        print_escaped(verdicts[i].name, 40);
        printf(" %llu%s", (unsigned long long)verdicts[i].count,
               i + 1 == verdict_count ? "\n" : "");
    }
    for (size_t i = 0; i < tag_count; i++) {
        printf("%s", i ? "  " : "tags: ");
        print_escaped(tags[i].name, 40);
        printf(" %llu%s", (unsigned long long)tags[i].count,
               i + 1 == tag_count ? "\n" : "");
    }
    return ERR_OK;
}

/* What the bands are of. */
struct stats {
    const char *only; /* a score's name, or NULL */
    double threshold; /* NaN: each score's own */
    struct hits hits;
    struct groups groups;
    struct judged_hits judged;
};

static enum err_code
print_scores(struct session *session, const struct stats *stats,
             struct error *err)
{
    const char *only = stats->only;
    bool found = false;
    enum err_code code = ERR_OK;

    for (unsigned i = 0; !code && i < index_score_count(session->index); i++) {
        const struct score_def *def = index_score_def(session->index, i);
        struct bands bands;
        unsigned wanted;

        if (def->kind == SCORE_LABEL)
            continue;
        if (only && (!index_score_find(session->index, str_of(only), &wanted) ||
                     wanted != i))
            continue;
        fill_bands(session, i, &stats->hits, &stats->groups, &bands);
        if (!bands.known && !only)
            continue;
        found = true;
        if (session->json)
            print_json_bands(def, &bands, &stats->groups);
        else
            print_bands(def, &bands, &stats->groups);
        code =
            print_threshold(session, i, stats->threshold, &stats->judged, err);
    }
    if (!code && only && !found)
        return error_set(err, ERR_USAGE, "no score named '%s'", only);
    return code;
}

static enum err_code
read_threshold(const struct invocation *in, struct stats *stats,
               struct error *err)
{
    const char *text = option_get(in, "threshold");
    char *end = NULL;

    stats->only = option_get(in, "score");
    stats->threshold = text ? strtod(text, &end) : (double)NAN;
    if (text && (end == text || *end || !isfinite(stats->threshold)))
        return usage_error(in, err, "--threshold: expected a number");
    if (text && !stats->only)
        return usage_error(in, err, "--threshold needs --score");
    return ERR_OK;
}

/* Ratings in the documents need no store. */
static enum err_code
run_agreement(const struct invocation *in, struct error *err)
{
    struct session session = {0};
    unsigned needs = option_given(in, "from")
                         ? NEED_INDEX
                         : NEED_STORE_READ | NEED_INDEX | NEED_RESOLVER;
    enum err_code code = session_open(&session, in, needs, err);

    if (!code)
        code = print_agreement(&session, in, err);
    session_close(&session);
    return code;
}

static const char *const of_agreement[] = {
    "from", "rater", "value", "counts", "models", "pairs", "resamples", "seed"};

static enum err_code
run_stats(const struct invocation *in, int *status, struct error *err)
{
    struct session session = {0};
    struct stats stats = {0};
    const struct query *query;
    const char *text = option_get(in, "query");
    bool mine = option_given(in, "mine");
    enum err_code code = read_threshold(in, &stats, err);

    (void)status;
    if (code)
        return code;
    interrupt_catch();
    if (option_given(in, "agreement"))
        return run_agreement(in, err);
    for (size_t i = 0; i < sizeof(of_agreement) / sizeof(of_agreement[0]); i++)
        if (option_given(in, of_agreement[i]))
            return usage_error(in, err, "--%s needs --agreement",
                               of_agreement[i]);
    code = session_open(&session, in,
                        NEED_STORE_READ | NEED_INDEX | NEED_RESOLVER, err);
    if (!code)
        code = load_groups(&session, mine, &stats.groups, err);
    if (!code)
        code = session_search(&session, text ? text : "", &query, &stats.hits,
                              err);
    if (!code)
        code = judged_hits_load(&session, str_of(text ? text : ""), &stats.hits,
                                &stats.judged, err);
    if (!code)
        code = print_progress(&session, mine, err);
    if (!code)
        code = print_scores(&session, &stats, err);
    for (size_t i = 0; i < stats.groups.count; i++)
        bits_release(&stats.groups.list[i].docs);
    judged_hits_release(&stats.judged);
    hits_release(&stats.hits);
    session_close(&session);
    return code;
}

const struct command command_stats = {
    "stats",
    "[OPTIONS]",
    "Print progress, verdicts and tags by score band, or how far reviewers "
    "agree",
    "--agreement prints, for verdicts, ratings and each tag, the share of "
    "agreeing pairs, Cohen's and Fleiss' kappa, Krippendorff's alpha (nominal, "
    "ordinal, interval) and Gwet's AC1, each with an interval at 95 % from a "
    "seeded bootstrap over documents, with how common every value is; then the "
    "pairs of reviewers. Only decisions of people count, given while reading "
    "or imported; not those of commands and bulk actions. --models adds pairs "
    "with model raters, whom the other figures never count. Where "
    "one value is rare, alpha and kappa are low however much people agree, so "
    "look at all. --from PATH takes the raters from the documents instead: a "
    "list of objects with --rater and --value, a list of values, an object of "
    "values by rater, or, with --counts, how many chose each member. Of a "
    "rater's several ratings of one document the first counts.",
    stats_options,
    run_stats,
};
