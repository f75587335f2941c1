/* What the annotating subcommands share: the session, the targets, and the
 * list of annotations that becomes one transaction. Private to cli/. */
#ifndef STET_CLI_ANNOTATE_H
#define STET_CLI_ANNOTATE_H

#include "cli/targets.h"

#define OPTION_REASON                                                     \
    {"reason", 0, "TEXT", "why; kept in the journal and the patch"},      \
    {                                                                     \
        "failure", 0, "ID", "for this failure: its reason begins with it" \
    }
#define OPTION_SPAN                                                            \
    {                                                                          \
        "span", 0, "A:B", "characters A to B (from 0, B excluded) of the text" \
    }
#define OPTION_END          \
    {                       \
        NULL, 0, NULL, NULL \
    }

struct run {
    const struct invocation *in;
    struct session session;
    struct targets targets;
    struct annotation *list; /* malloc'd */
    size_t count;
    char policy[HASH_HEX_SIZE];
};

enum err_code run_open(struct run *run, const struct invocation *in,
                       struct error *err);
void run_close(struct run *run);
/* The kind that the command's name and options say. */
enum annotation_kind run_kind(const struct run *run);
/* A new annotation at the end of the list, with reason, policy and query; valid
 * until the next. */
struct annotation *run_push(struct run *run, enum annotation_kind kind);
/* One item, or a bulk list, for targets [first, end). */
enum err_code run_set_items(struct run *run, struct annotation *a, size_t first,
                            size_t end, struct error *err);
/* "A:B", in characters. */
enum err_code run_parse_span(const struct run *run, struct str text,
                             uint64_t *start, uint64_t *end, struct error *err);
/* Bind a span in characters to the bytes of the document it is about. */
enum err_code run_set_span(struct run *run, struct annotation *a, uint32_t doc,
                           uint64_t start, uint64_t end, struct error *err);
/* Store all, print what was done. */
enum err_code run_store(struct run *run, struct error *err);

#endif
