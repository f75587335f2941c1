/* A list under way: what its job has, on the lane's thread and back. */
#ifndef STET_TUI_LIST_JOB_H
#define STET_TUI_LIST_JOB_H

#include "tui/desk_state.h"

struct list_job {
    struct job job;
    uint64_t asked; /* number of the query */
    int64_t since_us, read_us;
    uint32_t told_rows;
    bool told_ordered;
    char *text; /* the query typed, or the queue's name */
    size_t text_len;
    bool is_queue;
    struct str avoid;      /* job arena; of a queue */
    struct list list;      /* filled by the lane; taken by finish */
    uint32_t place;        /* of a queue */
    uint32_t lost;         /* items of a queue that are not in the index */
    struct item_key *keep; /* where to stand afterwards, or NULL */
    uint32_t keep_doc;
    struct item_key *items; /* of a queue; in the list's arena */
    size_t item_count;
};

/* The first rows of a search that takes its time, or just how many it has. */
struct screen_job {
    struct job job;
    uint64_t asked, found;
    bool has_rows;
    struct list list;
};

/* On the lane's thread; they set job->job.code and err. */
void list_run_query(struct list_job *job, struct lane_context *c);
void list_run_queue(struct list_job *job, struct lane_context *c);
/* What others judged in a queue is closed to me too. */
void list_close_done(struct list_job *job, struct lane_context *c);

/* Who judged what, as far as stepping and marking rows needs it. */
enum err_code list_load_states(struct lane_context *c, bool is_queue,
                               struct bits *closed, struct bits *judged,
                               struct bits *changed, struct error *err);
/* The sets beside the rows. */
enum err_code list_load_sets(struct lane_context *c, struct list *list,
                             struct error *err);

/* On the main thread: take a first screen in, or what a search has read. */
unsigned list_finish_screen(struct job *base, struct desk *desk);
void list_count_judged(struct list *list);

#endif
