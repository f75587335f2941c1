/* Records as conditional training takes them: `texts` with `scores`, or texts
 * with control tokens, after docs/training.md. What people said counts before
 * what a classifier said. Every choice by chance follows from the seed and the
 * hash of the document's text alone. */
#ifndef STET_TRAINING_H
#define STET_TRAINING_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"

/* What gets one score or one token; cut further at the ends of tagged spans. */
enum training_unit { UNIT_SENTENCE, UNIT_LINE, UNIT_GIVEN };
#define TRAINING_UNITS 3
extern const char *const training_unit_names[TRAINING_UNITS];

struct training_options {
    bool segments;        /* `texts` and `scores`; else tokens */
    struct str good, bad; /* put before segments; ptr NULL: none is */
    double dropout;       /* share of segments left without their token */
    struct str inject;    /* put between words of bad text; or ptr NULL */
    double rate;          /* share of words that it is put before */
    enum training_unit unit;
    const char *score; /* path in the record; NULL: people only */
    bool low_is_bad;
    double threshold;                       /* bad is beyond it; NaN: none */
    struct str good_verdicts, bad_verdicts; /* words separated by blanks */
    struct str good_tags, bad_tags;         /* globs separated by blanks */
    uint64_t seed;
    bool allow_collisions; /* write texts that hold a token already */
};

struct training_counts {
    uint64_t documents;
    uint64_t left;     /* that cannot be rewritten, and stay as they are */
    uint64_t segments; /* of the rest */
    uint64_t good, bad, unknown; /* of segments */
    uint64_t dropped;            /* segments whose token was left out */
    uint64_t injected;
    uint64_t collisions; /* documents that hold a token already */
};

#endif
