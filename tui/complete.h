/* What may stand at the prompt's cursor: commands, tags, queues, fields,
 * values; with counts where there are any. */
#ifndef STET_TUI_COMPLETE_H
#define STET_TUI_COMPLETE_H

#include "tui/app.h"

/* A prompt_complete; `ctx` is the app. */
bool complete_word(void *ctx, struct completion *completion);
/* What may be written at the prompt's cursor, for when there is nothing to
 * choose from. */
void complete_syntax(struct app *app, struct buf *out);

#endif
