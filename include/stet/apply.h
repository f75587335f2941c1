/* Patch sets onto shards: verify (dry run) and apply (new shards). Needs no
 * index and no store: the shards and the patch set say everything. An index
 * saves reading: of shards that it knows only the edited records are decoded.
 */
#ifndef STET_APPLY_H
#define STET_APPLY_H

#include "stet/arena.h"
#include "stet/index.h"
#include "stet/shard_writer.h"
#include "stet/training.h"

enum tags_at { TAGS_STET, TAGS_PATH, TAGS_DOLMA, TAGS_NONE };

enum edit_outcome { EDIT_APPLIES, EDIT_ALREADY, EDIT_CONFLICT };
struct apply_edit {
    enum edit_outcome outcome;
    const char *shard; /* where the document is; when it was not found, where
                        * it was; NULL for additions */
    uint64_t record;
    struct str source, id; /* id as its raw JSON token */
    const char *op;
    const char *why; /* of a conflict */
};
struct apply_options {
    enum tags_at tags_at;
    struct str tags_path;  /* TAGS_PATH */
    struct str run;        /* name in Dolma attributes */
    bool partial;          /* apply what applies despite conflicts */
    bool all;              /* bring untouched shards along */
    const char *root;      /* base of shard paths in the output; NULL: the
                            * longest folder that holds all shards */
    const char *additions; /* path below the output; NULL: the default */
    const char *spool;     /* folder for apply_filter's input; NULL: /tmp */
    struct shard_limits limits;
    struct index *index; /* NULL: every shard is read whole */
    /* A shard whose size and time are the index's has its hash, unread. A
     * shard that is written is hashed all the same. */
    bool trust_index;
    unsigned threads; /* 0: as many as there are cores */
    bool recode;      /* written shards become `container` */
    enum container container;
    int level;           /* of compression; 0: 3 for zstd, 6 for gzip */
    bool only_conflicts; /* `edit` wants to hear of nothing else */
    /* Then every shard is written, as training takes it; NULL: as it is. Files
     * of attributes beside shards stay behind: their places are of other
     * texts. */
    const struct training_options *training;
    const int *cancel;
    /* One line an edit, for `verify` and conflicts, in order of the shards;
     * NULL allowed. Both are called on the caller's thread. */
    void (*edit)(void *ctx, const struct apply_edit *edit);
    /* Bytes of shards, each counted for every time it is gone through. */
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *ctx;
};
struct apply_report {
    uint64_t patches;                     /* lines of the patch set */
    uint64_t applied, already, conflicts; /* edits, per place */
    uint64_t added, dropped;              /* documents */
    uint64_t rewritten_lists; /* list texts that became one element, with a
                               * null score: worth a warning */
    uint32_t shards_changed, shards_same;
    bool done_before; /* the output is there and is this patch set's */
    struct training_counts training;
};

/* What apply would do, edit by edit; nothing is written. */
enum err_code apply_verify(const char *patchset, const char *const *shards,
                           size_t count, const struct apply_options *options,
                           struct apply_report *report, struct error *err);
/* Write new shards to `folder`, which must not exist: all or nothing, through
 * `folder`.partial-<uuid>, verified, manifest last, one rename. ERR_CONFLICT:
 * a guard failed, nothing was written (conflicts are listed beside `folder`
 * as folder.conflicts.jsonl). ERR_EXISTS: something else is there. */
enum err_code apply_run(const char *patchset, const char *const *shards,
                        size_t count, const char *folder,
                        const struct apply_options *options,
                        struct apply_report *report, struct error *err);
/* Filter one shard from a descriptor to another; nothing is written to
 * `out_fd` unless every edit applies (or `partial`). Documents that are not in
 * it are taken to be in other shards, and additions are left out. */
enum err_code apply_filter(const char *patchset, int in_fd, int out_fd,
                           const struct apply_options *options,
                           struct apply_report *report, struct error *err);

#endif
