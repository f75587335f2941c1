/* Finds the subcommand, prepares the process, prints the error, exits. */
#include "config.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "cli/session.h"
#include "stet/fileio.h"
#include "stet/pool.h"
#include "stet/width.h"

/* Harmful text must not reach core files or other users; a full disk or a
 * closed pipe must come back as an error, not as a signal. */
static void
prepare_process(void)
{
    struct rlimit no_core = {0, 0};
    const char *now = getenv("STET_TEST_NOW");
    int64_t fixed;

    (void)umask(077);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    if (!setlocale(LC_CTYPE, "") || strcmp(setlocale(LC_CTYPE, NULL), "C") == 0)
        (void)setlocale(LC_CTYPE, "C.UTF-8");
    if (now && time_parse(str_of(now), &fixed))
        time_set_us(fixed);
}

static int
report(const struct error *err)
{
    complain("%s", err->message);
    return err_code_exit_status(err->code);
}

/* `stet davidson.jsonl.zst`, `stet serach`: say what was probably meant. */
static enum err_code
unknown_command(const char *name, struct error *err)
{
    const char *nearest = command_nearest(name);

    if (file_exists(name))
        return error_set(err, ERR_USAGE, "index it first: stet index %s", name);
    if (nearest)
        return error_set(err, ERR_USAGE,
                         "unknown command '%s'; did you mean '%s'?", name,
                         nearest);
    return error_set(err, ERR_USAGE, "unknown command '%s'; see 'stet --help'",
                     name);
}

static int
run_command(const struct command *command, int argc, char **argv)
{
    struct invocation in = {.program = "stet"};
    struct error err = ERROR_INIT;
    int status = 0;
    enum err_code code = options_parse(&in, command, argc, argv, &err);

    if (!code && option_given(&in, "help")) {
        command_print_help(command);
        return finish_output(&err) ? report(&err) : 0;
    }
    if (!code)
        code = command->run(&in, &status, &err);
    if (code == ERR_OK)
        code = finish_output(&err);
    if (code == ERR_CANCELLED && interrupt_is_typed()) {
        complain("%s", err.message);
        return 128 + SIGINT;
    }
    return code ? report(&err) : status;
}

int
main(int argc, char **argv)
{
    struct error err = ERROR_INIT;
    const struct command *command;
    char *desk[] = {argv[0], NULL};

    prepare_process();
    if (argc < 2)
        return run_command(command_named("desk"), 1, desk);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        command = argc > 2 ? command_named(argv[2]) : NULL;
        if (command)
            command_print_help(command);
        else
            print_overview();
        return finish_output(&err) ? report(&err) : 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts(PACKAGE_NAME " " PACKAGE_VERSION);
        return 0;
    }
    command =
        argc > 3 && strcmp(argv[1], "-C") == 0 ? command_named(argv[3]) : NULL;
    if (command) {
        /* `stet -C DIR COMMAND`, as with git: the command's name first. */
        argv[3] = argv[2];
        argv[2] = argv[1];
        return run_command(command, argc - 1, argv + 1);
    }
    if (argv[1][0] == '-')
        return run_command(command_named("desk"), argc, argv);
    command = command_named(argv[1]);
    if (!command) {
        unknown_command(argv[1], &err);
        return report(&err);
    }
    return run_command(command, argc - 1, argv + 1);
}
