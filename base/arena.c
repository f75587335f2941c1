/* A region: blocks from malloc, pieces cut from the newest one. Memory costs
 * what was asked for, rounded up to blocks that grow with use. */
#include "config.h"

#include "stet/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MIN ((size_t)4096)
#define BLOCK_KEEP ((size_t)1 << 20)

struct arena_block {
    struct arena_block *next;
    size_t size; /* of `bytes` */
    size_t used;
    alignas(max_align_t) char bytes[];
};

void
arena_init(struct arena *arena, size_t limit)
{
    *arena = (struct arena){NULL, 0, limit};
}

static void
free_blocks(struct arena_block *block)
{
    while (block) {
        struct arena_block *next = block->next;

        free(block);
        block = next;
    }
}

void
arena_release(struct arena *arena)
{
    free_blocks(arena->head);
    arena->head = NULL;
    arena->used = 0;
}

void
arena_reset(struct arena *arena)
{
    struct arena_block *kept = NULL;
    struct arena_block **link = &arena->head;
    struct arena_block **best = NULL;

    for (; *link; link = &(*link)->next)
        if ((*link)->size <= BLOCK_KEEP &&
            (!best || (*link)->size > (*best)->size))
            best = link;
    if (best) {
        kept = *best;
        *best = kept->next;
        kept->next = NULL;
        kept->used = 0;
    }
    free_blocks(arena->head);
    arena->head = kept;
    arena->used = 0;
}

static struct arena_block *
add_block(struct arena *arena, size_t size)
{
    size_t want = arena->head ? arena->head->size * 2 : BLOCK_MIN;
    struct arena_block *block;

    if (want > BLOCK_KEEP)
        want = BLOCK_KEEP;
    if (want < size)
        want = size;
    if (want > SIZE_MAX - sizeof(*block))
        return NULL;
    block = malloc(sizeof(*block) + want);
    if (!block)
        return NULL;
    block->size = want;
    block->used = 0;
    block->next = arena->head;
    arena->head = block;
    return block;
}

/* `align` is a power of two. */
static char *
take(struct arena *arena, size_t size, size_t align)
{
    struct arena_block *block = arena->head;
    size_t start = 0;

    if (arena->limit &&
        (arena->used > arena->limit || size > arena->limit - arena->used))
        return NULL;
    if (block)
        start = (block->used + align - 1) & ~(align - 1);
    if (!block || start > block->size || size > block->size - start) {
        block = add_block(arena, size);
        start = 0;
    }
    if (!block)
        return NULL;
    block->used = start + size;
    arena->used += size;
    return block->bytes + start;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
    char *ptr = take(arena, size ? size : 1, alignof(max_align_t));

    if (ptr)
        memset(ptr, 0, size);
    return ptr;
}

char *
arena_bytes(struct arena *arena, size_t size)
{
    return take(arena, size ? size : 1, 1);
}

struct str
arena_copy(struct arena *arena, struct str s)
{
    char *ptr;

    if (s.len == SIZE_MAX)
        return (struct str){NULL, 0};
    ptr = take(arena, s.len + 1, 1);
    if (!ptr)
        return (struct str){NULL, 0};
    if (s.len)
        memcpy(ptr, s.ptr, s.len);
    ptr[s.len] = '\0';
    return (struct str){ptr, s.len};
}
