/* The marked documents as JSON lines for a program that a person chose, and
 * text for tmux: jobs that feed others. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stet/json.h"
#include "stet/xalloc.h"
#include "tui/child.h"
#include "tui/desk_state.h"

uint32_t
desk_marked_ids(struct desk *desk, struct buf *out)
{
    uint32_t lacking = 0;

    for (uint32_t i = 0; i < desk->list.view.count; i++) {
        const struct desk_row *row;

        if (!bits_get(&desk->list.marks, i))
            continue;
        row = desk_row(desk, i);
        if (row)
            xbuf_printf(out, "%.*s\n", STR_FMT(row->id));
        lacking += !row;
    }
    return lacking;
}

struct write_job {
    struct job job;
    const struct desk *desk; /* what hides a text: fixed while it runs */
    uint32_t *docs;
    uint32_t count, written, withheld, unreadable;
    int fd;
};

/* As desk_document.c decides it, but nothing was uncovered. */
static enum err_code
may_go(struct write_job *job, struct lane_context *c,
       const struct document *document, bool *may, struct error *err)
{
    struct item_key key = item_key_of(document);
    struct item_state mine;
    struct item_state all;
    enum err_code code =
        store_state(c->store, &key, str_of(store_reviewer(c->store)),
                    &job->job.arena, &mine, err);

    if (!code)
        code = store_state(c->store, &key, (struct str){NULL, 0},
                           &job->job.arena, &all, err);
    if (!code)
        *may = !((mine.flags | all.flags) & STATE_ESCALATED) &&
               !desk_is_masked(
                   job->desk, document->scores, 0,
                   desk_scores_hidden(job->desk, mine.flags & STATE_JUDGED));
    return code;
}

static enum err_code
put_document(struct buf *line, const struct document *document,
             struct error *err)
{
    enum err_code code;

    buf_clear(line);
    xbuf_append_str(line, STR_LIT("{\"id\":"));
    if ((code = json_write_string(line, document->id, false, err)))
        return code;
    xbuf_append_str(line, STR_LIT(",\"source\":"));
    if ((code = json_write_string(line, document->source, false, err)))
        return code;
    xbuf_append_str(line, STR_LIT(",\"text\":"));
    code = json_write_string(line, document->text, false, err);
    xbuf_append_str(line, STR_LIT("}\n"));
    return code;
}

static enum err_code
write_one(struct write_job *job, struct lane_context *c, uint32_t doc,
          struct buf *line)
{
    const struct document *document;
    struct error why = ERROR_INIT;
    bool may = false;
    enum err_code code;

    arena_reset(&job->job.arena);
    if (index_document(c->index, doc, &job->job.arena, &document, &why)) {
        job->unreadable++;
        return ERR_OK;
    }
    code = may_go(job, c, document, &may, &job->job.err);
    if (!code && !may) {
        job->withheld++;
        return ERR_OK;
    }
    if (!code)
        code = put_document(line, document, &job->job.err);
    if (!code && !child_write(job->fd, buf_str(line)))
        return error_set(&job->job.err, ERR_CANCELLED, "the command ended");
    job->written += !code;
    return code;
}

static void
run_write(struct job *base, struct lane_context *c)
{
    struct write_job *job = (struct write_job *)base;
    struct buf line = {0};

    for (uint32_t i = 0; !base->code && i < job->count; i++)
        base->code = write_one(job, c, job->docs[i], &line);
    buf_release(&line);
    (void)close(job->fd);
    job->fd = -1;
}

static unsigned
finish_write(struct job *base, struct desk *desk)
{
    const struct write_job *job = (const struct write_job *)base;

    if (base->code && base->code != ERR_CANCELLED)
        desk_say(desk, true, "%s", base->err.message);
    else if (job->withheld || job->unreadable)
        desk_say(desk, true,
                 "%u given; %u are covered or escalated and stay here, %u are "
                 "unreadable",
                 (unsigned)job->written, (unsigned)job->withheld,
                 (unsigned)job->unreadable);
    else
        desk_say(desk, false, "%u of %u documents given",
                 (unsigned)job->written, (unsigned)job->count);
    return UPDATE_STATUS;
}

static void
release_write(struct job *base)
{
    struct write_job *job = (struct write_job *)base;

    if (job->fd >= 0)
        (void)close(job->fd);
    free(job->docs);
}

void
desk_write_marked(struct desk *desk, int fd)
{
    const struct list *list = &desk->list;
    struct write_job *job = desk_job(sizeof(*job), LANE_DOCUMENT, run_write,
                                     finish_write, release_write);

    job->desk = desk;
    job->fd = fd;
    job->docs = xreallocarray(NULL, list->view.marked + 1, sizeof(*job->docs));
    for (uint32_t i = 0; i < list->view.count; i++)
        if (bits_get(&list->marks, i))
            job->docs[job->count++] = list->docs[i];
    lane_submit(desk->lanes, &job->job);
}

#define TMUX_MS 2000
#define TMUX_MAX ((size_t)1 << 20)

struct copy_job {
    struct job job;
    struct str text;
    const char *what; /* job arena */
};

static void
run_copy(struct job *base, struct lane_context *c)
{
    struct copy_job *job = (struct copy_job *)base;
    char program[] = "tmux";
    char load[] = "load-buffer";
    char clipboard[] = "-w";
    char input[] = "-";
    char *arguments[] = {program, load, clipboard, input, NULL};

    (void)c;
    base->code = child_feed(arguments, job->text, TMUX_MS, &base->err);
}

static unsigned
finish_copy(struct job *base, struct desk *desk)
{
    const struct copy_job *job = (const struct copy_job *)base;

    if (base->code)
        desk_say(desk, true, "not copied: tmux 3.2 or later is needed");
    else
        desk_say(desk, false, "%s copied, by tmux", job->what);
    return UPDATE_STATUS;
}

void
desk_tmux_copy(struct desk *desk, struct str text, const char *what)
{
    struct copy_job *job;

    if (text.len > TMUX_MAX) {
        desk_say(desk, true, "%s is too long for the clipboard; | pipes it",
                 what);
        return;
    }
    job = desk_job(sizeof(*job), LANE_ROWS, run_copy, finish_copy, NULL);
    job->text = arena_copy(&job->job.arena, text);
    job->what = arena_copy(&job->job.arena, str_of(what)).ptr;
    lane_submit(desk->lanes, &job->job);
}
