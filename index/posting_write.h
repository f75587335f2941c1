/* Writes the entries of a run (posting_run.h), place by place. */
#ifndef INDEX_POSTING_WRITE_H
#define INDEX_POSTING_WRITE_H

#include "posting_run.h"

struct run_place {
    uint32_t document, position; /* from 0, both */
};

/* An entry being written; its head is filled in at the end. */
struct run_writer {
    struct buf *run;
    uint32_t first_row; /* of document 0 */
    /* private */
    size_t head_at, doclist_at;
    size_t size_at; /* of the open position list */
    struct run_head head;
    uint32_t document; /* whose list is open; UINT32_MAX: none */
    uint32_t position; /* the last one */
};

/* ERR_NOMEM, and run_writer_close ERR_LIMIT over 4 GB, leave half an entry. */
enum err_code run_writer_open(struct run_writer *writer, struct str term,
                              struct error *err);
/* Ascending; at least one before it is closed. */
enum err_code run_writer_put(struct run_writer *writer,
                             const struct run_place *places, size_t count,
                             struct error *err);
enum err_code run_writer_close(struct run_writer *writer, struct error *err);

#endif
