/* Commands that belong to no view, and `:` lines. What is left goes to the
 * view on top. */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/fileio.h"
#include "tui/app.h"
#include "tui/term.h"
#include "tui/view.h"

enum err_code
app_dump(struct app *app, struct str path, struct error *err)
{
    struct buf text = {0};
    struct buf name = {0};
    enum err_code code;

    app_draw(app);
    grid_dump(&app->grid, &text);
    xbuf_append_str(&name, path);
    code = file_write_atomic(xbuf_cstr(&name), buf_str(&text), err);
    buf_release(&text);
    buf_release(&name);
    return code;
}

static void
dump(struct app *app, struct str path)
{
    struct error err = ERROR_INIT;

    if (path.len == 0)
        app_say(app, true, ":dump needs the name of a file");
    else if (app_dump(app, path, &err))
        app_say(app, true, "%s", err.message);
}

static void
go_to_start(struct app *app)
{
    while (app->depth > 1)
        app_pop(app);
}

static void
back(struct app *app)
{
    if (app->depth > 1)
        app_pop(app);
    else
        app_say(app, false, "Q quits: everything is saved");
}

static void
edit_query(struct app *app)
{
    app_prompt(app, ASK_QUERY, "query ", desk_list(app->desk)->query);
}

static void
blank(struct app *app)
{
    app->blank = true;
    app->blank_us = time_monotonic_us();
}

static void
avoid(struct app *app, struct str words)
{
    struct str avoided = desk_avoided(app->desk);

    if (words.len)
        desk_avoid(app->desk, words);
    else if (avoided.len)
        desk_say(app->desk, false, "kept out of my queues: %.*s",
                 STR_FMT(avoided));
    else
        desk_say(app->desk, false, "nothing is kept out of my queues");
}

/* The views that open from anywhere; false: none of them. */
static bool
open_view(struct app *app, enum command command, struct str argument)
{
    switch ((int)command) {
    case CMD_START:
        go_to_start(app);
        return true;
    case CMD_HELP:
        app_open_help(app);
        return true;
    case CMD_LOG:
        app_push(app, view_log_new(app, argument));
        return true;
    case CMD_ADJUDICATE:
        app_adjudicate(app);
        return true;
    case CMD_GUIDE:
        app_guide(app, argument);
        return true;
    case CMD_FAILURES:
        app_push(app, view_failures_new(app));
        return true;
    case CMD_REPORT:
        app_open_report(app);
        return true;
    default:
        return false;
    }
}

/* The ones that work the same everywhere; false: the view's business. */
static bool
run_common(struct app *app, enum command command, struct str argument)
{
    switch ((int)command) {
    case CMD_COMMAND:
        app_prompt(app, ASK_COMMAND, ":", STR_LIT(""));
        return true;
    case CMD_QUERY:
        edit_query(app);
        return true;
    case CMD_QUIT:
        app->quit = true;
        return true;
    case CMD_BLANK:
        blank(app);
        return true;
    case CMD_BREAK:
        desk_break(app->desk);
        blank(app);
        return true;
    case CMD_STOP:
        desk_stop(app->desk);
        return true;
    case CMD_REDRAW:
        if (app->term)
            term_redraw(app->term);
        return true;
    case CMD_SUSPEND:
        if (!app->term || !term_suspend(app->term))
            app_say(app, true, "no shell to go back to");
        return true;
    case CMD_UNDO:
        desk_undo(app->desk);
        return true;
    case CMD_REDO:
        desk_redo(app->desk);
        return true;
    case CMD_RELOAD:
        desk_reload(app->desk);
        return true;
    case CMD_QUEUE:
        app_queue(app, argument);
        return true;
    case CMD_AVOID:
        avoid(app, argument);
        return true;
    case CMD_WRITE:
        app_say(app, false, "nothing to write: every decision is saved");
        return true;
    case CMD_DUMP:
        dump(app, argument);
        return true;
    case CMD_MAP:
        app_map(app, argument);
        return true;
    case CMD_SET:
        app_set(app, argument);
        return true;
    case CMD_NOTHING:
        return true;
    default:
        return open_view(app, command, argument);
    }
}

void
app_run(struct app *app, enum command command, struct str argument,
        uint32_t key)
{
    struct view *view = app_view(app);
    unsigned where = view ? view->ops->where(view) : 0;

    if (!view)
        return;
    if (!(command_table[command].where & where)) {
        app_say(app, true, "%s does not work here",
                command_table[command].name);
        return;
    }
    if (command == CMD_BACK && app->depth == 1) {
        back(app);
        return;
    }
    desk_hold(app->desk);
    if (!run_common(app, command, argument))
        view->ops->command(view, command, argument, key);
}

void
app_run_line(struct app *app, struct str line)
{
    size_t len = 0;
    struct str name;
    struct str argument;
    enum command command;

    line = str_trim(line);
    while (len < line.len && line.ptr[len] != ' ')
        len++;
    name = str_slice(line, 0, len);
    argument = str_trim(str_slice(line, len, line.len));
    if (name.len == 0)
        return;
    if (name.ptr[0] >= '0' && name.ptr[0] <= '9') {
        app_run(app, CMD_GO, name, KEY_IS_NONE);
        return;
    }
    if (str_equal(name, STR_LIT("q")))
        name = STR_LIT("quit");
    command = desk_command_find(name);
    if (command == CMD_NONE) {
        struct buf shown = {0};

        width_escape(name, 30, &shown);
        app_say(app, true, "no command \"%s\"; ? lists them",
                xbuf_cstr(&shown));
        buf_release(&shown);
        return;
    }
    app_run(app, command, argument, KEY_IS_NONE);
}
