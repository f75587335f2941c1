/* The documents of a trace: read, compared with the output, ranked, copies put
 * together. Private to trace*.c. */
#ifndef INDEX_TRACE_DOCUMENTS_H
#define INDEX_TRACE_DOCUMENTS_H

#include "trace_part.h"

/* A kept span in a document. */
struct trace_find {
    uint32_t doc;
    uint32_t span;  /* of trace->spans */
    uint32_t place; /* of its first word, in the document's tokens */
};

struct trace_sources {
    struct index *index;
    const struct trace_text *output, *prompt;
    struct str output_text;
    const struct trace_options *options;
};

/* Reads `finds`, by document, then span, into trace->list; then the best of
 * `weighed` that are not there. */
enum err_code trace_documents(struct trace *trace,
                              const struct trace_sources *sources,
                              const struct trace_find *finds, size_t count,
                              const struct trace_weighed *weighed,
                              size_t weighed_count, struct error *err);

#endif
