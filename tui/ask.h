/* The prompt as part of the desk; app_prompt() opens it. */
#ifndef STET_TUI_ASK_H
#define STET_TUI_ASK_H

#include "tui/app.h"

void ask_key(struct app *app, uint32_t key);
void ask_paste(struct app *app, struct str text);
/* After the desk's news. */
void ask_watch(struct app *app);

#endif
