/* Work on the current document's text that may take a while: finding in it,
 * pages about it. Main thread only; results come with desk_poll(). */
#ifndef STET_TUI_DESK_TEXT_H
#define STET_TUI_DESK_TEXT_H

#include "tui/desk.h"

struct desk_found {
    uint64_t serial;          /* of the document; 0: nothing was looked for */
    uint64_t number;          /* another one with every answer */
    struct str pattern;       /* the one that `spans` are of */
    const struct span *spans; /* by start, not overlapping */
    size_t count;
    bool more;        /* there are more than these */
    bool running;     /* a newer pattern is being looked for */
    struct str error; /* of the newest pattern; empty: none */
    size_t error_at;  /* byte of that pattern, or SIZE_MAX */
};
/* Look for a pattern of find.h; an empty one forgets what was found. Replaces
 * one that is under way; desk_stop() ends it. Nothing of a covered text is
 * found. */
void desk_find(struct desk *desk, struct str pattern);
const struct desk_found *desk_found(const struct desk *desk);
/* Texts made of the current document for reading. */
enum desk_page_kind {
    PAGE_RECORD,   /* the record, indented */
    PAGE_EXACT,    /* the record's bytes */
    PAGE_METADATA, /* what is known of it, and the record's other members */
    PAGE_WHY       /* the query, and what of it stands in the text */
};
struct desk_page {
    enum desk_page_kind kind;
    uint64_t serial;    /* of the document */
    uint64_t number;    /* another one with every page */
    bool scores_hidden; /* when it was made: it tells none */
    bool running;
    struct str text; /* raw data */
};
/* Make a page; a failure is its text. The document must be there and not be
 * covered. What blind hides is not in it; a record has scores, so that there
 * is none of it while they are hidden. */
void desk_ask_page(struct desk *desk, enum desk_page_kind kind);
const struct desk_page *desk_page(const struct desk *desk);

#endif
