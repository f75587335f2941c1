/* A word diff as one text that reads without colour, [-old-]{+new+}, with what
 * is what in it as spans to be painted. */
#ifndef STET_TUI_DIFF_TEXT_H
#define STET_TUI_DIFF_TEXT_H

#include <stdbool.h>

#include "stet/document.h"
#include "tui/textdraw.h"

struct diff_spans {
    struct span *at;
    size_t count;
};

/* One change: what stands between two equal stretches. */
struct diff_change {
    struct span old, made; /* in the old text, in the new one */
    size_t shown_at, shown_end;
    bool dropped; /* the old text stays here */
};

struct diff_text {
    struct buf shown;
    struct diff_spans marks; /* our own: brackets and folds */
    struct diff_spans removed, added;
    struct diff_change *change;
    size_t changes;
    bool coarse; /* too different for words: whole lines */
};

/* *diff must be empty or made before. */
void diff_text_make(struct diff_text *diff, struct str old,
                    struct str new_text);
void diff_text_release(struct diff_text *diff);
/* Start of the next (+1) or previous (-1) change from `at`; false: none. */
bool diff_text_next(const struct diff_text *diff, size_t at, int direction,
                    size_t *found);
/* Take one change off, or put it on again: the one at byte `at` of what is
 * shown, else the next one. The texts are those that it was made from. False:
 * there is none. */
bool diff_text_toggle(struct diff_text *diff, struct str old,
                      struct str new_text, size_t at);
/* The new text without the changes that were taken off. */
void diff_text_result(const struct diff_text *diff, struct str old,
                      struct str new_text, struct buf *out);
/* The layers to draw it with. */
#define DIFF_LAYERS 3
void diff_text_layers(const struct diff_text *diff,
                      struct text_layer layers[DIFF_LAYERS]);

#endif
