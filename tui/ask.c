/* Prompts: what is asked, what was answered before, and where the answer
 * goes. */
#include "config.h"

#include "tui/ask.h"

#include <ctype.h>
#include <stdio.h>

#include "stet/query.h"
#include "tui/complete.h"
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
    app->prompt.complete = complete_word;
    app->prompt.ctx = app;
    app->mistake[0] = '\0';
    buf_clear(&app->followed);
    xbuf_append_str(&app->followed, initial);
}

static void
note_mistake(struct app *app, const struct error *err)
{
    struct buf shown = {0};

    width_escape(str_of(err->message), sizeof(app->mistake) / 2, &shown);
    (void)snprintf(app->mistake, sizeof(app->mistake), "%s", xbuf_cstr(&shown));
    buf_release(&shown);
    app->prompt.error_at =
        err->offset == ERR_NO_OFFSET ? SIZE_MAX : (size_t)err->offset;
}

/* A bare word at the end, still being typed, counts as the start of one. */
static bool
ends_in_word(const struct prompt *prompt)
{
    struct str line = buf_str(&prompt->line);
    size_t start = line.len;
    struct str word;

    while (start > 0 && ((unsigned char)line.ptr[start - 1] >= 0x80 ||
                         isalnum((unsigned char)line.ptr[start - 1])))
        start--;
    word = str_slice(line, start, line.len);
    return prompt->at == line.len && word.len > 1 &&
           (start == 0 || line.ptr[start - 1] == ' ' ||
            line.ptr[start - 1] == '(') &&
           !str_equal(word, STR_LIT("OR")) &&
           !str_equal(word, STR_LIT("AND")) && !str_equal(word, STR_LIT("NOT"));
}

static void
search_live(struct app *app, struct str line)
{
    struct buf query = {0};

    xbuf_append_str(&query, line);
    if (ends_in_word(&app->prompt))
        xbuf_append_str(&query, STR_LIT("*"));
    desk_live_query(app->desk, buf_str(&query));
    buf_release(&query);
}

/* After a key: the mistake in a query, or what it finds. */
static void
follow_query(struct app *app)
{
    struct str line = buf_str(&app->prompt.line);
    const struct view *view = app_view(app);
    const struct query *query;
    struct arena arena;
    struct error err = ERROR_INIT;

    if ((app->prompt_kind != ASK_QUERY && app->prompt_kind != ASK_PATTERN) ||
        str_equal(line, buf_str(&app->followed)))
        return;
    buf_clear(&app->followed);
    xbuf_append_str(&app->followed, line);
    app->mistake[0] = '\0';
    app->prompt.error_at = SIZE_MAX;
    arena_init(&arena, 0);
    if (query_parse(&query, line, &arena, &err))
        note_mistake(app, &err);
    else if (app->prompt_kind == ASK_QUERY && view &&
             view->ops->where(view) & IN_WORK &&
             app->preferences.value[PREFER_LIVE]) {
        if (desk_is_cheap(query))
            search_live(app, line);
        else
            (void)snprintf(app->mistake, sizeof(app->mistake),
                           "Enter searches: it takes too much for every key");
    }
    arena_release(&arena);
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
    if (list->error.len == 0)
        desk_live_keep(app->desk);
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

/* What stands in the prompt. */
static void
tell_view(struct app *app)
{
    struct view *view = app_view(app);

    if (view && view->ops->typed)
        view->ops->typed(view, app->prompt_kind,
                         app->prompt.line.len ? buf_str(&app->prompt.line)
                                              : STR_LIT(""));
}

static void
leave(struct app *app)
{
    struct view *view = app_view(app);

    prompt_close(&app->prompt);
    if (view && view->ops->typed)
        view->ops->typed(view, app->prompt_kind, (struct str){NULL, 0});
}

void
ask_key(struct app *app, uint32_t key)
{
    switch (prompt_key(&app->prompt, key)) {
    case PROMPT_DONE:
        answer_prompt(app);
        break;
    case PROMPT_LEFT:
        leave(app);
        if (app->prompt_kind == ASK_QUERY)
            desk_live_leave(app->desk);
        break;
    case PROMPT_STAYS:
        follow_query(app);
        tell_view(app);
        break;
    }
}

void
ask_paste(struct app *app, struct str text)
{
    prompt_paste(&app->prompt, text);
    follow_query(app);
    tell_view(app);
}
