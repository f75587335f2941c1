/* A trace on paper: for people, and as a JSON line. Private to cli/. */
#ifndef STET_CLI_TRACE_PRINT_H
#define STET_CLI_TRACE_PRINT_H

#include "cli/session.h"
#include "cli/trace_input.h"
#include "stet/trace.h"

#define TRACE_NOTE                                                        \
    "lexical evidence: where the same words stand, not what a model was " \
    "influenced by"

/* The options and the index as a JSON object: what a result depends on. */
void trace_format_settings(const struct trace_options *options,
                           const struct index *index, struct buf *out);
/* A line without its end; `trace` NULL when the input has a problem. */
enum err_code trace_format_json(struct session *session,
                                const struct trace_input *input,
                                const struct trace *trace, struct str settings,
                                struct buf *out, struct error *err);
/* To stdout; what was searched and cut goes to stderr. */
enum err_code trace_print_plain(struct session *session,
                                const struct trace_input *input,
                                const struct trace *trace,
                                const struct trace_options *options,
                                struct error *err);

#endif
