/* Overlapping passages made into stretches that are drawn one way each. Pure.
 */
#ifndef STET_TUI_PAINT_H
#define STET_TUI_PAINT_H

#include "stet/document.h"

#define PAINT_LEVELS 3

struct paint_span {
    struct span span;
    unsigned level; /* below PAINT_LEVELS */
};

struct paint {
    struct span *spans; /* malloc'd; by start, apart */
    unsigned char *levels;
    size_t count;
};
void paint_release(struct paint *paint);
/* The highest level that covers each place; with `by_depth`, how many spans
 * cover it, less one. *out must be empty. Cost: n log n. */
void paint_build(struct paint *out, const struct paint_span *spans,
                 size_t count, bool by_depth);

#endif
