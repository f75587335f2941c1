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
#include "tui/ask.h"
#include "tui/editor.h"
#include "tui/input.h"
#include "tui/script.h"
#include "tui/term.h"
#include "tui/view.h"

#define SCRIPT_COLS 80
#define SCRIPT_ROWS 24
#define IDLE_LIMIT_MS 30000 /* of a script, for one step */
#define SEARCHING_MS 150    /* until the former rows fade */
#define NEWS_MS 8           /* drawings for news only are this far apart */

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

static unsigned
poll_desk(struct app *app)
{
    unsigned bits = desk_poll(app->desk);

    ask_watch(app);
    return bits;
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
            input_key(app, step.key);
        else if (step.kind == STEP_PASTE)
            input_paste(app, step.text);
        else if (step.kind == STEP_MOUSE)
            input_mouse(app, &step.mouse);
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
            input_paste(app, term_paste(app->term));
        else if (key == KEY_IS_MOUSE) {
            struct mouse mouse = term_mouse_event(app->term);

            input_mouse(app, &mouse);
        } else if (key != KEY_IS_RESIZE)
            input_key(app, key);
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
        bool searching = desk_list(app->desk)->running;
        unsigned what = term_wait(app->term, desk_wake_fd(app->desk),
                                  late        ? NEWS_MS
                                  : searching ? SEARCHING_MS
                                              : DESK_TICK_MS);
        struct view *view;
        int64_t now;

        if (what & TERM_SIGNAL && term_stop_wanted(app->term))
            app_run(app, CMD_SUSPEND, (struct str){0}, KEY_IS_NONE);
        desk_tick(app->desk);
        view = app_view(app);
        if (view && view->ops->tick)
            late = view->ops->tick(view) || late;
        late = poll_desk(app) != 0 || late || (searching && !what);
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
    input_answer(app, false);
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
    app_prefer(app);
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
    preferences_init(&app.preferences);
    code = keymap_load(app.keymap, ws->settings, err);
    if (!code)
        code = preferences_load(&app.preferences, ws->settings, err);
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
    buf_release(&app.followed);
    closed = desk_close(app.desk, code ? &ignored : err); /* saves all */
    if (signal_seen) { /* ncurses left a handler of its own */
        (void)signal(signal_seen, SIG_DFL);
        (void)raise(signal_seen);
    }
    (void)pthread_sigmask(SIG_SETMASK, &former, NULL);
    return code ? code : closed;
}
