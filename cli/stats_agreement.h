/* `stet stats --agreement`. Private to cli/. */
#ifndef STET_CLI_STATS_AGREEMENT_H
#define STET_CLI_STATS_AGREEMENT_H

#include "cli/session.h"

/* Prints the agreement on everything that several people rated; reads its
 * options from `in`. */
enum err_code print_agreement(struct session *session,
                              const struct invocation *in, struct error *err);

#endif
