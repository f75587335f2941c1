/* `stet desk`: opens the desk; the only place that tells it about the
 * environment. */
#include "config.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command_list.h"
#include "cli/session.h"
#include "stet/tui.h"

static const struct option_def desk_options[] = {
    {"queue", 0, "NAME", "open a named queue where you left it"},
    {"blind", 0, NULL, "hide scores and peers until you have decided"},
    {"script", 0, "FILE", "take keys from FILE, draw on no terminal"},
    {"size", 0, "COLSxROWS", "of a script's screen (default 80x24)"},
    {"ascii", 0, NULL, "draw with ASCII characters only"},
    {NULL, 0, NULL, NULL},
};

static bool
env_is_set(const char *name)
{
    const char *value = getenv(name);

    return value && *value;
}

static bool
is_secure(const struct workspace *ws)
{
    const char *value = getenv("STET_SECURE");

    return (value && strcmp(value, "1") == 0) ||
           settings_bool(ws->settings, "policy", "secure", false);
}

static const char *
editor_command(void)
{
    if (env_is_set("VISUAL"))
        return getenv("VISUAL");
    return env_is_set("EDITOR") ? getenv("EDITOR") : NULL;
}

static enum err_code
parse_size(const struct invocation *in, struct tui_options *options,
           struct error *err)
{
    const char *size = option_get(in, "size");
    char *end;

    if (!size)
        return ERR_OK;
    options->columns = (unsigned)strtoul(size, &end, 10);
    if (*end != 'x')
        return usage_error(in, err, "--size takes COLSxROWS, not '%s'", size);
    options->rows = (unsigned)strtoul(end + 1, &end, 10);
    if (*end || !options->columns || !options->rows ||
        options->columns > 1000 || options->rows > 1000)
        return usage_error(in, err, "--size takes COLSxROWS, not '%s'", size);
    return ERR_OK;
}

static enum err_code
run_desk(const struct invocation *in, int *status, struct error *err)
{
    struct workspace *ws = NULL;
    struct buf query = {0};
    struct tui_options options = {
        .queue = option_get(in, "queue"),
        .script = option_get(in, "script"),
        .blind = option_given(in, "blind"),
        .editor = editor_command(),
        .term = getenv("TERM"),
        .no_color = env_is_set("NO_COLOR"),
        .in_tmux = env_is_set("TMUX"),
        .ascii = option_given(in, "ascii") ||
                 strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
    };
    enum err_code code = parse_size(in, &options, err);

    (void)status;
    for (size_t i = 0; i < in->arg_count; i++)
        xbuf_printf(&query, "%s%s", i ? " " : "", in->args[i]);
    if (in->arg_count)
        options.query = xbuf_cstr(&query);
    if (!code)
        code = workspace_open(&ws, option_get(in, "directory"),
                              option_given(in, "trust"), err);
    if (!code) {
        share_umask(ws);
        options.reviewer = session_reviewer(in, ws);
        options.secure = is_secure(ws);
        code = tui_run(ws, &options, err);
    }
    workspace_close(ws);
    buf_release(&query);
    return code;
}

const struct command command_desk = {
    "desk",
    "[OPTIONS] [QUERY...]",
    "Open the desk: read, judge, tag, rewrite",
    "Without a query it opens on the start view: queues, drafts, what was "
    "sent back.\nKeys are listed by ? at the desk and in stet(1).",
    desk_options,
    run_desk,
};
