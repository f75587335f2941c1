/* Where keys go. */
#ifndef STET_TUI_INPUT_H
#define STET_TUI_INPUT_H

#include "tui/app.h"

void input_key(struct app *app, uint32_t key);
void input_paste(struct app *app, struct str text);
void input_mouse(struct app *app, const struct mouse *mouse);
/* Answer the open question, if there is one. */
void input_answer(struct app *app, bool yes);

#endif
