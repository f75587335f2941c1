/* The report card as a job: the whole corpus, in words. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "stet/report_card.h"
#include "stet/xalloc.h"
#include "tui/desk_state.h"

struct report_job {
    struct job job;
    bool mine_only;
    struct buf text;
};

static enum err_code
load_mine(struct lane_context *c, struct bits *mine, struct error *err)
{
    struct query_field field = {.name = STR_LIT("is"),
                                .value = STR_LIT("judged"),
                                .low = (double)NAN,
                                .high = (double)NAN,
                                .by = STR_LIT("me")};
    enum err_code code = bits_init(mine, index_count(c->index), err);

    return code ? code : resolve_named(c->resolver, &field, mine, err);
}

static void
run_report(struct job *base, struct lane_context *c)
{
    struct report_job *job = (struct report_job *)base;
    struct bits mine = {0};
    struct judgement_scope scope = {0};
    struct report_card card;

    if (job->mine_only) {
        base->code = load_mine(c, &mine, &base->err);
        scope.shown = &mine;
    }
    if (!base->code)
        base->code = report_card_make(&card, c->resolver, c->index, &scope,
                                      c->cancel, &base->err);
    bits_release(&mine);
    if (base->code)
        return;
    if (job->mine_only)
        xbuf_append_str(&job->text,
                        STR_LIT("Only what I judged counts as judged (blind = "
                                "peers): stet report has all.\n\n"));
    report_card_format(&card, &job->text);
    report_card_release(&card);
}

static unsigned
finish_report(struct job *base, struct desk *desk)
{
    struct report_job *job = (struct report_job *)base;

    if (base->code) {
        desk_say(desk, true, "%s", base->err.message);
        return UPDATE_STATUS;
    }
    buf_release(&desk->report);
    desk->report = job->text;
    job->text = (struct buf){0};
    return UPDATE_ALL;
}

static void
release_report(struct job *base)
{
    buf_release(&((struct report_job *)base)->text);
}

const char *
desk_report_refusal(const struct desk *desk)
{
    return desk->policy.blind == BLIND_ALL
               ? "scores are hidden until they are judged (blind = all)"
               : NULL;
}

void
desk_ask_report(struct desk *desk)
{
    struct report_job *job;

    if (desk_report_refusal(desk))
        return;
    buf_clear(&desk->report);
    job = desk_job(sizeof(*job), LANE_SEARCH, run_report, finish_report,
                   release_report);
    job->mine_only = desk_peers_hidden(desk, false);
    lane_submit(desk->lanes, &job->job);
}

struct str
desk_report(const struct desk *desk)
{
    return buf_str(&desk->report);
}
