/* A scrolling text: the document, a diff. Positions are bytes. */
#ifndef STET_TUI_PANE_TEXT_H
#define STET_TUI_PANE_TEXT_H

#include "stet/regex.h"
#include "tui/commands.h"
#include "tui/grid.h"
#include "tui/textdraw.h"
#include "tui/wrap.h"

#define PANE_ROWS_MAX 512

/* A number in the margin, of the passage that begins there. */
struct text_note {
    size_t at;
    double value;
    unsigned char band; /* of score_band() */
    bool over;          /* its threshold */
};

struct text_pane {
    struct wrap wrap;
    struct str text; /* borrowed */
    size_t top;      /* start of the first row on screen */
    size_t cursor;   /* what the eye is on; on screen after a layout */
    unsigned left;   /* cells scrolled off, when not wrapping */
    bool soft, reveal;
    bool numbers;                  /* line numbers, where there is room */
    const struct text_note *notes; /* borrowed; by place */
    size_t note_count;             /* 0: no margin */

    struct regex *regex; /* of `/`; NULL: none */
    struct span *found;  /* matches on screen */
    size_t found_count, found_cap;

    unsigned rows, cols, gutter; /* of the last layout */
    struct wrap_row lines[PANE_ROWS_MAX];
    size_t numbers_of[PANE_ROWS_MAX];
    size_t top_number; /* of the line at the top */
    unsigned line_count;
};

void text_pane_init(struct text_pane *pane);
void text_pane_release(struct text_pane *pane);
/* Another text: from the top. */
void text_pane_set(struct text_pane *pane, struct str text);
/* The same text at another place: positions stay. */
void text_pane_move(struct text_pane *pane, struct str text);
void text_pane_layout(struct text_pane *pane, unsigned rows, unsigned cols);
/* Into the clip. `look` gives text and layers; found matches come on top. */
void text_pane_draw(const struct text_pane *pane, struct grid *grid,
                    const struct text_look *look, bool focus);
/* Scrolling, wrapping; false: not one of its commands. */
bool text_pane_command(struct text_pane *pane, enum command command);
/* Bring a byte on the screen; it becomes the cursor. */
void text_pane_show(struct text_pane *pane, size_t at);
/* From the cursor on, and round the end, the first row that is covered but for
 * `open`; it is brought on the screen, as the cursor. False: there is none. */
bool text_pane_next_covered(struct text_pane *pane, const struct span *open,
                            size_t count, struct span *span);
/* Tell the desk what of the current document, which the pane shows, was seen.
 */
void text_pane_painted(const struct text_pane *pane, struct desk *desk);
/* Plain text in any case. */
enum err_code text_pane_find(struct text_pane *pane, struct str pattern,
                             struct error *err);
/* The next match (direction 1) or the one before (-1), round the end; false:
 * there is none. */
bool text_pane_find_next(struct text_pane *pane, int direction);
/* Bytes on the screen. */
void text_pane_visible(const struct text_pane *pane, size_t *start,
                       size_t *end);

#endif
