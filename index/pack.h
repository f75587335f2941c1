/* Packed documents: places in blocks, id tokens, sorted look-up tables. What
 * is unpacked comes from a file that may be damaged: every count is checked. */
#ifndef INDEX_PACK_H
#define INDEX_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"

#define PACK_BLOCK 1024u /* documents of a block */

struct pack_place {
    uint64_t record, offset;
    uint32_t length, flags;
    uint32_t text_bytes, text_cp;
};

void pack_places(const struct pack_place *places, size_t count,
                 struct buf *out);
/* Exactly `count` (at most PACK_BLOCK) places; false: damaged. */
bool unpack_places(struct str packed, struct pack_place *places, size_t count);

/* Append the id that follows `previous` in a block; ptr NULL: absent. */
void pack_id(struct buf *out, struct str previous, struct str id);
/* The next id at *at, put in the place of the former one in *id. *known: it
 * has one. false: damaged. */
bool unpack_id(struct str packed, size_t *at, struct buf *id, bool *known);

/* Look-up entries, sorted by prefix. */
#define PACK_ENTRY 12u     /* bytes */
#define PACK_ENTRIES 2048u /* of a chunk */
struct pack_entry {
    uint64_t prefix;
    uint32_t doc;
    uint32_t source; /* hash of the source, to count duplicates; not packed */
};
void pack_entry(struct buf *out, const struct pack_entry *entry);
struct pack_entry unpack_entry(const char *ptr);

#endif
