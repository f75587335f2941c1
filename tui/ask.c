/* Prompts: what is asked, what was answered before, and where the answer
 * goes. */
#include "config.h"

#include "tui/ask.h"

#include "tui/run.h"
#include "tui/view.h"

/* Names in the desk's memory; see desk_start.c. */
static const char *const history_keys[ASK_KINDS] = {
    [ASK_COMMAND] = "history.command", [ASK_FIND] = "history.find",
    [ASK_QUERY] = "history.query",     [ASK_PATTERN] = "history.pattern",
    [ASK_PIPE] = "history.pipe",       [ASK_REASON] = "history.reason"};

/* Histories come with the desk's memory, which may load after the start. */
static void
load_history(struct app *app)
{
    if (app->history_loaded)
        return;
    for (int i = 0; i < ASK_KINDS; i++)
        if (history_keys[i])
            history_parse(&app->history[i],
                          desk_memory(app->desk, history_keys[i]));
    app->history_loaded = true;
}

static void
keep_history(struct app *app, enum prompt_kind kind, struct str line)
{
    struct buf text = {0};

    if (!history_keys[kind] || line.len == 0)
        return;
    history_add(&app->history[kind], line);
    if (app->options->secure) /* nothing of it is stored */
        return;
    history_format(&app->history[kind], &text);
    desk_memory_put(app->desk, history_keys[kind], buf_str(&text));
    buf_release(&text);
}

void
app_prompt(struct app *app, enum prompt_kind kind, const char *label,
           struct str initial)
{
    load_history(app);
    app->prompt_kind = kind;
    prompt_open(&app->prompt, label, initial,
                history_keys[kind] ? &app->history[kind] : NULL);
    app->prompt.complete = run_complete;
    app->prompt.ctx = app;
}

/* A query that does not parse comes back into the prompt with its mistake
 * marked. */
void
ask_watch(struct app *app)
{
    const struct desk_list *list = desk_list(app->desk);

    if (!app->asked_open || list->running)
        return;
    app->asked_open = false;
    if (list->error.len == 0 || app->prompt.active)
        return;
    app_prompt(app, ASK_QUERY, "query ", buf_str(&app->asked));
    app->prompt.error_at = list->error_at;
    if (list->error_at <= app->prompt.line.len)
        app->prompt.at = list->error_at;
}

static void
answer_prompt(struct app *app)
{
    struct buf line = app->prompt.line;
    struct view *view = app_view(app);
    enum prompt_kind kind = app->prompt_kind;

    app->prompt.line = (struct buf){0};
    prompt_close(&app->prompt);
    keep_history(app, kind, buf_str(&line));
    if (kind == ASK_QUERY) {
        buf_clear(&app->asked);
        xbuf_append_str(&app->asked, buf_str(&line));
        app->asked_open = true;
    }
    if (kind == ASK_COMMAND)
        app_run_line(app, buf_str(&line));
    else if (view && view->ops->answer)
        view->ops->answer(view, kind, buf_str(&line));
    buf_release(&line);
}

void
ask_key(struct app *app, uint32_t key)
{
    switch (prompt_key(&app->prompt, key)) {
    case PROMPT_DONE:
        answer_prompt(app);
        break;
    case PROMPT_LEFT:
        prompt_close(&app->prompt);
        break;
    case PROMPT_STAYS:
        break;
    }
}
