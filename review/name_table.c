/* Names by number: open addressing over FNV-1a. */
#include "config.h"

#include "review/name_table.h"

#include <stdlib.h>

#include "stet/xalloc.h"

void
name_table_init(struct name_table *table)
{
    *table = (struct name_table){0};
    arena_init(&table->arena, 0);
}

void
name_table_release(struct name_table *table)
{
    free(table->names);
    free(table->slots);
    arena_release(&table->arena);
    *table = (struct name_table){0};
}

static uint32_t
slot_of(const struct name_table *table, struct str name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    uint32_t slot;

    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.ptr[i]) * UINT64_C(0x100000001b3);
    slot = (uint32_t)(hash ^ (hash >> 32)) & (table->slot_count - 1);
    while (table->slots[slot] &&
           !str_equal(table->names[table->slots[slot] - 1], name))
        slot = (slot + 1) & (table->slot_count - 1);
    return slot;
}

static void
fill_slots(struct name_table *table)
{
    free(table->slots);
    table->slots = xcalloc(table->slot_count, sizeof(*table->slots));
    for (uint32_t i = 0; i < table->count; i++)
        table->slots[slot_of(table, table->names[i])] = i + 1;
}

uint32_t
name_table_add(struct name_table *table, struct str name)
{
    uint32_t slot;

    if (2 * table->count >= table->slot_count) {
        table->slot_count = table->slot_count ? 2 * table->slot_count : 64;
        fill_slots(table);
    }
    slot = slot_of(table, name);
    if (table->slots[slot])
        return table->slots[slot] - 1;
    if (table->count == table->cap) {
        table->cap = table->cap ? 2 * table->cap : 64;
        table->names =
            xreallocarray(table->names, table->cap, sizeof(*table->names));
    }
    table->names[table->count++] = arena_copy(&table->arena, name);
    table->slots[slot] = table->count;
    return table->count - 1;
}

struct numbered {
    struct str name;
    uint32_t number;
};

static int
compare_names(const void *a, const void *b)
{
    return str_compare(((const struct numbered *)a)->name,
                       ((const struct numbered *)b)->name);
}

void
name_table_sort(struct name_table *table, uint32_t *numbers)
{
    struct numbered *sorted = xcalloc(table->count + 1, sizeof(*sorted));

    for (uint32_t i = 0; i < table->count; i++)
        sorted[i] = (struct numbered){table->names[i], i};
    qsort(sorted, table->count, sizeof(*sorted), compare_names);
    for (uint32_t i = 0; i < table->count; i++) {
        table->names[i] = sorted[i].name;
        numbers[sorted[i].number] = i;
    }
    free(sorted);
    if (table->slots)
        fill_slots(table);
}
