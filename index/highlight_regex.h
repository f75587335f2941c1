/* Where a regex matches in a text: private to highlights. */
#ifndef INDEX_HIGHLIGHT_REGEX_H
#define INDEX_HIGHLIGHT_REGEX_H

#include "stet/document.h"
#include "stet/query.h"

/* A text as regexes see it: utf8_to_display. */
struct regex_text {
    struct str given, shown;
    struct buf copy; /* holds `shown` unless it is `given` */
    bool moved;      /* offsets differ */
};
enum err_code regex_text_init(struct regex_text *text, struct str given,
                              struct error *err);
void regex_text_release(struct regex_text *text);

/* Call `found` with the matches that are not empty, as bytes of the given
 * text, in order; false stops. On a text that is too costly, and after
 * REGEX_SPANS_MAX matches or a tenth of a second, the rest is left out. */
#define REGEX_SPANS_MAX 10000u
typedef bool regex_span(void *ctx, size_t start, size_t end);
enum err_code regex_highlight(const struct query_regex *query,
                              const struct regex_text *text, regex_span *found,
                              void *ctx, struct error *err);

#endif
