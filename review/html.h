/* Pieces of an HTML page that are well-formed XML, too. */
#ifndef STET_REVIEW_HTML_H
#define STET_REVIEW_HTML_H

#include "stet/buf.h"

/* Any text as character data or attribute value: escaped, cut after `cells`
 * (0: never), controls and what changes direction made visible. */
void html_text(struct buf *out, struct str text, size_t cells);
/* Markup, as it is. */
void html_put(struct buf *out, const char *markup);
void html_figure_open(struct buf *out);
void html_figure_close(struct buf *out, const char *caption);
/* A table's cell with a count. */
void html_cell(struct buf *out, uint64_t count);
/* "74,462" */
void html_count(struct buf *out, uint64_t count);

#endif
