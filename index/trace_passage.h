/* The passage of a document that has the most of an output's anchors. */
#ifndef INDEX_TRACE_PASSAGE_H
#define INDEX_TRACE_PASSAGE_H

#include "trace_text.h"

struct trace_passage {
    size_t first, end; /* tokens of the document */
    uint32_t anchors;  /* different ones */
    double weight;     /* of them */
};

struct trace_passages;
struct trace_passages *trace_passages_new(const struct trace_text *text);
void trace_passages_free(struct trace_passages *passages); /* NULL allowed */
/* Among passages twice as long as the output; `hashes` are minhash_token()'s
 * of the document's tokens. No anchor: all is 0. ERR_NOMEM. */
enum err_code trace_passages_find(struct trace_passages *passages,
                                  const uint64_t *hashes, size_t count,
                                  struct trace_passage *out, struct error *err);

#endif
