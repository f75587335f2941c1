/* How often a user's phrases stand in the corpus, by category, in tokens of the
 * index (docs/tokenizer.md): hits per million tokens. */
#ifndef STET_PHRASES_H
#define STET_PHRASES_H

#include "stet/index.h"

struct phrase_category {
    struct str name;
    size_t start, end;  /* in phrase_list.phrases */
    uint64_t hits;      /* of all its phrases; each counts by itself */
    uint64_t documents; /* that have any of them */
};
struct phrase {
    struct str text; /* as written */
    uint64_t hits, documents;
};
struct phrase_list {
    struct phrase_category *categories; /* in the order of the file */
    size_t category_count;
    struct phrase *phrases;
    size_t phrase_count;
    uint64_t wordless; /* lines without a letter or digit: left out */
    /* What the counts are of: phrases_count(). */
    uint64_t documents, tokens;
    struct arena arena;
};

#define PHRASES_BYTES_MAX ((size_t)1 << 20)

/* One phrase a line; "[name]" begins a category, what stands before the first
 * one is in the category "phrases", '#' begins a comment line. A category that
 * comes twice is one; one without phrases is left out.
 * Owns: phrase_list_release(). Fails: ERR_USAGE with the line's number: a
 * phrase of over QUERY_PHRASE_TOKENS_MAX tokens, a heading that does not end.
 */
enum err_code phrase_list_parse(struct phrase_list *out, struct str text,
                                struct error *err);
void phrase_list_release(struct phrase_list *list);

/* Count them, partitions side by side. `within`: documents that count; NULL:
 * all that live. Exact: places are counted, documents are not read.
 * Cost:  what reading the phrases' rows costs, and, where not all documents
 *        of a partition count, their sizes.
 * Fails: ERR_CANCELLED, and what reading the index gives. */
enum err_code phrases_count(struct phrase_list *list, struct index *index,
                            const struct bits *within, const int *cancel,
                            struct error *err);
/* Hits of a million tokens; 0 where there are none. */
double phrases_per_million(const struct phrase_list *list, uint64_t hits);

#endif
