/* What is painted over the current document: hits, scored passages, the
 * chosen span; and where the next of them is. */
#ifndef STET_TUI_LAYERS_H
#define STET_TUI_LAYERS_H

#include "tui/desk.h"
#include "tui/span.h"
#include "tui/textdraw.h"

#define LAYERS_MAX 4

struct layers {
    const struct span *hits; /* borrowed from the document */
    size_t hit_count;
    struct span *hot; /* scored passages, by start */
    unsigned char *styles;
    size_t hot_count;
    struct span chosen;
};

void layers_release(struct layers *layers);
/* Another document, or another state of it. */
void layers_set(struct layers *layers, struct desk *desk,
                const struct desk_document *document);
/* Fill `all` (LAYERS_MAX); returns how many. */
size_t layers_get(struct layers *layers, const struct desk_document *document,
                  const struct span_choice *choice, struct text_layer *all);
/* Start of the first passage or hit at or after `at`, or of the last one
 * before it. */
bool layers_next(const struct layers *layers, size_t at, bool forward,
                 size_t *found);
bool layers_next_hit(const struct layers *layers, size_t at, bool forward,
                     size_t *found);

#endif
