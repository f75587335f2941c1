/* `stet index` in tasks: what --task and --shards say, and how far they are. */
#ifndef CLI_INDEX_TASKS_H
#define CLI_INDEX_TASKS_H

#include "cli/command.h"
#include "stet/build.h"

/* The shards of the arguments and of --shards, and the task, if any. */
struct index_request {
    char **shards; /* owned, as the strings are */
    size_t count;
    struct build_task task; /* count 0: none */
};
enum err_code index_request_read(const struct invocation *in,
                                 struct index_request *out, struct error *err);
void index_request_release(struct index_request *request);

/* Publish what is complete, print how far the tasks are. ERR_BUSY when one is
 * missing or stale; *any: whether there are tasks at all. */
enum err_code index_tasks_status(struct workspace *ws,
                                 const struct index_request *request,
                                 const struct build_options *options, bool json,
                                 bool *any, struct error *err);
void index_task_summarise(const struct build_report *report,
                          struct build_task task, bool json);

#endif
