/* Finding in the current document, by a worker of its own. It works on a copy
 * of the text, made once for a document: the document itself may go. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "stet/xalloc.h"
#include "tui/desk_state.h"
#include "tui/desk_text.h"
#include "tui/find.h"

/* Counted on the main thread only. */
struct text_copy {
    unsigned refs;
    uint64_t serial; /* of the document */
    size_t len;
    char bytes[];
};

struct desk_find {
    struct desk_found view;
    struct found found;
    struct buf pattern, error;
    struct text_copy *copy;
    uint64_t asked; /* number of the newest job */
};

struct find_job {
    struct job job;
    struct text_copy *copy;
    struct str pattern; /* job arena */
    uint64_t number;
    struct found found;
};

static void
copy_drop(struct text_copy *copy)
{
    if (copy && --copy->refs == 0)
        free(copy);
}

static struct text_copy *
copy_of(struct desk_find *find, const struct desk_document *document)
{
    struct str text = document->display;

    if (!find->copy || find->copy->serial != document->serial) {
        copy_drop(find->copy);
        find->copy = xcalloc(1, sizeof(*find->copy) + text.len);
        find->copy->refs = 1;
        find->copy->serial = document->serial;
        find->copy->len = text.len;
        if (text.len > 0)
            memcpy(find->copy->bytes, text.ptr, text.len);
    }
    find->copy->refs++;
    return find->copy;
}

static void
run_find(struct job *base, struct lane_context *c)
{
    struct find_job *job = (struct find_job *)base;

    base->code =
        find_all(job->pattern, (struct str){job->copy->bytes, job->copy->len},
                 c->cancel, &job->found, &base->err);
}

/* Our own words and positions only: PCRE2's messages quote no pattern. */
static void
take_error(struct desk_find *find, const struct job *base)
{
    buf_clear(&find->error);
    find->view.error_at = SIZE_MAX;
    if (base->code == ERR_OK)
        return;
    xbuf_append_str(&find->error, str_of(base->err.message));
    if (base->err.offset != ERR_NO_OFFSET)
        find->view.error_at = (size_t)base->err.offset;
}

static unsigned
finish_find(struct job *base, struct desk *desk)
{
    struct find_job *job = (struct find_job *)base;
    struct desk_find *find = desk->find;

    if (!find || job->number != find->asked)
        return 0;
    find->view.running = false;
    find->view.number++;
    take_error(find, base);
    find->view.error = buf_str(&find->error);
    if (base->code == ERR_FORMAT) /* still being typed: the former ones stay */
        return UPDATE_DOCUMENT | UPDATE_STATUS;
    found_release(&find->found);
    find->found = job->found;
    job->found = (struct found){0};
    buf_clear(&find->pattern);
    xbuf_append_str(&find->pattern, job->pattern);
    find->view.pattern = buf_str(&find->pattern);
    find->view.spans = find->found.spans;
    find->view.count = find->found.count;
    find->view.more = find->found.more || base->code != ERR_OK;
    return UPDATE_DOCUMENT | UPDATE_STATUS;
}

static void
release_find(struct job *base)
{
    struct find_job *job = (struct find_job *)base;

    copy_drop(job->copy);
    found_release(&job->found);
}

static void
forget(struct desk_find *find)
{
    found_release(&find->found);
    buf_clear(&find->pattern);
    buf_clear(&find->error);
    find->view = (struct desk_found){.number = find->view.number + 1};
}

void
desk_find(struct desk *desk, struct str pattern)
{
    const struct desk_document *document = desk_document(desk);
    struct find_job *job;
    struct desk_find *find;

    if (!desk->find)
        desk->find = xcalloc(1, sizeof(*desk->find));
    find = desk->find;
    find->asked++;
    lane_cancel(desk->lanes, LANE_TEXT);
    if (pattern.len == 0 || !document || !document->document ||
        document->masked) {
        forget(find);
        return;
    }
    if (find->view.serial != document->serial)
        forget(find);
    job =
        desk_job(sizeof(*job), LANE_TEXT, run_find, finish_find, release_find);
    job->number = find->asked;
    job->copy = copy_of(find, document);
    job->pattern = arena_copy(&job->job.arena, pattern);
    job->job.replaceable = true;
    job->job.kind = JOB_FIND;
    find->view.serial = document->serial;
    find->view.running = true;
    lane_submit(desk->lanes, &job->job);
}

const struct desk_found *
desk_found(const struct desk *desk)
{
    static const struct desk_found nothing;

    return desk->find ? &desk->find->view : &nothing;
}

void
desk_find_free(struct desk *desk)
{
    if (!desk->find)
        return;
    forget(desk->find);
    copy_drop(desk->find->copy);
    buf_release(&desk->find->pattern);
    buf_release(&desk->find->error);
    free(desk->find);
    desk->find = NULL;
}
