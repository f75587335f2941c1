/* The desk's loop: keys and workers' news in, one drawing per turn out. Views
 * and overlays are stacked; whoever is on top takes the keys. */
#include "config.h"

#include "tui/app.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "stet/fileio.h"
#include "stet/workspace.h"
#include "stet/xalloc.h"
#include "tui/editor.h"
#include "tui/run.h"
#include "tui/script.h"
#include "tui/term.h"
#include "tui/view.h"

#define SCRIPT_COLS 80
#define SCRIPT_ROWS 24
#define IDLE_LIMIT_MS 30000 /* of a script, for one step */
#define NEWS_MS 8           /* drawings for news only are this far apart */

static const char *const history_keys[ASK_KINDS] = {
    "history.command", "history.find",
    "history.query",   NULL,
    "history.pattern", NULL};

struct view *
app_view(const struct app *app)
{
    return app->depth ? app->views[app->depth - 1] : NULL;
}

void
app_push(struct app *app, struct view *view)
{
    if (app->depth == VIEWS_MAX) {
        view->ops->close(view);
        return;
    }
    app->views[app->depth++] = view;
}

void
app_pop(struct app *app)
{
    struct view *view = app->views[--app->depth];

    view->ops->close(view);
    if (app->depth == 0)
        app->quit = true;
    else if (app->depth == 1) /* the start view: its counts have changed */
        desk_refresh_start(app->desk);
}

void
app_say(struct app *app, bool is_error, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(app->note, sizeof(app->note), fmt, args);
    va_end(args);
    app->note_is_error = is_error;
}

void
app_ask(struct app *app, app_answer *answer, void *ctx, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(app->question, sizeof(app->question), fmt, args);
    va_end(args);
    app->answer = answer;
    app->answer_ctx = ctx;
}

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
static void
watch_query(struct app *app)
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

