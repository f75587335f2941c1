/* Pure text work of patches: where edits lie in a text and what the text
 * becomes. No documents, no files. */
#ifndef REVIEW_EDITS_H
#define REVIEW_EDITS_H

#include "stet/document.h"

#define CONTEXT_CP 32 /* code points of context on either side of a quote */

/* One replacement, on the original text. */
struct text_edit {
    struct span span; /* empty: an insert before span.start */
    struct str text;
    size_t number; /* the caller's */
    bool clash;    /* set by edits_sort */
};

/* What stands in a span and around it. A side that is shorter than CONTEXT_CP
 * touches the text's start or end. */
struct quote {
    struct str before, quote, after;
};
/* Borrows from `text`. The span's ends are character boundaries. */
struct quote quote_take(struct str text, struct span span);

enum quote_found { QUOTE_NONE, QUOTE_ONE, QUOTE_MANY };
/* Find the quote with its context: bytes compared, overlapping places counted.
 * Sets *span when there is exactly one. Cost: linear. */
enum quote_found quote_find(struct str text, const struct quote *quote,
                            struct span *span);

/* Sort by place: an insert comes before a replacement that starts there.
 * Returns how many edits clash: they overlap, or are inserts at one place. */
size_t edits_sort(struct text_edit *edits, size_t count);

/* Append the new text. `edits` sorted and free of conflicts.
 * Fails: ERR_CONFLICT when the new text would hold the two halves of a
 * surrogate pair side by side (JSON would read them as one character);
 * ERR_NOMEM, ERR_LIMIT. */
enum err_code edits_apply(struct str text, const struct text_edit *edits,
                          size_t count, struct buf *out, struct error *err);

/* Where a place of the original lies in the new text. Inside a replaced span,
 * the replacement's start, or with `end` its end. An insert at the place
 * itself goes before a start and behind an end. */
size_t edits_move(const struct text_edit *edits, size_t count, size_t at,
                  bool end);

/* The one replacement that turns `from` into `to`: what remains between the
 * longest common start and end, at character boundaries. */
struct text_edit edits_between(struct str from, struct str to);

#endif
