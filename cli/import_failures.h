/* `stet import failures`: a row of the table in cmd_import.c. */
#ifndef STET_CLI_IMPORT_FAILURES_H
#define STET_CLI_IMPORT_FAILURES_H

#include "cli/command.h"

enum err_code import_failures(const struct invocation *in, int *status,
                              struct error *err);

#endif
