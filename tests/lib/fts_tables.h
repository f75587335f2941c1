/* The same texts as FTS5's inserts and as the bulk builder store them, to be
 * compared. */
#ifndef TESTS_FTS_TABLES_H
#define TESTS_FTS_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include "stet/buf.h"
#include "stet/db.h"

#define TEXTS_MAX 20000u

struct texts {
    struct buf bytes;
    size_t ends[TEXTS_MAX];
    size_t count;
};
struct str text_at(const struct texts *texts, size_t i);
/* What was appended to `bytes` is one more text. */
void end_text(struct texts *texts);
void clear_texts(struct texts *texts);

/* A database with table `fts` and the dictionary, in a file of its own. */
struct table {
    struct db *db;
    char path[32];
};
/* Empty, in a transaction. */
void table_open(struct table *table, size_t page_size);
/* Commit, and read anew: FTS5 keeps what it read before. */
void table_reopen(struct table *table);
void table_close(struct table *table);
/* FTS5 writes a segment for every `hash_size` bytes of postings; several are
 * merged into one (ONE_SEGMENT: there is just one). */
#define ONE_SEGMENT (1u << 30)
void build_by_fts5(struct table *table, const struct texts *texts,
                   size_t page_size, unsigned hash_size);
void build_by_bulk(struct table *table, const struct texts *texts,
                   size_t page_size, uint64_t memory, unsigned threads);
/* Build by both; aborts, saying where, when the tables differ. */
void must_build_equal(const struct texts *texts, size_t page_size,
                      uint64_t memory, unsigned threads);

#endif
