/* How far reviewers agree, printed: for everything that was rated, over all
 * raters and for each two of them. */
#include "config.h"

#include "cli/stats_agreement.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/ratings.h"

#define PAIRS_SHOWN 20
#define RESAMPLES 1000

struct printing {
    struct session *session;
    struct agreement_options options;
    uint64_t pairs; /* printed at most of each */
    bool models;    /* are raters, in pairs */
    bool any;
};

static void
put_figure(const struct coefficient *c)
{
    if (c->gap != GAP_NONE)
        printf("  -                     ");
    else if (c->has_interval)
        printf("  %7.4f %7.4f..%-6.4f", c->value, c->interval.low,
               c->interval.high);
    else
        printf("  %7.4f                ", c->value);
}

static void
print_head(const struct rated *rated, const struct agreement *found,
           const double *shares)
{
    printf("\nagreement on ");
    if (!rated->is_member)
        printf("%s%s", rated->what, rated->name.len ? " " : "");
    print_escaped(rated->name, 60);
    printf(": %llu documents rated by two or more, %llu ratings",
           (unsigned long long)found->units,
           (unsigned long long)found->ratings);
    if (rated->rater_count)
        printf(" of %u raters", rated->rater_count);
    printf("\n ");
    for (uint32_t k = 0; k < rated->scale.count && k < 12; k++) {
        printf("%s", k ? "  " : " ");
        print_escaped(rated->categories[k], 30);
        printf(" %.1f%%", 100 * shares[k]);
    }
    if (rated->scale.count > 12)
        printf("  and %u values more", rated->scale.count - 12);
    putchar('\n');
    if (found->alone)
        printf("  %llu documents have one rating\n",
               (unsigned long long)found->alone);
    if (rated->without)
        printf("  %llu documents have none\n",
               (unsigned long long)rated->without);
    if (rated->repeated && rated->is_member)
        printf("  %llu left out: a rater's second on a document\n",
               (unsigned long long)rated->repeated);
    if (rated->unreadable)
        printf("  %llu documents left out: not what was indexed, or damaged\n",
               (unsigned long long)rated->unreadable);
    if (rated->peers_seen)
        printf("  %llu were given with others' decisions in view: not "
               "independent\n",
               (unsigned long long)rated->peers_seen);
}

static void
print_measures(const struct agreement *found)
{
    for (unsigned m = 0; m < AGREEMENT_MEASURES; m++) {
        const struct coefficient *c = &found->by[m];

        printf("  %-15s", agreement_title((enum agreement_measure)m));
        if (c->gap != GAP_NONE)
            printf("        -  %s", agreement_gap_text(c->gap));
        else
            printf("  %7.4f", c->value);
        if (c->has_interval)
            printf("  (%.4f..%.4f)", c->interval.low, c->interval.high);
        putchar('\n');
    }
}

static void
json_measures(struct json_out *w, const struct agreement *found)
{
    for (unsigned m = 0; m < AGREEMENT_MEASURES; m++) {
        const struct coefficient *c = &found->by[m];

        json_key(w, agreement_key((enum agreement_measure)m));
        json_open(w, '{');
        if (c->gap != GAP_NONE) {
            json_key(w, "why");
            json_str(w, str_of(agreement_gap_text(c->gap)));
        } else {
            json_key(w, "value");
            json_double(w, round(c->value * 1e6) / 1e6);
        }
        if (c->has_interval) {
            json_key(w, "low");
            json_double(w, round(c->interval.low * 1e6) / 1e6);
            json_key(w, "high");
            json_double(w, round(c->interval.high * 1e6) / 1e6);
        }
        json_close(w, '}');
    }
}

