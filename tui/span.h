/* Choosing a span of the document: an anchor and a moving end. */
#ifndef STET_TUI_SPAN_H
#define STET_TUI_SPAN_H

#include "tui/commands.h"
#include "tui/desk.h"
#include "tui/pane_text.h"

struct span_choice {
    bool active;
    bool each;          /* sentence by sentence */
    size_t anchor, end; /* in any order; both on grapheme boundaries */
};

/* Begin with the hit or the word at the cursor. */
void span_start(struct span_choice *choice, struct text_pane *pane,
                const struct desk_document *document);
void span_start_at(struct span_choice *choice, struct text_pane *pane,
                   struct span span);
/* What is chosen, never empty unless the text is. */
struct span span_chosen(const struct span_choice *choice, struct str text);
/* Motions, and leaving; false: not one of them. */
bool span_command(struct span_choice *choice, struct text_pane *pane,
                  const struct desk_document *document, enum command command);

#endif
