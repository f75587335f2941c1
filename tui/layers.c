/* Layers of the document pane. Under blind, scored passages are neither
 * painted nor reachable; of annotations there are those of the history that
 * may be seen. */
#include "config.h"

#include "tui/layers.h"

#include <stdio.h>
#include <stdlib.h>

#include "stet/xalloc.h"
#include "tui/pane_list.h"
#include "tui/pane_scores.h"

void
layers_release(struct layers *layers)
{
    free(layers->passages);
    free(layers->hot_styles);
    free(layers->annotated_styles);
    paint_release(&layers->hot);
    paint_release(&layers->annotated);
    *layers = (struct layers){.current = SIZE_MAX};
}

static int
compare_passages(const void *left, const void *right)
{
    const struct passage *a = left;
    const struct passage *b = right;

    if (a->span.start != b->span.start)
        return a->span.start < b->span.start ? -1 : 1;
    if (a->span.end != b->span.end)
        return a->span.end > b->span.end ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

/* A later annotation of the same reviewer about the same span stands in its
 * place. */
static bool
replaces(const struct annotation *later, const struct annotation *a)
{
    if (later->undone || !later->span.given ||
        later->span.bytes.start != a->span.bytes.start ||
        later->span.bytes.end != a->span.bytes.end ||
        !str_equal(later->reviewer, a->reviewer))
        return false;
    if (a->kind == ANNOTATION_TAG)
        return (later->kind == ANNOTATION_UNTAG ||
                later->kind == ANNOTATION_TAG) &&
               str_equal(later->value, a->value);
    return later->kind == a->kind && a->kind != ANNOTATION_NOTE;
}

/* Number `i` of the history is a span that stands. */
static bool
is_shown(const struct desk_document *document, size_t i)
{
    const struct annotation *a = &document->history[i];

    if (!a->span.given || a->undone || a->kind == ANNOTATION_UNTAG)
        return false;
    for (size_t later = i + 1; later < document->history_count; later++)
        if (replaces(&document->history[later], a))
            return false;
    return true;
}

static void
add(struct layers *layers, const struct desk_document *document,
    struct span span, enum passage_kind kind, size_t number)
{
    if (span.start <= span.end && span.end <= document->display.len)
        layers->passages[layers->count++] =
            (struct passage){span, kind, number};
}

/* Of one kind of passage, with its level. */
static void
build_paint(struct layers *layers, struct desk *desk,
            const struct desk_document *document, enum passage_kind kind,
            struct paint *out)
{
    struct paint_span *spans =
        xcalloc(layers->count ? layers->count : 1, sizeof(*spans));
    size_t count = 0;

    for (size_t i = 0; i < layers->count; i++) {
        const struct passage *passage = &layers->passages[i];
        unsigned level = 0;

        if (passage->kind != kind)
            continue;
        if (kind == PASSAGE_SCORE) {
            const struct span_score *score =
                &document->document->spans[passage->number];

            level =
                score_band(desk_score_def(desk, score->score), score->value);
        }
        spans[count++] = (struct paint_span){passage->span, level};
    }
    paint_build(out, spans, count, kind == PASSAGE_ANNOTATION);
    free(spans);
}

static unsigned char *
styles_of(const struct paint *paint, const unsigned char *by_level)
{
    unsigned char *styles = xcalloc(paint->count ? paint->count : 1, 1);

    for (size_t i = 0; i < paint->count; i++)
        styles[i] = by_level[paint->levels[i]];
    return styles;
}

static void
collect(struct layers *layers, const struct desk_document *document)
{
    const struct document *inner = document->document;
    size_t most =
        document->hit_count + inner->span_count + document->history_count;

    layers->passages = xcalloc(most ? most : 1, sizeof(*layers->passages));
    for (size_t i = 0; i < document->hit_count; i++)
        add(layers, document, document->hits[i], PASSAGE_HIT, i);
    for (size_t i = 0; !document->scores_hidden && i < inner->span_count; i++)
        add(layers, document, inner->spans[i].span, PASSAGE_SCORE, i);
    for (size_t i = 0; i < document->history_count; i++)
        if (is_shown(document, i))
            add(layers, document, document->history[i].span.bytes,
                PASSAGE_ANNOTATION, i);
    qsort(layers->passages, layers->count, sizeof(*layers->passages),
          compare_passages);
}

void
layers_set(struct layers *layers, struct desk *desk,
           const struct desk_document *document)
{
    static const unsigned char bands[] = {STYLE_DATA_LOW, STYLE_DATA_MIDDLE,
                                          STYLE_DATA_HIGH};
    static const unsigned char depths[] = {STYLE_DATA_TAGGED, STYLE_DATA_NESTED,
                                           STYLE_DATA_NESTED};

    if (!document->document) {
        layers_release(layers);
        return;
    }
    if (layers->serial == document->serial &&
        layers->history == document->history &&
        layers->hits == document->hits &&
        layers->scores_hidden == document->scores_hidden)
        return;
    layers_release(layers);
    layers->serial = document->serial;
    layers->history = document->history;
    layers->scores_hidden = document->scores_hidden;
    layers->hits = document->hits;
    layers->hit_count = document->hit_count;
    collect(layers, document);
    build_paint(layers, desk, document, PASSAGE_SCORE, &layers->hot);
    build_paint(layers, desk, document, PASSAGE_ANNOTATION, &layers->annotated);
    layers->hot_styles = styles_of(&layers->hot, bands);
    layers->annotated_styles = styles_of(&layers->annotated, depths);
}

size_t
layers_get(struct layers *layers, const struct desk_document *document,
           const struct span_choice *choice, struct text_layer found,
           struct text_layer *all)
{
    size_t count = 0;

    all[count++] = (struct text_layer){layers->hot.spans, layers->hot.count,
                                       STYLE_DATA_LOW, layers->hot_styles};
    all[count++] =
        (struct text_layer){layers->annotated.spans, layers->annotated.count,
                            STYLE_DATA_TAGGED, layers->annotated_styles};
    all[count++] = (struct text_layer){layers->hits, layers->hit_count,
                                       STYLE_DATA_HIT, NULL};
    all[count++] = found;
    if (choice->active) {
        layers->chosen = span_chosen(choice, document->display);
        all[count++] =
            (struct text_layer){&layers->chosen, 1, STYLE_DATA_CHOSEN, NULL};
    } else if (layers->current < layers->count) {
        layers->focus = layers->passages[layers->current].span;
        all[count++] =
            (struct text_layer){&layers->focus, 1, STYLE_DATA_CHOSEN, NULL};
    }
    return count;
}

bool
layers_next_hit(const struct layers *layers, size_t at, bool forward,
                size_t *found)
{
    bool any = false;

    for (size_t i = 0; i < layers->hit_count; i++) {
        size_t start = layers->hits[i].start;

        if (forward ? start >= at : start < at) {
            *found = start;
            any = true;
            if (forward)
                break;
        }
    }
    return any;
}

const struct passage *
layers_go(struct layers *layers, size_t at, bool forward)
{
    size_t next = 0;
    bool here = layers->current < layers->count &&
                layers->passages[layers->current].span.start == at;

    if (here && forward) {
        next = layers->current + 1;
    } else if (here) {
        next = layers->current > 0 ? layers->current - 1 : layers->count;
    } else {
        while (next < layers->count && layers->passages[next].span.start < at)
            next++;
        if (!forward)
            next = next > 0 ? next - 1 : layers->count;
    }
    if (next >= layers->count)
        return NULL;
    layers->current = next;
    return &layers->passages[next];
}

static void
name_annotation(const struct annotation *a, struct buf *out)
{
    if (a->kind == ANNOTATION_TAG)
        xbuf_printf(out, "+%.*s", STR_FMT(a->value));
    else if (a->kind == ANNOTATION_VERDICT)
        xbuf_append_str(out, a->value);
    else
        xbuf_append_str(out, str_of(annotation_kind_name(a->kind)));
    xbuf_printf(out, " by %.*s", STR_FMT(a->reviewer));
}

/* "toxicity .93", "+topic/insult by kim", "hit". */
static void
name_passage(const struct passage *passage, struct desk *desk,
             const struct desk_document *document, struct buf *out)
{
    const struct span_score *score;
    char value[16];

    switch (passage->kind) {
    case PASSAGE_HIT:
        xbuf_append_str(out, STR_LIT("hit"));
        break;
    case PASSAGE_SCORE:
        score = &document->document->spans[passage->number];
        score_text(score->value, value);
        xbuf_printf(out, "%s %s", desk_score_def(desk, score->score)->name,
                    value);
        break;
    case PASSAGE_ANNOTATION:
        name_annotation(&document->history[passage->number], out);
        break;
    }
}

void
layers_name(const struct layers *layers, struct desk *desk,
            const struct desk_document *document, size_t number,
            struct buf *out)
{
    struct buf line = {0};

    name_passage(&layers->passages[number], desk, document, &line);
    width_escape(buf_str(&line), 40, out);
    buf_release(&line);
}

void
layers_describe(const struct layers *layers, struct desk *desk,
                const struct desk_document *document, size_t number,
                struct buf *out)
{
    const struct passage *passage = &layers->passages[number];
    struct buf line = {0};
    unsigned around = 0;

    xbuf_printf(&line, "%zu of %zu: ", number + 1, layers->count);
    name_passage(passage, desk, document, &line);
    for (size_t i = 0; i < layers->count && around < 3; i++) {
        const struct passage *other = &layers->passages[i];

        if (other->span.start > passage->span.end)
            break;
        if (i == number || other->span.end <= passage->span.start ||
            other->span.start >= passage->span.end)
            continue;
        xbuf_append_str(&line, around ? STR_LIT(", ") : STR_LIT("  with "));
        name_passage(other, desk, document, &line);
        around++;
    }
    width_escape(buf_str(&line), 150, out);
    buf_release(&line);
}
