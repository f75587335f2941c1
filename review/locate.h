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

struct locator;
/* Index the patch set's lines; borrows it. */
enum err_code locator_new(struct locator **out, const struct patch_set *set,
                          struct error *err);
void locator_free(struct locator *locator);
/* Look at one record as the document that a mapping of the header makes of it.
 * Documents come in order of shard and record. */
enum err_code locator_see(struct locator *locator, uint32_t shard,
                          uint32_t mapping, const struct document *document,
                          struct error *err);
/* After the last document: the places with their lines, sorted by (shard,
 * record), and what became of each line. `by_text`: a document whose source
 * and id are gone may be known by its text alone. Owned by the locator. */
enum err_code locator_assign(struct locator *locator, bool by_text,
                             struct place **places, size_t *count,
                             const struct line_where **lines,
                             struct error *err);

#endif
