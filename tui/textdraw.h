/* The one place that draws text of documents: snippets, the document itself,
 * diffs. A covered text is not drawn at all, whoever asks. */
#ifndef STET_TUI_TEXTDRAW_H
#define STET_TUI_TEXTDRAW_H

#include "stet/document.h"
#include "tui/desk.h"
#include "tui/grid.h"

/* Passages that look alike. Sorted by start; they may overlap. */
struct text_layer {
    const struct span *spans;
    size_t count;
    enum style style;
    const unsigned char *styles; /* of each span; NULL: `style` */
};

struct text_look {
    struct str text;
    bool covered;
    struct str cover;                /* our own words for it */
    const struct span *open;         /* of a covered text: what may be seen */
    size_t open_count;               /* 0: the words stand for all of it */
    bool reveal;                     /* harmless invisible characters too */
    unsigned skip;                   /* cells left out on the left */
    size_t from;                     /* bytes left out, of text_draw_line */
    enum style style;                /* where no layer says otherwise */
    const struct text_layer *layers; /* a later one wins */
    size_t layer_count;
};

/* What may be seen of a document or a list's row now. */
struct text_look text_look_of(const struct desk_document *document);
struct text_look text_look_of_row(const struct desk_row *row);

/* Draw bytes [start, end) in one row; tabs as blanks, or as marks when
 * revealing. Returns the column behind. */
unsigned text_draw(struct pen pen, const struct text_look *look, size_t start,
                   size_t end);
/* A line for a list: newlines and tabs as one blank each, "~" when cut. */
unsigned text_draw_line(struct pen pen, const struct text_look *look);

#endif
