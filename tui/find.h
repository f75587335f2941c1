/* What `/` looks for in a text: words as the index folds them, or a /regex/.
 * Pure: no screen; run by a worker. */
#ifndef STET_TUI_FIND_H
#define STET_TUI_FIND_H

#include "stet/buf.h"
#include "stet/document.h"
#include "stet/error.h"

#define FIND_TOKENS_MAX 32
#define FIND_MATCHES_MAX ((size_t)1 << 20)

struct found {
    struct span *spans; /* malloc'd; by start, not overlapping, none empty */
    size_t count, cap;
    bool more; /* over FIND_MATCHES_MAX: the rest is left out */
};
void found_release(struct found *found);

/* All places of `pattern` in a text of well-formed UTF-8:
 *   cafe bar      these words in sequence, whatever case, accents and signs;
 *                 the last one may be the beginning of a word, unless a blank
 *                 follows it
 *   ?!            no word at all: these very characters
 *   /colou?r/i    a regex with the query language's flags; the closing slash
 *                 may still be missing
 * *out must be empty. Fails: ERR_FORMAT with err->offset in the pattern (bad
 * regex), ERR_LIMIT (too many words; too costly on this text), ERR_CANCELLED.
 * Cost: one pass of the tokenizer, or of PCRE2, over the text. */
enum err_code find_all(struct str pattern, struct str text, const int *cancel,
                       struct found *out, struct error *err);
/* Number of the first match that starts at or after `at`; count: none. */
size_t found_at(const struct span *spans, size_t count, size_t at);

#endif
