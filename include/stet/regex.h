/* PCRE2 with limits: /patterns/ of queries, find in a pane. Unicode unless
 * told otherwise; one newline convention (LF) wherever stet runs. */
#ifndef STET_REGEX_H
#define STET_REGEX_H

#include <stdbool.h>

#include "stet/buf.h"

struct regex;

enum {
    REGEX_LITERAL = 1,   /* the pattern is plain text */
    REGEX_CASE = 2,      /* case matters */
    REGEX_MULTILINE = 4, /* ^ and $ also at line ends */
    REGEX_DOTALL = 8,    /* . also matches a line end */
    REGEX_EXTENDED = 16, /* white space and #... in the pattern do not count */
    REGEX_BYTES = 64,    /* bytes, not characters: for ASCII in anything */
    REGEX_VALID = 32     /* texts will be valid UTF-8 (utf8_is_valid): faster,
                          * and undefined if they are not */
};

#define REGEX_PATTERN_MAX 4096 /* bytes */

/* ERR_FORMAT with err->offset on a bad pattern; ERR_LIMIT over 4 KiB. */
enum err_code regex_compile(struct regex **out, struct str pattern,
                            unsigned flags, struct error *err);
/* The same check alone. */
enum err_code regex_check(struct str pattern, unsigned flags,
                          struct error *err);
void regex_free(struct regex *regex);
/* First match at or after `from`. ERR_LIMIT: too costly on this text;
 * ERR_CANCELLED when *cancel (NULL allowed) becomes non-zero, looked at every
 * few MiB of text.
 * Cost:    at most a million steps of the matcher every 2 MiB of text, about
 *          30 ms, whatever the pattern.
 * Threads: one regex per thread. */
enum err_code regex_find(struct regex *regex, struct str text, size_t from,
                         bool *found, size_t *start, size_t *end,
                         struct error *err);
void regex_set_cancel(struct regex *regex, const int *cancel);

#endif
