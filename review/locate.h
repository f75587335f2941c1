/* Where the documents of a patch set are now. One pass over all shards, with
 * memory bounded by the patch set and the places found; then every patch line
 * is given its places. */
#ifndef REVIEW_LOCATE_H
#define REVIEW_LOCATE_H

#include "patch.h"

/* The text that was found, against the patch's guard. */
enum text_state {
    TEXT_GUARD,  /* the text that the reviewer saw */
    TEXT_FORMER, /* what a former export made of it */
    TEXT_AFTER,  /* what this patch makes of it */
    TEXT_CHANGED /* source and id only */
};
struct place {
    uint32_t shard; /* number of the input */
    uint32_t line;  /* of the patch set; set by locator_assign */
    uint64_t record;
    uint32_t mapping; /* by which the record is the document */
    enum text_state state;
    uint32_t former; /* TEXT_FORMER */
    bool unsure;     /* TEXT_AFTER: without ids, perhaps another document's */
    bool done;       /* in a shard that the patch set wrote; set by the plan */
};

enum line_fate {
    LINE_PLACED,   /* has places; of an addition: is there already */
    LINE_MISSING,  /* no document of that source and id, or text */
    LINE_AMBIGUOUS /* several documents could be meant */
};
struct line_where {
    enum line_fate fate;
    const char *why; /* unless placed; static */
};

/* A record as the document that a mapping of the header makes of it. */
struct sighting {
    uint64_t record;
    uint64_t offset;   /* of the record in the decompressed shard */
    uint64_t length;   /* bytes of it */
    uint32_t mapping;  /* number in the header */
    unsigned line_end; /* bytes; when `raw` is there */
    struct hash text_hash;
    struct str source, id_token; /* ptr NULL: absent */
    struct str raw;              /* the record; ptr NULL: must be read again */
};

struct locator;
/* Index the patch set's lines; borrows it. */
enum err_code locator_new(struct locator **out, const struct patch_set *set,
                          struct error *err);
void locator_free(struct locator *locator);
/* False: locator_see() would make nothing of this document. Threads: any. */
bool locator_knows(const struct locator *locator,
                   const struct sighting *sighting);
/* Look at one document; they come in order of shard and record. *kept: it may
 * be one that the patch set means. */
enum err_code locator_see(struct locator *locator, uint32_t shard,
                          const struct sighting *sighting, bool *kept,
                          struct error *err);
/* After the last document: the places with their lines, sorted by (shard,
 * record), and what became of each line. `by_text`: a document whose source
 * and id are gone may be known by its text alone. Owned by the locator. */
enum err_code locator_assign(struct locator *locator, bool by_text,
                             struct place **places, size_t *count,
                             const struct line_where **lines,
                             struct error *err);

#endif
