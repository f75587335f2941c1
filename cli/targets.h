/* The documents a subcommand acts on: REFs, a query, or a batch file.
 * Private to cli/. */
#ifndef STET_CLI_TARGETS_H
#define STET_CLI_TARGETS_H

#include "cli/session.h"

struct target {
    uint32_t doc;
    struct str args; /* of a batch line; ptr NULL: the command line's */
};
struct targets {
    struct target *list; /* malloc'd; targets_release() */
    size_t count;
    struct str query; /* when it was a query */
};

/* `refs` are the arguments left after the command's own. ERR_USAGE when none
 * or several of refs, --query, --batch are given. Lines of a batch are REF, or
 * ARGS, a tab, REF; "-" reads standard input. */
enum err_code targets_collect(struct session *session,
                              const struct invocation *in, char **refs,
                              size_t ref_count, struct targets *out,
                              struct error *err);
void targets_release(struct targets *targets);

/* All of standard input, at most `max` bytes. */
enum err_code stdin_read(size_t max, struct buf *out, struct error *err);

#endif
