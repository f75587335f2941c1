/* Building in tasks, on several machines at once, without locks: private to
 * task_*.c. All is below the index folder:
 *
 *   tasks/LIST-N/PLAN               which shard is in which part, and what is
 *                                   what in a record; written once
 *   tasks/LIST-N/part-0007/         a part, complete: it got its name by rename
 *   tasks/LIST-N/part-0007/PART     the marker: its shards as they were read
 *   tasks/LIST-N/part-0007/MANIFEST and what it names: an index of its own,
 *                                   until it is published
 *   tasks/LIST-N/tmp-0007-HOST-PID  a part being built
 *
 * LIST is a hash of the shards' names, N the number of tasks; part P belongs to
 * task P % N + 1. */
#ifndef INDEX_TASK_H
#define INDEX_TASK_H

#include "build_work.h"

#define TASKS_FOLDER "tasks"
#define PLAN_NAME "PLAN"
#define PART_NAME "PART"
#define TASKS_MAX 1000000u

struct task_plan_shard {
    char *path; /* as stored: below the root, or absolute */
    uint32_t part;
};

struct task_plan {
    char *folder; /* absolute */
    unsigned tasks;
    uint32_t parts;
    struct mapping mapping;         /* overrides, and all scores */
    struct task_plan_shard *shards; /* by path */
    size_t shard_count;
};

/* Shards and folders of shards, as the caller names them. */
struct shard_names {
    const char *const *list;
    size_t count;
};

void task_plan_release(struct task_plan *plan);
/* The plan in `folder`. ERR_NOTFOUND, ERR_FORMAT. */
enum err_code task_plan_load(struct task_plan *out, const char *folder,
                             struct error *err);
/* Take the plan for these shards, or make it. However many do so at once, all
 * get the same one. */
enum err_code task_plan_take(struct task_plan *out, const struct workspace *ws,
                             const struct shard_names *names, unsigned tasks,
                             const struct build_options *options,
                             struct error *err);

enum err_code task_plan_parse(struct task_plan *out, struct str text,
                              struct error *err);
/* What the folders of plans for these shards begin with; caller frees. */
enum err_code task_plan_list_hash(struct build *build, const char *const *names,
                                  size_t count, char **out, struct error *err);

/* A shard as a part has it. */
struct task_part_shard {
    char *path;
    bool failed; /* could not be read: none of it is in the part */
    uint64_t bytes, rows;
    int64_t mtime_ns;
};

struct task_part {
    struct task_part_shard *shards; /* by path */
    size_t shard_count;
};

void task_part_release(struct task_part *part);
char *task_part_folder(const struct task_plan *plan, uint32_t number);
/* The marker in `folder`. ERR_NOTFOUND, ERR_FORMAT; ERR_CONFLICT: made by
 * another version of the tokenizer or of the format. */
enum err_code task_part_load(struct task_part *out, const char *folder,
                             struct error *err);
enum err_code task_part_parse(struct task_part *out, struct str text,
                              struct error *err);
/* Write the marker of the index in `folder`; `shards` of `build` are those of
 * the part. */
enum err_code task_part_store(const struct build *build, const char *folder,
                              struct error *err);

enum task_part_state { PART_PUBLISHED, PART_READY, PART_STALE, PART_MISSING };
/* `known`: a build that has listed what the index knows. */
enum task_part_state task_part_state(const struct task_plan *plan,
                                     uint32_t number,
                                     const struct build *known);

/* The plans there are, sorted; caller frees with names_free. */
enum err_code task_plan_list(const struct workspace *ws, struct names *out,
                             struct error *err);
/* Publish the plans whose parts are all there, as one generation; under the
 * index's lock. *published: whether there was one. */
enum err_code task_publish(const struct workspace *ws,
                           const struct build_options *options, bool *published,
                           struct error *err);

#endif
