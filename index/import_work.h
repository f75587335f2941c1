/* A run of `stet import scores`; private to import*.c. */
#ifndef INDEX_IMPORT_WORK_H
#define INDEX_IMPORT_WORK_H

#include "attribute_row.h"
#include "attributes.h"
#include "document_keys.h"
#include "stet/arena.h"
#include "stet/import.h"
#include "stet/index.h"

struct import {
    struct workspace *ws;
    const struct import_options *options;
    struct import_report *report;
    const char *const *files;
    size_t file_count;
    struct generation manifest;
    struct index *index;
    struct document_keys *keys;
    struct mapping mapping; /* where the values are; names are final */
    struct attribute_writer **writers; /* by score */
    uint64_t *file_lines;              /* lines of the files before file i */
    uint32_t *seen;   /* by document: line over all files, from 1; 0: none */
    uint32_t *values; /* by document: hash of the values of that row */
    uint64_t bytes_done, bytes_total;
    struct arena arena;
};

/* import_names.c: which values there are and what they are called */
enum err_code import_map(struct import *import, struct error *err);

/* import_rows.c: a file's rows to the writers */
enum err_code import_file(struct import *import, size_t file,
                          struct error *err);

/* import_aligned.c: files that follow a shard line by line */
/* The shard of the index that a file belongs to by its name. */
enum err_code import_find_shard(const struct import *import, const char *file,
                                uint32_t *shard, struct error *err);
/* Whether two raw id tokens say the same. */
bool import_same_id(struct str a, struct str b);

void import_say(const struct import *import, size_t file, uint64_t line,
                const char *text);

#endif
