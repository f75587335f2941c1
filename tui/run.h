/* `:` lines: completion of commands, tags, queues, fields. */
#ifndef STET_TUI_RUN_H
#define STET_TUI_RUN_H

#include "tui/prompt.h"

bool run_complete(void *ctx, struct str line, size_t at, size_t i,
                  size_t *start, struct buf *out);

#endif
