/* What one run of the builder works on; private to build*.c. */
#ifndef INDEX_BUILD_WORK_H
#define INDEX_BUILD_WORK_H

#include <pthread.h>

#include "attributes.h"
#include "generation.h"
#include "partition.h"
#include "stet/build.h"

#define PARTITION_DOCUMENTS 2500000u
#define PARTITION_TEXT (UINT64_C(4) << 30)
#define PARALLEL_BYTES                                                \
    (UINT64_C(64) << 20)             /* of shards: then all jobs work \
                                      */
#define BIG_RECORD ((size_t)8 << 20) /* parsed one at a time */
#define SAMPLE_RECORDS 1000u
#define SAMPLE_BYTES (UINT64_C(4) << 20)
#define SCORES_MAX 4096u
#define COPY_FOLDER "shards"
#define TEMPORARY "tmp-" /* what an unfinished run leaves behind */

enum work_state {
    WORK_KEEP,    /* indexed and unchanged, or not looked at */
    WORK_INDEX,   /* new, changed, or moved to another partition */
    WORK_MISSING, /* was indexed, its file is gone */
    WORK_FORGET,  /* left out on request */
    WORK_FAILED   /* cannot be read: an indexed one stays */
};

struct work_shard {
    char *path; /* as stored: below the root, or absolute */
    char *full;
    enum work_state state;
    bool known;   /* indexed now, at the place below */
    bool lost;    /* of a partition that cannot be read */
    bool named;   /* by the caller: its absence is worth a word */
    bool renewed; /* re-indexed although the file did not change */
    uint32_t partition, shard, documents;
    struct file_stat stat;
    struct hash file_hash; /* of a known one */
    uint64_t rows;         /* fingerprint of a known one's attribute files */
    char *text, *id, *source, *lang; /* paths of the mapping */
};

struct batch {
    size_t first, end; /* in the list of shards; only WORK_INDEX count */
};

/* One finished partition, waiting to be published. */
struct result {
    struct partition_writer *writer;
    size_t batch;
    unsigned part;              /* within the batch */
    struct work_shard **shards; /* by number; NULL: not finished, forgotten */
    size_t shard_count;
};

struct build {
    const struct workspace *ws;
    const struct build_options *options;
    struct build_report *report;
    struct generation manifest;
    bool has_dropped; /* an unreadable partition from it */
    bool has_manifest;
    struct attribute_sets attributes; /* imported scores */
    bool attributes_differ;           /* from what the manifest has */
    size_t known_scores;              /* those of the configuration */
    struct mapping mapping;    /* scores; overrides of text, id, source, lang */
    bool rebuild;              /* definitions changed: index everything again */
    bool scores_fixed;         /* sampling adds none */
    struct work_shard *shards; /* sorted by path */
    size_t shard_count, shard_cap;
    struct batch *batches;
    size_t batch_count;
    unsigned jobs;
    unsigned threads; /* that invert, for each partition */
    uint64_t memory;  /* bytes for all jobs */
    uint64_t share;   /* of it, for each partition */
    int stop; /* read and set atomically: cancelled, or a worker failed */

    pthread_mutex_t lock; /* guards what follows, and the callbacks */
    struct build_progress progress;
    uint64_t *job_bytes; /* compressed bytes of the shard a job reads */
    size_t next_batch;
    size_t round_end; /* batches before it are this round's */
    unsigned running;
    struct result *results;
    size_t result_count;
    struct error failure; /* of a worker; code ERR_OK: none */
    pthread_cond_t finished;

    pthread_mutex_t big; /* held while a big record is in memory */
};

/* build.c */
void build_init(struct build *build, const struct workspace *ws,
                const struct build_options *options,
                struct build_report *report);
void build_release(struct build *build);
enum err_code build_load_manifest(struct build *build, struct error *err);
/* Take the writers' lock; ERR_BUSY. */
enum err_code build_lock(const struct workspace *ws, int *fd,
                         struct error *err);
/* Manifest, lists and mapping: what is to be done, nothing done yet. */
enum err_code build_prepare(struct build *build, const char *const *names,
                            size_t count, struct error *err);

