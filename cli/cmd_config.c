/* `stet config`: get, set and list the configuration. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command_list.h"
#include "cli/session.h"
#include "stet/xalloc.h"

static const struct option_def config_options[] = {
    {"origin", 0, NULL, "say which file and line a value comes from"},
    {"personal", 0, NULL, "set in the personal file, not the project's"},
    {NULL, 0, NULL, NULL},
};

/* section.key, or section.sub.key (the sub may hold dots). */
struct name {
    char *copy;
    const char *section, *sub, *key;
};

static bool
split_name(const char *text, struct name *name)
{
    char *first;
    char *last;

    name->copy = xstrdup(text);
    first = strchr(name->copy, '.');
    last = strrchr(name->copy, '.');
    if (!first || first == name->copy || !last[1])
        return false;
    *first = '\0';
    *last = '\0';
    name->section = name->copy;
    name->key = last + 1;
    name->sub = first == last ? NULL : first + 1;
    return true;
}

static void
print_json_setting(const struct setting *s)
{
    struct buf line = {0};
    struct json_out w = {&line, false};

    json_open(&w, '{');
    json_key(&w, "section");
    json_str(&w, s->section);
    json_key(&w, "subsection");
    json_str(&w, s->sub);
    json_key(&w, "key");
    json_str(&w, s->key);
    json_key(&w, "value");
    json_str(&w, s->value);
    json_key(&w, "file");
    json_str(&w, str_of(s->origin));
    json_key(&w, "line");
    json_int(&w, s->line);
    json_close(&w, '}');
    print_json_line(&line);
    buf_release(&line);
}

static void
print_setting(const struct setting *s, bool origin)
{
    if (origin) {
        print_escaped(str_of(s->origin), 0);
        printf(":%u\t", s->line);
    }
    print_escaped(s->section, 0);
    putchar('.');
    if (s->sub.len) {
        print_escaped(s->sub, 0);
        putchar('.');
    }
    print_escaped(s->key, 0);
    putchar('=');
    print_escaped(s->value, 0);
    putchar('\n');
}

static enum err_code
set(const struct session *session, const struct invocation *in,
    const struct name *name, struct error *err)
{
    char *path;
    char *folder;
    enum err_code code;

    if (in->arg_count != 3)
        return usage_error(in, err, "set needs a name and a value");
    path = option_given(in, "personal") ? path_xdg("config", "config")
                                        : xstrdup(session->ws->config);
    folder = path_parent(path);
    code = folder_make(folder, 0700, err);
    if (!code)
        code = settings_store(path, name->section, name->sub, name->key,
                              str_of(in->args[2]), err);
    free(folder);
    free(path);
    return code;
}

static enum err_code
get(const struct session *session, const struct name *name, struct error *err)
{
    const struct setting *setting = settings_get(
        session->ws->settings, name->section, name->sub, name->key);

    if (!setting)
        return error_set(err, ERR_NOTFOUND, "not set");
    print_escaped(setting->value, 0);
    putchar('\n');
    return ERR_OK;
}

static enum err_code
run_config(const struct invocation *in, int *status, struct error *err)
{
    struct session session;
    struct name name = {0};
    const char *verb = in->arg_count ? in->args[0] : "list";
    const struct setting *setting;
    enum err_code code = session_open(&session, in, 0, err);

    (void)status;
    if (code)
        goto out;
    if (strcmp(verb, "list") == 0) {
        for (size_t i = 0; (setting = settings_at(session.ws->settings, i));
             i++)
            if (session.json)
                print_json_setting(setting);
            else
                print_setting(setting, option_given(in, "origin"));
        goto out;
    }
    if (strcmp(verb, "get") != 0 && strcmp(verb, "set") != 0)
        code = usage_error(in, err, "unknown verb '%s'", verb);
    else if (in->arg_count < 2 || !split_name(in->args[1], &name))
        code = usage_error(in, err,
                           "a name is SECTION.KEY or "
                           "SECTION.SUBSECTION.KEY");
    else if (strcmp(verb, "get") == 0)
        code = get(&session, &name, err);
    else
        code = set(&session, in, &name, err);
out:
    free(name.copy);
    session_close(&session);
    return code;
}

const struct command command_config = {
    "config",
    "list|get NAME|set NAME VALUE",
    "Read and change the configuration",
    "NAME is SECTION.KEY or SECTION.SUBSECTION.KEY, see stet-config(5).",
    config_options,
    run_config,
};
