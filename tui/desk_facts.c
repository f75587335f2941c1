/* What every view needs of the index before it can draw: its scores, how many
 * documents, the mask's score. Asked first; the counts of the start view, which
 * may take longer, come behind the first list. */
#include "config.h"

#include <string.h>

#include "tui/desk_state.h"

struct facts_job {
    struct job job;
    struct mapping scores;
    uint32_t documents;
    bool newer;
    const char *mask; /* the desk's; it lasts as long */
    bool mask_found;
    unsigned mask_number;
};

static enum err_code
copy_scores(struct lane_context *c, struct mapping *out, struct error *err)
{
    enum err_code code = ERR_OK;
    unsigned number;

    mapping_init(out);
    for (unsigned i = 0; !code && i < index_score_count(c->index); i++)
        code =
            mapping_add_score(out, index_score_def(c->index, i), &number, err);
    return code;
}

static void
run_facts(struct job *base, struct lane_context *c)
{
    struct facts_job *job = (struct facts_job *)base;

    base->code = copy_scores(c, &job->scores, &base->err);
    job->mask_found = job->mask && index_score_find(c->index, str_of(job->mask),
                                                    &job->mask_number);
    job->documents = index_live_count(c->index);
    job->newer =
        index_published_generation(c->ws) != index_generation(c->index);
}

static bool
same_names(const struct mapping *a, const struct mapping *b)
{
    bool same = a->score_count == b->score_count;

    for (size_t i = 0; same && i < a->score_count; i++)
        same = strcmp(a->scores[i].name, b->scores[i].name) == 0;
    return same;
}

static unsigned
finish_facts(struct job *base, struct desk *desk)
{
    struct facts_job *job = (struct facts_job *)base;

    if (!desk->facts_known) {
        desk->facts_known = true;
        desk_ask_start(desk);
    }
    if (base->code) {
        desk_say(desk, true, "%s", base->err.message);
        return UPDATE_STATUS;
    }
    desk->facts.documents = job->documents;
    desk->facts.index_is_newer = job->newer;
    desk->policy.mask_found = job->mask_found;
    desk->policy.mask_number = job->mask_number;
    if (!same_names(&job->scores, &desk->scores)) {
        mapping_release(&desk->scores);
        desk->scores = job->scores;
        desk->focus_is_set = false; /* it was a number among the others */
        desk_forget_histogram(desk);
        mapping_init(&job->scores);
    }
    return UPDATE_ALL;
}

static void
release_facts(struct job *base)
{
    mapping_release(&((struct facts_job *)base)->scores);
}

void
desk_ask_facts(struct desk *desk)
{
    struct facts_job *job = desk_job(sizeof(*job), LANE_SEARCH, run_facts,
                                     finish_facts, release_facts);

    mapping_init(&job->scores);
    job->mask = desk->policy.mask_score;
    lane_submit(desk->lanes, &job->job);
}
