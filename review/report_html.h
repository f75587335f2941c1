/* The sections of the report card's page that have a file of their own. */
#ifndef STET_REVIEW_REPORT_HTML_H
#define STET_REVIEW_REPORT_HTML_H

#include "stet/report_card.h"

#define NAME_CELLS 200 /* of a name from the corpus, on the page */

void page_score(const struct report_page *page,
                const struct report_score *score, struct buf *out);

#endif
