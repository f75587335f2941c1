/* Names by number, in the order in which they came. */
#ifndef STET_REVIEW_NAME_TABLE_H
#define STET_REVIEW_NAME_TABLE_H

#include "stet/arena.h"

struct name_table {
    struct arena arena;
    struct str *names;
    uint32_t *slots; /* number + 1; 0: free */
    uint32_t count, cap, slot_count;
};
void name_table_init(struct name_table *table);
void name_table_release(struct name_table *table);
/* The number of a name, which is copied when it is new. */
uint32_t name_table_add(struct name_table *table, struct str name);
/* numbers[i]: the place of name i in the order of bytes; numbers has `count`
 * elements. The names are put into that order. */
void name_table_sort(struct name_table *table, uint32_t *numbers);

#endif
