/* `stet import annotations`: a row of the table in cmd_import.c. */
#ifndef STET_CLI_IMPORT_ANNOTATIONS_H
#define STET_CLI_IMPORT_ANNOTATIONS_H

#include "cli/command.h"

enum err_code import_annotations(const struct invocation *in, int *status,
                                 struct error *err);

#endif
