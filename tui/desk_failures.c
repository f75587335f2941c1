/* The inbox of failures at the desk: their list, the trace of one, where it
 * stands, and which one the decisions on this list are for. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "stet/failure.h"
#include "stet/trace.h"
#include "stet/xalloc.h"
#include "tui/desk_state.h"

#define PHRASE_BYTES \
    ((size_t)400) /* of a span, in the query of its documents */

struct failures_job {
    struct job job;
    struct failure *list;
    size_t count;
};

static void
run_failures(struct job *base, struct lane_context *c)
{
    struct failures_job *job = (struct failures_job *)base;

    base->code = failures_load(c->store, &base->arena, &job->list, &job->count,
                               &base->err);
}

static unsigned
finish_failures(struct job *base, struct desk *desk)
{
    struct failures_job *job = (struct failures_job *)base;

    if (base->code) {
        desk_say(desk, true, "%s", base->err.message);
        return UPDATE_STATUS;
    }
    arena_release(&desk->failures_arena);
    desk->failures_arena = base->arena;
    arena_init(&base->arena, 0);
    desk->failures = (struct desk_failures){job->list, job->count, true};
    return UPDATE_ALL;
}

void
desk_ask_failures(struct desk *desk)
{
    lane_submit(desk->lanes, desk_job(sizeof(struct failures_job), LANE_SEARCH,
                                      run_failures, finish_failures, NULL));
}

const struct desk_failures *
desk_failures(const struct desk *desk)
{
    return &desk->failures;
}

struct trace_job {
    struct job job;
    struct failure failure; /* strings in the job's arena */
    struct desk_trace trace;
};

/* A span as a phrase: its words are what counts, so signs of the query language
 * may go. */
static void
add_phrase(struct str words, struct buf *query)
{
    size_t end = words.len < PHRASE_BYTES ? words.len : PHRASE_BYTES;

    while (end < words.len && end > 0 && words.ptr[end] != ' ' &&
           ((unsigned char)words.ptr[end] & 0xc0) != 0xc0)
        end--; /* not within a word or a character */
    xbuf_append_str(query, str_of(query->len ? " OR \"" : "\""));
    for (size_t i = 0; i < end; i++) {
        char byte = words.ptr[i];
        bool sign = byte == '"' || byte == '\\' || (unsigned char)byte < ' ';

        xbuf_append_str(query, sign ? STR_LIT(" ") : (struct str){&byte, 1});
    }
    xbuf_append_str(query, STR_LIT("\""));
}

static enum err_code
add_document(struct trace_job *job, struct lane_context *c,
             const struct trace_document *found, struct buf *text)
{
    struct str id = {NULL, 0};
    struct str source = {NULL, 0};
    enum err_code code = index_identity(c->index, found->doc, &job->job.arena,
                                        &id, &source, &job->job.err);

    if (code)
        return code;
    if (found->match_count)
        xbuf_printf(text, "%2zu span%s  ", found->match_count,
                    found->match_count == 1 ? " " : "s");
    else
        xbuf_printf(text, "%2u words  ", (unsigned)found->rare_words);
    xbuf_append_str(text, source);
    xbuf_append_str(text, str_of(source.len ? "  " : ""));
    xbuf_append_str(text, desk_bare_id(id));
    if (found->copy_count)
        xbuf_printf(text, "  and %zu copies", found->copy_count);
    xbuf_append_str(text, STR_LIT("\n"));
    return ERR_OK;
}

/* What is shown of a failure; *at: where its output begins. */
static void
add_failure(const struct failure *failure, struct buf *text, size_t *at)
{
    if (failure->prompt.len) {
        xbuf_append_str(text, STR_LIT("PROMPT\n"));
        xbuf_append_str(text, failure->prompt);
        xbuf_append_str(text, STR_LIT("\n\n"));
    }
    xbuf_append_str(text, STR_LIT("OUTPUT\n"));
    *at = text->len;
    xbuf_append_str(text, failure->output);
    xbuf_append_str(text, STR_LIT("\n"));
    if (failure->note.len) {
        xbuf_append_str(text, STR_LIT("\nNOTE\n"));
        xbuf_append_str(text, failure->note);
        xbuf_append_str(text, STR_LIT("\n"));
    }
}

void
desk_failure_text(const struct failure *failure, struct buf *text)
{
    size_t at;

    add_failure(failure, text, &at);
}

static enum err_code
take_trace(struct trace_job *job, struct lane_context *c,
           const struct trace *trace)
{
    struct arena *arena = &job->job.arena;
    struct desk_trace *out = &job->trace;
    struct buf text = {0};
    struct buf query = {0};
    size_t at = 0;
    enum err_code code = ERR_OK;

    out->spans =
        arena_alloc(arena, (trace->span_count + 1) * sizeof(*out->spans));
    if (!out->spans)
        return error_nomem(&job->job.err);
    add_failure(&job->failure, &text, &at);
    xbuf_printf(&text, "\nDOCUMENTS  of %u; %u of %u words are anchors\n",
                (unsigned)trace->documents, (unsigned)trace->anchors,
                (unsigned)trace->words);
    for (size_t i = 0; i < trace->count && code == ERR_OK; i++)
        code = add_document(job, c, &trace->list[i], &text);
    if (trace->count == 0)
        xbuf_append_str(&text, STR_LIT("none\n"));
    for (size_t i = 0; i < trace->span_count; i++) {
        struct span span = trace->spans[i].text;

        add_phrase(str_slice(job->failure.output, span.start, span.end),
                   &query);
        out->spans[i] = (struct span){at + span.start, at + span.end};
    }
    if (query.len)
        xbuf_append_str(&query, STR_LIT(" sort:rank"));
    out->span_count = trace->span_count;
    out->documents = (uint32_t)trace->count;
    out->text = arena_copy(arena, buf_str(&text));
    out->query = arena_copy(arena, buf_str(&query));
    buf_release(&text);
    buf_release(&query);
    return code;
}

