/* What sampled records hold, by path; discovery reads it. */
#ifndef SHARD_MAPPING_SAMPLE_H
#define SHARD_MAPPING_SAMPLE_H

#include "stet/json.h"
#include "stet/mapping.h"

#define SAMPLE_PATHS_MAX 2048
#define SAMPLE_CHILDREN_MAX 1024 /* remembered of one object */
#define SAMPLE_LABELS_MAX 32     /* distinct strings remembered at a path */
#define SAMPLE_LABEL_BYTES 128
#define SAMPLE_EXAMPLE_BYTES 48

enum sample_shape { /* of arrays */
                    SHAPE_OTHER,
                    SHAPE_EMPTY,
                    SHAPE_NUMBERS,
                    SHAPE_STRINGS,
                    SHAPE_SPANS,
                    SHAPE_COUNT
};

struct sample_path {
    uint32_t parent; /* 0: the record itself */
    char *key;
    size_t key_len;
    uint32_t children;

    uint64_t in_records; /* the others were in rows beside them */
    uint64_t strings, numbers, booleans, nulls, objects, arrays;
    uint64_t shapes[SHAPE_COUNT];
    uint64_t integers;     /* of the numbers */
    uint64_t quoted;       /* of the strings: numbers in quotes */
    uint64_t wholes;       /* of the span lists: one triple from 0 on */
    uint64_t values;       /* numbers, wherever at this path they were */
    uint64_t whole_values; /* of them, those without a fraction */
    double min, max;       /* of them; NaN before the first */
    uint64_t parallel;     /* number lists as long as the text's list */
    uint64_t last_record;  /* that had it */
    size_t last_count;     /* elements of its array there */
    uint64_t long_strings; /* over SAMPLE_LABEL_BYTES */
    struct hash labels[SAMPLE_LABELS_MAX]; /* of distinct short strings */
    unsigned label_count;
    bool many_labels;                   /* more than fit */
    char example[SAMPLE_EXAMPLE_BYTES]; /* raw JSON, perhaps cut */
    size_t example_len;
    bool example_cut;
};

struct mapping_sample {
    struct sample_path *paths; /* [0]: the record itself */
    uint32_t count;
    uint32_t table[2 * SAMPLE_PATHS_MAX]; /* (parent, key) -> path; 0: none */
    uint64_t lines;                       /* given, whatever they were */
    uint64_t records;                     /* of them objects and strings */
    uint64_t bare;                        /* records that are strings */
    uint64_t bad;     /* the first line that is no JSON, from 1; 0: none */
    struct error why; /* of that line */
    uint64_t dropped; /* keys over the limits */
    bool row;         /* what is being fed is a row */
};

/* What a path's values would be as a score; false: none. *why (static text, or
 * NULL when there is nothing worth saying): the reason either way. */
bool score_judge(const struct mapping_sample *sample,
                 const struct sample_path *path, enum score_kind *kind,
                 const char **why);
/* Which end is bad, as its name says; *word: the part that says so, or "". */
enum score_bad score_guess_bad(struct str key, const char **word);

/* Members that are known as text, id, source and language, best first. */
#define ROLE_PATHS_MAX 12
enum role { ROLE_TEXT, ROLE_ID, ROLE_SOURCE, ROLE_LANG, ROLE_COUNT };
extern const char *const role_paths[ROLE_COUNT][ROLE_PATHS_MAX];
/* Whether what was seen at the path could be that. */
bool role_fits(enum role role, const struct sample_path *path);

/* How often a member was seen with a value other than null. */
uint64_t sample_times(const struct sample_path *path);
/* The path of a member, by its text form; NULL when it was not seen. */
const struct sample_path *sample_find(const struct mapping_sample *sample,
                                      const char *path);
/* Append its text form. */
void sample_format(const struct mapping_sample *sample,
                   const struct sample_path *path, struct buf *out);

#endif
