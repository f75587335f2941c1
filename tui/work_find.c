/* Finding in the working view: while the pattern is typed the text follows it,
 * Esc goes back to where it was. A worker looks; nothing here waits for it, so
 * a step may be due that is done when the answer comes. */
#include "config.h"

#include "tui/desk_text.h"
#include "tui/find.h"
#include "tui/work.h"

static const struct desk_document *
document_of(const struct work *work)
{
    return desk_document(work->view.app->desk);
}

static void
set(struct buf *buf, struct str text)
{
    buf_clear(buf);
    xbuf_append_str(buf, text);
}

static void
ask(struct work *work)
{
    struct work_find *find = &work->find;
    const struct desk_document *document = document_of(work);

    desk_find(work->view.app->desk, buf_str(&find->pattern));
    find->asked = document && document->document;
    find->serial = find->asked ? document->serial : 0;
    find->masked = find->asked && document->masked;
}

/* The answer for the document on screen is there. */
static bool
is_answered(const struct work *work)
{
    const struct desk_found *found = desk_found(work->view.app->desk);

    return found->serial == work->serial && work->serial && !found->running;
}

bool
work_find_from(const struct work *work, size_t at, int direction,
               struct span *match)
{
    const struct desk_found *found = desk_found(work->view.app->desk);
    size_t i;

    if (work->find.pattern.len == 0 || found->serial != work->serial ||
        found->count == 0)
        return false;
    i = found_at(found->spans, found->count, at);
    if (direction < 0)
        i = i > 0 ? i - 1 : found->count - 1;
    else if (i == found->count)
        i = 0;
    *match = found->spans[i];
    return true;
}

static void
jump(struct work *work)
{
    struct app *app = work->view.app;
    struct work_find *find = &work->find;
    const struct desk_found *found = desk_found(app->desk);
    int direction = find->step;
    struct span match;

    find->step = 0;
    if (found->error.len > 0) {
        if (!find->typing)
            app_say(app, true, "%.*s", STR_FMT(found->error));
        return;
    }
    if (work_find_from(work, find->from, direction, &match)) {
        if (!find->typing && (direction > 0 ? match.start < find->from
                                            : match.start >= find->from))
            app_say(app, false,
                    direction > 0 ? "on from the top" : "on from the end");
        text_pane_show(&work->text, match.start);
    } else if (find->typing) {
        text_pane_show(&work->text, find->origin);
    } else {
        app_say(app, true, "not found in this document");
    }
}

static void
step_from(struct work *work, size_t from, int direction)
{
    work->find.step = direction;
    work->find.from = from;
    if (is_answered(work))
        jump(work);
}

void
work_find_open(struct work *work)
{
    struct work_find *find = &work->find;

    find->typing = true;
    find->origin = work->text.cursor;
    set(&find->former, buf_str(&find->pattern));
    app_prompt(work->view.app, ASK_FIND, "/", STR_LIT(""));
}

void
work_find_typed(struct work *work, struct str line)
{
    struct work_find *find = &work->find;

    if (!find->typing)
        return;
    if (!line.ptr) {
        find->typing = false;
        find->step = 0;
        if (!str_equal(buf_str(&find->pattern), buf_str(&find->former))) {
            set(&find->pattern, buf_str(&find->former));
            ask(work);
        }
        text_pane_show(&work->text, find->origin);
        return;
    }
    work->view.app->prompt.error_at = SIZE_MAX;
    if (str_equal(buf_str(&find->pattern), line))
        return;
    set(&find->pattern, line);
    ask(work);
    if (line.len == 0)
        text_pane_show(&work->text, find->origin);
    else
        step_from(work, find->origin, 1);
}

void
work_find_answer(struct work *work, struct str line)
{
    struct work_find *find = &work->find;

    find->typing = false;
    set(&find->pattern, line);
    ask(work);
    if (line.len > 0)
        step_from(work, find->origin, 1);
}

void
work_find_step(struct work *work, int direction)
{
    size_t at = work->text.cursor;

    if (work->find.pattern.len > 0)
        step_from(work, direction > 0 ? at + 1 : at, direction);
    else if (layers_next_hit(&work->layers, direction > 0 ? at + 1 : at,
                             direction > 0, &at))
        text_pane_show(&work->text, at);
    else
        app_say(work->view.app, false, "no more hits");
}

void
work_find_take(struct work *work)
{
    struct work_find *find = &work->find;
    struct app *app = work->view.app;
    const struct desk_document *document = document_of(work);
    const struct desk_found *found;

    if (find->pattern.len > 0 && document && document->document &&
        (!find->asked || find->serial != document->serial ||
         find->masked != document->masked)) {
        find->step = 0;
        ask(work);
    }
    found = desk_found(app->desk);
    if (found->running || found->number == find->number)
        return;
    find->number = found->number;
    if (find->typing && app->prompt.active)
        app->prompt.error_at =
            found->error.len > 0 ? found->error_at : SIZE_MAX;
    if (find->step && is_answered(work))
        jump(work);
}

void
work_find_words(const struct work *work, struct buf *out)
{
    const struct desk_found *found = desk_found(work->view.app->desk);
    char count[BAR_COUNT];
    char number[BAR_COUNT];
    size_t i;

    if (work->find.pattern.len == 0 || found->serial != work->serial)
        return;
    if (found->running && found->count == 0) {
        xbuf_append_str(out, STR_LIT("  finding, ^C stops"));
        return;
    }
    if (found->error.len > 0 && found->count == 0) {
        xbuf_append_str(out, STR_LIT("  no match"));
        return;
    }
    bar_count(found->count, count);
    i = found_at(found->spans, found->count, work->text.cursor);
    bar_count(i + 1, number);
    if (found->count == 0)
        xbuf_append_str(out, STR_LIT("  no match"));
    else if (i < found->count && found->spans[i].start == work->text.cursor)
        xbuf_printf(out, "  match %s of %s%s", number, count,
                    found->more ? "+" : "");
    else
        xbuf_printf(out, "  %s%s match%s", count, found->more ? "+" : "",
                    found->count == 1 ? "" : "es");
}

void
work_find_release(struct work *work)
{
    desk_find(work->view.app->desk, STR_LIT(""));
    buf_release(&work->find.pattern);
    buf_release(&work->find.former);
}
