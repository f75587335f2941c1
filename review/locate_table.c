/* Chains over growing arrays, so that positions stay good while they grow. */
#include "config.h"

#include "locate_table.h"

#include <stdlib.h>

bool
filter_init(struct filter *filter, size_t expected)
{
    uint64_t bits = 4096;

    while (bits < 16 * (uint64_t)expected)
        bits *= 2;
    filter->words = calloc(bits / 64, sizeof(*filter->words));
    filter->mask = bits - 1;
    return filter->words != NULL;
}

bool
slots_init(struct slots *slots, size_t expected)
{
    size_t size = 16;

    while (size < 2 * expected && size < ((size_t)1 << 31))
        size *= 2;
    slots->heads = malloc(size * sizeof(*slots->heads));
    if (!slots->heads)
        return false;
    memset(slots->heads, 0xff, size * sizeof(*slots->heads));
    slots->mask = (uint32_t)(size - 1);
    return true;
}

static uint32_t *
slot_of(const struct slots *slots, const struct hash *hash)
{
    return &slots->heads[(uint32_t)hash_prefix(hash) & slots->mask];
}

uint32_t
bucket_find(const struct buckets *buckets, const struct hash *hash)
{
    uint32_t at = *slot_of(&buckets->slots, hash);

    while (at != NONE && !hash_equal(&buckets->list[at].hash, hash))
        at = buckets->list[at].next;
    return at;
}

uint32_t
bucket_make(struct buckets *buckets, const struct hash *hash)
{
    uint32_t at = bucket_find(buckets, hash);
    uint32_t *slot = slot_of(&buckets->slots, hash);

    if (at != NONE)
        return at;
    if (buckets->count == buckets->cap) {
        uint32_t cap = buckets->cap ? 2 * buckets->cap : 64;
        struct bucket *list = realloc(buckets->list, cap * sizeof(*list));

        if (!list)
            return NONE;
        buckets->list = list;
        buckets->cap = cap;
    }
    buckets->list[buckets->count] =
        (struct bucket){.hash = *hash, .next = *slot, .first = NONE};
    *slot = buckets->count;
    return buckets->count++;
}

bool
entry_add(struct entries *entries, struct entry entry)
{
    uint32_t *slot = slot_of(&entries->slots, &entry.hash);

    if (entries->count == entries->cap) {
        uint32_t cap = entries->cap ? 2 * entries->cap : 64;
        struct entry *list = realloc(entries->list, cap * sizeof(*list));

        if (!list)
            return false;
        entries->list = list;
        entries->cap = cap;
    }
    entry.next = *slot;
    entries->list[entries->count] = entry;
    *slot = entries->count++;
    return true;
}

/* The next entry of a hash, from `at` on. */
static uint32_t
entry_skip(const struct entries *entries, uint32_t at, const struct hash *hash)
{
    while (at != NONE && !hash_equal(&entries->list[at].hash, hash))
        at = entries->list[at].next;
    return at;
}

uint32_t
entry_first(const struct entries *entries, const struct hash *hash)
{
    return entry_skip(entries, *slot_of(&entries->slots, hash), hash);
}

uint32_t
entry_next(const struct entries *entries, uint32_t at, const struct hash *hash)
{
    return entry_skip(entries, entries->list[at].next, hash);
}

void
buckets_release(struct buckets *buckets)
{
    free(buckets->slots.heads);
    free(buckets->list);
}

void
entries_release(struct entries *entries)
{
    free(entries->slots.heads);
    free(entries->list);
}
