/* The histogram of a score over the list: the focused score, the counting as a
 * job, what of the verdicts may be seen in it. */
#include "config.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stet/xalloc.h"
#include "tui/desk_state.h"

/* What the newest count was asked for: the same again is not counted. */
struct counted {
    struct desk_histogram shown;
    bool full;
    struct desk_histogram_ask ask;
    uint64_t list;
    uint32_t count;
    uint64_t saved;
    int64_t head;
    bool asked, running;
    char *error; /* NULL: none */
    uint64_t serials;
};

struct histogram_job {
    struct job job;
    struct desk_histogram_ask ask;
    bool is_label, mine_only;
    uint32_t *docs;
    unsigned *users;
    uint32_t count;
    char *query;
    size_t query_len;
    struct desk_histogram made;
};

static void
histogram_made_release(struct desk_histogram *made)
{
    histogram_release(&made->bins);
    label_counts_release(&made->labels);
    score_points_release(&made->points);
    judgements_release(&made->judgements);
    free(made->judged);
    *made = (struct desk_histogram){0};
}

static struct counted *
counted_of(struct desk *desk)
{
    if (!desk->counted)
        desk->counted = xcalloc(1, sizeof(*desk->counted));
    return desk->counted;
}

void
desk_forget_histogram(struct desk *desk)
{
    if (!desk->counted)
        return;
    if (desk->counted->full)
        histogram_made_release(&desk->counted->shown);
    free(desk->counted->error);
    free(desk->counted);
    desk->counted = NULL;
}

static bool
same_letters(struct str a, struct str b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int x = tolower((unsigned char)a.ptr[i]);
        int y = tolower((unsigned char)b.ptr[i]);

        if (x != y && !(x == '_' && !isalnum(y)))
            return false;
    }
    return true;
}

bool
desk_score_named(const struct desk *desk, struct str name, unsigned *score)
{
    size_t found = 0;

    if (name.len == 0)
        return false;
    for (unsigned s = 0; s < desk->scores.score_count; s++) {
        struct str is = str_of(desk->scores.scores[s].name);

        if (is.len < name.len || !same_letters(name, is, name.len))
            continue;
        if (is.len == name.len) {
            *score = s;
            return true;
        }
        if (found++ == 0)
            *score = s;
    }
    return found == 1;
}

static bool
score_in_order(const struct desk *desk, unsigned *score)
{
    const struct query *parsed = desk->list.parsed;

    return parsed &&
           (parsed->order.kind == ORDER_SCORE ||
            parsed->order.kind == ORDER_NEAR) &&
           desk_score_named(desk, parsed->order.a, score);
}

static bool
score_of_document(const struct desk *desk, unsigned *score)
{
    const struct desk_document *d = desk->current ? &desk->current->data : NULL;

    if (!d || d->scores_hidden || !d->document || !d->document->scores)
        return false;
    for (unsigned s = 0; s < desk->scores.score_count; s++)
        if (!isnan(d->document->scores[s])) {
            *score = s;
            return true;
        }
    return false;
}

/* Chosen, else the one that the list is ordered by, that the mask goes by, the
 * first one that the document has, or the first number. */
unsigned
desk_focus_score(struct desk *desk)
{
    unsigned score = 0;

    if (desk->focus_is_set && desk->focus_score < desk->scores.score_count)
        return desk->focus_score;
    if (score_in_order(desk, &score))
        return score;
    if (desk->policy.mask_score && desk->policy.mask_found)
        return desk->policy.mask_number;
    if (score_of_document(desk, &score))
        return score;
    while (score + 1 < desk->scores.score_count &&
           desk->scores.scores[score].kind == SCORE_LABEL)
        score++;
    return score;
}

void
desk_set_focus_score(struct desk *desk, unsigned score)
{
    desk->focus_score = score;
    desk->focus_is_set = true;
}

