/* Building and updating the index: shards in, a new generation out. */
#ifndef STET_BUILD_H
#define STET_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/mapping.h"
#include "stet/shard.h"
#include "stet/workspace.h"

enum seekable_policy { SEEKABLE_AUTO, SEEKABLE_ALWAYS, SEEKABLE_NEVER };

/* What writes the full-text tables: our own bulk builder, or FTS5's ordinary
 * inserts, which it is measured against and checked by. */
enum index_builder { BUILDER_BULK, BUILDER_FTS5 };

struct build_progress {
    uint64_t bytes_done, bytes_total; /* compressed bytes of shards */
    uint64_t text_bytes, documents, rejected;
    uint32_t shards_done, shards_total;
    const char *phase; /* "reading", "merging", ... */
};

/* One thing worth telling: a bad record, a damaged shard, a note. */
struct build_message {
    const char *shard; /* path */
    bool has_record;
    uint64_t record, offset;
    bool whole_shard; /* the rest of the shard, or all of it, is missing */
    enum err_code code;
    const char *text;
};

struct build_options {
    unsigned jobs;      /* 0: the cores */
    uint64_t memory;    /* bytes for the process; 0: the default */
    uint64_t partition; /* text a partition takes before the next one begins;
                         * 0: 4 GiB. Partitions are published as they are
                         * finished, one for each job at a time. */
    enum index_builder builder;
    enum seekable_policy seekable;
    struct shard_limits limits;
    unsigned max_depth;        /* JSON; 0: 128 */
    uint64_t max_bad;          /* bad records a shard may have; 0: the
                                * larger of 1,000 and 1 % */
    bool rehash;               /* compare SHA-256, not size and time */
    const char *const *forget; /* shard paths to leave out */
    size_t forget_count;
    /* Paths, as index_shard() has them, sorted by strcmp: to be indexed
     * although they did not change. */
    const char *const *again;
    size_t again_count;
    const struct mapping *mapping; /* overrides; NULL: config and sampling */
    const int *cancel;
    /* Called from one thread at a time; ctx is passed on. NULL allowed. */
    void (*progress)(void *ctx, const struct build_progress *progress);
    void (*message)(void *ctx, const struct build_message *message);
    void *ctx;
};

struct build_report {
    uint32_t shards_indexed, shards_unchanged, shards_missing, shards_failed;
    uint32_t shards_damaged; /* of those indexed: only a part could be read */
    uint64_t documents;      /* in the new generation */
    uint64_t added, rejected, bad_utf8, surrogates;
    uint64_t duplicates_of_id; /* of (source, id), within each partition */
    uint64_t rows_failed;      /* files of rows that are out of step or cannot
                                * be read to their ends */
    uint64_t rows_rejected;    /* rows that are no JSON objects */
    uint64_t blank, crlf, bom;
    uint64_t text_bytes, index_bytes, copy_bytes;
    uint64_t generation;
    bool cancelled; /* what was finished is published */
};

/* What would be written, before it is: sizes estimated from the shards. */
struct build_plan {
    uint32_t shards_new, shards_changed, shards_unchanged, shards_missing;
    uint64_t index_bytes, copy_bytes, free_bytes;
};
enum err_code build_plan(const struct workspace *ws, const char *const *shards,
                         size_t count, const struct build_options *options,
                         struct build_plan *out, struct error *err);

/* Add or update the named shards (none: re-check the known ones), publish a
 * new generation. Paths may be files or folders (searched for shard names).
 * Holds index/lock; ERR_BUSY when another build runs. Bad records and shards
 * are reported by message and counted; they do not stop the others.
 * After a kill at any moment the former generation stands and the next run
 * completes the work. */
enum err_code build_run(struct workspace *ws, const char *const *shards,
                        size_t count, const struct build_options *options,
                        struct build_report *report, struct error *err);

/* --- in tasks, side by side on one machine or on many ---
 *
 * All name the same shards and the same number of tasks. Which shards a task
 * has, and what is what in their records, is planned once, by whoever comes
 * first. A task takes no lock and writes nothing that another one writes. */
struct build_task {
    unsigned number, count; /* number from 1 */
};

/* Build what the task has to do yet; a part whose shards did not change is
 * left alone. What is finished when the cancel flag is set stays. After a kill
 * at any moment the next run completes the work. Nothing is published. */
enum err_code build_task(struct workspace *ws, const char *const *shards,
                         size_t count, struct build_task task,
                         const struct build_options *options,
                         struct build_report *report, struct error *err);

/* What the task would write: its parts that are not there yet. Makes the plan,
 * if nobody has. Free space is that of all tasks. */
enum err_code build_task_plan(const struct workspace *ws,
                              const char *const *shards, size_t count,
                              struct build_task task,
                              const struct build_options *options,
                              struct build_plan *out, struct error *err);

struct build_task_status {
    const char *plan; /* the folder's name */
    struct build_task task;
    uint32_t published, ready, stale, missing; /* parts */
};
typedef void build_task_told(void *ctx, const struct build_task_status *status);
/* How far the tasks are, of those shards (none: of all). */
enum err_code build_tasks_list(const struct workspace *ws,
                               const char *const *shards, size_t count,
                               build_task_told *tell, void *ctx,
                               struct error *err);
/* Publish what is complete, as one generation; also done by build_run. Holds
 * index/lock; ERR_BUSY. */
enum err_code build_tasks_publish(struct workspace *ws,
                                  const struct build_options *options,
                                  bool *published, struct error *err);

/* Lines for `stet index --explain`: container, seekable or copied, the mapping
 * that would be used, with examples. ws may be NULL: no configuration. */
enum err_code build_explain(const struct workspace *ws, const char *shard,
                            const struct build_options *options,
                            struct buf *out, struct error *err);

#endif
