/* What is painted over the current document: hits, scored passages, spans that
 * were annotated, the chosen one; and where the next of them is. */
#ifndef STET_TUI_LAYERS_H
#define STET_TUI_LAYERS_H

#include "tui/desk.h"
#include "tui/paint.h"
#include "tui/span.h"
#include "tui/textdraw.h"

#define LAYERS_MAX 6

enum passage_kind { PASSAGE_HIT, PASSAGE_SCORE, PASSAGE_ANNOTATION };

struct passage {
    struct span span;
    enum passage_kind kind;
    size_t number; /* of the document's hits, spans, history */
};

struct layers {
    const struct span *hits; /* borrowed from the document */
    size_t hit_count;
    struct passage *passages; /* by start, the longer first */
    size_t count;
    size_t current; /* the one gone to last; count or more: none */
    struct paint hot, annotated;
    unsigned char *hot_styles, *annotated_styles;
    struct span chosen, focus;

    uint64_t serial; /* what all this was made for */
    const void *history;
    bool scores_hidden;
};

void layers_release(struct layers *layers);
/* Another document, or another state of it. Nothing is done when it is the
 * one at hand. */
void layers_set(struct layers *layers, struct desk *desk,
                const struct desk_document *document);
/* Fill `all` (LAYERS_MAX); returns how many. `found` goes over the rest. */
size_t layers_get(struct layers *layers, const struct desk_document *document,
                  const struct span_choice *choice, struct text_layer found,
                  struct text_layer *all);
/* Go to the passage behind or before the current one, or `at` if that is not
 * its start any more; NULL: there is none. */
const struct passage *layers_go(struct layers *layers, size_t at, bool forward);
/* What a passage is, safe. */
void layers_name(const struct layers *layers, struct desk *desk,
                 const struct desk_document *document, size_t number,
                 struct buf *out);
/* Its place among all, what it is, what it is in: one safe line. */
void layers_describe(const struct layers *layers, struct desk *desk,
                     const struct desk_document *document, size_t number,
                     struct buf *out);
bool layers_next_hit(const struct layers *layers, size_t at, bool forward,
                     size_t *found);

#endif
