/* The manifest: what makes up one generation of the index. Sorted lines of
 * text, replaced by rename; the last line guards the others. */
#ifndef INDEX_GENERATION_H
#define INDEX_GENERATION_H

#include "stet/document.h"
#include "stet/hash.h"
#include "stet/mapping.h"

#define MANIFEST_NAME "MANIFEST"
#define INDEX_LOCK "lock"                /* of whoever writes the index */
#define MANIFEST_MAX ((size_t)256 << 20) /* bytes */
#define MANIFEST_SCORES_MAX 65536u

struct generation_partition {
    uint32_t number; /* of its file, part-NNNN.db */
    uint32_t documents;
    uint64_t bytes;
    struct hash hash; /* of the file */
};

/* So that a partition that cannot be read is built again. */
struct generation_shard {
    uint32_t partition; /* number; 0: in none, to be indexed again */
    uint32_t shard;     /* in the partition, from 0 */
    char *path;         /* below the root, or absolute */
};

enum column_kind { COLUMN_SCORE, COLUMN_LABEL, COLUMN_SOURCE, COLUMN_LANG };

struct generation_column {
    uint32_t partition; /* number */
    enum column_kind kind;
    uint32_t score; /* number of the definition; 0 for source and lang */
    char *file;
};

struct generation_forgotten {
    uint32_t partition; /* number */
    uint32_t shard;     /* in the partition, from 0 */
};

struct generation_score {
    char *name;
    char *path; /* NULL: imported */
    enum score_kind kind;
    uint64_t rows; /* imported: sum of the rows that its columns are made of */
};

struct generation {
    uint64_t generation;
    uint32_t next;                           /* number for the next partition */
    struct generation_partition *partitions; /* by number */
    size_t partition_count;
    struct generation_column *columns; /* by partition, kind, score */
    size_t column_count;
    struct generation_forgotten *forgotten; /* by partition, shard */
    size_t forgotten_count;
    struct generation_score *scores; /* position = number */
    size_t score_count;
    /* By partition, shard; without forgotten ones. None in a manifest written
     * before there were such lines, and in that of a task's part. */
    struct generation_shard *shards;
    size_t shard_count;
};

void generation_init(struct generation *manifest); /* generation 0, empty */
void generation_release(struct generation *manifest);
/* Append copies; order is restored by generation_format. */
void generation_add_partition(struct generation *manifest,
                              const struct generation_partition *partition);
void generation_add_column(struct generation *manifest, uint32_t partition,
                           enum column_kind kind, uint32_t score,
                           const char *file);
void generation_add_score(struct generation *manifest, const char *name,
                          const char *path, enum score_kind kind);
void generation_add_shard(struct generation *manifest, uint32_t partition,
                          uint32_t shard, const char *path);
void generation_drop_shards(struct generation *manifest); /* all */
/* Leave out a score with its columns; those behind it move down by one. */
void generation_drop_score(struct generation *manifest, uint32_t score);
void generation_drop_columns(struct generation *manifest, uint32_t score);
void generation_forget(struct generation *manifest, uint32_t partition,
                       uint32_t shard);
/* Without looking whether it is there already. */
void generation_add_forgotten(struct generation *manifest,
                              struct generation_forgotten entry);
bool generation_is_forgotten(const struct generation *manifest,
                             uint32_t partition, uint32_t shard);
/* Leave out a partition with its columns, shards and forgotten shards. */
void generation_drop_partition(struct generation *manifest, uint32_t number);

void generation_sort(struct generation *manifest);
/* Sorts the manifest and writes it as text. */
void generation_format(struct generation *manifest, struct buf *out);
/* ERR_FORMAT: not a manifest, of a newer stet, or damaged. */
enum err_code generation_parse(struct generation *out, struct str text,
                               struct error *err);
/* From `folder`; ERR_NOTFOUND when there is none. `hash` (NULL allowed): of
 * the file. */
enum err_code generation_load(struct generation *out, const char *folder,
                              struct hash *hash, struct error *err);
enum err_code generation_store(struct generation *manifest, const char *folder,
                               struct error *err);

/* The file that readers of a generation lock; before its manifest. */
enum err_code generation_make_lock(const char *folder, uint64_t generation,
                                   struct error *err);

/* File names below the index folder; caller frees. */
char *generation_partition_name(uint32_t number);
char *generation_lock_name(uint64_t generation);
/* A score's name as part of a file's: bytes other than letters, digits, '_' and
 * '-' as %XX, long names cut and told apart by a hash. */
char *generation_file_word(const char *name);
/* "part-0001.toxicity.col" */
char *generation_column_name(uint32_t partition, const char *name);

#endif
