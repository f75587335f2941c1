/* Puts keyed hits in order: all of them by a radix sort, which is stable, or
 * just the first few by a heap. */
#include "config.h"

#include <stdlib.h>

#include "search_eval.h"

bool
keyed_is_before(const struct keyed *a, const struct keyed *b)
{
    return a->key != b->key ? a->key < b->key : a->doc < b->doc;
}

/* Let the item at `at` sink: the largest stays on top. */
static void
sift(struct keyed *heap, uint32_t count, uint32_t at)
{
    struct keyed item = heap[at];

    for (;;) {
        uint32_t child = 2 * at + 1;

        if (child >= count)
            break;
        if (child + 1 < count &&
            keyed_is_before(&heap[child], &heap[child + 1]))
            child++;
        if (!keyed_is_before(&item, &heap[child]))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = item;
}

uint32_t
order_select(const struct keyed *items, uint32_t count,
             const struct keyed *after, struct keyed *out, uint32_t wanted)
{
    uint32_t used = 0;

    for (uint32_t i = 0; i < count && wanted > 0; i++) {
        if (after && !keyed_is_before(after, &items[i]))
            continue;
        if (used < wanted) {
            out[used++] = items[i];
            for (uint32_t j = used / 2; used == wanted && j > 0; j--)
                sift(out, used, j - 1);
        } else if (keyed_is_before(&items[i], &out[0])) {
            out[0] = items[i];
            sift(out, used, 0);
        }
    }
    for (uint32_t j = used / 2; used < wanted && j > 0; j--)
        sift(out, used, j - 1);
    for (uint32_t left = used; left > 1; left--) {
        struct keyed largest = out[0];

        out[0] = out[left - 1];
        out[left - 1] = largest;
        sift(out, left - 1, 0);
    }
    return used;
}

/* Least significant byte first; bytes that are all equal cost one pass of
 * counting. */
static enum err_code
radix(const struct search *search, struct keyed *items, struct keyed *space,
      uint32_t count, struct error *err)
{
    struct keyed *from = items;
    struct keyed *to = space;
    enum err_code code = ERR_OK;

    for (unsigned shift = 0; shift < 64 && code == ERR_OK; shift += 8) {
        uint32_t starts[257] = {0};
        struct keyed *former = from;

        for (uint32_t i = 0; i < count; i++)
            starts[((from[i].key >> shift) & 0xff) + 1]++;
        code = search_cancelled(search, err);
        if (starts[((from[0].key >> shift) & 0xff) + 1] == count)
            continue;
        for (unsigned i = 1; i < 257; i++)
            starts[i] += starts[i - 1];
        for (uint32_t i = 0; i < count; i++)
            to[starts[(from[i].key >> shift) & 0xff]++] = from[i];
        from = to;
        to = former;
    }
    if (from != items)
        memcpy(items, from, count * sizeof(*items));
    return code;
}

enum err_code
order_sort(const struct search *search, struct keyed *items, uint32_t count,
           struct error *err)
{
    struct keyed *space;
    enum err_code code;

    if (count < 2)
        return ERR_OK;
    space = malloc(count * sizeof(*space));
    if (!space)
        return error_nomem(err);
    code = radix(search, items, space, count, err);
    free(space);
    return code;
}
