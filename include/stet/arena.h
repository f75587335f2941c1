/* A region whose pieces are freed together: per record, per redraw. */
#ifndef STET_ARENA_H
#define STET_ARENA_H

#include <stddef.h>

#include "stet/buf.h"

struct arena {
    struct arena_block *head;
    size_t used;  /* bytes handed out since the last reset */
    size_t limit; /* 0: none */
};

void arena_init(struct arena *arena, size_t limit);
void arena_release(struct arena *arena);
/* Forget everything; keeps one block of at most 1 MiB for reuse. */
void arena_reset(struct arena *arena);
/* Aligned for any type, zeroed; NULL when memory or the limit is out. */
void *arena_alloc(struct arena *arena, size_t size);
/* Unaligned, not zeroed: for bytes of text. */
char *arena_bytes(struct arena *arena, size_t size);
/* A copy, NUL added behind it (not counted); ptr NULL on failure. */
struct str arena_copy(struct arena *arena, struct str s);

#endif