/* build_list.c: what there is, and what to do with it */
enum err_code build_list_known(struct build *build, struct error *err);
enum err_code build_list_named(struct build *build, const char *const *names,
                               size_t count, struct error *err);
/* Compare files with what is known; `all`: also those not named. */
enum err_code build_list_check(struct build *build, bool all,
                               struct error *err);
/* Add the shards of wasteful partitions. */
void build_list_compact(struct build *build);
/* A place for a shard of this stored path, known or not; then sort. */
void build_list_add(struct build *build, const char *path);
void build_list_sort(struct build *build);
/* NULL: not in the sorted list. */
struct work_shard *build_find_shard(const struct build *build,
                                    const char *path);
/* What a shard adds to what will be written, by its size (build_plan.c). */
void build_add_sizes(const struct build *build, const struct work_shard *shard,
                     struct build_plan *plan);
void build_list_release(struct build *build);
char *build_full_path(const struct build *build, const char *path);

/* build_mapping.c: which part of a record is what */
/* Overrides and the definitions of scores; sets build->rebuild. */
enum err_code build_mapping_load(struct build *build, struct error *err);
/* Sample the shards to be indexed; adds the scores found. */
enum err_code build_mapping_sample(struct build *build, struct error *err);
/* Append definitions from `first` on to the workspace's configuration. */
enum err_code build_mapping_store(const struct build *build, size_t first,
                                  struct error *err);
/* A shard's mapping, compiled. */
enum err_code build_mapping_of(const struct build *build,
                               const struct work_shard *shard,
                               struct mapping *out, struct error *err);
enum err_code build_sample_shard(const struct build *build, const char *full,
                                 struct mapping_sample *sample,
                                 uint64_t *records, struct error *err);
/* Kinds of scores that the caller named, by a shard that has them. */
void build_guess_given(struct build *build,
                       const struct mapping_sample *sample);
/* What the attribute files beside the shard hold; their problems are said when
 * they are read. */
void build_sample_rows(const struct build *build, const char *full,
                       struct mapping_sample *sample);

/* build_shard.c: one shard into a partition */
struct ingest {
    struct build *build;
    unsigned job;
    uint64_t generation; /* that will be published */
    struct partition_writer *writer;
};
enum ingest_end {
    INGEST_DONE,     /* a shard of the partition now, perhaps damaged */
    INGEST_FAILED,   /* nothing of it was indexed; said by message */
    INGEST_CANCELLED /* partly in the partition: to be forgotten */
};
enum err_code ingest_shard(struct ingest *ingest,
                           const struct work_shard *shard, enum ingest_end *end,
                           struct error *err);

/* build_worker.c */
/* Text that a shard probably holds: compressed ones grow. */
uint64_t build_shard_weight(const struct work_shard *shard);
/* Text that a partition takes before the next one begins. */
uint64_t build_partition_text(const struct build *build);
void build_plan_batches(struct build *build);
/* Run the workers until all is done or stopped. */
enum err_code build_work(struct build *build, struct error *err);
/* After they were published, or for good. */
void build_results_release(struct build *build);

/* build_publish.c */
/* Give finished partitions their names, and a place in the manifest. */
enum err_code build_publish_results(struct build *build, struct error *err);
/* A partition that is in the manifest now holds this shard: the former place
 * is forgotten. */
void build_moved(struct build *build, struct work_shard *shard,
                 uint32_t partition, uint32_t number);
/* Make the manifest the new generation; what is missing is forgotten. All that
 * it names is in place. */
enum err_code build_publish_generation(struct build *build, struct error *err);
/* The definitions of scores, as the run has them. */
void build_take_scores(struct build *build);

/* build_clean.c; under the lock, errors do not matter */
/* Remove what the published manifest does not name, unless a reader holds a
 * former generation. */
void build_clean(const char *folder);
/* Remove what a run that was killed left in the middle of writing. */
void build_clean_temporary(const char *folder);

/* Messages and progress, from any thread. */
void build_message(struct build *build, const struct build_message *message);
void build_note(struct build *build, const char *shard, enum err_code code,
                bool whole, const char *text);
void build_report_progress(struct build *build);

#endif
