/* A decision on its way into the store: one job of the review lane. */
#ifndef STET_TUI_DESK_APPEND_H
#define STET_TUI_DESK_APPEND_H

#include "tui/desk_state.h"

#define APPEND_MAX 20

/* Strings and items live in the job's arena. */
struct append_job {
    struct job job;
    struct annotation annotations[APPEND_MAX];
    size_t count;
    uint32_t *docs; /* of a bulk action; malloc'd */
    uint32_t *rows; /* theirs, to be marked again when it is stopped */
    uint32_t doc_count;
    uint32_t doc; /* of a single one */
    uint64_t list;
    int64_t proposal; /* to be closed when it is saved; 0: none */
    char what[80];    /* "bad cc-0012:90417"; empty: not told */
};

/* Whether it is a decision that closes a row to me. */
bool act_closes(enum annotation_kind kind);
/* Empty; the caller fills it and submits it. */
struct append_job *append_new(const struct desk *desk);
/* Counts it as unsaved and hands it to the lane. */
void append_submit(struct desk *desk, struct append_job *job);

#endif
