/* Hash tables of the locator: entries and buckets in arrays, chained by the
 * first bits of their hashes. They only grow. */
#ifndef REVIEW_LOCATE_TABLE_H
#define REVIEW_LOCATE_TABLE_H

#include "locate.h"

#define NONE UINT32_MAX

/* Candidates for the groups of one text, or of one (source, id). */
struct bucket {
    struct hash hash;
    uint32_t next; /* of the same slot */
    uint32_t lines;
    uint32_t groups;      /* that were not found for certain */
    uint64_t seen;        /* documents; of them `lines` are kept */
    uint32_t first, last; /* kept ones */
};
/* An item that is known: a group's, with one of its texts. */
struct entry {
    struct hash hash;
    uint32_t next, group;
    enum text_state state;
    uint32_t former;
};

/* Chains by the first bits of a hash, over an array of entries or buckets. */
struct slots {
    uint32_t *heads;
    uint32_t mask;
};
struct buckets {
    struct slots slots;
    struct bucket *list;
    uint32_t count, cap;
};
struct entries {
    struct slots slots;
    struct entry *list;
    uint32_t count, cap;
};

/* Whether a hash was added, or perhaps not: what most documents are told by. */
struct filter {
    uint64_t *words;
    uint64_t mask; /* of bits */
};
bool filter_init(struct filter *filter, size_t expected);
static inline void
filter_add(struct filter *filter, uint64_t hash)
{
    hash &= filter->mask;
    filter->words[hash / 64] |= UINT64_C(1) << hash % 64;
}
static inline bool
filter_has(const struct filter *filter, uint64_t hash)
{
    hash &= filter->mask;
    return filter->words[hash / 64] >> hash % 64 & 1;
}

/* False: out of memory. */
bool slots_init(struct slots *slots, size_t expected);
void buckets_release(struct buckets *buckets);
void entries_release(struct entries *entries);
uint32_t bucket_find(const struct buckets *buckets, const struct hash *hash);
/* The bucket of a hash, made when it is new; NONE: out of memory. */
uint32_t bucket_make(struct buckets *buckets, const struct hash *hash);
bool entry_add(struct entries *entries, struct entry entry);
/* Entries of a hash: the first, and the one after; NONE at the end. */
uint32_t entry_first(const struct entries *entries, const struct hash *hash);
uint32_t entry_next(const struct entries *entries, uint32_t at,
                    const struct hash *hash);

#endif
