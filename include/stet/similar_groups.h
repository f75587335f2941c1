/* Groups of copies and near copies over the whole index: a job that takes its
 * time, and the cache that it leaves beside the index. Nothing else needs the
 * cache; it may be deleted. */
#ifndef STET_SIMILAR_GROUPS_H
#define STET_SIMILAR_GROUPS_H

#include "stet/index.h"

struct similar_groups_options {
    double threshold;  /* least Jaccard of two that are put together */
    const int *cancel; /* or NULL */
    /* Now and then, on the calling thread. NULL allowed. */
    void (*progress)(void *ctx, const char *phase, uint64_t done,
                     uint64_t total);
    void *ctx;
};

struct similar_groups_report {
    uint64_t compared;   /* pairs whose texts were read */
    uint64_t unreadable; /* of them: changed since they were indexed */
};

/* Who belongs together, by document numbers of this generation. A group is
 * what hangs together: each member is like some other one, not like all. */
struct similar_groups {
    uint32_t count; /* groups */
    uint32_t *ends; /* of each, in `docs` */
    uint32_t *docs; /* of the groups one behind another; ascending in each */
};
void similar_groups_release(struct similar_groups *groups);

/* Exact copies by their hashes; near ones by bands of their signatures
 * (locality-sensitive hashing), then by their texts. Writes the cache.
 *
 * Cost:  44 bytes of memory a document.
 * Fails: ERR_CANCELLED; nothing is written then. */
enum err_code similar_groups_make(struct index *index,
                                  const struct similar_groups_options *options,
                                  struct similar_groups *out,
                                  struct similar_groups_report *report,
                                  struct error *err);
/* From the cache. ERR_NOTFOUND: there is none of this generation and
 * threshold. */
enum err_code similar_groups_load(struct index *index, double threshold,
                                  struct similar_groups *out,
                                  struct error *err);

#endif
