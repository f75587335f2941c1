/* Leaf pages of FTS5's segments (segment.h) as readers see them: which page has
 * a term, the terms of a page, and where their doclists lie. Nothing is
 * trusted: every number is checked against the page. */
#ifndef INDEX_DOCLIST_PAGE_H
#define INDEX_DOCLIST_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"
#include "stet/db.h"
#include "stet/tokenizer.h"

#define DOCLIST_HEADER 4u /* bytes before a page's first doclist */
#define DOCLIST_TERM_MAX (1 + TOKENIZER_TOKEN_MAX_CP * 4)
#define DOCLIST_SEGMENTS_MAX 2000u /* FTS5's own limit */

/* A term as FTS5 stores it: with the main index's name before it. */
struct doclist_key {
    char bytes[DOCLIST_TERM_MAX];
    size_t len;
};
/* False: no word is as long. */
bool doclist_key_make(struct doclist_key *key, struct str term);

struct doclist_segment {
    uint64_t id, first, last; /* pages */
};
/* The table's segments, DOCLIST_SEGMENTS_MAX at most. */
enum err_code doclist_segments(struct db *db, struct doclist_segment *out,
                               size_t *count, struct error *err);
/* The page from which on the term may be. */
enum err_code doclist_first_page(struct db *db,
                                 const struct doclist_segment *segment,
                                 const struct doclist_key *key, int64_t *page,
                                 struct error *err);
/* The last page that the term's doclist may reach into. */
enum err_code doclist_last_page(struct db *db,
                                const struct doclist_segment *segment,
                                const struct doclist_key *key, int64_t *page,
                                struct error *err);

/* A page being read. */
struct doclist_page {
    const uint8_t *start, *doclists; /* the terms end where the footer starts */
    const uint8_t *footer, *end;     /* the footer's next entry */
    const uint8_t *next;             /* the next term, or `doclists` */
    bool whole;                      /* the next term is stored whole */
    char term[DOCLIST_TERM_MAX];     /* the last one read */
    size_t term_len;
};
/* Between the header and page->next is the rest of the doclist before. False,
 * here and below: damaged. `block` stays borrowed. */
bool doclist_page_start(struct doclist_page *page, struct str block);
/* Read the term at page->next: its doclist is [*at, page->next) then. */
bool doclist_page_next(struct doclist_page *page, const uint8_t **at);

enum err_code doclist_damaged(struct error *err);

#endif
