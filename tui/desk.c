/* Opens and closes the desk, takes in what its lanes finished, and answers
 * simple questions. The state itself is in desk_state.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stet/fileio.h"
#include "stet/width.h"
#include "stet/xalloc.h"
#include "tui/desk_state.h"

/* Closing waits this long for a store that is busy or slow. */
#define DRAIN_US (30 * INT64_C(1000000))

void *
desk_job(size_t size, enum lane_id lane,
         void (*run)(struct job *, struct lane_context *),
         unsigned (*finish)(struct job *, struct desk *),
         void (*release)(struct job *))
{
    struct job *job = xcalloc(1, size);

    job->lane = lane;
    job->run = run;
    job->finish = finish;
    job->release = release;
    job->err = (struct error)ERROR_INIT;
    arena_init(&job->arena, 0);
    return job;
}

struct item_key
key_copy(const struct item_key *key, struct arena *arena)
{
    struct item_key copy = {.text = key->text};

    if (key->source.ptr)
        copy.source = arena_copy(arena, key->source);
    if (key->id_token.ptr)
        copy.id_token = arena_copy(arena, key->id_token);
    return copy;
}

/* "toxicity:0.9..": which texts are covered until asked for. A rule that cannot
 * be understood must not leave them uncovered. */
static enum err_code
load_mask(struct desk_policy *policy, struct str rule, struct error *err)
{
    struct arena arena;
    const struct query *query = NULL;
    const struct query_field *field;
    struct error why = ERROR_INIT;
    enum err_code code = ERR_OK;

    if (!str_trim(rule).len)
        return ERR_OK;
    arena_init(&arena, 0);
    if (query_parse(&query, rule, &arena, &why) ||
        query->root->op != QUERY_FIELD || !query->root->field.is_range ||
        (isnan(query->root->field.low) && query->root->field.low_text.len) ||
        (isnan(query->root->field.high) && query->root->field.high_text.len)) {
        code = error_set(err, ERR_CONFIG,
                         "[policy] mask: a score and a range are expected, as "
                         "in toxicity:0.9.., not \"%.*s\"",
                         STR_FMT(rule));
    } else {
        field = &query->root->field;
        policy->mask_score = xstrndup(field->name);
        policy->mask_low = isnan(field->low) ? -HUGE_VAL : field->low;
        policy->mask_high = isnan(field->high) ? HUGE_VAL : field->high;
    }
    arena_release(&arena);
    return code;
}

static enum err_code
load_policy(struct desk *desk, struct error *err)
{
    const struct settings *settings = desk->ws->settings;
    struct str blind = settings_str(settings, "policy", "blind", "peers");
    struct str dwell = settings_str(settings, "policy", "dwell",
                                    desk->options.script ? "0" : "250");
    char *text = xstrndup(dwell);
    struct str leads;

    desk->policy.blind = str_equal(blind, STR_LIT("off"))   ? BLIND_OFF
                         : str_equal(blind, STR_LIT("all")) ? BLIND_ALL
                                                            : BLIND_PEERS;
    if (desk->options.blind)
        desk->policy.blind = BLIND_ALL;
    desk->policy.dwell_us = strtol(text, NULL, 10) * 1000;
    free(text);
    leads = settings_str(settings, "policy", "leads", "");
    desk->policy.is_named_lead =
        reviewer_list_has(leads, str_of(desk->reviewer));
    policy_hash(settings, desk->policy.hash);
    return load_mask(&desk->policy,
                     settings_str(settings, "policy", "mask", ""), err);
}

/* --blind hides the scores of what one reads; to ask for some is one's own
 * doing then. Under the policy nobody may. */
static unsigned
sight_of(const struct desk *desk)
{
    struct str blind = settings_str(desk->ws->settings, "policy", "blind", "");
    unsigned sight = SIGHT_ALL;

    if (desk->policy.blind != BLIND_OFF)
        sight &= ~SIGHT_PEERS;
    if (!desk_may_adjudicate(desk))
        sight &= ~SIGHT_DISAGREEMENT;
    if (str_equal(blind, STR_LIT("all")))
        sight &= ~SIGHT_SCORES;
    return sight;
}

static enum err_code
open_wake_pipe(struct desk *desk, struct error *err)
{
    if (pipe2(desk->wake, O_CLOEXEC | O_NONBLOCK)) {
        desk->wake[0] = desk->wake[1] = -1;
        return error_errno(err, errno, "pipe");
    }
    return ERR_OK;
}

enum err_code
desk_open(struct desk **out, struct workspace *ws,
          const struct tui_options *options, struct error *err)
{
    struct desk *desk = xcalloc(1, sizeof(*desk));
    enum err_code code;

    desk->ws = ws;
    desk->head = -1;
    desk->options = *options;
    desk->reviewer = xstrdup(options->reviewer);
    desk->corpus = xstrdup(path_base(ws->root));
    desk->facts.corpus = desk->corpus;
    desk->slots = xcalloc(ROW_SLOTS, sizeof(*desk->slots));
    memset(desk->asked, 0xff, sizeof(desk->asked));
    mapping_init(&desk->scores);
    code = open_wake_pipe(desk, err);
    if (!code)
        code = verdict_set_load(&desk->verdicts, ws->settings, err);
    if (!code)
        code = load_policy(desk, err);
    if (code) {
        struct error ignored = ERROR_INIT;

        (void)desk_close(desk, &ignored);
        return code;
    }
    desk->lanes = lanes_new(ws, desk->reviewer, sight_of(desk), desk->wake[1]);
    desk_load_memory(desk);
    desk_ask_facts(desk);
    desk_ask_tags(desk);
    *out = desk;
    return ERR_OK;
}

