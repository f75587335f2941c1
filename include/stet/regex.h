/* PCRE2 with limits: find in a pane, mark by pattern. Caseless and Unicode
 * unless told otherwise. */
#ifndef STET_REGEX_H
#define STET_REGEX_H

#include <stdbool.h>

#include "stet/buf.h"

struct regex;

enum {
    REGEX_LITERAL = 1, /* the pattern is plain text */
    REGEX_CASE = 2     /* case matters */
};

/* ERR_FORMAT with err->offset on a bad pattern; ERR_LIMIT over 4 KiB. */
enum err_code regex_compile(struct regex **out, struct str pattern,
                            unsigned flags, struct error *err);
void regex_free(struct regex *regex);
/* First match at or after `from`. Text must be valid UTF-8 or is treated with
 * PCRE2_MATCH_INVALID_UTF. ERR_LIMIT: too costly on this text.
 * Threads: one regex per thread. */
enum err_code regex_find(struct regex *regex, struct str text, size_t from,
                         bool *found, size_t *start, size_t *end,
                         struct error *err);

#endif
