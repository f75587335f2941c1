/* Runs: the postings of some consecutive rows, sorted by term, in memory or in
 * a file; what an inverter makes and a merge reads.
 *
 * An entry is a struct run_head, the term, and FTS5's doclist of the term
 * (segment.h) without its first row number, which the head has. */
#ifndef INDEX_POSTING_RUN_H
#define INDEX_POSTING_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/buf.h"

struct run_head {
    uint32_t doclist;     /* bytes */
    uint32_t documents;   /* that have the term */
    uint32_t first, last; /* their row numbers */
    uint32_t term;        /* bytes */
};

struct run {
    struct buf bytes; /* of a run in memory */
    uint64_t offset;  /* of a run in the file */
    uint64_t length;
    bool in_file;
};
void run_release(struct run *run);

/* Move a run to the end of a file. */
enum err_code run_spill(struct run *run, int fd, uint64_t offset,
                        struct error *err);

/* Reads a run's entries in order. */
struct run_cursor {
    const struct run *run;
    int fd;
    uint64_t next; /* in the run: what follows `window` */
    struct buf window;
    size_t at; /* in the window, or in the run's bytes: the next entry */
    /* the entry; views until the next call */
    struct run_head head;
    struct str term;
    struct str doclist;
    uint64_t key; /* the term's first bytes, in the order of terms */
    bool more;    /* there is an entry */
};
void run_cursor_init(struct run_cursor *cursor, const struct run *run, int fd);
void run_cursor_release(struct run_cursor *cursor);
enum err_code run_next(struct run_cursor *cursor, struct error *err);

/* The first 8 bytes of a term: terms in the order of bytes have keys in the
 * order of numbers, or equal ones. */
uint64_t run_key(struct str term);

#endif