/* A list: values are texts of documents, and their order means something. */
static void
json_prevalence(struct json_out *w, const struct rated *rated,
                const double *shares)
{
    json_key(w, "prevalence");
    json_open(w, '[');
    for (uint32_t k = 0; k < rated->scale.count; k++) {
        json_open(w, '{');
        json_key(w, "value");
        if (rated->scale.values)
            json_double(w, rated->scale.values[k]);
        else
            json_str(w, rated->categories[k]);
        json_key(w, "share");
        json_double(w, round(shares[k] * 1e6) / 1e6);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void
print_json(const struct rated *rated, const struct rater_pair *pair,
           const struct agreement *found, const double *shares)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
    json_key(&w, "agreement");
    json_str(&w, str_of(rated->what));
    json_key(&w, "name");
    json_str(&w, rated->name);
    json_key(&w, "raters");
    if (pair) {
        json_open(&w, '[');
        json_str(&w, rated->raters[pair->a]);
        json_str(&w, rated->raters[pair->b]);
        json_close(&w, ']');
    } else {
        json_int(&w, rated->rater_count);
    }
    json_key(&w, "documents");
    json_int(&w, (int64_t)found->units);
    json_key(&w, "ratings");
    json_int(&w, (int64_t)found->ratings);
    json_key(&w, "alone");
    json_int(&w, (int64_t)found->alone);
    json_key(&w, "repeated");
    json_int(&w, (int64_t)rated->repeated);
    json_key(&w, "peers_seen");
    json_int(&w, (int64_t)rated->peers_seen);
    json_prevalence(&w, rated, shares);
    json_measures(&w, found);
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

static void
print_pair(const struct rated *rated, const struct rater_pair *pair,
           const struct agreement *found)
{
    printf("  %9llu", (unsigned long long)found->units);
    put_figure(&found->by[AGREEMENT_PERCENT]);
    put_figure(&found->by[AGREEMENT_COHEN]);
    put_figure(&found->by[AGREEMENT_AC1]);
    printf("  ");
    print_escaped(rated->raters[pair->a], 24);
    printf(", ");
    print_escaped(rated->raters[pair->b], 24);
    putchar('\n');
}

static enum err_code
print_one_pair(struct printing *p, const struct rated *rated,
               const struct rater_pairs *pairs, size_t pair, struct error *err)
{
    double shares[RATING_CATEGORIES_MAX];
    struct rating_table table = {0};
    struct agreement found;
    enum err_code code =
        rating_table_of_pair(&table, pairs, pair, rated->scale, err);

    if (code)
        return code;
    code = agreement_compute(&found, shares, &table, &p->options, err);
    rating_table_release(&table);
    if (code)
        return code;
    if (p->session->json)
        print_json(rated, &pairs->list[pair], &found, shares);
    else
        print_pair(rated, &pairs->list[pair], &found);
    return ERR_OK;
}

static bool
is_of_person(const struct rated *rated, uint32_t rater)
{
    return rater == RATER_UNKNOWN || rated->is_member ||
           !rater_is_model(rated->raters[rater]);
}

/* Of people; or of a model and anybody. */
static enum err_code
print_pairs(struct printing *p, const struct rated *rated, bool of_models,
            struct error *err)
{
    struct rater_pairs pairs = {0};
    uint64_t shown = 0;
    uint64_t more = 0;
    enum err_code code =
        rater_pairs_find(&pairs, rated->ratings, rated->count, err);

    for (size_t i = 0; !code && i < pairs.count; i++) {
        const struct rater_pair *pair = &pairs.list[i];

        if (of_models && is_of_person(rated, pair->a) &&
            is_of_person(rated, pair->b))
            continue;
        if (shown == p->pairs) {
            more++;
            continue;
        }
        if (shown++ == 0 && !p->session->json)
            printf("  documents  %-22s  %-22s  %-22s  raters\n", "percent",
                   "Cohen's kappa", "Gwet's AC1");
        code = print_one_pair(p, rated, &pairs, i, err);
    }
    if (!code && more && !p->session->json)
        printf("  and %llu pairs more (--pairs)\n", (unsigned long long)more);
    rater_pairs_release(&pairs);
    return code;
}

/* What people said: models are compared with them, never mixed, and what only
 * a model said is no value that people can give. */
struct people {
    struct rated rated;
    struct str categories[RATING_CATEGORIES_MAX];
    double values[RATING_CATEGORIES_MAX];
};

static void
keep_categories(const struct rated *rated, struct people *people,
                struct rating *ratings)
{
    uint32_t places[RATING_CATEGORIES_MAX];
    bool used[RATING_CATEGORIES_MAX] = {false};
    uint32_t count = 0;

    for (size_t i = 0; i < rated->count; i++)
        used[rated->ratings[i].category] |=
            is_of_person(rated, rated->ratings[i].rater);
    for (uint32_t k = 0; k < rated->scale.count; k++) {
        places[k] = count;
        if (!used[k] && rated->what[0] != 't') /* a tag is there or not */
            continue;
        people->categories[count] = rated->categories[k];
        if (rated->scale.values)
            people->values[count] = rated->scale.values[k];
        count++;
    }
    for (size_t i = 0; i < people->rated.count; i++)
        ratings[i].category = places[ratings[i].category];
    people->rated.categories = people->categories;
    people->rated.scale.count = count;
    if (rated->scale.values)
        people->rated.scale.values = people->values;
}

/* `ratings` has room for all of them. */
static void
people_of(const struct rated *rated, struct people *out, struct rating *ratings)
{
    out->rated = *rated;
    out->rated.count = 0;
    for (size_t i = 0; i < rated->count; i++)
        if (is_of_person(rated, rated->ratings[i].rater))
            ratings[out->rated.count++] = rated->ratings[i];
    out->rated.ratings = ratings;
    for (uint32_t r = 0; r < rated->rater_count; r++)
        out->rated.rater_count -= !is_of_person(rated, r);
    keep_categories(rated, out, ratings);
}

static enum err_code
print_people(struct printing *p, const struct rated *rated, struct error *err)
{
    double shares[RATING_CATEGORIES_MAX];
    struct rating_table table = {0};
    struct agreement found;
    enum err_code code = rating_table_make(&table, rated->ratings, rated->count,
                                           rated->scale, err);

    if (!code)
        code = agreement_compute(&found, shares, &table, &p->options, err);
    rating_table_release(&table);
    if (code)
        return code;
    p->any = true;
    if (p->session->json) {
        print_json(rated, NULL, &found, shares);
    } else {
        print_head(rated, &found, shares);
        print_measures(&found);
    }
    return ERR_OK;
}

static enum err_code
print_rated(void *ctx, const struct rated *rated, struct error *err)
{
    struct printing *p = ctx;
    struct people people;
    struct rating *ratings;
    enum err_code code;

    if (rated->count == 0)
        return ERR_OK;
    ratings = calloc(rated->count, sizeof(*ratings));
    if (!ratings)
        return error_nomem(err);
    people_of(rated, &people, ratings);
    code = print_people(p, &people.rated, err);
    if (!code)
        code = print_pairs(p, &people.rated, false, err);
    if (!code && p->models)
        code = print_pairs(p, rated, true, err);
    free(ratings);
    return code;
}

static enum err_code
read_options(const struct invocation *in, struct printing *p,
             struct ratings_member *member, struct error *err)
{
    uint64_t resamples = 0;
    enum err_code code =
        option_uint(in, "resamples", RESAMPLES, 100000, &resamples, err);

    if (!code)
        code = option_uint(in, "seed", 1, UINT64_MAX, &p->options.seed, err);
    if (!code)
        code =
            option_uint(in, "pairs", PAIRS_SHOWN, UINT32_MAX, &p->pairs, err);
    p->options.resamples = (uint32_t)resamples;
    p->models = option_given(in, "models");
    p->options.cancel = interrupt_flag();
    *member = (struct ratings_member){
        option_get(in, "from"), option_get(in, "rater"),
        option_get(in, "value"), option_get(in, "counts")};
    if (!code && !member->from &&
        (member->rater || member->value || member->counts))
        code =
            usage_error(in, err, "--rater, --value and --counts need --from");
    if (!code && member->counts && (member->rater || member->value))
        code =
            usage_error(in, err, "--counts goes without --rater and --value");
    return code;
}

static enum err_code
print_of_store(struct printing *p, const struct hits *hits, bool all,
               struct error *err)
{
    struct bits within = {0};
    enum err_code code =
        bits_init(&within, index_count(p->session->index), err);

    for (uint32_t i = 0; !code && i < hits->count; i++)
        bits_set(&within, hits->docs[i]);
    if (!code)
        code = ratings_of_store(
            p->session->resolver,
            &(struct ratings_scope){all ? NULL : &within, p->models},
            print_rated, p, err);
    bits_release(&within);
    return code;
}

enum err_code
print_agreement(struct session *session, const struct invocation *in,
                struct error *err)
{
    struct printing p = {.session = session};
    struct ratings_member member;
    const struct query *query;
    const char *text = option_get(in, "query");
    struct hits hits = {0};
    enum err_code code = read_options(in, &p, &member, err);

    if (!code && (text || member.from))
        code = session_search(session, text ? text : "", &query, &hits, err);
    if (!code && member.from)
        code = ratings_of_documents(session->index, &hits, &member,
                                    interrupt_flag(), print_rated, &p, err);
    else if (!code)
        code = print_of_store(&p, &hits, !text, err);
    if (!code && !p.any && !session->json)
        printf("%s\n", member.from ? "no document has ratings there"
                                   : "nobody decided anything while reading");
    hits_release(&hits);
    return code;
}
