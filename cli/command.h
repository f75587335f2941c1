/* Subcommands as data: one table gives parsing, --help, the manual's tables
 * and the shells' completion. Private to cli/. */
#ifndef STET_CLI_COMMAND_H
#define STET_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stet/error.h"

struct option_def {
    const char *name; /* long name without dashes; NULL at the end */
    char letter;      /* 0: none */
    const char *arg;  /* what it takes, "N", "FILE"; NULL: a flag */
    const char *help;
};

#define OPTION_MAX 40
#define OPTION_VALUES_MAX 64

/* What was typed. Views of argv; lives as long as main. */
struct invocation {
    const struct command *command;
    const char *program;
    struct {
        const struct option_def *def;
        const char *value; /* "" for a flag */
    } given[OPTION_VALUES_MAX];
    size_t given_count;
    char **args; /* what is no option */
    size_t arg_count;
};

struct command {
    const char *name;
    const char *synopsis; /* after "stet NAME" */
    const char *summary;  /* one line */
    const char *details;  /* paragraphs for --help and stet(1); "" for none */
    const struct option_def *options; /* beside the common ones */
    /* Returns the exit status; errors are filled and printed by main. */
    enum err_code (*run)(const struct invocation *in, int *status,
                         struct error *err);
};

extern const struct option_def common_options[]; /* every command has them */
extern const struct command *const commands[];   /* NULL at the end */

const struct command *command_named(const char *name);
/* The nearest command name for a typing mistake, or NULL. */
const char *command_nearest(const char *name);

/* Parse what follows the subcommand. ERR_USAGE names option and problem. */
enum err_code options_parse(struct invocation *in,
                            const struct command *command, int argc,
                            char **argv, struct error *err);
/* The last value given, or NULL. */
const char *option_get(const struct invocation *in, const char *name);
bool option_given(const struct invocation *in, const char *name);
/* The i-th value of an option that may be repeated, or NULL. */
const char *option_nth(const struct invocation *in, const char *name, size_t i);
enum err_code option_uint(const struct invocation *in, const char *name,
                          uint64_t fallback, uint64_t max, uint64_t *out,
                          struct error *err);
enum err_code option_size(const struct invocation *in, const char *name,
                          uint64_t fallback, uint64_t *out, struct error *err);
/* A usage error that ends with the command's synopsis. */
enum err_code usage_error(const struct invocation *in, struct error *err,
                          const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void command_print_help(const struct command *command);
void print_overview(void);

#endif
