/* What a decision on the marked documents would meet: who judged them before, a
 * score's histogram over them, and a few of them at random. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stet/fileio.h"
#include "stet/pool.h"
#include "stet/xalloc.h"
#include "tui/desk_state.h"

struct sheet_job {
    struct job job;
    uint64_t list;
    uint32_t *docs;
    uint32_t count;
    unsigned score;
    struct desk_sheet found;
};

static enum err_code
count_judged(struct sheet_job *job, struct lane_context *c)
{
    static const struct query_field field = {.name = {"is", 2},
                                             .value = {"judged", 6}};
    struct bits judged;
    struct error *err = &job->job.err;
    enum err_code code = bits_init(&judged, index_count(c->index), err);

    if (code)
        return code;
    code = resolve_named(c->resolver, &field, &judged, err);
    for (uint32_t i = 0; !code && i < job->count; i++)
        job->found.judged += bits_get(&judged, job->docs[i]);
    bits_release(&judged);
    return code;
}

static void
count_bin(struct desk_sheet *sheet, double value)
{
    double range = sheet->high - sheet->low;
    size_t bin = 0;

    if (isnan(value)) {
        sheet->without++;
        return;
    }
    if (range > 0 && value > sheet->low)
        bin = (size_t)((value - sheet->low) / range * SHEET_BINS);
    sheet->bins[bin < SHEET_BINS ? bin : SHEET_BINS - 1]++;
}

/* The score's own range, else that of these documents. */
static void
find_range(struct sheet_job *job, struct lane_context *c)
{
    const struct score_def *def = index_score_def(c->index, job->score);
    struct desk_sheet *sheet = &job->found;

    sheet->low = def->min;
    sheet->high = def->max;
    if (isfinite(def->min) && isfinite(def->max))
        return;
    sheet->low = HUGE_VAL;
    sheet->high = -HUGE_VAL;
    for (uint32_t i = 0; i < job->count; i++) {
        double value = index_score_decimal(c->index, job->score, job->docs[i]);

        if (value < sheet->low)
            sheet->low = value;
        if (value > sheet->high)
            sheet->high = value;
    }
}

static enum err_code
count_scores(struct sheet_job *job, struct lane_context *c)
{
    struct desk_sheet *sheet = &job->found;

    if (job->score == UINT32_MAX || job->score >= index_score_count(c->index))
        return ERR_OK;
    find_range(job, c);
    for (uint32_t i = 0; i < job->count; i++) {
        if (i % 4096 == 0 && cancel_is_set(c->cancel))
            return error_set(&job->job.err, ERR_CANCELLED, "stopped");
        count_bin(sheet,
                  index_score_decimal(c->index, job->score, job->docs[i]));
    }
    sheet->has_score = sheet->without < job->count;
    return ERR_OK;
}

static void
run_sheet(struct job *base, struct lane_context *c)
{
    struct sheet_job *job = (struct sheet_job *)base;

    base->code = count_judged(job, c);
    if (!base->code)
        base->code = count_scores(job, c);
}

static unsigned
finish_sheet(struct job *base, struct desk *desk)
{
    struct sheet_job *job = (struct sheet_job *)base;
    struct desk_sheet *sheet = &desk->sheet;

    if (base->code && base->code != ERR_CANCELLED)
        desk_say(desk, true, "%s", base->err.message);
    if (base->code || job->list != desk->list.serial)
        return UPDATE_STATUS;
    job->found.count = sheet->count;
    job->found.mine = sheet->mine;
    job->found.score = sheet->score;
    job->found.scores_hidden = sheet->scores_hidden;
    memcpy(job->found.samples, sheet->samples, sizeof(sheet->samples));
    job->found.sample_count = sheet->sample_count;
    job->found.known = true;
    *sheet = job->found;
    return UPDATE_LIST;
}

static void
release_sheet(struct job *base)
{
    free(((struct sheet_job *)base)->docs);
}

/* Two rows that share a slot of the cache cannot both be sampled. */
static bool
may_sample(const struct desk_sheet *sheet, uint32_t row)
{
    for (size_t i = 0; i < sheet->sample_count; i++)
        if (sheet->samples[i] % ROW_SLOTS == row % ROW_SLOTS)
            return false;
    return true;
}

static int
by_row(const void *a, const void *b)
{
    const uint32_t *x = a;
    const uint32_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* xorshift64*: Vigna, An experimental exploration of Marsaglia's xorshift
 * generators, scrambled (2016). */
static uint64_t
draw_number(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static void
choose_samples(struct desk *desk, const uint32_t *rows, uint32_t count)
{
    struct desk_sheet *sheet = &desk->sheet;
    uint64_t state =
        desk->options.script ? 1 : (uint64_t)time_monotonic_us() | 1;

    if (count <= SHEET_SAMPLES)
        for (uint32_t i = 0; i < count; i++) {
            if (may_sample(sheet, rows[i]))
                sheet->samples[sheet->sample_count++] = rows[i];
        }
    for (uint32_t tries = 0; count > SHEET_SAMPLES && tries < 1000 &&
                             sheet->sample_count < SHEET_SAMPLES;
         tries++) {
        uint32_t row = rows[draw_number(&state) % count];

        if (may_sample(sheet, row))
            sheet->samples[sheet->sample_count++] = row;
    }
    qsort(sheet->samples, sheet->sample_count, sizeof(uint32_t), by_row);
    desk_load_rows(desk, sheet->samples, (uint32_t)sheet->sample_count);
}

static unsigned
first_number(const struct desk *desk)
{
    for (unsigned i = 0; i < desk->scores.score_count; i++)
        if (desk->scores.scores[i].kind != SCORE_LABEL)
            return i;
    return UINT32_MAX;
}

void
desk_ask_sheet(struct desk *desk)
{
    struct list *list = &desk->list;
    struct sheet_job *job = desk_job(sizeof(*job), LANE_SEARCH, run_sheet,
                                     finish_sheet, release_sheet);
    uint32_t *rows = xreallocarray(NULL, list->view.marked + 1, sizeof(*rows));

    job->list = list->serial;
    job->docs = xreallocarray(NULL, list->view.marked + 1, sizeof(*job->docs));
    desk->sheet = (struct desk_sheet){.count = list->view.marked,
                                      .score = first_number(desk)};
    desk->sheet.scores_hidden = desk_scores_hidden(desk, false);
    for (uint32_t row = bits_next(&list->marks, 0); row != UINT32_MAX;
         row = bits_next(&list->marks, row + 1)) {
        rows[job->count] = row;
        job->docs[job->count++] = list->docs[row];
        desk->sheet.mine += bits_get(&list->judged, list->docs[row]);
    }
    job->score = desk->sheet.scores_hidden ? UINT32_MAX : desk->sheet.score;
    choose_samples(desk, rows, job->count);
    free(rows);
    lane_submit(desk->lanes, &job->job);
}

const struct desk_sheet *
desk_sheet(const struct desk *desk)
{
    return &desk->sheet;
}
