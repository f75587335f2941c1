/* Going through a document sentence by sentence, for data whose sentences are
 * labelled one by one: the span selection, a whole sentence at a time. */
#ifndef STET_TUI_SENTENCES_H
#define STET_TUI_SENTENCES_H

#include "tui/span.h"

/* Choose the sentence at the cursor. Where the records came in segments, those
 * are the sentences. */
void sentences_start(struct span_choice *choice, struct text_pane *pane,
                     struct desk *desk, const struct desk_document *document);
/* The next one (+1) or the one before (-1); false: there is none. */
bool sentences_move(struct span_choice *choice, struct text_pane *pane,
                    struct desk *desk, const struct desk_document *document,
                    int direction);

#endif
