/* `stet import proposals`: a row of the table in cmd_import.c. */
#ifndef STET_CLI_IMPORT_PROPOSALS_H
#define STET_CLI_IMPORT_PROPOSALS_H

#include "cli/command.h"

enum err_code import_proposals(const struct invocation *in, int *status,
                               struct error *err);

#endif
