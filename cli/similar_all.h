/* The groups of `stet similar --all`. Private to cli/. */
#ifndef STET_CLI_SIMILAR_ALL_H
#define STET_CLI_SIMILAR_ALL_H

#include "cli/session.h"

/* Print them, from the cache or made anew. */
enum err_code similar_all(struct session *session, double threshold,
                          struct error *err);

#endif
