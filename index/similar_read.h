/* Reading documents for their shingles. */
#ifndef INDEX_SIMILAR_READ_H
#define INDEX_SIMILAR_READ_H

#include "minhash.h"
#include "stet/index.h"

struct similar_reader;
struct similar_reader *similar_reader_new(struct index *index);
void similar_reader_free(struct similar_reader *reader); /* NULL allowed */
/* The shingles of a document, as its signature was made of them; the tokens
 * (views until the next call) for who wants them.
 * Fails: ERR_CONFLICT: not what was indexed. */
enum err_code similar_read(struct similar_reader *reader, uint32_t doc,
                           struct shingles *shingles, struct error *err);
const struct token_hashes *
similar_reader_tokens(const struct similar_reader *reader);

#endif
