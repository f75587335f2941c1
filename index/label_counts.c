/* Counting the labels of a label score. A column has few distinct strings, so
 * they are counted by address, and only then taken apart. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "stet/histogram.h"
#include "stet/xalloc.h"

struct tallies {
    struct label_tally *list;
    size_t count, cap;
};

static void
add_tally(struct tallies *tallies, struct str label, uint64_t count)
{
    if (tallies->count == tallies->cap) {
        tallies->cap = tallies->cap ? tallies->cap * 2 : 64;
        tallies->list =
            xreallocarray(tallies->list, tallies->cap, sizeof(*tallies->list));
    }
    tallies->list[tallies->count++] = (struct label_tally){label, count};
}

/* Sets by address: an open hash table of places in `sets`, 1-based. */
struct set_table {
    struct tallies sets;
    uint32_t *slots;
    size_t size; /* a power of two */
};

static size_t
slot_of(const struct set_table *table, const char *ptr)
{
    uint64_t hash = (uint64_t)(uintptr_t)ptr * UINT64_C(0x9E3779B97F4A7C15);
    size_t slot = (size_t)(hash >> 32) & (table->size - 1);

    while (table->slots[slot] &&
           table->sets.list[table->slots[slot] - 1].label.ptr != ptr)
        slot = (slot + 1) & (table->size - 1);
    return slot;
}

static void
grow(struct set_table *table)
{
    table->size = table->size ? table->size * 2 : 256;
    free(table->slots);
    table->slots = xcalloc(table->size, sizeof(*table->slots));
    for (size_t i = 0; i < table->sets.count; i++)
        table->slots[slot_of(table, table->sets.list[i].label.ptr)] =
            (uint32_t)i + 1;
}

static void
count_set(struct set_table *table, struct str set)
{
    size_t slot;

    if (table->sets.count * 2 >= table->size)
        grow(table);
    slot = slot_of(table, set.ptr);
    if (!table->slots[slot]) {
        add_tally(&table->sets, set, 0);
        table->slots[slot] = (uint32_t)table->sets.count;
    }
    table->sets.list[table->slots[slot] - 1].count++;
}

static int
by_label(const void *a, const void *b)
{
    const struct label_tally *x = a;
    const struct label_tally *y = b;
    size_t len = x->label.len < y->label.len ? x->label.len : y->label.len;
    int order = len ? memcmp(x->label.ptr, y->label.ptr, len) : 0;

    return order                         ? order
           : x->label.len < y->label.len ? -1
                                         : x->label.len > y->label.len;
}

static int
by_count(const void *a, const void *b)
{
    const struct label_tally *x = a;
    const struct label_tally *y = b;

    return x->count > y->count ? -1 : x->count < y->count ? 1 : by_label(a, b);
}

/* The same label in several sets is one. */
static void
merge(struct tallies *tallies)
{
    size_t kept = 0;

    if (tallies->count == 0)
        return;
    qsort(tallies->list, tallies->count, sizeof(*tallies->list), by_label);
    for (size_t i = 1; i < tallies->count; i++)
        if (str_equal(tallies->list[kept].label, tallies->list[i].label))
            tallies->list[kept].count += tallies->list[i].count;
        else
            tallies->list[++kept] = tallies->list[i];
    tallies->count = kept + 1;
    qsort(tallies->list, tallies->count, sizeof(*tallies->list), by_count);
}

static enum err_code
count_sets(struct set_table *table, struct label_counts *counts,
           struct index *index, const struct label_spec *spec,
           struct error *err)
{
    const struct bits *docs = spec->docs ? spec->docs : index_live(index);
    uint32_t step = 0;

    for (uint32_t doc = bits_next(docs, 0); doc != UINT32_MAX;
         doc = bits_next(docs, doc + 1)) {
        struct str set = index_label(index, spec->column, spec->score, doc);

        counts->known += set.ptr != NULL;
        counts->unknown += set.ptr == NULL;
        if (set.ptr)
            count_set(table, set);
        if (++step % 4096 == 0 && spec->cancel &&
            __atomic_load_n(spec->cancel, __ATOMIC_RELAXED))
            return error_set(err, ERR_CANCELLED, "stopped");
    }
    return ERR_OK;
}

enum err_code
label_counts_make(struct label_counts *out, struct index *index,
                  const struct label_spec *spec, struct error *err)
{
    struct label_counts counts = {0};
    struct set_table table = {0};
    struct tallies all = {0};
    enum err_code code = count_sets(&table, &counts, index, spec, err);

    for (size_t i = 0; !code && i < table.sets.count; i++) {
        const struct label_tally *set = &table.sets.list[i];
        struct str label;

        if (spec->column != LABEL_SCORE)
            add_tally(&all, set->label, set->count);
        for (size_t at = 0; spec->column == LABEL_SCORE &&
                            label_next(set->label, &at, &label);)
            add_tally(&all, label, set->count);
    }
    merge(&all);
    free(table.slots);
    free(table.sets.list);
    counts.list = all.list;
    counts.count = all.count;
    if (code)
        label_counts_release(&counts);
    else
        *out = counts;
    return code;
}

void
label_counts_release(struct label_counts *counts)
{
    free(counts->list);
    *counts = (struct label_counts){0};
}
