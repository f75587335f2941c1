/* The sources, languages and labels that the documents have, with how many have
 * each: what may stand behind "source:" in a query. */
#include "config.h"

#include "stet/histogram.h"
#include "stet/xalloc.h"
#include "tui/desk_state.h"

#define VALUES_MAX 500 /* of a column: the most frequent ones */

struct value_column {
    struct str field;
    struct desk_value *values;
    size_t count;
};

struct values_job {
    struct job job;
    struct value_column *columns; /* in the job's arena */
    size_t count;
};

static enum err_code
add_column(struct values_job *job, struct lane_context *c, struct str field,
           const struct label_spec *spec)
{
    struct arena *arena = &job->job.arena;
    struct value_column *column = &job->columns[job->count];
    struct label_counts counts = {0};
    enum err_code code =
        label_counts_make(&counts, c->index, spec, &job->job.err);

    if (code)
        return code;
    *column = (struct value_column){.field = arena_copy(arena, field)};
    column->values =
        arena_alloc(arena, (VALUES_MAX + 1) * sizeof(*column->values));
    for (size_t i = 0;
         column->values && i < counts.count && column->count < VALUES_MAX; i++)
        column->values[column->count++] = (struct desk_value){
            arena_copy(arena, counts.list[i].label), counts.list[i].count};
    job->count++;
    label_counts_release(&counts);
    return ERR_OK;
}

static void
run_values(struct job *base, struct lane_context *c)
{
    struct values_job *job = (struct values_job *)base;
    size_t scores = index_score_count(c->index);
    struct label_spec spec = {.column = LABEL_SOURCE, .cancel = c->cancel};

    job->columns =
        arena_alloc(&base->arena, (scores + 2) * sizeof(*job->columns));
    if (!job->columns) {
        base->code = error_nomem(&base->err);
        return;
    }
    base->code = add_column(job, c, STR_LIT("source"), &spec);
    spec.column = LABEL_LANG;
    if (!base->code)
        base->code = add_column(job, c, STR_LIT("lang"), &spec);
    spec.column = LABEL_SCORE;
    for (size_t s = 0; !base->code && s < scores; s++) {
        const struct score_def *def = index_score_def(c->index, (unsigned)s);

        spec.score = (unsigned)s;
        if (def->kind == SCORE_LABEL)
            base->code = add_column(job, c, str_of(def->name), &spec);
    }
}

static unsigned
finish_values(struct job *base, struct desk *desk)
{
    struct values_job *job = (struct values_job *)base;

    if (base->code) { /* stopped, or without memory: asked for again */
        desk->values_asked = false;
        return 0;
    }
    arena_release(&desk->values_arena);
    desk->values_arena = base->arena;
    arena_init(&base->arena, 0);
    desk->values = job->columns;
    desk->values_count = job->count;
    return UPDATE_STATUS;
}

const struct desk_value *
desk_values(struct desk *desk, struct str field, size_t *count)
{
    *count = 0;
    if (!desk->values_asked) {
        desk->values_asked = true;
        lane_submit(desk->lanes,
                    desk_job(sizeof(struct values_job), LANE_SEARCH, run_values,
                             finish_values, NULL));
    }
    for (size_t i = 0; i < desk->values_count; i++)
        if (str_equal(desk->values[i].field, field)) {
            *count = desk->values[i].count;
            return desk->values[i].values;
        }
    return NULL;
}
