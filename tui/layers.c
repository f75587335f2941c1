/* Layers of the document pane. Under blind, scored passages are neither
 * painted nor reachable. */
#include "config.h"

#include "tui/layers.h"

#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/pane_scores.h"

void
layers_release(struct layers *layers)
{
    free(layers->hot);
    free(layers->styles);
    *layers = (struct layers){0};
}

void
layers_set(struct layers *layers, struct desk *desk,
           const struct desk_document *document)
{
    static const unsigned char bands[] = {STYLE_DATA_LOW, STYLE_DATA_MIDDLE,
                                          STYLE_DATA_HIGH};
    const struct document *inner = document->document;

    layers_release(layers);
    layers->hits = document->hits;
    layers->hit_count = document->hit_count;
    if (document->scores_hidden || !inner || inner->span_count == 0)
        return;
    layers->hot = xcalloc(inner->span_count, sizeof(*layers->hot));
    layers->styles = xcalloc(inner->span_count, 1);
    for (size_t i = 0; i < inner->span_count; i++) {
        const struct span_score *span = &inner->spans[i];
        unsigned band =
            score_band(desk_score_def(desk, span->score), span->value);

        if (span->span.end > document->display.len)
            continue;
        layers->hot[layers->hot_count] = span->span;
        layers->styles[layers->hot_count++] = bands[band];
    }
}

size_t
layers_get(struct layers *layers, const struct desk_document *document,
           const struct span_choice *choice, struct text_layer *all)
{
    size_t count = 0;

    all[count++] = (struct text_layer){layers->hot, layers->hot_count,
                                       STYLE_DATA_LOW, layers->styles};
    all[count++] = (struct text_layer){layers->hits, layers->hit_count,
                                       STYLE_DATA_HIT, NULL};
    if (choice->active) {
        layers->chosen = span_chosen(choice, document->display);
        all[count++] =
            (struct text_layer){&layers->chosen, 1, STYLE_DATA_CHOSEN, NULL};
    }
    return count;
}

static bool
next_of(const struct span *spans, size_t count, size_t at, bool forward,
        size_t *found)
{
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        size_t start = spans[i].start;

        if (forward ? start >= at && (!any || start < *found)
                    : start < at && (!any || start > *found)) {
            *found = start;
            any = true;
        }
    }
    return any;
}

bool
layers_next_hit(const struct layers *layers, size_t at, bool forward,
                size_t *found)
{
    return next_of(layers->hits, layers->hit_count, at, forward, found);
}

bool
layers_next(const struct layers *layers, size_t at, bool forward, size_t *found)
{
    size_t hit = 0;
    size_t hot = 0;
    bool has_hit = next_of(layers->hits, layers->hit_count, at, forward, &hit);
    bool has_hot = next_of(layers->hot, layers->hot_count, at, forward, &hot);

    if (!has_hit && !has_hot)
        return false;
    if (has_hit && has_hot)
        *found = (hit < hot) == forward ? hit : hot;
    else
        *found = has_hit ? hit : hot;
    return true;
}
