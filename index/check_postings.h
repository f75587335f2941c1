/* Compares a partition's postings, as SQLite reads them, with the texts that
 * they were made of: every term at every position of every document. */
#ifndef INDEX_CHECK_POSTINGS_H
#define INDEX_CHECK_POSTINGS_H

#include <stdint.h>

#include "stet/buf.h"
#include "stet/db.h"

struct postings_check;
/* For so many documents; about 13 bytes each. NULL: no memory. */
struct postings_check *postings_check_new(uint32_t documents);
void postings_check_free(struct postings_check *check); /* NULL allowed */
/* The text of a document, numbered in the partition from 0, as it was
 * indexed. Documents that are never given are not compared. */
void postings_check_add(struct postings_check *check, uint32_t document,
                        struct str text);

struct postings_finding {
    uint32_t document;
    const char *text; /* what is wrong */
};
/* Call `found` for each document that differs, and with UINT32_MAX for what
 * concerns all.
 * Cost:   about 0.5 us for each token of the partition.
 * Fails:  ERR_CANCELLED; ERR_FORMAT when the table cannot be read. */
enum err_code postings_check_compare(
    struct postings_check *check, struct db *db, const int *cancel,
    void (*found)(void *ctx, const struct postings_finding *finding), void *ctx,
    struct error *err);

#endif
