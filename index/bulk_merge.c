/* A heap of cursors, the one with the least term on top; those with the same
 * term follow each other in the order of their rows, so a term's doclist is
 * theirs put together. */
#include "config.h"

#include "bulk_merge.h"

#include <stdlib.h>

#include "dictionary.h"
#include "segment.h"

#define CURSOR_MEMORY ((uint64_t)128 << 10) /* bytes, about */
#define FAN_IN_MIN 16u

size_t
bulk_merge_fan_in(uint64_t memory)
{
    uint64_t fan_in = memory / 4 / CURSOR_MEMORY;

    return fan_in < FAN_IN_MIN ? FAN_IN_MIN : (size_t)fan_in;
}

struct heap {
    struct run_cursor *cursors; /* by run */
    struct run_cursor **items;  /* items[0] is the least */
    size_t count;
};

static bool
is_before(const struct run_cursor *a, const struct run_cursor *b)
{
    int order;

    if (a->key != b->key)
        return a->key < b->key;
    order = str_compare(a->term, b->term);
    return order ? order < 0 : a < b;
}

static void
sift_down(struct heap *heap, size_t at)
{
    struct run_cursor *moved = heap->items[at];

    for (;;) {
        size_t child = at * 2 + 1;

        if (child >= heap->count)
            break;
        if (child + 1 < heap->count &&
            is_before(heap->items[child + 1], heap->items[child]))
            child++;
        if (!is_before(heap->items[child], moved))
            break;
        heap->items[at] = heap->items[child];
        at = child;
    }
    heap->items[at] = moved;
}

static enum err_code
heap_init(struct heap *heap, const struct bulk_merge *merge, struct error *err)
{
    size_t count = merge->count ? merge->count : 1;
    enum err_code code = ERR_OK;

    heap->cursors = calloc(count, sizeof(*heap->cursors));
    heap->items = calloc(count, sizeof(struct run_cursor *));
    if (!heap->cursors || !heap->items)
        return error_nomem(err);
    for (size_t i = 0; code == ERR_OK && i < merge->count; i++) {
        run_cursor_init(&heap->cursors[i], &merge->runs[i], merge->fd);
        code = run_next(&heap->cursors[i], err);
        if (heap->cursors[i].more)
            heap->items[heap->count++] = &heap->cursors[i];
    }
    for (size_t i = heap->count / 2; i-- > 0;)
        sift_down(heap, i);
    return code;
}

static void
heap_release(struct heap *heap, size_t runs)
{
    for (size_t i = 0; heap->cursors && i < runs; i++)
        run_cursor_release(&heap->cursors[i]);
    free(heap->cursors);
    free(heap->items);
}

/* The cursors taken off the heap for one term. */
struct group {
    struct run_cursor **cursors;
    struct segment_part *parts;
    size_t count;
    uint32_t documents;
};

static void
pop_group(struct heap *heap, struct group *group)
{
    struct run_cursor *first = heap->items[0];

    group->count = 0;
    group->documents = 0;
    do {
        struct run_cursor *top = heap->items[0];

        group->cursors[group->count] = top;
        group->parts[group->count++] = (struct segment_part){
            top->head.first, top->head.last, top->doclist};
        group->documents += top->head.documents;
        heap->items[0] = heap->items[--heap->count];
        if (heap->count > 0)
            sift_down(heap, 0);
    } while (heap->count > 0 && heap->items[0]->key == first->key &&
             str_equal(heap->items[0]->term, first->term));
}

static void
push(struct heap *heap, struct run_cursor *cursor)
{
    size_t at = heap->count++;

    while (at > 0 && is_before(cursor, heap->items[(at - 1) / 2])) {
        heap->items[at] = heap->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->items[at] = cursor;
}

static enum err_code
write_group(const struct group *group, struct segment_writer *segment,
            struct dictionary_writer *dictionary, struct error *err)
{
    struct str term = group->cursors[0]->term;
    enum err_code code =
        segment_add(segment, term, group->parts, group->count, err);

    if (code == ERR_OK)
        code = dictionary_add(dictionary, term, group->documents, err);
    return code;
}

static enum err_code
merge_groups(struct heap *heap, struct group *group,
             struct segment_writer *segment,
             struct dictionary_writer *dictionary, struct error *err)
{
    enum err_code code = ERR_OK;

    while (code == ERR_OK && heap->count > 0) {
        pop_group(heap, group);
        code = write_group(group, segment, dictionary, err);
        for (size_t i = 0; code == ERR_OK && i < group->count; i++) {
            code = run_next(group->cursors[i], err);
            if (group->cursors[i]->more)
                push(heap, group->cursors[i]);
        }
    }
    return code;
}

enum err_code
bulk_merge_runs(const struct bulk_merge *merge, struct error *err)
{
    size_t count = merge->count ? merge->count : 1;
    struct segment_writer *segment =
        segment_writer_new(merge->db, merge->page_size);
    struct dictionary_writer *dictionary = dictionary_writer_new(merge->db);
    struct group group = {.count = 0};
    struct heap heap = {.count = 0};
    enum err_code code = heap_init(&heap, merge, err);

    group.cursors = calloc(count, sizeof(struct run_cursor *));
    group.parts = calloc(count, sizeof(*group.parts));
    if (code == ERR_OK && (!group.cursors || !group.parts))
        code = error_nomem(err);
    if (code == ERR_OK)
        code = merge_groups(&heap, &group, segment, dictionary, err);
    if (code == ERR_OK)
        code = dictionary_finish(dictionary, err);
    if (code == ERR_OK)
        code = segment_finish(segment, merge->rows, merge->tokens, err);
    free(group.cursors);
    free(group.parts);
    heap_release(&heap, merge->count);
    segment_writer_free(segment);
    dictionary_writer_free(dictionary);
    return code;
}
