/* A record mapped to what stet works with: text, id, source, scores, spans.
 * Borrowed from the arena that it was mapped into. */
#ifndef STET_DOCUMENT_H
#define STET_DOCUMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/arena.h"
#include "stet/buf.h"
#include "stet/hash.h"

enum document_flag {
    DOC_BAD_UTF8 = 1,       /* raw ill-formed bytes in the record: no rewrite */
    DOC_LONE_SURROGATE = 2, /* the text holds surrogates (WTF-8) */
    DOC_SEGMENTS = 4,       /* the text is a list of parts, joined */
    DOC_FIXED_TEXT = 8,     /* the join is not exact: the text is read-only */
    DOC_BARE = 16,          /* the record is a bare JSON string */
    DOC_META_STRING = 32    /* `metadata` is JSON kept in a string */
};

/* [start, end) in bytes of the text. */
struct span {
    size_t start, end;
};

/* One element of a list text. */
struct segment {
    struct span text;          /* where it lies in the joined text */
    size_t raw_start, raw_end; /* its string token in the record */
    double score;              /* NaN when the record has none for it */
};

/* A score that belongs to a passage. */
struct span_score {
    unsigned score; /* number of the score definition */
    struct span span;
    double value;
};

/* Several labels of one document are kept in one string, sorted, each ended
 * by this character, which no label of a set has. */
#define LABEL_SEPARATOR '\x1F'
/* The label at *at, which moves behind it; false at the end. */
bool label_next(struct str set, size_t *at, struct str *out);
bool label_is_in(struct str set, struct str label);
/* Append it for people: a, b, c. Not escaped. */
void label_format(struct str set, struct buf *out);

struct document {
    struct str raw;    /* the record's bytes, without its line end */
    uint64_t record;   /* line number in the shard, from 0; every line counts */
    uint64_t offset;   /* of the record in the decompressed shard */
    struct str text;   /* decoded; WTF-8 */
    size_t text_start; /* the text's value in `raw`: string token or list */
    size_t text_end;
    uint64_t text_cp;      /* code points of the text */
    struct hash text_hash; /* SHA-256 of `text`; of `raw` if DOC_BAD_UTF8 */
    struct str id_token;   /* raw JSON token; ptr NULL when absent */
    struct str id;         /* for people: decoded, or the number's digits */
    struct str source;     /* decoded; ptr NULL when absent */
    struct str lang;       /* decoded; ptr NULL when absent */
    unsigned flags;

    struct segment *segments; /* DOC_SEGMENTS */
    size_t segment_count;

    /* By number of the score definition; `score_count` of the mapping. */
    double *scores;           /* NaN: unknown. Spans and segments: the worst */
    struct str *labels;       /* ptr NULL: unknown; sets: label_next() */
    struct span_score *spans; /* sorted by start */
    size_t span_count;
};

#endif
