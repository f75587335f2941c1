/* The working view's state, shared by its two files: view_work.c arranges and
 * draws, work_command.c changes. */
#ifndef STET_TUI_WORK_H
#define STET_TUI_WORK_H

#include "tui/layers.h"
#include "tui/pane_list.h"
#include "tui/pane_text.h"
#include "tui/span.h"
#include "tui/view.h"

/* What `/` looks for; it stays from document to document. */
struct work_find {
    struct buf pattern; /* empty: none */
    struct buf former;  /* the one before this prompt */
    bool typing;
    size_t origin;   /* cursor when the prompt was opened */
    bool asked;      /* of this document, */
    uint64_t serial; /* covered or not */
    bool masked;
    uint64_t number; /* of the answer taken in last */
    int step;        /* to do when the answer comes: 1, -1; 0: none */
    size_t from;     /* from here */
};

struct work {
    struct view view;
    bool focus_text, zoom;
    struct list_pane list;
    struct text_pane text;
    struct layers layers;
    struct span_choice choice;
    uint64_t serial; /* of the document in the pane */
    uint32_t anchor; /* row of the last mark; UINT32_MAX: none */
    struct work_find find;
    struct text_note *notes;   /* in the margin; malloc'd */
    uint64_t notes_serial;     /* what they were made for */
    bool numbers, numbers_set; /* else: only where sentences have scores */

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
/* The chosen span, in *span; NULL: none. */
const struct span *work_chosen(struct work *work, struct span *span);
/* work_rewrite.c */
bool work_rewrite_command(struct work *work, enum command command,
                          struct str argument); /* false: not one of them */
void work_redact_answer(struct work *work, struct str line);
/* work_find.c */
void work_find_open(struct work *work);
/* ptr NULL: the prompt was left. */
void work_find_typed(struct work *work, struct str line);
void work_find_answer(struct work *work, struct str line);
/* The next match (1) or the one before (-1), round the end; without a pattern,
 * the hit. */
void work_find_step(struct work *work, int direction);
/* Before drawing: take in what was found, ask again for another document. */
void work_find_take(struct work *work);
/* "match 3 of 17  "; nothing when nothing is looked for. */
void work_find_words(const struct work *work, struct buf *out);
/* The next match from `at` of what is looked for; false: there is none. */
bool work_find_from(const struct work *work, size_t at, int direction,
                    struct span *match);
void work_find_release(struct work *work);

/* work_passage.c */
void work_go_passage(struct work *work, bool forward);
void work_list_passages(struct work *work);
void work_remove_span(struct work *work);
void work_toggle_numbers(struct work *work);
/* Before the layout: what stands in the margin. */
void work_set_margin(struct work *work);
/* While a span is chosen: the next passage, or match of `/`, becomes it; false:
 * not such a command. */
bool work_choose_command(struct work *work, enum command command);

void work_command(struct view *view, enum command command, struct str argument,
                  uint32_t key);
void work_mouse(struct view *view, const struct mouse *mouse);
void work_answer(struct view *view, enum prompt_kind kind, struct str line);

#endif