const char *
desk_histogram_refusal(const struct desk *desk)
{
    if (desk->scores.score_count == 0)
        return "the documents have no scores";
    if (desk->list.blind)
        return "this list is read blind: its scores are hidden";
    if (desk->policy.blind == BLIND_ALL)
        return "scores are hidden until they are judged (blind = all)";
    return NULL;
}

static enum err_code
load_hits(struct histogram_job *job, struct lane_context *c, struct bits *hits,
          struct error *err)
{
    enum err_code code = bits_init(hits, index_count(c->index), err);

    for (uint32_t i = 0; !code && i < job->count; i++)
        if (job->docs[i] < hits->count)
            bits_set(hits, job->docs[i]);
    if (!code)
        bits_and(hits, index_live(c->index));
    return code;
}

static enum err_code
load_judged(struct histogram_job *job, struct lane_context *c,
            const struct bits *hits, struct error *err)
{
    struct query_field field = {.name = STR_LIT("is"),
                                .value = STR_LIT("judged"),
                                .low = (double)NAN,
                                .high = (double)NAN,
                                .by = STR_LIT("me")};
    struct judgement_scope scope = {.query = {job->query, job->query_len},
                                    .within = hits};
    struct bits mine = {0};
    enum err_code code = ERR_OK;

    if (job->mine_only) {
        code = bits_init(&mine, index_count(c->index), err);
        if (!code)
            code = resolve_named(c->resolver, &field, &mine, err);
        scope.shown = &mine;
    }
    if (!code)
        code = judgements_load(c->resolver, &scope, &job->made.judgements, err);
    bits_release(&mine);
    job->made.peers_hidden = job->mine_only;
    return code;
}

static void
judge_labels(struct histogram_job *job, struct lane_context *c)
{
    struct desk_histogram *made = &job->made;

    for (size_t i = 0; i < made->judgements.count; i++) {
        const struct judgement *j = &made->judgements.list[i];
        struct str set =
            index_label(c->index, LABEL_SCORE, job->ask.score, j->doc);
        struct str label;

        for (size_t at = 0; set.ptr && label_next(set, &at, &label);)
            for (size_t l = 0; l < made->labels.count; l++)
                made->judged[l][j->truth] +=
                    str_equal(made->labels.list[l].label, label);
    }
}

/* Labels live as long as the lane's index: they are copied. */
static void
keep_labels(struct histogram_job *job)
{
    struct desk_histogram *made = &job->made;

    for (size_t i = 0; i < made->labels.count; i++)
        made->labels.list[i].label =
            arena_copy(&made->judgements.arena, made->labels.list[i].label);
}

static enum err_code
count_labels(struct histogram_job *job, struct lane_context *c,
             const struct bits *hits, struct error *err)
{
    struct label_spec spec = {LABEL_SCORE, job->ask.score, hits, c->cancel};
    enum err_code code =
        label_counts_make(&job->made.labels, c->index, &spec, err);

    if (code)
        return code;
    job->made.judged =
        xcalloc(job->made.labels.count + 1, sizeof(*job->made.judged));
    judge_labels(job, c);
    keep_labels(job);
    return ERR_OK;
}

static enum err_code
count_numbers(struct histogram_job *job, struct lane_context *c,
              const struct bits *hits, struct error *err)
{
    struct histogram_spec spec = {job->ask.score, hits, job->ask.bins,
                                  job->ask.threshold, c->cancel};
    struct desk_histogram *made = &job->made;
    enum err_code code = histogram_count(&made->bins, c->index, &spec, err);

    if (!code)
        code = score_points_make(&made->points, c->index, job->ask.score,
                                 &made->judgements, err);
    if (code)
        return code;
    made->judged = xcalloc(made->bins.bins + 1, sizeof(*made->judged));
    for (size_t i = 0; i < made->points.count; i++) {
        uint32_t bin =
            histogram_bin_of(&made->bins, made->points.list[i].value);

        if (bin != UINT32_MAX)
            made->judged[bin][made->points.list[i].truth]++;
    }
    return ERR_OK;
}