static void
free_memory(struct memory *memory)
{
    while (memory) {
        struct memory *next = memory->next;

        free(memory->key);
        buf_release(&memory->value);
        free(memory);
        memory = next;
    }
}

static void
free_repeat(struct repeat *repeat)
{
    free(repeat->verdict);
    for (size_t i = 0; i < repeat->tag_count; i++)
        free(repeat->tags[i]);
}

/* Until every lane is done or the time is over; jobs hand in their results. */
static void
drain(struct desk *desk)
{
    int64_t until = time_monotonic_us() + DRAIN_US;

    while (lanes_pending(desk->lanes) && time_monotonic_us() < until) {
        struct pollfd wake = {.fd = desk->wake[0], .events = POLLIN};

        (void)poll(&wake, 1, 100);
        (void)desk_poll(desk);
    }
}

static void
stop_reading(struct desk *desk)
{
    lane_cancel(desk->lanes, LANE_SEARCH);
    lane_cancel(desk->lanes, LANE_ROWS);
    lane_cancel(desk->lanes, LANE_DOCUMENT);
    lane_cancel(desk->lanes, LANE_TEXT);
}

enum err_code
desk_close(struct desk *desk, struct error *err)
{
    enum err_code code = ERR_OK;

    if (!desk)
        return ERR_OK;
    desk->closing = true;
    if (desk->lanes) {
        stop_reading(desk); /* what was decided is not stopped */
        desk_put_place(desk);
        desk_session_save(desk);
        desk_pace_save(desk);
        desk_retry_unsaved(desk);
        drain(desk);
        code = desk_rescue_unsaved(desk, err);
    }
    lanes_free(desk->lanes);
    desk_forget_rows(desk);
    desk_forget_documents(desk);
    desk_forget_histogram(desk);
    buf_release(&desk->report);
    desk_find_free(desk);
    arena_release(&desk->page_arena);
    list_release(&desk->list);
    if (desk->has_aside)
        list_release(&desk->aside);
    buf_release(&desk->live_text);
    bits_release(&desk->shown);
    arena_release(&desk->start_arena);
    arena_release(&desk->log_arena);
    arena_release(&desk->tag_arena);
    arena_release(&desk->values_arena);
    desk_forget_failures(desk);
    free_memory(desk->memory);
    free_repeat(&desk->repeat);
    verdict_set_release(&desk->verdicts);
    mapping_release(&desk->scores);
    for (int i = 0; i < 2; i++)
        if (desk->wake[i] >= 0)
            (void)close(desk->wake[i]);
    free(desk->policy.mask_score);
    free(desk->open);
    free(desk->slots);
    free(desk->saving_text);
    free(desk->message_text);
    free(desk->corpus);
    free(desk->reviewer);
    free(desk);
    return code;
}

int
desk_wake_fd(const struct desk *desk)
{
    return desk->wake[0];
}

unsigned
desk_poll(struct desk *desk)
{
    char drained[256];
    unsigned update = 0;
    struct job *next;

    while (read(desk->wake[0], drained, sizeof(drained)) > 0)
        ;
    for (struct job *job = lanes_take(desk->lanes); job; job = next) {
        next = job->next;
        job->next = NULL;
        /* finish() keeps what it wants by emptying it; an append that must
         * be tried again keeps the whole job and says so by lanes == NULL. */
        if (!job->skipped)
            update |= job->finish(job, desk);
        if (job->lanes)
            job_release(job);
    }
    return update;
}

bool
desk_is_busy(const struct desk *desk)
{
    return lanes_pending(desk->lanes) > 0;
}

void
desk_stop(struct desk *desk)
{
    stop_reading(desk);
    lane_cancel(desk->lanes, LANE_REVIEW); /* a bulk action's collecting */
}

const struct desk_message *
desk_message(const struct desk *desk)
{
    return &desk->message;
}

void
desk_say(struct desk *desk, bool is_error, const char *fmt, ...)
{
    char text[2 * ERR_MESSAGE_MAX];
    struct buf safe = {0};
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    width_escape(str_of(text), 0, &safe);
    free(desk->message_text);
    desk->message_text = xstrdup(xbuf_cstr(&safe));
    buf_release(&safe);
    desk->message = (struct desk_message){
        .text = str_of(desk->message_text),
        .is_error = is_error,
        .at_us = time_now_us(),
        .serial = desk->message.serial + 1,
    };
}

const char *
desk_reviewer(const struct desk *desk)
{
    return desk->reviewer;
}

const struct verdict_set *
desk_verdicts(const struct desk *desk)
{
    return &desk->verdicts;
}

size_t
desk_score_count(const struct desk *desk)
{
    return desk->scores.score_count;
}

const struct score_def *
desk_score_def(const struct desk *desk, unsigned i)
{
    return &desk->scores.scores[i];
}

const struct desk_facts *
desk_facts(const struct desk *desk)
{
    return &desk->facts;
}

const struct desk_saving *
desk_saving(const struct desk *desk)
{
    return &desk->saving;
}

void
desk_reload(struct desk *desk)
{
    lanes_reload(desk->lanes);
    desk->facts.index_is_newer = false;
    desk_ask_facts(desk);
    desk_ask_start(desk);
    if (desk->list.view.queue.len)
        desk_open_queue(desk, desk->list.view.queue);
    else if (desk->list.serial)
        desk_query(desk, desk->list.view.query);
}
