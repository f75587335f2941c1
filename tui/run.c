/* Commands that belong to no view, and `:` lines. What is left goes to the
 * view on top. */
#include "config.h"

#include "tui/run.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "stet/fileio.h"
#include "stet/query.h"
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
    case CMD_START:
        go_to_start(app);
        return true;
    case CMD_HELP:
        app_open_help(app);
        return true;
    case CMD_BLANK:
        app->blank = true;
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
    case CMD_WRITE:
        app_say(app, false, "nothing to write: every decision is saved");
        return true;
    case CMD_LOG:
        app_push(app, view_log_new(app, argument));
        return true;
    case CMD_GUIDE:
        app_guide(app, argument);
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
        return false;
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

/* The i-th of the names that begin with `word`; counts down through *i. */
static bool
offer(struct str name, struct str word, size_t *i, struct buf *out)
{
    if (!str_starts_with(name, word))
        return false;
    if (*i > 0) {
        --*i;
        return false;
    }
    xbuf_append_str(out, name);
    return true;
}

static bool
complete_command(struct str word, size_t i, struct buf *out)
{
    for (int c = CMD_NONE + 1; c < CMD_COUNT; c++)
        if (offer(str_of(command_table[c].name), word, &i, out))
            return true;
    return false;
}

static bool
complete_tag(struct app *app, struct str word, size_t i, struct buf *out)
{
    size_t count;
    size_t before = out->len;
    const struct desk_tag *tags = desk_tags(app->desk, &count);
    bool sign = str_starts_with(word, STR_LIT("+")) ||
                str_starts_with(word, STR_LIT("-"));

    if (sign) {
        xbuf_append_str(out, str_slice(word, 0, 1));
        word = str_slice(word, 1, word.len);
    }
    for (size_t t = 0; t < count; t++)
        if (offer(tags[t].name, word, &i, out))
            return true;
    out->len = before;
    return false;
}

static bool
complete_score(struct app *app, struct str word, size_t *i, struct buf *out)
{
    for (unsigned s = 0; s < desk_score_count(app->desk); s++)
        if (offer(str_of(desk_score_def(app->desk, s)->name), word, i, out))
            return true;
    return false;
}

static bool
complete_order(struct app *app, struct str word, size_t i, struct buf *out)
{
    for (const struct query_help *help = query_orders; help->name; help++)
        if (help->name[0] >= 'a' && offer(str_of(help->name), word, &i, out))
            return true;
    return complete_score(app, word, &i, out);
}

static bool
complete_field(struct app *app, struct str word, size_t i, struct buf *out)
{
    bool found = false;

    for (const struct query_help *help = query_fields; help->name && !found;
         help++)
        found =
            help->name[0] >= 'a' && offer(str_of(help->name), word, &i, out);
    if (found || complete_score(app, word, &i, out) ||
        offer(STR_LIT("sort"), word, &i, out)) {
        xbuf_append_str(out, STR_LIT(":"));
        return true;
    }
    return false;
}

bool
run_complete(void *ctx, struct str line, size_t at, size_t i, size_t *start,
             struct buf *out)
{
    struct app *app = ctx;
    size_t word = at;
    struct str part;

    assert(line.ptr || at == 0);
    while (word > 0 && line.ptr[word - 1] != ' ' && line.ptr[word - 1] != '(')
        word--;
    *start = word;
    part = str_slice(line, word, at);
    if (app->prompt_kind == ASK_QUERY || app->prompt_kind == ASK_PATTERN) {
        if (str_starts_with(part, STR_LIT("tag:"))) {
            *start = word + 4;
            return complete_tag(app, str_slice(part, 4, part.len), i, out);
        }
        if (str_starts_with(part, STR_LIT("sort:"))) {
            *start = word + 5;
            return complete_order(app, str_slice(part, 5, part.len), i, out);
        }
        return part.len > 0 && complete_field(app, part, i, out);
    }
    if (app->prompt_kind != ASK_COMMAND)
        return false;
    if (word == 0)
        return complete_command(part, i, out);
    return (str_starts_with(line, STR_LIT("tag ")) ||
            str_starts_with(line, STR_LIT("guide "))) &&
           complete_tag(app, part, i, out);
}
