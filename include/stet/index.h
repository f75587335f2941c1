/* One generation of the index, open for reading. Documents are numbered from
 * 0 over all partitions, in shard order; numbers hold for one generation.
 *
 * Threads: one handle per thread; within a search, threads of its own ask for
 * documents, scores and labels, each partition's from one thread at a time. A
 * generation stays on disk while a handle (shared lock) holds it. */
#ifndef STET_INDEX_H
#define STET_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "stet/bits.h"
#include "stet/document.h"
#include "stet/mapping.h"
#include "stet/shard.h"
#include "stet/workspace.h"

struct index;

/* Fails: ERR_NOTFOUND no index yet; ERR_FORMAT damaged, or built with another
 * tokenizer or a newer stet ("run `stet index`"). */
enum err_code index_open(struct index **out, const struct workspace *ws,
                         struct error *err);
void index_close(struct index *index);
uint64_t index_generation(const struct index *index);
/* The generation that is published now: differs when the index is newer. */
uint64_t index_published_generation(const struct workspace *ws);
/* SHA-256 of the manifest: what a patch set names. */
const struct hash *index_manifest_hash(const struct index *index);

/* Numbers run to index_count(); those of forgotten shards are not live. */
uint32_t index_count(const struct index *index);
uint32_t index_live_count(const struct index *index);
const struct bits *index_live(const struct index *index);

struct index_shard {
    const char *path; /* below the corpus root */
    enum container container;
    uint64_t bytes, decompressed;
    int64_t mtime_ns;    /* of the file when it was indexed */
    uint64_t records;    /* lines */
    uint64_t rejected;   /* bad records */
    uint32_t first, end; /* document numbers */
    struct hash file_hash;
    bool live;
    bool damaged;     /* only the part before the damage is indexed */
    const char *copy; /* seekable copy's path, or NULL */
    /* Paths of its mapping; NULL: none. */
    const char *text_path, *id_path, *source_path;
};
uint32_t index_shard_count(const struct index *index);
const struct index_shard *index_shard(const struct index *index,
                                      uint32_t shard);
/* Absolute; caller frees. The shard itself, and what it is read from at
 * random: its seekable copy if it has one. Threads: any, as index_shard. */
char *index_shard_path(const struct index *index, uint32_t shard);
char *index_shard_file(const struct index *index, uint32_t shard);

/* What is known without opening the shard. */
struct document_place {
    uint32_t shard;
    uint64_t record, offset; /* line; byte in the decompressed shard */
    uint32_t length;         /* bytes of the record */
    uint32_t flags;          /* enum document_flag */
    uint32_t text_bytes;
    uint32_t text_cp;
    struct hash text_hash;
};
enum err_code index_place(struct index *index, uint32_t doc,
                          struct document_place *out, struct error *err);
/* Raw id token (ptr NULL when absent) and source, copied into `arena`. */
enum err_code index_identity(struct index *index, uint32_t doc,
                             struct arena *arena, struct str *id_token,
                             struct str *source, struct error *err);

/* Load a document from its shard, with scores and spans; it must still hash to
 * what was indexed: ERR_CONFLICT "changed since it was indexed".
 * Cost: one or two frames. Owns: *out lives in `arena`. */
enum err_code index_document(struct index *index, uint32_t doc,
                             struct arena *arena, const struct document **out,
                             struct error *err);

/* Look-ups; live documents only, ascending. *docs lives in `arena`. */
enum err_code index_find_hash(struct index *index, const struct hash *text,
                              struct arena *arena, uint32_t **docs,
                              size_t *count, struct error *err);
/* By raw id token; a source with ptr NULL matches any. */
enum err_code index_find_id(struct index *index, struct str id_token,
                            struct str source, struct arena *arena,
                            uint32_t **docs, size_t *count, struct error *err);
/* ERR_NOTFOUND when there is none. `path` below the root. */
enum err_code index_find_place(struct index *index, struct str path,
                               uint64_t record, uint32_t *doc,
                               struct error *err);

/* Scores and labels. Definitions by number: those of the shards, imported
 * ones and, last, those that the configuration derives from others; only the
 * first have a path. A name may be an alias, or have '_' for what is no letter
 * or digit; NAME@VERSION is a version, NAME alone the newest. */
size_t index_score_count(const struct index *index);
const struct score_def *index_score_def(const struct index *index,
                                        unsigned score);
bool index_score_find(const struct index *index, struct str name,
                      unsigned *score);
/* How many scores a name could mean: over 1 it is ambiguous, and
 * index_score_find() finds none. The first `max` are in `found`. */
size_t index_score_candidates(const struct index *index, struct str name,
                              unsigned *found, size_t max);
/* Versions that there are of this score's name; 1 for most. */
size_t index_score_versions(const struct index *index, unsigned score);
/* NaN when unknown. Numbers, spans and segments only. */
double index_score(struct index *index, unsigned score, uint32_t doc);
/* The same as the decimal that was in the shard (0.9, not the float32 nearest
 * to it): to be shown, or compared without rounding. */
double index_score_decimal(struct index *index, unsigned score, uint32_t doc);
/* The scores of `count` documents from `doc`, of one partition. */
void index_scores(struct index *index, unsigned score, uint32_t doc,
                  uint32_t count, double *values);
/* After a long use of scores: what was read of them need not stay in this
 * process. It is mapped again when it is asked for. */
void index_rest(struct index *index);
/* Columns are narrowed to float32 where that is exact to shortest decimals:
 * round a query's constant the same way before comparing. */
double index_score_round(struct index *index, unsigned score, uint32_t doc,
                         double constant);

/* Columns of few distinct strings: source, language, label scores. */
enum label_column { LABEL_SOURCE, LABEL_LANG, LABEL_SCORE };
/* ptr NULL when unknown; lives as long as the index. `score` only for
 * LABEL_SCORE. */
struct str index_label(struct index *index, enum label_column column,
                       unsigned score, uint32_t doc);
/* Set the bits of documents whose label matches the pattern (str_glob). */
enum err_code index_label_bits(struct index *index, enum label_column column,
                               unsigned score, struct str pattern,
                               struct bits *out, struct error *err);

/* Partitions, for search.c. */
unsigned index_partition_count(const struct index *index);
void index_partition_range(const struct index *index, unsigned partition,
                           uint32_t *first, uint32_t *end);
struct db;
struct db *index_partition_db(struct index *index, unsigned partition);

/* Something that is not as it was indexed. */
struct check_finding {
    const char *shard; /* path; NULL: of a partition's own files */
    const char *text;
    /* Indexing these shards again (numbers, half open) makes it right; empty:
     * nothing here can. */
    uint32_t again_first, again_end;
};
/* Verify partitions against their shards: the files' hashes, the databases,
 * the columns, the texts' hashes of a sample or (`full`) of every record and
 * then every word of the index. One finding for each thing that differs. */
enum err_code index_check(struct index *index, bool full, const int *cancel,
                          void (*finding)(void *ctx,
                                          const struct check_finding *finding),
                          void *ctx, struct error *err);

#endif