static unsigned
poll_desk(struct app *app)
{
    unsigned bits = desk_poll(app->desk);

    watch_query(app);
    return bits;
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

static void
key_to_prompt(struct app *app, uint32_t key)
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

/* What was said has been read when the next command comes; `:` leaves it, so
 * that `:dump` can write it. */
static void
message_is_read(struct app *app)
{
    app->note[0] = '\0';
    app->seen_message = desk_message(app->desk)->serial;
}

static void
answer_question(struct app *app, bool yes)
{
    app_answer *answer = app->answer;

    app->question[0] = '\0';
    app->answer = NULL;
    if (answer)
        answer(app, app->answer_ctx, yes);
}

static void
key_to_question(struct app *app, uint32_t key)
{
    bool yes = key == 'y' || key == 'Y';

    message_is_read(app);
    answer_question(app, yes);
    if (!yes)
        app_say(app, false, "not done");
}

/* A letter that no map knows is often another keyboard layout's. */
static void
unknown_key(struct app *app, uint32_t key)
{
    char name[KEY_NAME_MAX];

    key_format(key, name);
    if (key >= 0x80 && key <= 0x10FFFF)
        app_say(app, true, "%s: another keyboard layout?", name);
    else
        app_say(app, true, "%s does nothing here; ? lists the keys", name);
}

static void
key_to_view(struct app *app, uint32_t key)
{
    struct view *view = app_view(app);
    unsigned where = view->ops->where(view);
    enum command command = keymap_find(app->keymap, where, key);

    if (command != CMD_COMMAND)
        message_is_read(app);

    if (command == CMD_NONE && (where & IN_DOCUMENT) &&
        app_verdict_of_key(app, key))
        command = CMD_VERDICT;
    if (command == CMD_NONE)
        unknown_key(app, key);
    else
        app_run(app, command, (struct str){0}, key);
}

static void
suspend(struct app *app)
{
    if (!app->term || !term_suspend(app->term))
        app_say(app, true, "no shell to go back to");
}

static void
take_key(struct app *app, uint32_t key)
{
    /* From prompts, too: who typed half a note may need the shell. */
    if (keymap_find(app->keymap, IN_START, key) == CMD_SUSPEND) {
        suspend(app);
        return;
    }
    if (app->blank) { /* any key brings the screen back, and does no more */
        app->blank = false;
        return;
    }
    if (key == KEY_IS_F12)
        app->blank = true;
    else if (app->question[0])
        key_to_question(app, key);
    else if (app->prompt.active)
        key_to_prompt(app, key);
    else if (app->picker.active)
        picker_key(app, &app->picker, key);
    else if (app_view(app))
        key_to_view(app, key);
}

static void
take_paste(struct app *app, struct str text)
{
    if (app->blank)
        return;
    if (app->prompt.active)
        prompt_paste(&app->prompt, text);
    else if (app->picker.active)
        picker_paste(&app->picker, text);
    else
        app_say(app, false, "pasted text goes into a prompt only");
}

static void
resize(struct app *app, unsigned rows, unsigned cols)
{
    if (rows != app->grid.rows || cols != app->grid.cols)
        grid_resize(&app->grid, rows, cols);
}

void
app_draw(struct app *app)
{
    struct grid *grid = &app->grid;
    struct view *view = app_view(app);
    unsigned bottom = bar_rows(app);

    grid_clear(grid);
    if (app->blank || !view)
        return;
    if (grid->rows < 5 || grid->cols < 20) {
        grid_put(grid, 0, 0, STYLE_NORMAL, "stet: 20x5 is the least");
        return;
    }
    view->ops->layout(view, grid->rows - bottom, grid->cols);
    grid_clip(grid, (struct area){0, 0, grid->rows - bottom, grid->cols});
    view->ops->draw(view, grid);
    grid_clip(grid, (struct area){0, 0, grid->rows - bottom, grid->cols});
    if (app->picker.active) {
        picker_layout(&app->picker, grid->rows - bottom);
        picker_draw(&app->picker, grid);
    }
    bar_draw(app, grid);
}

static void
draw(struct app *app)
{
    struct view *view = app_view(app);

    app_draw(app);
    if (app->term)
        term_paint(app->term, &app->grid);
    if (view && view->ops->painted && !app->blank && !app->picker.active &&
        app->grid.rows >= 5 && app->grid.cols >= 20)
        view->ops->painted(view);
}

/* Wait until nothing is under way; scripts only. */
static enum err_code
wait_idle(struct app *app, struct error *err)
{
    int64_t limit = time_monotonic_us() + IDLE_LIMIT_MS * INT64_C(1000);

    draw(app); /* the layout asks for what it lacks */
    while (desk_is_busy(app->desk)) {
        struct pollfd fd = {desk_wake_fd(app->desk), POLLIN, 0};

        if (time_monotonic_us() > limit)
            return error_set(err, ERR_BUSY, "the desk does not come to rest");
        poll(&fd, 1, 100);
        if (poll_desk(app))
            draw(app);
    }
    if (poll_desk(app))
        draw(app);
    return ERR_OK;
}

static enum err_code
run_script(struct app *app, struct error *err)
{
    struct script *script;
    enum err_code code = script_open(&script, app->options->script, err);
    struct step step = {.kind = STEP_KEY};

    if (code)
        return code;
    code = wait_idle(app, err);
    while (!code && !app->quit) {
        code = script_next(script, &step, err);
        if (code || step.kind == STEP_END)
            break;
        if (step.kind == STEP_KEY)
            take_key(app, step.key);
        else if (step.kind == STEP_PASTE)
            take_paste(app, step.text);
        else if (step.kind == STEP_SIZE)
            resize(app, step.rows, step.cols);
        else if (step.kind == STEP_DUMP)
            code = app_dump(app, step.text, err);
        else
            poll(NULL, 0, (int)step.ms);
        if (!app->quit && !code)
            code = wait_idle(app, err);
    }
    script_close(script);
    return code;
}

static void
drain_keys(struct app *app)
{
    uint32_t key;

    while (!app->quit && (key = term_key(app->term)) != KEY_IS_NONE) {
        unsigned rows;
        unsigned cols;

        if (key == KEY_IS_PASTE)
            take_paste(app, term_paste(app->term));
        else if (key != KEY_IS_RESIZE)
            take_key(app, key);
        term_size(app->term, &rows, &cols);
        resize(app, rows, cols);
    }
}

static void
run_terminal(struct app *app)
{
    int64_t news = 0;  /* when they were drawn last */
    bool late = false; /* some wait for their drawing */

    draw(app);
    while (!app->quit && !term_signal(app->term)) {
        unsigned what = term_wait(app->term, desk_wake_fd(app->desk),
                                  late ? NEWS_MS : DESK_TICK_MS);
        int64_t now;

        if (what & TERM_SIGNAL && term_stop_wanted(app->term))
            suspend(app);
        desk_tick(app->desk);
        late = poll_desk(app) != 0 || late;
        if (what & TERM_INPUT)
            drain_keys(app);
        now = time_monotonic_us();
        if (what & (TERM_INPUT | TERM_SIGNAL)) {
            draw(app);
            late = false;
        } else if (late && now - news >= NEWS_MS * INT64_C(1000)) {
            draw(app);
            news = now;
            late = false;
        }
    }
}

static void
app_release(struct app *app)
{
    answer_question(app, false);
    while (app->depth > 0) {
        struct view *view = app->views[--app->depth];

        view->ops->close(view);
    }
    picker_release(&app->picker);
    prompt_release(&app->prompt);
    for (int i = 0; i < ASK_KINDS; i++)
        history_release(&app->history[i]);
    grid_release(&app->grid);
    keymap_free(app->keymap);
}

static void
open_first(struct app *app)
{
    const struct tui_options *options = app->options;

    app_push(app, view_start_new(app));
    if (options->queue)
        desk_open_queue(app->desk, str_of(options->queue));
    else if (options->query)
        desk_query(app->desk, str_of(options->query));
    if (options->queue || options->query)
        app_push(app, view_work_new(app));
    if (app->term && term_fallback(app->term))
        app_say(app, true, "TERM=%s is not known here: using %s",
                options->term ? options->term : "(none)",
                term_fallback(app->term));
}

static enum err_code
open_screen(struct app *app, struct error *err)
{
    const struct tui_options *options = app->options;
    unsigned rows = options->rows ? options->rows : SCRIPT_ROWS;
    unsigned cols = options->columns ? options->columns : SCRIPT_COLS;

    if (!options->script) {
        enum err_code code = term_open(&app->term, options, err);

        if (code)
            return code;
        term_size(app->term, &rows, &cols);
    }
    grid_init(&app->grid, rows, cols);
    app->grid.ascii = options->ascii || options->script;
    return ERR_OK;
}

/* Ending signals wait until what was decided is saved: a closing terminal
 * sends several. */
static void
hold_signals(sigset_t *former)
{
    sigset_t ending;

    (void)sigemptyset(&ending);
    (void)sigaddset(&ending, SIGHUP);
    (void)sigaddset(&ending, SIGINT);
    (void)sigaddset(&ending, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &ending, former);
}

enum err_code
tui_run(struct workspace *ws, const struct tui_options *options,
        struct error *err)
{
    struct app app = {.ws = ws, .options = options};
    enum err_code code;
    enum err_code closed;
    struct error ignored = ERROR_INIT;
    sigset_t former;
    int signal_seen = 0;

    app.keymap = keymap_new();
    prompt_init(&app.prompt);
    picker_init(&app.picker);
    code = keymap_load(app.keymap, ws->settings, err);
    if (!code)
        code = desk_open(&app.desk, ws, options, err);
    if (!code)
        code = open_screen(&app, err);
    if (!code) {
        editor_clean(ws);
        open_first(&app);
        if (options->script)
            code = run_script(&app, err);
        else
            run_terminal(&app);
    }
    if (app.term)
        signal_seen = term_signal(app.term);
    app_release(&app);
    hold_signals(&former);
    term_close(app.term);
    buf_release(&app.asked);
    closed = desk_close(app.desk, code ? &ignored : err); /* saves all */
    if (signal_seen) { /* ncurses left a handler of its own */
        (void)signal(signal_seen, SIG_DFL);
        (void)raise(signal_seen);
    }
    (void)pthread_sigmask(SIG_SETMASK, &former, NULL);
    return code ? code : closed;
}
