/* Reads the command line by the command's table, and prints --help from it.
 * The parsing itself is getopt_long's. */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "stet/settings.h"

const struct option_def common_options[] = {
    {"directory", 'C', "DIR", "work in DIR (where .stet is, or below it)"},
    {"reviewer", 0, "NAME", "who decides (default: $STET_REVIEWER, login)"},
    {"json", 0, NULL, "print JSON lines"},
    {"trust", 0, NULL, "open a workspace that belongs to someone else"},
    {"help", 'h', NULL, "show this help"},
    {NULL, 0, NULL, NULL},
};

static size_t
option_count(const struct option_def *options)
{
    size_t count = 0;

    while (options && options[count].name)
        count++;
    return count;
}

/* The definition behind getopt's code: 1000 + index, or its letter. */
static const struct option_def *
option_by_code(const struct option_def *const *defs, size_t count, int code)
{
    if (code >= 1000 && (size_t)(code - 1000) < count)
        return defs[code - 1000];
    for (size_t i = 0; i < count; i++)
        if (defs[i]->letter && defs[i]->letter == code)
            return defs[i];
    return NULL;
}

static size_t
fill_getopt(const struct option_def *const *defs, size_t count,
            struct option *longs, char *shorts)
{
    size_t at = 0;

    shorts[at++] = ':';
    for (size_t i = 0; i < count; i++) {
        longs[i] = (struct option){
            .name = defs[i]->name,
            .has_arg = defs[i]->arg ? required_argument : no_argument,
            .val = 1000 + (int)i,
        };
        if (defs[i]->letter) {
            shorts[at++] = defs[i]->letter;
            if (defs[i]->arg)
                shorts[at++] = ':';
        }
    }
    shorts[at] = '\0';
    longs[count] = (struct option){0};
    return at;
}

/* "-other" after `stet tag` takes a topic off; only -h, -C and -C/DIR are
 * options there. */
static bool
is_tag_change(const struct command *command, const char *arg)
{
    if (strcmp(command->name, "tag") != 0 || arg[0] != '-' || !arg[1] ||
        arg[1] == '-' || strcmp(arg, "-h") == 0)
        return false;
    return arg[1] != 'C' || (arg[2] && !strchr(arg, '/'));
}

/* Move tag removals behind a "--" so that getopt leaves them alone. */
static void
protect_tag_changes(const struct command *command, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0)
            return;
        if (is_tag_change(command, argv[i]))
            argv[i][0] = '\001';
    }
}

enum err_code
options_parse(struct invocation *in, const struct command *command, int argc,
              char **argv, struct error *err)
{
    const struct option_def *defs[OPTION_MAX];
    struct option longs[OPTION_MAX + 1];
    char shorts[3 * OPTION_MAX + 2];
    size_t count = 0;
    int code;

    for (size_t i = 0; i < option_count(common_options); i++)
        defs[count++] = &common_options[i];
    for (size_t i = 0; i < option_count(command->options); i++)
        defs[count++] = &command->options[i];
    fill_getopt(defs, count, longs, shorts);
    protect_tag_changes(command, argc, argv);
    in->command = command;
    opterr = 0;
    optind = 0;
    while ((code = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        const struct option_def *def = option_by_code(defs, count, code);

        if (code == ':')
            return usage_error(in, err, "option '%s' needs a value",
                               argv[optind - 1]);
        if (!def && optopt > 0 && optopt < 1000)
            return usage_error(in, err,
                               "unknown option '-%c' (what begins with '-' "
                               "and is no option goes behind '--')",
                               optopt);
        if (!def)
            return usage_error(in, err, "unknown option '%s'",
                               argv[optind - 1]);
        if (in->given_count == OPTION_VALUES_MAX)
            return usage_error(in, err, "too many options");
        in->given[in->given_count].def = def;
        in->given[in->given_count++].value = def->arg ? optarg : "";
    }
    in->args = argv + optind;
    in->arg_count = (size_t)(argc - optind);
    for (size_t i = 0; i < in->arg_count; i++)
        if (in->args[i][0] == '\001')
            in->args[i][0] = '-';
    return ERR_OK;
}

const char *
option_get(const struct invocation *in, const char *name)
{
    for (size_t i = in->given_count; i-- > 0;)
        if (strcmp(in->given[i].def->name, name) == 0)
            return in->given[i].value;
    return NULL;
}

bool
option_given(const struct invocation *in, const char *name)
{
    return option_get(in, name) != NULL;
}

const char *
option_nth(const struct invocation *in, const char *name, size_t nth)
{
    for (size_t i = 0; i < in->given_count; i++)
        if (strcmp(in->given[i].def->name, name) == 0 && nth-- == 0)
            return in->given[i].value;
    return NULL;
}

enum err_code
option_uint(const struct invocation *in, const char *name, uint64_t fallback,
            uint64_t max, uint64_t *out, struct error *err)
{
    const char *value = option_get(in, name);
    char *end = NULL;
    unsigned long long number;

    if (!value) {
        *out = fallback;
        return ERR_OK;
    }
    errno = 0;
    number = strtoull(value, &end, 10);
    if (errno || end == value || *end || *value == '-' || number > max)
        return usage_error(in, err,
                           "--%s takes a number from 0 to %llu, not '%s'", name,
                           (unsigned long long)max, value);
    *out = number;
    return ERR_OK;
}

enum err_code
option_size(const struct invocation *in, const char *name, uint64_t fallback,
            uint64_t *out, struct error *err)
{
    const char *value = option_get(in, name);

    *out = fallback;
    if (value && !size_parse(str_of(value), out))
        return usage_error(in, err, "--%s takes a size such as 512M, not '%s'",
                           name, value);
    return ERR_OK;
}

enum err_code
usage_error(const struct invocation *in, struct error *err, const char *fmt,
            ...)
{
    char text[ERR_MESSAGE_MAX / 2];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return error_set(err, ERR_USAGE, "%s\nusage: stet %s %s", text,
                     in->command->name, in->command->synopsis);
}

static void
print_options(const struct option_def *options)
{
    for (const struct option_def *o = options; o && o->name; o++) {
        char left[64];

        (void)snprintf(left, sizeof(left), "%s%c%s--%s%s%s",
                       o->letter ? "-" : " ", o->letter ? o->letter : ' ',
                       o->letter ? ", " : "  ", o->name, o->arg ? " " : "",
                       o->arg ? o->arg : "");
        printf("  %-28s %s\n", left, o->help);
    }
}

void
command_print_help(const struct command *command)
{
    printf("stet %s %s\n\n%s.\n", command->name, command->synopsis,
           command->summary);
    if (command->details[0])
        printf("\n%s\n", command->details);
    printf("\nOptions:\n");
    print_options(command->options);
    print_options(common_options);
}

void
print_overview(void)
{
    printf("usage: stet [COMMAND] [OPTIONS] [ARGUMENTS]\n\n"
           "Review, tag and rewrite the documents a language model is trained "
           "on.\nAlone it opens the desk.\n\nCommands:\n");
    for (const struct command *const *c = commands; *c; c++)
        printf("  %-11s %s\n", (*c)->name, (*c)->summary);
    printf("\n'stet COMMAND --help' explains one; stet(1) explains all.\n");
}
