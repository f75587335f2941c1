/* The working view's state, shared by its two files: view_work.c arranges and
 * draws, work_command.c changes. */
#ifndef STET_TUI_WORK_H
#define STET_TUI_WORK_H

#include "tui/layers.h"
#include "tui/pane_list.h"
#include "tui/pane_text.h"
#include "tui/span.h"
#include "tui/view.h"

struct work {
    struct view view;
    bool focus_text, zoom;
    struct list_pane list;
    struct text_pane text;
    struct layers layers;
    struct span_choice choice;
    uint64_t serial; /* of the document in the pane */
    uint32_t anchor; /* row of the last mark; UINT32_MAX: none */
    bool has_pattern;

    /* Where things are; rows 0: not shown. */
    struct area title, list_at, head, text_at, strip, panel;
};

static inline struct work *
work_of(struct view *view)
{
    return (struct work *)view;
}

/* Take up the desk's document: before anything of the pane is used. */
void work_take_document(struct work *work);
void work_command(struct view *view, enum command command, struct str argument,
                  uint32_t key);
void work_mouse(struct view *view, const struct mouse *mouse);
void work_answer(struct view *view, enum prompt_kind kind, struct str line);

#endif
