/* Edits of a text in the form that Dolma's mixer carries out faithfully. Pure.
 *
 * The mixer replaces spans of code points. It goes wrong on empty spans and on
 * overlapping ones, and a "{}" in a replacement is replaced by what stood in
 * the span. So: no span is empty, none touch but side by side, no replacement
 * has a "{}". */
#ifndef REVIEW_DOLMA_TEXT_H
#define REVIEW_DOLMA_TEXT_H

#include "edits.h"
#include "stet/arena.h"

/* Replacements in one document that differ: each costs the mixer a look at
 * every document. */
#define DOLMA_TEXTS_MAX 16

struct dolma_piece {
    struct span span; /* bytes; not empty */
    struct str text;
    unsigned number; /* equal texts have equal numbers, from 0 */
};
struct dolma_pieces {
    struct dolma_piece *list; /* sorted by place; arena */
    size_t count;
    unsigned texts; /* different ones */
    bool fits;      /* false: no pieces do it */
};
/* `edits` sorted and free of conflicts. */
enum err_code dolma_pieces_make(struct str text, const struct text_edit *edits,
                                size_t count, struct arena *arena,
                                struct dolma_pieces *out, struct error *err);

#endif
