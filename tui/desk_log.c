/* My decisions as the journal has them, newest first, for looking back and for
 * taking a single one back. */
#include "config.h"

#include <string.h>

#include "stet/pool.h"
#include "stet/regex.h"
#include "tui/desk_state.h"

#define TEXT_BYTES ((size_t)200) /* of a note or a rewrite: a line's worth */

struct log_job {
    struct job job;
    struct regex *filter; /* NULL: all */
    size_t limit;
    struct desk_log log;
    struct desk_log_line *lines;
    size_t cap;
    const int *cancel;
};

/* What looking back is about: claims, reveals and the undos are left out. */
static bool
is_decision(enum annotation_kind kind)
{
    return kind != ANNOTATION_CLAIM && kind != ANNOTATION_REVEAL &&
           kind != ANNOTATION_EXPORT && kind != ANNOTATION_UNDO;
}

static void
append_part(struct buf *out, const char *before, struct str part)
{
    if (part.len == 0)
        return;
    xbuf_append_str(out, str_of(before));
    xbuf_append_str(
        out, str_slice(part, 0, part.len < TEXT_BYTES ? part.len : TEXT_BYTES));
}

void
desk_describe(const struct annotation *a, struct buf *out)
{
    const char *name = annotation_kind_name(a->kind);

    if (a->kind == ANNOTATION_VERDICT)
        xbuf_append_str(out, a->value);
    else if (a->kind == ANNOTATION_TAG || a->kind == ANNOTATION_UNTAG)
        append_part(out, a->kind == ANNOTATION_TAG ? "+" : "-", a->value);
    else if (a->kind == ANNOTATION_RATE)
        xbuf_printf(out, "%.*s=%g", STR_FMT(a->value), a->number);
    else {
        xbuf_append_str(out, str_of(name));
        if (a->kind != ANNOTATION_UNDO)
            append_part(out, " ", a->value);
    }
    if (a->span.given)
        xbuf_printf(out, " [%llu:%llu]", (unsigned long long)a->span.start_cp,
                    (unsigned long long)a->span.end_cp);
    if (a->kind != ANNOTATION_ADD)
        append_part(out, "  ", a->text);
    append_part(out, "  reason: ", a->reason);
}

struct str
desk_bare_id(struct str token)
{
    return token.len >= 2 && token.ptr[0] == '"'
               ? str_slice(token, 1, token.len - 1)
               : token;
}

static enum err_code
add_line(struct log_job *job, const struct annotation *a, struct str what,
         struct error *err)
{
    struct arena *arena = &job->job.arena;
    struct desk_log_line *line;

    if (job->log.count == job->cap) {
        size_t cap = job->cap ? job->cap * 2 : 64;
        struct desk_log_line *grown = arena_alloc(arena, cap * sizeof(*grown));

        if (!grown)
            return error_nomem(err);
        if (job->log.count)
            memcpy(grown, job->lines, job->log.count * sizeof(*grown));
        job->lines = grown;
        job->cap = cap;
    }
    line = &job->lines[job->log.count++];
    *line = (struct desk_log_line){.uuid = a->uuid,
                                   .at_us = a->at_us,
                                   .what = arena_copy(arena, what),
                                   .items = a->item_count,
                                   .undone = a->undone};
    if (a->has_item && a->item.id_token.ptr)
        line->id = arena_copy(arena, desk_bare_id(a->item.id_token));
    return ERR_OK;
}

static enum err_code
is_wanted(struct log_job *job, struct str text, bool *wanted, struct error *err)
{
    size_t start;
    size_t end;

    return job->filter
               ? regex_find(job->filter, text, 0, wanted, &start, &end, err)
               : ERR_OK;
}

static enum err_code
visit_line(void *ctx, const struct annotation *a, struct error *err)
{
    struct log_job *job = ctx;
    struct buf what = {0};
    bool wanted = true;
    enum err_code code = ERR_OK;

    if (cancel_is_set(job->cancel))
        return error_set(err, ERR_CANCELLED, "stopped");
    if (!is_decision(a->kind))
        return ERR_OK;
    if (job->log.count == job->limit) {
        job->log.more = true;
        return error_set(err, ERR_CANCELLED, "enough");
    }
    desk_describe(a, &what);
    code = is_wanted(job, buf_str(&what), &wanted, err);
    if (!code && !wanted && a->has_item)
        code = is_wanted(job, a->item.id_token, &wanted, err);
    if (!code && wanted)
        code = add_line(job, a, buf_str(&what), err);
    buf_release(&what);
    return code;
}

static void
run_log(struct job *base, struct lane_context *c)
{
    struct log_job *job = (struct log_job *)base;
    struct journal_filter filter = {.reviewer =
                                        str_of(store_reviewer(c->store)),
                                    .newest_first = true,
                                    .bulk_counted = true};

    job->cancel = c->cancel;
    base->code = store_journal(c->store, &filter, visit_line, job, &base->err);
    if (base->code == ERR_CANCELLED && job->log.more)
        base->code = ERR_OK;
}

static unsigned
finish_log(struct job *base, struct desk *desk)
{
    struct log_job *job = (struct log_job *)base;

    if (base->code && base->code != ERR_CANCELLED) {
        desk_say(desk, true, "%s", base->err.message);
        return UPDATE_STATUS;
    }
    arena_release(&desk->log_arena);
    desk->log_arena = base->arena; /* the lines live in it */
    arena_init(&base->arena, 0);
    desk->log = job->log;
    desk->log.lines = job->lines;
    desk->log_known = true;
    return UPDATE_ALL;
}

static void
release_log(struct job *base)
{
    regex_free(((struct log_job *)base)->filter);
}

void
desk_ask_log(struct desk *desk, struct str filter, size_t limit)
{
    struct log_job *job =
        desk_job(sizeof(*job), LANE_SEARCH, run_log, finish_log, release_log);
    struct error err = ERROR_INIT;

    if (filter.len &&
        regex_compile(&job->filter, filter, REGEX_LITERAL, &err)) {
        desk_say(desk, true, "%s", err.message);
        job_release(&job->job);
        return;
    }
    job->limit = limit;
    desk->log.old = false;
    lane_submit(desk->lanes, &job->job);
}

const struct desk_log *
desk_log(const struct desk *desk)
{
    return desk->log_known ? &desk->log : NULL;
}
