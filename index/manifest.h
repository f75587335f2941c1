/* The manifest: what makes up one generation of the index. Sorted lines of
 * text, replaced by rename; the last line guards the others. */
#ifndef INDEX_MANIFEST_H
#define INDEX_MANIFEST_H

#include "stet/document.h"
#include "stet/hash.h"
#include "stet/mapping.h"

#define MANIFEST_NAME "MANIFEST"
#define MANIFEST_MAX ((size_t)256 << 20) /* bytes */
#define MANIFEST_SCORES_MAX 65536u

struct manifest_partition {
    uint32_t number; /* of its file, part-NNNN.db */
    uint32_t documents;
    uint64_t bytes;
    struct hash hash; /* of the file */
};

enum column_kind { COLUMN_SCORE, COLUMN_LABEL, COLUMN_SOURCE, COLUMN_LANG };

struct manifest_column {
    uint32_t partition; /* number */
    enum column_kind kind;
    uint32_t score; /* number of the definition; 0 for source and lang */
    char *file;
};

struct manifest_forgotten {
    uint32_t partition; /* number */
    uint32_t shard;     /* in the partition, from 0 */
};

struct manifest_score {
    char *name, *path;
    enum score_kind kind;
};

struct manifest {
    uint64_t generation;
    uint32_t next;                         /* number for the next partition */
    struct manifest_partition *partitions; /* by number */
    size_t partition_count;
    struct manifest_column *columns; /* by partition, kind, score */
    size_t column_count;
    struct manifest_forgotten *forgotten; /* by partition, shard */
    size_t forgotten_count;
    struct manifest_score *scores; /* position = number */
    size_t score_count;
};

void manifest_init(struct manifest *manifest); /* generation 0, empty */
void manifest_release(struct manifest *manifest);
/* Append copies; order is restored by manifest_format. */
void manifest_add_partition(struct manifest *manifest,
                            const struct manifest_partition *partition);
void manifest_add_column(struct manifest *manifest, uint32_t partition,
                         enum column_kind kind, uint32_t score,
                         const char *file);
void manifest_add_score(struct manifest *manifest, const char *name,
                        const char *path, enum score_kind kind);
void manifest_forget(struct manifest *manifest, uint32_t partition,
                     uint32_t shard);
bool manifest_is_forgotten(const struct manifest *manifest, uint32_t partition,
                           uint32_t shard);
/* Leave out a partition with its columns and forgotten shards. */
void manifest_drop_partition(struct manifest *manifest, uint32_t number);

/* Sorts the manifest and writes it as text. */
void manifest_format(struct manifest *manifest, struct buf *out);
/* ERR_FORMAT: not a manifest, of a newer stet, or damaged. */
enum err_code manifest_parse(struct manifest *out, struct str text,
                             struct error *err);
/* From `folder`; ERR_NOTFOUND when there is none. `hash` (NULL allowed): of
 * the file. */
enum err_code manifest_load(struct manifest *out, const char *folder,
                            struct hash *hash, struct error *err);
enum err_code manifest_store(struct manifest *manifest, const char *folder,
                             struct error *err);

/* File names below the index folder; caller frees. */
char *manifest_partition_name(uint32_t number);
char *manifest_generation_lock(uint64_t generation);
/* "part-0001.toxicity.col": bytes other than letters, digits, '_' and '-' as
 * %XX, long names cut and told apart by a hash. */
char *manifest_column_name(uint32_t partition, const char *name);

#endif
