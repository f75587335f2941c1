/* What a patch set does to a list of shards, worked out before anything is
 * written. Shards are dealt with side by side; whatever can be seen of it is
 * put together in their order. */
#ifndef REVIEW_APPLY_PLAN_H
#define REVIEW_APPLY_PLAN_H

#include <pthread.h>

#include "apply_record.h"
#include "stet/fileio.h"
#include "stet/shard_writer.h"

/* A record that row-aligned siblings must follow. */
struct plan_row {
    uint64_t record;
    bool dropped; /* else its text changed */
    struct str source, id_token;
};

/* What there is to tell of one shard's patches, or of those without a shard:
 * kept until its turn. */
struct plan_share {
    struct arena arena;
    struct apply_report report;
    struct buf conflicts; /* lines of the conflicts file */
    struct apply_edit *edits;
    size_t edit_count, edit_cap;
};

#define NO_SHARD UINT32_MAX
struct plan_input {
    const char *path;
    struct file_stat stat;
    bool hashed; /* `hash` is the file's, or the index's word for it */
    struct hash hash;
    bool large;             /* needs much memory: see plan_enter() */
    uint32_t known;         /* the index's shard with this hash; or NO_SHARD */
    struct shard_info info; /* of the whole shard */
    struct arena arena;     /* of what follows */
    struct sighting *seen;  /* that may be meant; sorted */
    size_t seen_count, seen_cap;
    const struct place *places; /* sorted by record; the locator's */
    size_t place_count;
    struct splice *splices; /* sorted */
    size_t splice_count, splice_cap;
    struct plan_row *rows; /* sorted */
    size_t row_count, row_cap;
    struct plan_share share;
};
struct plan {
    struct patch_set set;
    struct mapping *mappings; /* as the header's */
    struct apply_context context;
    const struct apply_options *options;
    bool filter; /* one shard of many: what is not in it is elsewhere */
    struct plan_input *inputs; /* in the order given */
    size_t input_count;
    struct locator *locator;
    pthread_rwlock_t room;
    struct buf additions; /* whole lines */
    struct buf conflicts; /* lines of the conflicts file */
    struct apply_report *report;
    uint64_t kept;       /* bytes of records kept to be edited; atomic */
    uint64_t bytes_done; /* atomic */
    uint64_t bytes_total;
};

/* Load the patch set and read its mapping; then the inputs can be planned. */
enum err_code plan_open(struct plan *plan, const char *patchset,
                        const struct apply_options *options,
                        struct apply_report *report, struct error *err);
/* The shards: paths are borrowed. */
enum err_code plan_take_inputs(struct plan *plan, const char *const *shards,
                               size_t count, struct error *err);
/* Find the documents, by the index where it knows a shard, and work out every
 * splice. Conflicts are no failure: report->conflicts counts them. */
enum err_code plan_make(struct plan *plan, struct error *err);
void plan_release(struct plan *plan);
/* Note how far things are. Threads: any. */
void plan_progress(struct plan *plan, uint64_t bytes);
/* Tell the caller: a pool_each tick. */
void plan_tick(void *plan);
/* A shard with large records or a large window is dealt with while no other
 * is: so many threads need hardly more memory than one. */
#define PLAN_LARGE ((size_t)4 << 20) /* bytes of a record */
void plan_enter(struct plan *plan, bool large);
void plan_leave(struct plan *plan);

/* --- apply_find.c --- */

/* The SHA-256 of all inputs, from the index where it may be trusted. */
enum err_code plan_hash_inputs(struct plan *plan, struct error *err);
/* Show the locator all documents. */
enum err_code plan_find(struct plan *plan, struct error *err);
/* The record as a document, NULL when the mapping finds none: then it is
 * nobody's target, and keeps its bytes. */
enum err_code plan_map(const struct plan *plan, const struct record *record,
                       uint32_t mapping, struct arena *arena,
                       struct document **document, struct error *err);
/* A record that is not UTF-8 is guarded as a whole: what this patch set put
 * into it must not hide it. */
enum err_code plan_text_hash(const struct plan *plan,
                             const struct document *document, struct hash *out,
                             struct error *err);

/* --- apply_fetch.c --- */

/* Reads the records that are meant, in order: as kept, at random where the
 * shard or its copy can be, else by reading up to them. */
struct fetch;
enum err_code fetch_open(struct fetch **out, struct plan *plan,
                         const struct plan_input *input, const int *cancel,
                         struct error *err);
void fetch_close(struct fetch *fetch);
/* *record is borrowed until the next call. ERR_CONFLICT: it is not there, or
 * not what was seen. */
enum err_code fetch_record(struct fetch *fetch, const struct place *place,
                           struct record *record, struct error *err);

/* --- plan_report.c --- */

struct found {
    const char *shard;
    uint64_t record;
};
/* Count a patch's results and keep what is to be told. `found` is where the
 * document is; NULL when it was not found. */
void share_add(struct plan *plan, struct plan_share *share, size_t line,
               const struct patch *patch, const struct edit_result *edits,
               const struct found *found);
/* Every edit of a patch has one outcome. */
enum err_code share_add_all(struct plan *plan, struct plan_share *share,
                            size_t line, const struct patch *patch,
                            enum edit_outcome outcome, const char *why,
                            struct error *err);
/* Its turn: into the plan's report and conflicts, and to the caller. */
void share_tell(struct plan *plan, struct plan_share *share);
void share_release(struct plan_share *share);

#endif