static int
by_start(const void *a, const void *b)
{
    const struct span *x = a;
    const struct span *y = b;

    return (x->start > y->start) - (x->start < y->start);
}

static void
run_trace(struct job *base, struct lane_context *c)
{
    struct trace_job *job = (struct trace_job *)base;
    struct trace_options options = trace_options_default();
    struct trace *trace = NULL;

    options.cancel = c->cancel;
    base->code = index_trace(c->index, job->failure.prompt, job->failure.output,
                             &options, &trace, &base->err);
    if (!base->code)
        base->code = take_trace(job, c, trace);
    if (!base->code && job->trace.span_count)
        qsort(job->trace.spans, job->trace.span_count,
              sizeof(*job->trace.spans), by_start);
    trace_free(trace);
}

static unsigned
finish_trace(struct job *base, struct desk *desk)
{
    struct trace_job *job = (struct trace_job *)base;
    struct str id;

    desk->tracing = false;
    if (base->code) {
        desk_say(desk, base->code != ERR_CANCELLED, "%s",
                 base->code == ERR_CANCELLED ? "stopped" : base->err.message);
        return UPDATE_ALL;
    }
    arena_release(&desk->trace_arena);
    desk->trace_arena = base->arena;
    arena_init(&base->arena, 0);
    desk->trace = job->trace;
    desk->trace.number = ++desk->traces;
    id = desk->trace.id;
    if (job->failure.state == FAILURE_OPEN)
        desk_set_failure(desk, id, str_of(failure_state_name(FAILURE_TRACED)),
                         STR_LIT(""));
    desk_say(desk, false, "documents: %u, spans: %zu%s",
             (unsigned)desk->trace.documents, desk->trace.span_count,
             desk->trace.span_count ? ": Enter opens them" : "");
    return UPDATE_ALL;
}

void
desk_ask_trace(struct desk *desk, const struct failure *failure)
{
    struct trace_job *job =
        desk_job(sizeof(*job), LANE_SEARCH, run_trace, finish_trace, NULL);
    struct arena *arena = &job->job.arena;

    job->failure = *failure;
    job->failure.id = arena_copy(arena, failure->id);
    job->failure.prompt = arena_copy(arena, failure->prompt);
    job->failure.output = arena_copy(arena, failure->output);
    job->failure.note = arena_copy(arena, failure->note);
    job->trace.id = job->failure.id;
    desk->tracing = true;
    lane_submit(desk->lanes, &job->job);
}

const struct desk_trace *
desk_trace(const struct desk *desk, struct str id)
{
    return desk->trace.number && str_equal(desk->trace.id, id) ? &desk->trace
                                                               : NULL;
}

bool
desk_is_tracing(const struct desk *desk)
{
    return desk->tracing;
}

void
desk_open_trace(struct desk *desk)
{
    buf_clear(&desk->failure_id);
    buf_clear(&desk->failure_query);
    xbuf_append_str(&desk->failure_id, desk->trace.id);
    xbuf_append_str(&desk->failure_query, desk->trace.query);
    desk_query(desk, desk->trace.query);
}

struct str
desk_failure(const struct desk *desk)
{
    const struct desk_list *list = &desk->list.view;
    struct str none = {"", 0};
    struct str named = list->queue.len ? failure_of_reason(list->queue) : none;

    if (named.len)
        return named;
    return desk->failure_id.len &&
                   str_equal(list->query, buf_str(&desk->failure_query))
               ? buf_str(&desk->failure_id)
               : none;
}

struct str
desk_reason(const struct desk *desk, struct str reason, struct arena *arena)
{
    struct str id = desk_failure(desk);
    struct buf text = {0};
    struct str copy;

    if (id.len)
        failure_reason(id, &text);
    if (id.len && reason.len)
        xbuf_append_str(&text, STR_LIT(" "));
    xbuf_append_str(&text, reason);
    copy = text.len ? arena_copy(arena, buf_str(&text)) : reason;
    buf_release(&text);
    return copy;
}

struct status_job {
    struct job job;
    struct str id, note;
    enum failure_state state;
};

static void
run_status(struct job *base, struct lane_context *c)
{
    struct status_job *job = (struct status_job *)base;

    base->code =
        failure_set(c->store, job->id, job->state, job->note, &base->err);
}

static unsigned
finish_status(struct job *base, struct desk *desk)
{
    if (base->code) {
        desk_say(desk, true, "%s", base->err.message);
        return UPDATE_STATUS;
    }
    desk_ask_failures(desk);
    return UPDATE_STATUS;
}

bool
desk_set_failure(struct desk *desk, struct str id, struct str state,
                 struct str note)
{
    struct status_job *job;
    enum failure_state parsed;

    if (!failure_state_parse(state, &parsed))
        return false;
    job = desk_job(sizeof(*job), LANE_REVIEW, run_status, finish_status, NULL);
    job->id = arena_copy(&job->job.arena, id);
    job->note = arena_copy(&job->job.arena, note);
    job->state = parsed;
    lane_submit(desk->lanes, &job->job);
    return true;
}

void
desk_forget_failures(struct desk *desk)
{
    arena_release(&desk->failures_arena);
    arena_release(&desk->trace_arena);
    buf_release(&desk->failure_id);
    buf_release(&desk->failure_query);
}
