/* Inverts texts in memory: tokens in, a run of sorted postings out. */
#ifndef INDEX_INVERT_H
#define INDEX_INVERT_H

#include "minhash.h"

struct inverter;
struct inverter *inverter_new(void);
void inverter_free(struct inverter *inverter); /* NULL allowed */

/* Texts of consecutive rows. */
struct invert_texts {
    struct str text;    /* one behind another */
    const size_t *ends; /* of each, in `text` */
    uint32_t count;     /* at least 1 */
    uint32_t first_row; /* from 1 on */
};

/* What is kept of each text beside its postings. */
struct inverted_text {
    uint32_t tokens;
    struct minhash signature;
};

/* Append the texts' postings (posting_run.h) to `run`; out[i] is of text i.
 *
 * Cost:    memory of about 4 bytes a token, 60 bytes a term and at most 64 MB
 *          more, kept for the next call.
 * Fails:   ERR_NOMEM; ERR_LIMIT over 2^32 - 1 tokens.
 * Threads: one inverter per thread. */
enum err_code inverter_run(struct inverter *inverter,
                           const struct invert_texts *texts,
                           struct inverted_text *out, struct buf *run,
                           struct error *err);

#endif
