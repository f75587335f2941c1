/* What `stet trace` is given: outputs of a model. Private to cli/. */
#ifndef STET_CLI_TRACE_INPUT_H
#define STET_CLI_TRACE_INPUT_H

#include "stet/arena.h"
#include "stet/hash.h"

struct trace_input {
    uint64_t line;    /* of the file, from 0 */
    struct hash hash; /* SHA-256 of the line, or of the plain text */
    struct str prompt, output;
    struct str id, metric; /* raw JSON; ptr NULL: absent */
    const char *problem;   /* why it is none; NULL: it is one */
};

struct trace_inputs {
    struct buf content;
    struct arena arena;
    struct trace_input *list;
    size_t count;
    bool rows; /* JSON lines, not one plain text */
};
/* `path` NULL or "-": stdin. A file whose first line is a JSON object with a
 * member "output" has a row a line, unless `plain`; any other is one output.
 * trace_inputs_release() in any case. */
enum err_code trace_inputs_read(struct trace_inputs *inputs, const char *path,
                                bool plain, struct error *err);
void trace_inputs_release(struct trace_inputs *inputs);

#endif
