/* Writes one FTS5 segment: the terms of a table, in order, with their
 * doclists, as rows of the shadow tables that FTS5 itself would have written.
 *
 * The format is that of SQLite's ext/fts5/fts5_index.c (3.40; unchanged up to
 * now since 3.9), from whose opening comment and segment writer (the functions
 * fts5Write*, fts5FlushOneHash, fts5StructureWrite) this is taken. Integers
 * are varints (varint.h) unless said otherwise.
 *
 * %_data(id, block). Ids: 1 averages, 10 structure; pages of a segment have
 * (segment << 37) + (doclist index << 36) + (height << 31) + page number,
 * from 1.
 *
 *   averages   rows; tokens of each column
 *   structure  cookie (4 bytes); levels; segments; write counter; for each
 *              level: segments being merged, segments; for each of these:
 *              id, first page, last page
 *   leaf page  2 bytes: place of the first row number when it comes before
 *              the first term, else 0; 2 bytes: place of the footer; terms
 *              with doclists; footer: place of the first term, then for each
 *              term the difference to the former
 *   term       length, bytes for the first of a page; then: bytes shared with
 *              the former, further bytes, these. A term begins with '0', the
 *              name of the main index
 *   doclist    for each row: row number (absolute for the first of a doclist
 *              and the first of a page, then differences), twice the length of
 *              the position list, the list
 *   positions  each the difference to the former, plus 2; column 0 unmarked
 *
 * A page is full at 4,050 bytes. A doclist goes on over as many pages as it
 * needs; a page may end inside a position list, between two varints.
 *
 *   doclist index  of a term whose doclist leaves 4 or more pages without a
 *              term: flag (1: not the root), number of the first page behind
 *              the term's with a row number, that number, then for each page:
 *              the difference to the former first row number, 0 for a page
 *              without one. Its id has the number of the term's page. Over
 *              4,050 bytes it grows levels: pages of page numbers
 *
 * %_idx(segid, term, pgno): for each page with a term, a key that is over all
 * terms before it and not over its first (the first page: empty), and twice
 * the page number plus 1 when its last term has a doclist index.
 *
 * %_docsize(id, sz): for each row, the tokens of each column. */
#ifndef INDEX_SEGMENT_H
#define INDEX_SEGMENT_H

#include <stdint.h>

#include "stet/buf.h"
#include "stet/db.h"

/* A part of a doclist: consecutive rows, after those of the part before. */
struct segment_part {
    uint32_t first, last; /* row numbers */
    struct str doclist;   /* without the first row number */
};

#define SEGMENT_PAGE_SIZE 4050u /* FTS5's default `pgsz` */

struct segment_writer;
/* Into the empty contentless table `fts` of `db`, within the caller's
 * transaction. FTS5 keeps what it read of its tables: open the database anew
 * before it is searched. `page_size` (at most SEGMENT_PAGE_SIZE) is the table's
 * `pgsz`. */
struct segment_writer *segment_writer_new(struct db *db, size_t page_size);
void segment_writer_free(struct segment_writer *writer); /* NULL allowed */
/* Terms in the order of bytes, each with at least one part. */
enum err_code segment_add(struct segment_writer *writer, struct str term,
                          const struct segment_part *parts, size_t count,
                          struct error *err);
/* The last page, the doclist indexes, structure and averages. */
enum err_code segment_finish(struct segment_writer *writer, uint64_t rows,
                             uint64_t tokens, struct error *err);
/* A row's size in tokens; rows ascending. */
enum err_code segment_add_size(struct db *db, uint32_t row, uint32_t tokens,
                               struct error *err);

#endif