static void
run_histogram(struct job *base, struct lane_context *c)
{
    struct histogram_job *job = (struct histogram_job *)base;
    struct bits hits = {0};
    struct error *err = &base->err;

    job->made.score = job->ask.score;
    base->code = load_hits(job, c, &hits, err);
    if (!base->code && job->ask.score >= index_score_count(c->index))
        base->code = error_set(err, ERR_CONFLICT, "the index has changed");
    if (!base->code)
        base->code = load_judged(job, c, &hits, err);
    if (!base->code)
        base->code = job->is_label ? count_labels(job, c, &hits, err)
                                   : count_numbers(job, c, &hits, err);
    bits_release(&hits);
}

static unsigned
finish_histogram(struct job *base, struct desk *desk)
{
    struct histogram_job *job = (struct histogram_job *)base;
    struct counted *counted = counted_of(desk);

    free(counted->error);
    counted->error = NULL;
    counted->running = false;
    if (base->code) {
        counted->error = xstrdup(base->err.message);
        return UPDATE_LIST;
    }
    if (counted->full)
        histogram_made_release(&counted->shown);
    counted->shown = job->made;
    counted->shown.serial = ++counted->serials;
    counted->full = true;
    job->made = (struct desk_histogram){0};
    return UPDATE_LIST;
}

static void
release_histogram(struct job *base)
{
    struct histogram_job *job = (struct histogram_job *)base;

    histogram_made_release(&job->made);
    list_docs_release(job->docs, job->users);
    free(job->query);
}

static bool
same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool
is_asked(const struct desk *desk, const struct counted *counted,
         const struct desk_histogram_ask *ask)
{
    return counted->asked && counted->list == desk->list.serial &&
           counted->count == desk->list.view.count &&
           counted->saved == desk->saving.saved &&
           counted->head == desk->head && counted->ask.score == ask->score &&
           counted->ask.bins == ask->bins &&
           same_number(counted->ask.threshold, ask->threshold);
}

void
desk_ask_histogram(struct desk *desk, const struct desk_histogram_ask *ask)
{
    struct counted *counted = counted_of(desk);
    struct str query = desk->list.view.query;
    struct histogram_job *job;

    if (desk->list.view.running || desk->list.view.partial ||
        desk_histogram_refusal(desk) ||
        ask->score >= desk->scores.score_count || is_asked(desk, counted, ask))
        return;
    counted->asked = true;
    counted->running = true;
    counted->ask = *ask;
    counted->list = desk->list.serial;
    counted->count = desk->list.view.count;
    counted->saved = desk->saving.saved;
    counted->head = desk->head;
    job = desk_job(sizeof(*job), LANE_SEARCH, run_histogram, finish_histogram,
                   release_histogram);
    job->ask = *ask;
    job->is_label = desk->scores.scores[ask->score].kind == SCORE_LABEL;
    job->mine_only = desk_peers_hidden(desk, false);
    job->docs = list_share_docs(&desk->list, &job->users);
    job->count = desk->list.view.count;
    job->query = xstrndup(query);
    job->query_len = query.len;
    job->job.replaceable = true;
    job->job.kind = JOB_HISTOGRAM;
    lane_submit(desk->lanes, &job->job);
}

const struct desk_histogram *
desk_histogram(const struct desk *desk)
{
    return desk->counted && desk->counted->full ? &desk->counted->shown : NULL;
}

void
desk_retry_histogram(struct desk *desk)
{
    struct counted *counted = counted_of(desk);

    if (!counted->error)
        return;
    free(counted->error);
    counted->error = NULL;
    counted->asked = false;
}

bool
desk_histogram_is_running(const struct desk *desk)
{
    return desk->list.view.running || !desk->counted || !desk->counted->asked ||
           desk->counted->running;
}

struct str
desk_histogram_error(const struct desk *desk)
{
    return desk->counted && desk->counted->error ? str_of(desk->counted->error)
                                                 : (struct str){NULL, 0};
}
