/* What is certain of a part of a pattern, put together as the pattern is read:
 * private to regex_need.c. */
#ifndef INDEX_REGEX_PART_H
#define INDEX_REGEX_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stet/arena.h"

struct need;

#define PART_STRINGS 16u
#define PART_BYTES 256u /* of a string */

/* A text that the part matches has what `need` says, and is one of the
 * strings, where a gap stands for anything. The characters between gaps
 * follow each other in the text. */
struct part {
    struct need *need; /* NULL: nothing */
    struct str strings[PART_STRINGS];
    unsigned count; /* at least 1 */
};

/* Everything lives in `arena`; when it is out of memory, `failed` is set and
 * parts are still valid. */
struct parts {
    struct arena *arena;
    unsigned literals; /* made so far */
    bool failed;
};

struct part part_empty(void);
struct part part_gap(void); /* anything */
/* One character; a gap when the tokenizer could join it with others. */
struct part part_char(struct parts *parts, uint32_t cp, bool caseless);
struct part part_concat(struct parts *parts, const struct part *a,
                        const struct part *b);
/* One of the two. */
struct part part_or(struct parts *parts, const struct part *a,
                    const struct part *b);
struct part part_repeat(struct parts *parts, const struct part *part,
                        unsigned min, unsigned max);
/* It must match here, and takes no text: a lookaround. */
struct part part_assert(struct parts *parts, const struct part *part);
/* All that is certain. NULL: nothing. */
struct need *part_need(struct parts *parts, const struct part *part);

#endif
