/* Lanes: one thread each with its own connections, running jobs in order and
 * handing them back to the main thread. */
#ifndef STET_TUI_LANE_H
#define STET_TUI_LANE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "stet/arena.h"
#include "stet/resolve.h"

enum lane_id {
    LANE_SEARCH,   /* queries, counts, states */
    LANE_ROWS,     /* rows of the list */
    LANE_DOCUMENT, /* the document on screen and the next one */
    LANE_TEXT,     /* what is on screen: finding; needs no connection */
    LANE_REVIEW,   /* the writing connection */
    LANE_COUNT
};

struct desk;
struct lanes;

/* What a lane's jobs work with; touched by that lane's thread only. */
struct lane_context {
    struct workspace *ws;
    struct index *index;
    struct store *store;
    struct resolver *resolver;
    unsigned sight;    /* SIGHT_ bits: what answers may tell */
    const int *cancel; /* of the lane */
};

/* One piece of work. The submitter allocates it as the first member of its
 * own struct and fills run, finish and release. */
struct job {
    struct job *next;
    struct lanes *lanes; /* set on submission */
    enum lane_id lane;
    /* On the lane's thread. Sets job->code and job->err. */
    void (*run)(struct job *job, struct lane_context *context);
    /* On the main thread, when it is done; returns UPDATE_ bits. */
    unsigned (*finish)(struct job *job, struct desk *desk);
    void (*release)(struct job *job);
    uint64_t ticket;  /* position in its lane */
    bool replaceable; /* may be skipped when a newer one of its kind waits */
    unsigned kind;    /* for `replaceable` */
    bool skipped;
    bool is_part; /* handed over by lane_tell() */
    enum err_code code;
    struct error err;
    struct arena arena;
};

/* `reviewer` and `ws` are borrowed; `sight` has SIGHT_ bits. Nothing is opened
 * yet: each lane opens its connections before its first job; the store's writer
 * opens first. */
struct lanes *lanes_new(struct workspace *ws, const char *reviewer,
                        unsigned sight, int wake_fd);
/* Waits for all jobs; what was not handed back is released. */
void lanes_free(struct lanes *lanes);
/* Takes over the job. */
void lane_submit(struct lanes *lanes, struct job *job);
/* From a job's run(): hand over a part of its result, finished like a job,
 * while it goes on. */
void lane_tell(const struct job *job, struct job *part);
/* Jobs submitted and not yet taken back. */
unsigned lanes_pending(const struct lanes *lanes);
/* Jobs that are done, oldest first; the caller releases them. */
struct job *lanes_take(struct lanes *lanes);
/* Stop what runs in a lane now; jobs submitted later run. */
void lane_cancel(struct lanes *lanes, enum lane_id lane);
/* Open the published generation instead of the one held, in every lane. */
void lanes_reload(struct lanes *lanes);
void job_release(struct job *job);

#endif
