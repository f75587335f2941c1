/* `stet index --as NAME -`: what comes in on stdin becomes a shard. Private to
 * cli/. */
#ifndef STET_CLI_KEEP_STDIN_H
#define STET_CLI_KEEP_STDIN_H

#include "cli/command.h"
#include "stet/build.h"

/* Whether "-" or --as was given. ERR_USAGE when one lacks the other. */
enum err_code stdin_is_wanted(const struct invocation *in, bool *wanted,
                              struct error *err);
/* Read stdin to its end and keep it as the shard NAME.jsonl.zst below the
 * corpus root; *path: its absolute path, caller frees.
 * Fails: ERR_EXISTS without --replace; ERR_USAGE: a NAME of no use;
 * ERR_FORMAT: empty, broken off, or no JSON lines. Nothing is kept then. */
enum err_code stdin_keep(const struct invocation *in,
                         const struct workspace *ws,
                         const struct build_options *options, char **path,
                         struct error *err);

#endif
